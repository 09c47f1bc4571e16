"""A customer's invoices."""

import pytest

from orders.invoicing.models import Document
from tests.factories import make_listing
from tests.orders.building import deliver_order, place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(store, asha):
    wanted = {make_listing(store).pk: 1}
    return deliver_order(store, wanted, person_id=asha.pk, actor=f"person:{asha.pk}")


def test_the_invoice_stands_on_the_order_and_opens_when_it_is_made(customer, order, deliver_due):
    invoice = Document.objects.of_order(order).get()
    address = f"/orders/{order.pk}/documents/{invoice.pk}/"
    assert f'href="{address}"' in customer.get(f"/orders/{order.pk}/").content.decode()
    waiting = customer.get(address)
    assert waiting.status_code == 202
    assert '<meta http-equiv="refresh" content="1">' in waiting.content.decode()
    deliver_due()
    answer = customer.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"] == f'inline; filename="{invoice.serial}.pdf"'
    assert answer.content.startswith(b"%PDF-")


def test_nobody_else_reads_it(customer, visitor, store, order):
    invoice = Document.objects.of_order(order).get()
    strangers = place_order(store, {make_listing(store).pk: 1})
    assert customer.get(f"/orders/{strangers.pk}/documents/{invoice.pk}/").status_code == 404
    strangers = deliver_order(store, {make_listing(store).pk: 1})
    theirs = Document.objects.of_order(strangers).get()
    assert customer.get(f"/orders/{order.pk}/documents/{theirs.pk}/").status_code == 404


def test_an_order_that_is_not_packed_shows_none(customer, asha, store):
    order = place_order(store, {make_listing(store).pk: 1}, person_id=asha.pk)
    assert "(PDF)" not in customer.get(f"/orders/{order.pk}/").content.decode()
