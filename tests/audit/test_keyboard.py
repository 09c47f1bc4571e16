"""The pages that matter most, without a mouse: all of them can be reached, seen, and left."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.audit.conftest import SHOP, Neighbourhood

# Everything somebody can use that is shown: of a group of radio buttons, Tab goes to one.
EXPECT = """() => {
  const groups = new Set();
  const shown = (element) => element.checkVisibility({ visibilityProperty: true })
    && element.getBoundingClientRect().width > 0;
  const wanted = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((element) => !element.disabled && element.type !== "hidden" && shown(element))
    // A form's first button, which Enter in a field presses, where that would be the wrong one.
    .filter((element) => !element.matches('button.sr-only[tabindex="-1"]'))
    .filter((element) => {
      if (element.type !== "radio") return true;
      const group = `${element.form?.action} ${element.name}`;
      return !groups.has(group) && groups.add(group);
    });
  window.wanted = new Set(wanted);
  window.groupOf = (element) => element.type === "radio"
    ? [...window.wanted].find((one) => one.name === element.name && one.form === element.form) ?? element
    : element;
  document.activeElement?.blur();
  return wanted.length;
}"""

# The focused element, what shows the focus, and whether it lies in sight.
LOOK = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const tell = () => element.outerHTML.replace(/\\s+/g, " ").slice(0, 120);
  window.wanted.delete(window.groupOf(element));
  const outlined = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  const said = [];
  const shows = [element, element.closest("label")].find((one) => one && outlined(one));
  if (!shows) said.push(`no focus to see: ${tell()}`);
  const box = (shows ?? element).getClientRects()[0];
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const there = document.elementFromPoint(x, y);
  const mine = there && there !== document.body
    && [element, element.closest("label")].some((one) => one?.contains(there) || there.contains(one));
  if (!mine) said.push(`focused where nobody sees it: ${tell()}`);
  return said;
}"""

LEFT = (
    """() => [...window.wanted].map((one) => one.outerHTML.replace(/\\s+/g, " ").slice(0, 120))"""
)

CUSTOMERS = ("home", "shop", "search", "product", "basket", "checkout", "order", "pay")
OWNERS = ("today", "order", "counter", "stock", "listing", "khata-new", "hours", "slots")


def address_of(screen: str, known: Neighbourhood) -> str:
    shop, desk = f"/shops/{SHOP}/", f"/dashboard/{known.shop_id}/"
    return {
        "home": "/",
        "shop": shop,
        "search": f"{shop}search/?q=atta",
        "product": f"{shop}p/{known.listing_id}/",
        "basket": f"{shop}basket/",
        "checkout": f"{shop}checkout/",
        "pay": f"/orders/{known.unpaid_id}/pay/",
        "today": desk,
        "counter": f"{desk}counter/",
        "stock": f"{desk}stock/",
        "listing": f"{desk}stock/{known.listing_id}/",
        "khata-new": f"{desk}khata/new/",
        "hours": f"{desk}shop/hours/",
        "slots": f"{desk}shop/slots/",
    }[screen]


@pytest.fixture
def order_of(people: Any) -> Callable[[str], str]:
    """The address of an order's page that this person has."""
    return lambda who: next(
        address for address, name in people[who].pages.items() if name == "order"
    )


@pytest.mark.parametrize(
    ("who", "screen"),
    [*(("customer", screen) for screen in CUSTOMERS), *(("owner", screen) for screen in OWNERS)],
)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    seen_by: Callable[..., Any],
    neighbourhood: Neighbourhood,
    order_of: Callable[[str], str],
    who: str,
    screen: str,
) -> None:
    page = seen_by(who, "en").new_page()
    page.goto(order_of(who) if screen == "order" else address_of(screen, neighbourhood))
    wanted = page.evaluate(EXPECT)
    assert wanted > 3
    wrong, left_page = [], False
    # Where a field has the focus at once, the keyboard comes round to what is above it. More steps
    # than elements: what scrolls takes the focus too, and a time is four fields.
    for _ in range(5 * wanted):
        page.keyboard.press("Tab")
        said = page.evaluate(LOOK)
        wrong += said or []
        left_page |= said is None
        if left_page and not page.evaluate("window.wanted.size"):
            break
    assert left_page, "the keyboard does not leave the page"
    left = page.evaluate(LEFT)
    assert (wrong, left) == ([], [])


def test_the_first_tab_leads_past_the_header(seen_by: Callable[..., Any]) -> None:
    page = seen_by("customer", "hi").new_page()
    page.goto(f"/shops/{SHOP}/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


LONGEST_MOTION = """() => {
  const seconds = (text) => Math.max(...text.split(",").map(parseFloat));
  const busy = document.querySelector("button.button");
  busy.setAttribute("aria-busy", "true");
  return Math.max(...[...document.querySelectorAll("*")].flatMap((element) =>
    [null, "::before", "::after"].flatMap((part) => {
      const style = getComputedStyle(element, part);
      return [seconds(style.animationDuration), seconds(style.transitionDuration)];
    })));
}"""


@pytest.mark.parametrize(("who", "screen"), [("customer", "shop"), ("owner", "today")])
def test_nothing_moves_for_whom_motion_makes_ill(
    seen_by: Callable[..., Any], neighbourhood: Neighbourhood, who: str, screen: str
) -> None:
    for motion, moves in (("no-preference", True), ("reduce", False)):
        page = seen_by(who, "en", reduced_motion=motion).new_page()
        page.goto(address_of(screen, neighbourhood))
        assert (page.evaluate(LONGEST_MOTION) > 0.001) == moves
