"""Changing an order before it is packed: the customer freely, the shop with the customer's yes."""

from typing import Any

import pytest

from orders import services
from orders.errors import (
    BelowMinimum,
    BillTooHigh,
    NothingChanges,
    NothingLeft,
    OrderChanged,
    PaymentPending,
    TooLateToChange,
    TotalChanged,
)
from orders.models import Order, Proposal
from payments.upi.models import PaymentAttempt, Refund
from stores.inventory.errors import BadQuantity, OutOfStock
from stores.inventory.models import Listing
from stores.inventory.services import count_stock, set_price
from tests.factories import make_listing, make_store
from tests.orders.asking import ASHA, SHOP, answer, capture, confirmed, goods, held
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db


def edit(order: Order, quantities: dict[Any, int], actor: str = ASHA, **seen: int) -> Proposal:
    return services.edit_order(
        store_id=order.store_id,
        order_id=order.pk,
        actor=actor,
        by_customer=actor == ASHA,
        quantities=quantities,
        **seen,
    )


def state_of(order: Order) -> tuple[int, int, int]:
    order.refresh_from_db()
    return order.version, order.total, order.lines.count()


def test_the_customer_changes_a_cash_order_at_once(store, tea, salt):
    order = confirmed("cash", {tea.pk: 2}, store)
    proposal = edit(order, {tea.pk: 3, salt.pk: 1})
    assert (proposal.kind, proposal.state, proposal.made_by) == ("edit", "applied", ASHA)
    order.refresh_from_db()
    assert (order.version, order.total, order.agreed_total) == (2, 32000, 32000)
    assert goods(order) == {tea.pk: ("wanted", 3, 30000), salt.pk: ("wanted", 1, 2000)}
    assert (held(tea), held(salt)) == (3, 1)
    assert order.events.last().reason == "The customer changed the order"


def test_what_is_taken_out_comes_back_as_money_and_can_be_put_in_again(store, tea, salt):
    order = confirmed("upi", {tea.pk: 2, salt.pk: 1}, store)
    edit(order, {tea.pk: 0})
    order.refresh_from_db()
    assert (order.total, order.refunded, held(tea)) == (2000, 20000, 0)
    set_price(store_id=store.pk, listing_id=tea.pk, price=11000, actor=SHOP)
    proposal = edit(order, {tea.pk: 1})
    assert (proposal.state, proposal.extra, held(tea)) == ("agreed", 11000, 1)
    capture(order)
    assert (order.total, order.captured, order.refunded) == (13000, 33000, 20000)
    assert goods(order)[tea.pk] == ("wanted", 1, 11000)


def test_goods_in_the_order_keep_their_price(store, tea):
    order = confirmed("cash", {tea.pk: 1}, store)
    set_price(store_id=store.pk, listing_id=tea.pk, price=12000, actor=SHOP)
    edit(order, {tea.pk: 2})
    assert state_of(order) == (2, 20000, 1)


def test_added_goods_of_a_prepaid_order_wait_for_their_money(store, tea, salt):
    order = confirmed("upi", {tea.pk: 1}, store)
    proposal = edit(order, {salt.pk: 3})
    assert (proposal.state, proposal.extra) == ("agreed", 6000)
    assert state_of(order) == (2, 10000, 1)
    assert held(salt) == 3
    with pytest.raises(PaymentPending):
        edit(order, {salt.pk: 1})
    with pytest.raises(PaymentPending):
        edit(order, {tea.pk: 2})
    assert PaymentAttempt.objects.count() == 2
    capture(order)
    assert state_of(order) == (3, 16000, 2)


def test_a_free_change_beside_a_waiting_payment_keeps_the_sums_right(store, tea, salt):
    sugar = make_listing(store, price=5000, mrp=None)
    order = confirmed("upi", {tea.pk: 1, sugar.pk: 1}, store)
    edit(order, {salt.pk: 3})
    edit(order, {sugar.pk: 0})
    capture(order)
    order.refresh_from_db()
    assert (order.total, order.captured, order.refunded) == (16000, 21000, 5000)
    assert Refund.objects.get().amount == 5000


def test_the_shop_may_take_less_but_asks_for_more(store, tea, salt):
    order = confirmed("cash", {tea.pk: 2}, store)
    assert edit(order, {tea.pk: 1}, actor=SHOP).state == "applied"
    order.refresh_from_db()
    assert (order.total, order.agreed_total, held(tea)) == (10000, 10000, 1)
    proposal = edit(order, {tea.pk: 0, salt.pk: 1}, actor=SHOP)
    assert (proposal.state, proposal.made_by) == ("open", SHOP)
    assert (held(tea), held(salt)) == (1, 1)
    assert state_of(order) == (2, 10000, 1)
    answer("accept", proposal)
    assert state_of(order) == (3, 2000, 2)
    assert (held(tea), held(salt)) == (0, 1)


def test_a_no_to_the_shops_change_leaves_everything(store, tea, salt):
    order = confirmed("cash", {tea.pk: 2}, store)
    answer("decline", edit(order, {salt.pk: 1}, actor=SHOP))
    assert state_of(order) == (1, 20000, 1)
    assert (held(tea), held(salt)) == (2, 0)


def test_the_customers_edit_withdraws_an_offer_about_the_same_goods(store, tea, salt):
    order = confirmed("cash", {tea.pk: 2}, store)
    offer = edit(order, {salt.pk: 1}, actor=SHOP)
    edit(order, {salt.pk: 2})
    offer.refresh_from_db()
    assert offer.state == "withdrawn"
    assert held(salt) == 2


def test_the_fee_comes_and_goes_with_the_mark_for_free_delivery():
    store = make_store(delivery_fee=2000, free_delivery_from=20000)
    tea = make_listing(store, price=10000, mrp=None, on_hand=10)
    order = confirmed("cash", {tea.pk: 2}, store)
    assert order.delivery_fee == 0
    edit(order, {tea.pk: 1})
    assert state_of(order) == (2, 12000, 1)
    edit(order, {tea.pk: 2})
    assert state_of(order) == (3, 20000, 1)
    edit(order, {tea.pk: 1}, actor=SHOP)
    assert state_of(order) == (4, 10000, 1), "the shop's own lack costs the customer no fee"


def test_the_fee_is_the_one_paid_for_whatever_is_left_out_meanwhile():
    store = make_store(delivery_fee=2000, free_delivery_from=31000)
    tea = make_listing(store, price=10000, mrp=None, on_hand=10)
    salt = make_listing(store, price=2000, mrp=None, on_hand=10)
    order = confirmed("upi", {tea.pk: 2, salt.pk: 1}, store)
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    services.accept(**about)
    proposal = edit(order, {tea.pk: 3})
    assert (order.total, proposal.extra, proposal.delivery_fee) == (24000, 8000, 0)
    services.mark_unavailable(**about, line_id=order.lines.get(listing=salt).pk)
    capture(order)
    proposal.refresh_from_db()
    assert proposal.state == "applied"
    assert (order.total, order.delivery_fee) == (30000, 0)
    assert (order.captured, order.refunded) == (32000, 2000)


def test_a_bill_that_cannot_be_paid_at_once_is_refused():
    store = make_store(delivery_fee=0)
    dear = make_listing(store, price=50_000_00, mrp=None, on_hand=10)
    order = confirmed("upi", {dear.pk: 2}, store)
    with pytest.raises(BillTooHigh):
        edit(order, {dear.pk: 3})
    assert state_of(order) == (2, 1_00_000_00, 1)
    assert held(dear) == 2


def test_what_cannot_be_done_changes_nothing():
    store = make_store(delivery_fee=0, minimum_order=15000)
    tea = make_listing(store, price=10000, mrp=None, on_hand=3)
    order = confirmed("cash", {tea.pk: 2}, store)
    elsewhere = make_listing(make_store())
    for refused, quantities, seen in [
        (NothingChanges, {tea.pk: 2}, {}),
        (NothingChanges, {}, {}),
        (OutOfStock, {tea.pk: 4}, {}),
        (BelowMinimum, {tea.pk: 1}, {}),
        (OrderChanged, {tea.pk: 3}, {"expected_version": 7}),
        (TotalChanged, {tea.pk: 3}, {"expected_total": 1}),
    ]:
        with pytest.raises(refused):
            edit(order, quantities, **seen)
    for code, quantities in [("unknown_listing", {elsewhere.pk: 1}), ("invalid", {tea.pk: -1})]:
        with pytest.raises(Exception) as error:
            edit(order, quantities)
        assert error.value.code == code
    assert state_of(order) == (1, 20000, 1)
    assert not Proposal.objects.exists()
    assert held(tea) == 2


def test_an_order_is_not_emptied_but_cancelled(store, tea):
    order = confirmed("cash", {tea.pk: 2}, store)
    for actor in (ASHA, SHOP):
        with pytest.raises(NothingLeft):
            edit(order, {tea.pk: 0}, actor=actor)
    assert state_of(order) == (1, 20000, 1)
    assert held(tea) == 2


def test_a_step_is_kept_to(store):
    dal = make_listing(store, price=10000, per=1000, mrp=None, step=250, minimum=250, on_hand=9000)
    order = confirmed("cash", {dal.pk: 500}, store)
    with pytest.raises(BadQuantity):
        edit(order, {dal.pk: 600})
    assert held(dal) == 500


def test_only_a_confirmed_order_that_is_not_packed_changes(store, tea):
    unpaid = place_order(store, {tea.pk: 1}, payment_method="upi")
    with pytest.raises(TooLateToChange):
        edit(unpaid, {tea.pk: 2})
    order = confirmed("cash", {tea.pk: 1}, store)
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    services.accept(**about)
    edit(order, {tea.pk: 2})
    services.pack(**about)
    with pytest.raises(TooLateToChange):
        edit(order, {tea.pk: 1})
    assert Listing.objects.get(pk=tea.pk).on_hand == 8


def test_a_lost_hold_is_mended_by_taking_less(store, tea):
    order = confirmed("cash", {tea.pk: 3}, store)
    count_stock(store_id=store.pk, listing_id=tea.pk, counted=2, actor=SHOP)
    assert order.flags.open().count() == 1
    edit(order, {tea.pk: 2}, actor=SHOP)
    assert (order.flags.open().count(), held(tea)) == (0, 2)


def test_a_preview_says_what_is_due_and_changes_nothing(store, tea, salt):
    order = confirmed("upi", {tea.pk: 2}, store)
    dearer = services.preview_edit(order=order, quantities={salt.pk: 1})
    assert (dearer.order.total, dearer.extra, dearer.back) == (22000, 2000, 0)
    cheaper = services.preview_edit(order=order, quantities={tea.pk: 1})
    assert (cheaper.order.total, cheaper.extra, cheaper.back) == (10000, 0, 10000)
    assert order.total == 20000
    assert state_of(order) == (2, 20000, 1)
