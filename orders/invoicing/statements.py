"""Statements as pages: what a shop was paid and why, and what stands on a customer's khata."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from marketplace.core.clock import business_date
from marketplace.core.in_words import rupees_in_words
from marketplace.core.templatetags.nukkad import localised
from orders.invoicing.printing import seller_lines
from orders.invoicing.typesetting import Page, figure
from orders.models import Order
from payments.khata.models import Khata, KhataEntry
from payments.khata.selectors import owed_by
from payments.settlement.models import Payout, Settlement
from payments.settlement.selectors import Amounts, StatementRow, statement
from payments.settlement.wording import WORDS, parts
from stores.shops.models import Store

# Beyond so many columns the sheet lies on its side.
UPRIGHT = 8
# A khata shows this many lines, and what had been owed before them.
LATEST = 200


def lay_out_settlement(settlement: Settlement) -> Page:
    """Every business fact of a settlement in a row, in the active language; the columns add up to the
    sum paid out."""
    told = statement(settlement)
    store = Store.objects.get(pk=settlement.store_id)
    shown = [name for name in WORDS if getattr(told.totals, name)]
    numbers = order_numbers(settlement.store_id, told.rows)
    columns = ["#", _("What for"), _("Date"), *(str(WORDS[name][0]) for name in shown), _("Yours")]
    return {
        "language": translation.get_language(),
        "title": _("Settlement statement"),
        "serial": date_format(settlement.business_date, "j F Y"),
        "wide": len(columns) > UPRIGHT,
        "facts": _facts(settlement, told.payouts),
        "seller": seller_lines(settings.PLATFORM_SELLER),
        "buyer": _addressee(store),
        "columns": columns,
        "figures": len(shown) + 1,
        "rows": [
            [
                str(n),
                _what(row, numbers),
                date_format(row.business_date, "j M"),
                *_figures(row, shown),
            ]
            for n, row in enumerate(told.rows, 1)
        ],
        "sums": [[str(words), figure(amount)] for words, _why, amount in parts(told.totals)],
        "total": [_("Paid out"), f"₹ {figure(settlement.net)}"],
        "in_words": rupees_in_words(settlement.net),
        "rates": [],
        "notes": [_("Every column is read from the ledger: what it adds up to is what was paid.")],
    }


def order_numbers(store_id: UUID, rows: Iterable[StatementRow]) -> dict[UUID, str]:
    """What people call the orders that the rows are about."""
    ids = {row.reference for row in rows if row.reference}
    orders = Order.objects.of_store(store_id).filter(pk__in=ids).only("code")
    return {order.pk: order.number for order in orders}


def lay_out_khata(khata: Khata, *, most: int = LATEST) -> Page:
    """A customer's khata as it stands, its last lines with the oldest first, in the active language."""
    store = Store.objects.get(pk=khata.store_id)
    newest = list(KhataEntry.objects.of(khata)[: most + 1])
    entries = newest[:most][::-1]
    owed = owed_by(khata)
    rows = [_entry(n, entry) for n, entry in enumerate(entries, 1)]
    if len(newest) > most:
        rows.insert(0, ["", _("Brought forward"), "", "", "", figure(newest[most].after)])
    today = date_format(business_date(), "j F Y")
    return {
        "language": translation.get_language(),
        "title": _("Khata"),
        "serial": today,
        "wide": False,
        "facts": [[_("As of"), today], [_("At most"), f"₹ {figure(khata.limit)}"]],
        "seller": [localised(store), store.address, store.phone],
        "buyer": [_("To: %(name)s, %(phone)s") % {"name": khata.name, "phone": khata.phone}],
        "columns": ["#", _("What for"), _("Date"), _("Taken"), _("Paid back"), _("Owed")],
        "figures": 3,
        "rows": rows,
        "sums": [],
        "total": [_("Still owed"), f"₹ {figure(owed)}"],
        "in_words": rupees_in_words(owed),
        "rates": [],
        "notes": [
            _("Pay by UPI at %(link)s.") % {"link": f"{settings.BASE_URL}/khata/{khata.pk}/"},
            _("The shop gives the credit; %(site)s keeps the book.") % {"site": settings.SITE_NAME},
        ],
    }


def _facts(settlement: Settlement, payouts: Sequence[Payout]) -> list[list[str]]:
    facts = [[_("Sales up to"), date_format(settlement.business_date, "j F Y")]]
    if settlement.paid_at is not None:
        facts.append([_("Paid on"), date_format(business_date(settlement.paid_at), "j F Y")])
    facts += [[_("Paid to"), payout.vpa] for payout in payouts[-1:] if payout.vpa]
    facts += [["UTR", settlement.utr]] if settlement.utr else []
    return facts


def _addressee(store: Store) -> list[str]:
    lines = [f"{store.legal_name}, {store.phone}"]
    lines += [f"GSTIN {store.gstin}"] if store.gstin else []
    return [*lines, store.address]


def _what(row: StatementRow, numbers: Mapping[UUID, str]) -> str:
    number = numbers.get(row.reference, "") if row.reference else ""
    return f"{number} {row.kind_label}".strip()


def _figures(row: StatementRow, shown: Sequence[str]) -> list[str]:
    return [_or_nothing(row.amounts, name) for name in shown] + [figure(row.amounts.net)]


def _or_nothing(amounts: Amounts, name: str) -> str:
    amount = getattr(amounts, name)
    return figure(amount) if amount else ""


def _entry(n: int, entry: KhataEntry) -> list[str]:
    words = f"{entry.get_kind_display()} {entry.note}".strip()
    taken = figure(entry.amount) if entry.amount > 0 else ""
    paid = figure(-entry.amount) if entry.amount < 0 else ""
    day = date_format(business_date(entry.at), "j M Y")
    return [str(n), words, day, taken, paid, figure(entry.after)]
