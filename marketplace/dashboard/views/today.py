from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.core.requests import Visit
from marketplace.dashboard.board import fingerprint, todays_orders
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.views.disputes import count_to_answer
from marketplace.dashboard.views.returns import open_returns
from marketplace.dashboard.views.stock import count_expiring


@require_safe
@at_desk(Role.HELPER)
def today(request: Visit, desk: Desk) -> HttpResponse:
    context = board_context(request, desk)
    if desk.is_manager:
        context["expiring"] = count_expiring(desk)
    if desk.is_owner:
        context["disputes"] = count_to_answer(desk)
    return show(request, desk, "today", context, tab="today")


@require_safe
@at_desk(Role.HELPER)
def board(request: Visit, desk: Desk) -> HttpResponse:
    """The board alone, for the poll; 204 while it looks as the browser has it."""
    context = board_context(request, desk)
    if request.GET.get("seen") == context["fingerprint"]:
        return HttpResponse(status=204)
    return show(request, desk, "orders/board", context | {"oob": True}, tab="today")


@require_safe
@at_desk(Role.HELPER)
def waiting(request: Visit, desk: Desk) -> HttpResponse:
    """How many orders wait to be accepted, for the badge on every other screen."""
    if request.GET.get("newest") == desk.newest and request.GET.get("n") == str(desk.waiting):
        return HttpResponse(status=204)
    return render(request, "dashboard/waiting.html", {"desk": desk, "poll": True})


def board_context(request: Visit, desk: Desk) -> dict[str, Any]:
    columns, returns = todays_orders(desk.store.pk), open_returns(desk.store.pk)
    known = {column.key for column in columns}
    chosen = request.GET.get("column") or request.POST.get("column") or ""
    if chosen not in known:
        # Arriving, one wants to see where there is work.
        chosen = next((c.key for c in columns[:-1] if c.cards), "new")
    return {
        "columns": columns,
        "returns": returns,
        "chosen": chosen,
        "fingerprint": fingerprint(columns, returns),
    }
