import re

import pytest

from marketplace.core.clock import travel
from marketplace.core.templatetags.nukkad import moment
from orders import services
from orders.models import Return
from tests.factories import make_listing, make_loose, make_store
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
    assert "That is too much: at most 2 pc." in answer.content.decode()
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


@pytest.mark.parametrize(
    ("typed", "grams"),
    [("0.5", 500), ("1", 1000), ("1.5", 1500), ("750", 750), ("250 g", 250), ("०.५ किलो", 500)],
)
def test_loose_goods_go_back_in_the_unit_that_is_shown(customer, asha, store, typed, grams):
    """1.5 kg at ₹40 a kilo: half a kilo is no half gram."""
    order = deliver_order(store, {make_loose(store, name="Potato").pk: 1500}, person_id=asha.pk)
    address = f"/orders/{order.pk}/return/"
    form = customer.get(address).content.decode()
    for wanted in ["Potato (kg)", "at most 1.5 kg", 'value="1.5"', "₹40/kg", "all of it: ₹60"]:
        assert wanted in form
    customer.post(address, {"line-1": typed, "reason": "poor_quality"})
    asked = Return.objects.get()
    assert (asked.lines.get().quantity, asked.amount) == (grams, grams * 4)


@pytest.mark.parametrize("typed", ["2", "1.6 kg", "1501", "-1", "some", "0", "", "0.0001"])
def test_a_weight_that_cannot_go_back_is_refused(customer, asha, store, typed):
    order = deliver_order(store, {make_loose(store).pk: 1500}, person_id=asha.pk)
    answer = customer.post(
        f"/orders/{order.pk}/return/", {"line-1": typed, "reason": "poor_quality"}
    )
    assert answer.status_code == 422
    assert not Return.objects.exists()


def test_less_than_a_kilo_is_asked_in_grams(customer, asha, store):
    order = deliver_order(store, {make_loose(store, name="Potato").pk: 750}, person_id=asha.pk)
    address = f"/orders/{order.pk}/return/"
    form = customer.get(address).content.decode()
    for wanted in ["Potato (g)", "at most 750 g", 'value="750"']:
        assert wanted in form
    customer.post(address, {"line-1": "250", "reason": "poor_quality"})
    assert Return.objects.get().lines.get().quantity == 250


def test_what_goes_back_is_told_with_its_pack_price_and_worth(customer, order):
    form = customer.get(f"/orders/{order.pk}/return/").content.decode()
    for wanted in [
        "5 kg",
        "₹250 each",
        "all of it: ₹500",
        "damaged, expired or not what was ordered: ₹770, with the delivery fee of ₹20.",
        "For another reason: ₹750. The delivery fee of ₹20 is kept.",
    ]:
        assert wanted in form


def back_rows(client, order):
    """What the last return on the order's page says of money: each row's words and amount."""
    told = page(client, order).rsplit('<table class="bill">', 2)[1].split("</table>")[0]
    rows = re.findall(r'<th scope="row">([^<]+)</th>\s*<td>([^<]+)</td>', told)
    return {label.strip(): amount for label, amount in rows}


def test_a_return_says_whether_the_delivery_fee_comes_back(customer, asha, order):
    address = f"/orders/{order.pk}/return/"
    customer.post(address, {"line-1": "2", "reason": "damaged"})
    assert back_rows(customer, order) == {"Delivery fee of ₹20": "kept", "You get back": "₹500"}
    asked = Return.objects.get()
    which = {"store_id": order.store_id, "order_id": order.pk, "actor": "person:shop"}
    services.take_return(**which, return_id=asked.pk)
    form = customer.get(address).content.decode()
    assert "ordered: ₹270, with the delivery fee of ₹20." in form
    customer.post(address, {"line-2": "1", "reason": "wrong_item"})
    assert back_rows(customer, order) == {"Delivery fee": "₹20", "You get back": "₹270"}
    services.take_return(**which, return_id=Return.objects.latest("id").pk)
    assert back_rows(customer, order) == {"Delivery fee": "₹20", "You get back": "₹270"}


def test_a_fee_that_cannot_come_back_is_not_promised(customer, order):
    customer.post(f"/orders/{order.pk}/return/", {"line-1": "2", "reason": "not_needed"})
    services.take_return(
        store_id=order.store_id,
        order_id=order.pk,
        return_id=Return.objects.get().pk,
        actor="person:shop",
    )
    form = customer.get(f"/orders/{order.pk}/return/").content.decode()
    assert "For everything: ₹250. The delivery fee of ₹20 is kept." in form
    assert "with the delivery fee" not in form


def test_a_declined_return_promises_no_money(customer, order):
    customer.post(f"/orders/{order.pk}/return/", {"line-1": "2", "reason": "not_needed"})
    assert "You get back" in page(customer, order)
    services.decline_return(
        store_id=order.store_id,
        order_id=order.pk,
        return_id=Return.objects.get().pk,
        actor="person:shop",
        reason="It was opened",
    )
    assert "You get back" not in page(customer, order)
