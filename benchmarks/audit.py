"""`make audit`: Lighthouse and axe on the pages that matter most, and how fast a tap is answered.

`python -m benchmarks.audit [runs]` starts the product with its demo neighbourhood on servers of its
own, asks npm for Lighthouse in a temporary folder, and prints a table of medians with the budgets
that are missed (tests/audit/budget.py). Only a developer's tool: Node and a network are needed.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.audit import budget
from tests.audit.seeing import PHONE, axe_violations
from tests.audit.visitors import SHOP, fill_basket, settle_near, sign_in, speak
from tests.browser import Chromium, chromium_at, find_chromium, wait_for_scripts
from tests.product import Product, running_product_on
from tests.servers import running_servers

# The last that runs on Node 18 and later.
LIGHTHOUSE = "lighthouse@12"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
TRIES = 3
SLOWDOWN = 4  # of the processor, as Lighthouse's phone

# A tap's whole time, from the finger to the next frame, as the browser reports it.
WATCH_TAPS = """() => {
  window.taps = [];
  new PerformanceObserver((list) => {
    for (const { interactionId, duration } of list.getEntries()) if (interactionId) window.taps.push(duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
}"""


@dataclass(frozen=True)
class Page:
    name: str
    address: str
    indexed: bool
    lcp: int


@dataclass(frozen=True)
class Figures:
    """Medians of a page's runs; scores by category, milliseconds, bytes."""

    scores: dict[str, int]
    lcp: int
    tbt: int
    cls: float
    transferred: int
    first_view: int
    violations: int
    failed: dict[str, list[str]]

    def misses(self, page: Page) -> list[str]:
        wanted = CATEGORIES if page.indexed else CATEGORIES[:3]
        missed = [
            f"{name} {self.scores[name]} ({', '.join(self.failed[name])})"
            for name in wanted
            if self.scores[name] < 100
        ]
        for name, value, most in (
            ("LCP", self.lcp, page.lcp),
            ("TBT", self.tbt, budget.TBT),
            ("CLS", self.cls, budget.CLS),
            ("HTML+CSS+JS", self.first_view, budget.FIRST_VIEW),
            ("axe", self.violations, 0),
        ):
            if value > most:
                missed.append(f"{name} {value} > {most}")
        return missed


def main() -> int:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    chromium, npm = find_chromium(), shutil.which("npm")
    if chromium is None or npm is None or shutil.which("node") is None:
        print("make audit needs Chromium, Node 18 or newer, and npm", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="nukkad-audit-") as folder:
        room = Path(folder)
        got = subprocess.run(
            [npm, "install", "--silent", "--no-audit", "--no-fund", LIGHTHOUSE],
            cwd=room,
            check=False,
            stdout=sys.stderr,
        )
        if got.returncode:
            print(f"npm could not get {LIGHTHOUSE}: is there a network?", file=sys.stderr)
            return 1
        home = room / "home"
        home.mkdir()
        with (
            running_servers() as servers,
            running_product_on(servers, name="audit", home=home, broker=1) as product,
            chromium_at(chromium) as browser,
        ):
            return audit(browser, product, room, chromium, runs)


def audit(browser: Chromium, product: Product, room: Path, chromium: Path, runs: int) -> int:
    here = product.base_url
    context = browser.new_context(viewport=PHONE, base_url=here)
    speak(context, here, "en")
    screen = context.new_page()
    sign_in(screen, product.demo["customer"]["phone"])
    settle_near(context, here)
    fill_basket(screen)
    pages = pages_to_audit(screen)
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in context.cookies())
    headers = room / "headers.json"
    headers.write_text(json.dumps({"Cookie": cookies}))
    row = "{:9}" + "{:>6}" * 4 + "{:>8}" * 3 + "{:>12}" * 2 + "{:>6}"
    print(f"Lighthouse, mobile, median of {runs}; milliseconds and bytes")
    titles = ("perf", "a11y", "best", "SEO", "LCP", "TBT", "CLS", "transferred", "first view")
    print(row.format("page", *titles, "axe"))
    missed = []
    for page in pages:
        violations = 0
        for language in ("en", "hi"):
            speak(context, here, language)
            screen.goto(page.address)
            violations += len(axe_violations(screen))
        reports = [lighthouse(here + page.address, room, chromium, headers) for _ in range(runs)]
        found = figures(reports, violations)
        seo = found.scores["seo"] if page.indexed else "-"
        print(
            row.format(
                page.name,
                *(found.scores[name] for name in CATEGORIES[:3]),
                seo,
                *(found.lcp, found.tbt, round(found.cls, 3)),
                *(found.transferred, found.first_view, found.violations),
            ),
            flush=True,
        )
        missed += [f"{page.name}: {miss}" for miss in found.misses(page)]
    speak(context, here, "en")
    inp = statistics.median(slowest_tap(context) for _ in range(runs))
    print(f"INP of Add in a shop: {inp:.0f} ms (processor {SLOWDOWN}x slower)")
    if inp > budget.INP:
        missed.append(f"shop: INP {inp:.0f} > {budget.INP}")
    print("\n".join(["Missed:", *missed]) if missed else "Every budget is met.")
    return 1 if missed else 0


def pages_to_audit(screen: Any) -> list[Page]:
    screen.goto(f"/shops/{SHOP}/")
    product = screen.locator(".item-name a").first.get_attribute("href")
    screen.goto("/orders/")
    order = screen.locator('main a[href^="/orders/0"]').first.get_attribute("href")
    shop = f"/shops/{SHOP}/"
    return [
        Page("home", "/", True, budget.LCP_OF_TEXT),
        Page("shop", shop, True, budget.LCP_OF_PICTURES),
        Page("search", f"{shop}search/?q=atta", True, budget.LCP_OF_PICTURES),
        Page("product", product, True, budget.LCP_OF_PICTURES),
        Page("cart", f"{shop}basket/", False, budget.LCP_OF_TEXT),
        Page("checkout", f"{shop}checkout/", False, budget.LCP_OF_TEXT),
        Page("order", order, False, budget.LCP_OF_TEXT),
    ]


def lighthouse(url: str, room: Path, chromium: Path, headers: Path) -> dict[str, Any]:
    """One run of its mobile preset, as the customer whose cookies these are; again if it saw nothing,
    as Chromium now and then loses a trace."""
    report = room / "report.json"
    for left in reversed(range(TRIES)):
        with tempfile.TemporaryDirectory(dir=room) as profile:
            ran = subprocess.run(
                [
                    *(room / "node_modules/.bin/lighthouse", url, "--quiet"),
                    *("--output=json", f"--output-path={report}", f"--extra-headers={headers}"),
                    f"--only-categories={','.join(CATEGORIES)}",
                    f"--chrome-flags={' '.join((*FLAGS, f'--user-data-dir={profile}'))}",
                ],
                env={**os.environ, "CHROME_PATH": str(chromium)},
                check=not left,
                stdout=sys.stderr,
            )
        if ran.returncode == 0:
            break
    told: dict[str, Any] = json.loads(report.read_text())
    return told


def figures(reports: list[dict[str, Any]], violations: int) -> Figures:
    def median(audit: str) -> float:
        return statistics.median(each["audits"][audit]["numericValue"] for each in reports)

    def first_view(report: dict[str, Any]) -> int:
        came = report["audits"]["network-requests"]["details"]["items"]
        kinds = ("Document", "Stylesheet", "Script")
        return sum(each["transferSize"] for each in came if each.get("resourceType") in kinds)

    return Figures(
        scores={
            name: round(
                100 * statistics.median(each["categories"][name]["score"] or 0 for each in reports)
            )
            for name in CATEGORIES
        },
        lcp=round(median("largest-contentful-paint")),
        tbt=round(median("total-blocking-time")),
        cls=median("cumulative-layout-shift"),
        transferred=round(median("total-byte-weight")),
        first_view=round(statistics.median(map(first_view, reports))),
        violations=violations,
        failed={name: failed_in(reports[-1], name) for name in CATEGORIES},
    )


def failed_in(report: dict[str, Any], category: str) -> list[str]:
    """The audits of a category that count and are not full marks."""
    parts = report["categories"][category]["auditRefs"]
    scores = {part["id"]: report["audits"][part["id"]]["score"] for part in parts if part["weight"]}
    return sorted(name for name, score in scores.items() if score is not None and score < 1)


def slowest_tap(context: Any) -> float:
    """Milliseconds that the slowest of three taps on Add took to show; 0 where none took 16."""
    page = context.new_page()
    page.goto(f"/shops/{SHOP}/")
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
    wait_for_scripts(page)
    page.evaluate(WATCH_TAPS)
    for number in range(3):
        page.get_by_role("button", name="Add").nth(number).click()
        page.wait_for_timeout(500)
    taps: list[float] = page.evaluate("window.taps")
    page.close()
    return max(taps, default=0)


if __name__ == "__main__":
    sys.exit(main())
