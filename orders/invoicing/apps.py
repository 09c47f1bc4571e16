from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvoicingConfig(AppConfig):
    name = "orders.invoicing"
    verbose_name = _("GST documents")

    def ready(self) -> None:
        import orders.invoicing.consumers  # noqa: F401  (registers the consumers)
