"""One-time codes: computed from the challenge whenever needed, kept nowhere."""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

CODE_LIFETIME = timedelta(minutes=5)
MOST_ATTEMPTS = 5
DIGITS = 6


def code_for(challenge_id: UUID) -> str:
    """The six digits that answer this challenge: HMAC under a key derived from SECRET_KEY."""
    digest = salted_hmac("accounts.sign_in", challenge_id.hex, algorithm=sha256().name).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def is_right(challenge_id: UUID, code: str) -> bool:
    """Whether `code` answers the challenge, in constant time.

    On a developer's machine the fixed demo code does too; production has none.
    """
    right = constant_time_compare(code, code_for(challenge_id))
    demo = settings.DEMO_CODE is not None and constant_time_compare(code, settings.DEMO_CODE)
    return right or demo
