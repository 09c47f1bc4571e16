"""A delivery that failed is tried again or comes back to the shop; so does what nobody collects."""

import pytest

from marketplace.core.clock import business_date
from marketplace.core.models import OutboxEntry
from marketplace.core.outbox import deliver as run_consumer
from marketplace.notifications.models import Message
from orders import services
from orders.errors import IllegalTransition, TooManyTries, WrongDeliveryCode
from orders.models import Order, State
from payments.upi.models import PaymentAttempt, Refund
from payments.upi.services import apply_bank_event
from stores.inventory.models import Listing
from stores.shops.models import DeliverySlot, SlotDay
from tests.factories import make_listing, make_store
from tests.orders.building import place_order
from tests.upi.words import balances, payment_word

pytestmark = pytest.mark.django_db

SHOP = "person:shopkeeper"


def step(name: str, order: Order, **more: object) -> Order:
    return getattr(services, name)(
        store_id=order.store_id, order_id=order.pk, **{"actor": SHOP} | more
    )


def at_the_door(**changes: object) -> tuple[Order, Listing]:
    """An order of three pieces at ₹250, out for delivery (or, to be collected, on the counter)."""
    store = make_store(delivery_fee=2000)
    listing = make_listing(store, price=25000, on_hand=10)
    order = place_order(store, {listing.pk: 3}, **changes)
    if order.payment_method == "upi":
        apply_bank_event(word=payment_word(PaymentAttempt.objects.get()))
    step("accept", order)
    step("pack", order)
    last = "dispatch" if order.fulfilment == "delivery" else "ready_for_pickup"
    return step(last, order), listing


def fail(order: Order, reason: str = "Nobody at home") -> Order:
    return step("fail_delivery", order, reason=reason)


def test_a_failed_delivery_keeps_its_reason_and_is_tried_again():
    order, listing = at_the_door()
    order = fail(order)
    assert (order.state, order.version) == (State.UNDELIVERED, 5)
    assert (order.events.last().reason, order.events.last().actor) == ("Nobody at home", SHOP)
    assert Listing.objects.get(pk=listing.pk).on_hand == 7, "the goods are still in the bag"
    order = step("dispatch", order)
    assert order.state == State.OUT_FOR_DELIVERY
    assert step("deliver", order, code=services.delivery_code(order)).state == State.DELIVERED


def test_what_could_not_be_delivered_comes_back_and_all_the_money_too():
    order, listing = at_the_door(payment_method="upi")
    fail(order)
    order = step("cancel", order, reason="Back in the shop")
    assert (order.captured, order.refunded) == (77000, 77000), "the delivery fee as well"
    assert Refund.objects.get().amount == 77000
    assert balances(order.store_id) == {"psp_clearing": 77000, "refund_in_transit": -77000}
    listing.refresh_from_db()
    assert (listing.on_hand, listing.held) == (10, 0)


def test_what_nobody_collects_goes_back_on_the_shelf():
    order, listing = at_the_door(fulfilment="pickup", payment_method="upi", address=None)
    order = step("cancel", order, reason="Nobody came to collect it")
    assert (order.state, order.refunded) == (State.CANCELLED, 75000)
    listing.refresh_from_db()
    assert (listing.on_hand, listing.held) == (10, 0)


def test_calling_it_off_gives_its_place_in_the_slot_back():
    order, _ = at_the_door()
    slot = DeliverySlot.objects.create(
        store=order.store, weekday=0, starts="17:00", ends="19:00", capacity=1
    )
    SlotDay.objects.create(store=order.store, slot=slot, day=business_date(), taken=1)
    order.slot, order.slot_starts_at = slot, order.placed_at
    order.save()
    fail(order)
    assert SlotDay.objects.get().taken == 1
    step("cancel", order, reason="")
    assert SlotDay.objects.get().taken == 0


@pytest.mark.parametrize("state", ["confirmed", "packed", "delivered", "undelivered"])
def test_only_what_is_on_its_way_fails(state):
    order, _ = at_the_door()
    Order.objects.filter(pk=order.pk).update(state=state)
    with pytest.raises(IllegalTransition):
        fail(order)
    assert Order.objects.get(pk=order.pk).version == order.version


def test_what_is_to_be_collected_does_not_fail_at_a_door():
    order, _ = at_the_door(fulfilment="pickup", address=None)
    with pytest.raises(IllegalTransition):
        fail(order)


def test_the_customer_does_not_call_off_what_is_in_the_bag():
    order, _ = at_the_door(actor="person:asha")
    fail(order)
    with pytest.raises(IllegalTransition):
        step("cancel", order, actor="person:asha", reason="", by_customer=True)
    assert Order.objects.get(pk=order.pk).state == State.UNDELIVERED


def test_it_is_not_handed_over_while_it_lies_in_the_shop():
    order, _ = at_the_door()
    fail(order)
    with pytest.raises(IllegalTransition):
        step("deliver", order, code=services.delivery_code(order))


def test_another_try_is_no_way_to_guess_the_code():
    order, _ = at_the_door()
    wrong = "0000" if services.delivery_code(order) != "0000" else "0001"
    for _ in range(3):
        with pytest.raises(WrongDeliveryCode):
            step("deliver", order, code=wrong)
    fail(order)
    step("dispatch", order)
    for _ in range(2):
        with pytest.raises(WrongDeliveryCode):
            step("deliver", order, code=wrong)
    with pytest.raises(TooManyTries):
        step("deliver", order, code=services.delivery_code(order))


def test_the_code_of_another_order_is_wrong():
    order, listing = at_the_door()
    other = place_order(order.store, {listing.pk: 1})
    if services.delivery_code(other) == services.delivery_code(order):
        pytest.skip("one in ten thousand")
    with pytest.raises(WrongDeliveryCode):
        step("deliver", order, code=services.delivery_code(other))
    assert Order.objects.get(pk=order.pk).code_tries == 1


def test_the_right_code_in_the_wrong_state_uses_up_no_try():
    store = make_store()
    order = place_order(store, {make_listing(store).pk: 1})
    with pytest.raises(IllegalTransition):
        step("deliver", order, code=services.delivery_code(order))
    with pytest.raises(IllegalTransition):
        step("deliver", order, code="0000")
    assert Order.objects.get(pk=order.pk).code_tries == 0


def test_the_customer_is_told_why_and_whom_to_call():
    order, _ = at_the_door(contact=services.Contact("Asha", "+919810012345", "en"))
    fail(order)
    entry = OutboxEntry.objects.get(event="order.undelivered")
    run_consumer(entry.pk)
    (text,) = Message.objects.filter(channel="sms").values_list("body", flat=True)
    assert text.startswith(
        f"Gupta Kirana could not deliver order {order.number}: Nobody at home. "
        "Please call the shop. "
    )


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_five_tries(concurrently):
    order, _ = at_the_door()
    right = int(services.delivery_code(order))
    guesses = [f"{(right + n) % 10_000:04d}" for n in range(1, 13)]
    outcomes = concurrently(
        [lambda code=code: step("deliver", order, code=code).state for code in guesses]
    )
    assert sorted(outcomes) == ["too_many_tries"] * 7 + ["wrong_delivery_code"] * 5
    assert Order.objects.get(pk=order.pk).code_tries == 5
