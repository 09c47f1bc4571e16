"""The page that shows every component is held to what is asked of every page."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.audit.seeing import open_page, problems
from tests.audit.test_pages import EN, HI


@pytest.mark.parametrize(("language", "scheme"), [EN, HI])
def test_every_component_is_accessible_in_both_looks(
    seen_by: Callable[..., Any], language: str, scheme: str
) -> None:
    page = open_page(seen_by("passer-by", language, color_scheme=scheme))
    assert problems(page, "/styleguide/") == []


GROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize(
    ("chosen", "phone", "dark"),
    [
        ("auto", "light", False),
        ("auto", "dark", True),
        ("light", "dark", False),
        ("dark", "light", True),
    ],
)
def test_a_choice_goes_before_what_the_phone_says(
    seen_by: Callable[..., Any], chosen: str, phone: str, dark: bool
) -> None:
    page = seen_by("passer-by", "en", color_scheme=phone, java_script_enabled=False).new_page()
    page.goto("/help/")
    page.locator(f"button[name=theme][value={chosen}]").click()
    page.wait_for_url("**/help/")
    assert page.locator("button[aria-pressed=true]").get_attribute("value") == chosen
    ground = page.evaluate(GROUND)
    assert ground == ("rgb(22, 18, 14)" if dark else "rgb(250, 246, 238)")
    page.emulate_media(media="print")
    assert page.evaluate(GROUND) == "rgb(250, 246, 238)"
