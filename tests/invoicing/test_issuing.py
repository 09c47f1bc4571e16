"""Which document an order takes, its number, and what stands on it."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from marketplace.core.clock import travel
from orders import services
from orders.invoicing.models import Document, Kind, Series
from orders.models import Order, Return
from tests.factories import make_listing, make_loose, make_product, make_store
from tests.invariants import broken_invariants
from tests.orders.building import deliver_order, place_order

SHOP = "person:shopkeeper"


def packed(store, wanted, weights=None, **changes) -> Order:
    order = place_order(store, wanted, **changes)
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    services.accept(**about)
    return services.pack(**about, weights=weights or {})


def give_back(order: Order, quantity: int, **changes) -> Return:
    """Base units of its only line come back, and the shop takes them."""
    about = {"store_id": order.store_id, "order_id": order.pk, "actor": SHOP}
    lines = {order.lines.get().pk: quantity}
    asked = services.ask_return(**about, lines=lines, **{"reason": "not_needed"} | changes)
    return services.take_return(**about, return_id=asked.pk)


def invoice_of(order: Order) -> Document:
    return Document.objects.of_order(order).exclude(kind=Kind.CREDIT_NOTE).get()


@pytest.fixture
def store(db):
    """A regular taxpayer in Delhi."""
    return make_store(delivery_fee=2000)


def test_a_tax_invoice_says_what_was_packed_and_its_tax(store):
    atta = make_listing(store, price=25000)
    order = packed(store, {atta.pk: 2})
    invoice = invoice_of(order)
    assert (invoice.kind, invoice.number, invoice.total) == ("tax_invoice", 1, 52000)
    line = order.lines.get()
    assert line.gst_bps == 500
    assert (invoice.taxable, invoice.cgst, invoice.sgst, invoice.igst) == (49524, 1238, 1238, 0)
    content = invoice.content
    assert content["seller"]["gstin"] == store.gstin
    assert content["place"] == {"code": "07", "state": "Delhi"}
    assert content["buyer"]["name"] == "Asha"
    assert (content["order"], content["rounding"]) == (order.number, 0)
    assert [(each["quantity"], each["amount"]) for each in content["lines"]] == [
        (2, 50000),
        (0, 2000),
    ]


def test_what_was_weighed_is_invoiced_and_what_was_left_out_is_not(store):
    potato, tea = make_loose(store), make_listing(store)
    order = place_order(store, {potato.pk: 1000, tea.pk: 1})
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    services.accept(**about)
    services.mark_unavailable(**about, line_id=order.lines.get(listing=tea).pk)
    order = services.pack(**about, weights={potato.pk: 950})
    invoice = invoice_of(order)
    assert [(each["quantity"], each["amount"]) for each in invoice.content["lines"]] == [
        (950, 3800),
        (0, 2000),
    ]
    assert invoice.total == order.total


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
def test_the_kind_follows_the_shop_and_the_basket(db, tax_status, taxed, untaxed, kind, letter):
    gstin = {"gstin": ""} if tax_status == "unregistered" else {}
    store = make_store(tax_status=tax_status, **gstin)
    wanted, weights = {}, {}
    if taxed:
        wanted[make_listing(store).pk] = 1
    if untaxed:
        loose = make_loose(store)
        wanted[loose.pk] = weights[loose.pk] = 1000
    invoice = invoice_of(packed(store, wanted, weights))
    assert (invoice.kind, invoice.serial[0]) == (kind, letter)
    assert (invoice.cgst > 0) == (tax_status == "regular" and taxed)
    assert invoice.content["composition"] == (tax_status == "composition")
    assert len(invoice.serial) <= 16


def test_goods_that_cross_into_another_state_bear_igst(store):
    store.delivery_pincodes = ["201301"]
    store.save()
    atta = make_listing(store, price=25000)
    noida = services.DeliveryAddress(text="Sector 18", pincode="201301")
    invoice = invoice_of(packed(store, {atta.pk: 2}, address=noida))
    assert (invoice.taxable, invoice.cgst, invoice.sgst, invoice.igst) == (49524, 0, 0, 2476)
    assert invoice.content["place"] == {"code": "09", "state": "Uttar Pradesh"}
    collected = packed(store, {atta.pk: 2}, fulfilment="pickup", address=None)
    assert invoice_of(collected).igst == 0


def test_numbers_begin_anew_each_financial_year(store):
    tea = make_listing(store)
    with travel(to=datetime(2027, 3, 31, 18, 29, tzinfo=UTC)):
        last = invoice_of(packed(store, {tea.pk: 1}))
    with travel(to=datetime(2027, 3, 31, 18, 31, tzinfo=UTC)):
        first, second = (invoice_of(packed(store, {tea.pk: 1})) for _ in range(2))
    assert [each.number for each in (last, first, second)] == [1, 1, 2]
    assert (last.serial[:3], first.serial[:3]) == ("T26", "T27")
    assert str(first.issued_on) == "2027-04-01"
    assert first.serial == f"T27-{first.serial[4:6]}-000001"


def test_shops_of_one_gstin_never_share_a_serial(store):
    others = [make_store(gstin=store.gstin) for _ in range(40)]
    serials = [
        invoice_of(packed(shop, {make_listing(shop).pk: 1})).serial for shop in (store, *others)
    ]
    assert len(set(serials)) == 41


def test_a_number_of_a_packing_that_failed_is_used_by_the_next(store):
    tea = make_listing(store)
    order = place_order(store, {tea.pk: 1})
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    services.accept(**about)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.pack(**about)
        raise RuntimeError
    assert not Document.objects.exists()
    assert invoice_of(packed(store, {tea.pk: 1})).number == 1
    assert services.pack(**about).documents.get().number == 2


@pytest.mark.django_db(transaction=True)
def test_many_packed_at_once_are_numbered_without_a_gap(concurrently):
    store = make_store()
    tea = make_listing(store, on_hand=50)
    orders = [place_order(store, {tea.pk: 1}) for _ in range(12)]
    for order in orders:
        services.accept(store_id=store.pk, order_id=order.pk, actor=SHOP)
    concurrently(
        [
            lambda order=order: str(
                services.pack(store_id=store.pk, order_id=order.pk, actor=SHOP).state
            )
            for order in orders
        ]
    )
    numbers = Document.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 13))
    assert Series.objects.get().last == 12
    assert broken_invariants(connection) == []


def test_a_return_has_a_credit_note_and_all_of_them_add_up_to_the_invoice(store):
    atta = make_listing(store, price=3333, mrp=None, on_hand=10)
    order = deliver_order(store, {atta.pk: 3}, payment_method="upi")
    notes = []
    for _ in range(3):
        taken = give_back(order, 1, reason="damaged")
        note = Document.objects.get(reference=taken.pk)
        assert note.total == taken.amount
        notes.append(note)
    invoice = invoice_of(order)
    assert {note.amends for note in notes} == {invoice}
    assert [note.number for note in notes] == [1, 2, 3]
    for name in ("taxable", "cgst", "sgst", "total"):
        assert sum(getattr(note, name) for note in notes) == getattr(invoice, name)


def test_only_what_the_shop_takes_of_a_return_is_credited(store):
    atta = make_listing(store, price=3333, mrp=None, on_hand=10)
    order = deliver_order(store, {atta.pk: 3}, payment_method="upi")
    line = order.lines.get()
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    asked = services.ask_return(**about, reason="not_needed", lines={line.pk: 3})
    services.take_return(
        **about, return_id=asked.pk, accepted={line.pk: 2}, reason="one was opened"
    )
    note = Document.objects.get(kind="credit_note")
    assert (note.reference, note.total) == (asked.pk, 6666)
    assert [each["quantity"] for each in note.content["lines"]] == [2]


def test_a_cash_return_is_credited_to_the_rupee(store):
    atta = make_listing(store, price=3333, mrp=None, on_hand=10)
    order = deliver_order(store, {atta.pk: 3})
    note = Document.objects.get(reference=give_back(order, 1).pk)
    assert (note.total, note.content["rounding"]) == (3300, -33)


def test_a_packed_order_that_is_called_off_is_credited_whole(store):
    order = packed(store, {make_listing(store).pk: 1})
    services.cancel(store_id=store.pk, order_id=order.pk, actor=SHOP, reason="nobody home")
    invoice, note = Document.objects.of_order(order)
    assert (note.kind, note.amends, note.total) == ("credit_note", invoice, invoice.total)
    assert (note.taxable, note.cgst) == (invoice.taxable, invoice.cgst)


def test_an_order_called_off_before_it_is_packed_has_no_document(store):
    order = place_order(store, {make_listing(store).pk: 1})
    services.cancel(store_id=store.pk, order_id=order.pk, actor=SHOP, reason="sold out")
    assert not Document.objects.exists()
    assert not Series.objects.exists()


def test_documents_are_never_changed(store):
    invoice = invoice_of(packed(store, {make_listing(store).pk: 1}))
    for change in (
        lambda: Document.objects.update(total=1),
        lambda: Document.objects.all().delete(),
        lambda: invoice.save(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Document.objects.get().total == invoice.total


def test_an_invoice_costs_three_statements(store):
    """The place of supply, the number, the document."""
    tea = make_listing(store)
    packed(store, {tea.pk: 1})
    order = place_order(store, {tea.pk: 1})
    about = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
    services.accept(**about)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        services.pack(**about)
    mine = [
        query["sql"]
        for query in asked
        if "invoicing_" in query["sql"] or "shops_pincode" in query["sql"]
    ]
    assert len(mine) == 3


def test_the_buyers_name_and_the_shops_survive_on_the_document(store):
    order = packed(store, {make_listing(store, product=make_product(name="Salt")).pk: 1})
    store.name, store.legal_name = "Another name", "Somebody else"
    store.save()
    content = invoice_of(order).content
    assert content["seller"]["legal_name"] != "Somebody else"
    assert content["lines"][0]["name"] == "Salt"
