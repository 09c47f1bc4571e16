"""What the pages of somebody who is signed in cost: sessions and people included."""

import pytest

from orders.services import ask_return, take_return
from tests.complaints.complaining import complain
from tests.orders.building import deliver_order, place_order
from tests.storefront.changing import offer

MOST = 6


@pytest.fixture
def pages(customer, asha, store, listing, salt, tap, buy) -> dict[str, str]:
    """Every kind of page that asks the database, with something on it; but for the one that erases a
    person, which looks into everything that may hold them back."""
    tap(customer, "more", listing)
    tap(customer, "more", salt)
    with_offer = buy("upi")
    offer(with_offer, salt)
    brought, complaint = with_everything(store, {listing.pk: 2, salt.pk: 1}, asha)
    to_pay, to_bring = (
        place_order(
            store,
            {listing.pk: 1},
            person_id=asha.pk,
            actor=f"person:{asha.pk}",
            payment_method=method,
        )
        for method in ("upi", "cash")
    )
    shop = f"/shops/{store.slug}/"
    window = customer.get(shop).content.decode()
    return {
        "home": "/",
        "area": "/area/",
        "shop": shop,
        "aisle": f"{shop}c/atta/",
        "search": f"{shop}search/?q=atta",
        "search everywhere": "/search/?q=atta",
        "product": window.partition('<h2 class="item-name"><a href="')[2].partition('"')[0],
        "basket": f"{shop}basket/",
        "checkout": f"{shop}checkout/",
        "orders": "/orders/",
        "order to pay": f"/orders/{to_pay.pk}/",
        "pay": f"/orders/{to_pay.pk}/pay/",
        "order": f"/orders/{to_bring.pk}/",
        "order with an offer": f"/orders/{with_offer.pk}/",
        "order with everything": f"/orders/{brought.pk}/",
        "return": f"/orders/{brought.pk}/return/",
        "report": f"/orders/{brought.pk}/problem/",
        "complaints": "/complaints/",
        "complaint": f"/complaints/{complaint.pk}/",
        "new complaint": "/complaints/new/",
        "grievance": "/grievance/",
        "address": "/me/addresses/new/",
        "edit": f"/orders/{to_bring.pk}/edit/",
        "khatas": "/khata/",
        "profile": "/me/",
        "help": "/help/",
    }


def with_everything(store, wanted, asha):
    """An order paid by UPI, brought, given back in part, paid back, and complained about."""
    order = deliver_order(
        store, wanted, person_id=asha.pk, actor=f"person:{asha.pk}", payment_method="upi"
    )
    which = {"store_id": store.pk, "order_id": order.pk, "actor": "person:shopkeeper"}
    line = order.lines.first()
    back = ask_return(**which, reason="damaged", lines={line.pk: 1})
    take_return(**which, return_id=back.pk)
    return order, complain(asha.pk, order_id=order.pk, lines={line.pk: 1})


def test_no_page_costs_more_than_six_statements(customer, pages, django_assert_max_num_queries):
    for name, address in pages.items():
        with django_assert_max_num_queries(MOST, info=name):
            assert customer.get(address).status_code == 200, name


def test_who_one_is_comes_with_the_session(customer, django_assert_num_queries):
    customer.get("/help/")
    with django_assert_num_queries(1) as asked:
        assert customer.get("/help/").status_code == 200
    assert "accounts_person" in asked[0]["sql"]
