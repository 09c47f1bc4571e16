from django.apps import AppConfig


class UpiConfig(AppConfig):
    name = "payments.upi"

    def ready(self) -> None:
        from payments.upi import consumers  # noqa: F401  (registers them)
