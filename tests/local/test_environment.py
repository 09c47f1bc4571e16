"""What the runner leaves for a `manage.py` typed by hand."""

import stat
from pathlib import Path

import pytest

from marketplace.local.home import Home
from marketplace.settings.environment import Environment, home_in, written_in


def test_a_command_typed_by_hand_finds_the_servers_that_run(tmp_path):
    with Home(tmp_path) as home:
        home.leave_environment({"DATABASE_URL": "postgresql://nukkad_app@127.0.0.1:40001/nukkad"})
    file = tmp_path / "environment.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Environment(written_in(file)).text("DATABASE_URL").endswith(":40001/nukkad")


def test_where_nothing_has_run_nothing_is_known(tmp_path):
    assert written_in(tmp_path / "environment.json") == {}


@pytest.mark.parametrize(
    ("given", "home"),
    [({}, ".local"), ({"NUKKAD_HOME": ""}, ".local"), ({"NUKKAD_HOME": "b"}, "b")],
)
def test_the_checkout_itself_is_never_the_home(given, home):
    """Collecting static files would empty it."""
    assert home_in(Path("/checkout"), given) == Path("/checkout") / home
