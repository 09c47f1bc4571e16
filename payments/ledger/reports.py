"""The books as an accountant asks for them, for platform staff: trial balance, account, journal."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from marketplace.core.clock import business_date
from marketplace.core.downloads import csv_answer
from marketplace.core.money import in_rupees, rupees
from marketplace.core.templatetags.nukkad import localised
from payments.ledger.models import Account, Txn
from payments.ledger.selectors import AccountStatement, account_statement, trial_balance
from stores.shops.models import Store

MONTH = timedelta(days=30)
PER_PAGE = 50
# Legs of an account.
MOST_ON_PAGE, MOST_IN_FILE = 1_000, 200_000

Row = Sequence[str | SafeString]


class ShopField(forms.CharField):
    """A shop by the last part of its address, or by its id."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: Any) -> Store | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            found = Store.objects.filter(pk=UUID(text)).first()
        except ValueError:
            found = Store.objects.filter(slug=text).first()
        if found is None:
            raise ValidationError(_("There is no shop “%(text)s”.") % {"text": text})
        return found


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=UnfoldAdminSingleDateWidget)


class TrialBalanceForm(forms.Form):
    shop = ShopField(label=_("Shop (empty: all)"), required=False)
    on = _day(_("At the end of"))


class JournalForm(forms.Form):
    shop = ShopField(label=_("Shop (empty: all)"), required=False)
    on = _day(_("Day"))


class AccountForm(forms.Form):
    shop = ShopField(label=_("Shop"))
    account = forms.ChoiceField(
        label=_("Account"), choices=Account.choices, widget=UnfoldAdminSelectWidget
    )
    first = _day(_("From"))
    last = _day(_("To"))

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        last = asked["last"] = asked.get("last") or business_date()
        asked["first"] = asked.get("first") or last - MONTH
        if asked["first"] > last:
            self.add_error("first", gettext("The first day comes after the last."))
        return asked


def for_staff(view: Any) -> Any:
    """A page of the staff site for whoever may see the books."""
    return require_safe(
        admin.site.admin_view(permission_required("ledger.view_txn", raise_exception=True)(view))
    )


@for_staff
def show_trial_balance(request: HttpRequest) -> HttpResponse:
    form = TrialBalanceForm(request.GET)
    rows: list[Row] = []
    if form.is_valid():
        shop, on = form.cleaned_data["shop"], form.cleaned_data["on"]
        sums = trial_balance(shop.pk if shop else None, on=on)
        for account, amount in sums.items():
            name: str | SafeString = str(account.label)
            if shop:
                asked = {"shop": shop.slug, "account": account.value} | ({"last": on} if on else {})
                name = _link("ledger:account", name, asked)
            rows.append([name, *_sides(amount)])
        debits = sum(amount for amount in sums.values() if amount > 0)
        if sums:
            rows.append([gettext("Total"), *(rupees(debits) for _side in range(2))])
    return show_report(
        request,
        _("Trial balance"),
        form,
        headers=[_("account"), _("debit"), _("credit")],
        rows=rows,
        empty=_("Nothing had been posted by then."),
    )


@for_staff
def show_account(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.GET or None)
    rows: list[Row] = []
    note = ""
    if form.is_valid():
        asked = form.cleaned_data
        told = account_statement(
            asked["shop"].pk,
            Account(asked["account"]),
            first=asked["first"],
            last=asked["last"],
            most=MOST_IN_FILE if "csv" in request.GET else MOST_ON_PAGE,
        )
        if "csv" in request.GET and not told.more:
            return _account_file(asked, told)
        rows.append(
            [_date(asked["first"]), gettext("Opening balance"), "", "", _side(told.opening)]
        )
        for leg, after in told.lines[:MOST_ON_PAGE]:
            name = _link("admin:ledger_txn_change", leg.txn.get_kind_display(), pk=leg.txn_id)
            rows.append([_date(leg.business_date), name, *_sides(leg.amount), _side(after)])
        rows.append([_date(asked["last"]), gettext("Closing balance"), "", "", _side(told.closing)])
        if told.more:
            note = gettext("There is more than can be listed. Choose a shorter time.")
    return show_report(
        request,
        _("Account statement"),
        form,
        headers=[_("business date"), _("what"), _("debit"), _("credit"), _("balance")],
        rows=rows,
        note=note,
        file=f"?{request.GET.urlencode()}&csv=1" if rows else "",
        empty=_("Choose a shop and an account."),
    )


def _account_file(asked: Mapping[str, Any], told: AccountStatement) -> HttpResponse:
    """The statement for a spreadsheet: debits positive, credits negative, in rupees."""
    rows: list[list[object]] = [
        ["business date", "what", "transaction", "about", "key", "amount", "balance"],
        [asked["first"], "opening balance", "", "", "", "", in_rupees(told.opening)],
    ]
    for leg, after in told.lines:
        txn = leg.txn
        rows.append(
            [
                leg.business_date,
                txn.kind,
                txn.pk,
                txn.reference or "",
                txn.idempotency_key,
                in_rupees(leg.amount),
                in_rupees(after),
            ]
        )
    rows.append([asked["last"], "closing balance", "", "", "", "", in_rupees(told.closing)])
    name = f"{asked['shop'].slug}-{asked['account']}-{asked['first']}-{asked['last']}"
    return csv_answer(rows, name=name)


@for_staff
def show_journal(request: HttpRequest) -> HttpResponse:
    form = JournalForm(request.GET)
    rows: list[Row] = []
    pages: dict[str, str] = {}
    if form.is_valid():
        shop, on = form.cleaned_data["shop"], form.cleaned_data["on"] or business_date()
        found = Txn.objects.of_day(on, shop.pk if shop else None).prefetch_related("legs")
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        shops = Store.objects.in_bulk({txn.store_id for txn in page})
        for txn in page:
            posted_by = shops.get(txn.store_id)
            words: Row = [
                localised(posted_by) if posted_by else str(txn.store_id),
                _link("admin:ledger_txn_change", txn.get_kind_display(), pk=txn.pk),
            ]
            for leg in txn.legs.all():
                rows.append([*words, str(Account(leg.account).label), *_sides(leg.amount)])
                words = ["", ""]
        asked = {"shop": shop.slug if shop else "", "on": on}
        if page.has_previous():
            pages["previous"] = "?" + urlencode(asked | {"page": page.previous_page_number()})
        if page.has_next():
            pages["next"] = "?" + urlencode(asked | {"page": page.next_page_number()})
    return show_report(
        request,
        _("Journal"),
        form,
        headers=[_("shop"), _("what"), _("account"), _("debit"), _("credit")],
        rows=rows,
        pages=pages,
        empty=_("Nothing was posted on that day."),
    )


def show_report(
    request: HttpRequest,
    title: Any,
    form: forms.Form,
    *,
    headers: Sequence[Any],
    rows: Sequence[Row],
    empty: Any,
    note: str = "",
    file: str = "",
    pages: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A form, the table that it asked for, and what there is to say about it."""
    context = admin.site.each_context(request) | {
        "title": title,
        "form": form,
        "table": {"headers": headers, "rows": rows},
        "empty": empty,
        "note": note,
        "file": file,
        "pages": pages or {},
    }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "staff/ledger/report.html", context, status=status)


def _link(
    page: str, words: str, asked: Mapping[str, object] | None = None, pk: UUID | None = None
) -> SafeString:
    address = reverse(page, args=[pk] if pk else [])
    if asked:
        address += "?" + urlencode(asked)
    return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', address, words)


def _sides(amount: int) -> tuple[str, str]:
    """The columns for debit and credit."""
    return (rupees(amount), "") if amount > 0 else ("", rupees(-amount))


def _side(amount: int) -> str:
    """A balance in words: which side it is on."""
    if not amount:
        return rupees(0)
    words = _("%(amount)s debit") if amount > 0 else _("%(amount)s credit")
    return words % {"amount": rupees(abs(amount))}


def _date(day: date) -> str:
    return date_format(day, "j M Y")
