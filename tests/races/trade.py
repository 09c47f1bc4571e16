"""What people do to a shop all day, each a call of a service: `Hand` does one of them at random.

Hands in several processes pick the same orders and listings, mostly in a state in which the act is
possible, sometimes in any; so what another has just done is refused, as it should be.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from marketplace.core import outbox
from marketplace.core.clock import business_date, now, travel
from marketplace.core.errors import DomainError
from orders import services
from orders.models import OrderLine, State
from orders.services import expiry
from payments.upi import bank_client
from payments.upi.models import PaymentAttempt, Refund
from payments.upi.services import BankWord, apply_bank_event
from stores.inventory import services as shelf
from stores.inventory.expiry import sweep_expired
from stores.inventory.models import Listing
from stores.shops.models import DeliverySlot, Store
from tests.orders.building import ASHA, HOME
from tests.races.shops import SHOP
from tests.upi.words import payment_word

BUYER = "person:asha"
NEWEST, USES = 24, 4
# How long a confirmed order is left alone before its timers may strike, and an unpaid one.
UNANSWERED, UNPAID = timedelta(seconds=2), timedelta(seconds=3)


class Nothing(Exception):
    """There is no such order just now."""


def prepare_process() -> None:
    """The bank knows of no payment but those that a hand tells of; timers take few orders at once."""
    bank_client.find_payments = lambda *, tr: []
    expiry.BATCH = 5


class Hand:
    """One person at a time, of one seed: `act()` does something and says what and how it ended."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.stores = list(Store.objects.filter(slug__startswith="race-").order_by("slug"))
        self.listings = {
            store.pk: list(Listing.objects.of_store(store.pk).order_by("rank", "pk"))
            for store in self.stores
        }
        self.slots = {
            store.pk: list(DeliverySlot.objects.filter(store=store)) for store in self.stores
        }
        self._seen: dict[tuple[UUID, str], tuple[int, list[UUID]]] = {}
        self._acts = list(ACTS)
        self._weights = [ACTS[act] for act in self._acts]

    def act(self) -> tuple[str, str]:
        """(what, how it ended): a domain error by its code."""
        act = self.random.choices(self._acts, self._weights)[0]
        try:
            return act.__name__, act(self) or "done"
        except Nothing:
            return act.__name__, "nothing to do"
        except DomainError as refused:
            return act.__name__, refused.code

    def store(self) -> Store:
        return self.random.choice(self.stores)

    def listing(self, store: Store) -> Listing:
        """Any listing, the first few far more often."""
        mine = self.listings[store.pk]
        return mine[min(int(self.random.expovariate(0.4)), len(mine) - 1)]

    def order(self, *states: str) -> dict[str, UUID]:
        """A recent order, as services name it."""
        if self.random.random() < 0.1:
            states = tuple(State.values)
        store_id = self.store().pk
        for state in self.random.sample(states, len(states)):
            if found := self._recent(store_id, state):
                return {"store_id": store_id, "order_id": self.random.choice(found)}
        raise Nothing

    def _recent(self, store_id: UUID, state: str) -> list[UUID]:
        uses, found = self._seen.get((store_id, state), (0, []))
        if not uses:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id FROM orders_order WHERE store_id = %s AND state = %s"
                    f" ORDER BY id DESC LIMIT {NEWEST}",
                    [store_id, state],
                )
                found = [row[0] for row in cursor.fetchall()]
            uses = USES
        self._seen[store_id, state] = uses - 1, found
        return found

    def line(self, about: dict[str, UUID], **which: object) -> OrderLine:
        lines = list(OrderLine.objects.filter(order_id=about["order_id"], **which))
        if not lines:
            raise Nothing
        return self.random.choice(lines)

    def place(self, payment_method: str) -> str:
        store = self.store()
        lines = [self.listing(store) for _ in range(self.random.randint(1, 4))]
        slot = None
        if self.random.random() < 0.1:
            day = business_date() + timedelta(days=self.random.randint(1, 2))
            slot = next(s for s in self.slots[store.pk] if s.weekday == day.weekday())
        placed = services.place(
            store_id=store.pk,
            actor=BUYER,
            idempotency_key=f"race-{self.random.getrandbits(80):x}",
            via="api",
            lines=[
                services.Wanted(each.pk, each.step * self.random.randint(1, 2)) for each in lines
            ],
            fulfilment=self.random.choice(["delivery", "delivery", "pickup"]),
            payment_method=payment_method,
            contact=ASHA,
            address=HOME,
            slot_id=slot and slot.pk,
            slot_day=slot and day,
        )
        return str(placed.order.state)


def buy_for_cash(hand: Hand) -> str:
    return hand.place("cash")


def buy_by_upi(hand: Hand) -> str:
    return hand.place("upi")


def pay(hand: Hand) -> str:
    """The bank tells of money: mostly in time, sometimes late, twice, or of another amount."""
    about = hand.order(*(State.AWAITING_PAYMENT,) * 6, State.EXPIRED, State.CONFIRMED)
    attempt = (
        PaymentAttempt.objects.of(about["store_id"], "order", about["order_id"])
        .order_by("-id")
        .first()
    )
    if attempt is None:
        raise Nothing
    kind = hand.random.random()
    changes = {}
    if kind < 0.03:
        changes = {"amount": attempt.amount + 100, "payment_id": f"W{hand.random.getrandbits(90)}"}
    elif kind < 0.06:
        changes = {"payment_id": f"D{hand.random.getrandbits(90)}"}
    return str(apply_bank_event(word=payment_word(attempt, **changes)))


def hear_of_refund(hand: Hand) -> str:
    refund = Refund.objects.exclude(ask_at=None).order_by("ask_at")[hand.random.randint(0, 5) :]
    found = refund.first()
    if found is None:
        raise Nothing
    status = "SUCCESS" if hand.random.random() < 0.9 else "PENDING"
    data = {
        "refund_id": found.bank_id,
        "amount": found.amount,
        "status": status,
        "code": "00",
        "rrn": "632600000001",
        "completed_at": now().isoformat(),
    }
    kind = f"refund.{status.lower()}"
    return str(apply_bank_event(word=BankWord(f"{kind}:{found.bank_id}", "poll", kind, data, "{}")))


def run_out_of_time(hand: Hand) -> str:
    with travel(to=now() + settings.PAYMENT_WINDOW + settings.HOLD_GRACE - UNPAID):
        return f"{services.expire_due()} expired"


def chase(hand: Hand) -> str:
    minutes = timedelta(minutes=hand.stores[0].accept_minutes)
    with travel(to=now() + hand.random.choice([minutes, minutes / 2]) - UNANSWERED):
        return f"{services.chase_answers()} chased"


def accept(hand: Hand) -> str:
    return str(services.accept(**hand.order(State.CONFIRMED), actor=SHOP).state)


def reject(hand: Hand) -> str:
    about = hand.order(State.CONFIRMED, State.ACCEPTED)
    return str(services.reject(**about, actor=SHOP, reason="sold out").state)


def cancel(hand: Hand) -> str:
    about = hand.order(State.AWAITING_PAYMENT, State.CONFIRMED, State.ACCEPTED)
    return str(services.cancel(**about, actor=BUYER, reason="").state)


def tick(hand: Hand) -> str:
    about = hand.order(State.ACCEPTED)
    line = hand.line(about)
    packed = weigh(hand, line) if line.by_weight else None
    return str(services.pick_line(**about, line_id=line.pk, packed=packed).state)


def untick(hand: Hand) -> str:
    about = hand.order(State.ACCEPTED)
    return str(services.unpick_line(**about, line_id=hand.line(about).pk).state)


def leave_out(hand: Hand) -> str:
    about = hand.order(State.ACCEPTED)
    line = hand.line(about)
    some = hand.random.randrange(line.quantity) if hand.random.random() < 0.5 else 0
    services.mark_unavailable(
        **about,
        line_id=line.pk,
        actor=SHOP,
        available=some,
        stop_selling=hand.random.random() < 0.1,
    )
    return "some" if some else "none"


def pack(hand: Hand) -> str:
    about = hand.order(State.ACCEPTED)
    lines = OrderLine.objects.filter(order_id=about["order_id"], by_weight=True)
    weights = {line.listing_id: weigh(hand, line) for line in lines if not line.out}
    return str(services.pack(**about, actor=SHOP, weights=weights).state)


def weigh(hand: Hand, line: OrderLine) -> int:
    return int(line.quantity * hand.random.uniform(0.85, 1.02)) or 1


def send_out(hand: Hand) -> str:
    about = hand.order(*(State.PACKED,) * 4, State.UNDELIVERED)
    step = services.dispatch if hand.random.random() < 0.7 else services.ready_for_pickup
    return str(step(**about, actor=SHOP).state)


def hand_over(hand: Hand) -> str:
    about = hand.order(State.OUT_FOR_DELIVERY, State.READY_FOR_PICKUP)
    return str(services.deliver(**about, actor=SHOP).state)


def fail_to_deliver(hand: Hand) -> str:
    about = hand.order(State.OUT_FOR_DELIVERY)
    return str(services.fail_delivery(**about, actor=SHOP, reason="nobody at home").state)


def bring_back(hand: Hand) -> str:
    about = hand.order(State.PACKED, State.OUT_FOR_DELIVERY, State.UNDELIVERED)
    return str(services.cancel(**about, actor=SHOP, reason="brought back").state)


def ask_return(hand: Hand) -> str:
    about = hand.order(State.DELIVERED)
    line = hand.line(about, packed__gt=0)
    quantity = hand.random.randint(1, line.packed)
    reason = hand.random.choice(["damaged", "not_needed", "wrong_item"])
    services.ask_return(**about, actor=BUYER, reason=reason, lines={line.pk: quantity})
    return "done"


def decide_return(hand: Hand) -> str:
    from orders.models import Return

    found = Return.objects.of_store(hand.store().pk).open().order_by("id").first()
    if found is None:
        raise Nothing
    about = {"store_id": found.store_id, "order_id": found.order_id, "return_id": found.pk}
    chance = hand.random.random()
    if chance < 0.7:
        lines = [] if not found.can_be_restocked else found.lines.values_list("line_id", flat=True)
        services.take_return(**about, actor=SHOP, restock=list(lines))
        return "taken"
    if chance < 0.85:
        services.decline_return(**about, actor=SHOP, reason="used")
        return "declined"
    services.withdraw_return(**about, actor=BUYER)
    return "withdrawn"


def receive(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    shelf.receive_stock(
        store_id=store.pk,
        listing_id=listing.pk,
        quantity=listing.step * hand.random.randint(5, 40),
        actor=SHOP,
    )
    return "done"


def receive_batch(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listings[store.pk][-1]
    days = hand.random.choice([0, 1, 5, 30])
    shelf.receive_stock(
        store_id=store.pk,
        listing_id=listing.pk,
        quantity=hand.random.randint(5, 20),
        actor=SHOP,
        label=shelf.Label(code=f"B{days}", expires_on=business_date() + timedelta(days=days)),
    )
    return "done"


def sweep(hand: Hand) -> str:
    """A night passes: what was good until today is not for sale any more."""
    with travel(days=1):
        return f"{sweep_expired()} swept"


def count(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    counted = listing.step * hand.random.randint(0, 60)
    shelf.count_stock(store_id=store.pk, listing_id=listing.pk, counted=counted, actor=SHOP)
    return "done"


def break_some(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    shelf.write_off_stock(
        store_id=store.pk, listing_id=listing.pk, quantity=listing.step, reason="broken", actor=SHOP
    )
    return "done"


def undo(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    last = listing.movements.order_by("-id").first()
    if last is None:
        raise Nothing
    about = {"store_id": store.pk, "listing_id": listing.pk}
    shelf.undo_movement(**about, movement_id=last.pk, actor=SHOP)
    return "done"


def price(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    paise = hand.random.randint(90, 110) * listing.price // 100
    shelf.set_price(store_id=store.pk, listing_id=listing.pk, price=paise, actor=SHOP)
    return "done"


def show(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    shown = hand.random.random() < 0.8
    shelf.set_shown(store_id=store.pk, listing_id=listing.pk, shown=shown, actor=SHOP)
    return "shown" if shown else "hidden"


def say_there(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listings[store.pk][7]
    there = hand.random.random() < 0.8
    shelf.set_on_shelf(store_id=store.pk, listing_id=listing.pk, on_shelf=there, actor=SHOP)
    return "there" if there else "gone"


def do_what_is_owed(hand: Hand) -> str:
    """As the relay and a worker do; refunds stay owed, since there is no bank to send them to."""
    entries = outbox.claim(limit=2)
    for entry in entries:
        outbox.deliver(entry)
    return f"{len(entries)} delivered"


# How often each act is done, in a hundred or so.
ACTS: dict[Callable[[Hand], str], float] = {
    buy_for_cash: 14,
    buy_by_upi: 8,
    pay: 9,
    hear_of_refund: 2,
    run_out_of_time: 0.4,
    chase: 0.3,
    accept: 14,
    reject: 1.5,
    cancel: 3,
    tick: 4,
    untick: 1,
    leave_out: 1,
    pack: 9,
    send_out: 7,
    hand_over: 7,
    fail_to_deliver: 0.7,
    bring_back: 0.7,
    ask_return: 1.2,
    decide_return: 1,
    receive: 7,
    receive_batch: 0.5,
    sweep: 0.05,
    count: 1,
    break_some: 1,
    undo: 0.5,
    price: 2,
    show: 1,
    say_there: 0.5,
    do_what_is_owed: 1,
}
