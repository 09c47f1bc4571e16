"""A shop's counter QR on real connections: made twice, paid and told of at once, decided both ways."""

from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

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


def test_kept_and_sent_back_at_once_each_is_one_of_them(shop_qr, till, store_id, concurrently):
    for _ in range(10):
        apply_bank_event(word=counter_word(shop_qr, 75_00))
    ids = list(Receipt.objects.values_list("pk", flat=True))

    def keep(receipt_id):
        return keep_for_shop(store_id=store_id, receipt_id=receipt_id, actor="person:x").outcome

    def send_back(receipt_id):
        refund = return_receipt(store_id=store_id, receipt_id=receipt_id, reason="not ours")
        return refund and refund.state

    acts = [lambda key=key, act=act: act(key) for key in ids for act in (keep, send_back)]
    outcomes = concurrently(acts)
    pairs = list(zip(outcomes[::2], outcomes[1::2], strict=True))
    assert set(pairs) <= {("kept", None), ("already_decided", "started")}
    kept = pairs.count(("kept", None))
    lying = {"payable": -75_00 * kept, "refund_in_transit": -75_00 * (10 - kept)}
    expected = {"psp_clearing": 750_00} | {name: sum_ for name, sum_ in lying.items() if sum_}
    assert balances(store_id) == expected


@pytest.mark.parametrize("first", ["kept", "sent back"])
def test_who_comes_second_waits_and_sees_what_was_decided(
    undecided, store_id, elsewhere, concurrently, first
):
    about = {"store_id": store_id, "receipt_id": undecided.pk}
    keep = partial(keep_for_shop, **about, actor="person:gupta")
    send_back = partial(return_receipt, **about, reason="not ours")
    one, other = (keep, send_back) if first == "kept" else (send_back, keep)
    with ThreadPoolExecutor(1) as pool:
        with elsewhere(one):
            second = pool.submit(concurrently, 1, other)
            assert not wait([second], timeout=1).done
        assert second.result() == ([None] if first == "kept" else ["already_decided"])
    where = "payable" if first == "kept" else "refund_in_transit"
    assert balances(store_id) == {"psp_clearing": 75_00, where: -75_00}
