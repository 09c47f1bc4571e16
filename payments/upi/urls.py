from django.urls import URLPattern, path

from payments.upi import views

app_name = "upi"
urlpatterns: list[URLPattern] = [
    path("bank/events/", views.hear_bank, name="bank-events"),
]
