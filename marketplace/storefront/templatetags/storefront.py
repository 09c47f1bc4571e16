"""What a shop's pages show dozens of."""

from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from marketplace.core.money import rupees
from marketplace.core.stencils import fill
from marketplace.core.templatetags.nukkad import localised
from marketplace.storefront.addresses import absolute
from marketplace.storefront.aisles import Tile
from marketplace.storefront.cards import Card
from marketplace.storefront.drawings import drawing_of
from marketplace.storefront.hours import Opening
from stores.catalogue.models import Category, Product
from stores.shops.models import Store

register = template.Library()


@register.filter
def drawn(product: Product, category: Category) -> str:
    """The address of the symbol that stands for a product on this aisle."""
    return drawing_of(product.name, category.icon or "other")


@register.simple_tag
def address_of(path: str) -> str:
    """A path of ours as the world knows it."""
    return absolute(path)


@register.simple_tag
def picture_address(name: str) -> str:
    """A static picture as somebody else's server fetches it."""
    return absolute(static(name))


@register.simple_tag
def cards(shown: Sequence[Card], *, oob: bool = False) -> SafeString:
    """The list items of these cards; `oob` when they answer a tap."""
    language = get_language()
    return mark_safe("".join([_card(card, oob, language) for card in shown]))


# As of the tiles below: the key is everything that is shown.
@lru_cache(maxsize=10_000)
def _card(card: Card, oob: bool, language: str | None) -> SafeString:
    words = {
        "id": str(card.id),
        "url": card.url,
        "name": card.name,
        # whoever hears the buttons alone
        "called": ", ".join(filter(None, (f"{card.name} {card.pack}".strip(), card.shop))),
        "brand": card.brand,
        "pack": card.pack,
        "drawing": card.drawing,
        "picture": card.picture,
        "price": card.price,
        "mrp": card.mrp,
        "unit_price": card.unit_price,
        "wanted": card.wanted,
        "shop": card.shop,
    }
    return fill(
        "storefront/item.html",
        words,
        veg=card.veg,
        sold_out=card.sold_out,
        at_most=card.at_most,
        oob=oob,
    )


@register.simple_tag
def shop_card(store: Store, opening: Opening, distance: str, in_basket: int) -> SafeString:
    """A shop among the shops around."""
    words = _terms(store, opening, distance) | {"url": f"/shops/{store.slug}/"}
    return fill(
        "storefront/shop_card.html",
        words,
        is_open=opening.is_open,
        offers_delivery=store.offers_delivery,
        in_basket=in_basket,
    )


@register.simple_tag
def shop_head(
    store: Store, opening: Opening, week: Sequence[tuple[str, str]], distance: str
) -> SafeString:
    """What stands at the top of a shop's window: who it is, what it asks for, when it is open."""
    words = _terms(store, opening, distance) | {
        "legal_name": store.legal_name,
        "address": store.address,
        "phone": store.phone,
        "fssai": store.fssai,
        "gstin": store.gstin,
        "tax_status": str(store.get_tax_status_display()),
        "hours": format_html_join("", "{}: {}<br>", week),
    }
    return fill(
        "storefront/shop_head.html",
        words,
        is_open=opening.is_open,
        offers_delivery=store.offers_delivery,
        offers_pickup=store.offers_pickup,
    )


def _terms(store: Store, opening: Opening, distance: str) -> dict[str, str]:
    """What a customer wants to know of a shop first."""
    return {
        "name": localised(store),
        "locality": store.locality,
        "city": store.city,
        "distance": distance,
        "open_words": opening.words,
        "fee": rupees(store.delivery_fee) if store.delivery_fee else "",
        "free_from": rupees(store.free_delivery_from) if store.free_delivery_from else "",
        "minimum": rupees(store.minimum_order) if store.minimum_order else "",
    }


@register.simple_tag
def aisle_tiles(slug: str, tiles: Sequence[Tile]) -> SafeString:
    """The pictures that lead into a shop's aisles."""
    return _tiles(slug, tuple(tiles), get_language() or "")


# The key is everything that is shown, so nothing ever has to be thrown away.
@lru_cache(maxsize=1_000)
def _tiles(slug: str, tiles: tuple[Tile, ...], language: str) -> SafeString:
    shown = {"slug": slug, "tiles": tiles}
    return mark_safe(get_template("storefront/aisle_tiles.html").render(shown))
