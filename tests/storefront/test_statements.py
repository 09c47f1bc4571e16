"""What the pages of somebody who is signed in cost: sessions and people included."""

import pytest

from tests.orders.building import place_order

MOST = 6


@pytest.fixture
def pages(customer, asha, store, listing, salt, tap) -> dict[str, str]:
    """Every kind of page that asks the database, with something on it."""
    tap(customer, "more", listing)
    tap(customer, "more", salt)
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
        "edit": f"/orders/{to_bring.pk}/edit/",
        "khatas": "/khata/",
        "profile": "/me/",
        "help": "/help/",
    }


def test_no_page_costs_more_than_six_statements(customer, pages, django_assert_max_num_queries):
    for name, address in pages.items():
        with django_assert_max_num_queries(MOST, info=name):
            assert customer.get(address).status_code == 200, name


def test_who_one_is_comes_with_the_session(customer, django_assert_num_queries):
    with django_assert_num_queries(1) as asked:
        assert customer.get("/help/").status_code == 200
    assert "accounts_person" in asked[0]["sql"]
