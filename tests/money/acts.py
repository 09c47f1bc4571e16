"""What moves money, each a call of a service or of the bank, and how often it is done."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from orders import services
from orders.models import Order, OrderLine, State
from payments.disputes.models import Dispute
from payments.disputes.services import accept as give_in
from payments.disputes.services import contest
from payments.khata.models import KhataEntry
from payments.khata.selectors import owed_by
from payments.khata.services import charge, pay_back_cash, undo
from payments.settlement.services import settle_store
from payments.upi.models import PaymentAttempt, Purpose, Receipt
from payments.upi.services import (
    intent_uri,
    keep_for_shop,
    return_receipt,
    shop_qr_uri,
    start_attempt,
)
from tests.money.hands import Trader
from tests.races import order_acts, shelf_acts
from tests.races.hands import Nothing
from tests.races.shops import SHOP


def pay(hand: Trader) -> str:
    """The customer pays on the newest link, mostly in time; an order's end stops nobody."""
    link = _newest_link(hand)
    return hand.pay(intent_uri(link), decline=hand.random.random() < 0.05)


def pay_twice(hand: Trader) -> str:
    """In one of two cases the customer has their bank ask the second payment back at once: before we
    can have sent it back, or even have heard of it."""
    link = _newest_link(hand)
    first = hand.pay(intent_uri(link))
    contested = hand.random.random() < 0.5
    if contested and hand.random.random() < 0.5:
        hand.desk.post("/control/next", outcome="webhook_lost", operation="payment", match=link.tr)
    second = hand.pay(intent_uri(link))
    payments = hand.paid(link.tr)
    if contested and len(payments) > 1:
        hand.desk.post("/control/disputes", payment_id=payments[-1])
    return f"{first} and {second}"


def see_through(hand: Trader) -> str:
    """The shop takes an order up where it stands, and mostly brings it to the door."""
    about = hand.order(State.CONFIRMED, State.ACCEPTED, State.PACKED)
    state = Order.objects.values_list("state", flat=True).get(pk=about["order_id"])
    for step in STEPS.get(state, STEPS[State.CONFIRMED]):
        state = step(about, hand)
        if hand.random.random() < 0.08:
            break
    return state


def run_out_of_time(hand: Trader) -> int:
    """A quarter of an hour goes by for one unpaid order, and for no other."""
    about = hand.order(State.AWAITING_PAYMENT)
    past = now()
    with transaction.atomic():
        order = Order.objects.locked().get(pk=about["order_id"])
        if order.state != State.AWAITING_PAYMENT:
            raise Nothing
        Order.objects.filter(pk=order.pk).update(due_at=past)
        PaymentAttempt.objects.of(order.store_id, "order", order.pk).update(expires_at=past)
    return services.expire_due()


def buy_on_khata(hand: Trader) -> str:
    khata = hand.khata()
    store = next(each for each in hand.stores if each.pk == khata.store_id)
    return hand.place("khata", store=store, khata_id=khata.pk)


def sell_on_khata(hand: Trader) -> str:
    khata = hand.khata()
    store = next(each for each in hand.stores if each.pk == khata.store_id)
    listing = hand.listing(store)
    services.sell_over_counter(
        store_id=store.pk,
        actor=SHOP,
        idempotency_key=hand.key(),
        lines=[services.Wanted(listing.pk, listing.step)],
        paid_by="khata",
        take_held=True,
        khata_id=khata.pk,
    )
    return "sold"


def carry_over(hand: Trader) -> str:
    khata, amount = hand.khata(), hand.random.randint(1, 900_00)
    about = {"store_id": khata.store_id, "khata_id": khata.pk, "actor": SHOP, "key": hand.key()}
    charge(**about, kind=KhataEntry.Kind.CARRIED, amount=amount)
    return "written"


def pay_khata_in_cash(hand: Trader) -> str:
    khata = hand.khata()
    about = {"store_id": khata.store_id, "khata_id": khata.pk, "actor": SHOP, "key": hand.key()}
    pay_back_cash(**about, amount=hand.some_of(owed_by(khata)))
    return "written"


def strike_out(hand: Trader) -> str:
    khata = hand.khata()
    entry = hand.random.choice(list(KhataEntry.objects.of(khata)[:5]) or [None])
    if entry is None:
        raise Nothing
    undo(store_id=khata.store_id, khata_id=khata.pk, entry_id=entry.pk, actor=SHOP)
    return "struck out"


def pay_khata_by_upi(hand: Trader) -> str:
    """Sometimes more than is owed, or twice; what is not owed any more goes back."""
    khata = hand.khata()
    attempt = start_attempt(
        store_id=khata.store_id,
        purpose=Purpose.KHATA,
        reference=khata.pk,
        amount=hand.some_of(owed_by(khata)),
    )
    if hand.random.random() < 0.1:
        hand.pay(intent_uri(attempt))
    return hand.pay(intent_uri(attempt))


def pay_on_a_sticker(hand: Trader) -> str:
    """A customer scans the code on the counter, which says nothing of any order."""
    amount = f"{hand.random.randint(1, 500)}.{hand.random.randint(0, 99):02d}"
    return hand.pay(f"upi://pay?pa={settings.PLATFORM_VPA}&pn=Nukkad&am={amount}&cu=INR")


def pay_on_the_counter_qr(hand: Trader) -> str:
    """A customer scans the shop's own code and types what the goods cost: now and then just what an
    unpaid order comes to, mostly by its customer, who collects it."""
    shop_qr = hand.random.choice(hand.shop_qrs)
    paise = hand.random.randint(100, 500_00)
    waiting = Order.objects.of_store(shop_qr.store_id).in_states([State.AWAITING_PAYMENT])
    order = waiting.filter(fulfilment="pickup").order_by("-id").first()
    if order is not None and hand.random.random() < 0.5:
        paise = order.total
    uri = shop_qr_uri(shop_qr, name="Kirana")
    return hand.pay(f"{uri}&am={paise // 100}.{paise % 100:02d}")


def decide_counter_money(hand: Trader) -> str:
    receipt = Receipt.objects.to_decide().order_by("?").first()
    if receipt is None:
        raise Nothing
    about = {"store_id": receipt.store_id, "receipt_id": receipt.pk}
    if hand.random.random() < 0.7:
        return str(keep_for_shop(**about, actor=SHOP).outcome)
    return "sent back" if return_receipt(**about, reason="not for us") else "decided already"


def dispute_counter_money(hand: Trader) -> str:
    receipt = Receipt.objects.filter(shop_qr__isnull=False).order_by("?").first()
    if receipt is None:
        raise Nothing
    return str(hand.desk.post("/control/disputes", payment_id=receipt.payment_id)[0])


def dispute(hand: Trader) -> str:
    """A customer has the bank ask a payment back, or a part of it; any payment, also one that goes
    back anyhow."""
    about = hand.order(*(State.DELIVERED,) * 4, State.ACCEPTED, State.CANCELLED, State.EXPIRED)
    attempt = PaymentAttempt.objects.of(about["store_id"], "order", about["order_id"]).first()
    payments = hand.paid(attempt.tr) if attempt else []
    if not payments:
        raise Nothing
    in_part = len(payments) == 1 and hand.random.random() < 0.5
    part = {"amount": hand.random.randint(1, 100_00)} if in_part else {}
    return str(
        hand.desk.post("/control/disputes", payment_id=hand.random.choice(payments), **part)[0]
    )


def answer_dispute(hand: Trader) -> str:
    found = Dispute.objects.filter(state="open", answer="").order_by("?").first()
    if found is None:
        raise Nothing
    about = {"store_id": found.store_id, "dispute_id": found.pk, "actor": SHOP}
    if hand.random.random() < 0.3:
        return str(give_in(**about).answer)
    return str(contest(**about, evidence="The customer has signed for it.").answer)


def decide_dispute(hand: Trader) -> str:
    found = Dispute.objects.filter(state__in=["open", "contested"]).order_by("?").first()
    if found is None:
        raise Nothing
    outcome = hand.random.choice(["won", "lost"])
    hand.desk.post(f"/control/disputes/{found.dispute_id}", outcome=outcome)
    return outcome


def settle(hand: Trader) -> str:
    """The shop's day is over early: what it has earned so far is paid out."""
    made = settle_store(store_id=hand.store().pk, upto=business_date())
    return "nothing owed" if made is None else "settled"


def do_what_is_owed(hand: Trader) -> int:
    """As the relay and a worker do, one entry at a time."""
    entries = outbox.claim(limit=3)
    for entry in entries:
        outbox.deliver(entry)
    return len(entries)


def _newest_link(hand: Trader) -> PaymentAttempt:
    about = hand.order(*(State.AWAITING_PAYMENT,) * 8, State.EXPIRED, State.ACCEPTED)
    link = PaymentAttempt.objects.of(about["store_id"], "order", about["order_id"]).first()
    if link is None:
        raise Nothing
    return link


def _accept(about: dict[str, UUID], hand: Trader) -> str:
    return str(services.accept(**about, actor=SHOP).state)


def _pack(about: dict[str, UUID], hand: Trader) -> str:
    lines = OrderLine.objects.filter(order_id=about["order_id"], by_weight=True)
    weights = {line.listing_id: order_acts.weigh(hand, line) for line in lines if not line.out}
    return str(services.pack(**about, actor=SHOP, weights=weights).state)


def _send_out(about: dict[str, UUID], hand: Trader) -> str:
    to_the_door = Order.objects.filter(pk=about["order_id"], fulfilment="delivery").exists()
    step = services.dispatch if to_the_door else services.ready_for_pickup
    return str(step(**about, actor=SHOP).state)


def _hand_over(about: dict[str, UUID], hand: Trader) -> str:
    return str(services.deliver(**about, actor=SHOP).state)


# What is left to be done of an order in each state.
STEPS: dict[str, Sequence[Callable[[dict[str, UUID], Trader], str]]] = {
    State.CONFIRMED: (_accept, _pack, _send_out, _hand_over),
    State.ACCEPTED: (_pack, _send_out, _hand_over),
    State.PACKED: (_send_out, _hand_over),
}

Acts = dict[Callable[[Trader], str | int], float]
# How often each act is done, in a hundred or so.
ACTS: Acts = {
    order_acts.buy_for_cash: 8,
    order_acts.buy_by_upi: 16,
    pay: 17,
    pay_twice: 3,
    see_through: 20,
    run_out_of_time: 1,
    order_acts.accept: 2,
    order_acts.reject: 1,
    order_acts.cancel: 2,
    order_acts.tick: 2,
    order_acts.leave_out: 2,
    order_acts.bring_back: 0.5,
    order_acts.ask_return: 5,
    order_acts.decide_return: 5,
    order_acts.edit: 1,
    order_acts.propose_another: 1,
    order_acts.propose_more_weight: 0.5,
    order_acts.answer: 2,
    order_acts.sell_over_the_counter: 1,
    shelf_acts.receive: 2,
    sell_on_khata: 3,
    carry_over: 2,
    pay_khata_in_cash: 2,
    strike_out: 1,
    pay_khata_by_upi: 4,
    pay_on_a_sticker: 1,
    pay_on_the_counter_qr: 3,
    decide_counter_money: 2,
    dispute_counter_money: 0.7,
    buy_on_khata: 4,
    dispute: 3,
    answer_dispute: 1,
    decide_dispute: 1.5,
    settle: 3,
}
