"""The product is killed eight times under load while the bank errs, in small what `make chaos` does
200 times.

The seed strikes every program but beat."""

import json
import os
import subprocess
import sys

from tests.servers import ROOT


def test_nothing_is_lost_when_programs_are_killed(servers):
    home = servers.postgres.data.with_name("chaos")
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos"],
        cwd=ROOT,
        env={
            **os.environ,
            "CHAOS_HOME": str(home),
            "KILLS": "8",
            "SEED": "148",
            "CLIENTS": "3",
            "TRADERS": "1",
            # As long as a kill is waited for at all: how fast says how busy the machine is.
            "RECOVER": "120",
        },
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    print(done.stdout)
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["broken"] == []
    assert report["kills"] == 8
    assert report["orders_acknowledged"] > 20
    assert sum(report["faults"].values()) > 20
