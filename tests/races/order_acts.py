"""What customers, the shop, the bank and the timers do about orders, each a call of a service."""

from datetime import timedelta

from django.conf import settings

from marketplace.core.clock import now, travel
from orders import services
from orders.models import OrderLine, Proposal, Return, State
from payments.upi.models import PaymentAttempt, Refund
from payments.upi.services import BankWord, apply_bank_event
from tests.races.hands import BUYER, Hand, Nothing
from tests.races.shops import SHOP
from tests.upi.words import payment_word

# How long a confirmed order is left alone before its timers may strike, and an unpaid one.
UNANSWERED, UNPAID = timedelta(seconds=2), timedelta(seconds=3)


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
