from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "payments.bank"
    label = "bank"
    verbose_name = "Simulated bank"
    default_auto_field = "django.db.models.BigAutoField"
