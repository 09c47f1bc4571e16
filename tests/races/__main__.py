"""Races on real connections from several processes; one line of JSON for each.

`make races` starts servers of its own and reads ROUNDS, OPERATIONS, PROCESSES and SEED. With a JSON
argument, `{"mixed": {...}}`, it runs only that, on the database of DATABASE_URL.
"""

import json
import logging
import os
import secrets
import sys
from collections.abc import Mapping
from typing import Any

Jobs = Mapping[str, Mapping[str, Any]]


def main() -> int:
    if len(sys.argv) > 1:
        return run(json.loads(sys.argv[1]))
    from marketplace.local.postgres import APP
    from tests.servers import running_servers

    given = os.environ
    seed = given.get("SEED") or secrets.token_hex(4)
    processes = int(given.get("PROCESSES", 4))
    jobs = {
        "last_unit": {"rounds": int(given.get("ROUNDS", 1000)), "processes": processes},
        "mixed": {
            "operations": int(given.get("OPERATIONS", 1_000_000)),
            "processes": processes,
            "seed": seed,
        },
    }
    status = 0
    with running_servers() as servers:
        for name, job in jobs.items():
            if not next(iter(job.values())):
                continue
            database = f"test_races_{name}"
            servers.clone(database)
            os.environ["DATABASE_URL"] = servers.postgres.url(APP, database)
            os.environ["REDIS_URL"] = servers.valkey.url(0)
            pid = os.fork()
            if not pid:
                os._exit(run({name: job}))
            status |= os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            servers.drop(database)
    return status


def run(jobs: Jobs) -> int:
    """Run these races in this process's database and print their reports; 1 if one went wrong."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings.test"
    django.setup()
    logging.getLogger().handlers = [logging.NullHandler()]
    from tests.races.last_unit import race_for_the_last_unit
    from tests.races.mixed import run_mixed

    races = {"last_unit": race_for_the_last_unit, "mixed": run_mixed}
    status = 0
    for name, job in jobs.items():
        report = races[name](**job)
        print(json.dumps(report), flush=True)
        if report["deadlocks"] or report["errors"] or report["broken"]:
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
