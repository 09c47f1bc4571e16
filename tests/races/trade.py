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
from orders.models import OrderLine, Proposal, Return, State
from orders.services import expiry, lapsing
from payments.upi import bank_client
from payments.upi.models import PaymentAttempt, Refund
from payments.upi.services import BankWord, apply_bank_event
from stores.inventory import services as shelf
from stores.inventory.expiry import sweep_expired
from stores.inventory.models import Listing
from stores.inventory.reconciling import reconcile
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
    settings.BANK_URL = "http://127.0.0.1:9"
    expiry.BATCH = lapsing.BATCH = 5


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

    def act(self) -> tuple[str, str, int]:
        """(what, how it ended, how many): a domain error by its code. A timer or a sweep does several,
        each in a transaction of its own."""
        act = self.random.choices(self._acts, self._weights)[0]
        try:
            done = act(self)
        except Nothing:
            return act.__name__, "nothing to do", 1
        except DomainError as refused:
            return act.__name__, refused.code, 1
        if isinstance(done, int):
            return act.__name__, "done" if done else "nothing to do", max(done, 1)
        return act.__name__, done, 1

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
    about = hand.order(
        *(State.AWAITING_PAYMENT,) * 6, State.EXPIRED, State.CONFIRMED, *(State.ACCEPTED,) * 2
    )
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


def run_out_of_time(hand: Hand) -> int:
    with travel(to=now() + settings.PAYMENT_WINDOW + settings.HOLD_GRACE - UNPAID):
        return services.expire_due()


def chase(hand: Hand) -> int:
    minutes = timedelta(minutes=hand.stores[0].accept_minutes)
    with travel(to=now() + hand.random.choice([minutes, minutes / 2]) - UNANSWERED):
        return services.chase_answers()


def accept(hand: Hand) -> str:
    return str(services.accept(**hand.order(State.CONFIRMED), actor=SHOP).state)


def reject(hand: Hand) -> str:
    about = hand.order(State.CONFIRMED, State.ACCEPTED)
    return str(services.reject(**about, actor=SHOP, reason="sold out").state)


def cancel(hand: Hand) -> str:
    about = hand.order(State.AWAITING_PAYMENT, State.CONFIRMED, State.ACCEPTED)
    return str(services.cancel(**about, actor=BUYER, reason="", by_customer=True).state)


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


def sell_over_the_counter(hand: Hand) -> str:
    store = hand.store()
    chosen = {hand.listing(store) for _ in range(hand.random.randint(1, 3))}
    services.sell_over_counter(
        store_id=store.pk,
        actor=SHOP,
        idempotency_key=f"race-{hand.random.getrandbits(80):x}",
        lines=[services.Wanted(each.pk, each.step) for each in chosen],
        paid_by="cash",
        take_held=hand.random.random() < 0.3,
    )
    return "sold"


def propose_another(hand: Hand) -> str:
    about = hand.order(State.CONFIRMED, State.ACCEPTED)
    line = hand.line(about)
    other = hand.listing(next(each for each in hand.stores if each.pk == about["store_id"]))
    services.propose_substitute(
        **about, line_id=line.pk, listing_id=other.pk, quantity=other.step, actor=SHOP
    )
    return "asked"


def propose_more_weight(hand: Hand) -> str:
    about = hand.order(State.ACCEPTED)
    line = hand.line(about, by_weight=True)
    weights = {line.pk: int(line.quantity * hand.random.uniform(1.1, 2))}
    services.propose_weight(**about, weights=weights, actor=SHOP)
    return "asked"


def edit(hand: Hand) -> str:
    about = hand.order(State.CONFIRMED, State.ACCEPTED)
    store = next(each for each in hand.stores if each.pk == about["store_id"])
    quantities = {
        each.pk: each.step * hand.random.randint(0, 3)
        for each in {hand.listing(store) for _ in range(2)}
    }
    actor = hand.random.choice([BUYER, SHOP])
    return str(
        services.edit_order(
            **about, actor=actor, by_customer=actor == BUYER, quantities=quantities
        ).state
    )


def answer(hand: Hand) -> str:
    live = Proposal.objects.live().filter(store_id=hand.store().pk).order_by("due_at")[:10]
    found = list(live)
    if not found:
        raise Nothing
    chosen = hand.random.choice(found)
    about = {
        "store_id": chosen.store_id,
        "order_id": chosen.order_id,
        "proposal_id": chosen.pk,
    }
    step = hand.random.choice(
        [services.accept_proposal] * 3 + [services.decline_proposal, services.withdraw_proposal]
    )
    actor = SHOP if step is services.withdraw_proposal else BUYER
    return str(step(**about, actor=actor).state)


def wait_in_vain(hand: Hand) -> int:
    """The time of the oldest question runs out."""
    first = Proposal.objects.live().order_by("due_at").first()
    if first is None:
        raise Nothing
    with travel(to=first.due_at):
        return services.lapse_due()


def look_for_drift(hand: Hand) -> str:
    """While everything moves, each figure is what its history adds up to."""
    drift = reconcile(store_ids=[hand.store().pk])
    assert not drift, drift
    return "none"


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


def sweep(hand: Hand) -> int:
    """A night passes: what was good until today is not for sale any more."""
    with travel(days=1):
        return sweep_expired()


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


def do_what_is_owed(hand: Hand) -> int:
    """As the relay and a worker do; refunds stay owed, since there is no bank to send them to."""
    entries = outbox.claim(limit=2)
    for entry in entries:
        outbox.deliver(entry)
    return len(entries)


# How often each act is done, in a hundred or so.
ACTS: dict[Callable[[Hand], str | int], float] = {
    buy_for_cash: 18,
    buy_by_upi: 8,
    pay: 7,
    hear_of_refund: 2,
    run_out_of_time: 0.4,
    chase: 0.3,
    accept: 15,
    reject: 1.5,
    cancel: 4,
    tick: 4,
    untick: 1,
    leave_out: 1,
    pack: 7,
    send_out: 7,
    hand_over: 7,
    fail_to_deliver: 0.7,
    bring_back: 0.7,
    ask_return: 1.2,
    decide_return: 1,
    sell_over_the_counter: 4,
    propose_another: 1,
    propose_more_weight: 0.3,
    edit: 1,
    answer: 2,
    wait_in_vain: 0.2,
    look_for_drift: 0.2,
    receive: 9,
    receive_batch: 0.5,
    sweep: 0.05,
    count: 1,
    break_some: 1,
    undo: 0.5,
    price: 4,
    show: 2,
    say_there: 0.5,
    do_what_is_owed: 1,
}
