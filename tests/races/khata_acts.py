"""What customers and the shop do about credit, each a call of a service."""

from orders import services
from payments.khata import services as khatas
from payments.khata.models import Khata
from payments.khata.selectors import owed_by
from stores.shops.models import Store
from tests.races.hands import Hand, Nothing
from tests.races.shops import SHOP


def any_khata(hand: Hand, store: Store) -> Khata:
    return hand.random.choice(list(Khata.objects.of_store(store.pk)))


def buy_on_khata(hand: Hand) -> str:
    store = hand.store()
    return hand.place("khata", store=store, khata_id=any_khata(hand, store).pk)


def sell_on_khata(hand: Hand) -> str:
    store = hand.store()
    chosen = hand.listing(store)
    services.sell_over_counter(
        store_id=store.pk,
        actor=SHOP,
        idempotency_key=f"race-{hand.random.getrandbits(80):x}",
        lines=[services.Wanted(chosen.pk, chosen.step)],
        paid_by="khata",
        khata_id=any_khata(hand, store).pk,
    )
    return "sold"


def pay_back(hand: Hand) -> str:
    khata = any_khata(hand, hand.store())
    owed = owed_by(khata)
    if not owed:
        raise Nothing
    khatas.pay_back_cash(
        store_id=khata.store_id,
        khata_id=khata.pk,
        amount=hand.random.randint(1, owed),
        key=f"race-{hand.random.getrandbits(80):x}",
        actor=SHOP,
    )
    return "paid"


def change_limit(hand: Hand) -> str:
    khata = any_khata(hand, hand.store())
    khatas.change_khata(
        store_id=khata.store_id,
        khata_id=khata.pk,
        name=khata.name,
        limit=hand.random.choice([2_000_00, 20_000_00, 1_00_000_00]),
    )
    return "changed"
