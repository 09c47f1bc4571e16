"""Every page in Hindi: no sentence of ours is left in English."""

from datetime import date, time

from django.utils.formats import date_format
from django.utils.translation import override

from marketplace.core.templatetags.nukkad import clock
from marketplace.storefront.addresses import product_path
from orders.models import Order
from tests import words
from tests.factories import make_listing, make_product

# Names people gave.
DATA = frozenset(
    {"Gupta", "Kirana", "Store", "Main", "Bazar", "Connaught", "Place", "New", "Delhi"}
    | {"Hanuman", "Road", "Asha", "atta", "aata", "Atta", "zzz", "Home"}
)


def english_in(response):
    return words.english_in(response.content.decode(), allowed=DATA)


def test_no_page_speaks_english_to_who_reads_hindi(customer, store, tap):
    assert "Nothing found for “zzz”" in english_in(customer.get("/search/?q=zzz"))
    customer.post("/language/", {"language": "hi"})
    product = make_product(name="Atta", name_hi="आटा", veg="veg")
    listing = make_listing(store, product=product)
    tap(customer, "more", listing)
    shop = f"/shops/{store.slug}"
    pages = [
        *("/", "/area/", "/search/?q=zzz", "/orders/", "/me/", "/me/addresses/new/"),
        *("/help/", "/privacy/", "/nowhere/"),
        *(f"{shop}/", f"{shop}/c/atta/", f"{shop}/search/?q=zzz", f"{shop}/basket/"),
        *(
            f"{shop}/checkout/",
            product_path(store.slug, listing.pk, listing.product.name),
            f"{shop}/checkout/?fulfilment=pickup",
        ),
    ]
    found = {page: english_in(customer.get(page)) for page in pages}
    assert {page: left for page, left in found.items() if left} == {}


def test_an_order_is_followed_in_hindi(customer, store, filled_form):
    customer.post("/language/", {"language": "hi"})
    customer.post(f"/shops/{store.slug}/checkout/", filled_form | {"payment_method": "upi"})
    order = Order.objects.get()
    assert english_in(customer.get(f"/orders/{order.pk}/pay/")) == []
    assert english_in(customer.get(f"/orders/{order.pk}/")) == []
    customer.post(f"/orders/{order.pk}/cancel/", {"reason": "ग़लती से"})
    assert english_in(customer.get(f"/orders/{order.pk}/")) == []
    assert "रद्द" in customer.get(f"/orders/{order.pk}/").content.decode()


def test_months_are_spelt_as_people_spell_them():
    with override("hi"):
        said = [date_format(date(2026, month, 1), "F") for month in (9, 10, 11, 12)]
        thursday = date_format(date(2026, 12, 3), "D j M")
    assert said == ["सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"]
    assert thursday == "गुरु 3 दिस"


def test_times_are_said_by_the_part_of_the_day():
    with override("hi"):
        assert [clock(time(hour, 30)) for hour in (0, 7, 13, 18, 22)] == [
            "रात 12:30 बजे",
            "सुबह 7:30 बजे",
            "दोपहर 1:30 बजे",
            "शाम 6:30 बजे",
            "रात 10:30 बजे",
        ]
    with override("en"):
        assert [clock(time(hour, 30)) for hour in (0, 12, 22)] == [
            "12:30 AM",
            "12:30 PM",
            "10:30 PM",
        ]
