"""Light, dark, or as the phone says: kept in a cookie, since it belongs to the screen, not to the person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from marketplace.storefront.cookies import keep
from marketplace.storefront.theme import AUTO, COOKIE
from marketplace.storefront.views.language import back_to


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    response = redirect(back_to(request))
    theme = request.POST.get("theme", "")
    if theme == AUTO:
        response.delete_cookie(COOKIE, samesite="Lax")
    elif theme in ("light", "dark"):
        keep(response, COOKIE, theme, scripts_read=True)
    return response
