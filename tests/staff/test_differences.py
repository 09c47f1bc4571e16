"""Staff settle a difference with the bank on its page, and send back what came for nothing."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from marketplace.core.models import OutboxEntry
from payments.upi.models import Difference, Receipt, ReconciledDay, Refund
from tests.factories import make_store
from tests.staff.forms import submit
from tests.upi.words import balances

pytestmark = pytest.mark.django_db

LIST = "admin:upi_difference_changelist"
DAY = date(2026, 11, 20)
ROW = {"at": "2026-11-20T09:30:00+05:30", "rrn": "632600000001", "counterparty_vpa": "asha@nkbank"}


@pytest.fixture
def store():
    return make_store(slug="sharma-general-store")


@pytest.fixture
def stray():
    return Difference.objects.create(
        day=DAY,
        kind="not_ours",
        movement="payment",
        bank_reference="NKB1",
        theirs=75_00,
        bank_row=ROW,
    )


def listed(staff, **asked):
    return list(staff.get(reverse(LIST), asked).context["cl"].result_list)


def settle(staff, difference, **answers):
    url = reverse("admin:upi_difference_change", args=[difference.pk])
    return submit(staff, url, "difference", **answers)


def test_a_stray_payment_is_taken_in_for_a_shop_and_sent_back(staff, member, store, stray):
    assert "₹75" in staff.get(reverse(LIST)).text
    answers = {"settled": "taken_in", "shop": store.slug, "note": "UPI app of Asha, 20 Nov"}
    assert settle(staff, stray, **answers).status_code == 302
    stray.refresh_from_db()
    assert (stray.settled, stray.settled_by, stray.store_id) == ("taken_in", member.pk, store.pk)
    receipt = Receipt.objects.get(store_id=store.pk)
    assert (receipt.completed_at, receipt.rrn) == (
        datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
        "632600000001",
    )

    answer = staff.post(
        reverse("admin:upi_receipt_changelist"),
        {"action": "send_back", "_selected_action": [str(receipt.pk)]},
    )
    assert answer.status_code == 302
    assert Refund.objects.get().amount == 75_00
    assert OutboxEntry.objects.filter(event="refund.asked").count() == 1
    assert balances(store.pk) == {"psp_clearing": 75_00, "refund_in_transit": -75_00}


def test_what_is_settled_leaves_the_list_and_is_only_read(staff, store, stray):
    settle(staff, stray, settled="booked", shop=store.slug, note="the bank's own correction")
    assert listed(staff) == []
    assert listed(staff, state="settled") == listed(staff, state="all") == [stray]
    url = reverse("admin:upi_difference_change", args=[stray.pk])
    assert "correction" in staff.get(url).text
    assert staff.post(url, {"settled": "shop", "note": "no"}).status_code == 403
    assert balances(store.pk) == {"psp_clearing": 75_00, "bank_differences": -75_00}


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"note": ""}, "note"),
        ({"shop": ""}, "shop"),
        ({"shop": "no-such-shop"}, "shop"),
        ({"settled": "other_day"}, "settled"),
    ],
)
def test_a_mistake_comes_back_in_the_form(staff, refused, store, stray, answers, field):
    good = {"settled": "taken_in", "shop": store.slug, "note": "why"}
    assert list(refused(settle(staff, stray, **good | answers))) == [field]
    stray.refresh_from_db()
    assert stray.settled == ""


def test_only_a_stray_payment_can_be_taken_in_and_a_known_shop_is_not_asked(staff, store):
    short = Difference.objects.create(
        day=DAY,
        kind="amount",
        movement="refund",
        bank_reference="r1",
        store_id=store.pk,
        ours=100,
        theirs=101,
    )
    form = staff.get(reverse("admin:upi_difference_change", args=[short.pk]))
    assert 'value="taken_in"' not in form.text
    assert 'name="shop"' not in form.text
    assert settle(staff, short, settled="shop", note="agreed with the shop").status_code == 302
    assert balances(store.pk) == {"psp_clearing": -1, "payable": 1}


def test_a_day_is_compared_with_the_bank_once_more(staff, settings):
    settings.BANK_URL = "http://127.0.0.1:1"
    ReconciledDay.objects.create(day=DAY, matched=3, file_net=500, books_net=400)
    url = reverse("admin:upi_reconciledday_changelist")
    assert "₹1" in staff.get(url).text, "what is left between the two"
    answer = staff.post(
        url, {"action": "compare_again", "_selected_action": [str(DAY)]}, follow=True
    )
    assert "2026-11-20: " in answer.text, "the bank does not answer"
