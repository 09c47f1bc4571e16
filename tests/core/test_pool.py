import pytest
from django.db import connection

from marketplace.core.postgresql.base import DatabaseWrapper


@pytest.mark.django_db
def test_a_connection_whose_server_has_hung_up_fails_nobodys_request() -> None:
    options = {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 1}}
    pooled = DatabaseWrapper({**connection.settings_dict, "OPTIONS": options})
    try:
        first = _backend(pooled)
        assert _backend(pooled) == first
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        assert _backend(pooled) != first
    finally:
        pooled.close_pool()


def _backend(pooled: DatabaseWrapper) -> int:
    """The process that serves a request; its connection goes back to the pool."""
    try:
        with pooled.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])
    finally:
        pooled.close()
