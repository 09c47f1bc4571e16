import pytest
from django.db import ProgrammingError, transaction
from django.db.models import Sum

from marketplace.core.ids import uuid7
from stores.inventory.errors import (
    BadStock,
    CannotUndo,
    NotCounted,
    PriceAboveMrp,
    ReferenceReused,
    UnknownListing,
)
from stores.inventory.models import Listing, PriceChange, StockMovement
from stores.inventory.services import (
    count_stock,
    receive_stock,
    set_on_shelf,
    set_price,
    set_shown,
    undo_movement,
    write_off_stock,
)
from tests.factories import make_listing, make_store

pytestmark = pytest.mark.django_db


def on_hand(listing: Listing) -> tuple[int, int]:
    """What the shelf says, and what its movements add up to."""
    total = listing.movements.aggregate(total=Sum("delta"))["total"]
    return Listing.objects.get(pk=listing.pk).on_hand, total


def test_every_change_of_stock_is_a_movement_with_its_reason():
    listing = make_listing(make_store(), on_hand=10)
    key = {"store_id": listing.store_id, "listing_id": listing.pk, "actor": "person:x"}
    receive_stock(**key, quantity=5, reason="van")
    write_off_stock(**key, quantity=3, reason="rats")
    count_stock(**key, counted=20, reason="shelf")
    assert on_hand(listing) == (20, 20)
    assert list(
        listing.movements.order_by("id").values_list("kind", "delta", "after", "reason")
    ) == [
        ("receipt", 10, 10, ""),
        ("receipt", 5, 15, "van"),
        ("damage", -3, 12, "rats"),
        ("count", 8, 20, "shelf"),
    ]


def test_the_same_count_again_changes_nothing():
    listing = make_listing(make_store(), on_hand=10)
    count_stock(store_id=listing.store_id, listing_id=listing.pk, counted=10, actor="system")
    assert listing.movements.count() == 1


@pytest.mark.parametrize("quantity", [0, 11, -1])
def test_no_more_is_written_off_than_there_is(quantity):
    listing = make_listing(make_store(), on_hand=10)
    with pytest.raises(BadStock):
        write_off_stock(
            store_id=listing.store_id,
            listing_id=listing.pk,
            quantity=quantity,
            reason="",
            actor="system",
        )
    assert on_hand(listing) == (10, 10)


def test_a_foreign_shop_cannot_touch_a_listing():
    listing = make_listing(make_store())
    stranger = make_store()
    with pytest.raises(UnknownListing):
        set_price(store_id=stranger.pk, listing_id=listing.pk, price=100, actor="system")
    assert Listing.objects.get(pk=listing.pk).price == 25000


def test_a_price_above_the_mrp_is_refused_and_nothing_changes():
    listing = make_listing(make_store(), price=25000, mrp=26000)
    with pytest.raises(PriceAboveMrp) as refused:
        set_price(store_id=listing.store_id, listing_id=listing.pk, price=26001, actor="system")
    assert str(refused.value) == "The price ₹260.01 is above the printed MRP of ₹260."
    assert listing.price_changes.count() == 1


def test_a_price_change_keeps_what_it_was():
    listing = make_listing(make_store(), price=25000)
    set_price(store_id=listing.store_id, listing_id=listing.pk, price=24000, actor="person:x")
    set_price(store_id=listing.store_id, listing_id=listing.pk, price=24000, actor="person:x")
    assert list(listing.price_changes.order_by("id").values_list("before", "after")) == [
        (None, 25000),
        (25000, 24000),
    ]


def test_what_is_not_counted_has_no_number_to_change():
    listing = make_listing(make_store(), policy="on_shelf", on_hand=0, on_shelf=True)
    with pytest.raises(NotCounted):
        receive_stock(store_id=listing.store_id, listing_id=listing.pk, quantity=1, actor="system")
    set_on_shelf(store_id=listing.store_id, listing_id=listing.pk, on_shelf=False, actor="system")
    assert not Listing.objects.sellable().filter(pk=listing.pk).exists()


def test_a_hidden_listing_is_not_sellable():
    listing = make_listing(make_store())
    assert Listing.objects.sellable().filter(pk=listing.pk).exists()
    set_shown(store_id=listing.store_id, listing_id=listing.pk, shown=False, actor="system")
    assert not Listing.objects.sellable().filter(pk=listing.pk).exists()


@pytest.mark.parametrize("history", [StockMovement, PriceChange])
def test_the_application_cannot_change_history(history):
    make_listing(make_store())
    with pytest.raises(ProgrammingError), transaction.atomic():
        history.objects.update(reason="never")
    with pytest.raises(ProgrammingError), transaction.atomic():
        history.objects.all()._raw_delete("default")


def test_the_latest_change_by_hand_can_be_undone_once():
    listing = make_listing(make_store(), on_hand=10)
    key = {"store_id": listing.store_id, "listing_id": listing.pk, "actor": "person:x"}
    receive_stock(**key, quantity=50, reason="typed 50 for 5")
    mistake = listing.movements.latest("id")
    undo_movement(**key, movement_id=mistake.pk)
    correction = listing.movements.latest("id")
    assert (correction.kind, correction.delta, correction.reference) == (
        "correction",
        -50,
        mistake.pk,
    )
    assert on_hand(listing) == (10, 10)
    for movement in (mistake, correction):
        with pytest.raises(CannotUndo):
            undo_movement(**key, movement_id=movement.pk)
    assert on_hand(listing) == (10, 10)


def test_an_older_change_is_not_undone():
    listing = make_listing(make_store(), on_hand=10)
    key = {"store_id": listing.store_id, "listing_id": listing.pk, "actor": "person:x"}
    receive_stock(**key, quantity=5)
    older = listing.movements.latest("id")
    count_stock(**key, counted=12)
    with pytest.raises(CannotUndo):
        undo_movement(**key, movement_id=older.pk)
    assert on_hand(listing) == (12, 12)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("change", "left"), [(receive_stock, 14), (write_off_stock, 6)])
def test_a_change_sent_twice_at_once_is_one_movement(two_connections, change, left):
    listing = make_listing(make_store(), on_hand=10)
    about = {"store_id": listing.store_id, "listing_id": listing.pk, "actor": "person:x"}
    once = {**about, "quantity": 4, "reason": "", "reference": uuid7()}
    assert two_connections(lambda: change(**once).on_hand) == [left, left]
    assert on_hand(listing) == (left, left)
    with pytest.raises(ReferenceReused):
        change(**once | {"quantity": 3})
    assert on_hand(listing) == (left, left)
