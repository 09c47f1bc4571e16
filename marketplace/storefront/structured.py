"""What search engines read of shops and products: JSON-LD in the words of schema.org.

A data block is not run, so the page's policy on scripts does not ask for a nonce.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from marketplace.core.clock import business_date
from marketplace.core.quantity import Unit
from marketplace.core.templatetags.nukkad import localised
from marketplace.storefront.addresses import absolute, picture_path, product_path, shop_path
from stores.inventory.models import Listing
from stores.inventory.pictures import WIDTHS
from stores.shops.models import WEEKDAYS, Store

# A name may say </script>: nothing in a block can end it (as Django's json_script).
HARMLESS = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
SCHEMA = "https://schema.org"
DAYS = dict(
    zip(
        WEEKDAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
# UN/CEFACT Recommendation 20
UNIT_CODES = {Unit.PIECE: "C62", Unit.GRAM: "GRM", Unit.MILLILITRE: "MLT"}


def block(*things: dict[str, Any]) -> SafeString:
    """One block of JSON-LD with these things in it."""
    text = json.dumps(
        {"@context": SCHEMA, "@graph": things}, ensure_ascii=False, separators=(",", ":")
    )
    return format_html(
        '<script type="application/ld+json">{}</script>', mark_safe(text.translate(HARMLESS))
    )


def grocery_store(store: Store) -> dict[str, Any]:
    """A shop: where it is, when it is open, and what it takes."""
    address = absolute(shop_path(store.slug))
    return {
        "@type": "GroceryStore",
        "@id": f"{address}#shop",
        "url": address,
        "name": store.name,
        **({"alternateName": store.name_hi} if store.name_hi else {}),
        "legalName": store.legal_name,
        "telephone": store.phone,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": f"{store.line1}, {store.locality}",
            "addressLocality": store.city,
            "addressRegion": store.state,
            "postalCode": store.pincode,
            "addressCountry": "IN",
        },
        "geo": {
            "@type": "GeoCoordinates",
            "latitude": store.latitude,
            "longitude": store.longitude,
        },
        "currenciesAccepted": "INR",
        "paymentAccepted": "UPI, Cash",
        "openingHoursSpecification": _hours(store),
        **({"specialOpeningHoursSpecification": closed} if (closed := _holidays(store)) else {}),
    }


def _hours(store: Store) -> list[dict[str, Any]]:
    """Spans with the days that have them; midnight at the end of a day is its last minute."""
    spans: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key in WEEKDAYS:
        for opens, closes in store.hours.get(key, []):
            spans[opens, closes.replace("24:00", "23:59")].append(DAYS[key])
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": days,
            "opens": opens,
            "closes": closes,
        }
        for (opens, closes), days in spans.items()
    ]


def _holidays(store: Store) -> list[dict[str, Any]]:
    """Days on which the shop stays shut: opening and closing at the same minute says so."""
    return [
        {
            "@type": "OpeningHoursSpecification",
            "opens": "00:00",
            "closes": "00:00",
            "validFrom": day.isoformat(),
            "validThrough": day.isoformat(),
        }
        for day in sorted(store.holidays)
        if day >= business_date()
    ]


def photograph(listing: Listing) -> str:
    """Where the shop's own picture of it is, for others to fetch; empty where there is none."""
    if not listing.picture:
        return ""
    return absolute(picture_path(listing.pk, listing.picture, max(WIDTHS)))


def product(listing: Listing, store: Store) -> dict[str, Any]:
    """What a shop sells, at its price now; what is weighed out is priced by its unit."""
    thing = listing.product
    address = absolute(product_path(store.slug, listing.pk, thing.name))
    return {
        "@type": "Product",
        "@id": f"{address}#product",
        "url": address,
        "name": str(thing),
        **({"alternateName": thing.name_hi} if thing.name_hi else {}),
        "sku": str(listing.pk),
        **({"image": photograph(listing)} if listing.picture else {}),
        **({"brand": {"@type": "Brand", "name": thing.brand.name}} if thing.brand else {}),
        **({"gtin13": thing.ean} if thing.ean else {}),
        "category": listing.category.name,
        "countryOfOrigin": thing.country_of_origin,
        "offers": {
            "@type": "Offer",
            "url": address,
            "price": _amount(listing.price),
            "priceCurrency": "INR",
            "itemCondition": f"{SCHEMA}/NewCondition",
            "availability": f"{SCHEMA}/{'InStock' if listing.can_be_bought else 'OutOfStock'}",
            "seller": {"@type": "GroceryStore", "name": store.name, "@id": _shop_id(store)},
            **({"priceSpecification": terms} if (terms := _terms(listing)) else {}),
        },
    }


def _shop_id(store: Store) -> str:
    return f"{absolute(shop_path(store.slug))}#shop"


def _terms(listing: Listing) -> list[dict[str, Any]]:
    """The printed price where we ask for less, and for how much the price of loose goods stands."""
    terms: list[dict[str, Any]] = []
    if listing.mrp and listing.mrp > listing.price:
        terms.append(
            {
                "@type": "UnitPriceSpecification",
                "priceType": f"{SCHEMA}/ListPrice",
                "price": _amount(listing.mrp),
                "priceCurrency": "INR",
            }
        )
    if listing.by_weight:
        terms.append(
            {
                "@type": "UnitPriceSpecification",
                "price": _amount(listing.price),
                "priceCurrency": "INR",
                "referenceQuantity": {
                    "@type": "QuantitativeValue",
                    "value": listing.per,
                    "unitCode": UNIT_CODES[Unit(listing.product.base_unit)],
                },
            }
        )
    return terms


def _amount(paise: int) -> str:
    return f"{paise // 100}.{paise % 100:02d}"


def breadcrumbs(trail: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The way here, as (name, path) from the shop on."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": at, "name": name, "item": absolute(path)}
            for at, (name, path) in enumerate(trail, start=1)
        ],
    }


def way_to(store: Store, *further: tuple[str, str]) -> dict[str, Any]:
    return breadcrumbs([(localised(store), shop_path(store.slug)), *further])
