"""One listing as a row that a shopkeeper can change in place."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from marketplace.core.fields import in_tens
from marketplace.core.quantity import Unit
from marketplace.dashboard.forms.fields import unit_digits, unit_label
from stores.inventory.models import Listing


@dataclass(frozen=True, slots=True)
class Undo:
    """How to take the last change back: what to post, and where."""

    action: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A listing, what was typed where it was refused, and what was just changed.

    The form fields of a row are written by hand in its template: thirty rows of Django forms
    would cost more than the rest of the page.
    """

    listing: Listing
    typed_price: str = ""
    price_problem: str = ""
    typed_quantity: str = ""
    why: str = ""
    stock_problem: str = ""
    said: str = ""
    undo: Undo | None = None

    @property
    def price(self) -> str:
        return self.typed_price or in_tens(self.listing.price, 2)

    @property
    def mrp(self) -> str:
        return "" if self.listing.mrp is None else in_tens(self.listing.mrp, 2)

    @property
    def per(self) -> str:
        """What the price buys, in words, where that is not one piece."""
        listing = self.listing
        if listing.product.base_unit == Unit.PIECE and listing.per == 1:
            return ""
        amount = in_tens(listing.per, unit_digits(listing.product.base_unit))
        words = unit_label(listing.product.base_unit)
        return words if amount == "1" else f"{amount} {words}"

    @property
    def unit(self) -> str:
        return unit_label(self.listing.product.base_unit)

    @property
    def runs_low(self) -> bool:
        listing, left = self.listing, self.listing.available
        return left is not None and 0 < left <= (listing.reorder_level or 0)

    @property
    def is_out(self) -> bool:
        return self.listing.available == 0


FILTERS = ("all", "low", "out", "hidden")


def filter_words(key: str) -> str:
    return {"all": _("All"), "low": _("Running low"), "out": _("Sold out"), "hidden": _("Hidden")}[
        key
    ]


def read_cursor(text: str) -> tuple[int, UUID] | None:
    """The (rank, id) of the last row seen, or None where the address was meddled with."""
    rank, _dot, listing_id = text.partition(".")
    try:
        return int(rank), UUID(listing_id)
    except ValueError:
        return None
