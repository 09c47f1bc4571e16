from django.apps import AppConfig


class ShopsConfig(AppConfig):
    name = "stores.shops"
