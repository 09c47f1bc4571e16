"""What is wrong with a page as a browser shows it: for whom reads it, on a phone, on slow data."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

from tests.audit.budget import FIRST_VIEW, SCRIPTS
from tests.browser import wait_for_scripts

PHONE = {"width": 360, "height": 740}
# The same phone at 200 % zoom.
ZOOMED = {"width": 180, "height": 370}

# What htmx alone weighs: with less, not all scripts were weighed.
LIBRARY = 14_000

# Of the first view; a picture comes later, and is counted by `make audit`.
COUNTED = {"Document": "html", "Stylesheet": "css", "Script": "js"}

RUN_AXE = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], iframes: false });
  return violations.map(({ id, nodes }) => `axe ${id}: ${nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`);
}"""

# `body` clips what stands out sideways, so scrollWidth says nothing: every box is looked at. What
# scrolls by itself, or is meant for a reader alone, may be wider.
FIND_OVERFLOW = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true;
    }
    return false;
  };
  return [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && (box.right > width + 1 || box.left < -1)
      && element.checkVisibility({ visibilityProperty: true })
      && !element.closest(".sr-only, svg *") && !scrolls(element);
  }).map((element) => element.outerHTML.replace(/\\s+/g, " ").slice(0, 110));
}"""


@dataclass
class Weight:
    """Bytes transferred for the first view, by kind."""

    html: int = 0
    css: int = 0
    js: int = 0
    fonts: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.html + self.css + self.js

    def problems(self) -> Iterable[str]:
        if not (self.html and self.css and self.js > LIBRARY):
            yield f"not everything was weighed: {self}"
        if self.total > FIRST_VIEW:
            yield f"{self.total} bytes of HTML, CSS and JS are more than {FIRST_VIEW}"
        if self.js > SCRIPTS:
            yield f"{self.js} bytes of JS are more than {SCRIPTS}"
        if self.fonts:
            yield f"web fonts: {self.fonts}"


def open_page(context: Any) -> Any:
    return context.new_page()


def visit(page: Any, address: str) -> tuple[int, Weight]:
    """Go there with nothing kept from before; the status of the answer, and what came over the wire."""
    kinds: dict[str, str] = {}
    weight = Weight()

    def answered(event: Any) -> None:
        kinds[event["requestId"]] = event["type"]
        if event["type"] == "Font":
            weight.fonts.append(event["response"]["url"])

    def finished(event: Any) -> None:
        if kind := COUNTED.get(kinds.get(event["requestId"], "")):
            setattr(weight, kind, getattr(weight, kind) + round(event["encodedDataLength"]))

    wire = page.context.new_cdp_session(page)
    wire.on("Network.responseReceived", answered)
    wire.on("Network.loadingFinished", finished)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    answer = page.goto(address, wait_until="load")
    wait_for_scripts(page)
    wire.detach()
    return answer.status, weight


def axe_violations(page: Any) -> list[str]:
    """Every rule of axe-core, good practice too."""
    page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN_AXE)
    return found


def overflow(page: Any) -> list[str]:
    """What stands out of the page on a phone, and on a phone at 200 % zoom."""
    found = []
    for viewport in (ZOOMED, PHONE):
        page.set_viewport_size(viewport)
        outside = page.evaluate(FIND_OVERFLOW)
        found += [f"wider than {viewport['width']} px: {each}" for each in outside[:3]]
    return found


def problems(page: Any, address: str) -> list[str]:
    """Everything that is wrong with the page at this address."""
    status, weight = visit(page, address)
    broken = [f"answered {status}"] if status >= 500 else []
    return [*broken, *weight.problems(), *axe_violations(page), *overflow(page)]
