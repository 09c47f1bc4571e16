from django.apps import AppConfig
from django.core.checks import Tags, register


class UpiConfig(AppConfig):
    name = "payments.upi"

    def ready(self) -> None:
        from payments.upi import consumers  # noqa: F401  (registers them)
        from payments.upi.checks import every_purpose_has_a_payee

        register(every_purpose_has_a_payee, Tags.models)
