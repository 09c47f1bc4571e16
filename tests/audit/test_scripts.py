"""The prepared languages on a phone: their letters and their long words fit, at 360 px and zoomed.

Tamil has the longest words, Bengali a script with a line above; AUDIT=all looks at all six.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.audit.conftest import Somebody
from tests.audit.seeing import problems
from tests.audit.visitors import speak
from tests.browser import wait_for_scripts
from tests.product import Product, previewing

LOOKED_AT = ["ta", "bn", "te", "mr", "kn", "gu"][: 6 if os.environ.get("AUDIT") == "all" else 2]
MAIN = {
    *("home", "area", "shop", "aisle", "search", "search-everywhere", "named-product"),
    *("basket", "checkout", "pay", "orders", "order", "profile", "address"),
}


@pytest.fixture(scope="session")
def preview(running_product: Product) -> Iterator[str]:
    """Where the demo neighbourhood can be read in the prepared languages."""
    with previewing(running_product) as here:
        yield here


@pytest.mark.parametrize("language", LOOKED_AT)
def test_the_main_pages_fit_and_are_accessible(
    people: dict[str, Somebody], seen_by: Callable[..., Any], preview: str, language: str
) -> None:
    context = seen_by("customer", language)
    speak(context, preview, language)
    page = context.new_page()
    pages = {address: name for address, name in people["customer"].pages.items() if name in MAIN}
    assert set(pages.values()) == MAIN
    found = [
        f"{name} {address}: {problem}"
        for address, name in pages.items()
        for problem in problems(page, preview + address)
    ]
    assert found == []
    assert page.evaluate("document.documentElement.lang") == language


def test_the_menu_of_languages_opens_within_the_phone(
    seen_by: Callable[..., Any], preview: str
) -> None:
    page = seen_by("passer-by", "ta").new_page()
    page.goto(f"{preview}/help/")
    wait_for_scripts(page)
    page.locator(".languages summary").press("Enter")
    names = page.locator(".languages button")
    assert names.all_inner_texts() == [
        *("हिन्दी", "English", "தமிழ்", "తెలుగు", "বাংলা", "मराठी", "ಕನ್ನಡ", "ગુજરાતી"),
    ]
    for name in names.all():
        box = name.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["height"] >= 48
    page.get_by_role("button", name="ગુજરાતી").click()
    expect(page.locator("html")).to_have_attribute("lang", "gu")
