"""The shops' photographs on cheap phones: small, sized, lazy, smaller still for who saves data."""

import re

import pytest
from PIL import Image

from stores.inventory.services import set_picture
from tests.factories import make_listing, make_product
from tests.inventory.test_pictures import photo, shown


@pytest.fixture
def pictured(store):
    listing = make_listing(store, product=make_product(name="Poha"))
    return set_picture(store_id=store.pk, listing_id=listing.pk, uploaded=photo())


def bytes_of(response):
    return b"".join(response.streaming_content)


def attributes(tag: str) -> dict[str, str]:
    return dict(re.findall(r'([\w-]+)="([^"]*)"', tag))


def test_a_card_shows_the_photo_in_a_place_of_known_size(visitor, store, pictured):
    make_listing(store, product=make_product(name="Salt"))
    page = visitor.get(f"/shops/{store.slug}/").content.decode()
    (tag,) = re.findall(r'<img class="picture"[^>]*>', page)
    said = attributes(tag)
    base = f"/pictures/{pictured.pk}/{pictured.picture}"
    assert (said["src"], said["srcset"]) == (
        f"{base}-96.webp",
        f"{base}-96.webp 96w, {base}-192.webp 192w",
    )
    assert (said["width"], said["height"], said["sizes"]) == (
        "72",
        "72",
        "(min-width: 48rem) 7.5rem, 4.5rem",
    )
    assert said["loading"] == "lazy"
    # what has no photo keeps its aisle's drawing
    assert page.count('<svg class="picture"') >= 1


def test_a_products_page_shows_it_at_once_and_tells_others(visitor, store, pictured):
    page = visitor.get(f"/shops/{store.slug}/p/{pictured.pk}-poha/").content.decode()
    (tag,) = re.findall(r'<img class="picture"[^>]*>', page)
    said = attributes(tag)
    assert "loading" not in said
    assert (said["width"], said["height"], said["alt"]) == ("144", "144", "Poha")
    address = f"http://127.0.0.1:8000/pictures/{pictured.pk}/{pictured.picture}-960.webp"
    assert f'property="og:image" content="{address}"' in page
    assert f'"image":"{address}"' in page


def test_a_photo_is_kept_by_browsers_for_good(client, pictured):
    response = client.get(f"/pictures/{pictured.pk}/{pictured.picture}-192.webp")
    assert response["Content-Type"] == "image/webp"
    assert "immutable" in response["Cache-Control"]
    assert "Save-Data" in response["Vary"]
    assert shown(bytes_of(response)).size == (192, 192)


def test_who_saves_data_gets_fewer_bytes(client, store):
    listing = make_listing(store)
    noisy = Image.effect_noise((600, 600), 90).convert("RGB")
    uploaded = photo()
    uploaded.seek(0)
    uploaded.truncate()
    noisy.save(uploaded, "PNG")
    uploaded.seek(0)
    name = set_picture(store_id=store.pk, listing_id=listing.pk, uploaded=uploaded).picture
    for width, saved in ((480, 192), (192, 96), (96, 96)):
        path = f"/pictures/{listing.pk}/{name}-{width}.webp"
        full = bytes_of(client.get(path))
        saving = bytes_of(client.get(path, headers={"save-data": "on"}))
        assert shown(saving).size == (saved, saved)
        assert len(saving) <= len(full)
        assert (len(saving) < len(full)) == (saved < width)


@pytest.mark.parametrize("tail", ["{name}-100.webp", "0000000000000000-96.webp", "../x-96.webp"])
def test_what_is_no_photo_is_not_there(client, pictured, tail):
    path = f"/pictures/{pictured.pk}/{tail.format(name=pictured.picture)}"
    assert client.get(path).status_code == 404
