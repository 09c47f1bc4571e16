"""What happens beside the orders: goods that a customer wants to give back, a sale at the counter, a
complaint."""

from marketplace.accounts.models import Person
from marketplace.local.demo.orders import GUPTA, key_of_delivered_cash_order
from orders import services
from orders.complaints.models import Complaint
from orders.complaints.services import file_complaint
from orders.models import CounterSale, Order, Return, State
from orders.services import Wanted
from stores.inventory.models import Listing
from stores.shops.models import Store

BILL, COMPLAINT = "demo-counter", "demo-complaint"


def bring_back_and_sell(stores: dict[str, Store]) -> None:
    """One return that waits for the shop, and one bill paid at its counter; again adds nothing."""
    store = stores[GUPTA]
    order = (
        Order.objects.of_store(store.pk)
        .filter(idempotency_key=key_of_delivered_cash_order())
        .first()
    )
    if order is not None and not order.returns.exists():
        line = order.lines.filter(by_weight=False, packed__gt=0).order_by("n")[0]
        services.ask_return(
            store_id=store.pk,
            order_id=order.pk,
            actor=order.actor,
            reason=Return.Reason.DAMAGED,
            lines={line.pk: 1},
            note="पैकेट फटा हुआ था",
        )
    if not CounterSale.objects.of_store(store.pk).filter(idempotency_key=BILL).exists():
        services.sell_over_counter(
            store_id=store.pk,
            actor="system",
            idempotency_key=BILL,
            lines=[
                Wanted(listing.pk, 2)
                for listing in Listing.objects.of_store(store.pk)
                .sellable()
                .filter(product__packed=True, on_hand__gte=10)
                .order_by("-rank", "id")[:3]
            ],
            paid_by=CounterSale.PaidBy.CASH,
        )


def complain(stores: dict[str, Store], person: Person) -> None:
    """What is missing from the customer's last delivery, which she waits to hear of; again adds nothing.

    Without a bank she has had none yet: then what is on its way takes too long.
    """
    if Complaint.objects.of_person(person.pk).filter(idempotency_key=COMPLAINT).exists():
        return
    hers = Order.objects.of_store(stores[GUPTA].pk).of_person(person.pk)
    order = hers.in_states([State.DELIVERED]).first()
    if order is not None:
        kind, text = Complaint.Kind.MISSING, "थैले में एक कम निकला।"
        lines = {order.lines.order_by("n")[0].pk: 1}
    else:
        order = hers.in_states([State.OUT_FOR_DELIVERY])[0]
        kind, text, lines = Complaint.Kind.LATE, "दो घंटे से राह देख रही हूँ।", {}
    file_complaint(
        person_id=person.pk,
        key=COMPLAINT,
        kind=kind,
        wanted=Complaint.Wanted.MONEY if lines else Complaint.Wanted.ANSWER,
        text=text,
        order_id=order.pk,
        lines=lines,
    )
