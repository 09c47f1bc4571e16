from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "stores.inventory"

    def ready(self) -> None:
        import stores.inventory.consumers  # noqa: F401  (registers the consumers)
