"""Pages that say how Nukkad works, and those for when something is not there."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.storefront.offline import kept_offline


@require_safe
@kept_offline
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "storefront/help.html")


@require_safe
@kept_offline
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "storefront/privacy.html", {"officer": settings.GRIEVANCE_OFFICER})


@require_safe
@kept_offline
def grievance(request: HttpRequest) -> HttpResponse:
    return render(request, "storefront/grievance.html", {"officer": settings.GRIEVANCE_OFFICER})
