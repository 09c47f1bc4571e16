"""Baskets: what somebody means to buy. They hold no stock and promise no price."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace.core.clock import now
from marketplace.core.errors import InvalidInput
from marketplace.core.locks import busy_when_locked
from marketplace.core.money import divide_half_up
from orders.models import Cart, CartLine, Order, OrderLine
from stores.inventory.errors import UnknownListing
from stores.inventory.models import Listing

MOST_PIECES = 100_000


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose basket: a person's, or a guest's (the token in their cookie)."""

    person_id: UUID | None = None
    guest: UUID | None = None

    def __post_init__(self) -> None:
        if (self.person_id is None) == (self.guest is None):
            raise ValueError("A basket belongs to a person or to a guest.")

    @property
    def key(self) -> dict[str, Any]:
        return {"person_id": self.person_id} if self.person_id else {"guest": self.guest}


def find_cart(*, store_id: UUID, owner: Owner) -> Cart | None:
    """The owner's basket in this shop, if there is one."""
    return Cart.objects.filter(store_id=store_id, **owner.key).first()


@busy_when_locked()
@transaction.atomic
def change_quantity(
    *, store_id: UUID, owner: Owner, listing_id: UUID, to: Callable[[int], int]
) -> int:
    """Want as many base units of a listing as `to` makes of what is wanted so far, which nobody changes
    meanwhile; zero takes it out. Returns how many that are.

    Raises UnknownListing when it is not on this shop's shelf, InvalidInput for absurd numbers.
    """
    cart = _open_cart(store_id, owner)
    line = cart.lines.filter(listing_id=listing_id).first()
    before = line.quantity if line else 0
    quantity = to(before)
    if not 0 <= quantity <= MOST_PIECES:
        raise InvalidInput(field="quantity", why=f"0-{MOST_PIECES}")
    if line and quantity == 0:
        line.delete()
    elif quantity != before:
        if not Listing.objects.of_store(store_id).shown().filter(pk=listing_id).exists():
            raise UnknownListing
        CartLine.objects.update_or_create(
            cart=cart, listing_id=listing_id, defaults={"quantity": quantity}
        )
    return quantity


@busy_when_locked()
@transaction.atomic
def join_guest_carts(*, guest: UUID, person_id: UUID) -> None:
    """At sign-in the guest's baskets become the person's; of a listing in both the larger stays."""
    for cart in (
        Cart.objects.filter(guest=guest).order_by("store_id").select_for_update(no_key=True)
    ):
        mine = _open_cart(cart.store_id, Owner(person_id=person_id))
        already = dict(mine.lines.values_list("listing_id", "quantity"))
        for line in cart.lines.all():
            CartLine.objects.update_or_create(
                cart=mine,
                listing_id=line.listing_id,
                defaults={"quantity": max(line.quantity, already.get(line.listing_id, 0))},
            )
        cart.delete()


@busy_when_locked()
@transaction.atomic
def reorder(*, order: Order, owner: Owner) -> Cart:
    """Put an earlier order's goods in the basket again, as far as the shop still shows them.

    What was weighed or came in part goes back to the nearest of the listing's steps.
    """
    cart = _open_cart(order.store_id, owner)
    lines = order.lines.filter(listing__shown=True).exclude(state__in=OrderLine.OUT)
    for line in lines.select_related("listing"):
        step = line.listing.step
        steps = divide_half_up(line.quantity, step) * step
        CartLine.objects.update_or_create(
            cart=cart,
            listing_id=line.listing_id,
            defaults={"quantity": max(steps, line.listing.least)},
        )
    return cart


@busy_when_locked()
@transaction.atomic
def discard(*, store_id: UUID, owner: Owner) -> None:
    """Empty the owner's basket in this shop."""
    CartLine.objects.filter(cart__in=Cart.objects.filter(store_id=store_id, **owner.key)).delete()


def _open_cart(store_id: UUID, owner: Owner) -> Cart:
    """The basket, locked, so that two taps at once are taken one after the other."""
    cart = None
    while cart is None:
        found, _ = Cart.objects.get_or_create(store_id=store_id, **owner.key)
        # gone again if a sign-in has just joined it to the person's
        cart = Cart.objects.select_for_update(no_key=True).filter(pk=found.pk).first()
    cart.updated_at = now()
    cart.save(update_fields=["updated_at"])
    return cart
