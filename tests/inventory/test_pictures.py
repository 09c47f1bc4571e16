"""What a shop uploads is checked by decoding it, and made anew."""

import re
import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from marketplace.core.errors import Busy, InvalidInput
from stores.inventory import pictures
from stores.inventory.errors import UnknownListing
from stores.inventory.services import remove_picture, set_picture
from stores.inventory.services.stock import lock_listing
from tests.factories import make_listing, make_store

RED, BLUE = (200, 30, 30), (30, 30, 200)
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


def photo(size=(640, 480), *, form="JPEG", colour=RED, exif=None, **options):
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, form, **({"exif": exif} if exif else {}), **options)
    out.seek(0)
    return out


def shown(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    picture.load()
    return picture


def is_near(point, colour):
    return all(abs(one - other) < 16 for one, other in zip(point, colour, strict=True))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_square_webp_of_every_width(form):
    made = pictures.make_pictures(photo(form=form))
    assert {width: shown(content).size for width, content in made.items()} == {
        width: (width, width) for width in (96, 192, 480, 960)
    }
    assert {shown(content).format for content in made.values()} == {"WEBP"}
    middle, corner = (shown(made[480]).getpixel(at) for at in ((240, 240), (240, 10)))
    assert is_near(middle, RED)
    assert is_near(corner, (255, 255, 255))


def test_nothing_of_where_and_when_it_was_taken_is_kept():
    exif = Image.Exif()
    exif[MAKER] = "Secret phone"
    exif.get_ifd(GPS)[1] = "N"
    uploaded = photo(exif=exif.tobytes(), comment=b"Secret phone")
    assert b"Secret phone" in uploaded.getvalue()
    for content in pictures.make_pictures(uploaded).values():
        assert b"Secret phone" not in content
        assert dict(shown(content).getexif()) == {}
        assert "icc_profile" not in shown(content).info


def test_a_photo_taken_sideways_stands_upright():
    """Red on the left, blue on the right, held so that red is meant to be on top."""
    picture = Image.new("RGB", (600, 600), BLUE)
    picture.paste(RED, (0, 0, 300, 600))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif.tobytes())
    out.seek(0)
    made = shown(pictures.make_pictures(out)[480])
    assert is_near(made.getpixel((240, 60)), RED)
    assert is_near(made.getpixel((240, 420)), BLUE)


def test_what_shows_through_becomes_white():
    out = BytesIO()
    Image.new("RGBA", (300, 300), (*RED, 0)).save(out, "PNG")
    out.seek(0)
    assert is_near(shown(pictures.make_pictures(out)[96]).getpixel((48, 48)), (255, 255, 255))


def bomb(side=40_000):
    """A PNG of some bytes that claims 1,600 million points."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    )


def as_gif():
    return photo(form="GIF")


def cut_off():
    return BytesIO(photo(form="PNG").getvalue()[:400])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (bomb, "can read|too many"),
        (lambda: bomb(side=6_000), "too many points"),
        (lambda: photo((199, 640)), "too small"),
        (as_gif, "not a picture"),
        (cut_off, "not a picture"),
        (lambda: BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "not a picture"),
        (lambda: BytesIO(b""), "not a picture"),
        (lambda: BytesIO(b"\xff\xd8" + b"\0" * pictures.MOST_BYTES), "too large"),
    ],
)
def test_what_is_no_photo_or_too_much_of_one_is_refused(make, why):
    with pytest.raises(InvalidInput) as refused:
        pictures.make_pictures(make())
    assert refused.value.params["field"] == "picture"
    assert re.search(why, str(refused.value.params["why"]))


def test_a_new_photo_takes_the_place_of_the_old(db, django_capture_on_commit_callbacks):
    store = make_store()
    listing = make_listing(store)
    first = set_picture(store_id=store.pk, listing_id=listing.pk, uploaded=photo()).picture
    assert default_storage.exists(f"pictures/{listing.pk}/{first}-96.webp")
    with django_capture_on_commit_callbacks(execute=True):
        second = set_picture(
            store_id=store.pk, listing_id=listing.pk, uploaded=photo(colour=BLUE)
        ).picture
    assert default_storage.exists(f"pictures/{listing.pk}/{second}-96.webp")
    assert not default_storage.exists(f"pictures/{listing.pk}/{first}-96.webp")
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_picture(store_id=store.pk, listing_id=listing.pk).picture == ""
    assert not default_storage.exists(f"pictures/{listing.pk}/{second}-96.webp")


def test_another_shops_listing_gets_no_photo(db):
    listing = make_listing(make_store())
    with pytest.raises(UnknownListing):
        set_picture(store_id=make_store().pk, listing_id=listing.pk, uploaded=photo())
    listing.refresh_from_db()
    assert listing.picture == ""


@pytest.mark.django_db(transaction=True)
def test_of_photos_sent_at_once_one_is_shown_and_its_files_are_there(concurrently):
    """Two pictures, three times each: whichever is shown last, no other took its files along."""
    store = make_store()
    listing = make_listing(store)
    for _ in range(5):
        outcomes = concurrently(
            [
                lambda colour=colour: (
                    set_picture(
                        store_id=store.pk, listing_id=listing.pk, uploaded=photo(colour=colour)
                    ).picture
                )
                for colour in (RED, BLUE) * 3
            ]
        )
        listing.refresh_from_db()
        assert listing.picture in outcomes
        kept = {
            name.rpartition("-")[0] for name in default_storage.listdir(f"pictures/{listing.pk}")[1]
        }
        assert kept == {listing.picture}


def test_whoever_waits_too_long_for_a_photo_to_be_unpacked_is_told():
    with pictures._TABLE, pytest.raises(Busy):
        pictures.make_pictures(photo(), patience=0.01)
    assert pictures.make_pictures(photo())


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_cannot_be_shown_leaves_no_files(elsewhere):
    listing = make_listing(make_store())
    with (
        elsewhere(lambda: lock_listing(store_id=listing.store_id, listing_id=listing.pk)),
        pytest.raises(Busy),
    ):
        set_picture(store_id=listing.store_id, listing_id=listing.pk, uploaded=photo())
    assert default_storage.listdir(f"pictures/{listing.pk}")[1] == []
