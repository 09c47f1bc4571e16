"""What was weighed is what leaves the shelf and what the customer pays."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.errors import InvalidInput
from orders import services
from orders.carts import Owner, reorder
from orders.errors import CostsMore, NotWeighed
from orders.models import Order
from orders.services.billing import most_without_asking
from orders.services.picking import FAR_MORE
from payments.upi.models import Refund
from stores.inventory.errors import OutOfStock
from stores.inventory.models import Hold, Listing
from stores.inventory.services import count_stock
from tests.factories import make_listing, make_loose, make_store
from tests.orders.building import captured_order, place_order
from tests.upi.words import balances

pytestmark = pytest.mark.django_db

SHOP = "person:shopkeeper"


def accepted(wanted: dict[Listing, int], **changes: Any) -> Order:
    store = next(iter(wanted)).store
    make = captured_order if changes.get("payment_method") == "upi" else place_order
    order = make(store, {listing.pk: n for listing, n in wanted.items()}, **changes)
    return services.accept(store_id=store.pk, order_id=order.pk, actor=SHOP)


def pack(order: Order, weights: dict[Listing, int] | None = None) -> Order:
    return services.pack(
        store_id=order.store_id,
        order_id=order.pk,
        actor=SHOP,
        weights={listing.pk: weighed for listing, weighed in (weights or {}).items()},
    )


def hand_over(order: Order) -> Order:
    about = {"store_id": order.store_id, "order_id": order.pk, "actor": SHOP}
    services.dispatch(**about)
    return services.deliver(**about)


def as_it_was(order: Order) -> None:
    """The order is still accepted, unweighed, and everything it holds is still held."""
    after = Order.objects.get(pk=order.pk)
    assert (after.state, after.version, after.total) == ("accepted", order.version, order.total)
    assert after.refunded == order.refunded
    held = dict(Hold.objects.open().values_list("listing_id", "quantity"))
    assert held == dict(order.lines.values_list("listing_id", "quantity"))


def test_goods_by_weight_are_not_packed_unweighed():
    store = make_store()
    potato, onion, salt = make_loose(store, name="Potato"), make_loose(store), make_listing(store)
    order = accepted({potato: 1000, onion: 500, salt: 1})
    with pytest.raises(NotWeighed) as refused:
        pack(order, {onion: 510})
    assert refused.value.params["lines"] == [{"listing": str(potato.pk), "name": "Potato"}]
    assert str(refused.value) == "Still to be weighed: Potato."
    as_it_was(order)
    assert set(order.lines.values_list("state", "packed")) == {("wanted", None)}


def test_the_weighed_goods_leave_the_shelf_and_are_billed():
    """1.02 kg for 1 kg at ₹40, 0.49 kg for 0.5 kg at ₹30.50: ₹40.80 + ₹14.95 (14.945 half up)."""
    store = make_store(delivery_fee=2000)
    potato, onion = make_loose(store), make_loose(store, price=3050)
    order = accepted({potato: 1000, onion: 500}, payment_method="cash")
    assert (order.items_total, order.rounding, order.total) == (4000 + 1525, -25, 7500)
    order = pack(order, {potato: 1020, onion: 490})
    assert list(order.lines.values_list("ordered", "quantity", "packed", "amount", "state")) == [
        (1000, 1000, 1020, 4080, "picked"),
        (500, 500, 490, 1495, "picked"),
    ]
    assert (order.items_total, order.rounding, order.total) == (5575, 25, 7600)
    assert (order.agreed_total, order.version) == (7500, 3)
    for listing, left in ((potato, 18_980), (onion, 19_510)):
        listing.refresh_from_db()
        assert (listing.on_hand, listing.held) == (left, 0)
        assert listing.movements.aggregate(n=Sum("delta"))["n"] == left
    hand_over(order)
    assert order.events.count() == 5


def test_a_ticked_weight_counts_unless_it_is_weighed_anew():
    store = make_store()
    potato, onion = make_loose(store), make_loose(store)
    order = accepted({potato: 1000, onion: 1000})
    for listing in (potato, onion):
        line = order.lines.get(listing=listing)
        services.pick_line(store_id=store.pk, order_id=order.pk, line_id=line.pk, packed=1010)
    pack(order, {onion: 990})
    assert list(order.lines.values_list("packed", flat=True)) == [1010, 990]


def test_tax_is_taken_out_of_the_weighed_amount_line_by_line():
    store = make_store()
    paneer = make_loose(store, price=40000)
    order = accepted({paneer: 1000})
    order.lines.update(gst_bps=500, taxable=38096, cgst=952, sgst=952)
    pack(order, {paneer: 970})
    line = order.lines.get()
    # ₹388.00 with 5 % inside: 2 x 9.24 (388 x 5 / 210 = 9.238)
    assert (line.amount, line.taxable, line.cgst, line.sgst) == (38800, 36952, 924, 924)


def test_weights_of_what_is_not_weighed_in_this_order_are_refused():
    store = make_store()
    potato, salt, other = make_loose(store), make_listing(store), make_loose(store)
    order = accepted({potato: 1000, salt: 1})
    for weights in ({salt: 1}, {other: 500}):
        with pytest.raises(InvalidInput) as refused:
            pack(order, {potato: 1000} | weights)
        assert refused.value.params["field"] == "weights"
    with pytest.raises(InvalidInput):
        pack(order, {potato: 0})
    as_it_was(order)


def test_a_prepaid_customer_is_never_billed_above_what_they_paid():
    potato = make_loose(make_store(delivery_fee=2000))
    order = accepted({potato: 1000}, payment_method="upi")
    with pytest.raises(CostsMore) as refused:
        pack(order, {potato: 1001})
    assert refused.value.params == {"over": "₹0.04", "over_paise": 4, "total": 6004}
    as_it_was(order)
    assert pack(order, {potato: 1000}).total == 6000
    assert not Refund.objects.exists()


def test_a_cash_bill_passes_what_was_agreed_by_a_tenth_and_no_more():
    """₹100 of potatoes agreed: ₹110 passes, ₹111 needs the customer's word."""
    potato = make_loose(make_store(delivery_fee=0))
    order = accepted({potato: 2500})
    with pytest.raises(CostsMore) as refused:
        pack(order, {potato: 2763})  # ₹110.52, to the rupee 111
    assert refused.value.params == {"over": "₹1", "over_paise": 100, "total": 11100}
    as_it_was(order)
    order = pack(order, {potato: 2762})
    assert (order.total, order.rounding, order.agreed_total) == (11000, -48, 10000)


def test_a_line_left_out_gives_the_others_no_room_to_weigh_more():
    store = make_store(delivery_fee=0)
    potato, rice = make_loose(store), make_loose(store, price=10000)
    order = accepted({potato: 2500, rice: 1000})
    services.mark_unavailable(
        store_id=store.pk, order_id=order.pk, line_id=order.lines.get(listing=rice).pk, actor=SHOP
    )
    with pytest.raises(CostsMore):
        pack(order, {potato: 2763})


def test_captured_is_delivered_and_refunded_to_the_paisa():
    """The shortfall of the scale goes back in the transaction that packs; delivery takes the rest."""
    store = make_store(delivery_fee=2000)
    potato, salt, tea = make_loose(store), make_listing(store, price=2800), make_listing(store)
    order = accepted({potato: 2000, salt: 2, tea: 1}, payment_method="upi")
    assert order.captured == 8000 + 5600 + 25000 + 2000 == 40600
    services.mark_unavailable(
        store_id=store.pk, order_id=order.pk, line_id=order.lines.get(listing=tea).pk, actor=SHOP
    )
    order = pack(order, {potato: 1969})  # ₹78.76
    assert (order.total, order.refunded) == (7876 + 5600 + 2000, 25000 + 124)
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [124, 25000]
    assert balances(store.pk) == {
        "psp_clearing": 40600,
        "customer_deposit": -15476,
        "refund_in_transit": -25124,
    }
    hand_over(order)
    # commission 3 % of 134.76 = 4.04; GST on it 0.73; TDS 0.1 % of 154.76 = 0.15;
    # TCS 0.5 % of 151.70 = 0.76: the goods without GST are 132.10 (134.76 less two halves of 5 % in
    # the salt's 56.00, 1.33 each), and of the delivery's 20.00 the potatoes bear 11.69 and the
    # salt 8.31, two halves of 0.20 in that
    assert balances(store.pk) == {
        "psp_clearing": 40600,
        "refund_in_transit": -25124,
        "payable": -(15476 - 404 - 73 - 15 - 76),
        "commission": -404,
        "gst_on_commission": -73,
        "tds_payable": -15,
        "tcs_payable": -76,
    }


def test_more_than_was_set_aside_comes_from_the_free_shelf_and_never_from_other_orders():
    store = make_store()
    potato = make_loose(store, on_hand=2050, step=1, minimum=1)
    order, other = accepted({potato: 1000}), accepted({potato: 1000})
    with pytest.raises(OutOfStock):
        pack(order, {potato: 1051})
    assert Order.objects.get(pk=order.pk).state == "accepted"
    pack(order, {potato: 1050})
    potato.refresh_from_db()
    assert (potato.on_hand, potato.held) == (1000, 1000)
    pack(other, {potato: 1000})


def test_a_hold_lost_to_a_count_is_taken_again_for_what_was_weighed():
    store = make_store()
    potato = make_loose(store)
    order = accepted({potato: 1000})
    count_stock(store_id=store.pk, listing_id=potato.pk, counted=960, actor=SHOP)
    assert order.flags.open().count() == 1
    with pytest.raises(OutOfStock):
        pack(order, {potato: 1000})
    order = pack(order, {potato: 955})
    potato.refresh_from_db()
    assert (potato.on_hand, potato.held) == (5, 0)
    assert not order.flags.open().exists()


def test_a_packed_order_called_off_brings_back_what_was_weighed():
    potato = make_loose(make_store())
    order = pack(accepted({potato: 1000}, payment_method="upi"), {potato: 940})
    services.cancel(store_id=order.store_id, order_id=order.pk, actor=SHOP, reason="not home")
    order.refresh_from_db()
    potato.refresh_from_db()
    assert (potato.on_hand, order.refunded) == (20_000, order.captured)
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [240, 5760]


@pytest.mark.django_db(transaction=True)
def test_two_shopkeepers_packing_refund_and_take_once(two_connections):
    store = make_store()
    potato = make_loose(store)
    for n in range(1, 4):
        order = accepted({potato: 1000}, payment_method="upi")
        outcomes = two_connections(lambda order=order: str(pack(order, {potato: 950}).state))
        assert sorted(outcomes) == ["illegal_transition", "packed"]
        potato.refresh_from_db()
        assert (potato.on_hand, potato.held) == (20_000 - n * 950, 0)
        assert Refund.objects.get(reference=order.pk).amount == 200
        order.refresh_from_db()
        assert (order.version, order.events.count()) == (4, 4)


@pytest.mark.django_db(transaction=True)
def test_packing_while_a_line_turns_out_missing_is_one_or_the_other_first(concurrently):
    store = make_store(delivery_fee=0)
    potato, onion = make_loose(store), make_loose(store)
    for _ in range(4):
        order = accepted({potato: 1000, onion: 1000}, payment_method="upi")
        line_id = order.lines.get(listing=onion).pk
        about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
        for line in order.lines.all():
            services.pick_line(store_id=store.pk, order_id=order.pk, line_id=line.pk, packed=1000)
        outcomes = concurrently(
            [
                lambda about=about: str(services.pack(**about).total),
                lambda about=about, line_id=line_id: str(
                    services.mark_unavailable(**about, line_id=line_id).total
                ),
            ]
        )
        assert outcomes in (["8000", "illegal_transition"], ["4000", "4000"])
        order.refresh_from_db()
        assert order.captured - order.refunded == order.total
        assert not Hold.objects.open().filter(reference=order.pk).exists()


WEIGHED = st.lists(st.integers(1, 1200), min_size=3, max_size=3)


@settings(max_examples=40)
@given(
    weights=WEIGHED,
    prices=st.lists(st.integers(1, 99_999), min_size=3, max_size=3),
    missing=st.none() | st.integers(0, 2),
    left=st.integers(0, 999),
    method=st.sampled_from(["upi", "cash"]),
)
def test_no_weight_bills_above_what_was_paid_and_every_refund_adds_up(
    weights, prices, missing, left, method
):
    store = make_store(delivery_fee=1550)
    goods = [make_loose(store, price=price, step=1, minimum=1) for price in prices]
    order = accepted(dict.fromkeys(goods, 1000), payment_method=method)
    if missing is not None:
        services.mark_unavailable(
            store_id=store.pk,
            order_id=order.pk,
            line_id=order.lines.get(listing=goods[missing]).pk,
            actor=SHOP,
            available=left,
        )
        order.refresh_from_db()
    wanted = {line.listing_id: line.quantity for line in order.lines.all() if not line.out}
    weighed = {
        listing: min(weight, FAR_MORE * wanted[listing.pk])
        for listing, weight in zip(goods, weights, strict=True)
        if listing.pk in wanted
    }
    most = most_without_asking(order)
    try:
        order = pack(order, weighed)
    except CostsMore as error:
        would_be, over = error.params["total"], error.params["over_paise"]
        order.refresh_from_db()
    else:
        would_be, over = order.total, 0
        for listing in goods:
            listing.refresh_from_db()
            assert 20_000 - listing.on_hand == weighed.get(listing, 0)
        hand_over(order)
    assert (would_be > most) == (order.state == "accepted")
    assert would_be - over <= most
    lines = list(order.lines.all())
    assert order.items_total == sum(line.amount for line in lines)
    refunds = Refund.objects.filter(store_id=store.pk).aggregate(n=Sum("amount"))["n"] or 0
    assert order.refunded == refunds
    if method == "upi":
        assert order.captured == order.total + refunds
        assert balances(store.pk).get("customer_deposit", 0) == (
            0 if order.state == "packed" else -order.total
        )
    else:
        assert refunds == 0
        assert order.total * 10 <= order.agreed_total * 11


@pytest.mark.parametrize(
    "wrong",
    [
        lambda order: Order.objects.filter(pk=order.pk).update(refunded=0),
        lambda order: order.lines.update(packed=None),
        lambda order: order.lines.update(state="wanted"),
    ],
)
def test_the_database_itself_refuses_a_packed_order_that_does_not_add_up(wrong):
    potato = make_loose(make_store())
    order = pack(accepted({potato: 1000}, payment_method="upi"), {potato: 900})
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong(order)


def test_what_was_weighed_is_ordered_again_in_the_steps_it_is_sold_in():
    store = make_store()
    potato, onion, salt = make_loose(store), make_loose(store), make_listing(store)
    order = accepted({potato: 1000, onion: 500, salt: 1})
    for listing, left in ((onion, 100), (salt, 0)):
        services.mark_unavailable(
            store_id=store.pk,
            order_id=order.pk,
            line_id=order.lines.get(listing=listing).pk,
            actor=SHOP,
            available=left,
        )
    pack(order, {potato: 1090, onion: 100})
    order.lines.filter(listing=potato).update(quantity=1090)  # as after a yes to the heavier bag
    cart = reorder(order=order, owner=Owner(guest=uuid4()))
    assert dict(cart.lines.values_list("listing_id", "quantity")) == {
        potato.pk: 1000,
        onion.pk: 250,
    }
