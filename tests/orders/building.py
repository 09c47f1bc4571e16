from collections.abc import Mapping
from typing import Any
from uuid import UUID

from marketplace.core.ids import uuid7
from orders import services
from orders.models import Order
from orders.services import Contact, DeliveryAddress, Wanted, place
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from stores.shops.models import Store
from tests.upi.words import payment_word

ASHA = Contact(name="Asha", phone="+919810012345", language="hi")
HOME = DeliveryAddress(text="4 Hailey Road", pincode="110001")


def place_order(store: Store, wanted: Mapping[UUID, int], **changes: Any) -> Order:
    """Place a cash order for home delivery; what a test cares about it names."""
    values: dict[str, Any] = {
        "store_id": store.pk,
        "actor": "person:asha",
        "idempotency_key": str(uuid7()),
        "via": "web",
        "lines": [Wanted(listing_id, quantity) for listing_id, quantity in wanted.items()],
        "fulfilment": "delivery",
        "payment_method": "cash",
        "contact": ASHA,
        "address": HOME,
    }
    return place(**values | changes).order


def captured_order(store: Store, wanted: Mapping[UUID, int], **changes: Any) -> Order:
    """Place an order by UPI and hear from the bank that it was paid."""
    order = place_order(store, wanted, **changes | {"payment_method": "upi"})
    apply_bank_event(word=payment_word(PaymentAttempt.objects.get(reference=order.pk)))
    order.refresh_from_db()
    return order


def deliver_order(store: Store, wanted: Mapping[UUID, int], **changes: Any) -> Order:
    """Place an order as `place_order` does, pay it if it is to be paid, and bring it to the door.

    What is weighed weighs what was ordered.
    """
    prepaid = changes.get("payment_method") == Order.PaymentMethod.UPI
    order = (captured_order if prepaid else place_order)(store, wanted, **changes)
    which: dict[str, Any] = {
        "store_id": store.pk,
        "order_id": order.pk,
        "actor": "person:shopkeeper",
    }
    loose = order.lines.filter(by_weight=True)
    weights = dict(loose.values_list("listing_id", "quantity"))
    services.accept(**which)
    services.pack(**which, weights=weights)
    services.dispatch(**which)
    return services.deliver(**which)
