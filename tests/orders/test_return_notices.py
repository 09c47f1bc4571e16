"""Who hears of a return, once."""

import pytest

from marketplace.accounts.services import register_person
from marketplace.core import outbox
from marketplace.core.models import OutboxEntry
from marketplace.notifications.models import Message
from orders import services
from stores.shops.services import add_staff
from tests.factories import make_listing, make_store
from tests.orders.building import deliver_order
from tests.orders.test_returns import SHOP, ask, take

pytestmark = pytest.mark.django_db


def test_shop_and_customer_hear_of_a_return_once():
    store = make_store()
    owner = register_person(phone="9811111111", name="Gupta", language="en")
    add_staff(store_id=store.pk, person_id=owner.pk, role="owner")
    customer = register_person(phone="9810012345", name="Asha", language="en")
    actor = f"person:{customer.pk}"
    order = deliver_order(store, {make_listing(store).pk: 3}, person_id=customer.pk, actor=actor)
    OutboxEntry.objects.all().delete()

    def told() -> list[str]:
        for entry in OutboxEntry.objects.filter(event__startswith="return."):
            outbox.deliver(entry.pk)
            outbox.deliver(entry.pk)
        messages = Message.objects.filter(channel="in_app").order_by("id")
        bodies = list(messages.values_list("body", flat=True))
        Message.objects.all().delete()
        OutboxEntry.objects.all().delete()
        return bodies

    asked = ask(order, [1], actor=actor, reason="damaged")
    [body] = told()
    assert f"wants to return goods of order {order.number} for ₹250: damaged or leaking." in body
    which = {"store_id": store.pk, "order_id": order.pk, "return_id": asked.pk}
    services.decline_return(**which, actor=SHOP, reason="Too late in the day")
    [body] = told()
    assert "does not take back" in body
    assert "Too late in the day" in body
    again = ask(order, [1], actor=actor)
    services.withdraw_return(**which | {"return_id": again.pk}, actor=actor)
    [body] = told()  # asked for and withdrawn before anybody was told: only the end is news
    assert "after all" in body
    take(ask(order, [1], actor=SHOP))
    [body] = told()  # the shop asked itself, for a customer at its counter
    assert "₹250 is paid back to you in cash at the shop." in body
    line = order.lines.get()
    take(ask(order, [2], actor=SHOP), accepted={line.pk: 1}, reason="One was opened")
    [body] = told()
    assert f"took back part of the goods of order {order.number}: 1 pc Atta" in body
    assert "Not the rest: One was opened. ₹250 is paid back" in body
