from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "payments.settlement"

    def ready(self) -> None:
        from payments.settlement import consumers  # noqa: F401  (registers them)
        from payments.settlement.selectors import PAYOUT_BOOK
        from payments.settlement.services.payouts import hear_payout
        from payments.upi.services import on_bank_word
        from payments.upi.services.reconciliation import keep_book

        on_bank_word("payout", hear_payout)
        keep_book(PAYOUT_BOOK)
