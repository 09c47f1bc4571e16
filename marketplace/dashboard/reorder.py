"""The reorder list as a page, a message and a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from marketplace.core.fields import in_tens
from marketplace.core.quantity import show_quantity
from marketplace.core.templatetags.nukkad import localised
from marketplace.dashboard.forms.fields import unit_digits, unit_label
from stores.inventory.reordering import GroupBy, Reorder
from stores.shops.models import Store


@dataclass(frozen=True, slots=True)
class Group:
    """What to buy of one brand, or for one aisle."""

    name: str
    rows: list[Reorder]


def grouped(reorders: Iterable[Reorder], *, by: GroupBy) -> list[Group]:
    """Rows that follow one another in the same group, under its name."""
    groups: list[Group] = []
    for each in reorders:
        name = _group_name(each, by)
        if not groups or groups[-1].name != name:
            groups.append(Group(name, []))
        groups[-1].rows.append(each)
    return groups


def as_text(store: Store, groups: Iterable[Group]) -> str:
    """The list as one sends it to a distributor; WhatsApp sets what stands in stars in bold."""
    lines = [pgettext("heading of a message", "Order for %(shop)s") % {"shop": localised(store)}]
    for group in groups:
        lines += ["", f"*{group.name}*"]
        lines += [f"{_name(each)}: {_amount(each)}" for each in group.rows]
    return "\n".join(lines)


def as_table(reorders: Iterable[Reorder]) -> Iterator[list[object]]:
    yield [
        *(_("Brand"), _("Aisle"), _("Item"), _("Pack"), _("Barcode"), _("Unit")),
        *(_("Left"), _("Tell me below"), _("Sold in 14 days"), _("To buy")),
    ]
    for each in reorders:
        listing, product = each.listing, each.listing.product
        digits = unit_digits(product.base_unit)
        figures = [each.left, listing.reorder_level or 0, each.sold, each.quantity]
        yield [
            _plain(localised(product.brand) if product.brand else ""),
            _plain(localised(listing.category)),
            _plain(localised(product)),
            product.pack,
            product.ean,
            unit_label(product.base_unit),
            *(in_tens(figure, digits) for figure in figures),
        ]


def _group_name(each: Reorder, by: GroupBy) -> str:
    if by == GroupBy.AISLE:
        return localised(each.listing.category)
    brand = each.listing.product.brand
    return localised(brand) if brand else _("Without a brand")


def _name(each: Reorder) -> str:
    product = each.listing.product
    return f"{localised(product)} {product.pack}".strip()


def _amount(each: Reorder) -> str:
    return show_quantity(each.quantity, each.listing.product.base_unit)


def _plain(cell: str) -> str:
    """A name that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
