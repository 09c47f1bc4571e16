"""What the rows of one batch change on the shop's shelf, written in a few statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Min, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.money import rupees
from marketplace.core.quantity import Unit
from stores.inventory.importing.bulk import copy_in
from stores.inventory.importing.lines import BadLine, Line
from stores.inventory.importing.matching import Identity, Known, identity
from stores.inventory.importing.problems import Problem
from stores.inventory.models import Batch, Listing, PriceChange, StockMovement
from stores.inventory.moving import change_on_hand

# Loose goods are priced per kilogram or litre. They are sold in quarters of it, so that a kilogram
# is four taps; what is dear, as spices are, in the largest smaller step that costs at most ₹50.
LOOSE_PER = 1000
LOOSE_STEPS = (250, 100, 50)
MOST_FOR_A_STEP = 50_00
REASON = "import"

ListingKey = tuple[UUID, int | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """The row that spoke of a listing first."""

    number: int
    price: int
    stock: Decimal | None


@dataclass(slots=True)
class Outcome:
    """What became of one batch; `seen` are the listings that its rows spoke of."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: list[BadLine] = field(default_factory=list)
    seen: dict[ListingKey, Seen] = field(default_factory=dict)


@dataclass(slots=True)
class _Writes:
    new: list[Listing] = field(default_factory=list)
    changed: dict[UUID, Listing] = field(default_factory=dict)
    prices: list[PriceChange] = field(default_factory=list)
    movements: list[StockMovement] = field(default_factory=list)


def put_on_shelf(
    *,
    store_id: UUID,
    actor: str,
    lines: Sequence[Line],
    products: Mapping[str | Identity, Known],
    seen_before: Mapping[ListingKey, Seen],
) -> Outcome:
    """Create and change listings as the rows say; a count that is already right changes nothing.

    Runs in the caller's transaction, which holds the store's row.
    """
    outcome, writes = Outcome(), _Writes()
    meant = [products.get(line.ean) or products[identity(line)] for line in lines]
    listings = {
        (listing.product_id, listing.mrp): listing
        for listing in Listing.objects.of_store(store_id)
        .filter(product_id__in={known.product_id for known in meant})
        .in_key_order()
    }
    batched = _batched(store_id, listings.values())
    for line, known in zip(lines, meant, strict=True):
        key = known.product_id, line.mrp
        earlier = outcome.seen.get(key) or seen_before.get(key)
        stock = _in_base_units(line, known)
        listing = listings.get(key)
        problem = (
            _repetition(line, earlier) if earlier else _misfit(line, known, stock, listing, batched)
        )
        if problem:
            outcome.bad.append(BadLine(line.number, line.cells, [problem]))
            continue
        outcome.seen[key] = Seen(line.number, line.price, line.stock)
        if listing is None:
            _add(writes, store_id, actor, line, known, stock)
            outcome.created += 1
        elif _change(writes, listing, actor, line, known, stock, batched):
            outcome.changed += 1
        else:
            outcome.unchanged += 1
    _write(store_id, writes)
    return outcome


def _repetition(line: Line, earlier: Seen) -> Problem:
    if (line.price, line.stock) == (earlier.price, earlier.stock):
        return Problem(_("The same product and MRP as in line %(line)s."), {"line": earlier.number})
    return Problem(
        _("The same product and MRP as in line %(line)s, but another price or stock."),
        {"line": earlier.number},
    )


def _batched(store_id: UUID, listings: Iterable[Listing]) -> dict[UUID, int | None]:
    """The listings with batches in stock, and the lowest MRP printed on those, in paise."""
    return dict(
        Batch.objects.filter(store_id=store_id, listing__in=[each.pk for each in listings])
        .in_stock()
        .values_list("listing_id")
        .annotate(lowest=Min("mrp", filter=Q(expired=False)))
    )


def _misfit(
    line: Line,
    known: Known,
    stock: int | None,
    listing: Listing | None,
    batched: Mapping[UUID, int | None],
) -> Problem | None:
    if line.loose and line.loose != known.base_unit:
        return Problem(_("This product is not sold by that unit."))
    if stock is None and line.stock is not None:
        return Problem(
            _("“%(cell)s” is not a whole number of pieces or grams."), {"cell": line.stock}
        )
    lowest = batched.get(listing.pk) if listing else None
    if lowest is not None and line.price > lowest:
        return Problem(
            _("The price %(price)s is above the MRP of %(mrp)s."),
            {"price": rupees(line.price), "mrp": rupees(lowest)},
        )
    if listing is None or stock is None:
        return None
    if listing.policy != Listing.Policy.COUNTED and stock < listing.held:
        return Problem(_("Open orders hold more of this than was counted. Pack them first."))
    return None


def _in_base_units(line: Line, known: Known) -> int | None:
    """The counted stock, in pieces, grams or millilitres; None where the row has no whole one."""
    if line.stock is None:
        return None
    count = line.stock * _per(known)
    return int(count) if count == count.to_integral_value() else None


def _per(known: Known) -> int:
    return 1 if known.base_unit == Unit.PIECE else LOOSE_PER


def _step(known: Known, price: int) -> int:
    """Base units; `price` is in paise per `_per`."""
    if known.base_unit == Unit.PIECE:
        return 1
    most = MOST_FOR_A_STEP * LOOSE_PER
    return next((step for step in LOOSE_STEPS if price * step <= most), LOOSE_STEPS[-1])


def _add(
    writes: _Writes, store_id: UUID, actor: str, line: Line, known: Known, stock: int | None
) -> None:
    """A new listing: counted when the file counts it, else there on the shelf."""
    step = _step(known, line.price)
    listing = Listing(
        store_id=store_id,
        product_id=known.product_id,
        category_id=known.category_id,
        imported_from=known.imported_from,
        price=line.price,
        per=_per(known),
        mrp=line.mrp,
        step=step,
        minimum=step,
        policy=Listing.Policy.ON_SHELF if stock is None else Listing.Policy.COUNTED,
        on_shelf=stock is None,
        on_hand=stock or 0,
    )
    writes.new.append(listing)
    writes.prices.append(_price_change(listing, None, actor))
    if stock:
        writes.movements.append(_count(listing, stock, actor))


def _change(
    writes: _Writes,
    listing: Listing,
    actor: str,
    line: Line,
    known: Known,
    stock: int | None,
    batched: Mapping[UUID, int | None],
) -> bool:
    """Apply price and count to a locked listing; says whether anything was to change."""
    changed = False
    if (listing.price, listing.per) != (line.price, _per(known)):
        before, listing.price, listing.per = listing.price, line.price, _per(known)
        writes.prices.append(_price_change(listing, before, actor))
        changed = True
    if stock is not None and listing.policy != Listing.Policy.COUNTED:
        listing.policy, changed = Listing.Policy.COUNTED, True
    if stock is not None and stock != listing.on_hand:
        changed = True
        one_by_one = listing.pk in batched or listing.reorder_level is not None
        if one_by_one or stock < listing.held:
            # batches and holds give way and the shop is told: as from the dashboard
            change_on_hand(
                listing=listing,
                kind=StockMovement.Kind.COUNT,
                after=stock,
                reason=REASON,
                actor=actor,
            )
        else:
            writes.movements.append(_count(listing, stock - listing.on_hand, actor, after=stock))
            listing.on_hand = stock
    if changed:
        writes.changed[listing.pk] = listing
    return changed


def _price_change(listing: Listing, before: int | None, actor: str) -> PriceChange:
    return PriceChange(
        store_id=listing.store_id,
        listing_id=listing.pk,
        before=before,
        after=listing.price,
        reason=REASON,
        actor=actor,
    )


def _count(listing: Listing, delta: int, actor: str, after: int | None = None) -> StockMovement:
    return StockMovement(
        store_id=listing.store_id,
        listing_id=listing.pk,
        kind=StockMovement.Kind.COUNT,
        delta=delta,
        after=delta if after is None else after,
        reason=REASON,
        actor=actor,
    )


def _write(store_id: UUID, writes: _Writes) -> None:
    copy_in(writes.new)
    copy_in(writes.prices)
    copy_in(writes.movements)
    changed = list(writes.changed.values())
    if not changed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE inventory_listing AS l
               SET price = c.price, per = c.per, policy = c.policy, on_hand = c.on_hand,
                   updated_at = %s
              FROM unnest(%s::uuid[], %s::bigint[], %s::int[], %s::text[], %s::bigint[])
                   AS c (id, price, per, policy, on_hand)
             WHERE l.store_id = %s AND l.id = c.id
            """,
            [
                now(),
                [listing.pk for listing in changed],
                [listing.price for listing in changed],
                [listing.per for listing in changed],
                [str(listing.policy) for listing in changed],
                [listing.on_hand for listing in changed],
                store_id,
            ],
        )
