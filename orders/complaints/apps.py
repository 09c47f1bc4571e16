from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    name = "orders.complaints"
    verbose_name = _("complaints")

    def ready(self) -> None:
        import orders.complaints.notices  # noqa: F401  (registers the consumers)
