from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def nothing_simulated_in_production(**_: Any) -> list[CheckMessage]:
    """The demo code opens every account and the messages page shows every code."""
    if settings.SIMULATED:
        return []
    problems: list[CheckMessage] = []
    if settings.DEMO_CODE is not None:
        problems.append(Error("DEMO_CODE is set outside local settings.", id="accounts.E001"))
    if settings.LOCAL_MESSAGES:
        problems.append(Error("LOCAL_MESSAGES is on outside local settings.", id="accounts.E002"))
    return problems
