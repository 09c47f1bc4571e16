"""A shop's khata: credit up to a limit, paid back in part or whole, written once, struck out by a line."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from marketplace.accounts.errors import InvalidPhone
from marketplace.core.clock import now, travel
from marketplace.core.errors import InvalidInput
from payments.khata import services
from payments.khata.errors import (
    CannotUndo,
    KhataClosed,
    KhataOpen,
    OverLimit,
    PaidTooMuch,
    StillOwed,
)
from payments.khata.models import Khata, KhataEntry
from payments.khata.selectors import ageing, owed_by, standings
from payments.ledger.models import Balance, Kind, Leg, Txn
from payments.ledger.services import KeyReused
from tests.invariants import broken_invariants

pytestmark = pytest.mark.django_db

OWNER = "person:owner"


@pytest.fixture
def khata():
    return open_khata(uuid4())


def open_khata(store_id, phone="9811111111", limit=1_000_00):
    return services.open_khata(
        store_id=store_id, phone=phone, name="Asha", limit=limit, actor=OWNER
    )


def buy(khata, amount, key=None, **rest):
    return services.charge(
        store_id=khata.store_id,
        khata_id=khata.pk,
        kind="carried",
        amount=amount,
        key=key or str(uuid4()),
        actor=OWNER,
        **rest,
    )


def pay(khata, amount, key=None):
    return services.pay_back_cash(
        store_id=khata.store_id,
        khata_id=khata.pk,
        amount=amount,
        key=key or str(uuid4()),
        actor=OWNER,
    )


def undo(khata, entry):
    return services.undo(store_id=khata.store_id, khata_id=khata.pk, entry_id=entry.pk, actor=OWNER)


def test_what_is_bought_is_owed_and_stands_against_its_contra(khata):
    entry = buy(khata, 300_00, note="last month")
    assert owed_by(khata) == 300_00
    assert {(leg.account, leg.amount, leg.party_id) for leg in Leg.objects.all()} == {
        ("khata", 300_00, khata.pk),
        ("khata_contra", -300_00, khata.pk),
    }
    assert (entry.note, Txn.objects.get().pk) == ("last month", entry.txn_id)
    pay(khata, 120_00)
    assert owed_by(khata) == 180_00
    assert list(KhataEntry.objects.of(khata).values_list("amount", "after")) == [
        (-120_00, 180_00),
        (300_00, 300_00),
    ]
    assert broken_invariants(connection) == []


def test_more_than_the_limit_is_not_given(khata):
    buy(khata, 999_99)
    with pytest.raises(OverLimit, match=r"₹999\.99 of at most ₹1,000: only ₹0\.01"):
        buy(khata, 2)
    buy(khata, 1)
    assert owed_by(khata) == 1_000_00
    services.change_khata(store_id=khata.store_id, khata_id=khata.pk, name="Asha", limit=500_00)
    with pytest.raises(OverLimit, match="only ₹0 more"):
        buy(khata, 1)
    pay(khata, 600_00)
    buy(khata, 100_00)
    assert owed_by(khata) == 500_00


def test_nobody_pays_back_more_than_is_owed(khata):
    buy(khata, 100)
    with pytest.raises(PaidTooMuch, match="₹1"):
        pay(khata, 101)
    pay(khata, 100)
    assert owed_by(khata) == 0


@pytest.mark.parametrize(("kind", "amount"), [("cash", -1), ("upi", -1), ("carried", 1_000_01)])
def test_the_database_holds_both_bounds_by_itself(khata, kind, amount):
    with pytest.raises(IntegrityError, match=r"khata_entry_(not_paid_too_much|within_limit)"):
        KhataEntry.objects.create(
            store_id=khata.store_id,
            khata=khata,
            kind=kind,
            amount=amount,
            after=amount,
            limit=khata.limit,
            key="by force",
            txn_id=uuid4(),
            actor=OWNER,
        )


def test_the_same_key_writes_once_and_another_body_is_refused(khata):
    first, again = (buy(khata, 100, key="k") for _ in range(2))
    assert first == again
    with pytest.raises(KeyReused):
        buy(khata, 101, key="k")
    assert pay(khata, 50, key="k") == pay(khata, 50, key="k")
    assert owed_by(khata) == 50


def test_a_line_is_struck_out_by_another_and_both_stay(khata):
    wrong, paid = buy(khata, 300_00), None
    undo(khata, wrong)
    assert owed_by(khata) == 0
    with pytest.raises(CannotUndo):
        undo(khata, wrong)
    buy(khata, 200_00)
    paid = pay(khata, 150_00)
    undo(khata, paid)
    assert owed_by(khata) == 200_00
    assert Txn.objects.filter(kind=Kind.REVERSAL).count() == 2
    sale = services.charge(
        store_id=khata.store_id, khata_id=khata.pk, kind="sale", amount=1, key="s", actor=OWNER
    )
    for line in (sale, KhataEntry.objects.filter(kind="undone").first()):
        with pytest.raises(CannotUndo):
            undo(khata, line)
    assert broken_invariants(connection) == []


def test_a_debt_that_was_paid_back_cannot_be_struck_out(khata):
    debt = buy(khata, 100)
    pay(khata, 100)
    with pytest.raises(PaidTooMuch):
        undo(khata, debt)
    assert owed_by(khata) == 0


def test_what_is_oldest_is_paid_first(khata):
    with travel(days=-100):
        buy(khata, 100_00)
    with travel(days=-70):
        buy(khata, 200_00)
    with travel(days=-40):
        buy(khata, 50_00)
    buy(khata, 10_00)
    assert ageing(khata, now()) == [10_00, 50_00, 200_00, 100_00]
    pay(khata, 130_00)
    assert ageing(khata, now()) == [10_00, 50_00, 170_00, 0]
    (standing,) = standings(khata.store_id)
    assert standing.owed == 230_00
    assert standing.since is not None
    assert now() - standing.since > timedelta(days=69)
    pay(khata, 230_00)
    assert ageing(khata, now()) == [0, 0, 0, 0]
    assert standings(khata.store_id)[0].since is None


def test_who_owes_most_comes_first_in_three_statements(khata, django_assert_num_queries):
    for n, amount in enumerate((10, 30, 20)):
        buy(open_khata(khata.store_id, phone=f"981111111{n + 2}"), amount)
    open_khata(uuid4())
    with django_assert_num_queries(3):
        assert [each.owed for each in standings(khata.store_id)] == [30, 20, 10, 0]


def test_a_number_has_one_open_khata_in_a_shop(khata):
    with pytest.raises(KhataOpen, match="Asha"):
        open_khata(khata.store_id, phone="+91 98111 11111")
    open_khata(uuid4())
    services.close_khata(store_id=khata.store_id, khata_id=khata.pk)
    open_khata(khata.store_id)


def test_it_is_closed_when_nothing_is_owed_and_then_written_in_no_more(khata):
    buy(khata, 100)
    with pytest.raises(StillOwed):
        services.close_khata(store_id=khata.store_id, khata_id=khata.pk)
    pay(khata, 100)
    services.close_khata(store_id=khata.store_id, khata_id=khata.pk)
    with pytest.raises(KhataClosed):
        buy(khata, 1)
    assert standings(khata.store_id) == []


@pytest.mark.parametrize(
    ("refusal", "changes"),
    [
        (InvalidPhone, {"phone": "12"}),
        (InvalidInput, {"name": " "}),
        (InvalidInput, {"name": "x" * 121}),
        (InvalidInput, {"limit": -1}),
        (InvalidInput, {"limit": 1_00_000_01}),
    ],
)
def test_nonsense_opens_nothing(refusal, changes):
    asked = {"phone": "9811111111", "name": "Asha", "limit": 0} | changes
    with pytest.raises(refusal):
        services.open_khata(store_id=uuid4(), actor=OWNER, **asked)
    assert not Khata.objects.exists()


def test_nothing_else_is_written(khata):
    for amount in (0, -5):
        with pytest.raises(InvalidInput):
            buy(khata, amount)
        with pytest.raises(InvalidInput):
            pay(khata, amount)
    with pytest.raises(InvalidInput):
        buy(khata, 1, key="k" * 81)
    stranger = Khata(pk=khata.pk, store_id=uuid4())
    with pytest.raises(InvalidInput):
        buy(stranger, 1)
    assert not KhataEntry.objects.exists()
    assert not Balance.objects.filter(account="khata").exists()


@pytest.mark.django_db(transaction=True)
def test_at_once_the_limit_holds_and_no_paisa_is_paid_twice(khata, concurrently):
    bought = concurrently(8, lambda: buy(khata, 300_00) and "bought")
    assert sorted(bought) == ["bought"] * 3 + ["over_limit"] * 5
    assert owed_by(khata) == 900_00
    paid = concurrently(8, lambda: pay(khata, 400_00) and "paid")
    assert sorted(paid) == ["paid"] * 2 + ["paid_too_much"] * 6
    same = concurrently(6, lambda: pay(khata, 50_00, key="one tap") and "paid")
    assert same == ["paid"] * 6
    assert owed_by(khata) == 50_00
    assert broken_invariants(connection) == []
