"""What a customer owes at their shops, and paying it back by UPI."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from marketplace.core.clock import business_date, now
from marketplace.core.downloads import pdf_answer
from marketplace.core.fields import RupeesField
from marketplace.core.money import rupees
from marketplace.storefront import paying
from marketplace.storefront.paying import CollectForm, check_now, pay_context
from marketplace.storefront.requests import PersonsVisit
from orders.invoicing.prints import find_pdf
from payments.khata.models import Khata, KhataEntry
from payments.khata.selectors import owed_by, owed_on, promised_by
from payments.upi.models import PaymentAttempt, Purpose, Receipt
from payments.upi.services import start_attempt
from stores.shops.models import Store

LATEST = 50
# One rupee is the least that is sent over UPI.
LEAST = 100


class PayForm(forms.Form):
    """An amount in rupees, of what is owed."""

    amount = RupeesField(label=gettext_lazy("Amount (₹)"))

    def __init__(self, owed: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owed = owed
        self.fields["amount"].initial = owed

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if amount < LEAST:
            raise forms.ValidationError(_("Write an amount of at least ₹1."))
        if amount > self.owed:
            raise forms.ValidationError(_("Only %(owed)s is owed.") % {"owed": rupees(self.owed)})
        return amount


@never_cache
@login_required
@require_safe
def khatas(request: PersonsVisit) -> HttpResponse:
    found = list(Khata.objects.of_person(request.user.pk).open())
    shops = Store.objects.in_bulk({khata.store_id for khata in found})
    owed = owed_on(found)
    rows = [(khata, shops[khata.store_id], owed[khata.pk]) for khata in found]
    return render(request, "storefront/khatas.html", {"khatas": rows})


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def khata(request: PersonsVisit, khata_id: UUID) -> HttpResponse:
    """What was bought and paid back; POST asks for a payment of part or all."""
    found = _find(request, khata_id)
    owed = owed_by(found)
    store = Store.objects.get(pk=found.store_id)
    form = PayForm(owed, request.POST if request.method == "POST" else None)
    if form.is_valid():
        amount = form.cleaned_data["amount"]
        attempt = _waiting(found, amount) or start_attempt(
            store_id=found.store_id,
            purpose=Purpose.KHATA,
            reference=found.pk,
            amount=amount,
            note=f"Khata {store.name}",
        )
        return redirect("storefront:khata-pay", khata_id=found.pk, attempt_id=attempt.pk)
    context = {
        "khata": found,
        "store": store,
        "owed": owed,
        "promised": promised_by(found),
        "form": form,
        "entries": KhataEntry.objects.of(found).select_related("undone_by")[:LATEST],
    }
    status = 422 if form.is_bound else 200
    return render(request, "storefront/khata.html", context, status=status)


@login_required
@require_safe
def statement(request: PersonsVisit, khata_id: UUID) -> HttpResponse:
    """What was bought and paid back, as a PDF in the language of the page."""
    pdf = find_pdf(_find(request, khata_id), get_language() or "hi")
    return pdf_answer(request, pdf, name=f"khata-{business_date()}", final=False)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: PersonsVisit, khata_id: UUID, attempt_id: UUID) -> HttpResponse:
    """The QR and the link; POST is the customer saying that it is paid: the bank is asked now."""
    found, attempt = _find_attempt(request, khata_id, attempt_id)
    if request.method == "POST" and not attempt.paid:
        attempt = check_now(request, attempt)
        if not attempt.receipts.exists():
            messages.info(request, _("The bank has not told us of your payment yet."))
            return redirect("storefront:khata-pay", khata_id=khata_id, attempt_id=attempt_id)
    if receipt := attempt.receipts.order_by("id").first():
        amount = {"amount": rupees(receipt.amount)}
        if receipt.outcome == Receipt.Outcome.APPLIED:
            messages.success(request, _("%(amount)s is paid back. Thank you.") % amount)
        else:
            words = _("%(amount)s is on its way back to your UPI account.")
            messages.warning(request, words % amount)
        return redirect("storefront:khata", khata_id=khata_id)
    return _show_pay(request, found, attempt)


@never_cache
@login_required
@require_POST
def collect(request: PersonsVisit, khata_id: UUID, attempt_id: UUID) -> HttpResponse:
    """The customer has typed a UPI id: that phone asks for the money."""
    found, attempt = _find_attempt(request, khata_id, attempt_id)
    wrong = paying.collect(request, attempt)
    if wrong:
        return _show_pay(request, found, attempt, wrong)
    return redirect("storefront:khata-pay", khata_id=khata_id, attempt_id=attempt_id)


def _show_pay(
    request: PersonsVisit, khata: Khata, attempt: PaymentAttempt, form: CollectForm | None = None
) -> HttpResponse:
    names = {"khata_id": khata.pk, "attempt_id": attempt.pk}
    context = pay_context(
        request, attempt, back=reverse("storefront:khata-pay", kwargs=names), form=form
    ) | {"khata": khata, "store": Store.objects.get(pk=khata.store_id)}
    return render(request, "storefront/khata_pay.html", context, status=422 if form else 200)


@never_cache
@login_required
@require_safe
def pay_status(request: PersonsVisit, khata_id: UUID, attempt_id: UUID) -> HttpResponse:
    """The waiting page asks every few seconds; it moves on when the bank has said something."""
    _khata, attempt = _find_attempt(request, khata_id, attempt_id)
    if attempt.state == request.GET.get("state"):
        return HttpResponse(status=204)
    return HttpResponseClientRedirect(f"/khata/{khata_id}/pay/{attempt_id}/")


def _waiting(khata: Khata, amount: int) -> PaymentAttempt | None:
    """A request for so much that can still be paid: two taps ask once."""
    last = PaymentAttempt.objects.of(khata.store_id, Purpose.KHATA, khata.pk).first()
    same = last is not None and (last.state, last.amount) == (last.State.CREATED, amount)
    return last if last is not None and same and last.expires_at > now() else None


def _find(request: PersonsVisit, khata_id: UUID) -> Khata:
    found = Khata.objects.of_person(request.user.pk).filter(pk=khata_id).first()
    if found is None:
        raise Http404
    return found


def _find_attempt(
    request: PersonsVisit, khata_id: UUID, attempt_id: UUID
) -> tuple[Khata, PaymentAttempt]:
    khata = _find(request, khata_id)
    attempts = PaymentAttempt.objects.of(khata.store_id, Purpose.KHATA, khata.pk)
    attempt = attempts.filter(pk=attempt_id).first()
    if attempt is None:
        raise Http404
    return khata, attempt
