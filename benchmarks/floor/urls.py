"""The bare floor: what a page of 24 things costs Django when it does nothing else."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import include, path

from stores.inventory.models import Listing


def floor(request: HttpRequest, store_id: UUID) -> HttpResponse:
    """One indexed query and a template of 24 items: no session, no frame, no context processors."""
    items = (
        Listing.objects.filter(store_id=store_id, shown=True)
        .order_by("-rank", "id")
        .values("id", "price", "product__name")[:24]
    )
    return HttpResponse(render_to_string("floor.html", {"items": items}))


urlpatterns = [
    path("floor/<uuid:store_id>/", floor),
    path("", include("marketplace.urls")),
]
handler500 = "marketplace.core.failures.failed"
