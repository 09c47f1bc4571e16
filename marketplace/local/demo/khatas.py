"""What two customers owe one shop, from the days of the paper notebook."""

from datetime import timedelta

from marketplace.core.clock import now, travel
from marketplace.local.demo.orders import GUPTA
from marketplace.local.demo.people import CUSTOMER, NEIGHBOURS
from payments.khata.models import Khata, KhataEntry
from payments.khata.services import charge, open_khata, pay_back_cash
from stores.shops.models import Store

# Of whom: the limit, then (days ago, paise owed more or paid back), in paise.
KHATAS = (
    (CUSTOMER, 2_000_00, ((40, 640_00), (12, -300_00), (3, 155_50))),
    (NEIGHBOURS[0], 1_000_00, ((75, 480_00),)),
)


def write_in_khatas(stores: dict[str, Store]) -> None:
    """Open the khatas and write in what is owed; again adds nothing."""
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
