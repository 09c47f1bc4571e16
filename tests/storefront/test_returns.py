import pytest

from marketplace.core.clock import travel
from marketplace.core.templatetags.nukkad import moment
from orders import services
from orders.models import Return
from tests.factories import make_listing, make_store
from tests.orders.building import deliver_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(store, asha):
    """Two packets at ₹250 and one, and ₹20 for delivery, paid in cash."""
    wanted = {make_listing(store).pk: 2, make_listing(store).pk: 1}
    return deliver_order(store, wanted, person_id=asha.pk, actor=f"person:{asha.pk}")


def page(client, order):
    return client.get(f"/orders/{order.pk}/").content.decode()


def test_goods_are_chosen_and_the_answer_stands_on_the_order(customer, asha, order):
    assert f'href="/orders/{order.pk}/return/"' in page(customer, order)
    form = customer.get(f"/orders/{order.pk}/return/").content.decode()
    for wanted in ['name="line-1"', 'name="line-2"', "at most 2 pc", "₹20", "not what was ordered"]:
        assert wanted in form
    answer = customer.post(
        f"/orders/{order.pk}/return/",
        {"line-1": "1", "line-2": "", "reason": "damaged", "note": "Bag was torn"},
    )
    assert answer.status_code == 302
    asked = Return.objects.get()
    assert (asked.asked_by, asked.amount, asked.reason) == (f"person:{asha.pk}", 25000, "damaged")
    shown = page(customer, order)
    for wanted in ["Asked for", "Bag was torn", "₹250", "I keep it after all"]:
        assert wanted in shown
    assert f'href="/orders/{order.pk}/return/"' not in shown
    services.decline_return(
        store_id=order.store_id,
        order_id=order.pk,
        return_id=asked.pk,
        actor="person:shop",
        reason="It was opened",
    )
    shown = page(customer, order)
    assert "It was opened" in shown
    assert f'href="/orders/{order.pk}/return/"' in shown


def test_a_return_can_be_withdrawn(customer, order):
    customer.post(f"/orders/{order.pk}/return/", {"line-1": "2", "reason": "not_needed"})
    asked = Return.objects.get()
    customer.post(f"/orders/{order.pk}/return/{asked.pk}/withdraw/")
    assert Return.objects.get().state == "withdrawn"


def test_what_is_wrong_is_told_and_what_was_typed_is_kept(customer, order):
    address = f"/orders/{order.pk}/return/"
    answer = customer.post(address, {"line-1": "3", "reason": "damaged", "note": "leaks"})
    assert answer.status_code == 422
    assert "less than or equal to 2" in answer.content.decode()
    assert "leaks" in answer.content.decode()
    assert customer.post(address, {"line-1": "1"}).status_code == 422
    nothing = customer.post(address, {"reason": "damaged"})
    assert nothing.status_code == 422
    assert "Choose what you want to return" in nothing.content.decode()
    assert not Return.objects.exists()


def test_a_return_does_not_move_the_hour_of_delivery(customer, order):
    delivered = moment(order.delivered_at)
    with travel(days=1):
        customer.post(f"/orders/{order.pk}/return/", {"line-1": "1", "reason": "damaged"})
        asked = moment(Return.objects.get().created_at)
        shown = page(customer, order)
    assert delivered in shown
    assert asked not in shown


def test_after_the_window_nothing_is_offered(customer, order):
    with travel(days=3):
        assert f'href="/orders/{order.pk}/return/"' not in page(customer, order)
        answer = customer.post(f"/orders/{order.pk}/return/", {"line-1": "1", "reason": "damaged"})
        assert answer.status_code == 302
    assert not Return.objects.exists()


def test_somebody_elses_order_is_not_returned(customer):
    theirs = make_store()
    other = deliver_order(theirs, {make_listing(theirs).pk: 1})
    assert customer.get(f"/orders/{other.pk}/return/").status_code == 404
    assert (
        customer.post(
            f"/orders/{other.pk}/return/", {"line-1": "1", "reason": "damaged"}
        ).status_code
        == 404
    )
    assert not Return.objects.exists()
