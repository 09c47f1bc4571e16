"""A customer buys: stock, order, payment attempt and outbox change in one transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from marketplace.core.errors import DomainError, InvalidInput, characters
from marketplace.core.ids import short_code, uuid7
from marketplace.core.locks import busy_when_locked
from marketplace.core.models import OutboxEntry
from marketplace.core.money import tax_inside
from marketplace.core.rows import Write, insert, write_together
from orders.errors import BasketChanged, EmptyOrder, NotDelivered, TotalChanged
from orders.models import Order, OrderEvent, OrderLine, State
from orders.services.acceptance import start_acceptance
from orders.services.billing import PURPOSE, check_total, gst_charged
from orders.services.credit import lock_credit, promise_bill
from orders.services.quoting import Bill, add_up, price_lines, store_problem
from orders.services.requests import find_earlier, open_request
from orders.services.slots import book_slot
from payments.ledger.selectors import tax_rates
from payments.upi.models import PaymentAttempt
from payments.upi.services import new_attempt
from stores.inventory.errors import UnknownListing
from stores.inventory.holds import holding, lock_listings
from stores.inventory.models import Listing
from stores.shops.models import Store

MOST_LINES = 100
TRIES = 3


@dataclass(frozen=True, slots=True)
class Wanted:
    """`quantity` base units of a listing."""

    listing_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call about the order: copied onto it, so it never changes afterwards."""

    name: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class DeliveryAddress:
    text: str
    pincode: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """The order, and whether this request had already made it before; if not, what was written
    with it."""

    order: Order
    replayed: bool
    lines: Sequence[OrderLine] = ()
    event: OrderEvent | None = None
    attempt: PaymentAttempt | None = None


def place(
    *,
    store_id: UUID,
    actor: str,
    idempotency_key: str,
    via: str,
    lines: Sequence[Wanted],
    fulfilment: str,
    payment_method: str,
    contact: Contact,
    address: DeliveryAddress | None = None,
    expected_total: int | None = None,
    person_id: UUID | None = None,
    khata_id: UUID | None = None,
    note: str = "",
    cart_id: UUID | None = None,
    if_unavailable: str = Order.IfUnavailable.CALL,
    slot_id: UUID | None = None,
    slot_day: date | None = None,
) -> Placed:
    """Buy `lines` from a shop, once per (store, actor, idempotency key).

    The same key with the same body returns the first order, also when both arrive at once; with
    another body raises KeyReused. Several lines of one listing are summed. `expected_total` is
    the total in paise that the person saw; another one raises TotalChanged. What is bought leaves
    the cart named, if any; was it gone from there already, that raises BasketChanged. A UPI order
    awaits its payment; a cash order is confirmed at once, and so is one on khata, which names whose:
    its total is set aside of the customer's credit. `if_unavailable` is what the shop does
    about goods it turns out not to have. With a slot and its day the order takes a place in it,
    and the shop may be closed at this moment.

    Raises UnknownStore, StoreClosed, NotDelivered, NoPickup, BelowMinimum, BillTooHigh,
    EmptyOrder, UnknownListing, BadQuantity, OutOfStock, TotalChanged, BasketChanged, KeyReused,
    RequestInFlight, KhataClosed, OverLimit, AccountClosed, InvalidInput, Busy, and what `book_slot` raises; then
    nothing has changed. Three SQL statements however many lines, two more for a slot, six for a khata.
    """
    wanted = sum_lines(lines)
    if not idempotency_key or len(idempotency_key) > 80:
        raise InvalidInput(field="Idempotency-Key", why=characters(1, 80))
    if fulfilment not in Order.Fulfilment.values:
        raise InvalidInput(field="fulfilment", why=" | ".join(Order.Fulfilment.values))
    if payment_method not in Order.PaymentMethod.values:
        raise InvalidInput(field="payment_method", why=" | ".join(Order.PaymentMethod.values))
    if (payment_method == Order.PaymentMethod.KHATA) is (khata_id is None):
        raise InvalidInput(field="khata", why="payment_method = khata")
    if if_unavailable not in Order.IfUnavailable.values:
        raise InvalidInput(field="if_unavailable", why=" | ".join(Order.IfUnavailable.values))
    if (slot_id is None) != (slot_day is None):
        raise InvalidInput(field="slot_day", why="slot_id + slot_day")
    slot = (slot_id, slot_day) if slot_id and slot_day else None
    order = Order(
        store_id=store_id,
        actor=actor,
        idempotency_key=idempotency_key,
        via=via,
        fulfilment=fulfilment,
        payment_method=payment_method,
        person_id=person_id,
        khata_id=khata_id,
        contact_name=contact.name,
        contact_phone=contact.phone,
        language=contact.language,
        note=note,
        if_unavailable=if_unavailable,
    )
    if fulfilment == Order.Fulfilment.DELIVERY and address:
        order.address, order.pincode = address.text, address.pincode
        order.latitude, order.longitude = address.latitude, address.longitude
    order.request_hash = _hash(wanted, order, expected_total, slot)
    for tried in range(1, TRIES + 1):
        try:
            with busy_when_locked(), transaction.atomic():
                return _place(order, wanted, expected_total, cart_id, slot)
        except IntegrityError:
            # The same key arriving at once, or a code already taken: look again.
            if tried == TRIES:
                raise
            order.id, order.code = uuid7(), short_code()
        except DomainError:
            # The same request arriving at once may have just taken the last of the stock.
            earlier = find_earlier(order)
            if earlier is None:
                raise
            return Placed(earlier, replayed=True)
    raise AssertionError("unreachable")


def _place(
    order: Order,
    wanted: dict[UUID, int],
    expected_total: int | None,
    cart_id: UUID | None,
    slot: tuple[UUID, date] | None,
) -> Placed:
    today = business_date()
    opening = open_request(order, today)
    if opening.earlier is not None:
        return Placed(opening.earlier, replayed=True)
    store = opening.store
    lock_credit(order)
    listings = lock_listings(store_id=store.pk, listing_ids=wanted, on=today)
    amounts = price_lines(listings, wanted)
    bill = add_up(
        store=store,
        items_total=sum(amounts.values()),
        fulfilment=order.fulfilment,
        payment_method=order.payment_method,
    )
    check_total(bill.total, order.payment_method)
    _check_shop(order, store, bill, for_later=slot is not None)
    held = holding(store_id=store.pk, reference=order.pk, wanted=wanted, listings=listings)
    # After the stock: a customer would rather hear "sold out" than "the total changed".
    if expected_total is not None and expected_total != bill.total:
        raise TotalChanged(total=bill.total, expected=expected_total)
    if slot is not None:
        book_slot(order, store=store, slot_id=slot[0], day=slot[1])

    order.items_total, order.delivery_fee = bill.items_total, bill.delivery_fee
    order.rounding, order.total = bill.rounding, bill.total
    order.agreed_total = bill.total
    promise_bill(order)
    order.placed_at = now()
    _freeze_terms(order, store, opening.rates)
    attempt, news = _begin(order, store)
    lines = [
        make_line(order, store, n, listings[listing_id], quantity, amounts[listing_id])
        for n, (listing_id, quantity) in enumerate(wanted.items(), start=1)
    ]
    event = OrderEvent(
        store_id=store.pk,
        order_id=order.pk,
        version=order.version,
        after=order.state,
        actor=order.actor,
        at=order.placed_at,
    )
    rows_held, *_, rows_bought = write_together(
        *held,
        insert([order]),
        insert(lines),
        insert([event]),
        insert([attempt] if attempt else news),
        *([_taken_out(cart_id, wanted)] if cart_id else []),
    )
    if rows_held != len(wanted):
        raise UnknownListing
    if cart_id and rows_bought != len(wanted):
        raise BasketChanged
    return Placed(order, replayed=False, lines=lines, event=event, attempt=attempt)


def _check_shop(order: Order, store: Store, bill: Bill, *, for_later: bool) -> None:
    """Raises what keeps the shop from serving such an order, or from bringing it there."""
    if problem := store_problem(store, bill.items_total, order.fulfilment, for_later=for_later):
        raise problem
    if order.fulfilment == Order.Fulfilment.DELIVERY and not store.delivers_to(
        pincode=order.pincode, latitude=order.latitude, longitude=order.longitude
    ):
        raise NotDelivered(store=store.name)


def _begin(order: Order, store: Store) -> tuple[PaymentAttempt | None, Sequence[OutboxEntry]]:
    """Ask for the money, or confirm at once what the shop gets itself; neither is written yet."""
    if order.prepaid:
        order.state = State.AWAITING_PAYMENT
        order.due_at = order.placed_at + settings.PAYMENT_WINDOW + settings.HOLD_GRACE
        attempt = new_attempt(
            store_id=store.pk,
            purpose=PURPOSE,
            reference=order.pk,
            amount=order.total,
            note=f"{order.number} {store.name}",
        )
        return attempt, []
    order.state = State.CONFIRMED
    start_acceptance(order, store)
    transaction.on_commit(outbox.wake_relay, robust=True)
    return None, outbox.entries_of("order.confirmed", [(store.pk, event_payload(order))])


def event_payload(order: Order) -> dict[str, object]:
    """What an event says of an order; the version tells a reader whether it is still news."""
    return {
        "order_id": str(order.pk),
        "store_id": str(order.store_id),
        "version": order.version,
    }


def sum_lines(lines: Sequence[Wanted]) -> dict[UUID, int]:
    """Base units per listing, several lines of one listing added up."""
    wanted: dict[UUID, int] = {}
    for line in lines:
        if line.quantity <= 0:
            raise InvalidInput(field="quantity", why=str(line.quantity))
        wanted[line.listing_id] = wanted.get(line.listing_id, 0) + line.quantity
    if not wanted:
        raise EmptyOrder(field="lines", why="")
    if len(wanted) > MOST_LINES:
        raise InvalidInput(field="lines", why=f"{len(wanted)} > {MOST_LINES}")
    return wanted


def _hash(
    wanted: dict[UUID, int],
    order: Order,
    expected_total: int | None,
    slot: tuple[UUID, date] | None,
) -> str:
    body: list[object] = [
        sorted((str(key), quantity) for key, quantity in wanted.items()),
        [order.fulfilment, order.payment_method, order.address, order.pincode, order.note],
        [order.contact_name, order.contact_phone],
        expected_total,
    ]
    # Only where they say something: keys used before these could be said keep their hash.
    if order.language != "hi":
        body.append(order.language)
    if order.latitude is not None:
        body.append([order.latitude, order.longitude])
    if order.khata_id is not None:
        body.append(str(order.khata_id))
    if slot or order.if_unavailable != Order.IfUnavailable.CALL:
        body.append([order.if_unavailable, *map(str, slot or ())])
    return sha256(json.dumps(body).encode()).hexdigest()


def _freeze_terms(order: Order, store: Store, in_force: Mapping[str, int]) -> None:
    """Copy the commission and tax rates of this day onto the order, in basis points, and how long the
    shop takes goods back."""
    rates = tax_rates(
        in_force,
        has_pan=bool(store.pan),
        gst_registered=store.tax_status != Store.TaxStatus.UNREGISTERED,
    )
    order.commission_bps = store.commission_bps
    order.commission_gst_bps = rates.gst_on_commission_bps
    order.tcs_bps = rates.tcs_bps
    order.tds_bps = rates.tds_bps
    order.return_days = store.return_days


def _taken_out(cart_id: UUID, wanted: Mapping[UUID, int]) -> Write:
    """What is bought leaves the basket: two windows that buy one basket make one order."""
    return Write(
        "DELETE FROM orders_cartline WHERE cart_id = %s AND listing_id = ANY(%s::uuid[])",
        (cart_id, list(wanted)),
    )


def make_line(
    order: Order, store: Store, n: int, listing: Listing, quantity: int, amount: int
) -> OrderLine:
    """`quantity` base units of a listing, with its product, price and tax as of today; not saved."""
    product = listing.product
    gst_bps = gst_charged(store, listing)
    tax = tax_inside(amount, gst_bps)
    return OrderLine(
        store_id=order.store_id,
        order_id=order.pk,
        n=n,
        listing_id=listing.pk,
        name=product.name,
        name_hi=product.name_hi,
        pack_quantity=product.pack_quantity,
        pack_unit=product.pack_unit,
        unit=product.base_unit,
        by_weight=listing.by_weight,
        ordered=quantity,
        quantity=quantity,
        price=listing.price,
        per=listing.per,
        mrp=listing.mrp,
        amount=amount,
        hsn=product.hsn,
        gst_bps=gst_bps,
        taxable=tax.taxable,
        cgst=tax.cgst,
        sgst=tax.sgst,
    )
