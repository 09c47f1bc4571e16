"""Every sale over the shop's own counter has its bill, of the shop's series, in the shop's month."""

from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import translation

from marketplace.core.clock import now
from orders import services
from orders.errors import TotalChanged
from orders.invoicing.models import Document, Series
from orders.invoicing.printing import lay_out
from orders.models import CounterSale
from payments.khata.errors import OverLimit
from payments.khata.services import open_khata
from tests.factories import make_listing, make_loose, make_store
from tests.invariants import broken_invariants
from tests.invoicing.test_issuing import SHOP, invoice_of, packed
from tests.invoicing.test_reports import rows
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db


def sell(store, quantities, **changes) -> CounterSale:
    values = {
        "store_id": store.pk,
        "actor": SHOP,
        "idempotency_key": str(uuid4()),
        "lines": [
            services.Wanted(listing.pk, quantity) for listing, quantity in quantities.items()
        ],
        "paid_by": "cash",
    }
    return services.sell_over_counter(**values | changes).sale


def bill_of(sale) -> Document:
    return Document.objects.of_counter(sale).get()


@pytest.fixture
def store(db):
    return make_store(delivery_fee=0)


@pytest.mark.parametrize(
    ("tax_status", "taxed", "untaxed", "kind", "letter"),
    [
        ("regular", True, False, "tax_invoice", "T"),
        ("regular", False, True, "bill_of_supply", "S"),
        ("regular", True, True, "invoice_cum_bill", "M"),
        ("composition", True, True, "bill_of_supply", "S"),
        ("unregistered", True, True, "bill", "B"),
    ],
)
def test_the_kind_follows_the_shop_and_the_goods(db, tax_status, taxed, untaxed, kind, letter):
    gstin = {"gstin": ""} if tax_status == "unregistered" else {}
    store = make_store(tax_status=tax_status, **gstin)
    goods = {}
    if taxed:
        goods[make_listing(store)] = 1
    if untaxed:
        goods[make_loose(store)] = 330
    bill = bill_of(sell(store, goods))
    assert (bill.kind, bill.serial[0], bill.order_id) == (kind, letter, None)
    assert (bill.cgst > 0) == (tax_status == "regular" and taxed)


def test_a_bill_says_what_was_sold_and_paid_in_cash(store):
    sale = sell(store, {make_listing(store, price=25010): 2, make_loose(store): 330})
    bill = bill_of(sale)
    assert (bill.total, bill.content["rounding"]) == (sale.total, sale.rounding) == (51300, -40)
    assert (bill.taxable, bill.cgst, bill.sgst, bill.igst) == (48958, 1191, 1191, 0)
    assert bill.content["buyer"] == {"name": "", "phone": "", "address": ""}
    assert bill.content["place"] == {"code": "07", "state": "Delhi"}
    assert [line["pack"] for line in bill.content["lines"]] == [[5000, "g"], None]
    with translation.override("en"):
        page = lay_out(bill)
    assert page["buyer"] == ["To: cash customer"]
    assert page["sums"] == [["Rounding", "−0.40"]]
    assert page["in_words"] == "Rupees five hundred thirteen only"
    assert not any("Sold through" in note for note in page["notes"])
    assert "Order" not in [name for name, _ in page["facts"]]
    with translation.override("hi"):
        assert lay_out(bill)["buyer"] == ["ग्राहक: नकद"]


def test_a_sale_on_khata_names_who_owes_it(store):
    khata = open_khata(
        store_id=store.pk, phone="9811111111", name="Asha", limit=1_000_00, actor=SHOP
    )
    goods = {make_listing(store): 1}
    bill = bill_of(sell(store, goods, paid_by="khata", khata_id=khata.pk))
    assert bill.content["buyer"] == {"name": "Asha", "phone": khata.phone, "address": ""}
    with pytest.raises(OverLimit):
        sell(store, {make_listing(store): 4}, paid_by="khata", khata_id=khata.pk)
    assert Document.objects.count() == 1


def test_orders_and_the_counter_share_one_series_without_a_gap(store):
    atta = make_listing(store)
    bills = [bill_of(sell(store, {atta: 1}))]
    bills.append(invoice_of(packed(store, {atta.pk: 1})))
    with pytest.raises(TotalChanged):
        sell(store, {atta: 1}, expected_total=1)
    with pytest.raises(RuntimeError), transaction.atomic():
        sell(store, {atta: 1})
        raise RuntimeError
    bills.append(bill_of(sell(store, {atta: 1})))
    assert [bill.number for bill in bills] == [1, 2, 3]
    assert Series.objects.get().last == 3


def test_a_sale_sent_twice_has_one_bill(store):
    atta = make_listing(store)
    for _ in range(2):
        sell(store, {atta: 1}, idempotency_key="till 7")
    assert Document.objects.count() == CounterSale.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_sold_and_packed_at_once_are_numbered_without_a_gap(concurrently):
    store = make_store(delivery_fee=0)
    atta, salt = make_listing(store, on_hand=50), make_listing(store, on_hand=50)
    orders = [place_order(store, {atta.pk: 1}) for _ in range(4)]
    for order in orders:
        services.accept(store_id=store.pk, order_id=order.pk, actor=SHOP)
    concurrently(
        [lambda: str(sell(store, {atta: 1, salt: 1}).total) for _ in range(6)]
        + [
            lambda order=order: str(
                services.pack(store_id=store.pk, order_id=order.pk, actor=SHOP).state
            )
            for order in orders
        ]
    )
    numbers = Document.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 11))
    assert broken_invariants(connection) == []


def test_a_sale_from_before_has_no_bill_and_none_is_invented(store):
    CounterSale.objects.create(
        store=store,
        actor=SHOP,
        idempotency_key="1",
        request_hash="",
        paid_by="cash",
        items_total=100,
        total=100,
        at=now(),
    )
    (found,) = CounterSale.objects.of_store(store.pk).with_bill()
    assert found.bill is None
    with_one = sell(store, {make_listing(store): 1})
    bills = dict(CounterSale.objects.with_bill().values_list("pk", "bill"))
    assert bills == {found.pk: None, with_one.pk: bill_of(with_one).serial}


def test_the_month_has_counter_sales_everywhere_but_in_what_came_through_us(store):
    atta = make_listing(store)
    sell(store, {atta: 2})
    packed(store, {atta.pk: 1})
    assert rows(store, "b2cs") == [["OE", "07-Delhi", "5", "", "714.30", "0.00", ""]]
    assert rows(store, "hsn")[0][3:5] == ["3.00", "750.00"]
    assert [row[3] for row in rows(store, "docs")] == [2]
    assert sorted(row[-1] for row in rows(store, "register")) == ["250.00", "500.00"]
    assert rows(store, "eco") == [
        [
            "Liable to collect tax u/s 52(TCS)",
            "07AAECN4321K1ZI",
            "Nukkad Bazaar Private Limited",
            "238.10",
            "0.00",
            "5.95",
            "5.95",
            "0.00",
        ]
    ]


def test_a_month_of_the_counter_alone_has_nothing_through_us(store):
    sell(store, {make_listing(store): 1})
    assert rows(store, "eco") == []
