"""Partner keys: made once, shown once, kept only as a hash."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from django.db import connection, transaction

from marketplace.api.models import ApiKey, Scope
from marketplace.core.clock import now
from marketplace.core.rows import load, select_list

MARK = "nk_"


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """`secret` is what the partner sends; it cannot be shown again."""

    key: ApiKey
    secret: str


@transaction.atomic
def issue_key(
    *, name: str, store_ids: Sequence[UUID], scopes: Sequence[Scope] = tuple(Scope)
) -> IssuedKey:
    """A new key of 192 random bits for these shops, with all scopes unless fewer are named."""
    secret = MARK + secrets.token_urlsafe(24)
    key = ApiKey.objects.create(
        name=name,
        prefix=secret[:11],
        digest=digest(secret),
        scopes=list(scopes),
        store_ids=list(store_ids),
    )
    return IssuedKey(key, secret)


@transaction.atomic
def revoke_key(*, key_id: UUID) -> None:
    """From now on the key opens nothing; again changes nothing."""
    ApiKey.objects.usable().filter(pk=key_id).update(revoked_at=now())


def find_key(secret: str) -> ApiKey | None:
    """The usable key of this secret; notes its use once a minute, so that reading stays reading."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {select_list(ApiKey, 'key')} FROM api_apikey AS key"
            " WHERE digest = %s AND revoked_at IS NULL",
            [digest(secret)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    key = load(ApiKey, row)
    if key.unused_since(now() - timedelta(minutes=1)):
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now())
    return key


def digest(secret: str) -> str:
    """A plain hash is enough: unlike a password, the secret cannot be guessed."""
    return sha256(secret.encode()).hexdigest()
