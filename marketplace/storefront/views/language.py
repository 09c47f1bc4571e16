"""Hindi or English: kept in a cookie, and on the person who is signed in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from marketplace.accounts import services
from marketplace.storefront.cookies import keep


def back_to(request: HttpRequest, default: str = "/") -> str:
    """The page of ours that `next` names, else `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # and a path: what is none may be taken for the name of a view, or lead on from here
    return wanted if safe and wanted.startswith("/") else default


def remember_language(response: HttpResponse, language: str) -> None:
    keep(response, settings.LANGUAGE_COOKIE_NAME, language)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    response = redirect(back_to(request))
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES):
        remember_language(response, language)
        if request.user.is_authenticated:
            services.set_language(person_id=request.user.pk, language=language)
    return response
