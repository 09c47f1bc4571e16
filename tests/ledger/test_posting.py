import hashlib
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from marketplace.core.ids import uuid7
from payments.ledger.models import Account, Balance, Kind, Txn, UnsettledLeg
from payments.ledger.models import Leg as LegRow
from payments.ledger.selectors import balance, trial_balance
from payments.ledger.services import (
    AlreadyReversed,
    AlreadySettled,
    KeyReused,
    Leg,
    Unbalanced,
    lock_payable,
    post,
    reverse,
)
from payments.ledger.verify import verify
from tests.ledger.conftest import DAY

pytestmark = pytest.mark.django_db

SALE = [
    Leg(Account.CUSTOMER_DEPOSIT, 1000_00),
    Leg(Account.PAYABLE, -964_60),
    Leg(Account.COMMISSION, -30_00),
    Leg(Account.GST_ON_COMMISSION, -5_40),
]


def post_sale(store_id, **changes):
    return post(
        **{
            "store_id": store_id,
            "key": "order:1",
            "kind": Kind.DELIVERY,
            "business_date": DAY,
            "legs": SALE,
        }
        | changes
    )


def counts():
    return Txn.objects.count(), LegRow.objects.count(), UnsettledLeg.objects.count()


def test_a_posting_is_written_as_given(store_id):
    order_id = uuid7()
    txn = Txn.objects.get(pk=post_sale(store_id, reference=order_id))
    assert (txn.store_id, txn.kind, txn.business_date) == (store_id, "delivery", DAY)
    assert (txn.reference, txn.reverses, txn.leg_count) == (order_id, None, 4)
    assert [(leg.n, leg.account, leg.amount) for leg in txn.legs.all()] == [
        (1, "customer_deposit", 1000_00),
        (2, "payable", -964_60),
        (3, "commission", -30_00),
        (4, "gst_on_commission", -5_40),
    ]
    assert list(Txn.objects.about(store_id=store_id, reference=order_id)) == [txn]


def test_balances_follow_the_legs(store_id):
    post_sale(store_id)
    post_sale(store_id, key="order:2")
    post_sale(uuid7())
    assert balance(store_id, Account.PAYABLE) == -1929_20
    assert balance(store_id, Account.COMMISSION) == -60_00
    assert balance(store_id, Account.BANK) == 0
    assert trial_balance(store_id) == {
        Account.CUSTOMER_DEPOSIT: 2000_00,
        Account.PAYABLE: -1929_20,
        Account.COMMISSION: -60_00,
        Account.GST_ON_COMMISSION: -10_80,
    }
    assert trial_balance()[Account.CUSTOMER_DEPOSIT] == 3000_00
    assert sum(trial_balance().values()) == 0
    assert verify() == []


def test_a_payable_may_be_negative_for_the_shop(store_id, earn):
    earn(100)
    post_sale(
        store_id, legs=[Leg(Account.PAYABLE, 500), Leg(Account.COMMISSION, -500)], key="charges"
    )
    assert balance(store_id, Account.PAYABLE) == 400
    assert lock_payable(store_id=store_id) == 400


def test_the_same_request_again_changes_nothing(store_id):
    first = post_sale(store_id)
    before = counts()
    assert post_sale(store_id) == first
    assert post_sale(store_id, business_date=DAY + timedelta(days=1)) == first
    assert counts() == before
    assert Txn.objects.get().business_date == DAY
    assert balance(store_id, Account.PAYABLE) == -964_60


@pytest.mark.parametrize(
    "changes",
    [
        {"legs": [Leg(Account.CUSTOMER_DEPOSIT, 1), Leg(Account.PAYABLE, -1)]},
        {"legs": [SALE[0], Leg(Account.PAYABLE, -1000_00)]},
        {"kind": Kind.CASH_DELIVERY},
        {"reference": uuid7()},
        {"settles": []},
    ],
)
def test_the_key_with_another_body_is_refused(store_id, changes):
    post_sale(store_id)
    before = counts()
    with pytest.raises(KeyReused) as refusal, transaction.atomic():
        post_sale(store_id, **changes)
    assert refusal.value.code == "key_reused"
    assert "order:1" in str(refusal.value)
    assert counts() == before
    assert balance(store_id, Account.PAYABLE) == -964_60


def test_another_store_may_use_the_same_key(store_id):
    assert post_sale(store_id) != post_sale(uuid7())


@pytest.mark.parametrize(
    "legs",
    [
        [],
        [Leg(Account.BANK, 0), Leg(Account.PAYABLE, 0)],
        [Leg(Account.BANK, 5)],
        [Leg(Account.BANK, 5), Leg(Account.PAYABLE, -4)],
    ],
)
def test_legs_that_do_not_balance_are_refused(store_id, legs):
    with pytest.raises(Unbalanced):
        post_sale(store_id, legs=legs)
    assert counts() == (0, 0, 0)


def test_legs_of_nothing_are_dropped(store_id):
    post_sale(store_id, legs=[*SALE, Leg(Account.TCS_PAYABLE, 0)])
    assert Txn.objects.get().leg_count == 4


def call_database(store_id, accounts, amounts, *, reverses=None, kind="capture"):
    """What a client that forgoes our Python could send."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post(%s, %s, 'key', %s, '2026-11-21', now(), NULL, %s,"
            " %s::text[], %s::bigint[], NULL, NULL)",
            [store_id, uuid7(), kind, reverses, accounts, amounts],
        )


@pytest.mark.parametrize(
    ("accounts", "amounts"),
    [
        (["bank", "payable"], [5, -4]),
        (["bank"], [5]),
        (["bank"], [0]),
        ([], []),
        (["bank", "payable"], [5]),
        (["bank", "payable"], [0, 0]),
        (["bank", "nowhere"], [5, -5]),
        (["bank", "khata"], [5, -5]),
        (["bank", "payable"], [2**62, 2**62]),
        (["bank", "payable"], [None, 5]),
        (None, None),
    ],
)
def test_the_database_refuses_what_python_would(store_id, accounts, amounts):
    with pytest.raises(DatabaseError):
        call_database(store_id, accounts, amounts)
    assert counts() == (0, 0, 0)


def test_khata_legs_name_the_customer_and_keep_a_balance_each(store_id):
    asha, ravi = uuid7(), uuid7()
    for key, party, amount in [("a", asha, 300), ("b", ravi, 70), ("c", asha, -100)]:
        post_sale(
            store_id,
            key=key,
            legs=[
                Leg(Account.KHATA, amount, party),
                Leg(Account.KHATA_CONTRA, -amount, party),
            ],
        )
    stored = Balance.objects.filter(store_id=store_id, account=Account.KHATA)
    assert dict(stored.values_list("party_id", "amount")) == {asha: 200, ravi: 70}
    with pytest.raises(IntegrityError), transaction.atomic():
        post_sale(store_id, key="d", legs=[Leg(Account.BANK, 1, asha), Leg(Account.PAYABLE, -1)])
    assert verify() == []


def test_a_reversal_undoes_every_leg_once(store_id):
    sale = post_sale(store_id, reference=uuid7())
    undone = reverse(store_id=store_id, txn_id=sale, key="undo", business_date=DAY)
    assert set(trial_balance(store_id).values()) == {0}
    reversal = Txn.objects.get(pk=undone)
    assert (reversal.reverses, reversal.reference) == (sale, Txn.objects.get(pk=sale).reference)
    assert reverse(store_id=store_id, txn_id=sale, key="undo", business_date=DAY) == undone
    with pytest.raises(AlreadyReversed), transaction.atomic():
        reverse(store_id=store_id, txn_id=sale, key="undo again", business_date=DAY)
    assert Txn.objects.count() == 2
    assert verify() == []


def test_a_reversal_of_nothing_or_of_something_else_is_refused(store_id):
    with pytest.raises(LookupError):
        reverse(store_id=store_id, txn_id=uuid7(), key="undo", business_date=DAY)
    theirs = post_sale(uuid7())
    with pytest.raises(LookupError):
        reverse(store_id=store_id, txn_id=theirs, key="undo", business_date=DAY)
    sale = post_sale(store_id)
    for original, amounts in [(sale, [1, -1]), (theirs, [964_60, -964_60])]:
        with pytest.raises(DatabaseError):
            call_database(
                store_id, ["payable", "bank"], amounts, reverses=original, kind="reversal"
            )
    assert Txn.objects.count() == 2


def unsettled(store_id, day=DAY):
    rows = UnsettledLeg.objects.up_to(store_id=store_id, day=day)
    return [(row.business_date, row.amount) for row in rows]


def sweep(store_id, net, settles, key="settle:1"):
    return post(
        store_id=store_id,
        key=key,
        kind=Kind.SETTLEMENT,
        business_date=DAY,
        legs=[Leg(Account.PAYABLE, net), Leg(Account.PAYOUT_IN_TRANSIT, -net)],
        settles=settles,
    )


def test_payable_legs_wait_for_settlement_by_business_date(store_id, earn):
    earn(500, "b", day=DAY + timedelta(days=1))
    earn(300, "a")
    assert unsettled(store_id) == [(DAY, -300)]
    assert unsettled(store_id, date(2026, 12, 1)) == [
        (DAY, -300),
        (DAY + timedelta(days=1), -500),
    ]
    assert UnsettledLeg.objects.stores_up_to(DAY) == [store_id]
    assert UnsettledLeg.objects.stores_up_to(DAY - timedelta(days=1)) == []


def test_a_settlement_takes_its_legs_out_of_the_queue_once(store_id, earn):
    earn(300, "a")
    earn(200, "b")
    earn(50, "later", day=DAY + timedelta(days=1))
    legs = [row.leg_id for row in UnsettledLeg.objects.up_to(store_id=store_id, day=DAY)]
    first = sweep(store_id, 500, legs)
    assert sweep(store_id, 500, legs) == first
    assert balance(store_id, Account.PAYABLE) == -50
    assert balance(store_id, Account.PAYOUT_IN_TRANSIT) == -500
    assert unsettled(store_id, date(2026, 12, 1)) == [(DAY + timedelta(days=1), -50)]
    with pytest.raises(AlreadySettled), transaction.atomic():
        sweep(store_id, 500, legs, key="settle:2")
    assert verify() == []


@pytest.mark.parametrize("net", [499, 501, 1])
def test_a_settlement_pays_exactly_the_sum_of_its_legs(store_id, earn, net):
    earn(500)
    legs = [row.leg_id for row in UnsettledLeg.objects.up_to(store_id=store_id, day=DAY)]
    with pytest.raises(AlreadySettled), transaction.atomic():
        sweep(store_id, net, legs)
    assert unsettled(store_id) == [(DAY, -500)]
    assert balance(store_id, Account.PAYABLE) == -500


def test_a_settlement_cannot_take_another_stores_legs(store_id, earn):
    earn(500)
    legs = [row.leg_id for row in UnsettledLeg.objects.up_to(store_id=store_id, day=DAY)]
    with pytest.raises(AlreadySettled), transaction.atomic():
        sweep(uuid7(), 500, legs)
    assert unsettled(store_id) == [(DAY, -500)]


def test_the_request_hash_is_the_databases_own(store_id):
    """A client cannot choose the hash by which its retries are known."""
    post_sale(store_id)
    body = (
        '(delivery,,,"{customer_deposit,payable,commission,gst_on_commission}",'
        '"{100000,-96460,-3000,-540}",,)'
    )
    assert bytes(Txn.objects.get().request_hash) == hashlib.sha256(body.encode()).digest()
