"""The counter's QR from the shop's phone: made, shown, and each payment decided."""

import re
from datetime import timedelta

import pytest

from marketplace.core.clock import now
from payments.ledger.models import Account
from payments.ledger.selectors import balance
from payments.settlement.selectors import statement
from payments.settlement.services import settle_store
from payments.upi.models import Receipt, Refund, ShopQr
from payments.upi.services import apply_bank_event, keep_for_shop
from tests.dashboard.shopkeeper import text
from tests.orders.building import place_order
from tests.upi.words import counter_word

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop_qr(store):
    return ShopQr.objects.create(store_id=store.pk, vpa="nukkad.7f3k92qa@nkbank", opened_at=now())


@pytest.fixture
def come(shop_qr):
    """`come(paise)`: Ravi pays so much at the counter."""

    def pay(amount=75_00, **changes):
        apply_bank_event(word=counter_word(shop_qr, amount, **changes))
        return Receipt.objects.latest("id")

    return pay


def test_a_shop_without_one_is_offered_it(owner):
    page = text(owner.get("counter-qr"))
    assert "Make my counter QR" in page
    assert 'class="qr"' not in page


def test_one_that_the_bank_does_not_know_yet_is_not_printed(owner, shop_qr):
    ShopQr.objects.update(opened_at=None)
    assert "Make my counter QR" in text(owner.get("counter-qr"))


@pytest.mark.django_db(transaction=True)
def test_it_is_made_with_a_tap_and_a_second_tap_makes_no_other(live_bank, owner, store):
    for _ in range(2):
        assert owner.post("counter-qr-make")["Location"] == owner.url("counter-qr")
    shop_qr = ShopQr.objects.get(store_id=store.pk)
    page = text(owner.get("counter-qr"))
    assert shop_qr.vpa in page
    assert 'class="qr"' in page
    assert live_bank.get(f"/v1/aliases/{shop_qr.vpa}").json()["name"] == store.name


@pytest.mark.django_db(transaction=True)
def test_a_bank_that_does_not_answer_is_said(live_bank, owner):
    live_bank.next("api_5xx", operation="query")
    answer = owner.post("counter-qr-make", follow=True)
    assert "The bank does not answer just now." in text(answer)
    assert "Make my counter QR" in text(answer)


def test_each_payment_says_what_became_of_it(owner, store, listing, come):
    order = place_order(
        store, {listing.pk: 1}, payment_method="upi", fulfilment="pickup", address=None
    )
    come(order.total)
    come(75_00)
    page = text(owner.get("counter-qr"))
    for wanted in ("₹250", "for an order", order.number, "₹75", "to be decided", "ravi@nkbank"):
        assert wanted in page
    assert page.index("₹75") < page.index("₹250")


def test_kept_it_comes_with_the_next_payout_without_commission(owner, store, come):
    receipt = come()
    for _ in range(2):
        answer = owner.post("counter-qr-keep", receipt_id=receipt.pk, follow=True)
    assert "₹75 is for the shop and comes with your next payout." in text(answer)
    receipt.refresh_from_db()
    assert (receipt.outcome, receipt.kept_by) == ("kept", f"person:{owner.person.pk}")
    assert -balance(store.pk, Account.PAYABLE) == 75_00
    settled = settle_store(store_id=store.pk, upto=now().date() + timedelta(days=1))
    totals = statement(settled).totals
    assert (totals.counter_qr, totals.commission, totals.net) == (75_00, 0, 75_00)
    page = text(owner.get("settlement", settlement_id=settled.pk))
    assert "paid at your counter, passed on whole" in page


def test_sent_back_once_and_then_not_kept(owner, come):
    receipt = come()
    for _ in range(2):
        answer = owner.post("counter-qr-return", receipt_id=receipt.pk, follow=True)
        assert "₹75 goes back to ravi@nkbank." in text(answer)
    assert "sent back" in text(answer)
    assert Refund.objects.get().amount == 75_00
    kept = owner.post("counter-qr-keep", receipt_id=receipt.pk, follow=True)
    assert "has been decided already: sent back" in text(kept)
    assert balance(receipt.store_id, Account.PAYABLE) == 0


def test_kept_it_is_not_sent_back(owner, come):
    receipt = come()
    owner.post("counter-qr-keep", receipt_id=receipt.pk)
    answer = owner.post("counter-qr-return", receipt_id=receipt.pk, follow=True)
    assert "counted already" in text(answer)
    assert not Refund.objects.exists()


def test_what_is_decided_shows_no_buttons(owner, come):
    keep_for_shop(store_id=come().store_id, receipt_id=come().pk, actor="person:x")
    page = text(owner.get("counter-qr"))
    assert len(re.findall(r"/keep/", page)) == 1


def test_a_payment_of_another_shop_is_not_found(owner, come):
    receipt = come()
    ShopQr.objects.update(store_id="01981f00-0000-7000-8000-000000000000")
    Receipt.objects.update(store_id="01981f00-0000-7000-8000-000000000000")
    for screen in ("counter-qr-keep", "counter-qr-return"):
        assert owner.post(screen, receipt_id=receipt.pk).status_code == 404
    assert "₹75" not in text(owner.get("counter-qr-news"))


def test_it_is_the_owners_alone(manager, come):
    receipt = come()
    assert manager.get("counter-qr").status_code == 403
    assert manager.post("counter-qr-keep", receipt_id=receipt.pk).status_code == 403
    assert "counter-qr/" not in text(manager.get("counter"))
    receipt.refresh_from_db()
    assert receipt.outcome == "unapplied"


def test_the_open_page_hears_of_what_comes(owner, come):
    first = come()
    page = text(owner.get("counter-qr"))
    assert f"news/?newest={first.pk}" in page
    query = f"?newest={first.pk}"
    assert "received" not in text(owner.get("counter-qr-news", query))
    come(80_50, payer_vpa="asha@nkbank")
    told = text(owner.get("counter-qr-news", query))
    assert "₹80.50 received from asha@nkbank" in told
    assert "₹75" not in told


def test_the_list_goes_on_page_by_page(owner, come):
    for n in range(31):
        come(100 + n)
    page = text(owner.get("counter-qr"))
    assert page.count('class="chip chip-wait"') == 30
    following = re.search(r'href="(\?after=[^"]+)"', page)[1]
    rest = text(owner.get("counter-qr", following))
    assert rest.count('class="chip chip-wait"') == 1
    assert "news/" not in rest


@pytest.mark.parametrize("payments", [1, 8])
def test_the_page_costs_the_same_for_few_and_many(
    owner, store, listing, come, payments, django_assert_num_queries
):
    for n in range(payments):
        come(
            place_order(
                store, {listing.pk: 1}, payment_method="upi", fulfilment="pickup", address=None
            ).total
        )
        come(100 + n)
    with django_assert_num_queries(5):  # session, desk, QR, payments, orders
        owner.get("counter-qr")
    with django_assert_num_queries(3):  # session, desk, payments
        owner.get("counter-qr-news")
