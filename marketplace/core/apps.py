from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "marketplace.core"

    def ready(self) -> None:
        # So that tasks sent from anywhere in Django go to our broker, not to Celery's default.
        from marketplace import celery  # noqa: F401
