from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "stores.catalogue"

    def ready(self) -> None:
        import stores.catalogue.consumers  # noqa: F401  (registers them)
