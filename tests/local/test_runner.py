"""Which folder a run calls its own."""

import pytest

from marketplace.local import runner
from marketplace.local.home import Home, HomeInUse


@pytest.mark.parametrize(("given", "home"), [({}, ".local"), ({"NUKKAD_HOME": ""}, ".local")])
def test_a_home_that_is_not_named_is_dot_local(monkeypatch, given, home):
    """Were it the checkout itself, collecting static files would empty it."""
    asked = []

    def refuse(self: Home) -> None:
        asked.append(self.path)
        raise HomeInUse(self.path)

    monkeypatch.setattr(Home, "__enter__", refuse)
    assert runner.run(given) == 1
    assert asked == [(runner.ROOT / home).resolve()]
