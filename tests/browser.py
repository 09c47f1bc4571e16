"""`python -m tests.browser`: the Chromium that the browser tests drive; found, fetched or named.

Debian's package comes first, with fonts that have Devanagari: Playwright's own build needs system
libraries that only root can install anyway.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-noto-core")
UNHURRIED = Path(__file__).with_name("unhurried.js")


class Chromium:
    """A browser in whose windows what is done before a page's scripts have come waits for them."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    def new_context(self, **options: Any) -> BrowserContext:
        context = self._browser.new_context(**options)
        context.add_init_script(path=UNHURRIED)
        return context


@contextmanager
def chromium_at(program: Path) -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield Chromium(browser)
        browser.close()


def wait_for_scripts(page: Any) -> None:
    """Until everything that a page adds after its first frame is there."""
    page.evaluate(
        "new Promise((done) => { const look = () => scriptsCame() ? done() : setTimeout(look, 10); look(); })"
    )


def find_chromium() -> Path | None:
    """A Chromium that starts: CHROMIUM if set, the system's, or Playwright's."""
    candidates = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in NAMES)]
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    candidates += [str(path) for path in sorted(cache.glob("chromium*/chrome-linux*/*"))]
    for candidate in candidates:
        if candidate and Path(candidate).name in {*NAMES, "chrome", "headless_shell"}:
            answer = subprocess.run([candidate, "--version"], capture_output=True, check=False)
            if answer.returncode == 0:
                return Path(candidate)
    return None


def fetch_chromium() -> None:
    """Install Debian's package as root where there is apt, else Playwright's build."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["apt-get", "update", "--quiet"], [*install, "--quiet"]):
            subprocess.run(command, env=environment, check=False, stdout=sys.stderr)
    if find_chromium() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> int:
    if find_chromium() is None:
        print("No Chromium found; getting one for the browser tests", flush=True)
        fetch_chromium()
    if find_chromium() is None:
        print(
            "The browser tests need Chromium. Type:  "
            f"sudo apt-get install {' '.join(PACKAGES)}   (or set CHROMIUM to the program)"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
