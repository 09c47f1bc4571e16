"""How many sign-in codes a phone or an internet address may ask for."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import connection
from django.db.models import QuerySet

from marketplace.accounts.errors import TooManyCodes
from marketplace.accounts.models import SignInChallenge
from marketplace.core.saying import say_duration


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` codes within `window`; used codes count only where `used` says so."""

    most: int
    window: timedelta
    used: bool = False


# A code that was used proves that somebody holds the phone and wanted it, so only the unused ones
# count, but for a ceiling that keeps SMS from being pumped.
PER_PHONE = (
    Limit(1, timedelta(seconds=30)),
    Limit(5, timedelta(hours=1)),
    Limit(10, timedelta(days=1)),
    Limit(60, timedelta(days=1), used=True),
)
PER_ADDRESS = (
    Limit(30, timedelta(hours=1)),
    Limit(600, timedelta(hours=1), used=True),
)


def check_limits(*, phone: str, address: str | None, at: datetime) -> None:
    """Hold back everybody else asking for this phone or address, then raise TooManyCodes if over.

    The locks last until the caller's transaction ends; always phone before address, so that no
    two wait in a circle.
    """
    _line_up(f"sign_in:phone:{phone}")
    by_phone = SignInChallenge.objects.filter(phone=phone)
    wait = max(_wait(by_phone, limit, at) for limit in PER_PHONE)
    if address is not None:
        _line_up(f"sign_in:address:{address}")
        by_address = SignInChallenge.objects.filter(address=address)
        wait = max(wait, *(_wait(by_address, limit, at) for limit in PER_ADDRESS))
    if wait > timedelta():
        seconds = ceil(wait.total_seconds())
        raise TooManyCodes(retry_after=seconds, wait=say_duration(seconds))


def origin(ip: str | None) -> str | None:
    """The address that is counted: an IPv6 network of 64 bits is one customer's."""
    if not ip:
        return None
    try:
        parsed = ipaddress.ip_address(ip)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


def lock_phone(phone: str) -> None:
    """One at a time for this number, until the transaction ends."""
    _line_up(f"person:phone:{phone}")


def _line_up(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _wait(challenges: QuerySet[SignInChallenge], limit: Limit, at: datetime) -> timedelta:
    """How long until one more is allowed: until the oldest that fills the limit falls out of it."""
    if not limit.used:
        challenges = challenges.filter(confirmed_at=None)
    filling = (
        challenges.filter(created_at__gt=at - limit.window)
        .order_by("-created_at")
        .values_list("created_at", flat=True)[limit.most - 1 : limit.most]
    )
    return max((asked + limit.window - at for asked in filling), default=timedelta())
