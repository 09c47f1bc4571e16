"""The outside world of a developer's machine: what everybody would have got on their phone."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from marketplace.notifications.models import Message

PAGE = 30


@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """Every message, newest first; `?to=` keeps those to one number, address or name."""
    if not settings.LOCAL_MESSAGES:
        raise Http404
    to = request.GET.get("to", "").strip()
    found = Message.objects.newest()
    if to:
        found = found.filter(_to_reader(to))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    people = (
        get_user_model()
        .objects.prefetch_related("identities")
        .in_bulk({message.recipient_id for message in page if message.recipient_id is not None})
    )
    names = {key: _called(person) for key, person in people.items()}
    context = {
        "to": to,
        "page": page,
        "shown": [(message, names.get(message.recipient_id)) for message in page],
        "previous": _page_link(to, page.previous_page_number()) if page.has_previous() else "",
        "next": _page_link(to, page.next_page_number()) if page.has_next() else "",
        "demo_code": settings.DEMO_CODE,
    }
    return render(request, "notifications/messages.html", context)


def _called(person: Any) -> str:
    """Whoever has not told a name yet goes by the phone they signed in with."""
    return str(person.name or next((known.value for known in person.identities.all()), person))


def _to_reader(to: str) -> Q:
    """Messages to what was typed, and the other messages of the people reached there."""
    named: set[UUID] = set(
        get_user_model().objects.filter(name__icontains=to).values_list("pk", flat=True)[:100]
    )
    reached = Message.objects.filter(to__icontains=to, recipient_id__isnull=False)
    known = named | set(reached.values_list("recipient_id", flat=True))
    return Q(to__icontains=to) | Q(recipient_id__in=known)


def _page_link(to: str, number: int) -> str:
    query: dict[str, str | int] = {"to": to, "page": number} if to else {"page": number}
    return f"?{urlencode(query)}"
