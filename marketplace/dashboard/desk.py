"""Who may open which screen: the shop in the address, and the person's role in that shop."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.db.models import Count, Exists, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from marketplace.accounts.models import Person
from marketplace.core.requests import Visit
from orders.complaints.models import Complaint
from orders.models import Order, State
from stores.shops.models import StaffMember, Store

Role = StaffMember.Role
RIGHTS = {Role.HELPER: 0, Role.MANAGER: 1, Role.OWNER: 2}
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Desk:
    """A person at work in one of their shops. `waiting` counts orders nobody has accepted yet,
    `complaints` those that nobody has answered."""

    store: Store
    person: Person
    role: str
    waiting: int
    complaints: int
    newest: str
    has_other_shops: bool

    @property
    def actor(self) -> str:
        return f"person:{self.person.pk}"

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER

    @property
    def is_manager(self) -> bool:
        """Whether they may run the shop: change prices and stock, and confirm without a code."""
        return RIGHTS[Role(self.role)] >= RIGHTS[Role.MANAGER]

    def to(self, screen: str, **names: Any) -> str:
        """The address of another screen of this shop."""
        return reverse(f"dashboard:{screen}", kwargs={"store_id": self.store.pk, **names})


Screen = Callable[Concatenate[Visit, Desk, P], HttpResponseBase]


def at_desk(role: StaffMember.Role) -> Callable[[Screen[P]], Callable[..., HttpResponseBase]]:
    """A screen of one shop for its staff of this role and above.

    Strangers to the shop get 404, so that no answer tells which shops exist; staff with too small
    a role get a page that says so. One query finds the shop, the role and what is waiting.
    """

    def open_to(screen: Screen[P]) -> Callable[..., HttpResponseBase]:
        @wraps(screen)
        def view(
            request: Visit, store_id: UUID, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponseBase:
            if not isinstance(request.user, Person):
                return _sign_in_first(request)
            desk = _find_desk(request.user, store_id)
            if desk is None:
                raise Http404
            if RIGHTS[Role(desk.role)] < RIGHTS[role]:
                return show(request, desk, "not_allowed", status=403)
            return screen(request, desk, *args, **kwargs)

        view.role = role  # type: ignore[attr-defined]
        return view

    return open_to


def show(
    request: Visit,
    desk: Desk,
    screen: str,
    context: dict[str, Any] | None = None,
    *,
    tab: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render `templates/dashboard/<screen>.html` with what every screen's frame needs."""
    frame = {
        "desk": desk,
        "store": desk.store,
        "tab": tab,
        "waiting": desk.waiting,
        "shelf": desk.to("stock"),
    }
    return render(request, f"dashboard/{screen}.html", frame | (context or {}), status=status)


def _sign_in_first(request: Visit) -> HttpResponse:
    answer = redirect_to_login(request.get_full_path())
    if request.htmx:
        # The fragment's own address is no page to come back to.
        return HttpResponseClientRedirect(answer.url.split("?")[0])
    return answer


def _find_desk(person: Person, store_id: UUID) -> Desk | None:
    new = Order.objects.of_store(store_id).in_states([State.CONFIRMED]).order_by()
    complaints = Complaint.objects.of_store(store_id).for_the_shop()
    jobs = StaffMember.objects.filter(person=person)
    job = (
        jobs.filter(store_id=store_id)
        .select_related("store")
        .annotate(
            waiting=_count(new),
            complaints=_count(complaints),
            newest=Subquery(new.order_by("-id").values("pk")[:1]),
            has_other_shops=Exists(jobs.exclude(store_id=OuterRef("store_id"))),
        )
        .first()
    )
    if job is None:
        return None
    return Desk(
        store=job.store,
        person=person,
        role=job.role,
        waiting=job.waiting,
        complaints=job.complaints,
        newest=str(job.newest or ""),
        has_other_shops=job.has_other_shops,
    )


def _count(rows: QuerySet[Any]) -> Coalesce:
    """How many of a shop's rows there are, within a larger query."""
    counted = rows.values("store_id").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
