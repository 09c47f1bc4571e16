"""What happens on the shelf meanwhile, each a call of a service."""

from datetime import timedelta

from marketplace.core.clock import business_date, travel
from stores.inventory import services as shelf
from stores.inventory.expiry import sweep_expired
from stores.inventory.reconciling import reconcile
from tests.races.hands import Hand, Nothing
from tests.races.shops import SHOP


def look_for_drift(hand: Hand) -> str:
    """While everything moves, each figure is what its history adds up to."""
    drift = reconcile(store_ids=[hand.store().pk])
    assert not drift, drift
    return "none"


def receive(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    shelf.receive_stock(
        store_id=store.pk,
        listing_id=listing.pk,
        quantity=listing.step * hand.random.randint(5, 40),
        actor=SHOP,
    )
    return "done"


def receive_batch(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listings[store.pk][-1]
    days = hand.random.choice([0, 1, 5, 30])
    shelf.receive_stock(
        store_id=store.pk,
        listing_id=listing.pk,
        quantity=hand.random.randint(5, 20),
        actor=SHOP,
        label=shelf.Label(code=f"B{days}", expires_on=business_date() + timedelta(days=days)),
    )
    return "done"


def sweep(hand: Hand) -> int:
    """A night passes: what was good until today is not for sale any more."""
    with travel(days=1):
        return sweep_expired()


def count(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    counted = listing.step * hand.random.randint(0, 60)
    shelf.count_stock(store_id=store.pk, listing_id=listing.pk, counted=counted, actor=SHOP)
    return "done"


def break_some(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    shelf.write_off_stock(
        store_id=store.pk, listing_id=listing.pk, quantity=listing.step, reason="broken", actor=SHOP
    )
    return "done"


def undo(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    last = listing.movements.order_by("-id").first()
    if last is None:
        raise Nothing
    about = {"store_id": store.pk, "listing_id": listing.pk}
    shelf.undo_movement(**about, movement_id=last.pk, actor=SHOP)
    return "done"


def price(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    paise = hand.random.randint(90, 110) * listing.price // 100
    shelf.set_price(store_id=store.pk, listing_id=listing.pk, price=paise, actor=SHOP)
    return "done"


def show(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listing(store)
    shown = hand.random.random() < 0.8
    shelf.set_shown(store_id=store.pk, listing_id=listing.pk, shown=shown, actor=SHOP)
    return "shown" if shown else "hidden"


def say_there(hand: Hand) -> str:
    store = hand.store()
    listing = hand.listings[store.pk][7]
    there = hand.random.random() < 0.8
    shelf.set_on_shelf(store_id=store.pk, listing_id=listing.pk, on_shelf=there, actor=SHOP)
    return "there" if there else "gone"
