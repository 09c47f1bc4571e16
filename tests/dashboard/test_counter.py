import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import CounterSale
from stores.inventory.models import Listing
from stores.inventory.services import set_price
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_product, make_store
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db

EAN = "8901063010048"


@pytest.fixture
def biscuits(store):
    product = make_product(name="Biscuits", ean=EAN)
    return make_listing(store, product=product, price=1050, mrp=1200, on_hand=10)


@pytest.fixture
def dal(store):
    product = make_product(
        name="Arhar dal", packed=False, base_unit="g", pack_quantity=None, pack_unit=""
    )
    return make_listing(
        store, product=product, price=14990, per=1000, mrp=None, step=250, minimum=250, on_hand=5000
    )


def scan(person, code, **more):
    return person.post("counter-ring-up", {"code": code}, **more)


def paying(page, paid_by="cash", **more):
    """The form to pay with, as the page shows it."""
    form = page[page.index('id="pay"') :]
    return dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', form)) | {"paid_by": paid_by} | more


def on_hand(listing):
    return Listing.objects.get(pk=listing.pk).on_hand


def test_scan_weigh_and_pay_without_javascript(helper, biscuits, dal):
    assert scan(helper, EAN).status_code == 302
    scan(helper, EAN)
    answer = scan(helper, "dal", follow=True)
    assert "Put Arhar dal on the bill" in text(answer)
    helper.post("counter-ring-up", {"listing": dal.pk})
    helper.post("counter-line", {"listing": dal.pk, "quantity": "330", "set": "1"})
    page = text(helper.get("counter"))
    # 2 x 10.50 and 330 g at 149.90 a kilo
    for wanted in ["₹21", "₹49.47", "₹70.47", "Cash ₹70", "UPI ₹70.47", 'value="330"']:
        assert wanted in page
    answer = helper.post("counter-finish", paying(page, given="100"), follow=True)
    assert "Sold for ₹70. Give back ₹30." in text(answer)
    sale = CounterSale.objects.get()
    assert (sale.total, sale.actor) == (7000, f"person:{helper.person.pk}")
    assert (on_hand(biscuits), on_hand(dal)) == (8, 4670)
    page = text(helper.get("counter"))
    assert 'id="pay"' not in page
    assert "1 sale" in page
    assert "Arhar dal" in page


def test_a_scan_by_htmx_answers_with_the_bill_alone(helper, biscuits):
    page = text(scan(helper, EAN, htmx=True))
    assert page.lstrip().startswith('<div id="counter"')
    assert "Biscuits is on the bill." in page
    assert 'value="1"' in page


def test_what_must_be_weighed_asks_for_its_weight(helper, biscuits, dal):
    page = text(helper.post("counter-ring-up", {"listing": dal.pk}, htmx=True))
    assert re.search(rf'id="much-{dal.pk}"[^>]*data-focus', page)
    assert "data-focus" not in text(scan(helper, EAN, htmx=True))


def test_steppers_change_the_bill(helper, biscuits, dal):
    helper.post("counter-ring-up", {"listing": dal.pk})
    for action, much in [("more", 500), ("more", 750), ("less", 500)]:
        page = text(helper.post("counter-line", {"listing": dal.pk, action: "1"}, htmx=True))
        assert f'value="{much}"' in page
    page = text(helper.post("counter-line", {"listing": dal.pk, "quantity": "two"}, htmx=True))
    assert "Write a number." in page
    assert 'value="500"' in page
    page = text(helper.post("counter-line", {"listing": dal.pk, "remove": "1"}, htmx=True))
    assert 'id="pay"' not in page
    scan(helper, EAN)
    helper.post("counter-clear")
    assert 'id="pay"' not in text(helper.get("counter"))


def test_each_sale_of_the_day_has_its_bill(helper, hire, store, biscuits, deliver_due):
    scan(helper, EAN)
    helper.post("counter-finish", paying(text(helper.get("counter"))))
    sale = CounterSale.objects.get()
    page = text(helper.get("counter"))
    assert f'href="{helper.url("counter-bill", sale_id=sale.pk)}"' in page
    assert f"Bill {sale.documents.get().serial}" in page
    assert helper.get("counter-bill", sale_id=sale.pk).status_code == 202
    deliver_due()
    assert helper.get("counter-bill", sale_id=sale.pk).content.startswith(b"%PDF-")
    elsewhere = hire(make_store(), "owner")
    assert elsewhere.get("counter-bill", sale_id=sale.pk).status_code == 404


def test_a_sale_without_a_bill_shows_none(helper, store):
    sale = CounterSale.objects.create(
        store=store,
        actor="system",
        idempotency_key="1",
        paid_by="cash",
        items_total=100,
        total=100,
    )
    assert f"{sale.pk}/bill/" not in text(helper.get("counter"))
    assert helper.get("counter-bill", sale_id=sale.pk).status_code == 404


def test_sending_twice_is_one_sale(helper, biscuits):
    scan(helper, EAN)
    form = paying(text(helper.get("counter")))
    for _ in range(2):
        answer = helper.post("counter-finish", form, follow=True)
        assert "Sold for ₹11." in text(answer)
    assert CounterSale.objects.count() == 1
    assert on_hand(biscuits) == 9


def test_a_page_left_open_sells_nothing_it_does_not_show(helper, biscuits):
    scan(helper, EAN)
    form = paying(text(helper.get("counter")))
    scan(helper, EAN)
    answer = helper.post("counter-finish", form)
    assert answer.status_code == 409
    assert "Prices have changed since you looked." in text(answer)
    helper.post("counter-clear")
    answer = helper.post("counter-finish", form)
    assert answer.status_code == 409
    assert "The bill has changed." in text(answer)
    assert not CounterSale.objects.exists()


def test_a_price_that_moved_is_shown_before_it_is_charged(helper, store, biscuits):
    scan(helper, EAN)
    form = paying(text(helper.get("counter")))
    set_price(store_id=store.pk, listing_id=biscuits.pk, price=1150, actor="system")
    answer = helper.post("counter-finish", form)
    assert answer.status_code == 409
    assert "₹11.50" in text(answer)
    assert not CounterSale.objects.exists()


def test_what_is_set_aside_asks_first(helper, store, biscuits):
    order = place_order(store, {biscuits.pk: 10})
    scan(helper, EAN)
    answer = helper.post("counter-finish", paying(text(helper.get("counter"))))
    assert answer.status_code == 409
    page = text(answer)
    assert f"Set aside for orders: 10 pc Biscuits ({order.number})." in page
    assert not CounterSale.objects.exists()
    held = page[page.index("take_held") - 600 : page.index("Sell anyway")]
    form = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', held))
    assert (form["take_held"], form["paid_by"]) == ("1", "cash")
    helper.post("counter-finish", form)
    assert CounterSale.objects.get().total == 1100
    assert on_hand(biscuits) == 9
    assert order.flags.open().count() == 1


def test_an_unknown_barcode_leads_to_adding_the_item(helper, manager):
    unknown = "8901234567890"
    address = f'href="{manager.url("choose-product")}?q={unknown}"'
    assert address in text(scan(manager, unknown, htmx=True))
    page = text(scan(helper, unknown, follow=True))
    assert f"Barcode {unknown} is not on your shelf." in page
    assert "The owner or a manager can add it." in page
    assert address not in page


def test_one_barcode_at_two_mrps_asks_which(helper, store, biscuits):
    other = make_listing(store, product=biscuits.product, price=1000, mrp=1100)
    page = text(scan(helper, EAN, htmx=True))
    assert str(other.pk) in page
    assert str(biscuits.pk) in page
    assert 'id="pay"' not in page


def test_tickets_of_two_people_are_apart(helper, manager, biscuits):
    scan(helper, EAN)
    assert 'id="pay"' not in text(manager.get("counter"))


def test_a_long_bill_costs_no_more_queries_than_a_short_one(helper, store, biscuits):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            helper.get("counter")
        return len(captured)

    def sell():
        helper.post("counter-finish", paying(text(helper.get("counter"))))

    scan(helper, EAN)
    sell()
    scan(helper, EAN)
    few = queries()
    sell()
    for _ in range(4):
        helper.post("counter-ring-up", {"listing": make_listing(store).pk})
    assert queries() == few <= 8


@pytest.mark.parametrize(
    ("typed", "grams"), [("735", 735), ("1.5", 1500), ("0.5", 500), ("2 kg", 2000)]
)
def test_a_weight_is_read_as_it_stands_on_the_scale(helper, dal, typed, grams):
    """1.5 is no gram and a half, and 0.5 takes nothing off the bill."""
    helper.post("counter-ring-up", {"listing": str(dal.pk)})
    page = helper.post("counter-line", {"listing": str(dal.pk), "quantity": typed}, follow=True)
    assert f'value="{grams}"' in page.content.decode()


@pytest.mark.parametrize("given", ["10", "0", "१०", "10.99"])
def test_less_cash_than_the_bill_sells_nothing_and_loses_nothing(helper, biscuits, given):
    scan(helper, EAN)
    form = paying(text(helper.get("counter")), given=given)
    answer = helper.post("counter-finish", form)
    assert answer.status_code == 422
    assert "is less than the bill of ₹11: ₹" in text(answer)
    assert re.search(rf'name="given"\s+value="{given}"', text(answer))
    assert not CounterSale.objects.exists()
    assert on_hand(biscuits) == 10
    sold = helper.post("counter-finish", paying(text(answer), given="11"), follow=True)
    assert "Sold for ₹11." in text(sold)


def test_the_missing_cash_is_named(helper, biscuits):
    scan(helper, EAN)
    answer = helper.post("counter-finish", paying(text(helper.get("counter")), given="7.50"))
    assert "₹7.50 is less than the bill of ₹11: ₹3.50 is missing." in text(answer)


def test_cash_that_was_typed_does_not_hinder_paying_by_upi(helper, biscuits):
    scan(helper, EAN)
    form = paying(text(helper.get("counter")), "upi", given="5")
    assert "Sold for ₹10.50." in text(helper.post("counter-finish", form, follow=True))


def test_the_cash_given_is_kept_while_the_shop_is_asked(helper, store, biscuits):
    place_order(store, {biscuits.pk: 10})
    scan(helper, EAN)
    page = text(helper.post("counter-finish", paying(text(helper.get("counter")), given="20")))
    held = page[page.index("Set aside for orders") : page.index("Sell anyway")]
    form = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', held))
    assert "Give back ₹9." in text(helper.post("counter-finish", form, follow=True))
