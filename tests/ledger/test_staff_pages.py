"""Staff can look the books up; that they change nothing is proved in tests/staff."""

import pytest
from django.urls import reverse

from marketplace.accounts.models import Person
from marketplace.core.ids import uuid7
from payments.ledger.models import Account, Kind, Txn
from payments.ledger.services import Leg, post
from tests.ledger.conftest import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(
        Person.objects.create(name="Meena", is_staff=True, is_superuser=True, language="en")
    )
    return client


@pytest.fixture
def sale(store_id):
    txn_id = post(
        store_id=store_id,
        key="order:1",
        kind=Kind.DELIVERY,
        business_date=DAY,
        reference=uuid7(),
        legs=[Leg(Account.CUSTOMER_DEPOSIT, 1234_50), Leg(Account.PAYABLE, -1234_50)],
    )
    return Txn.objects.get(pk=txn_id)


def found(staff, model, text):
    page = staff.get(reverse(f"admin:ledger_{model}_changelist"), {"q": text})
    return list(page.context["cl"].queryset)


def test_a_transaction_shows_its_legs_in_rupees(staff, sale):
    text = staff.get(reverse("admin:ledger_txn_change", args=[sale.pk])).text
    assert "₹1,234.50" in text
    assert "123450" not in text


def test_a_transaction_is_found_by_its_ids_and_key(staff, sale):
    for text in (sale.pk, sale.store_id, sale.reference, "order:1"):
        assert found(staff, "txn", str(text)) == [sale], text
    for text in (uuid7(), "order:2", "1"):
        assert found(staff, "txn", str(text)) == [], text


@pytest.mark.parametrize("model", ["balance", "unsettledleg"])
def test_a_shops_balance_and_queue_are_found_by_its_id(staff, sale, model):
    assert len(found(staff, model, str(sale.store_id))) == 1
    assert found(staff, model, str(uuid7())) == []


@pytest.mark.parametrize("model", ["balance", "unsettledleg"])
def test_balance_and_queue_show_rupees(staff, sale, model):
    (row,) = found(staff, model, str(sale.store_id))
    text = staff.get(reverse(f"admin:ledger_{model}_change", args=[row.pk])).text
    assert "₹1,234.50" in text
    assert "123450" not in text
