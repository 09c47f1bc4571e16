"""A shop's counter QR on real connections: made twice, paid and told of at once, decided both ways."""

import pytest

from marketplace.core.clock import now
from payments.upi.models import Receipt, ShopQr
from payments.upi.services import (
    apply_bank_event,
    keep_for_shop,
    make_shop_qr,
    return_receipt,
)
from tests.upi.words import balances, counter_word

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop_qr(store_id):
    return ShopQr.objects.create(store_id=store_id, vpa="nukkad.7f3k92qa@nkbank", opened_at=now())


@pytest.fixture
def undecided(shop_qr, till):
    apply_bank_event(word=counter_word(shop_qr, 75_00))
    return Receipt.objects.get()


def test_made_eight_times_at_once_it_is_one(bank, store_id, concurrently):
    made = concurrently(8, lambda: make_shop_qr(store_id=store_id, name="Gupta Kirana").vpa)
    assert len(set(made)) == 1
    assert ShopQr.objects.get().opened_at is not None
    assert bank.get(f"/v1/aliases/{made[0]}").json()["name"] == "Gupta Kirana"


def test_webhook_poll_and_file_at_once_bring_it_once(shop_qr, till, store_id, concurrently):
    told = counter_word(shop_qr, 75_00)
    words = [
        type(told)(f"{source}:1", source, told.kind, told.data, "{}")
        for source in ("webhook", "poll", "file")
    ]
    acts = [lambda word=word: apply_bank_event(word=word) for word in words]
    assert sorted(concurrently(acts)) == ["applied", "known", "known"]
    assert balances(store_id) == {"psp_clearing": 75_00, "unapplied_receipts": -75_00}


def test_kept_eight_times_at_once_it_counts_once(undecided, store_id, concurrently):
    outcomes = concurrently(
        8,
        lambda: (
            keep_for_shop(store_id=store_id, receipt_id=undecided.pk, actor="person:gupta").outcome
        ),
    )
    assert set(outcomes) == {"kept"}
    assert balances(store_id) == {"psp_clearing": 75_00, "payable": -75_00}


@pytest.mark.parametrize("round", range(3))
def test_kept_and_sent_back_at_once_it_is_one_of_them(undecided, store_id, concurrently, round):
    about = {"store_id": store_id, "receipt_id": undecided.pk}
    kept, back = concurrently(
        [
            lambda: keep_for_shop(**about, actor="person:gupta").outcome,
            lambda: (returned := return_receipt(**about, reason="not ours")) and returned.state,
        ]
    )
    assert (kept, back) in (("kept", None), ("already_decided", "started"))
    where = "payable" if kept == "kept" else "refund_in_transit"
    assert balances(store_id) == {"psp_clearing": 75_00, where: -75_00}
