"""Wherever a price stands, so does the one to compare it by."""

from marketplace.storefront.addresses import product_path
from orders.models import Order
from tests.factories import make_listing, make_product

FIVE_KG = "₹50.10/kg"


def test_a_packet_says_its_price_per_kilogram_wherever_it_is_shown(
    customer, store, listing, filled_form
):
    shop = f"/shops/{store.slug}"
    for address in (
        f"{shop}/",
        f"{shop}/c/atta/",
        f"{shop}/search/?q=atta",
        "/search/?q=atta",
        product_path(store.slug, listing.pk, listing.product.name),
        f"{shop}/basket/",
        f"{shop}/checkout/",
    ):
        assert FIVE_KG in customer.get(address).content.decode(), address
    customer.post(f"{shop}/checkout/", filled_form | {"payment_method": "cash"})
    order = Order.objects.get()
    assert FIVE_KG in customer.get(f"/orders/{order.pk}/").content.decode()


def test_loose_goods_say_theirs_in_the_bill_too(customer, store, tap):
    product = make_product(packed=False, base_unit="g", pack_quantity=None, pack_unit="")
    loose = make_listing(
        store,
        product=product,
        price=9600,
        per=1000,
        mrp=None,
        step=250,
        minimum=500,
        on_hand=20_000,
    )
    tap(customer, "more", loose)
    for page in ("basket", "checkout"):
        text = customer.get(f"/shops/{store.slug}/{page}/").content.decode()
        assert text.count("₹96/kg") == 1, page
