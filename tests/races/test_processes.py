"""Races between processes, in small; `make races` runs 1,000 rounds and a million operations."""

import json
import subprocess
import sys

import pytest

from tests.servers import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def races(cloned_db):
    """`races(mixed={...})`: run it in processes of its own on this test's database; its report."""

    def run(**job):
        command = [sys.executable, "-m", "tests.races", json.dumps(job)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        print(done.stdout)
        report = json.loads(done.stdout.splitlines()[-1])
        assert (report["deadlocks"], report["errors"], report["broken"]) == (0, [], [])
        assert done.returncode == 0
        return report

    return run


def test_32_buyers_of_the_last_unit_are_one_order(races):
    report = races(last_unit={"rounds": 30})
    assert report["outcomes"] == {"confirmed": 30, "out_of_stock": 30 * 31}


def test_everything_at_once_deadlocks_nowhere_and_loses_nothing(races):
    report = races(mixed={"operations": 2000, "processes": 4, "seed": "make test"})
    assert report["operations"] >= 2000
