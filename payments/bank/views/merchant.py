"""How the merchant has itself paid: UPI IDs of its own making, and requests on payers' phones."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from payments.bank import faults, services, upi
from payments.bank.models import Collect
from payments.bank.services.collects import EXPIRES_IN, LEAST
from payments.bank.views.api import answer, for_merchant, turned_away
from payments.bank.views.requests import json_body, text, whole

LONGEST = 24 * 60 * 60  # seconds


@for_merchant
@require_http_methods(["GET", "PUT"])
def alias(request: HttpRequest, vpa: str) -> HttpResponse:
    """Another UPI ID of the merchant's account; PUT as often as one likes."""
    vpa = upi.read_vpa(vpa, field="vpa")
    if (away := turned_away(faults.draw("api", faults.QUERY, vpa))) is not None:
        return away
    if request.method == "PUT":
        name = text(json_body(request), "name", longest=99)
        return JsonResponse(services.open_alias(vpa=vpa, name=name).as_json())
    found = services.find_alias(vpa)
    if found is None:
        raise services.Refused(404, "alias_unknown", f"No alias {vpa}.")
    return JsonResponse(found.as_json())


@for_merchant
@require_POST
def collects(request: HttpRequest) -> HttpResponse:
    """Ask a payer for money; once per `tr`."""
    body = json_body(request)
    tr = text(body, "tr", longest=35)
    if not upi.REFERENCE.fullmatch(tr):
        raise upi.BadLink("tr", "should be at most 35 letters and digits")
    payer_vpa = upi.read_vpa(text(body, "payer_vpa", longest=320), field="payer_vpa")
    amount = whole(body, "amount")
    note = text(body, "note", longest=50, default="")
    expires_in = whole(body, "expires_in", least=LEAST, most=LONGEST, default=EXPIRES_IN)
    drawn = faults.draw("api", faults.COLLECT, tr)
    if (away := turned_away(drawn)) is not None:
        return away
    made = services.request_collect(
        tr=tr, payer_vpa=payer_vpa, amount=amount, note=note, expires_in=expires_in
    )
    return answer(drawn, made.as_json(), tr)


@for_merchant
@require_GET
def collect(request: HttpRequest, tr: str) -> HttpResponse:
    if (away := turned_away(faults.draw("api", faults.QUERY, tr))) is not None:
        return away
    made = Collect.objects.filter(pk=tr).first()
    if made is None:
        raise services.Refused(404, "collect_unknown", f"No collect request {tr}.")
    return JsonResponse(made.as_json())
