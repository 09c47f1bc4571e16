from django.urls import path

from orders.invoicing.staff import show_gstr8, show_tds

app_name = "collected"
urlpatterns = [
    path("gstr-8/", show_gstr8, name="gstr8"),
    path("tds/", show_tds, name="tds"),
]
