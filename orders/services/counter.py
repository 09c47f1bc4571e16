"""The shop sells to whoever stands at its counter: stock moves, Nukkad's money does not.

Nothing is owed to us: the money is the shop's own. Only a sale on khata is posted to the ledger, as
what the customer owes the shop. Each sale has its bill, issued in the same transaction.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction

from marketplace.core.clock import business_date
from marketplace.core.errors import DomainError, InvalidInput, characters
from marketplace.core.locks import busy_when_locked
from marketplace.core.money import round_to_rupee, tax_inside
from marketplace.core.quantity import show_quantity
from orders.errors import HeldForOrders, KeyReused, TotalChanged, UnknownStore
from orders.invoicing.services import issue_counter_bill
from orders.models import CounterSale, CounterSaleLine, Order
from orders.services.billing import check_total, gst_charged
from orders.services.placing import Wanted, sum_lines
from orders.services.requests import take_turns
from payments.khata.models import KhataEntry
from payments.khata.services import charge, lock_khata
from stores.inventory.errors import SetAside
from stores.inventory.holds import lock_listings, sell_stock
from stores.inventory.models import Listing
from stores.inventory.releasing import newest_holds
from stores.shops.models import Store


@dataclass(frozen=True, slots=True)
class Sold:
    """The sale, and whether this request had already made it before."""

    sale: CounterSale
    replayed: bool


def sell_over_counter(
    *,
    store_id: UUID,
    actor: str,
    idempotency_key: str,
    lines: Sequence[Wanted],
    paid_by: str,
    take_held: bool = False,
    expected_total: int | None = None,
    khata_id: UUID | None = None,
) -> Sold:
    """Sell goods that the customer holds in the hand, once per (store, actor, idempotency key).

    The same key with the same body returns the first sale, also when both arrive at once; with
    another body raises KeyReused. Any quantity is sold, also of hidden listings; cash is rounded
    to the rupee. The shelf is the truth: packets that no count knew of are found first. What is
    set aside for orders raises HeldForOrders, unless `take_held`: then the newest holds are
    released and their orders flagged, as when a count finds too little. `expected_total` is the
    total in paise that the customer was told; another one raises TotalChanged.

    A sale on khata names whose: it adds the total to what that customer owes, up to the limit.

    Raises UnknownStore, EmptyOrder, UnknownListing, PastItsDate, HeldForOrders, TotalChanged,
    BillTooHigh, OverLimit, KhataClosed, KeyReused, RequestInFlight, InvalidInput, Busy; then
    nothing has changed.
    """
    wanted = sum_lines(lines)
    if not idempotency_key or len(idempotency_key) > 80:
        raise InvalidInput(field="Idempotency-Key", why=characters(1, 80))
    if paid_by not in CounterSale.PaidBy.values:
        raise InvalidInput(field="paid_by", why=" | ".join(CounterSale.PaidBy.values))
    if (paid_by == CounterSale.PaidBy.KHATA) is (khata_id is None):
        raise InvalidInput(field="khata", why="paid_by = khata")
    sale = CounterSale(
        store_id=store_id,
        actor=actor,
        idempotency_key=idempotency_key,
        request_hash=_hash(wanted, paid_by, khata_id),
        paid_by=paid_by,
        khata_id=khata_id,
    )
    try:
        with busy_when_locked(), transaction.atomic():
            take_turns("counter", sale)
            if (earlier := _find_earlier(sale, expected_total)) is not None:
                return Sold(earlier, replayed=True)
            _sell(sale, wanted, take_held, expected_total)
            return Sold(sale, replayed=False)
    except (IntegrityError, DomainError):
        # The same request arriving at once may have been first, and have sold the last of it.
        if (earlier := _find_earlier(sale, expected_total)) is None:
            raise
        return Sold(earlier, replayed=True)


def _sell(
    sale: CounterSale, wanted: Mapping[UUID, int], take_held: bool, expected_total: int | None
) -> None:
    store = Store.objects.filter(pk=sale.store_id).first()
    if store is None:
        raise UnknownStore
    if sale.khata_id is not None:
        lock_khata(store_id=store.pk, khata_id=sale.khata_id)
    listings = lock_listings(store_id=store.pk, listing_ids=wanted, on=business_date())
    lines = [
        _line(sale, store, n, listings[key], quantity)
        for n, (key, quantity) in enumerate(wanted.items(), start=1)
    ]
    sale.items_total = sum(line.amount for line in lines)
    cash = sale.paid_by == CounterSale.PaidBy.CASH
    sale.rounding = round_to_rupee(sale.items_total) if cash else 0
    sale.total = sale.items_total + sale.rounding
    check_total(sale.total, sale.paid_by)
    if expected_total is not None and expected_total != sale.total:
        raise TotalChanged(total=sale.total, expected=expected_total)
    sale.save(force_insert=True)
    CounterSaleLine.objects.bulk_create(lines)
    try:
        sell_stock(
            reference=sale.pk,
            quantities=wanted,
            listings=listings,
            actor=sale.actor,
            take_held=take_held,
        )
    except SetAside as refused:
        raise _held_for_orders(store.pk, listings, refused) from refused
    if sale.khata_id is not None:
        charge(
            store_id=store.pk,
            khata_id=sale.khata_id,
            kind=KhataEntry.Kind.SALE,
            amount=sale.total,
            key=str(sale.pk),
            actor=sale.actor,
            reference=sale.pk,
        )
    issue_counter_bill(sale, store, lines)


def _line(
    sale: CounterSale, store: Store, n: int, listing: Listing, quantity: int
) -> CounterSaleLine:
    product = listing.product
    amount, gst_bps = listing.amount_for(quantity), gst_charged(store, listing)
    tax = tax_inside(amount, gst_bps)
    return CounterSaleLine(
        store_id=store.pk,
        sale=sale,
        n=n,
        listing=listing,
        name=product.name,
        name_hi=product.name_hi,
        unit=product.base_unit,
        quantity=quantity,
        price=listing.price,
        per=listing.per,
        amount=amount,
        hsn=product.hsn,
        gst_bps=gst_bps,
        taxable=tax.taxable,
        cgst=tax.cgst,
        sgst=tax.sgst,
    )


def _held_for_orders(
    store_id: UUID, listings: Mapping[UUID, Listing], refused: SetAside
) -> HeldForOrders:
    """The refusal in the shop's words: how much is set aside, of what, and for which orders."""
    lines, names = [], []
    for short in refused.params["lines"]:
        listing = listings[UUID(short["listing_id"])]
        holds = newest_holds(listing, short["wanted"])
        orders = Order.objects.of_store(store_id).filter(pk__in=[hold.reference for hold in holds])
        numbers = [order.number for order in orders.order_by("-id")]
        much = show_quantity(sum(hold.quantity for hold in holds), listing.product.base_unit)
        names.append(f"{much} {listing.product.name} ({', '.join(numbers)})")
        lines.append({"listing_id": str(listing.pk), "name": short["name"], "orders": numbers})
    return HeldForOrders(lines=lines, names="; ".join(names))


def _find_earlier(sale: CounterSale, expected_total: int | None) -> CounterSale | None:
    """What the request of this unsaved sale has already sold. Raises KeyReused."""
    earlier = CounterSale.objects.filter(
        store_id=sale.store_id, actor=sale.actor, idempotency_key=sale.idempotency_key
    ).first()
    if earlier is not None and (
        earlier.request_hash != sale.request_hash or expected_total not in (None, earlier.total)
    ):
        raise KeyReused
    return earlier


def _hash(wanted: Mapping[UUID, int], paid_by: str, khata_id: UUID | None) -> str:
    body = [sorted((str(key), quantity) for key, quantity in wanted.items()), paid_by]
    if khata_id is not None:
        body.append(str(khata_id))
    return sha256(json.dumps(body).encode()).hexdigest()
