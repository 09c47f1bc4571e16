"""The delivery bears the tax of the goods that it brings, on every paper and in the books."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders import services
from orders.delivery_fee import share_fee
from orders.invoicing import reports
from orders.invoicing.drafting import fee_as_charged
from orders.invoicing.models import Document
from orders.models import OrderLine
from payments.ledger.selectors import balance
from tests.factories import make_listing, make_loose, make_product, make_store
from tests.invoicing.test_issuing import give_back, invoice_of, packed
from tests.invoicing.test_reports import rows
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db

TAXES = ("taxable", "cgst", "sgst", "total")


def line(amount: int, bps: int) -> OrderLine:
    return OrderLine(state="picked", amount=amount, gst_bps=bps, hsn=f"{bps:04d}", unit="pc")


def delivery(document: Document) -> list[tuple[int, int, int, int]]:
    """Rate, taxable value, one half of the tax and amount of each part of the delivery."""
    return [
        (each["gst_bps"], each["taxable"], each["cgst"], each["amount"])
        for each in document.content["lines"]
        if each.get("delivery")
    ]


def test_a_fee_is_divided_by_the_worth_of_the_goods_of_each_rate():
    goods = [line(300_00, 500), line(100_00, 1800), line(200_00, 500), line(50_00, 0)]
    shares = share_fee(30_00, goods)
    # 50 : 500 : 100 of 30.00
    assert [(each.principal, each.amount) for each in shares] == [
        (goods[3], 2_31),
        (goods[0], 23_07),
        (goods[1], 4_62),
    ]
    assert [(each.tax.taxable, each.tax.cgst) for each in shares] == [
        (2_31, 0),
        (21_97, 55),
        (3_92, 35),
    ]


@given(
    fee=st.integers(0, 500_00),
    goods=st.lists(
        st.tuples(st.integers(0, 10_000_00), st.sampled_from([0, 500, 1800, 4000])), min_size=1
    ),
)
def test_the_shares_are_the_fee(fee, goods):
    shares = share_fee(fee, [line(*each) for each in goods])
    assert sum(each.amount for each in shares) == fee
    for each in shares:
        assert each.tax.taxable + each.tax.cgst + each.tax.sgst == each.amount > 0


def test_what_was_left_out_brings_no_tax():
    out = OrderLine(state="removed", amount=0, gst_bps=1800)
    assert [each.amount for each in share_fee(20_00, [out, line(100_00, 500)])] == [20_00]


def test_a_basket_of_two_rates_taxes_its_delivery_at_both_and_collects_tcs_on_it():
    store = make_store(delivery_fee=3000)
    atta, potato = make_listing(store, price=25000), make_loose(store)
    order = deliver_order(store, {atta.pk: 1, potato.pk: 1000}, payment_method="upi")
    invoice = invoice_of(order)
    # 250.00 at 5 % and 40.00 at none: 4.14 and 25.86 of the 30.00
    assert delivery(invoice) == [(0, 414, 0, 414), (500, 2462, 62, 2586)]
    assert invoice.taxable == 23810 + 4000 + 414 + 2462
    assert order.fee_taxable == 414 + 2462
    # half a per cent of 306.86
    assert balance(store.pk, "tcs_payable") == -153
    assert invoice.total == order.total == 32000


@pytest.mark.parametrize("status", ["composition", "unregistered"])
def test_a_shop_that_charges_no_gst_delivers_without(status):
    gstin = {"gstin": ""} if status == "unregistered" else {}
    store = make_store(tax_status=status, **gstin)
    invoice = invoice_of(packed(store, {make_listing(store).pk: 1}))
    assert delivery(invoice) == [(0, 2000, 0, 2000)]
    assert (invoice.cgst, invoice.total) == (0, 27000)


def test_a_fee_that_goes_back_is_credited_with_its_tax_and_all_adds_up():
    store = make_store(delivery_fee=1999)
    atta = make_listing(store, price=3333, mrp=None)
    order = deliver_order(store, {atta.pk: 3}, payment_method="upi")
    notes = [
        Document.objects.get(reference=give_back(order, n, reason="damaged").pk) for n in (1, 2)
    ]
    invoice = invoice_of(order)
    assert [delivery(note) for note in notes] == [[], delivery(invoice)]
    for name in TAXES:
        assert sum(getattr(note, name) for note in notes) == getattr(invoice, name)
    assert balance(store.pk, "tcs_payable") == 0


def test_a_fee_that_is_kept_stays_taxed():
    store = make_store(delivery_fee=2000)
    order = deliver_order(store, {make_listing(store).pk: 1}, payment_method="upi")
    note = Document.objects.get(reference=give_back(order, 1).pk)
    assert delivery(note) == []
    # half a per cent of 19.04
    assert balance(store.pk, "tcs_payable") == -10


def test_across_states_the_delivery_bears_igst_too():
    store = make_store(delivery_pincodes=["201301"])
    noida = services.DeliveryAddress(text="Sector 18", pincode="201301")
    invoice = invoice_of(packed(store, {make_listing(store).pk: 2}, address=noida))
    assert [each["igst"] for each in invoice.content["lines"]] == [2380, 96]


def test_a_fee_goes_back_as_it_was_charged():
    goods, share = {"amount": 25000}, {"delivery": True, "amount": 2000}
    assert fee_as_charged({"lines": [goods, share]}, 2000) == ([share], 0)
    assert fee_as_charged({"lines": [goods, share]}, 0) == ([], 0)
    # charged before the delivery had tax of its own
    assert fee_as_charged({"lines": [goods], "delivery_fee": 2000}, 2000) == ([], 2000)


def test_the_month_has_the_delivery_at_the_rate_and_under_the_hsn_of_its_goods():
    store = make_store(delivery_fee=3000)
    atta = make_listing(store, product=make_product(hsn="1101"), price=25000)
    packed(store, {atta.pk: 1})
    assert [row[4] for row in rows(store, "b2cs")] == ["266.68"]
    ((code, _, uqc, quantity, value, *_),) = rows(store, "hsn")
    assert (code, uqc, quantity, value) == ("1101", "PCS-PIECES", "1.00", "280.00")
    assert reports.in_rupees(invoice_of_month(store).taxable) == "266.68"


def invoice_of_month(store) -> Document:
    return Document.objects.of_store(store.pk).get()
