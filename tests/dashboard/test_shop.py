from datetime import timedelta

import pytest

from marketplace.core.clock import business_date
from stores.shops.models import StaffMember, Store
from stores.shops.validators import WEEKDAYS
from tests.dashboard.shopkeeper import text

pytestmark = pytest.mark.django_db


def again(store: Store) -> Store:
    return Store.objects.get(pk=store.pk)


def week(**changes: str) -> dict[str, str]:
    """The hours form, open 08:00 to 21:00 every day."""
    typed = {f"{day}_opens_1": "08:00" for day in WEEKDAYS}
    return typed | {f"{day}_closes_1": "21:00" for day in WEEKDAYS} | changes


def test_one_button_closes_the_shop_and_opens_it(manager, store):
    assert "Stop taking orders" in text(manager.get("shop"))
    manager.post("shop-switch", {"on": "0"})
    assert not again(store).accepting_orders
    assert "The shop is closed for orders." in text(manager.get("today"))
    manager.post("shop-switch", {"on": "1"})
    assert again(store).accepting_orders


def test_hours_have_two_spans_and_midnight(manager, store):
    typed = week(mon_closes_1="13:00", mon_opens_2="16:00", mon_closes_2="00:00")
    typed |= {"sun_opens_1": "", "sun_closes_1": ""}
    assert manager.post("shop-hours", typed).status_code == 302
    hours = again(store).hours
    assert hours["mon"] == [["08:00", "13:00"], ["16:00", "24:00"]]
    assert hours["tue"] == [["08:00", "21:00"]]
    assert hours["sun"] == []
    page = text(manager.get("shop-hours"))
    assert 'name="mon_closes_2" value="00:00"' in page


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"mon_closes_1": "07:00"}, "It closes before it opens."),
        ({"mon_opens_1": ""}, "Give both times, or neither."),
        ({"mon_opens_2": "20:00", "mon_closes_2": "22:00"}, "The two times overlap."),
        ({"mon_opens_1": "25:00"}, "Enter a valid time."),
    ],
)
def test_hours_that_cannot_be_are_refused_with_the_form_as_typed(manager, store, changes, problem):
    before = again(store).hours
    answer = manager.post("shop-hours", week(**changes))
    assert answer.status_code == 422
    assert problem in text(answer)
    assert again(store).hours == before


def test_mondays_hours_are_copied_but_not_yet_saved(manager, store):
    before = again(store).hours
    page = text(manager.post("shop-hours", week(mon_opens_1="06:30", copy="1")))
    assert page.count('value="06:30"') == 7
    assert again(store).hours == before


def test_a_holiday_is_added_and_taken_back(manager, store):
    day = business_date() + timedelta(days=3)
    manager.post("shop-holidays", {"day": day.isoformat()})
    assert again(store).holidays == [day]
    manager.post("shop-holidays", {"remove": day.isoformat()})
    assert again(store).holidays == []


def test_a_holiday_in_the_past_is_refused(manager, store):
    day = business_date() - timedelta(days=1)
    assert manager.post("shop-holidays", {"day": day.isoformat()}).status_code == 422
    assert again(store).holidays == []


DELIVERY = {
    "offers_delivery": "on",
    "minimum_order": "99",
    "delivery_fee": "20",
    "free_delivery_from": "",
    "radius": "2.5",
    "delivery_pincodes": "110001, 110024 110001",
}


def test_delivery_is_kept_in_paise_and_metres(manager, store):
    assert manager.post("shop-delivery", DELIVERY).status_code == 302
    kept = again(store)
    assert (kept.minimum_order, kept.delivery_fee, kept.free_delivery_from) == (9900, 2000, None)
    assert (kept.delivery_radius, kept.delivery_pincodes) == (2500, ["110001", "110024"])
    assert (kept.offers_delivery, kept.offers_pickup) == (True, False)
    assert 'value="2.5"' in text(manager.get("shop-delivery"))


@pytest.mark.parametrize(
    "changes",
    [
        {"minimum_order": "-1"},
        {"delivery_fee": ""},
        {"radius": "far"},
        {"radius": "51"},
        {"delivery_pincodes": "11001"},
        {"offers_delivery": ""},
        {"radius": "0", "delivery_pincodes": ""},
    ],
)
def test_delivery_that_cannot_be_is_refused(manager, store, changes):
    answer = manager.post("shop-delivery", DELIVERY | changes)
    assert answer.status_code == 422
    assert again(store).delivery_radius == 3000


def test_the_payout_address_is_typed_twice_by_the_owner(owner, manager, store):
    wanted = {"payout_vpa": "new@okbank", "again": "new@okbank"}
    assert manager.post("shop-payouts", wanted).status_code == 403
    assert owner.post("shop-payouts", wanted | {"again": "nw@okbank"}).status_code == 422
    bad = {"payout_vpa": "not a vpa", "again": "not a vpa"}
    answer = owner.post("shop-payouts", bad)
    assert answer.status_code == 422
    assert "A UPI id looks like name@bank." in text(answer)
    assert again(store).payout_vpa == "gupta@nkbank"
    assert owner.post("shop-payouts", wanted).status_code == 302
    assert again(store).payout_vpa == "new@okbank"


def test_the_shops_link_is_a_qr_code(manager, store):
    answer = manager.get("shop-qr")
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<svg" in answer.content
    assert f"/shops/{store.slug}/" in text(manager.get("shop"))


def test_an_owner_hires_by_phone_and_lets_go(owner, store):
    data = {"name": "Chotu", "phone": "98100 55555", "role": "helper"}
    assert owner.post("staff", data).status_code == 302
    member = StaffMember.objects.get(store=store, role="helper")
    assert member.person.name == "Chotu"
    assert "+919810055555" in text(owner.get("staff"))
    owner.post("staff-remove", member_id=member.pk)
    assert not StaffMember.objects.filter(pk=member.pk).exists()


def test_a_phone_that_is_none_is_refused_with_the_form_as_typed(owner, store):
    answer = owner.post("staff", {"name": "Chotu", "phone": "12", "role": "helper"})
    assert answer.status_code == 422
    assert "That is not a mobile number." in text(answer)
    assert 'value="Chotu"' in text(answer)
    assert StaffMember.objects.filter(store=store).count() == 1


def test_the_last_owner_stays(owner, store):
    member = StaffMember.objects.get(store=store)
    page = text(owner.post("staff-remove", member_id=member.pk, follow=True))
    assert "A shop needs at least one owner." in page
    data = {"name": "Me", "phone": "9810100000", "role": "helper"}
    assert owner.post("staff", data).status_code == 422
    assert StaffMember.objects.get(store=store).role == "owner"


@pytest.mark.parametrize("helpers", [0, 5])
def test_the_staff_list_costs_three_statements(
    owner, store, hire, helpers, django_assert_num_queries
):
    for _ in range(helpers):
        hire(store, "helper")
    with django_assert_num_queries(3):
        owner.get("staff")
