import pytest
from django.core.files.base import ContentFile

from stores.catalogue.models import Product
from stores.inventory.importing import keep_file, run_import
from stores.inventory.models import Listing
from stores.inventory.services import merge_product
from tests.factories import make_listing, make_product, make_store

pytestmark = pytest.mark.django_db

LIST = b"name,mrp,price\nAshirwad aata 5 kg,300,280\nAshirwad aata 5 kg,310,290\n"


def upload(store):
    kept = keep_file(store_id=store.pk, actor="system", file=ContentFile(LIST, name="a.csv"))
    return run_import(import_run_id=kept.pk)


def test_listings_follow_their_product_and_the_next_import_still_knows_it():
    store, shared = make_store(), make_product(name="Aashirvaad Atta")
    upload(store)
    private = Product.objects.get(store=store)
    merge_product(product_id=private.pk, into_id=shared.pk)
    assert set(Listing.objects.values_list("product_id", "shown")) == {(shared.pk, True)}
    again = upload(store)
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)
    assert Product.objects.visible_to(store.pk).get() == shared


def test_where_the_shop_sells_the_shared_one_already_the_private_listing_is_hidden():
    store, shared = make_store(), make_product(name="Aashirvaad Atta")
    twin = make_listing(store, product=shared, price=28000, mrp=30000)
    upload(store)
    private = Product.objects.get(store=store)
    merge_product(product_id=private.pk, into_id=shared.pk)
    assert {
        (listing.mrp, listing.product_id, listing.shown) for listing in Listing.objects.all()
    } == {
        (30000, shared.pk, True),
        (30000, private.pk, False),
        (31000, shared.pk, True),
    }
    twin.refresh_from_db()
    assert twin.on_hand == 10
