"""Every page of the demo neighbourhood: accessible, within the phone, and light.

English is looked at by light and Hindi by a phone set to dark. The customers' pages are looked at in
both, the shop's in one each, which its forms and words share; AUDIT=all looks at all in both.
"""

import os
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest
from django.urls import get_resolver
from django.urls.converters import UUIDConverter

from tests import patience
from tests.audit.seeing import open_page, problems
from tests.product import Product

EN, HI = ("en", "light"), ("hi", "dark")
ALL = [
    (who, *seen)
    for who in ("passer-by", "customer", "leaver", "owner", "helper")
    for seen in (EN, HI)
]
LEFT_OUT = [("owner", *EN), ("helper", *HI)]
LOOKED_AT = [each for each in ALL if os.environ.get("AUDIT") == "all" or each not in LEFT_OUT]

# What answers a GET and is no page of its own: files, and parts that a page asks for.
NO_PAGES = {
    "storefront": {
        *("document", "khata-statement", "pay-status", "khata-pay-status"),
        *("suggestions", "suggestions-everywhere"),
        *("worker", "manifest", "picture", "shop-sitemap"),
        # where a product's page stood before its name came into the address
        "product",
    },
    "dashboard": {
        *("board", "waiting", "counter-qr-news"),
        *("document", "counter-bill", "our-document", "commission-invoice", "statement-pdf"),
        *("statement-csv", "khata-statement", "documents-file", "reorder-csv", "shop-qr"),
        *("import-failed-rows",),
    },
}


@pytest.mark.parametrize(("who", "language", "scheme"), LOOKED_AT)
def test_every_page_is_accessible_fits_and_is_light(
    people: Any, seen_by: Callable[..., Any], who: str, language: str, scheme: str
) -> None:
    page = open_page(seen_by(who, language, color_scheme=scheme))
    found = [
        f"{name} {address}: {problem}"
        for address, name in people[who].pages.items()
        for problem in problems(page, address)
    ]
    assert found == []


@pytest.mark.parametrize("door", ["storefront", "dashboard"])
def test_no_page_is_left_out(people: Any, running_product: Product, door: str) -> None:
    """Whatever no link leads to takes no GET, or is a file or a part of a page."""
    here = people["customer" if door == "storefront" else "owner"]
    reached = {
        name for one in people.values() if one.namespace == door for name in one.pages.values()
    }
    jar = {cookie["name"]: cookie["value"] for cookie in here.cookies}
    left_out = set()
    with httpx.Client(
        base_url=running_product.base_url, cookies=jar, timeout=patience.SECONDS
    ) as client:
        for name, address in addresses(door):
            if name not in reached | NO_PAGES[door] and client.get(address).status_code != 405:
                left_out.add(name)
    assert left_out == set()
    assert not reached & NO_PAGES[door]


def addresses(door: str) -> list[tuple[str, str]]:
    """Every name of a urlconf with an address that leads to it, of nothing in particular."""
    _, resolver = get_resolver().namespace_dict[door]
    prefix = "/dashboard/" if door == "dashboard" else "/"
    found = []
    for name in {key for key in resolver.reverse_dict if isinstance(key, str)}:
        [(path, names)], _, _, converters = resolver.reverse_dict.getlist(name)[0]
        values = {
            key: UUID(int=0)
            if key.endswith("_id") or isinstance(converters.get(key), UUIDConverter)
            else "x"
            for key in names
        }
        found.append((name, prefix + path % values))
    return found
