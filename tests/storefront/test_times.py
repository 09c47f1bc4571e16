"""Ordering for later: what checkout offers, what it takes, and what the order's page says of time."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest

from marketplace.core.clock import travel
from orders import services
from orders.models import Order, State
from orders.services import chase_answers
from stores.shops.models import DeliverySlot, SlotDay
from stores.shops.validators import WEEKDAYS
from tests.storefront.forms import HIDDEN

# Tuesday 24 November 2026 in India: ten in the morning, and eleven at night
TEN = datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)


@pytest.fixture
def slots(store) -> list[DeliverySlot]:
    """Five to seven in the evening of Tuesday and Wednesday, in a shop open from 8 to 21."""
    store.hours = {day: [["08:00", "21:00"]] for day in WEEKDAYS}
    store.save()
    return [
        DeliverySlot.objects.create(
            store=store, weekday=day, starts=time(17), ends=time(19), capacity=2, cut_off=60
        )
        for day in (1, 2)
    ]


def form(client, store, listing, tap) -> tuple[str, dict[str, str]]:
    tap(client, "more", listing)
    page = client.get(f"/shops/{store.slug}/checkout/").content.decode()
    address = re.search(r'name="address"\s+value="([^"]+)"', page)
    assert address
    return page, dict(HIDDEN.findall(page)) | {
        "address": address.group(1),
        "payment_method": "cash",
    }


def said(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def send(client, store, fields, **changes):
    return client.post(f"/shops/{store.slug}/checkout/", fields | changes)


def test_an_open_shop_offers_at_once_and_its_slots(customer, store, listing, tap, slots):
    with travel(to=TEN):
        SlotDay.objects.create(store=store, slot=slots[0], day=date(2026, 11, 24), taken=2)
        page, fields = form(customer, store, listing, tap)
        words = said(page)
        assert "As soon as possible Today 5:00 – 7:00 PM full Tomorrow" in words
        assert "Tomorrow 5:00 – 7:00 PM 2 left" in words
        send(customer, store, fields, when=f"{slots[1].pk}/2026-11-25")
        order = Order.objects.get()
        assert order.slot == slots[1]
        page = customer.get(f"/orders/{order.pk}/").content.decode()
        assert "To be delivered:" in page
        assert "Tomorrow, 5:00 – 7:00 PM" in page


def test_until_when_is_said_while_that_is_today(customer, store, listing, tap, slots):
    # of tomorrow's slot the last call is at four tomorrow, or with a day's notice at five today
    with travel(to=TEN):
        words = said(form(customer, store, listing, tap)[0])
        assert "Today 5:00 – 7:00 PM order by 4:00 PM · 2 left" in words
        assert "Tomorrow 5:00 – 7:00 PM 2 left" in words
        DeliverySlot.objects.filter(pk=slots[1].pk).update(cut_off=24 * 60, capacity=20)
        words = said(customer.get(f"/shops/{store.slug}/checkout/").content.decode())
        assert re.search(r"Tomorrow 5:00 – 7:00 PM order by 5:00 PM (?!·)", words)


def test_at_once_takes_no_slot(customer, store, listing, tap, slots):
    with travel(to=TEN):
        _, fields = form(customer, store, listing, tap)
        send(customer, store, fields, when="now")
    assert Order.objects.get().slot is None
    assert not SlotDay.objects.exists()


def test_a_closed_shop_takes_orders_for_later_and_only_those(customer, store, listing, tap, slots):
    with travel(to=NIGHT):
        assert (
            "order now for a later time" in customer.get(f"/shops/{store.slug}/").content.decode()
        )
        page, fields = form(customer, store, listing, tap)
        assert "The shop is closed just now." in page
        assert "Place the order" in page
        basket = customer.get(f"/shops/{store.slug}/basket/").content.decode()
        assert "Go to checkout" in basket
        assert send(customer, store, fields, when="now").status_code == 409
        assert not Order.objects.exists()
        send(customer, store, fields, when=f"{slots[1].pk}/2026-11-25")
        order = Order.objects.get()
        assert order.state == State.CONFIRMED
        # it opens at eight, and has fifteen minutes from then
        assert order.accept_by == datetime(2026, 11, 25, 2, 45, tzinfo=UTC)
        page = customer.get(f"/orders/{order.pk}/").content.decode()
        assert "The shop answers by 25 Nov, 8:15 AM." in page


def test_a_closed_shop_without_slots_takes_none(customer, store, listing, tap, slots):
    DeliverySlot.objects.update(active=False)
    with travel(to=NIGHT):
        page, _ = form(customer, store, listing, tap)
        assert "Place the order" not in page
        assert 'name="when"' not in page


@pytest.mark.parametrize(
    "when", ["nonsense", "x/2026-11-25", "{slot}/2026-13-45", "{slot}/2026-11-24"]
)
def test_a_time_that_cannot_be_is_refused_and_asked_again(
    customer, store, listing, tap, slots, when
):
    with travel(to=TEN):
        _, fields = form(customer, store, listing, tap)
        answer = send(customer, store, fields, when=when.format(slot=slots[1].pk))
    assert answer.status_code == 409
    assert "The shop does not offer this time." in answer.content.decode()
    assert not Order.objects.exists()


def test_a_slot_that_filled_up_meanwhile_is_named(customer, store, listing, tap, slots):
    with travel(to=TEN):
        _, fields = form(customer, store, listing, tap)
        SlotDay.objects.create(store=store, slot=slots[0], day=date(2026, 11, 24), taken=2)
        answer = send(customer, store, fields, when=f"{slots[0].pk}/2026-11-24")
    assert answer.status_code == 409
    assert "Today, 5:00 – 7:00 PM: no place is left." in answer.content.decode()


def test_the_page_says_by_when_the_shop_answers_and_why_it_was_called_off(
    customer, store, listing, tap
):
    with travel(to=TEN):
        _, fields = form(customer, store, listing, tap)
        send(customer, store, fields)
        order = Order.objects.get()
        assert (
            "The shop answers by 24 Nov, 10:15 AM."
            in customer.get(f"/orders/{order.pk}/").content.decode()
        )
    for minutes in (8, 16):
        with travel(to=TEN + timedelta(minutes=minutes)):
            chase_answers()
    page = customer.get(f"/orders/{order.pk}/").content.decode()
    assert "the shop did not answer in time" in page


def test_a_failed_delivery_asks_the_customer_to_call(customer, store, listing, tap):
    _, fields = form(customer, store, listing, tap)
    send(customer, store, fields)
    order = Order.objects.get()
    about = {"store_id": store.pk, "order_id": order.pk, "actor": "person:shopkeeper"}
    for name in ("accept", "pack", "dispatch"):
        getattr(services, name)(**about)
    services.fail_delivery(**about, reason="Nobody was at home")
    page = customer.get(f"/orders/{order.pk}/").content.decode()
    assert "Call them and say when to come again." in page
    assert "Nobody was at home" in page
    assert "Cancel the order" not in page
