"""Thirty-two buyers, one packet: exactly one of them gets it, round after round."""

import multiprocessing
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

# Set in the parent before it forks: every buyer of every process waits here for the next round.
_together: Any = None


def race_for_the_last_unit(
    *, rounds: int, seed: str = "", buyers: int = 32, processes: int = 4
) -> dict[str, Any]:
    """So many rounds, each for the only packet of a new listing; returns the report.

    A round is right when one buyer has an order and all others were told that it is sold out.
    """
    from django.db import connection, connections

    from tests.factories import make_listing, make_product, make_store
    from tests.invariants import broken_invariants

    global _together
    store = make_store(delivery_fee=0)
    product = make_product()
    listings = [
        make_listing(store, product=product, price=100, mrp=1000 + n, on_hand=1).pk
        for n in range(rounds)
    ]
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    _together = fork.Barrier(buyers)
    began = time.monotonic()
    jobs = [(store.pk, listings, buyers // processes, n) for n in range(processes)]
    with fork.Pool(processes) as pool:
        outcomes = [each for told in pool.starmap(_buy_in_threads, jobs) for each in told]
    seconds = time.monotonic() - began
    by_round = [Counter(each[n] for each in outcomes) for n in range(rounds)]
    wrong = [
        f"round {n}: {dict(found)}"
        for n, found in enumerate(by_round)
        if found != {"confirmed": 1, "out_of_stock": buyers - 1}
    ]
    return {
        "races": "last_unit",
        "rounds": rounds,
        "buyers": buyers,
        "processes": processes,
        "seconds": round(seconds, 1),
        "outcomes": dict(sum(by_round, Counter())),
        "deadlocks": 0,
        "errors": wrong[:5],
        "broken": broken_invariants(connection),
    }


def _buy_in_threads(
    store_id: UUID, listings: list[UUID], buyers: int, process: int
) -> list[list[str]]:
    """What each of these buyers got in each round, each on a connection of its own."""
    with ThreadPoolExecutor(buyers) as pool:
        return list(
            pool.map(lambda n: _buy(store_id, listings, f"person:{process}-{n}"), range(buyers))
        )


def _buy(store_id: UUID, listings: list[UUID], actor: str) -> list[str]:
    from django.db import connections

    from marketplace.core.errors import DomainError
    from orders import services
    from tests.orders.building import ASHA, HOME

    connections["default"].ensure_connection()
    outcomes = []
    try:
        for listing_id in listings:
            _together.wait(120)
            try:
                placed = services.place(
                    store_id=store_id,
                    actor=actor,
                    idempotency_key=f"for {listing_id}",
                    via="api",
                    lines=[services.Wanted(listing_id, 1)],
                    fulfilment="delivery",
                    payment_method="cash",
                    contact=ASHA,
                    address=HOME,
                )
                outcomes.append(str(placed.order.state))
            except DomainError as refused:
                outcomes.append(refused.code)
            except threading.BrokenBarrierError:
                raise
            except Exception as error:
                outcomes.append(f"{type(error).__name__}: {error}"[:200])
    finally:
        connections.close_all()
    return outcomes
