"""Smallest valid things of the trade, for tests; everything a test cares about is named in it."""

from typing import Any

from marketplace.core.ids import uuid7
from marketplace.core.quantity import Unit
from orders.carts import Owner, change_quantity, find_cart
from orders.models import Cart
from stores.catalogue.models import Category, GstRate, Product
from stores.catalogue.search.indexing import index_products
from stores.inventory.models import Listing
from stores.inventory.services import add_listing
from stores.shops.models import Store
from stores.shops.validators import WEEKDAYS

ALWAYS = {day: [["00:00", "24:00"]] for day in WEEKDAYS}


def make_store(**changes: Any) -> Store:
    """An open shop in Delhi that delivers to 110001 for ₹20 and takes 3 % commission."""
    values: dict[str, Any] = {
        "slug": f"shop-{uuid7()}",
        "status": Store.Status.ACTIVE,
        "name": "Gupta Kirana",
        "name_hi": "गुप्ता किराना",
        "legal_name": "Gupta Kirana Store",
        "phone": "+919810000001",
        "line1": "12 Main Bazar",
        "locality": "Connaught Place",
        "city": "New Delhi",
        "state": "Delhi",
        "pincode": "110001",
        "latitude": 28.6205,
        "longitude": 77.2128,
        "hours": ALWAYS,
        "delivery_pincodes": ["110001"],
        "delivery_radius": 3000,
        "delivery_fee": 2000,
        "tax_status": Store.TaxStatus.REGULAR,
        "gstin": "07AAACG1234A1ZG",
        "pan": "AAACG1234A",
        "fssai": "12345678901234",
        "payout_vpa": "gupta@nkbank",
        "commission_bps": 300,
    }
    return Store.objects.create(**values | changes)


def make_product(**changes: Any) -> Product:
    """A packet of atta, 5 kg, with GST at 5 %."""
    category, _ = Category.objects.get_or_create(
        slug="atta", defaults={"name": "Atta", "name_hi": "आटा"}
    )
    GstRate.objects.get_or_create(
        hsn="1101", packed=True, valid_from="2025-09-22", defaults={"bps": 500}
    )
    values: dict[str, Any] = {
        "category": category,
        "name": f"Atta {uuid7()}",
        "pack_quantity": 5000,
        "pack_unit": Unit.GRAM,
        "hsn": "1101",
    }
    product = Product(**values | changes)
    product.search_text = product.name.lower()
    product.save()
    index_products([product.pk])
    return product


def make_listing(store: Store, **changes: Any) -> Listing:
    """A counted listing at ₹250 (MRP ₹260) with ten pieces."""
    values: dict[str, Any] = {
        "product": changes.pop("product", None) or make_product(),
        "price": 25000,
        "mrp": 26000,
        "on_hand": 10,
        "actor": "system",
    }
    return add_listing(store_id=store.pk, **values | changes)


def make_loose(store: Store, **changes: Any) -> Listing:
    """Potatoes at ₹40 a kilogram, sold from 250 g in steps of 250 g, 20 kg of them; no GST."""
    product = changes.pop("product", None) or make_product(
        packed=False,
        base_unit=Unit.GRAM,
        pack_quantity=None,
        pack_unit="",
        hsn="0701",
        name=changes.pop("name", f"Potato {uuid7()}"),
    )
    values = {
        "product": product,
        "price": 4000,
        "per": 1000,
        "mrp": None,
        "minimum": 250,
        "step": 250,
        "on_hand": 20_000,
    }
    return make_listing(store, **values | changes)


def put_in_basket(listing: Listing, owner: Owner, quantity: int = 1) -> Cart:
    """The owner wants exactly so many base units of it."""
    change_quantity(
        store_id=listing.store_id, owner=owner, listing_id=listing.pk, to=lambda _before: quantity
    )
    cart = find_cart(store_id=listing.store_id, owner=owner)
    assert cart is not None
    return cart
