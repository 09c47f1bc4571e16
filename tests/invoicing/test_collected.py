"""Our GSTR-8 and the TDS of a month: what the ledger took, by supplier and place."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from marketplace.accounts.services import register_person, set_staff
from marketplace.core.clock import travel
from orders import services
from orders.invoicing.collected import SOLD, gstr8, sales_in, supplies_in, tds
from orders.invoicing.reports import days_of
from payments.ledger.models import Account, Kind, Leg
from payments.ledger.selectors import moved_in
from payments.ledger.services import Leg as Move
from payments.ledger.services import post
from tests.factories import make_listing, make_loose, make_store
from tests.invoicing.test_counter_bills import sell
from tests.invoicing.test_issuing import SHOP, give_back, packed
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db

NOVEMBER = days_of(2026, 11)
IN_NOVEMBER = datetime(2026, 11, 10, 6, tzinfo=UTC)
NOIDA = services.DeliveryAddress(text="Sector 18", pincode="201301")
GURUGRAM = services.DeliveryAddress(text="Sector 14", pincode="122001")
HARYANA = {
    "gstin": "06AAACG1234A1ZI",
    "state": "Haryana",
    "legal_name": "Bansal Stores",
    "pan": "AAACG1234B",
}


@pytest.fixture(autouse=True)
def a_day_of_november():
    with travel(to=IN_NOVEMBER):
        yield


@pytest.fixture
def store(db):
    return make_store(delivery_fee=2000, delivery_pincodes=["110001", "201301"])


def table(first=NOVEMBER[0], last=NOVEMBER[1]):
    return list(gstr8(supplies_in(first, last)))[1:]


def collected(first=NOVEMBER[0], last=NOVEMBER[1]) -> int:
    return sum(each.tcs for each in supplies_in(first, last))


def test_a_month_by_supplier_and_place(store):
    atta = make_listing(store, price=25000, on_hand=50)
    deliver_order(store, {atta.pk: 2}, payment_method="upi")
    deliver_order(store, {atta.pk: 1})
    give_back(deliver_order(store, {atta.pk: 1}), 1)
    deliver_order(store, {atta.pk: 2}, address=NOIDA)
    other = make_store(delivery_fee=0, delivery_pincodes=["122001"], **HARYANA)
    deliver_order(other, {make_listing(other).pk: 1}, address=GURUGRAM)
    # goods 238.10 a packet (476.20 for two), a delivery 19.04; 0.5 % of each order's sum
    assert table() == [
        [
            "3B",
            "06AAACG1234A1ZI",
            "Bansal Stores",
            "238.10",
            "0.00",
            "238.10",
            "0.00",
            "0.60",
            "0.59",
            "06-Haryana",
        ],
        [
            "3B",
            "07AAACG1234A1ZG",
            "Gupta Kirana Store",
            "1009.52",
            "238.10",
            "771.42",
            "0.00",
            "1.94",
            "1.93",
            "07-Delhi",
        ],
        [
            "3B",
            "07AAACG1234A1ZG",
            "Gupta Kirana Store",
            "495.24",
            "0.00",
            "495.24",
            "2.48",
            "0.00",
            "0.00",
            "09-Uttar Pradesh",
        ],
    ]
    assert collected() == -moved_in(Account.TCS_PAYABLE, *NOVEMBER) == 119 + 387 + 248


def test_every_paisa_of_the_ledger_is_in_the_table(store):
    """Odd sums, returns in parts, fees that go back, every way to pay and every kind of shop."""
    shops = [
        store,
        make_store(tax_status="composition", **HARYANA),
        make_store(tax_status="unregistered", gstin="", legal_name="Zaidi Store"),
    ]
    for n, shop in enumerate(shops):
        odd, loose = make_listing(shop, price=3333, mrp=None, on_hand=50), make_loose(shop)
        for method in ("upi", "cash"):
            order = deliver_order(shop, {odd.pk: 3}, payment_method=method)
            give_back(order, 1, reason="damaged")
            give_back(order, 2, reason="damaged")
            deliver_order(shop, {odd.pk: n + 1, loose.pk: 750}, payment_method=method)
    packed(store, {make_listing(store).pk: 1})
    sell(store, {make_listing(store): 1})
    rows = supplies_in(*NOVEMBER)
    for each in rows:
        assert each.integrated + each.central + each.of_state == each.tcs
        assert 0 <= each.central - each.of_state <= 1
    assert collected() == -moved_in(Account.TCS_PAYABLE, *NOVEMBER)
    assert sum(each.tds for each in sales_in(*NOVEMBER)) == -moved_in(
        Account.TDS_PAYABLE, *NOVEMBER
    )
    assert [(each.table, each.tcs) for each in rows][-1] == ("3.1", 0)
    assert {each.store.tax_status for each in rows if each.tcs} == {"regular", "composition"}


def test_unregistered_shops_stand_apart_by_pan_and_without_tax():
    store = make_store(tax_status="unregistered", gstin="", delivery_fee=0, commission_bps=0)
    order = deliver_order(store, {make_listing(store).pk: 3}, payment_method="upi")
    # nothing had been charged for it but TDS, so the return is in no posting
    give_back(order, 1)
    assert not Leg.objects.filter(txn__kind=Kind.GOODS_RETURNED).exists()
    assert table() == [
        [
            "3.1",
            "AAACG1234A",
            "Gupta Kirana Store",
            "750.00",
            "250.00",
            "500.00",
            "0.00",
            "0.00",
            "0.00",
            "07-Delhi",
        ]
    ]


def test_a_month_has_what_was_delivered_and_taken_back_in_it():
    store = make_store(delivery_fee=0, return_days=30)
    order = deliver_order(store, {make_listing(store).pk: 2})
    with travel(days=25):
        give_back(order, 1)
    december = days_of(2026, 12)
    assert [row[3:6] for row in table()] == [["476.20", "0.00", "476.20"]]
    assert [row[3:6] for row in table(*december)] == [["0.00", "238.10", "-238.10"]]
    for month in (NOVEMBER, december):
        assert collected(*month) == -moved_in(Account.TCS_PAYABLE, *month)
    assert table(*days_of(2026, 10)) == []


def test_a_delivery_of_last_nights_packing_counts_when_it_is_delivered():
    store = make_store(delivery_fee=0)
    with travel(to=datetime(2026, 10, 31, 12, tzinfo=UTC)):
        order = packed(store, {make_listing(store).pk: 1})
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    services.dispatch(**about)
    services.deliver(**about)
    assert len(table()) == 1
    assert table(*days_of(2026, 10)) == []


def test_a_credit_note_of_an_order_called_off_is_no_return(store):
    order = packed(store, {make_listing(store).pk: 1})
    services.cancel(store_id=store.pk, order_id=order.pk, actor=SHOP, reason="nobody home")
    assert table() == []


def test_tds_by_shop_with_its_pan(store):
    atta = make_listing(store, price=25033, mrp=None, on_hand=50)
    order = deliver_order(store, {atta.pk: 2})
    give_back(order, 1)
    other = make_store(pan="", legal_name="Bansal Stores", delivery_fee=0)
    deliver_order(other, {make_listing(other).pk: 1}, payment_method="upi")
    assert list(tds(sales_in(*NOVEMBER)))[1:] == [
        ["", "Bansal Stores", "Gupta Kirana", "250.00", "12.50"],
        # before it was rounded to the rupee: two at 250.33 and the delivery
        ["AAACG1234A", "Gupta Kirana Store", "Gupta Kirana", "520.66", "0.52"],
    ]


def test_every_kind_of_delivery_is_a_sale():
    assert {kind for kind in Kind if kind.endswith("delivery")} == set(SOLD)


@pytest.fixture
def staff(client):
    person = register_person(phone="9800000001", name="Meera", language="en")
    set_staff(person_id=person.pk, is_staff=True)
    client.force_login(person)
    return client


@pytest.mark.parametrize("name", ["gstr8", "tds"])
def test_the_page_is_for_staff_alone(client, store, name):
    address = reverse(f"collected:{name}")
    assert client.get(address).status_code == 302
    client.force_login(register_person(phone="9800000002", name="Asha", language="en"))
    assert client.get(address, follow=True).status_code == 403


def test_the_page_shows_the_table_and_that_the_ledger_agrees(staff, store):
    deliver_order(store, {make_listing(store).pk: 2})
    page = staff.get(reverse("collected:gstr8"), {"month": "2026-11"})
    assert page.context["table"]["rows"] == [
        [
            "3B",
            "07AAACG1234A1ZG",
            "Gupta Kirana Store",
            "₹495.24",
            "₹0",
            "₹495.24",
            "₹0",
            "₹1.24",
            "₹1.24",
            "07-Delhi",
        ],
        ["", "", "Total", "₹495.24", "₹0", "₹495.24", "₹0", "₹1.24", "₹1.24", ""],
    ]
    assert "The ledger took ₹2.48 in this month: all of it is here." in page.text
    assert "?month=2026-11&amp;csv=1" in page.text
    page = staff.get(reverse("collected:tds"), {"month": "2026-11"})
    assert page.context["table"]["rows"][-1] == ["", "Total", "₹520", "₹0.52"]
    assert "The ledger took ₹0.52 in this month: all of it is here." in page.text


def test_the_page_tells_of_tax_that_is_on_no_document(staff, store):
    deliver_order(store, {make_listing(store).pk: 2})
    post(
        store_id=store.pk,
        key="by hand",
        kind=Kind.BANK_CORRECTION,
        business_date=date(2026, 11, 10),
        legs=[Move(Account.TCS_PAYABLE, -1), Move(Account.PAYABLE, 1)],
    )
    page = staff.get(reverse("collected:gstr8"), {"month": "2026-11"})
    assert "The ledger took ₹2.49 in this month, but here is ₹2.48" in page.text


def test_the_file_is_had_for_a_month_and_without_one_it_is_the_last(staff, store):
    deliver_order(store, {make_listing(store).pk: 2})
    for name, column in (("gstr8", "Value of Supplies Returned"), ("tds", "Tax Deducted")):
        answer = staff.get(reverse(f"collected:{name}"), {"month": "2026-11", "csv": "1"})
        lines = answer.content.decode("utf-8-sig").splitlines()
        assert column in lines[0]
        assert len(lines) == 2
        assert f'filename="{name}-2026-11.csv"' in answer["Content-Disposition"]
        assert "Nothing was supplied" in staff.get(reverse(f"collected:{name}")).text
        with travel(to=datetime(2026, 12, 5, 6, tzinfo=UTC)):
            assert "Gupta Kirana Store" in staff.get(reverse(f"collected:{name}")).text


@pytest.mark.parametrize("month", ["", "2026", "2026-13", "November", "0000-01", "2026-11-01"])
def test_what_is_no_month_is_said(staff, db, month):
    page = staff.get(reverse("collected:gstr8"), {"month": month, "csv": "1"})
    assert page.status_code == 422
    assert 'role="alert"' in page.text


def test_the_page_costs_the_same_for_few_and_many(staff, django_assert_max_num_queries):
    for _ in range(2):
        for _ in range(3):
            shop = make_store()
            deliver_order(shop, {make_listing(shop).pk: 1})
        with django_assert_max_num_queries(6):
            staff.get(reverse("collected:gstr8"), {"month": "2026-11"})


def test_nothing_of_the_next_day_in_india_is_in_the_month(store):
    with travel(to=datetime(2026, 11, 30, 18, 31, tzinfo=UTC)):
        deliver_order(store, {make_listing(store).pk: 1})
    assert table() == []
    assert len(table(NOVEMBER[1] + timedelta(days=1), date(2026, 12, 31))) == 1
