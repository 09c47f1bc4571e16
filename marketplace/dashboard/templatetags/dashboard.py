"""What the shopkeeper's screens show dozens of."""

from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from marketplace.core.money import rupees
from marketplace.core.quantity import Unit, show_quantity
from marketplace.core.stencils import fill
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.shelf import Row
from stores.inventory.models import Listing

register = template.Library()


@register.simple_tag(takes_context=True)
def stock_row(context: dict[str, Any], row: Row) -> SafeString:
    """One listing on the shelf, changed in place; needs `shelf`, `back` and the form's token."""
    listing, product = row.listing, row.listing.product
    unit, counted = product.base_unit, listing.policy == Listing.Policy.COUNTED
    words = {
        "id": str(listing.pk),
        "here": f"{context['shelf']}{listing.pk}/",
        "back": context["back"],
        "csrf_token": str(context["csrf_token"]),
        "name": localised(product),
        "pack": product.pack,
        "price": row.price,
        "per": row.per,
        "unit_price": listing.unit_price_beside,
        "mrp": rupees(listing.mrp) if listing.mrp else "",
        "left": show_quantity(listing.available or 0, unit) if counted else "",
        "held": show_quantity(listing.held, unit) if listing.held else "",
        "expired": show_quantity(listing.expired, unit) if listing.expired else "",
        "unit": row.unit,
        "typed_quantity": row.typed_quantity,
        "price_problem": row.price_problem,
        "stock_problem": row.stock_problem,
        "said": row.said,
        "undo": row.undo.action if row.undo else "",
        "undo_fields": format_html_join(
            "", '<input type="hidden" name="{}" value="{}">', row.undo.fields if row.undo else ()
        ),
    }
    return fill(
        "dashboard/stock/row.html",
        words,
        shown=listing.shown,
        counted=counted,
        on_shelf=listing.on_shelf,
        keeps_batches=listing.keeps_batches,
        pieces=unit == Unit.PIECE,
        veg=product.veg,
        mark="out" if row.is_out else "low" if row.runs_low else "",
        why=row.why,
    )
