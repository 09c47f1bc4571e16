from django.urls import path

from marketplace.storefront.views import language

app_name = "storefront"
urlpatterns = [
    path("language/", language.choose_language, name="language"),
]
