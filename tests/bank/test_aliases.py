"""UPI IDs that the merchant gives its own account, so as to tell whom a payer meant."""

import csv
import io
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.bank.process import Bank, Ear, link, new_tr


@pytest.fixture
def alias(bank: Bank) -> str:
    """A UPI ID of the merchant's that nobody has used yet, called Gupta Kirana."""
    vpa = f"nukkad.{uuid.uuid4().hex[:8]}@nkbank"
    assert bank.put(f"/v1/aliases/{vpa}", name="Gupta Kirana").status_code == 200
    return vpa


def poster(alias: str, **rest: str) -> str:
    return link("", "", pa=alias, **rest)


def test_an_alias_is_made_once_however_often_it_is_asked_for(bank: Bank, alias: str):
    again = bank.put(f"/v1/aliases/{alias.upper()}", name="Gupta Kirana Store").json()
    assert again == bank.get(f"/v1/aliases/{alias}").json()
    told = (again["vpa"], again["account_vpa"], again["name"])
    assert told == (alias, "nukkad@nkbank", "Gupta Kirana Store")


@pytest.mark.parametrize(
    ("vpa", "name", "status", "code"),
    [
        ("gupta@nkbank", "Gupta", 422, "alias_not_yours"),
        ("nukkad.gupta@okbank", "Gupta", 422, "alias_not_yours"),
        ("asha@nkbank", "Asha", 422, "alias_not_yours"),
        ("no-vpa", "Gupta", 400, "invalid"),
        ("nukkad.gupta2@nkbank", "", 400, "invalid"),
    ],
)
def test_what_is_not_the_merchants_to_give_is_refused(bank: Bank, vpa, name, status, code):
    answer = bank.put(f"/v1/aliases/{vpa}", name=name)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert bank.get(f"/v1/aliases/{vpa}").status_code in (400, 404)


def test_an_alias_needs_the_api_key(bank: Bank, alias: str):
    assert httpx.put(f"{bank.url}/v1/aliases/{alias}", json={"name": "x"}).status_code == 401


def test_its_money_is_the_merchants_and_says_which_alias_was_paid(
    bank: Bank, ear: Ear, payer: str, alias: str, eventually: Callable
):
    before = bank.balance("nukkad@nkbank")
    paid = bank.pay(poster(alias), payer, amount=75_00)
    assert (paid["payee_vpa"], paid["tr"], paid["amount"]) == (alias, "", 75_00)
    assert bank.balance("nukkad@nkbank") == before + 75_00

    [told] = eventually(lambda: ear.about(alias))
    assert (told.json["type"], told.json["data"]) == ("payment.success", paid)

    file = csv.DictReader(io.StringIO(bank.get("/v1/reconciliation").text))
    [row] = [row for row in file if row["payment_id"] == paid["payment_id"]]
    assert (row["payee_vpa"], row["tr"], row["amount"]) == (alias, "", "7500")


def test_a_payment_under_a_tr_names_the_account_itself(bank: Bank, payer: str):
    assert bank.pay(link(new_tr()), payer)["payee_vpa"] == "nukkad@nkbank"


def test_what_came_to_aliases_is_listed_since_a_moment(bank: Bank, payer: str, alias: str):
    start = datetime.now(UTC)
    paid = bank.pay(poster(alias), payer, amount=75_00)
    bank.pay(link(new_tr()), payer)
    found = bank.get("/v1/payments", since=start.isoformat()).json()["payments"]
    assert [payment for payment in found if payment["payer_vpa"] == payer] == [paid]
    later = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert bank.get("/v1/payments", since=later).json() == {"payments": []}


@pytest.mark.parametrize("since", ["yesterday", "2026-11-27T10:00:00"])
def test_since_is_a_moment_with_its_offset(bank: Bank, since: str):
    answer = bank.get("/v1/payments", since=since)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "since")


def test_the_phone_shows_the_shop_and_takes_the_amount(bank: Bank, payer: str, alias: str):
    page = httpx.get(f"{bank.url}/phone/", params={"uri": poster(alias)}).text
    assert "Gupta Kirana" in page
    assert "Verified merchant" in page
    assert "Amount in rupees" in page
    assert bank.post("/v1/pay", uri=poster(alias), payer_vpa=payer, pin="1234").status_code == 400


def test_money_of_an_alias_is_refunded_like_any_other(bank: Bank, payer: str, alias: str):
    paid = bank.pay(poster(alias), payer, amount=75_00)
    refund = bank.post(
        "/v1/refunds", refund_id=new_tr(), payment_id=paid["payment_id"], amount=75_00
    ).json()
    assert refund["status"] == "SUCCESS"
    assert bank.balance(payer) == 50_000_00
