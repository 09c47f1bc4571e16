"""A few shops with a few listings, so that everybody wants the same ones."""

from datetime import date, time, timedelta

from marketplace.core.quantity import Unit
from payments.khata.services import open_khata
from stores.inventory.models import Listing
from stores.inventory.services import Label, add_listing, receive_stock
from stores.shops.models import DeliverySlot, Store
from tests.factories import make_product, make_store

SHOP = "person:shopkeeper"
PLACES = 300


def open_shops(count: int, *, listings: int = 9) -> list[Store]:
    """Shops that take orders day and night: packets, loose goods, goods by batch, and some that the
    shop does not count."""
    return [_open(n, listings) for n in range(count)]


def _open(n: int, listings: int) -> Store:
    store = make_store(
        slug=f"race-{n}", offers_pickup=True, accept_minutes=10, return_days=7, delivery_fee=1500
    )
    for number in range(listings):
        if number % 9 == 6:
            loose = make_product(
                packed=False, base_unit=Unit.GRAM, pack_quantity=None, pack_unit="", hsn="0713"
            )
            add_listing(
                store_id=store.pk,
                product=loose,
                price=9000,
                per=1000,
                step=250,
                minimum=250,
                on_hand=60_000,
                actor=SHOP,
            )
        elif number % 9 == 7:
            add_listing(
                store_id=store.pk,
                product=make_product(),
                price=3000,
                policy=Listing.Policy.ON_SHELF,
                on_shelf=True,
                actor=SHOP,
            )
        else:
            listing = add_listing(
                store_id=store.pk,
                product=make_product(),
                price=10_000 + 100 * number,
                mrp=20_000,
                on_hand=60,
                reorder_level=10,
                actor=SHOP,
            )
            if number % 9 == 8:
                receive_batches(store, listing)
    for number in range(2):
        open_khata(
            store_id=store.pk,
            phone=f"98100{number:05d}",
            name=f"Customer {number}",
            limit=20_000_00,
            actor=SHOP,
        )
    DeliverySlot.objects.bulk_create(
        DeliverySlot(
            store=store,
            weekday=weekday,
            starts=time(9),
            ends=time(21),
            capacity=PLACES,
        )
        for weekday in range(7)
    )
    return store


def receive_batches(store: Store, listing: Listing) -> None:
    for days in (1, 30, 60):
        receive_stock(
            store_id=store.pk,
            listing_id=listing.pk,
            quantity=20,
            actor=SHOP,
            label=Label(code=f"B{days}", expires_on=date.today() + timedelta(days=days)),
        )
