"""What was bought: every state an order can be in, so that no screen is empty.

Past days are lived through with `clock.travel`. UPI orders are paid on the payer's phone at the
simulated bank; where no bank answers they are left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

import httpx
from django.conf import settings

from marketplace.accounts.models import Person
from marketplace.core.clock import INDIA, business_date, now, travel
from marketplace.local.demo.people import CUSTOMER, NEIGHBOURS, Somebody
from marketplace.local.demo.products import Offer
from orders import services
from orders.models import Order, State
from orders.services import Contact, DeliveryAddress, Wanted
from payments.khata.models import Khata
from payments.settlement.services import settle_all
from payments.upi.links import intent_uri
from payments.upi.models import PaymentAttempt
from payments.upi.services import ask_bank
from stores.inventory.models import Listing
from stores.shops.models import Store

RAVI, MEENA, IMRAN, POOJA = NEIGHBOURS
PIN = "1234"
PURPOSE = "order"

Basket = tuple[tuple[str, int], ...]
BREAKFAST: Basket = (
    ("Amul Taaza Toned Milk", 2),
    ("White Eggs Tray", 1),
    ("Britannia White Bread", 1),
    ("Amul Butter", 1),
    ("Banana Robusta", 6),
)
MONTHLY: Basket = (
    ("Aashirvaad Shudh Chakki Atta", 1),
    ("Arhar Dal (loose)", 1500),
    ("Fortune Kachi Ghani Mustard Oil", 1),
    ("Tata Salt", 2),
    ("Sugar (loose)", 2000),
    ("Tata Tea Premium", 1),
)
GREENS: Basket = (("Potato", 2000), ("Onion", 1500), ("Tomato", 1000), ("Lemon", 4))
SNACKS: Basket = (
    ("Maggi 2-Minute Noodles Masala", 4),
    ("Haldiram's Aloo Bhujia", 2),
    ("Parle-G Gluco Biscuits", 5),
    ("Coca-Cola", 2),
    ("Tata Salt", 1),
)
HOUSE: Basket = (
    ("Surf Excel Easy Wash", 1),
    ("Vim Dishwash Bar", 3),
    ("Colgate Strong Teeth", 1),
    ("Lux Rose Soap", 4),
)

FORWARD = {
    State.AWAITING_PAYMENT: (),
    State.EXPIRED: (),
    State.CONFIRMED: (),
    State.ACCEPTED: ("accept",),
    State.PACKED: ("accept", "pack"),
    State.OUT_FOR_DELIVERY: ("accept", "pack", "dispatch"),
    State.READY_FOR_PICKUP: ("accept", "pack", "ready_for_pickup"),
    State.UNDELIVERED: ("accept", "pack", "dispatch", "fail_delivery"),
    State.CANCELLED: (),
    State.REJECTED: (),
}


def _weigh_and_pack(*, store_id: UUID, order_id: UUID, actor: str) -> Order:
    """As on the scale: a little over for cash, and under for who has paid, who gets it back."""
    order = Order.objects.of_store(store_id).get(pk=order_id)
    weights = {
        line.listing_id: line.quantity + (-12 if order.prepaid else 8) * line.n
        for line in order.lines.filter(by_weight=True)
    }
    return services.pack(store_id=store_id, order_id=order_id, actor=actor, weights=weights)


def _find_nobody(*, store_id: UUID, order_id: UUID, actor: str) -> Order:
    return services.fail_delivery(
        store_id=store_id, order_id=order_id, actor=actor, reason="घर पर कोई नहीं था"
    )


STEPS: dict[str, Callable[..., Order]] = {
    "accept": services.accept,
    "pack": _weigh_and_pack,
    "dispatch": services.dispatch,
    "ready_for_pickup": services.ready_for_pickup,
    "fail_delivery": _find_nobody,
    "deliver": services.deliver,
}


@dataclass(frozen=True, slots=True)
class Purchase:
    """`days` ago, at `at` o'clock in India (today: just now)."""

    days: int
    at: time
    shop: str
    buyer: Somebody
    basket: Basket
    method: str
    end: State
    pickup: bool = False
    # for the first slot that can be had, else as soon as possible
    later: bool = False


NOON, EVENING = time(11, 30), time(18, 15)
GUPTA, SHARMA, AWADH = "gupta-kirana", "sharma-general", "awadh-provision"
PURCHASES = (
    Purchase(3, NOON, GUPTA, CUSTOMER, MONTHLY, "upi", State.DELIVERED),
    Purchase(3, EVENING, AWADH, IMRAN, MONTHLY, "upi", State.DELIVERED),
    Purchase(2, NOON, GUPTA, RAVI, BREAKFAST, "cash", State.DELIVERED),
    Purchase(2, EVENING, SHARMA, MEENA, SNACKS, "upi", State.DELIVERED),
    Purchase(1, time(9, 5), GUPTA, CUSTOMER, BREAKFAST, "upi", State.DELIVERED),
    Purchase(1, NOON, GUPTA, MEENA, HOUSE, "upi", State.DELIVERED),
    Purchase(1, time(13, 40), GUPTA, RAVI, SNACKS, "upi", State.DELIVERED, pickup=True),
    Purchase(1, time(15, 0), GUPTA, RAVI, SNACKS, "upi", State.EXPIRED),
    Purchase(1, EVENING, SHARMA, CUSTOMER, HOUSE, "upi", State.DELIVERED),
    Purchase(1, EVENING, AWADH, POOJA, SNACKS, "upi", State.DELIVERED),
    Purchase(1, time(20, 30), GUPTA, MEENA, GREENS, "cash", State.REJECTED),
    Purchase(0, NOON, GUPTA, RAVI, MONTHLY, "cash", State.DELIVERED),
    Purchase(0, NOON, GUPTA, CUSTOMER, SNACKS, "upi", State.CANCELLED),
    Purchase(0, NOON, GUPTA, MEENA, BREAKFAST, "cash", State.READY_FOR_PICKUP, pickup=True),
    Purchase(0, NOON, GUPTA, RAVI, HOUSE, "upi", State.OUT_FOR_DELIVERY),
    Purchase(0, NOON, GUPTA, CUSTOMER, BREAKFAST, "khata", State.OUT_FOR_DELIVERY),
    Purchase(0, NOON, GUPTA, MEENA, MONTHLY, "upi", State.PACKED),
    Purchase(0, NOON, GUPTA, CUSTOMER, HOUSE, "upi", State.ACCEPTED),
    Purchase(0, NOON, GUPTA, RAVI, GREENS, "cash", State.CONFIRMED),
    Purchase(0, NOON, GUPTA, CUSTOMER, BREAKFAST, "upi", State.CONFIRMED),
    Purchase(0, NOON, GUPTA, MEENA, SNACKS, "upi", State.AWAITING_PAYMENT),
    Purchase(0, NOON, AWADH, IMRAN, BREAKFAST, "cash", State.CONFIRMED),
    Purchase(0, NOON, AWADH, POOJA, MONTHLY, "upi", State.ACCEPTED),
    Purchase(0, NOON, GUPTA, MEENA, HOUSE, "cash", State.ACCEPTED, later=True),
    Purchase(0, NOON, GUPTA, RAVI, SNACKS, "cash", State.UNDELIVERED),
)


def shop_around(
    people: dict[str, Person], stores: dict[str, Store], offers: list[Offer]
) -> tuple[int, int]:
    """Make the purchases that are missing, settle the days that are over; returns (made, left out)."""
    keys = {_key(purchase): purchase for purchase in PURCHASES}
    made = set(
        Order.objects.filter(idempotency_key__in=keys).values_list("idempotency_key", flat=True)
    )
    missing = {key: purchase for key, purchase in keys.items() if key not in made}
    if not missing:
        return 0, 0
    bank = _bank_answers()
    left_out = 0
    smallest = {offer.name: offer for offer in reversed(offers)}
    for key, purchase in missing.items():
        if purchase.method == "upi" and not bank:
            left_out += 1
            continue
        store = stores[purchase.shop]
        with travel(to=_moment(purchase)):
            _live_through(
                purchase,
                key,
                store,
                people[purchase.buyer.phone],
                _lines(store, purchase, smallest),
            )
    if bank:
        services.expire_due()
        settle_all(
            stores=[store.pk for store in stores.values()], upto=business_date() - timedelta(days=1)
        )
    return len(missing) - left_out, left_out


def _live_through(
    purchase: Purchase, key: str, store: Store, buyer: Person, lines: list[Wanted]
) -> None:
    somebody, shop = purchase.buyer, "system"
    slot = _first_slot(store) if purchase.later else None
    order = services.place(
        store_id=store.pk,
        actor=f"person:{buyer.pk}",
        idempotency_key=key,
        via="web",
        lines=lines,
        fulfilment="pickup" if purchase.pickup else "delivery",
        payment_method=purchase.method,
        contact=Contact(somebody.name, somebody.phone, somebody.language),
        address=None
        if purchase.pickup
        else DeliveryAddress(f"{somebody.home}, {somebody.pincode}", somebody.pincode),
        person_id=buyer.pk,
        khata_id=_khata(store, buyer).pk if purchase.method == "khata" else None,
        slot_id=slot.slot.pk if slot else None,
        slot_day=slot.day if slot else None,
    ).order
    if purchase.method == "upi" and purchase.end not in (State.AWAITING_PAYMENT, State.EXPIRED):
        _pay(order, somebody.payer_vpa)
    which = {"store_id": store.pk, "order_id": order.pk}
    if purchase.end == State.CANCELLED:
        services.cancel(
            **which, actor=f"person:{buyer.pk}", reason="ग़लती से ऑर्डर हो गया", by_customer=True
        )
    elif purchase.end == State.REJECTED:
        services.reject(**which, actor=shop, reason="आज सब्ज़ी नहीं आई")
    for step in _steps(purchase):
        with travel(to=now() + timedelta(minutes=9) if purchase.days else now()):
            STEPS[step](**which, actor=shop)


def _khata(store: Store, buyer: Person) -> Khata:
    return Khata.objects.of_person(buyer.pk).open().get(store_id=store.pk)


def _first_slot(store: Store) -> services.OfferedSlot | None:
    return next((each for each in services.offered_slots(store) if not each.problem), None)


def _steps(purchase: Purchase) -> tuple[str, ...]:
    if purchase.end != State.DELIVERED:
        return FORWARD[purchase.end]
    last = FORWARD[State.READY_FOR_PICKUP if purchase.pickup else State.OUT_FOR_DELIVERY]
    return (*last, "deliver")


def _moment(purchase: Purchase) -> datetime:
    if not purchase.days:
        return now()
    day = business_date() - timedelta(days=purchase.days)
    return datetime.combine(day, purchase.at, INDIA)


def _key(purchase: Purchase) -> str:
    return f"demo-{PURCHASES.index(purchase)}"


def key_of_delivered_cash_order() -> str:
    """The newest order that was delivered for cash, and so is there without a bank, too."""
    delivered = [
        purchase
        for purchase in PURCHASES
        if (purchase.method, purchase.end, purchase.shop) == ("cash", State.DELIVERED, GUPTA)
    ]
    return _key(delivered[-1])


def _lines(store: Store, purchase: Purchase, smallest: dict[str, Offer]) -> list[Wanted]:
    """The basket in the shop's smallest packs, leaving out what it does not have."""
    lines = []
    for name, quantity in purchase.basket:
        pack = smallest[name].pack
        listing = (
            Listing.objects.of_store(store.pk)
            .sellable()
            .filter(
                product__name=name,
                product__pack_quantity=pack.quantity if pack else None,
                on_hand__gte=quantity,
            )
            .first()
        )
        if listing and listing.available is not None and listing.available >= quantity:
            lines.append(Wanted(listing.pk, quantity))
    return lines


def _pay(order: Order, payer_vpa: str) -> None:
    """Approve the request on the payer's phone, then hear it from the bank."""
    attempt = PaymentAttempt.objects.of(order.store_id, PURPOSE, order.pk).get()
    answer = httpx.post(
        f"{settings.BANK_URL}/v1/pay",
        json={"uri": intent_uri(attempt), "payer_vpa": payer_vpa, "pin": PIN},
        headers={"Authorization": f"Bearer {settings.BANK_API_KEY}"},
        timeout=10,
    )
    answer.raise_for_status()
    if not ask_bank(attempt.pk).paid:
        raise RuntimeError(f"{payer_vpa} could not pay {order.number}: {answer.text}")


def _bank_answers() -> bool:
    try:
        return httpx.get(f"{settings.BANK_URL}/livez", timeout=2).is_success
    except httpx.HTTPError:
        return False
