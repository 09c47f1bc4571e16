import csv
import io
import uuid
from datetime import datetime, timedelta, timezone

from tests.bank.process import Bank, link, new_tr


def rows(bank: Bank, **params: str) -> list[dict[str, str]]:
    answer = bank.get("/v1/reconciliation", **params)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def days() -> tuple[str, str]:
    today = datetime.now(timezone(timedelta(hours=5, minutes=30))).date()
    return str(today - timedelta(days=1)), str(today)


def test_the_file_has_one_row_for_each_rupee_in_and_out(bank: Bank, payer: str):
    tr, refund_id, payout_id = new_tr(), str(uuid.uuid4()), str(uuid.uuid4())
    payment = bank.pay(link(tr, "250.00"), payer)
    bank.post("/v1/refunds", refund_id=refund_id, payment_id=payment["payment_id"], amount=50_00)
    payout = bank.post("/v1/payouts", payout_id=payout_id, vpa="shop@okbank", amount=120_00).json()
    bank.pay(link(declined := new_tr()), payer, action="decline")

    file = rows(bank)
    mine = [row for row in file if row["reference"] in (tr, refund_id, payout_id, declined)]
    told = [(r["type"], r["direction"], r["amount"], r["reference"]) for r in mine]
    assert told == [
        ("payment", "in", "25000", tr),
        ("refund", "out", "5000", refund_id),
        ("payout", "out", "12000", payout_id),
    ]
    assert [row["tr"] for row in mine] == [tr, tr, ""]
    assert mine[0]["rrn"] == payment["rrn"]
    assert mine[1]["payment_id"] == payment["payment_id"]
    assert mine[2]["utr"] == payout["utr"]
    assert mine[0]["counterparty_vpa"] == payer


def test_yesterdays_file_has_none_of_todays_rows(bank: Bank, payer: str):
    yesterday, today = days()
    bank.pay(link(tr := new_tr()), payer)
    assert tr not in [row["reference"] for row in rows(bank, date=yesterday)]
    assert tr in [row["reference"] for row in rows(bank, date=today)]


def test_a_deemed_payment_is_in_the_file_once_it_arrives(bank: Bank, payer: str):
    bank.next("deemed_then_success", match=(tr := new_tr()), seconds=3600)
    payment_id = bank.pay(link(tr), payer)["payment_id"]
    assert tr not in [row["reference"] for row in rows(bank)]
    bank.post("/control/finish", id=payment_id, then="success")
    assert [r["amount"] for r in rows(bank) if r["reference"] == tr] == ["25000"]


def test_a_returned_payout_is_a_row_out_and_a_row_in(bank: Bank):
    payout_id = str(uuid.uuid4())
    bank.next("payout_pending", match=payout_id, seconds=3600)
    bank.post("/v1/payouts", payout_id=payout_id, vpa="shop@okbank", amount=7)
    bank.post("/control/finish", id=payout_id, then="U30")
    mine = [r for r in rows(bank) if r["reference"] == payout_id]
    assert [(r["type"], r["direction"], r["amount"]) for r in mine] == [
        ("payout", "out", "7"),
        ("payout_return", "in", "7"),
    ]


def test_the_file_can_be_wrong_in_three_ways(bank: Bank, payer: str):
    _, today = days()
    bank.pay(link(new_tr()), payer)
    bank.pay(link(new_tr()), payer)
    true = rows(bank)
    wrong = {}
    for kind in ("row_missing", "row_extra", "off_by_one"):
        bank.next(f"reconciliation_{kind}", match=today)
        wrong[kind] = rows(bank, date=today)
    assert wrong["row_missing"] == true[:-1]
    assert wrong["row_extra"][:-1] == true
    assert wrong["off_by_one"][1:] == true[1:]
    assert int(wrong["off_by_one"][0]["amount"]) == int(true[0]["amount"]) + 1
    assert rows(bank) == true


def test_a_date_that_is_none_is_refused(bank: Bank):
    answer = bank.get("/v1/reconciliation", date="2026-02-30")
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, "date")
