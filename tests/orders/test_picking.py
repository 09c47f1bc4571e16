"""Ticks, weights, and what the shop turns out not to have."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from marketplace.core.clock import business_date, now, travel
from marketplace.core.errors import InvalidInput
from marketplace.core.ids import uuid7
from orders import services
from orders.errors import (
    BeingAsked,
    IllegalTransition,
    NothingLeft,
    NotWeighed,
    PaymentPending,
    UnknownLine,
    UnknownOrder,
    UnlikelyWeight,
)
from orders.models import Order, OrderLine, Proposal, ProposalLine
from payments.upi.models import Refund
from stores.inventory.models import Hold, Listing
from stores.inventory.services import Label, count_stock, receive_stock
from tests.factories import make_listing, make_loose, make_store
from tests.orders.building import captured_order, place_order
from tests.upi.words import balances

pytestmark = pytest.mark.django_db

SHOP = "person:shopkeeper"


def accepted(wanted: dict[Listing, int], **changes: Any) -> Order:
    """An order of these goods, paid if it is by UPI, that the shop has taken on."""
    store = next(iter(wanted)).store
    make = captured_order if changes.get("payment_method") == "upi" else place_order
    order = make(store, {listing.pk: n for listing, n in wanted.items()}, **changes)
    services.accept(store_id=store.pk, order_id=order.pk, actor=SHOP)
    order.refresh_from_db()
    return order


def line_of(order: Order, listing: Listing) -> OrderLine:
    return order.lines.get(listing=listing)


def pick(order: Order, listing: Listing, packed: int | None = None) -> OrderLine:
    return services.pick_line(
        store_id=order.store_id,
        order_id=order.pk,
        line_id=line_of(order, listing).pk,
        packed=packed,
    )


def lacks(order: Order, listing: Listing, **more: Any) -> Order:
    return services.mark_unavailable(
        store_id=order.store_id,
        order_id=order.pk,
        line_id=line_of(order, listing).pk,
        actor=SHOP,
        **more,
    )


def held(listing: Listing) -> int:
    listing.refresh_from_db()
    assert sum(listing.holds.open().values_list("quantity", flat=True)) == listing.held
    return listing.held


def test_a_tick_is_kept_and_taken_back_and_is_no_new_version():
    store = make_store()
    atta = make_listing(store)
    order = accepted({atta: 2})
    line = pick(order, atta)
    assert (line.state, line.packed, line.amount) == ("picked", 2, 50000)
    services.unpick_line(store_id=store.pk, order_id=order.pk, line_id=line.pk)
    line.refresh_from_db()
    assert (line.state, line.packed, line.amount) == ("wanted", None, 50000)
    assert Order.objects.get(pk=order.pk).version == order.version


def test_goods_by_weight_are_ticked_with_their_weight_and_again_with_another():
    potato = make_loose(make_store())
    order = accepted({potato: 1000})
    with pytest.raises(NotWeighed) as refused:
        pick(order, potato)
    assert refused.value.params["lines"] == [
        {"listing": str(potato.pk), "name": potato.product.name}
    ]
    assert line_of(order, potato).state == "wanted"
    for weighed in (1020, 980):
        assert pick(order, potato, weighed).packed == weighed
    line = line_of(order, potato)
    assert (line.packed, line.quantity, line.amount) == (980, 1000, 4000)


@pytest.mark.parametrize("weighed", [0, -1, 1_000_001])
def test_a_weight_that_cannot_be_right_is_refused(weighed):
    potato = make_loose(make_store())
    order = accepted({potato: 1000})
    with pytest.raises(InvalidInput):
        pick(order, potato, weighed)
    assert line_of(order, potato).packed is None


def test_a_slip_of_the_finger_is_no_weight():
    """5.0 kg for 0.5 kg, on the scale, at packing and in a question to the customer alike."""
    potato = make_loose(make_store())
    order = accepted({potato: 500})
    line, where = line_of(order, potato), {"store_id": order.store_id, "order_id": order.pk}
    for put_in in (
        lambda: pick(order, potato, 5000),
        lambda: services.pack(**where, actor="s", weights={potato.pk: 5000}),
        lambda: services.propose_weight(**where, weights={line.pk: 5000}, actor="s"),
    ):
        with pytest.raises(UnlikelyWeight, match="5 kg is far more than the 500 g ordered"):
            put_in()
    assert line_of(order, potato).packed is None
    assert pick(order, potato, 2500).packed == 2500


def test_packets_are_not_weighed():
    atta = make_listing(make_store())
    order = accepted({atta: 2})
    with pytest.raises(InvalidInput):
        pick(order, atta, 3)
    assert line_of(order, atta).state == "wanted"


def test_only_an_accepted_order_of_this_shop_is_picked():
    store, other = make_store(), make_store()
    atta = make_listing(store)
    order = place_order(store, {atta.pk: 1})
    with pytest.raises(IllegalTransition):
        pick(order, atta)
    services.accept(store_id=store.pk, order_id=order.pk, actor=SHOP)
    line_id = line_of(order, atta).pk
    with pytest.raises(UnknownOrder):
        services.pick_line(store_id=other.pk, order_id=order.pk, line_id=line_id)
    with pytest.raises(UnknownLine):
        services.pick_line(store_id=store.pk, order_id=order.pk, line_id=uuid7())
    services.pack(store_id=store.pk, order_id=order.pk, actor=SHOP)
    with pytest.raises(IllegalTransition):
        services.unpick_line(store_id=store.pk, order_id=order.pk, line_id=line_id)
    assert line_of(order, atta).state == "picked"


def test_a_line_not_to_be_had_leaves_the_bill_and_frees_its_stock():
    store = make_store()
    atta, salt = make_listing(store, price=25000), make_listing(store, price=2800, mrp=None)
    order = accepted({atta: 1, salt: 2})
    assert (order.total, order.version) == (25000 + 5600 + 2000, 2)
    order = lacks(order, salt)
    assert (order.items_total, order.total, order.agreed_total) == (25000, 27000, 27000)
    line = line_of(order, salt)
    assert (line.state, line.ordered, line.packed) == ("removed", 2, None)
    assert (line.amount, line.taxable, line.cgst, line.sgst) == (0, 0, 0, 0)
    assert (held(salt), held(atta)) == (0, 1)
    event = order.events.last()
    assert (event.version, event.before, event.after) == (3, "accepted", "accepted")
    assert event.actor == SHOP
    with translation.override("hi"):
        assert event.reason.endswith("→ 0")
    with pytest.raises(UnknownLine):
        pick(order, salt)


def test_fewer_than_wanted_are_supplied_and_billed():
    atta = make_listing(make_store(), price=25000)
    order = accepted({atta: 3})
    pick(order, atta)
    order = lacks(order, atta, available=2)
    line = line_of(order, atta)
    assert (line.state, line.ordered, line.quantity, line.packed) == ("wanted", 3, 2, None)
    assert (line.amount, line.taxable + line.cgst + line.sgst) == (50000, 50000)
    assert (order.total, held(atta)) == (52000, 2)
    services.pack(store_id=order.store_id, order_id=order.pk, actor=SHOP)
    atta.refresh_from_db()
    assert (atta.on_hand, atta.held) == (8, 0)


@pytest.mark.parametrize("available", [-1, 3, 4])
def test_fewer_means_fewer(available):
    atta = make_listing(make_store())
    order = accepted({atta: 3})
    with pytest.raises(InvalidInput):
        lacks(order, atta, available=available)
    order.refresh_from_db()
    assert (order.version, held(atta)) == (2, 3)


def test_the_last_line_is_not_left_out_but_the_order_declined():
    store = make_store()
    atta, salt = make_listing(store), make_listing(store)
    order = accepted({atta: 1, salt: 1})
    lacks(order, salt)
    with pytest.raises(NothingLeft):
        lacks(order, atta)
    assert line_of(order, atta).state == "wanted"
    assert held(atta) == 1
    services.reject(store_id=store.pk, order_id=order.pk, actor=SHOP, reason="sold out")
    assert held(atta) == 0


def test_what_was_prepaid_for_a_missing_line_goes_back_at_once():
    store = make_store(delivery_fee=2000)
    atta, salt = make_listing(store, price=25000), make_listing(store, price=2800, mrp=None)
    order = accepted({atta: 2, salt: 2}, payment_method="upi")
    order = lacks(order, salt)
    order = lacks(order, atta, available=1)
    assert (order.captured, order.refunded, order.total) == (57600, 5600 + 25000, 27000)
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [5600, 25000]
    assert balances(store.pk) == {
        "psp_clearing": 57600,
        "customer_deposit": -27000,
        "refund_in_transit": -30600,
    }
    services.cancel(store_id=store.pk, order_id=order.pk, actor=SHOP, reason="burst pipe")
    assert balances(store.pk) == {"psp_clearing": 57600, "refund_in_transit": -57600}


def test_leaving_a_line_out_clears_its_flag_and_no_other():
    store = make_store()
    atta, salt, tea = make_listing(store), make_listing(store), make_listing(store)
    order = accepted({atta: 4, salt: 4, tea: 4})
    for listing in (atta, salt):
        count_stock(store_id=store.pk, listing_id=listing.pk, counted=3, actor=SHOP)
    assert order.flags.open().count() == 2
    lacks(order, atta)
    assert list(order.flags.open().values_list("listing_id", flat=True)) == [salt.pk]
    lacks(order, salt, available=3)
    assert held(salt) == 3, "what there is of it is set aside again"
    services.pack(store_id=store.pk, order_id=order.pk, actor=SHOP)
    salt.refresh_from_db()
    assert (salt.on_hand, salt.held) == (0, 0)


def test_what_the_shop_lacks_is_sold_to_nobody_else_if_it_says_so():
    store = make_store()
    atta, salt = make_listing(store, on_hand=10), make_listing(store)
    other = place_order(store, {atta.pk: 2})
    order = accepted({atta: 3, salt: 1})
    lacks(order, atta, available=1, stop_selling=True)
    atta.refresh_from_db()
    assert (atta.on_hand, atta.held, atta.available) == (3, 3, 0)
    movement = atta.movements.latest("id")
    assert (movement.kind, movement.delta, movement.reason) == ("count", -7, order.number)
    assert not other.flags.exists()


def test_what_is_past_its_date_does_not_hide_what_the_shop_lacks():
    """The expired packets stay, set aside, and the good ones go: not the other way round."""
    store, today = make_store(), business_date()
    tea = make_listing(store, on_hand=0)
    with travel(days=-5):
        old = Label(expires_on=today - timedelta(days=1))
        receive_stock(store_id=store.pk, listing_id=tea.pk, quantity=4, actor="s", label=old)
    good = Label(expires_on=today + timedelta(days=90))
    receive_stock(store_id=store.pk, listing_id=tea.pk, quantity=6, actor="s", label=good)
    order = accepted({tea: 1, make_listing(store): 1})
    services.mark_unavailable(
        store_id=store.pk,
        order_id=order.pk,
        line_id=line_of(order, tea).pk,
        actor="s",
        stop_selling=True,
    )
    tea.refresh_from_db()
    assert (tea.on_hand, tea.held, tea.expired, tea.available) == (4, 0, 4, 0)


def test_an_uncounted_item_the_shop_lacks_is_marked_sold_out():
    store = make_store()
    curd = make_listing(store, policy="on_shelf", on_shelf=True, on_hand=0)
    order = accepted({curd: 1, make_listing(store): 1})
    lacks(order, curd, stop_selling=True)
    curd.refresh_from_db()
    assert (curd.on_shelf, curd.held) == (False, 0)


def ask_about(order: Order, missing: Listing, offered: Listing, state: str) -> Proposal:
    proposal = Proposal.objects.create(
        store_id=order.store_id,
        order=order,
        kind="substitute",
        state=state,
        made_by=SHOP,
        due_at=now(),
    )
    for listing, quantity, replaces in ((missing, 0, None), (offered, 1, missing)):
        ProposalLine.objects.create(
            store_id=order.store_id,
            proposal=proposal,
            listing=listing,
            replaces=replaces,
            quantity=quantity,
            price=100,
            per=1,
            amount=100 * quantity,
        )
    return proposal


def test_an_order_is_not_packed_while_the_customer_is_asked():
    store = make_store()
    atta, tea = make_listing(store), make_listing(store)
    order = accepted({atta: 1})
    ask_about(order, atta, tea, "open")
    with pytest.raises(BeingAsked):
        services.pack(store_id=store.pk, order_id=order.pk, actor=SHOP)
    assert Order.objects.get(pk=order.pk).version == order.version


def test_an_offer_ends_when_its_item_is_left_out_unless_it_is_being_paid():
    store = make_store()
    atta, salt, tea = make_listing(store), make_listing(store), make_listing(store)
    order = accepted({atta: 2, salt: 2})
    offer = ask_about(order, atta, tea, "agreed")
    with pytest.raises(PaymentPending):
        lacks(order, atta)
    assert line_of(order, atta).state == "wanted"
    Proposal.objects.update(state="open")
    for missing, left in ((salt, "open"), (atta, "withdrawn")):
        lacks(order, missing, available=1)
        offer.refresh_from_db()
        assert offer.state == left


@pytest.mark.django_db(transaction=True)
def test_ticks_of_two_shopkeepers_at_once_are_both_kept(concurrently):
    store = make_store()
    goods = [make_listing(store) for _ in range(6)]
    order = accepted(dict.fromkeys(goods, 1))
    for _ in range(3):
        outcomes = concurrently(
            [lambda listing=listing: str(pick(order, listing).state) for listing in goods]
        )
        assert outcomes == ["picked"] * 6
        assert set(order.lines.values_list("state", "packed")) == {("picked", 1)}
        for line in order.lines.all():
            services.unpick_line(store_id=store.pk, order_id=order.pk, line_id=line.pk)


@pytest.mark.django_db(transaction=True)
def test_two_shopkeepers_miss_the_same_line_once(two_connections):
    store = make_store()
    atta, salt = make_listing(store), make_listing(store)
    order = accepted({atta: 3, salt: 1}, payment_method="upi")
    outcomes = two_connections(lambda: lacks(order, atta).refunded)
    assert sorted(map(str, outcomes)) == ["75000", "unknown_line"]
    assert Refund.objects.get().amount == 75000
    assert not Hold.objects.open().filter(listing=atta).exists()
