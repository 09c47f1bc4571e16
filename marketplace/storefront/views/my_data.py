"""What we hold about somebody: they take it with them, or have it erased (DPDP Act 2023, s.11 and 12)."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts import services
from marketplace.core.errors import DomainError
from marketplace.storefront.area import COOKIE as AREA_COOKIE
from marketplace.storefront.baskets import COOKIE as BASKET_COOKIE
from marketplace.storefront.forms import CodeForm
from marketplace.storefront.requests import PersonsVisit
from marketplace.storefront.views.people import refuse
from orders.personal.archive import make_archive
from orders.personal.services import CannotErase, erase_person, find_blockers

# Not the one of signing in: that code has to be asked for anew.
CHALLENGE = "erase_challenge"


@never_cache
@login_required
@require_POST
def download(request: PersonsVisit) -> FileResponse:
    """Made at once and kept nowhere: a file that waited here would be one thing more to protect."""
    return FileResponse(
        make_archive(request.user),
        as_attachment=True,
        filename="nukkad.zip",
        content_type="application/zip",
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: PersonsVisit) -> HttpResponse:
    """What would go, what stays and why, and what has to end first; sends the code if they still want to."""
    phone = (
        request.user.identities.filter(kind="phone", verified_at__isnull=False)
        .values_list("value", flat=True)
        .first()
    )
    blockers, problem, status = find_blockers(person=request.user), "", 200
    if request.method == "POST" and phone and not blockers:
        try:
            challenge = services.start_sign_in(
                phone=phone,
                ip=request.META.get("REMOTE_ADDR"),
                language=get_language() or "hi",
            )
        except DomainError as error:
            problem, status = str(error), error.status
        else:
            request.session[CHALLENGE] = {"id": str(challenge.pk), "phone": phone}
            return redirect("storefront:erase-code")
    context = {
        "blockers": blockers,
        "phone": phone,
        "problem": problem,
        "officer": settings.GRIEVANCE_OFFICER,
    }
    return render(request, "storefront/erase.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase_code(request: PersonsVisit) -> HttpResponse:
    asked = request.session.get(CHALLENGE)
    if asked is None:
        return redirect("storefront:erase")
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                erase_person(
                    person_id=request.user.pk,
                    challenge_id=UUID(asked["id"]),
                    code=form.cleaned_data["code"],
                )
            except CannotErase:
                return redirect("storefront:erase")
            except DomainError as error:
                status = refuse(form, error)
            else:
                return _goodbye(request)
    context = {"form": form, "phone": asked["phone"]}
    return render(request, "storefront/erase_code.html", context, status=status)


def _goodbye(request: PersonsVisit) -> HttpResponse:
    logout(request)
    response = redirect("storefront:erased")
    for cookie in (BASKET_COOKIE, AREA_COOKIE):
        response.delete_cookie(cookie, samesite="Lax")
    return response


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    return render(request, "storefront/erased.html")
