"""What happens beside the orders: goods that a customer wants to give back, a sale at the counter, and
what two customers owe on khata."""

from datetime import timedelta

from marketplace.core.clock import now, travel
from marketplace.local.demo.orders import GUPTA, key_of_delivered_cash_order
from marketplace.local.demo.people import CUSTOMER, NEIGHBOURS
from orders import services
from orders.models import CounterSale, Order, Return
from orders.services import Wanted
from payments.khata.models import Khata, KhataEntry
from payments.khata.services import charge, open_khata, pay_back_cash
from stores.inventory.models import Listing
from stores.shops.models import Store

BILL = "demo-counter"
# Of whom: the limit, then (days ago, paise owed more or paid back), in paise.
KHATAS = (
    (CUSTOMER, 2_000_00, ((40, 640_00), (12, -300_00), (3, 155_50))),
    (NEIGHBOURS[0], 1_000_00, ((75, 480_00),)),
)


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
            note="The packet was torn",
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


def write_in_khatas(stores: dict[str, Store]) -> None:
    """What two customers owe one shop, from days before; again adds nothing."""
    store = stores[GUPTA]
    for somebody, limit, lines in KHATAS:
        if Khata.objects.of_store(store.pk).filter(phone=somebody.phone).exists():
            continue
        khata = open_khata(
            store_id=store.pk,
            phone=somebody.phone,
            name=somebody.name,
            limit=limit,
            actor="system",
        )
        for days, amount in lines:
            key = f"{khata.pk.hex}-{days}"
            with travel(to=now() - timedelta(days=days)):
                if amount < 0:
                    pay_back_cash(
                        store_id=store.pk,
                        khata_id=khata.pk,
                        amount=-amount,
                        key=key,
                        actor="system",
                    )
                else:
                    charge(
                        store_id=store.pk,
                        khata_id=khata.pk,
                        kind=KhataEntry.Kind.CARRIED,
                        amount=amount,
                        key=key,
                        actor="system",
                    )
