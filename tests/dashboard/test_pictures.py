"""A shopkeeper takes a photo of what stands on the shelf."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import make_listing, make_store
from tests.inventory.test_pictures import photo


def send(who, listing, content):
    file = SimpleUploadedFile("photo.jpg", content, content_type="image/jpeg")
    address = f"/dashboard/{who.store.pk}/stock/{listing.pk}/picture/"
    return who.client.post(address, {"picture": file} if content else {})


@pytest.fixture
def listing(store):
    return make_listing(store)


def test_a_photo_is_shown_to_customers_and_taken_away_again(manager, listing):
    assert send(manager, listing, photo().getvalue()).status_code == 302
    listing.refresh_from_db()
    page = manager.client.get(f"/dashboard/{manager.store.pk}/stock/{listing.pk}/")
    assert f"/pictures/{listing.pk}/{listing.picture}-192.webp" in page.content.decode()
    address = f"/dashboard/{manager.store.pk}/stock/{listing.pk}/picture/"
    manager.client.post(address, {"remove": "1"})
    listing.refresh_from_db()
    assert listing.picture == ""


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "Choose a photo first."), (b"no photo", "not a picture")]
)
def test_what_is_no_photo_is_refused_at_its_field(manager, listing, content, why):
    refused = send(manager, listing, content)
    assert refused.status_code == 422
    assert why in refused.content.decode()
    assert 'id="picture-error"' in refused.content.decode()
    listing.refresh_from_db()
    assert listing.picture == ""


def test_a_helper_and_another_shop_may_not(helper, manager, listing):
    content = photo().getvalue()
    assert send(helper, listing, content).status_code == 403
    assert send(manager, make_listing(make_store()), content).status_code == 404
    listing.refresh_from_db()
    assert listing.picture == ""
