from django.apps import AppConfig


class UpiConfig(AppConfig):
    name = "payments.upi"
