"""Staff can look the books up; that they change nothing is proved in tests/staff."""

import csv
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from marketplace.accounts.models import Person
from marketplace.core.ids import uuid7
from payments.ledger.closing import close_day, seal_store
from payments.ledger.models import Account, Kind, Seal, Txn
from payments.ledger.services import Leg, post
from tests.factories import make_store
from tests.ledger.conftest import DAY

pytestmark = pytest.mark.django_db

NEXT = DAY + timedelta(days=1)


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


@pytest.fixture
def shop(db):
    return make_store(name="Sharma Store", slug="sharma")


@pytest.fixture
def posted(shop):
    """₹1,000 came in on DAY and ₹250 the day after; the first day is closed and sealed."""
    for n, (day, amount) in enumerate([(DAY, 1000_00), (NEXT, 250_00)]):
        post(
            store_id=shop.pk,
            key=str(n),
            kind=Kind.CAPTURE,
            business_date=day,
            legs=[Leg(Account.PSP_CLEARING, amount), Leg(Account.CUSTOMER_DEPOSIT, -amount)],
        )
    close_day(day=DAY)
    seal_store(store_id=shop.pk)


def rows(answer):
    """The cells of the report's table, as text."""
    return [
        [re.sub(r"<[^>]+>", "", str(cell)) for cell in row]
        for row in answer.context["table"]["rows"]
    ]


def test_the_trial_balance_of_a_day_of_one_shop_and_of_all(staff, shop, posted):
    address = reverse("ledger:trial-balance")
    answer = staff.get(address, {"shop": "sharma", "on": DAY})
    assert rows(answer) == [
        ["money at the payment provider", "₹1,000", ""],
        ["customers' deposits".replace("'", "&#x27;"), "", "₹1,000"],
        ["Total", "₹1,000", "₹1,000"],
    ]
    assert rows(staff.get(address))[-1] == ["Total", "₹1,250", "₹1,250"]
    assert "Nothing had been posted" in staff.get(address, {"on": DAY - timedelta(days=1)}).text


def test_an_account_statement_opens_moves_and_closes(staff, shop, posted):
    asked = {"shop": str(shop.pk), "account": "psp_clearing", "first": NEXT, "last": NEXT}
    answer = staff.get(reverse("ledger:account"), asked)
    assert rows(answer) == [
        ["22 Nov 2026", "Opening balance", "", "", "₹1,000 debit"],
        ["22 Nov 2026", "payment received", "₹250", "", "₹1,250 debit"],
        ["22 Nov 2026", "Closing balance", "", "", "₹1,250 debit"],
    ]


def test_an_account_statement_is_had_as_a_file(staff, shop, posted):
    asked = {"shop": "sharma", "account": "customer_deposit", "first": DAY, "last": NEXT}
    page = staff.get(reverse("ledger:account"), asked)
    assert page.context["file"].endswith("&csv=1")
    answer = staff.get(reverse("ledger:account") + page.context["file"])
    assert f"sharma-customer_deposit-{DAY}-{NEXT}.csv" in answer["Content-Disposition"]
    lines = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert [(line[1], *line[4:]) for line in lines[1:]] == [
        ("opening balance", "", "", "0.00"),
        ("capture", "0", "-1000.00", "-1000.00"),
        ("capture", "1", "-250.00", "-1250.00"),
        ("closing balance", "", "", "-1250.00"),
    ]


def test_what_is_too_long_for_a_file_asks_for_a_shorter_time(staff, shop, posted, monkeypatch):
    monkeypatch.setattr("payments.ledger.reports.MOST_IN_FILE", 1)
    asked = {"shop": "sharma", "account": "customer_deposit", "first": DAY, "last": NEXT, "csv": 1}
    assert "Choose a shorter time." in staff.get(reverse("ledger:account"), asked).text


def test_the_journal_lists_each_posting_with_its_legs(staff, shop, posted):
    answer = staff.get(reverse("ledger:journal"), {"shop": "sharma", "on": NEXT})
    assert [row[:2] for row in rows(answer)] == [["Sharma Store", "payment received"], ["", ""]]
    assert [row[3:] for row in rows(answer)] == [["₹250", ""], ["", "₹250"]]


def test_the_journal_costs_no_more_for_more_postings(
    staff, shop, posted, django_assert_max_num_queries
):
    for n in range(60):
        post(
            store_id=shop.pk,
            key=f"more-{n}",
            kind=Kind.CAPTURE,
            business_date=NEXT,
            legs=[Leg(Account.PSP_CLEARING, 100), Leg(Account.CUSTOMER_DEPOSIT, -100)],
        )
    address = reverse("ledger:journal")
    with django_assert_max_num_queries(9):
        first = staff.get(address, {"on": NEXT})
    second = staff.get(address + first.context["pages"]["next"])
    assert (len(rows(first)), len(rows(second))) == (100, 22)


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"shop": "nowhere", "account": "bank"}, "There is no shop “nowhere”."),
        ({"shop": "sharma", "account": "cash_box"}, "cash_box"),
        (
            {"shop": "sharma", "account": "bank", "first": NEXT, "last": DAY},
            "The first day comes after the last.",
        ),
        ({"shop": "sharma", "account": "bank", "first": "someday"}, "Enter a valid date."),
    ],
)
def test_a_question_that_cannot_be_answered_is_told_why(staff, shop, asked, problem):
    answer = staff.get(reverse("ledger:account"), asked)
    assert answer.status_code == 422
    assert problem in answer.text


@pytest.mark.parametrize("page", ["trial-balance", "account", "journal"])
def test_the_reports_are_read_by_staff_and_nobody_writes_there(client, staff, page):
    address = reverse(f"ledger:{page}")
    assert staff.post(address).status_code == 405
    client.force_login(Person.objects.create(name="Nobody", language="en"))
    assert client.get(address).status_code in {302, 403}


def test_a_seal_shows_its_digest(staff, shop, posted):
    seal = Seal.objects.get()
    text = staff.get(reverse("admin:ledger_seal_change", args=[seal.pk])).text
    assert bytes(seal.digest).hex() in text
