"""Requests for money on a payer's phone, which the merchant may still be allowed to send."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest

from tests import patience
from tests.bank.process import Bank, Ear, new_tr
from tests.bank.test_phone import form_of


@pytest.fixture
def browser(bank: Bank):
    with httpx.Client(
        base_url=bank.url, follow_redirects=True, timeout=patience.SECONDS
    ) as browser:
        yield browser


def collect(bank: Bank, payer: str, tr: str, **changes: object) -> httpx.Response:
    body = {"tr": tr, "payer_vpa": payer, "amount": 250_00, "note": "Order NK-1"} | changes
    return bank.post("/v1/collects", **body)


def answer(browser: httpx.Client, tr: str, **typed: str) -> httpx.Response:
    page = browser.get(f"/phone/requests/{tr}/").text
    return browser.post(f"/phone/requests/{tr}/", data=form_of(page) | typed)


def test_a_request_lives_eight_minutes_and_is_made_once_per_tr(bank: Bank, payer: str):
    tr = new_tr()
    made = collect(bank, payer, tr).json()
    assert (made["status"], made["amount"], made["payer_vpa"]) == ("PENDING", 250_00, payer)
    lives = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert lives == timedelta(seconds=480)
    assert collect(bank, payer, tr).json() == made
    assert bank.get(f"/v1/collects/{tr}").json() == made
    assert bank.paid(tr) == []


@pytest.mark.parametrize("changes", [{"amount": 1}, {"note": "other"}, {"expires_in": 300}])
def test_another_body_under_its_tr_is_refused(bank: Bank, payer: str, changes):
    tr = new_tr()
    collect(bank, payer, tr)
    assert collect(bank, payer, tr, **changes).status_code == 409


def test_an_upi_id_that_nobody_has_answers_zh_and_nothing_is_kept(bank: Bank):
    tr = new_tr()
    refused = collect(bank, "nobody@nkbank", tr)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "ZH")
    assert bank.get(f"/v1/collects/{tr}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires_in": 299}, "expires_in"),
        ({"amount": 0}, "amount"),
        ({"payer_vpa": "asha"}, "payer_vpa"),
        ({"tr": "no such tr"}, "tr"),
    ],
)
def test_a_bad_field_is_named(bank: Bank, payer: str, changes, field):
    refused = collect(bank, payer, **{"tr": new_tr()} | changes)
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, field)


def test_the_payer_finds_it_on_the_phone_and_pays_with_the_pin(
    bank: Bank, ear: Ear, payer: str, browser, eventually: Callable
):
    tr = new_tr()
    collect(bank, payer, tr)
    listed = browser.get("/phone/requests/", params={"vpa": payer}).text
    assert f"/phone/requests/{tr}/" in listed
    assert "₹250 · Order NK-1" in listed
    assert "Paid" in answer(browser, tr, pin="1234", action="approve").text
    [payment] = bank.paid(tr)
    assert (payment["status"], payment["payer_vpa"]) == ("SUCCESS", payer)
    assert [heard.json["type"] for heard in eventually(lambda: ear.about(tr))] == [
        "payment.success"
    ]
    assert bank.get(f"/v1/collects/{tr}").json()["status"] == "PAID"
    assert "Nobody asks for money now" in browser.get(f"/phone/requests/?vpa={payer}").text
    assert "answered or its time is up" in answer(browser, tr, pin="1234", action="approve").text
    assert len(bank.paid(tr)) == 1


def test_a_second_tap_pays_once(bank: Bank, payer: str, browser):
    tr = new_tr()
    collect(bank, payer, tr)
    typed = form_of(browser.get(f"/phone/requests/{tr}/").text) | {"pin": "1234"}
    pages = [browser.post(f"/phone/requests/{tr}/", data=typed) for _ in range(2)]
    assert pages[0].url == pages[1].url
    assert len(bank.paid(tr)) == 1


def test_declining_needs_no_pin_and_ends_it(bank: Bank, payer: str, browser):
    tr = new_tr()
    collect(bank, payer, tr)
    assert "Not paid" in answer(browser, tr, pin="", action="decline").text
    assert [payment["code"] for payment in bank.paid(tr)] == ["ZA"]
    assert bank.get(f"/v1/collects/{tr}").json()["status"] == "DECLINED"


def test_a_wrong_pin_can_be_put_right(bank: Bank, payer: str, browser):
    tr = new_tr()
    collect(bank, payer, tr)
    answer(browser, tr, pin="9999", action="approve")
    answer(browser, tr, pin="1234", action="approve")
    assert [payment["code"] for payment in bank.paid(tr)] == ["ZM", "00"]


def test_left_alone_it_expires_and_the_merchant_is_told(
    bank: Bank, ear: Ear, payer: str, eventually: Callable
):
    tr = new_tr()
    collect(bank, payer, tr)
    for _ in range(2):
        bank.post("/control/finish", id=tr)
    [told] = eventually(lambda: ear.about(tr))
    assert (told.json["type"], told.json["data"]["code"]) == ("payment.failed", "U69")
    assert [payment["status"] for payment in bank.paid(tr)] == ["FAILED"]
    assert bank.balance(payer) == 50_000_00


def test_a_timeout_after_the_request_was_made_is_answered_by_asking(bank: Bank, payer: str):
    tr = new_tr()
    bank.next("api_timeout_after_commit", operation="collect", match=tr, seconds=0)
    assert collect(bank, payer, tr).status_code == 504
    assert bank.get(f"/v1/collects/{tr}").json()["status"] == "PENDING"


def test_an_upi_id_that_is_none_is_said_on_the_phone(browser):
    answer = browser.get("/phone/requests/", params={"vpa": "asha"})
    assert answer.status_code == 400
    assert "is not a UPI ID" in answer.text
