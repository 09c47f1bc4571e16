from django.utils.translation import gettext_lazy as _

from marketplace.core.errors import DomainError, InvalidInput


class UnknownListing(DomainError):
    """The shop has no such listing, or it belongs to another shop."""

    code = "unknown_listing"
    message = _("This shop has no such item.")
    status = 404


class OutOfStock(DomainError):
    """`lines` lists every short listing: its id, name, what was wanted and what is left."""

    code = "out_of_stock"
    message = _("Not enough in stock: %(names)s.")


class PastItsDate(OutOfStock):
    """Nothing more of it is within its date; food past it may not be sold (FSS Act 2006, s.27)."""

    code = "past_its_date"
    message = _("The rest is past its date and may not be sold: %(names)s.")


class SetAside(OutOfStock):
    """Selling that much would take what is held for orders; `lines` says of how much, by listing."""

    code = "set_aside"
    message = _("Set aside for orders: %(names)s.")


class BadQuantity(InvalidInput):
    """Below the listing's minimum, off its steps, or not a number of base units at all."""

    code = "bad_quantity"
    message = _("%(name)s is sold from %(minimum)s, in steps of %(step)s.")


class PriceAboveMrp(InvalidInput):
    """Packaged goods may not be sold above the printed price (Legal Metrology Act 2009, s.18)."""

    code = "price_above_mrp"
    message = _("The price %(price)s is above the printed MRP of %(mrp)s.")


class BadPrice(InvalidInput):
    code = "bad_price"
    message = _("The price must be more than zero.")


class BadStock(InvalidInput):
    """A count below zero, nothing received, or more written off than there is."""

    code = "bad_stock"
    message = _("That leaves %(left)s in stock. Please check the number.")


class AlreadyExpired(InvalidInput):
    """Goods past their date may not be sold (FSS Act 2006, s.27), so they do not come in."""

    code = "already_expired"
    message = _("These goods expired on %(day)s. Do not take them in.")


class UnknownBatch(DomainError):
    """The listing has no such batch."""

    code = "unknown_batch"
    message = _("There is no such batch.")
    status = 404


class ReferenceReused(DomainError):
    """The reference already named another change of this listing's stock."""

    code = "idempotency_key_reused"
    message = _("This was already sent with another quantity. Nothing has been changed now.")
    status = 422


class NotCounted(DomainError):
    """The shop does not count this listing, so there is no number to change."""

    code = "not_counted"
    message = _("This item is not counted; mark it as there or not there.")


class CannotUndo(DomainError):
    """Not the listing's latest change made by hand: undoing an older one would hide a later one."""

    code = "cannot_undo"
    message = _("Only the latest change of stock can be undone. Please count the shelf instead.")


class ListingExists(DomainError):
    code = "listing_exists"
    message = _("The shop already sells this product at this MRP.")


class UnknownDrift(DomainError):
    """No drift of this id is open: it is gone, or was never found."""

    code = "unknown_drift"
    message = _("There is no such open difference.")
    status = 404


class DriftStays(DomainError):
    """The figures contradict one another in a way that only a count of the shelf can settle."""

    code = "drift_stays"
    message = _("This does not put it right. Have the shop count the item.")
