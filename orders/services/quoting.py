"""What a basket costs now, and what stands in the way of buying it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.core.errors import DomainError
from marketplace.core.money import round_to_rupee, rupees
from marketplace.core.quantity import show_quantity
from orders.errors import BelowMinimum, EmptyOrder, NoPickup, NotDelivered, StoreClosed
from orders.models import Order
from orders.services.billing import total_problem
from stores.inventory.errors import BadQuantity, OutOfStock
from stores.inventory.models import Listing
from stores.shops.models import Store


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One listing of the basket: `quantity` base units for `amount` paise."""

    listing: Listing
    quantity: int
    amount: int
    problem: DomainError | None


@dataclass(frozen=True, slots=True)
class Quote:
    """The bill as it would be charged now, in paise. `problems` must be empty to buy."""

    lines: Sequence[QuoteLine]
    items_total: int
    delivery_fee: int
    rounding: int
    total: int
    problems: Sequence[DomainError]

    @property
    def weighed(self) -> bool:
        """Whether the bill will follow the scale."""
        return any(line.listing.by_weight for line in self.lines)


def quote(
    *,
    store: Store,
    lines: Sequence[tuple[Listing, int]],
    fulfilment: str,
    payment_method: str,
    for_later: bool = False,
) -> Quote:
    """Price a basket without holding anything. Listings come with their products; `for_later` is
    for a slot, which needs no open shop."""
    priced = [
        QuoteLine(listing, quantity, listing.amount_for(quantity), line_problem(listing, quantity))
        for listing, quantity in lines
    ]
    bill = add_up(
        store=store,
        items_total=sum(line.amount for line in priced),
        fulfilment=fulfilment,
        payment_method=payment_method,
    )
    problems = [line.problem for line in priced if line.problem]
    if too_high := total_problem(bill.total, payment_method):
        problems.append(too_high)
    if not priced:
        problems.append(EmptyOrder(field="lines", why=""))
    elif problem := store_problem(store, bill.items_total, fulfilment, for_later=for_later):
        problems.append(problem)
    return Quote(priced, bill.items_total, bill.delivery_fee, bill.rounding, bill.total, problems)


@dataclass(frozen=True, slots=True)
class Bill:
    items_total: int
    delivery_fee: int
    rounding: int
    total: int


def add_up(*, store: Store, items_total: int, fulfilment: str, payment_method: str) -> Bill:
    """Goods, delivery fee, and for cash the rounding to a whole rupee by its own line; paise."""
    fee = store.fee_for(items_total) if fulfilment == Order.Fulfilment.DELIVERY else 0
    rounding = (
        round_to_rupee(items_total + fee) if payment_method == Order.PaymentMethod.CASH else 0
    )
    return Bill(items_total, fee, rounding, items_total + fee + rounding)


def line_problem(listing: Listing, quantity: int) -> DomainError | None:
    """Why this much of the listing cannot be bought: off its steps, or not in stock."""
    if quantity < listing.least or quantity % listing.step:
        unit = listing.product.base_unit
        return BadQuantity(
            field="quantity",
            name=listing.product.name,
            minimum=show_quantity(listing.least, unit),
            step=show_quantity(listing.step, unit),
            listing_id=str(listing.pk),
        )
    available = listing.available
    if listing.shown and (available is None or available >= quantity):
        return None
    return OutOfStock(
        names=listing.product.name,
        lines=[
            {
                "listing_id": str(listing.pk),
                "name": listing.product.name,
                "wanted": quantity,
                "available": available if listing.shown else 0,
            }
        ],
    )


def store_problem(
    store: Store, items_total: int, fulfilment: str, *, for_later: bool = False
) -> DomainError | None:
    """Why the shop takes no such order now: closed, does not deliver or hand over, too small.

    An order for a slot to come is taken while the shop sleeps, if it takes orders at all.
    """
    if not (store.takes_orders if for_later else store.is_open()):
        return StoreClosed(store=store.name)
    if fulfilment == Order.Fulfilment.PICKUP and not store.offers_pickup:
        return NoPickup(store=store.name)
    if fulfilment == Order.Fulfilment.DELIVERY and not store.offers_delivery:
        return NotDelivered(store=store.name)
    if fulfilment == Order.Fulfilment.DELIVERY and items_total < store.minimum_order:
        missing = store.minimum_order - items_total
        return BelowMinimum(
            minimum=rupees(store.minimum_order), missing=rupees(missing), missing_paise=missing
        )
    return None


def price_lines(listings: Mapping[UUID, Listing], wanted: Mapping[UUID, int]) -> dict[UUID, int]:
    """Paise per listing for what is wanted. Raises BadQuantity."""
    for listing_id, quantity in wanted.items():
        problem = line_problem(listings[listing_id], quantity)
        if isinstance(problem, BadQuantity):
            raise problem
    return {key: listings[key].amount_for(quantity) for key, quantity in wanted.items()}
