"""Kill the product at random moments under a load of orders and money, while the bank errs, and see
that nothing is lost and every account is right.

`make chaos` reads KILLS, SEED, CLIENTS, TRADERS, FAULTS (the share of the bank's operations that go
wrong) and RECOVER (in how many seconds the product must serve again), and prints one line of JSON. The
same seed strikes the same programs after the same pauses, and disturbs the bank by the same plan.
"""

import json
import os
import secrets
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.chaos.checks import broken_promises, still_owed, told_history
from tests.chaos.killing import CONSUMES, Killer, Strike, plan
from tests.chaos.load import Client
from tests.chaos.running import Running, running_product
from tests.invariants import AT_REST
from tests.money.desk import EVERY_KIND
from tests.servers import ROOT

# What was tried in vain while programs died is tried again after ever longer waits, and a machine that
# is busy with other things has much to catch up on: it may take long, as long as it gets less.
REST_SECONDS = 600
STILL_OWED, LOOKS = tuple(AT_REST), 5
REPLAYED = 200


def main() -> int:
    given = os.environ
    folder = Path(given.get("CHAOS_HOME") or ROOT / ".local" / "test" / "chaos")
    folder.mkdir(parents=True, exist_ok=True)
    with running_product(folder) as product:
        report = run(
            product,
            kills=int(given.get("KILLS") or 200),
            seed=given.get("SEED") or secrets.token_hex(4),
            clients=int(given.get("CLIENTS") or 8),
            traders=int(given.get("TRADERS") or 2),
            faults=float(given.get("FAULTS") or 0.3),
            recover=float(given.get("RECOVER") or 30),
        )
    print(json.dumps(report))
    return 1 if report["broken"] else 0


def run(
    product: Running,
    *,
    kills: int,
    seed: str,
    clients: int,
    traders: int,
    faults: float,
    recover: float,
) -> dict[str, Any]:
    """Load, kill, let it come to rest, check; the report, whose `broken` is empty if all is well."""
    began = time.monotonic()
    opened = json.loads(product.manage("open", str(clients)))
    stopping = threading.Event()
    load = [
        Client(
            number=n,
            seed=seed,
            base_url=product.base_url,
            bank_url=product.bank_url,
            bank_key=product.environment["BANK_API_KEY"],
            api_key=key,
            listings=opened["listings"],
            stopping=stopping,
        )
        for n, key in enumerate(opened["keys"])
    ]
    desk = product.desk()
    desk.disturb(seed=seed, rate=faults, kinds=EVERY_KIND)
    trading = [product.started("trade", f"{seed}/{n}") for n in range(traders)]
    for client in load:
        client.start()
    broken: list[str] = []
    recoveries: list[tuple[str, float]] = []
    try:
        for number, strike in enumerate(plan(seed, kills), start=1):
            recoveries.append((strike.victim, _strike(product, strike)))
            if number % 20 == 0:
                print(f"{number} kills, {_promised(load)} orders", file=sys.stderr, flush=True)
    except TimeoutError as error:
        broken.append(str(error))
    stopping.set()
    for client in load:
        client.join(120)
    broken += [unanswered for client in load for unanswered in client.unanswered]
    traded = [json.loads(each.communicate()[0]) for each in trading]
    broken += [error for each in traded for error in each["errors"]]
    broken += _replay(load)
    rest = _until_at_rest(product)
    found = broken_promises(product, load, opened)
    for _ in range(LOOKS):
        # The timers have gone on: what they began between two looks is done by the next.
        if not any(each.startswith(STILL_OWED) for each in found):
            break
        rest += _until_at_rest(product)
        found = broken_promises(product, load, opened)
    broken += found + _history_changed(product)
    broken += [
        f"{victim} took {took:.0f} s to be back"
        for victim, took in recoveries
        # a worker also has to have consumed something
        if took > (2 * recover if victim in CONSUMES else recover)
    ]
    seconds = [each for _, each in recoveries]
    return {
        "chaos": "kill -9",
        "seed": seed,
        "kills": len(recoveries),
        "kills_by_program": dict(Counter(name for name, _ in recoveries)),
        "recovery_seconds": {
            "median": round(statistics.median(seconds), 1) if seconds else None,
            "max": round(max(seconds), 1) if seconds else None,
            "max_by_program": {
                name: round(max(took for each, took in recoveries if each == name), 1)
                for name in sorted({each for each, _ in recoveries})
            },
        },
        "orders_acknowledged": _promised(load),
        "answers": dict(sum((client.answers for client in load), Counter())),
        "acts": dict(sum((Counter(each["outcomes"]) for each in traded), Counter())),
        "faults": desk.faults_done(),
        "retries": sum(client.retries for client in load),
        "longest_answer_seconds": round(max(client.longest for client in load), 1),
        "seconds_to_rest": round(rest, 1),
        "seconds": round(time.monotonic() - began, 1),
        "broken": broken,
    }


def _strike(product: Running, strike: Strike) -> float:
    time.sleep(strike.pause)
    return Killer(product).strike(strike)


def _promised(load: Sequence[Client]) -> int:
    return sum(len(client.promised) for client in load)


def _replay(load: Sequence[Client]) -> list[str]:
    """The same requests once more: each must be answered with the order that it has made."""
    wrong = []
    for client in load:
        for promised in client.promised[-REPLAYED // len(load) :]:
            status, order = client.place(promised.body, promised.key)
            if (status, order.get("id")) != (201, promised.order_id):
                wrong.append(f"key {promised.key} made {promised.order_id}, then {status} {order}")
    return wrong


def _history_changed(product: Running) -> list[str]:
    """Whether what was ever posted is another after the database was killed once more."""
    before = told_history(product)
    Killer(product).strike(Strike(pause=0, victim="postgres", chance=0.5))
    return [] if told_history(product) == before else ["the history is another after a restart"]


def _until_at_rest(product: Running) -> float:
    """How long it took until nothing was owed; ends when that got no less for REST_SECONDS, and then
    the checks say what is wrong."""
    began = fewest_at = time.monotonic()
    fewest = None
    while owed := still_owed(product):
        if fewest is None or owed < fewest:
            fewest, fewest_at = owed, time.monotonic()
        if time.monotonic() - fewest_at > REST_SECONDS:
            break
        time.sleep(1)
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
