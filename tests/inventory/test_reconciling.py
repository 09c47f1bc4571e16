"""Each fault, put there by the owner's hand, is found, written down and left as it is."""

import logging

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from marketplace.core.clock import travel
from marketplace.core.errors import InvalidInput
from marketplace.local.postgres import SUPERUSER
from orders import services as orders
from orders.models import Proposal
from orders.services.payee import OrderHoldOwner
from stores.inventory.errors import DriftStays, UnknownDrift
from stores.inventory.mending import mend_drift
from stores.inventory.models import Listing, StockDrift
from stores.inventory.reconciling import reconcile, reconcile_all
from stores.inventory.services import count_stock, write_off_batch
from tests.factories import make_listing, make_store
from tests.inventory.shelf import figures, in_days, receive
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db(transaction=True)

SHOP = "person:shop"


@pytest.fixture
def listing():
    """Ten without a batch, four good and two expired; three of them held for an order."""
    listing = make_listing(make_store(), on_hand=10)
    with travel(days=-3):
        receive(listing, 2, code="OLD", expires_on=in_days(1))
    receive(listing, 4, code="NEW", expires_on=in_days(20))
    order = place_order(listing.store, {listing.pk: 3})
    listing.order = order
    return listing


@pytest.fixture
def corrupt(servers, transactional_db):
    """`corrupt(sql)`: change rows behind the services' back, with every guard switched off."""
    name = str(connection.settings_dict["NAME"])
    with psycopg.connect(servers.postgres.url(SUPERUSER, name), autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")
        yield superuser.execute


def stored(listing: Listing) -> tuple[int, int, int]:
    listing.refresh_from_db()
    return listing.on_hand, listing.held, listing.expired


def found() -> list[tuple[str, int, int]]:
    return [(drift.figure, drift.stored, drift.computed) for drift in reconcile_all()]


def test_a_hold_that_changes_hands_meanwhile_is_no_drift(listing, monkeypatch):
    """A proposal's hold becomes its order's with the customer's yes: between the two looks."""
    order, other = listing.order, make_listing(listing.store)
    about = {"store_id": order.store_id, "order_id": order.pk, "actor": SHOP}
    line = order.lines.get().pk
    asked = orders.propose_substitute(**about, line_id=line, listing_id=other.pk, quantity=1)
    look = OrderHoldOwner.still_needs

    def say_yes_and_look(owner, references):
        if Proposal.objects.live().exists():
            orders.accept_proposal(**about, proposal_id=asked.pk)
        return look(owner, references)

    monkeypatch.setattr(OrderHoldOwner, "still_needs", say_yes_and_look)
    assert found() == []
    other.refresh_from_db()
    assert other.held == 1


def test_a_sound_shelf_has_no_drift(listing):
    order = listing.order
    key = {"store_id": order.store_id, "order_id": order.pk, "actor": SHOP}
    orders.accept(**key)
    orders.pack(**key)
    orders.cancel(**key, reason="nobody home")
    about = {"store_id": listing.store_id, "listing_id": listing.pk, "actor": SHOP}
    write_off_batch(**about, batch_id=listing.batches.get(code="OLD").pk)
    count_stock(**about, counted=5)
    assert reconcile_all() == []
    assert StockDrift.objects.count() == 0


@pytest.mark.parametrize(
    ("fault", "drift", "figures"),
    [
        (
            "UPDATE inventory_listing SET held = 5",
            [("held", 5, 3)],
            (16, 5, 2),
        ),
        (
            "UPDATE inventory_hold SET state = 'released'",
            [("held", 3, 0)],
            (16, 3, 2),
        ),
        (
            "UPDATE inventory_listing SET on_hand = 15",
            [("on_hand", 15, 16)],
            (15, 3, 2),
        ),
        (
            "DELETE FROM inventory_stockmovement WHERE delta = 10",
            [("on_hand", 16, 6)],
            (16, 3, 2),
        ),
        (
            "UPDATE inventory_batch SET on_hand = 7 WHERE code = 'NEW'",
            [("batches", 7, 4)],
            (16, 3, 2),
        ),
        (
            "UPDATE inventory_batch SET on_hand = CASE code WHEN 'NEW' THEN 3 ELSE 3 END",
            [("batches", 3, 2), ("expired", 2, 3)],
            (16, 3, 2),
        ),
        (
            "UPDATE inventory_stockmovement SET delta = CASE WHEN delta = 10 THEN -5 ELSE 19 END"
            " WHERE delta IN (10, 4);"
            "UPDATE inventory_batch SET on_hand = 19 WHERE code = 'NEW'",
            [("batches", 21, 16)],
            (16, 3, 2),
        ),
        (
            "UPDATE inventory_listing SET expired = 0",
            [("expired", 0, 2)],
            (16, 3, 0),
        ),
        (
            "UPDATE inventory_listing SET expired = 0, next_expiry = NULL;"
            "UPDATE inventory_batch SET expired = false",
            [("expired", 0, 2)],
            (16, 3, 0),
        ),
        (
            "UPDATE orders_order SET state = 'cancelled'",
            [("orphans", 3, 0)],
            (16, 3, 2),
        ),
        (
            "UPDATE inventory_hold SET reference = gen_random_uuid()",
            [("orphans", 3, 0)],
            (16, 3, 2),
        ),
    ],
)
def test_a_fault_is_found_and_nothing_is_changed(listing, corrupt, fault, drift, figures):
    assert found() == []
    corrupt(fault)
    assert found() == drift
    assert stored(listing) == figures


def test_drift_is_opened_once_and_cleared_when_it_is_gone(listing, corrupt):
    corrupt("UPDATE inventory_listing SET held = 5")
    reconcile_all()
    first = StockDrift.objects.get()
    assert (first.figure, first.stored, first.computed) == ("held", 5, 3)
    with travel(days=1):
        corrupt("UPDATE inventory_listing SET held = 6")
        reconcile_all()
        again = StockDrift.objects.get()
        assert (again.pk, again.found_at, again.stored) == (first.pk, first.found_at, 6)
        assert again.seen_at > first.seen_at
        assert again.cleared_at is None
    with travel(days=2):
        corrupt("UPDATE inventory_listing SET held = 3")
        assert reconcile_all() == []
        assert StockDrift.objects.open().count() == 0
        assert StockDrift.objects.get().cleared_at > again.seen_at
        corrupt("UPDATE inventory_listing SET held = 5")
        reconcile_all()
        assert StockDrift.objects.count() == 2


def test_one_shops_check_leaves_another_shops_drift_open(listing, corrupt):
    corrupt("UPDATE inventory_listing SET held = 5")
    reconcile_all()
    with travel(days=1):
        assert reconcile(store_ids=[make_store().pk]) == []
    assert StockDrift.objects.open().count() == 1


def test_drift_is_logged_as_an_error(listing, corrupt, caplog):
    corrupt("UPDATE inventory_listing SET held = 5")
    with caplog.at_level(logging.ERROR):
        reconcile_all()
    assert caplog.messages == [
        f"stock drift: store {listing.store_id}, listing {listing.pk}, held: "
        "5 stored, 3 by its history"
    ]


def test_the_command_prints_each_drift_and_answers_by_its_exit_code(listing, corrupt, capsys):
    call_command("verify_stock")
    assert "The shelves are sound: 1 listings." in capsys.readouterr().out
    corrupt("UPDATE inventory_listing SET held = 5")
    with pytest.raises(SystemExit) as exit_:
        call_command("verify_stock")
    assert exit_.value.code == 1
    assert f"listing {listing.pk}, held: 5 stored, 3 by its history" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "figures_then"),
    [
        ("UPDATE inventory_listing SET held = 5", (16, 3, 2)),
        ("UPDATE inventory_hold SET quantity = 20", (16, 0, 2)),
        ("UPDATE inventory_listing SET on_hand = 15", (15, 3, 2)),
        ("DELETE FROM inventory_stockmovement WHERE delta = 10", (16, 3, 2)),
        ("UPDATE inventory_batch SET on_hand = 7 WHERE code = 'NEW'", (16, 3, 2)),
        ("UPDATE inventory_listing SET expired = 0", (16, 3, 2)),
        (
            "UPDATE inventory_listing SET expired = 0, next_expiry = NULL;"
            "UPDATE inventory_batch SET expired = false",
            (16, 3, 2),
        ),
        ("UPDATE orders_order SET state = 'cancelled'", (16, 0, 2)),
    ],
)
def test_staff_put_drift_right_with_a_reason(listing, corrupt, caplog, fault, figures_then):
    corrupt(fault)
    reconcile_all()
    drift = StockDrift.objects.get()
    with caplog.at_level(logging.WARNING):
        call_command("mend_stock", str(drift.pk), reason="restored from backup", actor="meera")
    assert "mended by meera (restored from backup)" in caplog.messages[-1]
    assert figures(listing) == figures_then
    assert reconcile_all() == []
    assert StockDrift.objects.open().count() == 0
    corrections = listing.movements.filter(kind="correction")
    assert {(each.reason, each.actor) for each in corrections} <= {
        ("restored from backup", "meera")
    }


def test_drift_that_contradicts_itself_stays_until_the_shelf_is_counted(listing, corrupt):
    corrupt(
        "UPDATE inventory_stockmovement SET delta = CASE WHEN delta = 10 THEN -5 ELSE 19 END"
        " WHERE delta IN (10, 4);"
        "UPDATE inventory_batch SET on_hand = 19 WHERE code = 'NEW'"
    )
    reconcile_all()
    drift = StockDrift.objects.get()
    with pytest.raises(DriftStays):
        mend_drift(drift_id=drift.pk, reason="found it", actor="meera")
    assert listing.movements.filter(kind="correction").count() == 0
    assert StockDrift.objects.open().get() == drift


def test_nothing_is_put_right_without_a_reason_or_twice(listing, corrupt):
    corrupt("UPDATE inventory_listing SET held = 5")
    reconcile_all()
    drift = StockDrift.objects.get()
    with pytest.raises(InvalidInput):
        mend_drift(drift_id=drift.pk, reason=" ", actor="meera")
    assert stored(listing) == (16, 5, 2)
    mend_drift(drift_id=drift.pk, reason="found it", actor="meera")
    with pytest.raises(UnknownDrift):
        mend_drift(drift_id=drift.pk, reason="found it", actor="meera")


def test_nothing_drifts_while_everybody_is_at_work(concurrently):
    store = make_store()
    listings = [make_listing(store, on_hand=40) for _ in range(3)]
    for each in listings:
        receive(each, 20, expires_on=in_days(5))

    def work():
        for each in listings:
            order = place_order(store, {each.pk: 2})
            key = {"store_id": store.pk, "order_id": order.pk, "actor": SHOP}
            orders.accept(**key)
            orders.pack(**key)
            orders.cancel(**key, reason="nobody home")
            count_stock(store_id=store.pk, listing_id=each.pk, counted=50, actor=SHOP)

    def check():
        return [drift for _ in range(15) for drift in reconcile(store_ids=[store.pk])]

    *_, drifts = concurrently([work, work, check])
    assert drifts == []
    assert StockDrift.objects.count() == 0
