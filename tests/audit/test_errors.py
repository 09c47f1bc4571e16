"""A form that is sent empty says what is wrong: at once, to every reader, with a way to the field."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.audit.conftest import Neighbourhood
from tests.audit.seeing import axe_violations, overflow

FORMS = {
    "sign-in": ("passer-by", "/sign-in/"),
    "code": ("passer-by", "/sign-in/code/"),
    "address": ("customer", "/me/addresses/new/"),
    "khata": ("owner", "/dashboard/{shop}/khata/new/"),
    "product": ("owner", "/dashboard/{shop}/stock/add/new/"),
    "delivery": ("owner", "/dashboard/{shop}/shop/delivery/"),
}

# As a browser without these checks would: the form is the server's to judge.
SEND_EMPTY = """() => {
  const form = [...document.querySelectorAll("main form[method=post]")].find((one) =>
    one.querySelector("input:not([type=hidden]), select, textarea"));
  form.noValidate = true;
  form.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox])")
    .forEach((field) => { field.value = ""; });
  form.requestSubmit();
}"""


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("form", FORMS)
def test_what_is_wrong_is_said_and_leads_to_the_field(
    seen_by: Callable[..., Any], neighbourhood: Neighbourhood, form: str, language: str
) -> None:
    who, address = FORMS[form]
    page = seen_by(who, language).new_page()
    page.goto(address.format(shop=neighbourhood.shop_id))
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        page.evaluate(SEND_EMPTY)
    assert answered.value.status == 422
    summary = page.locator(".errors[role=alert]")
    expect(summary).to_be_focused()
    first = summary.locator("a").first
    field = page.locator(f'[id="{first.get_attribute("href").removeprefix("#")}"]')
    assert field.get_attribute("aria-invalid") == "true"
    described = str(field.get_attribute("aria-describedby")).split()
    assert any(page.locator(f'[id="{one}"]').inner_text() for one in described)
    first.press("Enter")
    assert field.evaluate(
        "field => field === document.activeElement || field.contains(document.activeElement)"
    )
    assert [*axe_violations(page), *overflow(page)] == []
