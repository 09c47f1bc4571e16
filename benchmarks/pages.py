"""Pages a second beside a bare Django view, with 5,000 listings and with 500,000, over real HTTP.

`python -m benchmarks.pages` prints one JSON object; benchmarks/README.md says what it means. It
starts a durable PostgreSQL of its own with two databases (one shop of 5,000 listings among 1,000
stores; 100 such shops among 100,000) and the product's own web server on each, and asks them
turn about. Filling the larger one takes a minute or two.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks.durable import durable_server, manage
from benchmarks.load import Load, ask_for_a_while, request_for
from benchmarks.watching import wait_for
from marketplace.local.postgres import APP, OWNER, SUPERUSER, Postgres
from marketplace.local.programs import Program, free_port
from tests.servers import ROOT, running

SETTINGS = "benchmarks.floor.settings"
SIZES = {"small": {"shops": 1, "stores": 1_000}, "large": {"shops": 100, "stores": 100_000}}
ROUNDS = 3
SECONDS = 2.0
WARM_UP = 0.5
DEEP = 20
AISLES = ("atta", "dal", "oil", "tea-coffee")
PINCODES = ("110001", "110002", "110003", "110005", "110008", "110092", "121001", "122001")


@dataclass(frozen=True)
class Site:
    """The product on one of the two databases, what is in it, and the pages to ask for."""

    port: int
    web: psutil.Process
    database: psutil.Process
    pages: dict[str, list[bytes]]

    def ask(self, page: str, *, seconds: float) -> Load:
        return ask_for_a_while(
            self.port, self.pages[page], seconds=seconds, web=self.web, database=self.database
        )


class Pair(NamedTuple):
    """The floor, and a page right after it."""

    floor: Load
    page: Load


def main() -> None:
    with durable_server() as (server, folder):
        filled = {size: fill(server, folder, size, **many) for size, many in SIZES.items()}
        database = psutil.Process(postmaster(server))
        with (
            site(server, folder, "small", filled["small"], database) as small,
            site(server, folder, "large", filled["large"], database) as large,
        ):
            print(json.dumps(measure({"small": small, "large": large})))


def measure(sites: dict[str, Site]) -> dict[str, object]:
    """Each page right after the floor of its own site, small and large in turn; medians of rounds."""
    pages = [name for name in sites["small"].pages if name != "floor"]
    rounds: dict[tuple[str, str], list[Pair]] = {
        (page, size): [] for page in pages for size in sites
    }
    for counted in (False, *[True] * ROUNDS):
        for page, size in rounds:
            seconds = SECONDS if counted else WARM_UP
            pair = Pair(*(sites[size].ask(name, seconds=seconds) for name in ("floor", page)))
            if counted:
                rounds[page, size].append(pair)
    every = [pair for pairs in rounds.values() for pair in pairs]
    return {
        "benchmark": "pages",
        "floor": {
            "per_second": round(statistics.median(pair.floor.per_second for pair in every)),
            "cost_ms": round(statistics.median(pair.floor.cost_ms for pair in every), 3),
        },
        "pages": {
            page: {size: figures(rounds[page, size]) for size in sites}
            | {
                "cost_large_to_small": round(
                    statistics.median(
                        large.page.cost_ms / small.page.cost_ms
                        for small, large in zip(
                            rounds[page, "small"], rounds[page, "large"], strict=True
                        )
                    ),
                    2,
                )
            }
            for page in pages
        },
        "generator": round(max(load.generator for pair in every for load in pair), 2),
        "rounds": ROUNDS,
        "target": "shop, aisle and search: rate_to_floor >= 0.5; cost_large_to_small <= 1.15 for"
        " shop, <= 2 for search and nearby",
    }


def figures(pairs: list[Pair]) -> dict[str, float]:
    def median(of: Callable[[Pair], float], digits: int) -> float:
        return round(statistics.median(map(of, pairs)), digits or None)

    return {
        "per_second": median(lambda pair: pair.page.per_second, 0),
        "web_ms": median(lambda pair: pair.page.web_ms, 3),
        "database_ms": median(lambda pair: pair.page.database_ms, 3),
        "rate_to_floor": median(lambda pair: pair.page.per_second / pair.floor.per_second, 2),
        "floor_cost_to_cost": median(lambda pair: pair.floor.cost_ms / pair.page.cost_ms, 2),
    }


def fill(
    server: Postgres, folder: Path, database: str, *, shops: int, stores: int
) -> dict[str, Any]:
    server.create_database(database)
    manage(server, database, OWNER, "migrate", "--no-input", "--verbosity=0")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.neighbourhood", str(shops), str(stores)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "DATABASE_URL": server.url(SUPERUSER, database),
            # of the site's home: what `make run` left in the checkout's would sign with another key
            "NUKKAD_HOME": str(folder / "web"),
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    known: dict[str, Any] = json.loads(done.stdout)
    return known


@contextmanager
def site(
    server: Postgres, folder: Path, name: str, known: dict[str, Any], database: psutil.Process
) -> Iterator[Site]:
    port = free_port()
    environment = {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DATABASE_URL": server.url(APP, name),
        "NUKKAD_HOME": str(folder / "web"),
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }
    subprocess.run(
        [sys.executable, "manage.py", "prepare_static"],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    web = Program(
        f"web-{name}",
        [
            *(sys.executable, "-m", "granian", "marketplace.wsgi:application"),
            *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", "2", "--blocking-threads", "4", "--log-level", "warning"),
        ],
        environment,
        ROOT,
    )
    with running(web, mark=str(folder), logs=folder) as process:
        wait_for(f"http://127.0.0.1:{port}/livez")
        yield Site(port, psutil.Process(process.pid), database, addresses(port, known))


def addresses(port: int, known: dict[str, Any]) -> dict[str, list[bytes]]:
    """The requests of every page, spread over all shops and, of a shop's window, over its pages."""
    shops = known["shops"]
    # a visitor's second page and later ones: the cookies of the first are there
    here = {"area": "110001", "csrftoken": "c" * 32}
    customer = here | {"sessionid": known["customers_session"]}
    keeper = here | {"sessionid": known["keepers_session"]}
    own_id, own = known["store"]
    windows = [f"/shops/{slug}/" for _, slug in shops]
    deep = list(following(port, windows[0], DEEP))
    aisles = [
        f"/shops/{slug}/c/{aisle}/" for aisle in AISLES for _, slug in shops[: 100 // len(AISLES)]
    ]
    searches = [
        f"/shops/{slug}/search/?q={word}"
        for word in known["words"]
        for _, slug in shops[: 100 // len(known["words"])]
    ]
    return {
        "floor": [request_for(f"/floor/{pk}/") for pk, _ in shops],
        "shop": [request_for(address, **here) for address in windows],
        "shop_deep": [request_for(address, **here) for address in deep],
        "shop_signed_in": [request_for(f"/shops/{own}/", **customer)],
        "aisle": [request_for(address, **here) for address in aisles],
        "search": [request_for(address, **here) for address in searches],
        "product": [request_for(address, **here) for address in products(port, windows[0])],
        "nearby": [request_for("/", **here | {"area": code}) for code in PINCODES],
        "today": [request_for(f"/dashboard/{own_id}/", **keeper)],
        "stock": [request_for(f"/dashboard/{own_id}/stock/", **keeper)],
    }


def following(port: int, address: str, pages: int) -> Iterator[str]:
    """The addresses of a window's later pages, each read from the page before."""
    at = address
    for _ in range(pages):
        found = re.search(r'href="(\?after=[^"]+)"', read(port, at))
        if not found:
            return
        at = address + found[1].replace("&amp;", "&")
        yield at


def products(port: int, address: str) -> list[str]:
    return re.findall(r'<h2 class="item-name"><a href="([^"]+)"', read(port, address))


def read(port: int, address: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{address}") as answer:
        text: str = answer.read().decode()
    return text


def postmaster(server: Postgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split("\n", 1)[0])


if __name__ == "__main__":
    main()
