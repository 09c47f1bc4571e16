"""What a shop has earned becomes one payout, once."""

from datetime import date, timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from marketplace.local.postgres import APP
from payments.ledger.models import Account, UnsettledLeg
from payments.ledger.selectors import trial_balance
from payments.settlement.models import Payout, Settlement, SettlementItem
from payments.settlement.selectors import statement, statement_table
from payments.settlement.services import settle_all, settle_store
from tests.factories import make_store

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 20)
# ₹1,000 of goods with 5 % GST inside: commission 30.00, GST on it 5.40, TDS 1.00, TCS 0.5 % of
# 952.38 = 4.76; so the shop gets 958.84
NET_OF_1000 = 958_84


def test_what_was_earned_by_yesterday_is_swept(store, deliver):
    deliver(1_000_00)
    deliver(1_000_00, on=DAY + timedelta(days=1))
    settlement = settle_store(store_id=store.pk, upto=DAY)
    assert (settlement.net, settlement.state, settlement.seq) == (NET_OF_1000, "ready", 1)
    assert settlement.key == f"settle:{store.pk}:2026-11-20:1"
    assert trial_balance(store.pk)[Account.PAYABLE] == -NET_OF_1000
    assert trial_balance(store.pk)[Account.PAYOUT_IN_TRANSIT] == -NET_OF_1000
    assert UnsettledLeg.objects.get(store_id=store.pk).business_date == DAY + timedelta(days=1)
    payout = Payout.objects.get()
    assert (payout.payout_id, payout.amount, payout.state) == (
        settlement.key,
        NET_OF_1000,
        "ready",
    )


def test_a_second_run_finds_nothing(store, deliver):
    deliver(1_000_00)
    assert settle_all(stores=[store.pk], upto=DAY) == 1
    assert settle_all(stores=[store.pk], upto=DAY) == 0
    assert Settlement.objects.count() == 1


def test_a_leg_posted_late_for_a_settled_day_is_in_that_days_next_settlement(store, deliver):
    deliver(1_000_00)
    settle_store(store_id=store.pk, upto=DAY)
    deliver(1_000_00)
    deliver(1_000_00)
    second = settle_store(store_id=store.pk, upto=DAY)
    assert (second.seq, second.net) == (2, 2 * NET_OF_1000)
    assert second.items.count() == 2


def test_charges_on_cash_are_set_off(store, deliver):
    deliver(1_000_00)
    deliver(500_00, cash=True)
    settlement = settle_store(store_id=store.pk, upto=DAY)
    # 500.00 in cash: 15.00 + 2.70 + 0.50 + 2.38 are owed to us
    assert settlement.net == NET_OF_1000 - 20_58
    assert settlement.items.aggregate(net=Sum("amount"))["net"] == settlement.net
    balances = trial_balance(store.pk)
    assert balances[Account.CASH_WITH_STORE] == 0
    assert balances[Account.PAYABLE] == 0


def test_a_shop_that_owes_us_is_carried_forward(store, deliver):
    deliver(500_00, cash=True)
    assert settle_store(store_id=store.pk, upto=DAY) is None
    assert not Settlement.objects.exists()
    assert trial_balance(store.pk)[Account.PAYABLE] == 20_58
    deliver(1_000_00, on=DAY + timedelta(days=1))
    settlement = settle_store(store_id=store.pk, upto=DAY + timedelta(days=1))
    assert settlement.net == NET_OF_1000 - 20_58
    assert trial_balance(store.pk)[Account.PAYABLE] == 0


def test_a_settled_leg_cannot_be_settled_again_or_forgotten(store, deliver):
    deliver(1_000_00)
    settlement = settle_store(store_id=store.pk, upto=DAY)
    item = settlement.items.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        SettlementItem.objects.create(
            leg_id=item.leg_id, store_id=store.pk, settlement=settlement, amount=1
        )
    for refused in ("DELETE FROM", "TRUNCATE"):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{refused} settlement_settlementitem")
    assert SettlementItem.objects.count() == 1


def test_a_statement_explains_every_paisa(store, deliver, django_assert_num_queries):
    prepaid = deliver(1_000_00, fee=20_00)
    cash = deliver(500_00, cash=True)
    settlement = settle_store(store_id=store.pk, upto=DAY)
    with django_assert_num_queries(2):
        told = statement(settlement)
    by_order = {row.reference: row for row in told.rows}
    amounts = by_order[prepaid].amounts
    assert (amounts.gross, amounts.commission, amounts.gst_on_commission) == (
        1_020_00,
        -30_00,
        -5_40,
    )
    assert (amounts.tds, amounts.tcs, amounts.net) == (-1_02, -4_76, 978_82)
    amounts = by_order[cash].amounts
    assert (amounts.gross, amounts.cash_set_off, amounts.net) == (500_00, -500_00, -20_58)
    assert told.totals.net == settlement.net == 978_82 - 20_58
    for row in [*(row.amounts for row in told.rows), told.totals]:
        assert row.other == 0
        assert row.net == (
            row.gross
            + row.commission
            + row.gst_on_commission
            + row.tds
            + row.tcs
            + row.delivery_fee
            + row.rounding
            + row.cash_set_off
            + row.refunds
        )


def test_the_statement_as_a_file_has_peoples_names_and_ends_in_the_total(store, deliver):
    order_id = deliver(1_000_00)
    settlement = settle_store(store_id=store.pk, upto=DAY)
    table = statement_table(statement(settlement), names={order_id: "NK-7F3K-92QA"})
    lines = [",".join(map(str, row)) for row in table]
    assert lines[0] == (
        "date,kind,reference,gross,commission,gst_on_commission,tds,tcs,delivery_fee,rounding,"
        "cash_set_off,refunds,disputes,khata,counter_qr,other,net"
    )
    assert lines[1] == (
        "2026-11-20,delivery,NK-7F3K-92QA,1000.00,-30.00,-5.40,-1.00,-4.76,"
        "0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,958.84"
    )
    assert lines[2] == (
        ",total,,1000.00,-30.00,-5.40,-1.00,-4.76,0.00,0.00,0.00,0.00,0.00,0.00,0.00,0.00,958.84"
    )
    assert len(lines) == 3


def test_shops_are_settled_together_in_few_statements(deliver, django_assert_max_num_queries):
    shops = [make_store() for _ in range(5)]
    for shop in shops:
        for _ in range(3):
            deliver(1_000_00, store_id=shop.pk)
    with django_assert_max_num_queries(40):
        assert settle_all(stores=[shop.pk for shop in shops], upto=DAY) == 5
    assert set(Settlement.objects.values_list("store_id", "net")) == {
        (shop.pk, 3 * NET_OF_1000) for shop in shops
    }


def test_a_shop_that_is_busy_stops_no_other(cloned_db, deliver, servers):
    free, busy = make_store(), make_store()
    deliver(1_000_00, store_id=free.pk)
    deliver(1_000_00, store_id=busy.pk)
    with psycopg.connect(servers.postgres.url(APP, cloned_db)) as other:
        other.execute("SELECT ledger_lock_payable(%s)", [busy.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        assert settle_all(stores=[free.pk, busy.pk], upto=DAY) == 1
        other.rollback()
    assert settle_all(stores=[free.pk, busy.pk], upto=DAY) == 1
    assert Settlement.objects.count() == 2
