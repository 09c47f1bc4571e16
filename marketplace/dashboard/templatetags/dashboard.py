"""What the shopkeeper's screens show dozens of."""

from typing import Any, NamedTuple

from django import template
from django.template.loader import get_template
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from marketplace.core.ids import uuid7
from marketplace.core.money import rupees
from marketplace.core.quantity import Unit, show_quantity
from marketplace.core.stencils import fill
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.board import Card
from marketplace.dashboard.shelf import Row
from orders.models import Order
from stores.inventory.models import Listing

register = template.Library()


class Paid(NamedTuple):
    """What `orders/paid.html` asks of an order."""

    payment_method: str
    state: str
    finished: bool
    refunded: bool
    captured: bool = True


class Standing(NamedTuple):
    """What `orders/state.html` asks of an order."""

    state: str
    get_state_display: str


@register.simple_tag(takes_context=True)
def order_card(context: dict[str, Any], card: Card, column: str) -> SafeString:
    """One order on the board; needs `store` and the form's token."""
    order = card.order
    here = reverse(
        "dashboard:order", kwargs={"store_id": context["store"].pk, "order_id": order.pk}
    )
    words = {
        "id": str(order.pk),
        "here": here,
        "code": order.code,
        "standing": _standing(card),
        "slot": _slot(card),
        "paid": _paid(order),
        "first_name": card.first_name,
        "total": rupees(order.total),
        "phone": order.contact_phone,
        "digits": order.contact_phone.replace("+", ""),
        "step_label": str(card.step_label),
        "version": str(order.version),
        "csrf_token": str(context["csrf_token"]),
    }
    return fill(
        "dashboard/orders/card.html",
        words,
        items=card.items,
        short=card.short,
        step=card.step,
        to_weigh=bool(card.to_weigh),
        asked=card.asked,
        pickup=order.fulfilment == Order.Fulfilment.PICKUP,
        column=column,
    )


def _standing(card: Card) -> SafeString:
    """Where an order that has ended stands, else how long it has waited."""
    order = card.order
    if order.finished:
        standing = Standing(order.state, str(order.get_state_display()))
        return fill("dashboard/orders/state.html", {}, order=standing)
    shown = {"card": card, "order": order}
    return mark_safe(get_template("dashboard/orders/timing.html").render(shown))


def _slot(card: Card) -> SafeString | str:
    if card.order.slot_starts_at is None:
        return ""
    shown = {"order": card.order, "late": card.late}
    return mark_safe(get_template("dashboard/orders/slot.html").render(shown))


def _paid(order: Order) -> SafeString:
    wholly_refunded = bool(order.refunded) and order.refunded == order.captured
    paid = Paid(order.payment_method, order.state, order.finished, wholly_refunded)
    return fill("dashboard/orders/paid.html", {}, order=paid)


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
        "reference": str(uuid7()),
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
