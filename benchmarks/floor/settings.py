"""The product's own settings with one address more."""

from pathlib import Path

from marketplace.settings.local import *  # noqa: F403
from marketplace.settings.local import TEMPLATES

ROOT_URLCONF = "benchmarks.floor.urls"
TEMPLATES[0]["DIRS"] += [Path(__file__).parent / "templates"]  # type: ignore[operator]
