from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        import orders.notices  # noqa: F401  (registers the consumers)
        from orders.services.payee import OrderHoldOwner, OrderPayee
        from payments.upi.payees import register_payee
        from stores.inventory.owners import register_hold_owner

        register_payee("order", OrderPayee())
        register_hold_owner(OrderHoldOwner())
