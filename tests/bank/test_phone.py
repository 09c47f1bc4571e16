"""The payer's pages, driven as a browser without JavaScript would."""

import re

import httpx
import pytest

from tests import patience
from tests.bank.process import Bank, link, new_tr


@pytest.fixture
def browser(bank: Bank):
    with httpx.Client(
        base_url=bank.url, follow_redirects=True, timeout=patience.SECONDS
    ) as browser:
        yield browser


def form_of(page: str) -> dict[str, str]:
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: value.replace("&amp;", "&") for name, value in fields}


def test_approving_with_the_pin_pays_and_leads_back_to_the_shop(bank: Bank, browser):
    tr, back = new_tr(), "http://127.0.0.1:8000/orders/1/?a=1&b=2"
    uri = link(tr, "1250.00", tn="Order NK-1", url=back)
    page = browser.get("/phone/", params={"uri": uri}).text
    assert "Pay ₹1,250 ·" in page
    assert "Order NK-1" in page
    assert "Verified merchant" in page

    form = form_of(page) | {"payer": "ravi@nkbank", "pin": "1234", "action": "approve"}
    before = bank.balance("ravi@nkbank")
    result = browser.post("/phone/", data=form)
    assert "Paid" in result.text
    assert 'href="http://127.0.0.1:8000/orders/1/?a=1&amp;b=2"' in result.text
    [payment] = bank.paid(tr)
    assert payment["status"] == "SUCCESS"
    assert bank.balance("ravi@nkbank") == before - payment["amount"]


def test_a_second_tap_is_the_same_payment(bank: Bank, browser):
    tr = new_tr()
    page = browser.get("/phone/", params={"uri": link(tr, "1.00")}).text
    form = form_of(page) | {"payer": "ravi@nkbank", "pin": "1234", "action": "approve"}
    first, second = browser.post("/phone/", data=form), browser.post("/phone/", data=form)
    assert first.url == second.url
    assert len(bank.paid(tr)) == 1


def test_declining_needs_no_pin(bank: Bank, browser):
    tr = new_tr()
    page = browser.get("/phone/", params={"uri": link(tr, "1.00")}).text
    form = form_of(page) | {"payer": "ravi@nkbank", "pin": "", "action": "decline"}
    assert "Not paid" in browser.post("/phone/", data=form).text
    assert [p["code"] for p in bank.paid(tr)] == ["ZA"]


def test_a_pin_of_three_digits_is_asked_for_again(bank: Bank, browser):
    tr = new_tr()
    page = browser.get("/phone/", params={"uri": link(tr, "1.00")}).text
    form = form_of(page) | {"payer": "ravi@nkbank", "pin": "123", "action": "approve"}
    answer = browser.post("/phone/", data=form)
    assert answer.status_code == 400
    assert "4-digit PIN" in answer.text
    assert bank.paid(tr) == []


def test_opening_and_closing_tells_the_bank_nothing(bank: Bank, browser):
    tr = new_tr()
    page = browser.get("/phone/", params={"uri": link(tr, url="http://127.0.0.1:8000/o/")}).text
    [close] = re.findall(r'href="(/phone/closed/[^"]*)"', page)
    assert 'href="http://127.0.0.1:8000/o/"' in browser.get(close).text
    assert bank.paid(tr) == []


def test_a_wrong_pin_can_be_tried_again(bank: Bank, browser):
    tr = new_tr()
    page = browser.get("/phone/", params={"uri": link(tr, "1.00")}).text
    form = form_of(page) | {"payer": "imran@nkbank", "pin": "9999", "action": "approve"}
    failed = browser.post("/phone/", data=form).text
    [again] = re.findall(r'href="(/phone/\?uri=[^"]*)"', failed)
    page = browser.get(again.replace("&amp;", "&")).text
    form = form_of(page) | {"payer": "imran@nkbank", "pin": "1234", "action": "approve"}
    assert "Paid" in browser.post("/phone/", data=form).text
    assert [p["code"] for p in bank.paid(tr)] == ["ZM", "00"]


def test_a_form_from_another_site_is_refused(bank: Bank, browser):
    tr = new_tr()
    form = {"uri": link(tr, "1.00"), "payer": "ravi@nkbank", "pin": "1234", "action": "approve"}
    assert browser.post("/phone/", data=form).status_code == 403
    assert bank.paid(tr) == []


def test_the_books_and_the_control_page_open(bank: Bank, browser, payer: str):
    tr = new_tr()
    bank.pay(link(tr), payer)
    assert tr in browser.get("/").text
    assert "deemed_then_success" in browser.get("/control/").text
