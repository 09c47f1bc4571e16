"""A person's rows as they are handed to them. Nobody else's name or id is among it: whoever works in a
shop is "shop", whoever does it by machine "nukkad", and the person "you"."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from marketplace.accounts.models import Address, Identity, Person
from marketplace.notifications.models import Message
from orders.complaints.models import Complaint
from orders.invoicing.models import Document
from orders.models import Cart, CartLine, CounterSale, Order, Return, ReturnLine
from orders.personal.holdings import Money, read_money
from payments.khata.models import Khata, KhataEntry
from payments.khata.selectors import owed_on
from payments.upi.models import Receipt
from stores.shops.models import Store

Record = dict[str, Any]


def person(found: Person) -> Record:
    return {
        "id": found.pk,
        "name": found.name,
        "language": found.language,
        "joined_at": found.joined_at,
        "last_signed_in_at": found.last_login,
    }


def identity(found: Identity) -> Record:
    return {"kind": found.kind, "value": found.value, "verified_at": found.verified_at}


def address(found: Address) -> Record:
    names = (
        *("label", "recipient", "line1", "line2", "landmark", "pincode", "latitude", "longitude"),
        *("created_at", "removed_at"),
    )
    return {name: getattr(found, name) for name in names}


def message(found: Message) -> Record:
    names = ("created_at", "channel", "to", "language", "body", "sent_at", "refused_at")
    return {name: getattr(found, name) for name in names}


def baskets(owner: Person) -> list[Record]:
    """What the person means to buy, shop by shop; two statements."""
    lines = CartLine.objects.select_related("listing__product").order_by("pk")
    carts = Cart.objects.filter(person_id=owner.pk).select_related("store").order_by("pk")
    return [
        {
            "shop": cart.store.name,
            "updated_at": cart.updated_at,
            "lines": [
                {"name": line.listing.product.name, "quantity": line.quantity}
                for line in cart.lines.all()
            ],
        }
        for cart in carts.prefetch_related(Prefetch("lines", lines))
    ]


def orders(owner: Person, *, at_once: int) -> Iterator[Record]:
    """The person's orders, oldest first, `at_once` of them read together."""
    mine = (
        Order.objects.filter(person_id=owner.pk)
        .select_related("store")
        .prefetch_related(
            "lines",
            "events",
            Prefetch("documents", Document.objects.order_by("issued_at", "pk")),
            Prefetch("returns", Return.objects.order_by("pk")),
            Prefetch("returns__lines", ReturnLine.objects.select_related("line")),
        )
        .order_by("pk")
    )
    last: UUID | None = None
    while some := list((mine.filter(pk__gt=last) if last else mine)[:at_once]):
        paid = _payments(read_money(orders=some))
        for order in some:
            yield _order(order, f"person:{owner.pk}") | {"payments": paid[order.pk]}
        last = some[-1].pk


def complaints(person_id: UUID) -> Iterator[Record]:
    """What the person complained about, and what was said of it; four statements."""
    found = Complaint.objects.of_person(person_id).select_related("store", "order")
    for complaint in found.prefetch_related("events", "lines__line"):
        yield {
            "number": complaint.number,
            "shop": complaint.store.name if complaint.store else "",
            "order": complaint.order.number if complaint.order else "",
            "kind": complaint.kind,
            "kind_in_words": complaint.get_kind_display(),
            "wanted": complaint.wanted,
            "text": complaint.text,
            "goods": [
                {"name": part.line.name, "unit": part.line.unit, "quantity": part.quantity}
                for part in complaint.lines.all()
            ],
            "state": complaint.state,
            "filed_at": complaint.filed_at,
            "resolved_at": complaint.resolved_at,
            "events": [
                {
                    "at": event.at,
                    "what": event.what,
                    "what_in_words": event.get_what_display(),
                    "side": event.side,
                    "text": event.text,
                }
                for event in complaint.events.all()
            ],
        }


def khatas(phones: Sequence[str]) -> Iterator[Record]:
    """What shops have written down under the person's numbers, and what was sold on it."""
    found = list(Khata.objects.filter(phone__in=phones).order_by("pk"))
    shops = Store.objects.in_bulk([each.store_id for each in found])
    owed, paid = owed_on(found), _payments(read_money(khatas=found))
    for khata in found:
        sales = CounterSale.objects.filter(store_id=khata.store_id, khata_id=khata.pk)
        yield {
            "shop": shops[khata.store_id].name,
            "name": khata.name,
            "phone": khata.phone,
            "limit": khata.limit,
            "owed": owed[khata.pk],
            "opened_at": khata.opened_at,
            "closed_at": khata.closed_at,
            "entries": [
                {
                    "at": entry.at,
                    "kind": entry.kind,
                    "kind_in_words": entry.get_kind_display(),
                    "amount": entry.amount,
                    "owed_after": entry.after,
                    "note": entry.note,
                }
                for entry in KhataEntry.objects.of(khata).order_by("pk")
            ],
            "counter_sales": [
                {"at": sale.at, "total": sale.total, "lines": _sold(sale.lines.all())}
                for sale in sales.prefetch_related("lines").order_by("at", "pk")
            ],
            "payments": paid[khata.pk],
        }


def _order(order: Order, me: str) -> Record:
    names = (
        *("number", "state", "fulfilment", "payment_method", "placed_at", "delivered_at"),
        *("slot_starts_at", "slot_ends_at", "contact_name", "contact_phone", "language"),
        *("address", "pincode", "latitude", "longitude", "note", "if_unavailable"),
        *("items_total", "delivery_fee", "rounding", "total", "captured", "refunded"),
    )
    return {
        **{name: getattr(order, name) for name in names},
        "state_in_words": order.get_state_display(),
        "shop": order.store.name,
        "lines": _sold(order.lines.all()),
        "history": [
            {
                "at": event.at,
                "state": event.after,
                "by": _who(event.actor, me),
                "reason": event.reason,
            }
            for event in order.events.all()
        ],
        "bills": [
            {"number": bill.serial, "kind": bill.kind, "date": bill.issued_on, "total": bill.total}
            | {"buyer": bill.content["buyer"]}
            for bill in order.documents.all()
        ],
        "returns": [_return(each) for each in order.returns.all()],
    }


def _return(found: Return) -> Record:
    return {
        **{name: getattr(found, name) for name in ("state", "reason", "note", "answer", "amount")},
        "asked_at": found.created_at,
        "decided_at": found.decided_at,
        "lines": [
            {"name": line.line.name, "quantity": line.quantity, "amount": line.amount}
            for line in found.lines.all()
        ],
    }


def _sold(lines: Iterable[Any]) -> list[Record]:
    """Lines of an order or of a counter sale; those of an order say what became of them."""
    names = ("name", "unit", "quantity", "price", "per", "amount", "cgst", "sgst")
    more = ("state", "packed", "returned")
    return [
        {name: getattr(line, name) for name in (*names, *more) if hasattr(line, name)}
        for line in lines
    ]


def _payments(money: Money) -> dict[UUID, list[Record]]:
    """What was asked for, what came for it and what went back, by order or khata."""
    came: dict[UUID | None, list[Receipt]] = defaultdict(list)
    for receipt in money.receipts:
        came[receipt.attempt_id].append(receipt)
    paid: dict[UUID, list[Record]] = defaultdict(list)
    for attempt in money.attempts:
        paid[attempt.reference].append(
            {
                "asked_at": attempt.created_at,
                "amount": attempt.amount,
                "state": attempt.state,
                "state_in_words": attempt.get_state_display(),
                "asked_upi_id": attempt.collect_vpa,
                "received": [_receipt(receipt, money) for receipt in came[attempt.pk]],
            }
        )
    return paid


def _receipt(receipt: Receipt, money: Money) -> Record:
    return {
        "at": receipt.completed_at,
        "amount": receipt.amount,
        "from_upi_id": receipt.payer_vpa,
        "bank_reference": receipt.rrn,
        "refunds": [
            {"asked_at": each.created_at, "amount": each.amount, "state": each.state}
            | {"reason": each.reason, "paid_back_at": each.completed_at, "rrn": each.rrn}
            for each in money.refunds
            if each.receipt_id == receipt.pk
        ],
        "disputes": [
            {"opened_at": each.opened_at, "amount": each.amount, "state": each.state}
            | {"reason": each.reason, "decided_at": each.decided_at}
            for each in money.disputes
            if each.receipt_id == receipt.pk
        ],
    }


def _who(actor: str, me: str) -> str:
    if actor == me:
        return "you"
    return "nukkad" if actor in ("system", "bank") else "shop"
