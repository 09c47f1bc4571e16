from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisputesConfig(AppConfig):
    name = "payments.disputes"
    verbose_name = _("disputes")

    def ready(self) -> None:
        from payments.disputes import consumers  # noqa: F401  (registers them)
        from payments.disputes.selectors import CHARGEBACK_BOOK
        from payments.disputes.services import hear_dispute
        from payments.upi.services import on_bank_word
        from payments.upi.services.reconciliation import keep_book

        on_bank_word("dispute", hear_dispute)
        keep_book(CHARGEBACK_BOOK)
