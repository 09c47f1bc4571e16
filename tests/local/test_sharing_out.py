"""Tests are shared out among workers as tests/sharing_out.py says."""

from types import SimpleNamespace

import pytest

from tests.servers import ROOT
from tests.sharing_out import LONG, TOGETHER, longest_first, shared_by


def test_one_worker_asks_the_running_product(request):
    asking = [each for each in request.session.items if "running_product" in each.fixturenames]
    assert {shared_by(each.nodeid) for each in asking} <= {"the product"}


@pytest.mark.parametrize("place", [*LONG, *(part for parts in TOGETHER.values() for part in parts)])
def test_what_is_named_is_there(place):
    file, _, test = place.partition("::")
    assert (ROOT / file).exists()
    assert not test or f"\ndef {test}" in (ROOT / file).read_text()


def test_the_long_ones_come_first_and_the_others_stay_as_they_were():
    given = ["tests/shops/b", "tests/chaos/x", "tests/audit/y", "tests/shops/a", "tests/bank/z"]
    items = [SimpleNamespace(nodeid=each) for each in given]
    assert [each.nodeid for each in longest_first(items)] == [
        *("tests/audit/y", "tests/bank/z", "tests/chaos/x"),
        *("tests/shops/b", "tests/shops/a"),
    ]
    assert [shared_by(each) for each in given[2:]] == ["the product", "tests/shops/a", "the bank"]
