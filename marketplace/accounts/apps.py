from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "marketplace.accounts"

    def ready(self) -> None:
        import marketplace.accounts.checks
        import marketplace.accounts.consumers  # noqa: F401  (registers the consumers)
