"""A search box that suggests while one types, in a real browser: keyboard, thumb, and who cannot see it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

SAVING = "Object.defineProperty(navigator, 'connection', {value: {saveData: true}})"


@pytest.fixture
def shop(phone: Callable[..., Any], neighbourhood: Any) -> Callable[..., Any]:
    """`shop()`: a phone in the shop, which also has a second kind of flour."""
    from tests.factories import make_listing, make_product

    make_listing(
        neighbourhood,
        product=make_product(
            name="Atta Multigrain", store=neighbourhood, pack_quantity=1000, pack_unit="g"
        ),
        price=9900,
        on_hand=10,
    )

    def enter(*, before: str = "", **how: Any) -> Any:
        page = phone(**how)
        if before:
            page.add_init_script(before)
        page.goto(f"/shops/{neighbourhood.slug}/")
        return page

    return enter


def chosen(page: Any) -> str:
    """The text of the option that a screen reader is at, as the box names it."""
    return str(
        page.evaluate(
            """() => {
              const id = document.getElementById("q").getAttribute("aria-activedescendant");
              const option = id && document.getElementById(id);
              return option && option.matches('[role=option][aria-selected="true"]')
                ? option.innerText.replace(/\\s+/g, " ") : "";
            }"""
        )
    )


def test_the_keyboard_walks_through_the_suggestions_and_takes_one(
    shop: Callable[..., Any], neighbourhood: Any
) -> None:
    page = shop()
    box = page.get_by_role("combobox", name=f"Search in {neighbourhood.name}")
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_attribute("aria-autocomplete", "list")
    box.press_sequentially("atta", delay=20)
    listbox = page.get_by_role("listbox", name="Suggestions")
    expect(listbox.get_by_role("option")).to_have_count(2)
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(box).to_have_attribute("aria-controls", "suggestions")
    expect(page.locator("#live")).to_have_text("2 suggestions")
    assert chosen(page) == ""
    box.press("ArrowDown")
    first = chosen(page)
    assert first
    box.press("ArrowDown")
    second = chosen(page)
    assert second not in ("", first)
    box.press("ArrowDown")
    assert chosen(page) == first
    box.press("ArrowUp")
    assert chosen(page) == second
    box.press("Home")
    assert chosen(page) == first
    box.press("End")
    assert chosen(page) == second
    box.press("ArrowLeft")
    assert chosen(page) == ""
    results = Axe().run(page, options={"resultTypes": ["violations"]})
    assert results.response["violations"] == []

    box.press("Escape")
    expect(listbox).to_have_count(0)
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_value("atta")
    box.press("ArrowDown")
    expect(listbox.get_by_role("option")).to_have_count(2)
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url(f"**/shops/{neighbourhood.slug}/p/**")


def test_enter_without_a_chosen_suggestion_searches(
    shop: Callable[..., Any], neighbourhood: Any
) -> None:
    page = shop()
    box = page.get_by_role("combobox")
    box.fill("atta")
    expect(page.get_by_role("option")).to_have_count(2)
    box.press("Enter")
    page.wait_for_url(f"**/shops/{neighbourhood.slug}/search/?q=atta")


def test_a_thumb_takes_a_suggestion_and_a_touch_elsewhere_closes_them(
    shop: Callable[..., Any], neighbourhood: Any
) -> None:
    page = shop()
    box = page.get_by_role("combobox")
    box.fill("atta")
    expect(page.get_by_role("option")).to_have_count(2)
    page.mouse.click(180, 700)
    expect(page.get_by_role("listbox")).to_have_count(0)
    box.fill("atta multi")
    option = page.get_by_role("option", name="Atta Multigrain 1 kg ₹99")
    assert option.bounding_box()["height"] >= 44
    option.click()
    page.wait_for_url("**-atta-multigrain/")


def test_what_was_probably_meant_is_searched_for(
    shop: Callable[..., Any], neighbourhood: Any
) -> None:
    page = shop()
    page.get_by_role("combobox").fill("mulitgrain")
    page.get_by_role("option", name="Did you mean multigrain?").click()
    page.wait_for_url(f"**/shops/{neighbourhood.slug}/search/?q=multigrain")


def test_who_saves_data_is_asked_for_nothing_until_they_press_down(
    shop: Callable[..., Any],
) -> None:
    page = shop(before=SAVING)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    box = page.get_by_role("combobox")
    box.press_sequentially("atta", delay=20)
    page.wait_for_timeout(600)
    assert [url for url in asked if "/suggestions/" in url] == []
    box.press("ArrowDown")
    expect(page.get_by_role("option")).to_have_count(2)
    assert len([url for url in asked if "/suggestions/" in url]) == 1


def test_fast_typing_asks_once_and_late_answers_are_not_shown(shop: Callable[..., Any]) -> None:
    page = shop()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    box = page.get_by_role("combobox")
    box.press_sequentially("atta", delay=20)
    expect(page.get_by_role("option")).to_have_count(2)
    assert [url.partition("?q=")[2] for url in asked if "/suggestions/" in url] == ["atta"]
    box.fill("")
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_without_javascript_the_box_is_a_plain_field(
    shop: Callable[..., Any], neighbourhood: Any
) -> None:
    page = shop(javascript=False)
    expect(page.get_by_role("combobox")).to_have_count(0)
    box = page.get_by_role("searchbox")
    box.fill("आटा")
    box.press("Enter")
    page.wait_for_url(f"**/shops/{neighbourhood.slug}/search/?q={quote('आटा')}")
