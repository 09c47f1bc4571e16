"""A GST document as a page: its words in one language, its figures as people read them."""

from collections import defaultdict
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.core.in_words import rupees_in_words
from marketplace.core.quantity import show_quantity
from orders.invoicing.models import Document, Kind
from orders.invoicing.typesetting import Page, figure

TITLES = {
    Kind.TAX_INVOICE: gettext_lazy("Tax invoice"),
    Kind.BILL_OF_SUPPLY: gettext_lazy("Bill of supply"),
    Kind.INVOICE_CUM_BILL: gettext_lazy("Invoice-cum-bill of supply"),
    Kind.BILL: gettext_lazy("Bill"),
    Kind.CREDIT_NOTE: gettext_lazy("Credit note"),
    Kind.COMMISSION: gettext_lazy("Tax invoice"),
    Kind.COMMISSION_NOTE: gettext_lazy("Credit note"),
}


def lay_out(document: Document) -> Page:
    """All that the page says, in the active language."""
    content = document.content
    taxed = _shows_tax(document)
    across = content["across_states"]
    taxes = ["igst"] if across else ["cgst", "sgst"]
    names = {"cgst": _("CGST"), "sgst": _("SGST"), "igst": _("IGST")}
    columns = ["#", _("Item"), _("HSN"), _("Quantity"), _("Price")]
    if taxed:
        columns += [_("Taxable value"), _("GST"), *(names[tax] for tax in taxes)]
    columns.append(_("Amount"))
    rows = [_row(n, line, taxes if taxed else None) for n, line in enumerate(content["lines"], 1)]
    sums = [[_("Delivery"), figure(content["delivery_fee"])]] if content["delivery_fee"] else []
    if content["rounding"]:
        sums.append([_("Rounding"), figure(content["rounding"])])
    return {
        "language": translation.get_language(),
        "title": str(TITLES[Kind(document.kind)]),
        "serial": document.serial,
        "facts": _facts(document),
        "seller": seller_lines(content["seller"]),
        "buyer": _buyer(content["buyer"]),
        "columns": columns,
        "figures": len(columns) - 3,
        "rows": rows,
        "sums": sums,
        "total": [_("Total"), f"₹ {figure(content['total'])}"],
        "in_words": rupees_in_words(content["total"]),
        "rates": _by_rate(content["lines"], taxes, names) if taxed else [],
        "notes": _notes(document),
    }


def _shows_tax(document: Document) -> bool:
    """Only a document that charges GST may show it: none of a composition taxpayer or of a shop
    outside GST does."""
    return any(line["gst_bps"] for line in document.content["lines"])


def _facts(document: Document) -> list[list[str]]:
    facts = [
        [_("Number"), document.serial],
        [_("Date"), date_format(document.issued_on, "j F Y")],
    ]
    if document.order_id is not None:
        facts.append([_("Order"), document.content["order"]])
    if document.amends is not None:
        amended = [(document.amends.serial, document.amends.issued_on)]
        for serial, day in document.content.get("amends", []):
            amended.append((serial, date.fromisoformat(day)))
        for serial, day in dict.fromkeys(amended):
            facts.append([_("For"), f"{serial}, {date_format(day, 'j F Y')}"])
    place = document.content["place"]
    if place["state"] and document.content["seller"]["gstin"]:
        facts.append([_("Place of supply"), f"{place['code']} {place['state']}"])
    return facts


def seller_lines(seller: dict[str, str]) -> list[str]:
    """Who issues it, as a letter's head says it."""
    hindi = translation.get_language() == "hi"
    name = (seller["name_hi"] if hindi else "") or seller["name"]
    lines = [name, seller["legal_name"], seller["address"], seller["phone"]]
    lines += [f"GSTIN {seller['gstin']}"] if seller["gstin"] else []
    lines += [f"FSSAI {seller['fssai']}"] if seller["fssai"] else []
    return lines


def _buyer(buyer: dict[str, str]) -> list[str]:
    if not buyer["name"]:
        return [_("To: cash customer")]
    return [_("To: %(name)s, %(phone)s") % buyer, *([buyer["address"]] if buyer["address"] else [])]


def _row(n: int, line: dict[str, Any], taxes: list[str] | None) -> list[str]:
    hindi = translation.get_language() == "hi"
    name = (line["name_hi"] if hindi else "") or line["name"]
    if line["pack"] and line["unit"] == "pc":
        name = f"{name} {show_quantity(*line['pack'])}"
    row = [str(n), name, line["hsn"]]
    if line.get("delivery"):
        row += ["", ""]
    else:
        row += [
            show_quantity(line["quantity"], line["unit"]),
            f"{figure(line['price'])} / {show_quantity(line['per'], line['unit'])}",
        ]
    if taxes is not None:
        row += [figure(line["taxable"]), rate(line["gst_bps"])]
        row += [figure(line[tax]) for tax in taxes]
    return [*row, figure(line["amount"])]


def rate(bps: int) -> str:
    """`5%`, `2.5%`"""
    return f"{bps / 100:g}%"


def _by_rate(
    lines: list[dict[str, Any]], taxes: list[str], names: dict[str, str]
) -> list[list[str]]:
    sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        for name in ("taxable", *taxes):
            sums[line["gst_bps"]][name] += line[name]
    head = [_("GST"), _("Taxable value"), *(names[tax] for tax in taxes)]
    return [head] + [
        [rate(bps), *(figure(of[name]) for name in ("taxable", *taxes))]
        for bps, of in sorted(sums.items())
    ]


def _notes(document: Document) -> list[str]:
    notes = []
    if document.content["composition"]:
        # the words of CGST Rules 2017, rule 5(1)(f)
        notes.append(_("Composition taxable person, not eligible to collect tax on supplies."))
    elif not document.content["seller"]["gstin"]:
        notes.append(_("The seller is not registered for GST."))
    elif document.kind != Kind.BILL_OF_SUPPLY:
        notes.append(_("No tax is payable on reverse charge."))
    if document.order_id is not None:
        notes.append(_("Sold through %(site)s.") % {"site": settings.SITE_NAME})
    notes.append(_("An electronic document, valid without a signature."))
    return notes
