"""Signing in by phone, and what a person may see and change about themselves."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.accounts import services
from marketplace.accounts.models import Address
from marketplace.accounts.sessions import sign_in as sign_in_browser
from marketplace.core.errors import DomainError
from marketplace.core.requests import Visit
from marketplace.storefront.area import forget_point, read_area
from marketplace.storefront.baskets import COOKIE as BASKET_COOKIE
from marketplace.storefront.baskets import guest_token
from marketplace.storefront.forms import AddressForm, CodeForm, PhoneForm, ProfileForm
from marketplace.storefront.requests import PersonsVisit
from marketplace.storefront.views.language import back_to, remember_language
from orders import carts
from stores.shops.models import Store

CHALLENGE = "sign_in_challenge"


def refuse(form: Form, error: DomainError) -> int:
    """Say on the form what a service refused, at its field where it names one; the status to answer."""
    field = str(error.params.get("field", ""))
    text = str(error.params.get("why") or error)
    form.add_error(field if field in form.fields else None, text)
    return error.status if error.status in (409, 429, 503) else 422


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: Visit) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(back_to(request))
    form, status = PhoneForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                challenge = services.start_sign_in(
                    phone=form.cleaned_data["phone"],
                    ip=request.META.get("REMOTE_ADDR"),
                    language=get_language() or "hi",
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                request.session[CHALLENGE] = {"id": str(challenge.pk), "phone": challenge.phone}
                return redirect(f"/sign-in/code/?{urlencode({'next': back_to(request)})}")
    context = {"form": form, "next": back_to(request)}
    return render(request, "storefront/sign_in.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: Visit) -> HttpResponse:
    asked = request.session.get(CHALLENGE)
    if asked is None:
        return redirect(f"/sign-in/?{urlencode({'next': back_to(request)})}")
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                person = services.confirm_sign_in(
                    challenge_id=UUID(asked["id"]), code=form.cleaned_data["code"]
                )
            except DomainError as error:
                status = refuse(form, error)
            else:
                return _signed_in(request, person)
    context = {"form": form, "next": back_to(request), "phone": asked["phone"]}
    return render(request, "storefront/enter_code.html", context, status=status)


def _signed_in(request: Visit, person: Any) -> HttpResponse:
    """The browser becomes the person's: their basket and their language come together."""
    sign_in_browser(request, person)
    request.session.pop(CHALLENGE, None)
    response = redirect(back_to(request))
    if guest := guest_token(request):
        carts.join_guest_carts(guest=guest, person_id=person.pk)
        response.delete_cookie(BASKET_COOKIE, samesite="Lax")
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen in dict(settings.LANGUAGES):
        if chosen != person.language:
            services.set_language(person_id=person.pk, language=str(chosen))
    else:
        remember_language(response, person.language)
    return response


@require_POST
def sign_out(request: Visit) -> HttpResponse:
    """Nothing of the person's stays in the browser: the next one brings a language of their own."""
    logout(request)
    response = redirect("storefront:home")
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    forget_point(request, response)
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PersonsVisit) -> HttpResponse:
    form, status = ProfileForm(request.POST or None, initial={"name": request.user.name}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.set_name(person_id=request.user.pk, name=form.cleaned_data["name"])
            except DomainError as error:
                status = refuse(form, error)
            else:
                messages.success(request, _("Your name has been saved."))
                return redirect("storefront:profile")
    context = {
        "form": form,
        "phone": request.user.identities.filter(kind="phone", verified_at__isnull=False)
        .values_list("value", flat=True)
        .first(),
        "addresses": Address.objects.kept_by(request.user.pk),
        "jobs": [
            (store, f"/dashboard/{store.pk}/")
            for store in Store.objects.staffed_by(request.user.pk)
        ],
    }
    return render(request, "storefront/profile.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def address(request: PersonsVisit, address_id: UUID | None = None) -> HttpResponse:
    """A new address, or changes to one's own."""
    kept = None
    if address_id is not None:
        kept = Address.objects.kept_by(request.user.pk).filter(pk=address_id).first()
        if kept is None:
            return redirect("storefront:profile")
    form, status = AddressForm(request.POST or None, initial=_known(request, kept)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if kept:
                    services.change_address(
                        person_id=request.user.pk, address_id=kept.pk, **form.cleaned_data
                    )
                else:
                    services.add_address(person_id=request.user.pk, **form.cleaned_data)
            except DomainError as error:
                status = refuse(form, error)
            else:
                return redirect(back_to(request, "/me/"))
    context = {"form": form, "kept": kept, "next": back_to(request, "/me/")}
    return render(request, "storefront/address.html", context, status=status)


def _known(request: PersonsVisit, kept: Address | None) -> dict[str, Any]:
    """What the form can already say: the address itself, else the person's name and pincode."""
    if kept:
        return {name: getattr(kept, name) for name in AddressForm.base_fields}
    place = read_area(request)
    return {
        "recipient": request.user.name,
        "pincode": place.pincode if place else "",
        "line2": place.name if place else "",
    }


@login_required
@require_POST
def remove_address(request: PersonsVisit, address_id: UUID) -> HttpResponse:
    try:
        services.remove_address(person_id=request.user.pk, address_id=address_id)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("storefront:profile")
