"""Who is told what about a change: the question to the customer, the answer to the shop."""

from typing import Any

import pytest
from django.conf import settings as configured

from marketplace.accounts.services import register_person
from orders import services
from orders.models import Order
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from stores.shops.services import add_staff
from tests.factories import make_listing, make_loose, make_product, make_store
from tests.orders.building import place_order
from tests.orders.test_notices import sms, told
from tests.upi.words import payment_word

pytestmark = pytest.mark.django_db

BASE = configured.BASE_URL
ASHA, SHOP = "+919810012345", "+919811111111"


@pytest.fixture
def shop() -> Any:
    store = make_store(name="Gupta Kirana", name_hi="गुप्ता किराना", delivery_fee=0)
    owner = register_person(phone="9811111111", name="owner", language="en")
    add_staff(store_id=store.pk, person_id=owner.pk, role="owner")
    return store


@pytest.fixture
def tea(shop):
    product = make_product(name="Tea", name_hi="चाय", pack_quantity=250)
    return make_listing(shop, product=product, price=10000, mrp=None)


@pytest.fixture
def coffee(shop):
    product = make_product(name="Coffee", name_hi="कॉफ़ी", pack_quantity=100)
    return make_listing(shop, product=product, price=13000, mrp=None)


@pytest.fixture
def buy(shop, tea):
    def place(method: str = "cash", language: str = "en") -> Order:
        person = register_person(phone="9810012345", name="Asha", language=language)
        order = place_order(
            shop,
            {tea.pk: 2},
            person_id=person.pk,
            actor=f"person:{person.pk}",
            payment_method=method,
        )
        if method == "upi":
            apply_bank_event(word=payment_word(PaymentAttempt.objects.get()))
        told()
        return order

    return place


def offer(order: Order, instead: Any) -> Any:
    return services.propose_substitute(
        store_id=order.store_id,
        order_id=order.pk,
        line_id=order.lines.get(n=1).pk,
        listing_id=instead.pk,
        quantity=2,
        actor="person:shopkeeper",
    )


def answer(name: str, proposal: Any, actor: str) -> None:
    getattr(services, f"{name}_proposal")(
        store_id=proposal.store_id,
        order_id=proposal.order_id,
        proposal_id=proposal.pk,
        actor=actor,
    )


def test_the_customer_reads_the_offer_with_price_time_and_link(buy, coffee):
    order = buy()
    offer(order, coffee)
    (text,) = sms(told(), ASHA)
    assert text.startswith(
        "Gupta Kirana does not have Tea and offers Coffee 100 g × 2 for ₹260. "
        f"New total of {order.number}: ₹260. Yes or no, please, by "
    )
    assert text.endswith(f" {BASE}/orders/{order.pk}/")


def test_the_offer_in_hindi(buy, coffee):
    order = buy(language="hi")
    offer(order, coffee)
    (text,) = sms(told(), ASHA)
    assert text.startswith("गुप्ता किराना के पास चाय नहीं है; बदले में कॉफ़ी 100 ग्राम × 2, ₹260 में।")


def test_of_several_on_the_scale_the_heavier_one_is_named(shop):
    person = register_person(phone="9810012345", name="Asha", language="en")
    rice, potato = make_loose(shop, name="Rice"), make_loose(shop, name="Potato")
    order = place_order(
        shop,
        {rice.pk: 1000, potato.pk: 1000},
        person_id=person.pk,
        actor=f"person:{person.pk}",
    )
    told()
    weights = dict(zip(order.lines.values_list("pk", flat=True), (1000, 1500), strict=True))
    services.propose_weight(
        store_id=shop.pk, order_id=order.pk, weights=weights, actor="person:shopkeeper"
    )
    (text,) = sms(told(), ASHA)
    assert (
        f"weighed a little more for order {order.number}: Potato 1.5 kg. New total: ₹100." in text
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("accept", "the customer said yes to Coffee 100 g × 2. New total: ₹280."),
        ("decline", "the customer said no; Tea is left out. Total: ₹20."),
    ],
)
def test_the_shop_hears_the_answer(buy, shop, coffee, word, said):
    order = buy()
    salt = make_listing(shop, price=2000, mrp=None)
    services.edit_order(
        store_id=shop.pk,
        order_id=order.pk,
        actor=order.actor,
        by_customer=True,
        quantities={salt.pk: 1},
    )
    proposal = offer(order, coffee)
    told()
    answer(word, proposal, order.actor)
    (text,) = sms(told(), SHOP)
    assert text.startswith(f"Order {order.number}: {said}")


def test_who_passes_the_answer_on_is_not_told_it(buy, shop, coffee):
    order = buy()
    proposal = offer(order, coffee)
    told()
    owner = shop.staff.get().person_id
    answer("accept", proposal, f"person:{owner}")
    assert sms(told(), SHOP) == []


def test_a_yes_on_the_phone_sends_the_customer_the_difference_to_pay(buy, shop, coffee):
    order = buy("upi")
    proposal = offer(order, coffee)
    told()
    answer("accept", proposal, f"person:{shop.staff.get().person_id}")
    (text,) = sms(told(), ASHA)
    assert text.startswith(f"Order {order.number} from Gupta Kirana: please pay ₹60 more by ")


def test_a_yes_on_the_page_sends_no_reminder_of_itself(buy, coffee):
    order = buy("upi")
    proposal = offer(order, coffee)
    told()
    answer("accept", proposal, order.actor)
    assert sms(told(), ASHA) == []


def test_the_shop_hears_of_the_customers_own_change(buy, shop, coffee):
    order = buy()
    services.edit_order(
        store_id=shop.pk,
        order_id=order.pk,
        actor=order.actor,
        by_customer=True,
        quantities={coffee.pk: 1},
    )
    (text,) = sms(told(), SHOP)
    assert text.startswith(f"The customer changed order {order.number}. New total: ₹330.")


def test_an_answered_question_is_not_asked_late(buy, coffee):
    order = buy()
    proposal = offer(order, coffee)
    answer("withdraw", proposal, "person:shopkeeper")
    assert sms(told(), ASHA) == []
