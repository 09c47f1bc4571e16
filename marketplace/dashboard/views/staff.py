"""Who works in the shop; only owners see it."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.accounts.models import Identity
from marketplace.accounts.services import register_person
from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit
from marketplace.dashboard.desk import Desk, Role, at_desk, show
from marketplace.dashboard.forms.shop import StaffForm, show_refusal
from stores.shops import services
from stores.shops.models import StaffMember


@require_http_methods(["GET", "HEAD", "POST"])
@at_desk(Role.OWNER)
def people(request: Visit, desk: Desk) -> HttpResponse:
    """The list, and a form to add somebody by phone; they sign in with that number."""
    form = StaffForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            with transaction.atomic():
                person = register_person(
                    phone=form.cleaned_data["phone"],
                    name=form.cleaned_data["name"],
                    language=desk.person.language,
                )
                services.add_staff(
                    store_id=desk.store.pk, person_id=person.pk, role=form.cleaned_data["role"]
                )
        except DomainError as error:
            field = "phone" if error.code == "invalid_phone" else ""
            error.params.setdefault("field", field)
            show_refusal(form, error)
        else:
            messages.success(
                request,
                _("%(name)s can sign in with this number now.") % {"name": person.name},
            )
            return redirect(desk.to("staff"))
    phone = Identity.objects.filter(
        person_id=OuterRef("person_id"), kind=Identity.Kind.PHONE, verified_at__isnull=False
    )
    members = (
        StaffMember.objects.filter(store=desk.store)
        .select_related("person")
        .annotate(phone=Subquery(phone.values("value")[:1]))
        .order_by("person__name", "pk")
    )
    status = 422 if form.is_bound else 200
    context = {"form": form, "members": members}
    return show(request, desk, "staff/people", context, tab="shop", status=status)


@require_POST
@at_desk(Role.OWNER)
def remove(request: Visit, desk: Desk, member_id: UUID) -> HttpResponse:
    member = (
        StaffMember.objects.filter(store=desk.store, pk=member_id).select_related("person").first()
    )
    if member is None:
        raise Http404
    try:
        services.remove_staff(store_id=desk.store.pk, person_id=member.person_id)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("%(name)s no longer works here.") % {"name": member.person.name}
        )
    return redirect(desk.to("staff") if member.person_id != desk.person.pk else "dashboard:home")
