from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KhataConfig(AppConfig):
    name = "payments.khata"
    verbose_name = _("khata")

    def ready(self) -> None:
        from payments.khata.payee import KhataPayee
        from payments.upi.models import Purpose
        from payments.upi.payees import register_payee

        register_payee(Purpose.KHATA, KhataPayee())
