"""The bank's desk: what is on the books, for whoever watches the simulation."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from payments.bank.models import Account, Fault, Payment, Payout, Refund, WebhookEvent

SHOWN = 50


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    events = WebhookEvent.objects.prefetch_related("deliveries").order_by("-created_at")
    return render(
        request,
        "bank/home.html",
        {
            "accounts": Account.objects.order_by("kind", "vpa")[:SHOWN],
            "payments": Payment.objects.order_by("-created_at")[:SHOWN],
            "refunds": Refund.objects.order_by("-created_at")[:SHOWN],
            "payouts": Payout.objects.order_by("-created_at")[:SHOWN],
            "events": events[:SHOWN],
            "faults": Fault.objects.order_by("-pk")[:SHOWN],
        },
    )


@require_GET
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM bank_account")
    except DatabaseError as error:
        return HttpResponse(f"database: {error}", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
