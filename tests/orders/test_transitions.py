import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.models import OutboxEntry
from orders import services
from orders.errors import IllegalTransition, TooManyTries, UnknownOrder, WrongDeliveryCode
from orders.models import FINISHED, Order, OrderEvent, State
from orders.services.transitions import ALLOWED
from payments.ledger.models import Account
from payments.ledger.selectors import balance
from stores.inventory.errors import OutOfStock
from stores.inventory.models import Hold, Listing
from stores.inventory.services import count_stock
from tests.factories import make_listing, make_store
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db

SHOP = "person:shopkeeper"
WITH_REASON = {"reject", "cancel", "fail_delivery"}


def step(name: str, order: Order, **more: object) -> Order:
    if name in WITH_REASON:
        more.setdefault("reason", "no time")
    more.setdefault("actor", SHOP)
    return getattr(services, name)(store_id=order.store_id, order_id=order.pk, **more)


def walk(order: Order, *steps: str) -> Order:
    for name in steps:
        order = step(name, order)
    return order


def stock(listing: Listing) -> tuple[int, int]:
    listing.refresh_from_db()
    assert listing.movements.aggregate(total=Sum("delta"))["total"] == listing.on_hand
    held = listing.holds.open().aggregate(total=Sum("quantity"))["total"] or 0
    assert held == listing.held
    return listing.on_hand, listing.held


def test_a_delivery_from_door_to_door():
    store = make_store()
    listing = make_listing(store, on_hand=10)
    order = place_order(store, {listing.pk: 3})
    assert step("accept", order).state == State.ACCEPTED
    assert stock(listing) == (10, 3)
    assert step("pack", order).state == State.PACKED
    assert stock(listing) == (7, 0)
    assert step("dispatch", order).state == State.OUT_FOR_DELIVERY
    order = step("deliver", order, code=services.delivery_code(order))
    assert (order.state, order.version) == (State.DELIVERED, 5)
    assert list(order.events.values_list("version", "before", "after")) == [
        (1, "", "confirmed"),
        (2, "confirmed", "accepted"),
        (3, "accepted", "packed"),
        (4, "packed", "out_for_delivery"),
        (5, "out_for_delivery", "delivered"),
    ]


def test_cash_stays_with_the_shop_which_owes_the_charges():
    """₹500 of goods at 3 % and 5 % GST inside, ₹20 delivery by the shop's own helper."""
    store = make_store(delivery_fee=2000, commission_bps=300)
    order = place_order(store, {make_listing(store, price=25000).pk: 2})
    walk(order, "accept", "pack", "dispatch", "deliver")
    # commission 3 % of 500 = 15.00; GST on it 2.70; TDS 0.1 % of 520 = 0.52;
    # TCS 0.5 % of 495.24 (each less two equal halves of 5 % GST, 11.90 and 0.48) = 2.48
    assert {
        account: balance(store.pk, account) for account in Account if balance(store.pk, account)
    } == {
        Account.PAYABLE: 1500 + 270 + 52 + 248,
        Account.COMMISSION: -1500,
        Account.GST_ON_COMMISSION: -270,
        Account.TDS_PAYABLE: -52,
        Account.TCS_PAYABLE: -248,
    }


def test_what_is_collected_is_not_dispatched_and_the_other_way_round():
    store = make_store()
    brought = place_order(store, {make_listing(store).pk: 1})
    collected = place_order(store, {make_listing(store).pk: 1}, fulfilment="pickup")
    walk(brought, "accept", "pack")
    walk(collected, "accept", "pack")
    with pytest.raises(IllegalTransition):
        step("ready_for_pickup", brought)
    with pytest.raises(IllegalTransition):
        step("dispatch", collected)
    walk(collected, "ready_for_pickup", "deliver")
    assert Order.objects.get(pk=collected.pk).state == State.DELIVERED


def test_second_accept_changes_nothing():
    store = make_store()
    order = place_order(store, {make_listing(store).pk: 1})
    step("accept", order)
    with pytest.raises(IllegalTransition) as refused:
        step("accept", order)
    assert refused.value.params["state"] == State.ACCEPTED
    assert Order.objects.get(pk=order.pk).version == 2
    assert (
        OutboxEntry.objects.filter(event="order.accepted").values("payload").distinct().count() == 1
    )


@pytest.mark.parametrize("steps", [(), ("accept",)])
@pytest.mark.parametrize("end", ["cancel", "reject"])
def test_calling_off_before_packing_frees_the_stock(steps, end):
    store = make_store()
    listing = make_listing(store, on_hand=10)
    order = place_order(store, {listing.pk: 4})
    walk(order, *steps, end)
    assert stock(listing) == (10, 0)
    assert order.events.last().reason == "no time"


def test_the_customer_cancels_before_packing_only():
    store = make_store()
    listing = make_listing(store, on_hand=10)
    order = place_order(store, {listing.pk: 4}, actor="person:asha")
    walk(order, "accept", "pack")
    with pytest.raises(IllegalTransition):
        step("cancel", order, actor="person:asha", by_customer=True)
    assert stock(listing) == (6, 0)
    step("cancel", order, actor=SHOP)
    assert stock(listing) == (10, 0), "a failed delivery comes back to the shelf"


def test_who_ordered_in_their_own_shop_can_call_it_off_as_the_shop():
    store = make_store()
    listing = make_listing(store, on_hand=10)
    order = place_order(store, {listing.pk: 4}, actor=SHOP)
    walk(order, "accept", "pack", "dispatch", "fail_delivery", "cancel")
    assert stock(listing) == (10, 0)


def test_a_foreign_shop_finds_no_such_order():
    store, other = make_store(), make_store()
    order = place_order(store, {make_listing(store).pk: 1})
    for name in STEPS:
        more = {"reason": ""} if name in WITH_REASON else {}
        with pytest.raises(UnknownOrder):
            getattr(services, name)(store_id=other.pk, order_id=order.pk, actor=SHOP, **more)


def test_the_door_code_cannot_be_guessed():
    store = make_store()
    order = place_order(store, {make_listing(store).pk: 1})
    walk(order, "accept", "pack", "dispatch")
    right = services.delivery_code(order)
    wrong = "0000" if right != "0000" else "0001"
    for _ in range(5):
        with pytest.raises(WrongDeliveryCode):
            step("deliver", order, code=wrong)
    with pytest.raises(TooManyTries):
        step("deliver", order, code=right)
    assert Order.objects.get(pk=order.pk).state == State.OUT_FOR_DELIVERY
    assert step("deliver", order).state == State.DELIVERED, "the owner's word still counts"


def test_a_count_below_what_is_held_releases_the_newest_hold_and_flags_its_order():
    store = make_store()
    listing = make_listing(store, on_hand=10)
    older = place_order(store, {listing.pk: 4})
    newer = place_order(store, {listing.pk: 5})
    count_stock(store_id=store.pk, listing_id=listing.pk, counted=6, actor=SHOP)
    assert stock(listing) == (6, 4)
    assert list(Hold.objects.open().values_list("reference", flat=True)) == [older.pk]
    assert list(newer.flags.open().values_list("listing_id", "quantity")) == [(listing.pk, 5)]
    assert not older.flags.exists()
    step("accept", newer)
    with pytest.raises(OutOfStock):
        step("pack", newer)
    count_stock(store_id=store.pk, listing_id=listing.pk, counted=9, actor=SHOP)
    step("pack", newer)
    assert stock(listing) == (4, 4)
    assert not newer.flags.open().exists()


def test_low_stock_is_told_once_on_the_way_down_and_again_after_a_refill():
    store = make_store()
    listing = make_listing(store, on_hand=10, reorder_level=5)

    def told() -> int:
        return OutboxEntry.objects.filter(event="stock.low").count()

    for _ in range(2):
        walk(place_order(store, {listing.pk: 3}), "accept", "pack")
    assert told() == 1
    count_stock(store_id=store.pk, listing_id=listing.pk, counted=20, actor=SHOP)
    count_stock(store_id=store.pk, listing_id=listing.pk, counted=2, actor=SHOP)
    assert told() == 2


STEPS = [
    "accept",
    "pack",
    "dispatch",
    "ready_for_pickup",
    "fail_delivery",
    "deliver",
    "cancel",
    "reject",
]


@settings(max_examples=40)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=8), pickup=st.booleans())
def test_no_sequence_of_taps_breaks_an_invariant(steps, pickup):
    store = make_store()
    listing = make_listing(store, on_hand=10)
    order = place_order(store, {listing.pk: 3}, fulfilment="pickup" if pickup else "delivery")
    for name in steps:
        before = Order.objects.get(pk=order.pk)
        try:
            step(name, order)
        except IllegalTransition:
            after = Order.objects.get(pk=order.pk)
            assert (after.state, after.version) == (before.state, before.version)
        else:
            after = Order.objects.get(pk=order.pk)
            assert before.state in ALLOWED[after.state]
            assert before.state not in FINISHED
            assert after.version == before.version + 1
    order.refresh_from_db()
    on_hand, held = stock(listing)
    assert order.version == OrderEvent.objects.filter(order=order).count()
    if order.state in {State.CONFIRMED, State.ACCEPTED}:
        assert (on_hand, held) == (10, 3)
    elif order.state in {State.CANCELLED, State.REJECTED}:
        assert (on_hand, held) == (10, 0)
    else:
        assert (on_hand, held) == (7, 0)
