"""The payer's phone: a UPI app showing one request to pay, scanned or sent to the payer."""

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from payments.bank.models import Account, Collect, Payment
from payments.bank.services import Refused, answer_collect, find_alias, pay
from payments.bank.upi import (
    BadLink,
    PaymentLink,
    new_payment_id,
    parse_link,
    read_return_url,
    read_vpa,
)

DEMO_PAYERS = ("asha@nkbank", "imran@nkbank", "meena@nkbank", "ravi@nkbank")
PIN_WANTED = "Enter your 4-digit PIN · 4 अंकों का पिन डालें"
TYPED_AMOUNT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?")


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Show a request to pay, and take the payer's answer to it."""
    given = request.POST if request.method == "POST" else request.GET
    uri = given.get("uri", "").strip()
    if not uri:
        return render(request, "bank/phone_scan.html")
    try:
        link = parse_link(uri)
    except BadLink as bad:
        return render(request, "bank/phone_scan.html", {"uri": uri, "bad": bad}, status=400)
    if request.method == "GET":
        return _form(request, uri, link)

    chosen, pin = request.POST.get("payer", ""), request.POST.get("pin", "")
    decline = request.POST.get("action") == "decline"
    if not decline and not re.fullmatch(r"[0-9]{4}", pin):
        return _form(request, uri, link, PIN_WANTED)
    try:
        payment = pay(
            link=link,
            payer_vpa=chosen,
            pin=pin,
            amount=_typed_amount(request.POST.get("amount", ""), link, decline),
            payment_id=_form_id(request.POST.get("payment_id", "")),
            decline=decline,
        )
    except BadLink as bad:
        return _form(request, uri, link, f"{bad.field} {bad.message}")
    except Refused as refused:
        return _form(request, uri, link, refused.message)
    return redirect("result", payment_id=payment.payment_id)


@never_cache
@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """What a payer has been asked for, by UPI ID."""
    typed, problem, found = request.GET.get("vpa", "").strip(), "", []
    try:
        found = list(Collect.objects.to_answer(read_vpa(typed, field="vpa"))) if typed else []
    except BadLink as bad:
        problem = f"{bad.field} {bad.message}"
    context = {"vpa": typed, "requests": found, "problem": problem}
    return render(request, "bank/phone_requests.html", context, status=400 if problem else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request: HttpRequest, tr: str) -> HttpResponse:
    """Show what the merchant asks one payer for, and take the payer's answer."""
    collect = get_object_or_404(Collect.objects.select_related("payer", "payee"), pk=tr)
    link = parse_link(collect.uri)
    if request.method == "GET":
        return _form(request, collect.uri, link, payers=[collect.payer])
    pin, decline = request.POST.get("pin", ""), request.POST.get("action") == "decline"
    if not decline and not re.fullmatch(r"[0-9]{4}", pin):
        return _form(request, collect.uri, link, PIN_WANTED, payers=[collect.payer])
    try:
        payment = answer_collect(
            tr=tr,
            payment_id=_form_id(request.POST.get("payment_id", "")),
            pin=pin,
            decline=decline,
        )
    except Refused as refused:
        return _form(request, collect.uri, link, refused.message, payers=[collect.payer])
    return redirect("result", payment_id=payment.payment_id)


def _payers(chosen: str) -> list[Account]:
    """Whose phone this may be. Load tests open payers by the thousand: the demo's own, and one asked
    for by name, are shown, that one first."""
    shown = Account.objects.filter(kind=Account.Kind.PAYER, pk__in={*DEMO_PAYERS, chosen})
    return sorted(shown, key=lambda payer: (payer.vpa != chosen, payer.vpa))


def _payee(link: PaymentLink) -> tuple[str, bool]:
    """Whom the payer is shown to be paying, and whether the bank vouches for it."""
    if (alias := find_alias(link.payee_vpa)) is not None:
        return alias.name, True
    known = Account.objects.filter(pk=link.payee_vpa).exclude(kind=Account.Kind.INTERNAL).first()
    if known is None:
        return link.payee_name or link.payee_vpa, False
    return known.name, known.kind == Account.Kind.MERCHANT


def _form(
    request: HttpRequest,
    uri: str,
    link: PaymentLink,
    problem: str = "",
    *,
    payers: list[Account] | None = None,
) -> HttpResponse:
    chosen = request.POST.get("payer") or request.GET.get("payer") or DEMO_PAYERS[0]
    payers = payers or _payers(chosen)
    payee_name, verified = _payee(link)
    return render(
        request,
        "bank/phone.html",
        {
            "uri": uri,
            "link": link,
            "payers": payers,
            "chosen": payers[0].vpa,
            "payee_name": payee_name,
            "verified": verified,
            "expired": link.expired(),
            # Made with the page: a second tap is the same payment.
            "payment_id": new_payment_id(),
            "amount": request.POST.get("amount", ""),
            "problem": problem,
        },
        status=400 if problem else 200,
    )


def _typed_amount(raw: str, link: PaymentLink, decline: bool) -> int | None:
    """Paise the payer typed where the link names no amount; None where it does."""
    if link.amount is not None:
        return None
    typed = TYPED_AMOUNT.fullmatch(raw.strip())
    if typed:
        return int(typed[1]) * 100 + int((typed[2] or "0").ljust(2, "0"))
    if decline:
        return link.minimum or 1
    raise BadLink("amount", "should be rupees, like 120 or 120.50")


def _form_id(raw: str) -> str:
    return raw if re.fullmatch(r"NKB[0-9A-F]{32}", raw) else new_payment_id()


@never_cache
@require_GET
def result(request: HttpRequest, payment_id: str) -> HttpResponse:
    payments = Payment.objects.select_related("payer", "payee")
    payment = get_object_or_404(payments, pk=payment_id)
    return render(request, "bank/phone_result.html", {"payment": payment})


@require_GET
def closed(request: HttpRequest) -> HttpResponse:
    """The payer closed the app: the bank has heard nothing."""
    try:
        return_url = read_return_url(request.GET.get("url", ""))
    except BadLink:
        return_url = ""
    return render(request, "bank/phone_closed.html", {"return_url": return_url})
