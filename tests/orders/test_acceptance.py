"""The shop's time to answer: it is reminded at half of it, and loses the order at its end."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F

from marketplace.accounts.services import register_person
from marketplace.core.clock import now, travel
from marketplace.core.models import OutboxEntry
from marketplace.core.outbox import deliver as run_consumer
from marketplace.notifications.models import Message
from orders import services
from orders.models import Order, State
from orders.services import chase_answers, chasing, start_acceptance
from payments.upi.models import PaymentAttempt, Refund
from payments.upi.services import apply_bank_event
from stores.inventory.models import Hold, Listing
from stores.shops.models import Store
from stores.shops.services import add_staff
from tests.factories import make_listing, make_store
from tests.orders.building import place_order
from tests.upi.words import payment_word

SHOP = "person:shopkeeper"
# Tuesday 24 November 2026, 10:00 in India
TEN = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
DAYTIME = {"tue": [["08:00", "13:00"], ["16:00", "21:00"]], "wed": [["07:00", "21:00"]]}


def waiting(store: Store, listing: Listing | None = None, **changes: object) -> Order:
    """A cash order that waits for the shop's answer from now."""
    order = place_order(store, {(listing or make_listing(store)).pk: 1}, **changes)
    start_acceptance(order, store)
    order.save()
    return order


def paid(store: Store, listing: Listing) -> Order:
    order = place_order(store, {listing.pk: 1}, payment_method="upi")
    apply_bank_event(word=payment_word(PaymentAttempt.objects.get(reference=order.pk)))
    order.refresh_from_db()
    return order


def seen(order: Order) -> tuple[str, datetime | None]:
    order.refresh_from_db()
    return order.state, order.due_at


@pytest.mark.django_db
def test_money_starts_the_shops_minutes():
    with travel(to=TEN):
        order = paid(store := make_store(accept_minutes=20), make_listing(store))
    assert order.state == State.CONFIRMED
    assert timedelta() <= order.accept_by - (TEN + timedelta(minutes=20)) < timedelta(seconds=5)
    assert order.accept_by - order.due_at == timedelta(minutes=10)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("placed", "begins"),
    [
        ("04:30", "04:30"),  # open
        ("08:00", "10:30"),  # the midday break
        ("16:00", "01:30 next day"),  # after closing
        ("00:30", "02:30"),  # before opening
    ],
)
def test_the_minutes_of_an_order_placed_while_closed_begin_when_the_shop_opens(placed, begins):
    store = Store(hours=DAYTIME, accept_minutes=15)
    order = Order(store=store)
    start = datetime.fromisoformat(f"2026-11-24T{placed}:00+00:00")
    hours, _, later = begins.partition(" ")
    begin = datetime.fromisoformat(f"2026-11-24T{hours}:00+00:00")
    begin += timedelta(days=1) if later else timedelta()
    with travel(to=start):
        start_acceptance(order, store)
    late = order.accept_by - begin - timedelta(minutes=15)
    assert timedelta() <= late < timedelta(seconds=1)


@pytest.mark.django_db
def test_a_shop_that_has_switched_orders_off_still_answers_those_it_has():
    store = Store(hours=DAYTIME, accept_minutes=15, accepting_orders=False)
    order = Order(store=store)
    with travel(to=datetime(2026, 11, 24, 16, 0, tzinfo=UTC)):
        start_acceptance(order, store)
    assert order.accept_by == datetime(2026, 11, 25, 1, 45, tzinfo=UTC)


@pytest.mark.django_db
def test_half_way_the_shop_is_reminded_once_and_at_the_end_the_order_is_called_off():
    store = make_store(accept_minutes=10)
    listing = make_listing(store, on_hand=5)
    order = waiting(store, listing)
    accept_by = order.accept_by
    with travel(seconds=4 * 60):
        assert chase_answers() == 0
    with travel(seconds=5 * 60 + 1):
        assert (chase_answers(), chase_answers()) == (1, 0)
    assert seen(order) == ("confirmed", accept_by)
    assert order.version == 1
    assert OutboxEntry.objects.filter(event="order.unanswered").count() == 1
    with travel(seconds=10 * 60 + 1):
        assert (chase_answers(), chase_answers()) == (1, 0)
    assert seen(order) == ("cancelled", None)
    last = order.events.last()
    assert (last.actor, last.reason) == ("system", "the shop did not answer in time")
    listing.refresh_from_db()
    assert (listing.on_hand, listing.held) == (5, 0)


@pytest.mark.django_db
def test_what_was_paid_for_an_order_without_an_answer_goes_back():
    store = make_store(delivery_fee=0)
    order = paid(store, make_listing(store, price=25000))
    with travel(seconds=8 * 60):
        chase_answers()
    with travel(seconds=15 * 60 + 1):
        chase_answers()
    order.refresh_from_db()
    assert (order.state, order.captured, order.refunded) == ("cancelled", 25000, 25000)
    assert Refund.objects.get().amount == 25000


@pytest.mark.django_db
def test_after_an_outage_no_order_is_called_off_before_its_shop_was_reminded():
    order = waiting(make_store(accept_minutes=10))
    with travel(seconds=3600):
        assert (chase_answers(), chase_answers()) == (1, 0)
        state, due_at = seen(order)
        assert state == State.CONFIRMED
        assert due_at == order.accept_by
        assert timedelta(seconds=290) < order.accept_by - now() <= timedelta(seconds=300)
    with travel(seconds=3600 + 301):
        chase_answers()
    assert seen(order)[0] == State.CANCELLED


@pytest.mark.django_db
def test_an_accepted_order_is_left_alone():
    order = waiting(make_store())
    services.accept(store_id=order.store_id, order_id=order.pk, actor=SHOP)
    with travel(seconds=3600):
        assert chase_answers() == 0
    assert seen(order) == ("accepted", None)


@pytest.mark.django_db
def test_a_round_ends_when_its_time_is_up(monkeypatch):
    waiting(make_store(accept_minutes=10))
    monkeypatch.setattr(chasing, "ROUND_SECONDS", 0)
    with travel(seconds=301):
        assert chase_answers() == 0


@pytest.mark.django_db
def test_everybody_who_works_on_orders_is_reminded_and_both_sides_hear_of_the_end():
    store = make_store(accept_minutes=10, name="Gupta Kirana", name_hi="")
    for phone, role in (("9811111111", "owner"), ("9833333333", "helper")):
        person = register_person(phone=phone, name=role, language="en")
        add_staff(store_id=store.pk, person_id=person.pk, role=role)
    order = waiting(store, contact=services.Contact("Asha", "+919810012345", "en"))
    with travel(seconds=301):
        chase_answers()
        reminders = texts("order.unanswered")
    assert {to for to, channel in reminders if channel == "sms"} == {
        "+919811111111",
        "+919833333333",
    }
    assert {channel for _, channel in reminders} == {"in_app", "sms"}
    assert (
        f"Gupta Kirana: please accept order {order.number}, ₹270, within 5 min"
        in reminders["+919811111111", "sms"]
    )
    with travel(seconds=601):
        chase_answers()
        ends = texts("order.cancelled")
        assert texts("order.unanswered") == {}, "an old reminder is no news"
    for phone in ("+919811111111", "+919833333333", "+919810012345"):
        assert "was cancelled: the shop did not answer in time." in ends[phone, "sms"]


def texts(event: str) -> dict[tuple[str, str], str]:
    Message.objects.all().delete()
    for entry in OutboxEntry.objects.filter(event=event):
        OutboxEntry.objects.filter(pk=entry.pk).update(done_at=None)
        run_consumer(entry.pk)
    return {(each.to, each.channel): each.body for each in Message.objects.all()}


@pytest.mark.django_db(transaction=True)
def test_timer_accept_and_cancel_at_once_leave_one_truth(concurrently):
    store = make_store(accept_minutes=10)
    listing = make_listing(store, on_hand=100)

    for n in range(12):
        order = waiting(store, listing)
        Order.objects.filter(pk=order.pk).update(due_at=order.accept_by)
        about = {"store_id": store.pk, "order_id": order.pk}
        acts = [
            chase_answers,
            lambda about=about: services.accept(**about, actor=SHOP).state,
            lambda about=about: (
                services.cancel(**about, actor="person:asha", reason="", by_customer=True).state
            ),
        ]
        with travel(seconds=601):
            concurrently(acts[: 2 + n % 2])
        order.refresh_from_db()
        assert order.state in {State.ACCEPTED, State.CANCELLED}
        assert order.events.count() == order.version
        # the timer may have come first and been followed by nobody; accept may only be followed
        # by the customer's cancel
        assert list(order.events.values_list("after", flat=True))[1:] in (
            ["accepted"],
            ["cancelled"],
            ["accepted", "cancelled"],
        )
        held = Hold.objects.open().filter(reference=order.pk).count()
        assert held == (order.state == State.ACCEPTED)

    listing.refresh_from_db()
    assert listing.held == Hold.objects.open().count()


@pytest.mark.django_db(transaction=True)
def test_two_timers_at_once_remind_and_call_off_once(two_connections):
    order = waiting(make_store(accept_minutes=10))
    with travel(seconds=301):
        assert sum(two_connections(chase_answers)) == 1
    assert OutboxEntry.objects.filter(event="order.unanswered").count() == 1
    with travel(seconds=601):
        assert sum(two_connections(chase_answers)) == 1
    order.refresh_from_db()
    assert (order.state, order.version) == (State.CANCELLED, 2)


@pytest.mark.django_db(transaction=True)
def test_an_order_somebody_is_working_on_does_not_stop_the_timer(concurrently):
    store = make_store(accept_minutes=10)
    first, second = waiting(store), waiting(store)
    with connection.cursor() as cursor, travel(seconds=301):
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM orders_order WHERE id = %s FOR UPDATE", [first.pk])
        assert concurrently(1, chase_answers) == [1]
        cursor.execute("ROLLBACK")
    assert seen(first)[1] < first.accept_by
    assert seen(second)[1] == second.accept_by


@pytest.mark.django_db(transaction=True)
def test_an_order_that_cannot_be_called_off_keeps_no_other_waiting(concurrently):
    store = make_store(accept_minutes=10)
    locked = make_listing(store)
    stuck, other = waiting(store, locked), waiting(store)
    Order.objects.update(due_at=F("accept_by"))
    with connection.cursor() as cursor, travel(seconds=601):
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM inventory_listing WHERE id = %s FOR UPDATE", [locked.pk])
        assert concurrently(1, chase_answers) == [1]
        cursor.execute("ROLLBACK")
    assert seen(stuck)[0] == State.CONFIRMED
    assert seen(other)[0] == State.CANCELLED
