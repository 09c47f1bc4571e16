"""A purpose without a payee would take money that nobody decides about."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from payments.upi.models import Purpose
from payments.upi.payees import registered


def every_purpose_has_a_payee(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    return [
        Error(
            f"No payee is registered for payments of purpose {purpose.value!r}.",
            hint="Call payments.upi.payees.register_payee() in the AppConfig of its owner.",
            id="upi.E001",
        )
        for purpose in Purpose
        if not registered(purpose)
    ]
