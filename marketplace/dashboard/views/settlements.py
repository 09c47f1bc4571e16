"""What the shop earned, and what was paid out; for owners."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from marketplace.dashboard.desk import Desk, Role, at_desk, show
from payments.ledger.models import Account
from payments.ledger.selectors import balance


@require_safe
@at_desk(Role.OWNER)
def settlements(request: HttpRequest, desk: Desk) -> HttpResponse:
    context = {"owed": -balance(desk.store.pk, Account.PAYABLE)}
    return show(request, desk, "settlements/settlements", context, tab="money")
