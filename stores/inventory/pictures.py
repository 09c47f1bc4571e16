"""A shop's own photograph of what it sells: checked by decoding it, and made anew from its points.

Nothing of the file that came in is kept: where and when it was taken, whoever took it, and whatever
else may hide in it stay outside.
"""

from collections.abc import Mapping
from io import BytesIO
from secrets import token_hex
from threading import Lock
from typing import IO
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from marketplace.core.errors import Busy, InvalidInput

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_BYTES = 10 * 1024 * 1024
# A phone's photograph has 12 million points, a file of some kilobytes can claim thousands of millions.
MOST_PIXELS = 25_000_000
LEAST_SIDE = 200
# Points: a card on any screen, a product's page, and what search engines and shared links show.
WIDTHS = (96, 192, 480, 960)
QUALITY = 72
# One at a time is unpacked in a process: a small file may take a hundred megabytes. Whoever waits longer,
# in seconds, is asked to try again, and holds no thread up.
_TABLE = Lock()
PATIENCE = 3


def make_pictures(uploaded: IO[bytes], *, patience: float = PATIENCE) -> dict[int, bytes]:
    """Square WebP pictures of each width; `patience` in seconds. Raises InvalidInput, naming the field
    `picture`, and Busy."""
    raw = uploaded.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _refusal(_("This picture is too large: 10 MB at most."))
    if not _TABLE.acquire(timeout=patience):
        raise Busy
    try:
        square = _squared(_decode(raw))
        return {width: _webp(square, width) for width in WIDTHS}
    finally:
        _TABLE.release()


def _decode(raw: bytes) -> Image.Image:
    """The picture upright, no larger than it is shown. Its size is known from its head, before a single
    point is unpacked."""
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise _refusal(_("This picture has too many points: 25 million at most."))
            if min(width, height) < LEAST_SIDE:
                raise _refusal(_("This picture is too small: 200 points on each side at least."))
            # a JPEG can be unpacked smaller at once
            picture.draft("RGB", (max(WIDTHS), max(WIDTHS)))
            small = picture if picture.mode in ("RGB", "RGBA", "L") else picture.convert("RGBA")
            small.thumbnail((max(WIDTHS), max(WIDTHS)), Image.Resampling.LANCZOS)
            return ImageOps.exif_transpose(small).convert("RGBA")
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise _refusal(
            _("This is not a picture that we can read. Choose a photo (JPEG, PNG or WebP).")
        ) from error


def _squared(picture: Image.Image) -> Image.Image:
    """The whole picture in the middle of a white square, so that every place for it is the same."""
    side = max(picture.size)
    square = Image.new("RGB", (side, side), "white")
    square.paste(picture, ((side - picture.width) // 2, (side - picture.height) // 2), picture)
    return square


def _webp(square: Image.Image, width: int) -> bytes:
    out = BytesIO()
    square.resize((width, width), Image.Resampling.LANCZOS).save(
        out, "WEBP", quality=QUALITY, method=6
    )
    return out.getvalue()


def _refusal(why: object) -> InvalidInput:
    return InvalidInput(field="picture", why=why)


def new_name() -> str:
    """Of no other pictures, so that an address never shows something else, and none goes with another."""
    return token_hex(8)


def file_of(listing_id: UUID, name: str, width: int) -> str:
    return f"pictures/{listing_id}/{name}-{width}.webp"


def store_files(listing_id: UUID, name: str, pictures: Mapping[int, bytes]) -> None:
    for width, content in pictures.items():
        default_storage.save(file_of(listing_id, name, width), ContentFile(content))


def delete_files(listing_id: UUID, name: str) -> None:
    for width in WIDTHS:
        default_storage.delete(file_of(listing_id, name, width))
