"""What a shop sells and for how much."""

from enum import Enum
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Min

from marketplace.core.clock import business_date, now
from marketplace.core.errors import InvalidInput
from marketplace.core.locks import busy_when_locked
from marketplace.core.money import rupees
from stores.catalogue.models import Product
from stores.inventory.errors import BadPrice, ListingExists, PriceAboveMrp
from stores.inventory.figures import shift
from stores.inventory.models import Batch, Listing, PriceChange, StockMovement
from stores.inventory.moving import change_on_hand
from stores.inventory.services.stock import lock_listing


class _Keep(Enum):
    KEEP = "keep"


KEEP: Final = _Keep.KEEP
# what an integer column holds
MOST_LEVEL = 2**31 - 1


@busy_when_locked()
@transaction.atomic
def add_listing(
    *,
    store_id: UUID,
    product: Product,
    price: int,
    actor: str,
    mrp: int | None = None,
    per: int = 1,
    step: int = 1,
    minimum: int = 1,
    policy: str = Listing.Policy.COUNTED,
    on_hand: int = 0,
    on_shelf: bool = False,
    reorder_level: int | None = None,
    rank: int = 0,
) -> Listing:
    """Put a product on the shop's shelf: `price` paise for `per` base units, `on_hand` base units.

    Raises ListingExists, BadPrice, PriceAboveMrp.
    """
    _check_price(price, mrp)
    listing = Listing(
        store_id=store_id,
        product=product,
        category_id=product.category_id,
        imported_from=product.imported_from,
        price=price,
        per=per,
        mrp=mrp,
        step=step,
        minimum=minimum,
        policy=policy,
        on_shelf=on_shelf,
        reorder_level=reorder_level,
        rank=rank,
    )
    try:
        with transaction.atomic():
            listing.save(force_insert=True)
    except IntegrityError as error:
        if Listing.objects.of_store(store_id).filter(product=product, mrp=mrp).exists():
            raise ListingExists from error
        raise
    PriceChange.objects.create(
        store_id=store_id, listing=listing, before=None, after=price, actor=actor
    )
    if on_hand:
        change_on_hand(
            listing=listing, kind=StockMovement.Kind.RECEIPT, after=on_hand, reason="", actor=actor
        )
    return listing


@busy_when_locked()
@transaction.atomic
def set_price(
    *,
    store_id: UUID,
    listing_id: UUID,
    price: int,
    actor: str,
    mrp: int | _Keep | None = KEEP,
    reason: str = "",
) -> Listing:
    """Change the price, and the printed MRP where given, in paise; the same price changes nothing.

    The price may not rise above the lowest MRP printed on a batch in stock. Raises UnknownListing,
    BadPrice, PriceAboveMrp, and ListingExists when the product already stands at the new MRP.
    """
    listing = lock_listing(store_id=store_id, listing_id=listing_id)
    new_mrp = listing.mrp if isinstance(mrp, _Keep) else mrp
    _check_price(price, new_mrp)
    if price > listing.price:
        _check_price(price, _lowest_mrp_in_stock(listing))
    if (price, new_mrp) == (listing.price, listing.mrp):
        return listing
    before, listing.price, listing.mrp = listing.price, price, new_mrp
    listing.updated_at = now()
    try:
        with transaction.atomic():
            listing.save(update_fields=["price", "mrp", "updated_at"])
    except IntegrityError as error:
        raise ListingExists from error
    PriceChange.objects.create(
        store_id=store_id, listing=listing, before=before, after=price, reason=reason, actor=actor
    )
    return listing


@busy_when_locked()
@transaction.atomic
def set_shown(*, store_id: UUID, listing_id: UUID, shown: bool, actor: str) -> Listing:
    """Show the listing to customers, or hide it. Raises UnknownListing."""
    listing = lock_listing(store_id=store_id, listing_id=listing_id)
    listing.shown = shown
    listing.updated_at = now()
    listing.save(update_fields=["shown", "updated_at"])
    return listing


@busy_when_locked()
@transaction.atomic
def set_on_shelf(*, store_id: UUID, listing_id: UUID, on_shelf: bool, actor: str) -> Listing:
    """Say that a listing the shop does not count is there, or is not. Raises UnknownListing.

    It is sold while it is marked as there. What was sold until then stays sold: the shop marks the
    last packet gone because it stands picked for somebody as often as because it is missing, and
    at picking it says which. So, unlike a count, this takes no hold away.
    """
    listing = lock_listing(store_id=store_id, listing_id=listing_id)
    listing.on_shelf = on_shelf
    listing.updated_at = now()
    listing.save(update_fields=["on_shelf", "updated_at"])
    return listing


@busy_when_locked()
@transaction.atomic
def set_reorder_level(
    *, store_id: UUID, listing_id: UUID, level: int | None, actor: str
) -> Listing:
    """Have the shop told when `level` base units or fewer are left to sell; None never tells.

    A listing that is already that low is told of once, now. Raises UnknownListing, InvalidInput.
    """
    listing = lock_listing(store_id=store_id, listing_id=listing_id)
    if level is not None and not 0 <= level <= MOST_LEVEL:
        raise InvalidInput(field="reorder_level", why=str(level))
    if level != listing.reorder_level:
        listing.reorder_level, listing.updated_at = level, now()
        listing.save(update_fields=["reorder_level", "updated_at"])
        shift({listing.pk: listing}, on_hand={listing.pk: 0})
    return listing


@busy_when_locked()
@transaction.atomic
def set_keeps_batches(
    *, store_id: UUID, listing_id: UUID, keeps_batches: bool, actor: str
) -> Listing:
    """Ask for batch, expiry and MRP when goods come in, or no longer; batches in stock stay known.

    Raises UnknownListing.
    """
    listing = lock_listing(store_id=store_id, listing_id=listing_id)
    listing.keeps_batches, listing.updated_at = keeps_batches, now()
    listing.save(update_fields=["keeps_batches", "updated_at"])
    return listing


def _lowest_mrp_in_stock(listing: Listing) -> int | None:
    good = Batch.objects.filter(store_id=listing.store_id, listing=listing).good_on(business_date())
    lowest: int | None = good.aggregate(lowest=Min("mrp"))["lowest"]
    return lowest


def _check_price(price: int, mrp: int | None) -> None:
    if price <= 0:
        raise BadPrice(field="price")
    if mrp is not None and price > mrp:
        raise PriceAboveMrp(field="price", price=rupees(price), mrp=rupees(mrp))
