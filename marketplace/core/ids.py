"""Identifiers: UUIDv7 for rows, short codes for people."""

import os
import secrets
import time
from uuid import UUID

# Crockford's alphabet: no I, L, O or U, so a code survives being read out on the telephone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def uuid7() -> UUID:
    """A time-ordered identifier (RFC 9562, version 7): 48 bits of milliseconds, 12 of their fraction
    (6.2, method 3), 62 random ones. Those made one after the other sort in that order."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= (rest << 12) // 1_000_000 << 64
    value |= 0b10 << 62
    value |= int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=value)


def short_code() -> str:
    """Eight random characters in two groups, such as `7F3K-92QA`: 40 bits, unique only within a store."""
    characters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{characters[:4]}-{characters[4:]}"
