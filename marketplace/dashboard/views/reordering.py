"""What to buy again, and from what stock on the shop is told."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from marketplace.core.downloads import csv_answer
from marketplace.core.requests import Visit
from marketplace.core.whatsapp import chat_with
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.batches import LevelForm
from marketplace.dashboard.reorder import as_table, as_text, grouped
from marketplace.dashboard.views.stock import find_listing, show_listing
from stores.inventory.reordering import GroupBy, read_reorders, to_reorder
from stores.inventory.services import set_reorder_level

# As many as a message takes.
PAGE = 50


@require_safe
@at_desk(Role.MANAGER)
def reorder(request: Visit, desk: Desk) -> HttpResponse:
    by, page = _group_by(request), _page(request)
    found = to_reorder(desk.store.pk, by=by)[PAGE * (page - 1) : PAGE * page + 1]
    rows = list(read_reorders(found))
    groups = grouped(rows[:PAGE], by=by)
    context = {
        "groups": groups,
        "by": by,
        "choices": [(GroupBy.BRAND, _("By brand")), (GroupBy.AISLE, _("By aisle"))],
        "whatsapp": chat_with(as_text(desk.store, groups)),
        "previous": "?" + urlencode({"by": by, "page": page - 1}) if page > 1 else "",
        "following": "?" + urlencode({"by": by, "page": page + 1}) if len(rows) > PAGE else "",
    }
    return show(request, desk, "stock/reorder", context, tab="stock")


@require_safe
@at_desk(Role.MANAGER)
def reorder_csv(request: Visit, desk: Desk) -> HttpResponse:
    """The whole list as a file, however long."""
    reorders = read_reorders(to_reorder(desk.store.pk, by=_group_by(request)))
    return csv_answer(as_table(reorders), name="reorder")


@require_POST
@at_desk(Role.MANAGER)
def change_level(request: Visit, desk: Desk, listing_id: UUID) -> HttpResponse:
    listing = find_listing(desk, listing_id)
    form = LevelForm(request.POST, listing=listing)
    if not form.is_valid():
        return show_listing(request, desk, listing, level_form=form, status=422)
    level = form.cleaned_data["level"]
    set_reorder_level(store_id=desk.store.pk, listing_id=listing_id, level=level, actor=desk.actor)
    messages.success(request, _("Saved."))
    return redirect(desk.to("listing", listing_id=listing_id))


def _group_by(request: Visit) -> GroupBy:
    return GroupBy.AISLE if request.GET.get("by") == GroupBy.AISLE else GroupBy.BRAND


def _page(request: Visit) -> int:
    text = request.GET.get("page", "")
    return max(int(text), 1) if text.isdecimal() and len(text) < 6 else 1
