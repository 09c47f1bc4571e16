"""The bank is another company: own settings, own code, nothing shared."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank.process import environment
from tests.servers import ROOT

OURS = ("marketplace", "stores", "orders", "payments")
COMPLETE = environment(database_url="postgresql://u@h/d")


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relatively"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_the_bank_imports_nothing_of_ours_and_we_nothing_of_the_bank():
    for room in OURS:
        for file in (ROOT / room).rglob("*.py"):
            inside = file.is_relative_to(ROOT / "payments" / "bank")
            for name in imports_of(file):
                of_bank = f"{name}.".startswith("payments.bank.")
                if inside:
                    assert of_bank or name.split(".")[0] not in OURS, f"{file}: {name}"
                else:
                    assert not of_bank, f"{file}: {name}"


def start(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    unset = {name: value for name, value in os.environ.items() if name not in COMPLETE}
    return subprocess.run(
        [sys.executable, "-c", "import payments.bank.settings"],
        cwd=ROOT,
        env=unset | settings,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", sorted(set(COMPLETE) - {"DJANGO_SETTINGS_MODULE"}))
def test_a_missing_variable_stops_the_bank_by_name(name):
    missing = start({k: v for k, v in COMPLETE.items() if k != name})
    assert missing.returncode == 1
    assert f"The environment variable {name} is not set." in missing.stderr


def test_a_malformed_address_stops_the_bank_by_name():
    assert start(COMPLETE).returncode == 0
    for name in ("BANK_DATABASE_URL", "BANK_URL", "NUKKAD_WEBHOOK_URL"):
        wrong = start(COMPLETE | {name: "redis://h/"})
        assert wrong.returncode == 1
        assert name in wrong.stderr
