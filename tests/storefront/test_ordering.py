import re

import pytest

from marketplace.accounts.models import Identity
from marketplace.accounts.services import register_person
from marketplace.core.clock import now
from orders import services
from orders.models import CartLine, Order, State
from payments.khata.models import Khata
from payments.khata.services import open_khata
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from stores.inventory import services as inventory
from tests.factories import make_listing, make_product, make_store
from tests.storefront.forms import HIDDEN
from tests.upi.words import payment_word


def send(client, store, fields, **changes):
    return client.post(f"/shops/{store.slug}/checkout/", fields | changes)


@pytest.fixture
def order(customer, store, filled_form):
    send(customer, store, filled_form, payment_method="cash")
    return Order.objects.get()


def test_a_guest_is_asked_to_sign_in_at_checkout(visitor, store, listing, tap):
    tap(visitor, "more", listing)
    response = visitor.get(f"/shops/{store.slug}/checkout/")
    assert response["Location"] == f"/sign-in/?next=/shops/{store.slug}/checkout/"


def test_somebody_without_an_address_gives_one_first(customer, store, listing, tap, asha):
    asha.addresses.all().delete()
    tap(customer, "more", listing)
    response = customer.get(f"/shops/{store.slug}/checkout/")
    assert response["Location"].startswith("/me/addresses/new/")
    saved = customer.post(
        response["Location"],
        {"recipient": "Asha", "line1": "7 Hanuman Road", "pincode": "110001"},
    )
    assert saved["Location"] == f"/shops/{store.slug}/checkout/?fulfilment=delivery"
    assert customer.get(saved["Location"]).status_code == 200


def test_cash_is_charged_as_shown_rounded_to_the_rupee(customer, store, filled_form):
    assert (filled_form["total_upi"], filled_form["total_cash"]) == ("27050", "27100")
    response = send(customer, store, filled_form, payment_method="cash")
    order = Order.objects.get()
    assert response["Location"] == f"/orders/{order.pk}/"
    assert (order.state, order.total, order.rounding) == (State.CONFIRMED, 27100, 50)
    assert order.address == "7 Hanuman Road, 110001"
    assert (order.contact_name, order.contact_phone) == ("Asha", "+919876543210")
    assert not CartLine.objects.exists()


def test_upi_leads_to_the_payment_page_with_code_and_link(customer, store, filled_form):
    response = send(customer, store, filled_form, payment_method="upi")
    order = Order.objects.get()
    assert order.state == State.AWAITING_PAYMENT
    assert response["Location"] == f"/orders/{order.pk}/pay/"
    page = customer.get(response["Location"]).content.decode()
    assert "am=270.50" in page
    assert "<svg" in page
    assert 'id="simulated-upi"' in page
    assert " style=" not in page


def test_a_wrong_amount_is_said_to_come_back(customer, store, filled_form):
    send(customer, store, filled_form, payment_method="upi")
    attempt = PaymentAttempt.objects.get()
    waiting = f"/orders/{attempt.reference}/pay/"
    assert "UPI account" not in customer.get(waiting).content.decode()
    apply_bank_event(word=payment_word(attempt, amount=attempt.amount - 50))
    page = customer.get(waiting).content.decode()
    assert "₹270 is on its way back to your UPI account." in page
    assert "nothing was taken" not in page


def test_the_simulated_app_is_offered_only_locally(customer, store, filled_form, settings):
    settings.LOCAL_MESSAGES = False
    response = send(customer, store, filled_form, payment_method="upi")
    assert "simulated-upi" not in customer.get(response["Location"]).content.decode()


def test_the_same_form_twice_is_one_order(customer, store, filled_form):
    first = send(customer, store, filled_form, payment_method="cash")
    second = send(customer, store, filled_form, payment_method="cash")
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_a_changed_price_asks_again_with_the_new_total(customer, store, listing, filled_form):
    inventory.set_price(store_id=store.pk, listing_id=listing.pk, price=26000, actor="system")
    response = send(customer, store, filled_form, payment_method="upi")
    page = response.content.decode()
    assert response.status_code == 409
    assert not Order.objects.exists()
    assert "It was ₹270.50 and is now ₹280." in page
    assert dict(HIDDEN.findall(page))["total_upi"] == "28000"
    send(customer, store, filled_form, payment_method="upi", total_upi="28000")
    assert Order.objects.get().total == 28000


def test_a_form_orders_no_other_goods_than_it_showed(customer, store, listing, filled_form, tap):
    other = make_listing(store, product=make_product(name="Dahi"), price=25050, mrp=26000)
    tap(customer, "less", listing)
    tap(customer, "more", other)
    response = send(customer, store, filled_form, payment_method="cash")
    assert response["Location"] == f"/shops/{store.slug}/basket/"
    assert not Order.objects.exists()
    assert "Your basket has changed in the meantime." in customer.get(response["Location"]).text
    assert CartLine.objects.get().listing == other


def test_an_order_of_somebody_signed_out_meanwhile_is_no_redirect(customer, store, filled_form):
    """Which the phone that keeps it would take for success."""
    customer.logout()
    answer = send(customer, store, filled_form, payment_method="cash")
    assert answer.status_code == 401
    assert dict(HIDDEN.findall(answer.text))["next"] == f"/shops/{store.slug}/checkout/"
    assert not Order.objects.exists()


def test_what_sold_out_at_the_last_moment_is_named(customer, store, listing, filled_form):
    inventory.count_stock(store_id=store.pk, listing_id=listing.pk, counted=0, actor="system")
    response = send(customer, store, filled_form, payment_method="cash")
    assert response.status_code == 409
    assert listing.product.name in response.content.decode()
    assert not Order.objects.exists()


def test_an_address_out_of_reach_cannot_be_chosen(customer, filled_form, tap):
    far = make_store(delivery_pincodes=["560001"], latitude=12.97, longitude=77.59)
    tap(customer, "more", make_listing(far))
    page = customer.get(f"/shops/{far.slug}/checkout/").content.decode()
    assert "This shop does not deliver there." in page
    assert "Place the order" not in page
    seen = filled_form | {"goods": dict(HIDDEN.findall(page))["goods"]}
    response = send(customer, far, seen, payment_method="cash")
    assert response.status_code == 409
    assert not Order.objects.exists()


def test_collecting_needs_no_address_and_no_fee(customer, store, listing, tap):
    tap(customer, "more", listing)
    page = customer.get(f"/shops/{store.slug}/checkout/?fulfilment=pickup").content.decode()
    fields = dict(HIDDEN.findall(page))
    send(customer, store, fields, payment_method="upi", name="Asha Rao")
    order = Order.objects.get()
    assert (order.fulfilment, order.delivery_fee, order.total) == ("pickup", 0, 25050)
    assert order.contact_name == "Asha Rao"


def test_the_order_page_follows_the_shop(customer, store, order):
    assert "Say this code" not in customer.get(f"/orders/{order.pk}/").content.decode()
    services.accept(store_id=store.pk, order_id=order.pk, actor="system")
    page = customer.get(f"/orders/{order.pk}/").content.decode()
    assert services.delivery_code(order) in page
    assert 'hx-trigger="every 30s"' in page
    services.pack(store_id=store.pk, order_id=order.pk, actor="system")
    services.dispatch(store_id=store.pk, order_id=order.pk, actor="system")
    services.deliver(store_id=store.pk, order_id=order.pk, actor="system")
    page = customer.get(f"/orders/{order.pk}/").content.decode()
    assert 'hx-trigger="every 30s"' not in page, "a finished order asks no more"


def test_the_poll_answers_with_the_moving_part_alone(customer, order):
    part = customer.get(
        f"/orders/{order.pk}/", headers={"hx-request": "true", "hx-target": "progress"}
    ).content.decode()
    assert part.lstrip().startswith('<section id="progress"')


def test_a_packed_order_cannot_be_cancelled_by_the_customer(customer, store, order):
    services.accept(store_id=store.pk, order_id=order.pk, actor="system")
    services.pack(store_id=store.pk, order_id=order.pk, actor="system")
    customer.post(f"/orders/{order.pk}/cancel/", {"reason": "late"})
    order.refresh_from_db()
    assert order.state == State.PACKED


def test_a_cancelled_order_can_be_bought_again(customer, store, listing, order):
    customer.post(f"/orders/{order.pk}/cancel/", {"reason": "by mistake"})
    order.refresh_from_db()
    assert order.state == State.CANCELLED
    assert "by mistake" in customer.get(f"/orders/{order.pk}/").content.decode()
    response = customer.post(f"/orders/{order.pk}/reorder/")
    assert response["Location"] == f"/shops/{store.slug}/basket/"
    assert CartLine.objects.get().listing_id == listing.pk


def test_another_persons_order_is_not_there(client, order):
    stranger = register_person(phone="+919811111111")
    client.force_login(stranger, backend="marketplace.accounts.backends.PersonBackend")
    for page in ("", "pay/", "pay/status/"):
        assert client.get(f"/orders/{order.pk}/{page}").status_code == 404
    for action in ("cancel", "reorder"):
        assert client.post(f"/orders/{order.pk}/{action}/").status_code == 404
    order.refresh_from_db()
    assert order.state == State.CONFIRMED


def test_my_orders_cost_the_same_however_many(
    customer, store, order, django_assert_max_num_queries
):
    with django_assert_max_num_queries(3):
        page = customer.get("/orders/").content.decode()
    assert order.number in page


def test_the_waiting_page_moves_on_when_the_order_has(customer, store, filled_form):
    send(customer, store, filled_form, payment_method="upi")
    order = Order.objects.get()
    status = f"/orders/{order.pk}/pay/status/"
    assert customer.get(status, {"state": "created"}).status_code == 204
    services.cancel(
        store_id=store.pk, order_id=order.pk, actor=order.actor, reason="changed my mind"
    )
    assert customer.get(status, {"state": "created"})["HX-Redirect"] == f"/orders/{order.pk}/"


def test_who_has_a_khata_here_may_buy_on_it_and_sees_how_much_is_left(
    customer, store, filled_form, asha
):
    checkout = f"/shops/{store.slug}/checkout/"
    assert "On my khata" not in customer.get(checkout).content.decode()
    assert send(customer, store, filled_form, payment_method="khata").status_code == 400
    Identity.objects.filter(person=asha).update(verified_at=now())
    khata = open_khata(
        store_id=store.pk, phone="+919876543210", name="Asha", limit=300_00, actor="person:x"
    )
    page = customer.get(checkout).content.decode()
    assert "You can buy for ₹300 on it now" in page
    fields = dict(HIDDEN.findall(page)) | {"address": filled_form["address"]}
    assert fields["total_khata"] == "27050"
    send(customer, store, fields, payment_method="khata")
    order = Order.objects.get()
    assert (order.state, order.total, order.khata_id) == (State.CONFIRMED, 270_50, khata.pk)
    page = customer.get(f"/orders/{order.pk}/").content.decode()
    assert "Goes on your khata when you have it" in page
    assert (
        "₹270.50 more is on its way to you" in customer.get(f"/khata/{khata.pk}/").content.decode()
    )


def test_a_khata_with_too_little_left_cannot_be_chosen(customer, store, filled_form, asha):
    Identity.objects.filter(person=asha).update(verified_at=now())
    open_khata(
        store_id=store.pk, phone="+919876543210", name="Asha", limit=270_49, actor="person:x"
    )
    page = customer.get(f"/shops/{store.slug}/checkout/").content.decode()
    assert re.search(r'value="khata"\s+disabled', page)
    fields = dict(HIDDEN.findall(page)) | {"address": filled_form["address"]}
    refused = send(customer, store, fields, payment_method="khata")
    assert refused.status_code == 409
    assert "only ₹270.49 more on khata" in refused.content.decode()
    assert not Order.objects.exists()


def test_the_khata_of_an_unproven_number_or_another_shop_is_not_offered(
    customer, store, filled_form, asha
):
    open_khata(
        store_id=store.pk, phone="+919876543210", name="Asha", limit=900_00, actor="person:x"
    )
    Identity.objects.filter(person=asha).update(verified_at=None)
    assert not Khata.objects.of_person(asha.pk).exists()
    Identity.objects.filter(person=asha).update(verified_at=now())
    Khata.objects.update(store_id=make_store().pk)
    assert "On my khata" not in customer.get(f"/shops/{store.slug}/checkout/").content.decode()
