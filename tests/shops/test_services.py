from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts.models import Person
from marketplace.core.errors import InvalidInput, NotAllowed
from stores.shops import services
from stores.shops.models import StaffMember, Store
from stores.shops.validators import gstin_check_digit, validate_gstin

pytestmark = pytest.mark.django_db

# The GSTIN on the tax department's own sample certificate
REAL_GSTIN = "27AAPFU0939F1ZV"
FIELDS: services.StoreFields = {
    "name": "Sharma General Store",
    "legal_name": "Sharma & Sons",
    "phone": "+919810000010",
    "line1": "4 Vikas Marg",
    "locality": "Laxmi Nagar",
    "city": "Delhi",
    "state": "Delhi",
    "pincode": "110092",
    "latitude": 28.65,
    "longitude": 77.30,
    "tax_status": "regular",
    "gstin": REAL_GSTIN,
    "payout_vpa": "sharma@nkbank",
    "hours": {"mon": [["07:00", "13:00"], ["16:00", "24:00"]]},
}


@pytest.fixture
def owner():
    return Person.objects.create(name="Ramesh")


@pytest.fixture
def store(owner):
    store = services.open_store(owner_id=owner.pk, **FIELDS)
    return services.approve_store(store_id=store.pk)


def test_a_new_shop_has_an_owner_and_waits_for_approval(owner):
    store = services.open_store(owner_id=owner.pk, **FIELDS)
    assert (store.slug, store.status) == ("sharma-general-store-laxmi-nagar", "onboarding")
    assert store.pan == "AAPFU0939F"
    assert StaffMember.objects.role_in(store.pk, owner.pk) == "owner"
    assert services.open_store(owner_id=owner.pk, **FIELDS).slug.endswith("-2")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gstin", "27AAPFU0939F1ZX"),
        ("gstin", ""),
        ("pan", "AAPFU0939"),
        ("pan", "ABCDE1234F"),
        ("fssai", "123"),
        ("payout_vpa", "not a vpa"),
        ("pincode", "011009"),
        ("phone", "98100"),
        ("latitude", 91.0),
        ("commission_bps", 10_001),
        ("minimum_order", -1),
        ("hours", {"mon": [["22:00", "07:00"]]}),
        ("hours", {"mon": [["07:00", "13:00"], ["12:00", "20:00"]]}),
        ("hours", {"funday": []}),
        ("hours", {"mon": [["7:00", "25:00"]]}),
        ("hours", {"mon": 5}),
    ],
)
def test_what_cannot_be_right_is_refused_and_nothing_changes(store, field, value):
    before = Store.objects.filter(pk=store.pk).values().get()
    with pytest.raises(InvalidInput) as refused:
        services.change_store(store_id=store.pk, **{field: value})
    assert refused.value.params["field"] in (field, "__all__")
    assert Store.objects.filter(pk=store.pk).values().get() == before


@given(
    state=st.integers(1, 37),
    pan=st.from_regex(r"\A[A-Z]{5}[0-9]{4}[A-Z]\Z"),
    wrong=st.integers(1, 35),
)
def test_the_check_digit_catches_every_other_last_character(state, pan, wrong):
    first = f"{state:02d}{pan}1Z"
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    right = gstin_check_digit(first)
    validate_gstin(first + right)
    with pytest.raises(Exception, match="typing mistake"):
        validate_gstin(first + digits[(digits.index(right) + wrong) % 36])


def test_a_shop_is_open_within_its_hours_in_india(store):
    # Monday 23 November 2026; India is 5:30 ahead
    def utc(hour, minute):
        return datetime(2026, 11, 23, hour, minute, tzinfo=UTC)

    assert not store.is_open(utc(1, 29))
    assert store.is_open(utc(1, 30))
    assert not store.is_open(utc(7, 30))
    assert store.is_open(utc(18, 29))
    assert store.opens_next(utc(7, 30)) == utc(10, 30)
    assert store.opens_next(utc(12, 0)) == datetime(2026, 11, 30, 1, 30, tzinfo=UTC)


def test_the_switch_and_holidays_close_the_shop(store):
    monday = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    store = services.add_holiday(store_id=store.pk, day=date(2026, 11, 23))
    assert services.add_holiday(store_id=store.pk, day=date(2026, 11, 23)).holidays == [
        date(2026, 11, 23)
    ]
    assert not store.is_open(monday)
    store = services.remove_holiday(store_id=store.pk, day=date(2026, 11, 23))
    assert store.is_open(monday)
    store = services.set_accepting_orders(store_id=store.pk, accepting=False)
    assert not store.is_open(monday)
    assert store.opens_next(monday) is None


def test_a_shop_always_keeps_an_owner(store, owner):
    with pytest.raises(services.LastOwner):
        services.remove_staff(store_id=store.pk, person_id=owner.pk)
    with pytest.raises(services.LastOwner):
        services.add_staff(store_id=store.pk, person_id=owner.pk, role="helper")
    partner = Person.objects.create(name="Suresh")
    services.add_staff(store_id=store.pk, person_id=partner.pk, role="owner")
    services.remove_staff(store_id=store.pk, person_id=owner.pk)
    assert list(store.staff.values_list("person_id", "role")) == [(partner.pk, "owner")]


def test_roles_guard_and_strangers_learn_nothing(store, owner):
    helper = Person.objects.create(name="Chhotu")
    services.add_staff(store_id=store.pk, person_id=helper.pk, role="helper")
    key = {"store_id": store.pk, "roles": {"owner", "manager"}}
    assert services.require_role(person_id=owner.pk, **key) == "owner"
    with pytest.raises(NotAllowed):
        services.require_role(person_id=helper.pk, **key)
    with pytest.raises(services.UnknownStore):
        services.require_role(person_id=Person.objects.create().pk, **key)
