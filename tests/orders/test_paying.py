"""What the bank's word does to an order: applied, or the money goes back. Never both, never neither."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Sum

from marketplace.core.clock import business_date, now, travel
from orders import services
from orders.models import Order, State
from payments.upi.models import PaymentAttempt, Receipt, Refund
from payments.upi.services import apply_bank_event
from stores.inventory.models import Hold, Listing
from stores.inventory.services import count_stock
from stores.shops.models import DeliverySlot, SlotDay
from stores.shops.services import set_accepting_orders
from stores.shops.validators import WEEKDAYS
from tests.factories import make_listing, make_store
from tests.orders.building import place_order
from tests.upi.words import balances, payment_word

pytestmark = pytest.mark.django_db

HOUR = 3600


def bank_says(order: Order, **changes: object) -> None:
    apply_bank_event(word=payment_word(PaymentAttempt.objects.get(reference=order.pk), **changes))
    order.refresh_from_db()


def prepaid(on_hand: int = 10) -> tuple[Order, Listing]:
    store = make_store(delivery_fee=0)
    listing = make_listing(store, price=25000, on_hand=on_hand)
    return place_order(store, {listing.pk: 2}, payment_method="upi"), listing


def expire(order: Order) -> None:
    """As the job does when the bank knows of no payment."""
    from orders.services.transitions import move
    from stores.inventory.holds import release_stock

    with transaction.atomic():
        order = Order.objects.locked().get(pk=order.pk)
        release_stock(store_id=order.store_id, reference=order.pk)
        services.give_up_slot(order)
        move(order, State.EXPIRED, actor="system")


def test_the_capture_confirms_the_order_and_lies_as_the_customers_deposit():
    order, listing = prepaid()
    bank_says(order)
    bank_says(order)
    assert (order.state, order.captured) == ("confirmed", 50000)
    assert order.events.count() == 2
    assert balances(order.store_id) == {"psp_clearing": 50000, "customer_deposit": -50000}
    listing.refresh_from_db()
    assert (listing.on_hand, listing.held) == (10, 2)


def test_money_after_expiry_confirms_the_order_if_its_stock_is_still_there():
    order, _ = prepaid()
    expire(order)
    bank_says(order)
    assert (order.state, order.captured) == ("confirmed", 50000)
    assert Hold.objects.open().get().quantity == 2


def test_money_after_expiry_goes_back_if_the_stock_has_gone():
    order, listing = prepaid(on_hand=2)
    expire(order)
    place_order(order.store, {listing.pk: 1})
    bank_says(order)
    assert (order.state, order.captured) == ("expired", 0)
    assert Refund.objects.get().amount == 50000
    assert balances(order.store_id) == {"psp_clearing": 50000, "refund_in_transit": -50000}
    assert Listing.objects.get(pk=listing.pk).held == 1


def test_money_within_two_hours_of_expiry_starts_the_shops_minutes_then():
    order, _ = prepaid()
    expire(order)
    with travel(seconds=2 * HOUR - 30):
        bank_says(order)
        assert timedelta(minutes=14) < order.accept_by - now() <= timedelta(minutes=15)
    assert (order.state, order.captured) == ("confirmed", 50000)


def test_money_more_than_two_hours_after_expiry_goes_back():
    order, listing = prepaid()
    expire(order)
    with travel(seconds=2 * HOUR + 30):
        bank_says(order)
    assert (order.state, order.captured, order.version) == ("expired", 0, 2)
    assert (Refund.objects.get().amount, Refund.objects.get().reason) == (
        50000,
        "expired too long ago",
    )
    assert Listing.objects.get(pk=listing.pk).held == 0


def test_money_for_an_expired_order_goes_back_when_the_shop_sells_nothing_more():
    order, _ = prepaid()
    expire(order)
    set_accepting_orders(store_id=order.store_id, accepting=False)
    bank_says(order)
    assert order.state == State.EXPIRED
    assert Refund.objects.get().reason == "the shop is closed"


def in_a_slot(order: Order) -> DeliverySlot:
    """The order in the only place of a slot of tomorrow."""
    tomorrow = business_date() + timedelta(days=1)
    slot = DeliverySlot.objects.create(
        store=order.store, weekday=tomorrow.weekday(), starts="17:00", ends="19:00", capacity=1
    )
    services.book_slot(order, store=order.store, slot_id=slot.pk, day=tomorrow)
    order.save()
    return slot


def test_late_money_takes_the_place_in_the_slot_again():
    order, _ = prepaid()
    slot = in_a_slot(order)
    expire(order)
    assert SlotDay.objects.get(slot=slot).taken == 0
    # tonight the shop is shut, which matters nothing to an order for tomorrow
    order.store.hours = {"mon": [["09:00", "20:00"]]} | {
        WEEKDAYS[slot.weekday]: [["09:00", "20:00"]]
    }
    order.store.save()
    bank_says(order)
    assert order.state == State.CONFIRMED
    assert SlotDay.objects.get(slot=slot).taken == 1


def test_late_money_goes_back_when_the_slot_has_filled_up():
    order, listing = prepaid()
    slot = in_a_slot(order)
    expire(order)
    SlotDay.objects.filter(slot=slot).update(taken=1)
    bank_says(order)
    assert order.state == State.EXPIRED
    assert Refund.objects.get().reason == "no place in the slot"
    assert Listing.objects.get(pk=listing.pk).held == 0, "nothing is kept of the attempt"


def test_no_paid_order_lacks_stock():
    order, listing = prepaid(on_hand=2)
    count_stock(store_id=order.store_id, listing_id=listing.pk, counted=1, actor="system")
    bank_says(order)
    assert order.state == State.CANCELLED
    assert Refund.objects.get().amount == 50000
    assert Listing.objects.get(pk=listing.pk).held == 0


@pytest.mark.parametrize("steps", [(), ("accept",), ("accept", "pack", "dispatch")])
def test_calling_off_a_paid_order_sends_the_money_back_once(steps):
    order, listing = prepaid()
    bank_says(order)
    about = {"store_id": order.store_id, "order_id": order.pk, "actor": "person:shop"}
    for step in steps:
        getattr(services, step)(**about)
    services.cancel(**about, reason="burst tyre")
    order.refresh_from_db()
    assert (order.captured, order.refunded) == (50000, 50000)
    assert Refund.objects.aggregate(n=Sum("amount"))["n"] == 50000
    assert balances(order.store_id) == {"psp_clearing": 50000, "refund_in_transit": -50000}
    assert Listing.objects.get(pk=listing.pk).on_hand == 10


def test_money_for_a_cancelled_order_goes_back():
    order, _ = prepaid()
    services.cancel(
        store_id=order.store_id, order_id=order.pk, actor="person:asha", reason="changed my mind"
    )
    bank_says(order)
    assert (order.state, order.captured) == ("cancelled", 0)
    assert Receipt.objects.get().outcome == Receipt.Outcome.RETURNED


def test_a_prepaid_delivery_divides_the_deposit():
    order, _ = prepaid()
    bank_says(order)
    about = {"store_id": order.store_id, "order_id": order.pk, "actor": "person:shop"}
    services.accept(**about)
    services.pack(**about)
    services.dispatch(**about)
    services.deliver(**about)
    # 500.00: commission 15.00, GST 2.70, TDS 0.50, TCS 0.5 % of 476.20 = 2.38
    assert balances(order.store_id) == {
        "psp_clearing": 50000,
        "payable": -(50000 - 1500 - 270 - 50 - 238),
        "commission": -1500,
        "gst_on_commission": -270,
        "tds_payable": -50,
        "tcs_payable": -238,
    }


def test_the_hold_outlives_the_payment_window_and_its_grace():
    order, _ = prepaid()
    attempt = PaymentAttempt.objects.get()
    assert order.due_at - attempt.expires_at >= timedelta(seconds=299)
    assert attempt.expires_at - now() > timedelta(seconds=590)
