"""Every list of the staff admin: who may see it, that it opens, and that it costs no more per row."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts.services import register_person, start_sign_in
from marketplace.core.clock import now
from marketplace.core.models import OutboxEntry
from orders.complaints.services import ask_officer
from orders.models import Order
from orders.services import accept
from stores.catalogue.models import Brand
from stores.inventory.services import receive_stock, set_price
from stores.shops.models import Store
from stores.shops.services import add_staff
from tests.complaints.complaining import complain
from tests.factories import make_listing, make_product, make_store
from tests.orders.building import place_order

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)
READ_ONLY = {
    "core.outboxentry",
    "notifications.message",
    "inventory.listing",
    "inventory.stockdrift",
    "inventory.stockmovement",
    "orders.order",
    "upi.paymentattempt",
    "upi.receipt",
    "upi.refund",
    "upi.bankevent",
    "upi.reconciledday",
    "ledger.txn",
    "ledger.balance",
    "ledger.unsettledleg",
    "ledger.rate",
    "ledger.seal",
}


def label(model):
    return model._meta.label_lower


def page(model, name="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def neighbourhood(number):
    """A shop with its people, goods, an order by cash and one by UPI, and traces of all that."""
    store = make_store(name=f"Shop {number}")
    person = register_person(phone=f"98{number:08d}", name=f"Person {number}")
    add_staff(store_id=store.pk, person_id=person.pk, role="owner")
    brand = Brand.objects.create(name=f"Brand {number}")
    listing = make_listing(store, product=make_product(brand=brand, name=f"Dal {number}"))
    receive_stock(
        store_id=store.pk, listing_id=listing.pk, quantity=5, reason="delivery", actor="system"
    )
    set_price(store_id=store.pk, listing_id=listing.pk, price=24900, actor="system")
    order = place_order(store, {listing.pk: 1}, person_id=person.pk)
    accept(store_id=store.pk, order_id=order.pk, actor="system")
    place_order(store, {listing.pk: 1}, payment_method="upi")
    ask_officer(person_id=person.pk, complaint_id=complain(person.pk, order_id=order.pk).pk)
    start_sign_in(phone=f"98{number:08d}", ip=None)


@pytest.fixture
def lists(db):
    neighbourhood(1)


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_list_opens_and_costs_no_more_with_more_rows(staff, lists, model):
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert staff.get(page(model)).status_code == 200
    for number in range(2, 5):
        neighbourhood(number)
    with CaptureQueriesContext(connection) as many:
        assert staff.get(page(model)).status_code == 200
    assert len(many) <= len(few)
    assert len(many) <= 12


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_one_row_opens(staff, lists, model):
    row = model._default_manager.first()
    if row is not None:
        assert staff.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_search_opens(staff, lists, model):
    for text in ("dal", "NK-7F3K", "9800000001", "018f0000-0000-7000-8000-000000000000", "%_'\""):
        assert staff.get(page(model), {"q": text}).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_history_and_machinery_cannot_be_changed(staff, lists, model):
    if label(model) not in READ_ONLY:
        return
    assert staff.get(page(model, "add")).status_code == 403
    row = model._default_manager.first()
    if row is not None:
        assert staff.post(page(model, "change", row.pk), {}).status_code == 403
        assert staff.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
        assert model._default_manager.filter(pk=row.pk).exists()


def test_nothing_at_all_can_be_deleted(staff, lists):
    for model in MODELS:
        assert not admin.site._registry[model].has_delete_permission(
            staff.get(reverse("admin:index")).wsgi_request
        ), label(model)


def test_every_read_only_model_is_there():
    assert {label(model) for model in MODELS} >= READ_ONLY


@pytest.mark.parametrize("url", ["admin:index", "admin:orders_order_changelist"])
def test_strangers_sign_in_by_phone_and_customers_are_kept_out(client, lists, url):
    answer = client.get(reverse(url))
    assert answer.status_code == 302
    assert client.get(answer.url).url == f"{reverse('storefront:sign-in')}?next={reverse(url)}"
    client.force_login(register_person(phone="9800000002"))
    assert client.get(client.get(reverse(url)).url).status_code == 403


def test_there_is_no_way_in_by_password(client, member):
    member.set_password("a fine long password")
    member.save()
    for user in (str(member.pk), "9800000001"):
        client.post("/staff/login/", {"username": user, "password": "a fine long password"})
    assert "_auth_user_id" not in client.session


def test_policy_is_relaxed_in_the_staff_admin_only(staff):
    policy = staff.get(reverse("admin:index")).headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy
    elsewhere = staff.get("/messages/").headers["Content-Security-Policy"]
    assert "unsafe" not in elsewhere


def test_an_order_is_found_by_the_number_people_say(staff, lists):
    order = Order.objects.first()
    for said in (order.number, order.number.lower(), order.code, str(order.pk)):
        found = staff.get(reverse("admin:orders_order_changelist"), {"q": said})
        assert list(found.context["cl"].result_list) == [order]


def test_orders_of_a_shop_are_found_by_its_id(staff, lists):
    store = Store.objects.get()
    found = staff.get(reverse("admin:orders_order_changelist"), {"q": str(store.pk)})
    assert found.context["cl"].result_count == 2


def test_order_shows_its_money_in_rupees(staff, lists):
    order = Order.objects.get(payment_method="cash")
    text = staff.get(page(Order, "change", order.pk)).text
    assert "₹269" in text
    assert "26900" not in text


def test_a_dead_letter_is_tried_again(staff, lists):
    dead = OutboxEntry.objects.filter(event="order.accepted").first()
    OutboxEntry.objects.filter(pk=dead.pk).update(attempts=24, dead_at=now(), last_error="boom")
    others = OutboxEntry.objects.exclude(pk=dead.pk).count()
    url = reverse("admin:core_outboxentry_changelist")
    assert [each.pk for each in staff.get(url, {"progress": "dead"}).context["cl"].result_list] == [
        dead.pk
    ]
    every = [str(pk) for pk in OutboxEntry.objects.values_list("pk", flat=True)]
    answer = staff.post(url, {"action": "try_again", "_selected_action": every}, follow=True)
    assert "1 entry is due again." in answer.text
    dead.refresh_from_db()
    assert (dead.dead_at, dead.attempts) == (None, 0)
    assert dead.due_at <= now()
    assert OutboxEntry.objects.exclude(pk=dead.pk).filter(attempts=0).count() == others
