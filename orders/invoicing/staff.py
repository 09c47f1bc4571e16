"""What we collect for the State in a month, for platform staff: our GSTR-8, and the TDS."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from marketplace.core.clock import business_date
from marketplace.core.downloads import csv_answer
from marketplace.core.money import rupees
from orders.invoicing.collected import gstr8, sales_in, supplies_in, tds
from orders.invoicing.reports import days_of
from payments.ledger.models import Account
from payments.ledger.reports import Row, for_staff, show_report
from payments.ledger.selectors import moved_in

Days = tuple[date, date]


class MonthField(forms.CharField):
    """`2026-11`, cleaned to its first and last day."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: Any) -> Days:
        year, _dash, month = super().clean(value).partition("-")
        try:
            return days_of(int(year), int(month))
        except ValueError:
            raise forms.ValidationError(_("Write the month as 2026-11.")) from None


class MonthForm(forms.Form):
    month = MonthField(label=_("Month"))


@for_staff
def show_gstr8(request: HttpRequest) -> HttpResponse:
    form, days = _month_asked(request)
    rows = supplies_in(*days) if days else []
    if days and "csv" in request.GET:
        return csv_answer(gstr8(rows), name=f"gstr8-{days[0]:%Y-%m}")
    columns = ("made", "returned", "net", "integrated", "central", "of_state")
    shown: list[Row] = [
        [
            each.table,
            each.gstin or each.store.pan,
            each.store.legal_name,
            *(rupees(getattr(each, name)) for name in columns),
            each.place,
        ]
        for each in rows
    ]
    if rows:
        sums = [rupees(sum(getattr(each, name) for each in rows)) for name in columns]
        shown.append(["", "", gettext("Total"), *sums, ""])
    return show_report(
        request,
        _("GSTR-8 (TCS)"),
        form,
        headers=[
            _("table"),
            _("GSTIN or PAN"),
            _("supplier"),
            _("supplied"),
            _("returned"),
            _("net"),
            _("IGST"),
            _("CGST"),
            _("SGST"),
            _("place of supply"),
        ],
        rows=shown,
        note=_compare(days, Account.TCS_PAYABLE, sum(each.tcs for each in rows)),
        file=_file(days, rows),
        empty=_("Nothing was supplied through us in that month."),
    )


@for_staff
def show_tds(request: HttpRequest) -> HttpResponse:
    form, days = _month_asked(request)
    rows = sales_in(*days) if days else []
    if days and "csv" in request.GET:
        return csv_answer(tds(rows), name=f"tds-{days[0]:%Y-%m}")
    shown: list[Row] = [
        [each.store.pan, each.store.legal_name, rupees(each.gross), rupees(each.tds)]
        for each in rows
    ]
    if rows:
        sums = [rupees(sum(getattr(each, name) for each in rows)) for name in ("gross", "tds")]
        shown.append(["", gettext("Total"), *sums])
    return show_report(
        request,
        _("TDS (section 194-O)"),
        form,
        headers=[_("PAN"), _("supplier"), _("gross sales"), _("TDS")],
        rows=shown,
        note=_compare(days, Account.TDS_PAYABLE, sum(each.tds for each in rows)),
        file=_file(days, rows),
        empty=_("Nothing was supplied through us in that month."),
    )


def _month_asked(request: HttpRequest) -> tuple[MonthForm, Days | None]:
    """The form, and the days of its month: of the month before this one where none is named."""
    before = business_date().replace(day=1) - timedelta(days=1)
    form = MonthForm(request.GET if "month" in request.GET else {"month": f"{before:%Y-%m}"})
    return form, form.cleaned_data["month"] if form.is_valid() else None


def _compare(days: Days | None, account: Account, told: int) -> str:
    """In words, whether the report has all the tax that the ledger took in the month."""
    if days is None:
        return ""
    taken = -moved_in(account, *days)
    if taken == told:
        return gettext("The ledger took %(amount)s in this month: all of it is here.") % {
            "amount": rupees(taken)
        }
    return gettext(
        "The ledger took %(amount)s in this month, but here is %(told)s: something was posted that is"
        " on no document."
    ) % {"amount": rupees(taken), "told": rupees(told)}


def _file(days: Days | None, rows: Sequence[object]) -> str:
    return f"?month={days[0]:%Y-%m}&csv=1" if days and rows else ""
