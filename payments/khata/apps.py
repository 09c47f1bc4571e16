from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KhataConfig(AppConfig):
    name = "payments.khata"
    verbose_name = _("khata")
