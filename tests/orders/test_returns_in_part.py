"""A shop takes back less than was asked for: the rest is declined, with a reason."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from marketplace.core.errors import InvalidInput
from orders import services
from orders.errors import NothingTaken, TooMuchReturned
from payments.ledger.models import Leg
from payments.ledger.verify import verify
from payments.upi.models import Refund
from tests.factories import make_listing, make_loose, make_store
from tests.invariants import broken_invariants
from tests.orders.building import deliver_order
from tests.orders.test_returns import ASHA, ask, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Any:
    return make_store(delivery_fee=2000)


def test_a_part_of_a_return_is_taken_and_the_rest_is_a_declined_return(store):
    """Of 2 packets and 3, one and none are taken: a quarter of ₹1,000 goes back; the fee stays."""
    listing, other = make_listing(store, on_hand=10), make_listing(store, on_hand=10)
    order = deliver_order(store, {listing.pk: 2, other.pk: 3}, payment_method="upi")
    first, second = order.lines.all()
    asked = ask(order, [2, 2], reason="wrong_item", note="Not mine")
    taken = take(asked, accepted={first.pk: 1}, restock=[first.pk], reason="The rest was opened")
    assert (taken.pk, taken.state, taken.amount) == (asked.pk, "taken", 25000)
    assert list(taken.lines.values_list("line", "quantity", "amount", "restock")) == [
        (first.pk, 1, 25000, True)
    ]
    rest = order.returns.exclude(pk=asked.pk).get()
    assert (rest.state, rest.amount, rest.answer, rest.note, rest.asked_by, rest.reason) == (
        "declined", 75000, "The rest was opened", "Not mine", ASHA, "wrong_item",
    )  # fmt: skip
    assert set(rest.lines.values_list("line", "quantity", "amount")) == {
        (first.pk, 1, 25000),
        (second.pk, 2, 50000),
    }
    order.refresh_from_db()
    assert (order.refunded, Refund.objects.get().amount) == (25000, 25000)
    assert [line.returned for line in order.lines.all()] == [1, 0]
    listing.refresh_from_db()
    other.refresh_from_db()
    assert (listing.on_hand, other.on_hand) == (9, 7)
    assert order.events.latest("version").reason == "part of the goods taken back"
    assert ask(order, [1, 3], reason="wrong_item").amount == 100000 + 2000
    assert verify() == []
    assert broken_invariants(connection) == []


def test_a_part_of_loose_goods_is_paid_back_to_the_paisa(store):
    order = deliver_order(store, {make_loose(store, price=6050).pk: 1500}, payment_method="upi")
    line = order.lines.get()
    taken = take(ask(order, [1000]), accepted={line.pk: 333}, reason="The rest is missing")
    assert (taken.amount, order.returns.get(state="declined").amount) == (2015, 6050 - 2015)
    assert take(ask(order, [1167], reason="not_needed")).amount == order.items_total - 2015


def test_a_part_of_a_cash_return_is_paid_in_rupees(store):
    """₹75.55 x 2 + ₹20: all of it would be ₹171 with the fee; one alone is ₹76 without."""
    order = deliver_order(store, {make_listing(store, price=7555, mrp=None).pk: 2})
    asked = ask(order, [2], reason="damaged")
    assert asked.amount == 17100
    taken = take(asked, accepted={order.lines.get().pk: 1}, reason="One is sound")
    assert (taken.amount, order.returns.get(state="declined").amount) == (7600, 9500)
    [(_, back), (_, rest)] = services.itemise(order, order.returns.all())
    assert (back.goods, back.delivery_fee, back.rounding) == (7555, 0, 45)
    assert (rest.goods, rest.delivery_fee, rest.total) == (7555, 2000, 9500)
    assert verify() == []


def test_accepting_everything_line_by_line_declines_nothing(store):
    order = deliver_order(store, {make_listing(store).pk: 2})
    assert take(ask(order, [2]), accepted={order.lines.get().pk: 2}).amount == 50000
    assert order.returns.count() == 1


@pytest.mark.parametrize(
    ("quantity", "reason", "refused"),
    [(3, "x", TooMuchReturned), (0, "x", NothingTaken), (-1, "x", InvalidInput), (1, " ", InvalidInput)],
)  # fmt: skip
def test_a_part_that_cannot_be_taken_changes_nothing(store, quantity, reason, refused):
    order = deliver_order(store, {make_listing(store).pk: 2})
    asked, line, legs = ask(order, [2]), order.lines.get(), Leg.objects.count()
    with pytest.raises(refused):
        take(asked, accepted={line.pk: quantity}, reason=reason)
    with pytest.raises(InvalidInput):
        take(asked, accepted={uuid4(): 1}, reason="x")
    asked.refresh_from_db()
    assert (asked.state, asked.amount, asked.lines.get().quantity) == ("asked", 50000, 2)
    assert (order.returns.count(), order.lines.get().returned) == (1, 0)
    assert Leg.objects.count() == legs
