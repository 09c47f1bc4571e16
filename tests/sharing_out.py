"""Which worker runs which tests, and in which order.

What takes long to start is asked by one worker only: the running product, with its people signed in,
and the simulated bank. All other tests are taken one by one by whoever is free, the longest first, so
that nobody is left alone with one of them at the end.
"""

from collections.abc import Mapping, Sequence

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER: Mapping[str, tuple[str, ...]] = {
    "the product": (
        "tests/audit/",
        "tests/journeys/",
        "tests/local/test_worker_and_product.py::test_the_product_",
    ),
    "the bank": ("tests/bank/",),
}
LONG = (
    "tests/chaos/",
    "tests/local/test_demo.py",
    "tests/money/",
    "tests/races/",
    "tests/orders/test_packing.py::test_no_weight_bills_above",
    "tests/orders/test_returns.py::test_returns_of_any_sizes",
    "tests/orders/test_transitions.py::test_no_sequence_of_taps",
)


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """What stays together, then the long ones in the order of `LONG`, the others as they were."""
    places = (*TOGETHER.values(), *LONG)

    def place(item: pytest.Item) -> int:
        return next((n for n, part in enumerate(places) if item.nodeid.startswith(part)), 99)

    return sorted(items, key=place)


def shared_by(nodeid: str) -> str:
    """What this test is kept together with others for, or its own name."""
    return next((name for name, parts in TOGETHER.items() if nodeid.startswith(parts)), nodeid)


class OneByOne(LoadScopeScheduling):  # type: ignore[misc]  # xdist says no types
    """xdist's scheduler that keeps a scope on one worker; here most scopes are a single test."""

    def _split_scope(self, nodeid: str) -> str:
        return shared_by(nodeid)
