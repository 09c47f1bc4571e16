from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("marketplace.core.health")),
    path("", include("marketplace.storefront.urls")),
    path("api/", include("marketplace.api.urls")),
    path("dashboard/", include("marketplace.dashboard.urls")),
    path("staff/books/", include("payments.ledger.urls")),
    path("staff/collected/", include("orders.invoicing.urls")),
    path("staff/", admin.site.urls),
    path("messages/", include("marketplace.notifications.urls")),
    path("styleguide/", include("marketplace.styleguide.urls")),
    path("", include("payments.upi.urls")),
]

handler500 = "marketplace.core.failures.failed"
