"""The promises that every other test relies on."""

import threading

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError, ProgrammingError

from marketplace.core.models import OutboxEntry


@pytest.mark.django_db
def test_tests_connect_as_the_application():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('lock_timeout')")
        assert cursor.fetchone() == ("nukkad_app", "3s")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["TRUNCATE core_outboxentry", "DROP TABLE core_outboxentry", "CREATE TABLE mine (id int)"],
)
def test_the_application_owns_nothing(statement):
    with (
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError),
        transaction.atomic(),
    ):
        cursor.execute(statement)
    assert not OutboxEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("attempt", [1, 2])
def test_an_ordinary_test_leaves_nothing_behind(attempt):
    assert not OutboxEntry.objects.exists()
    OutboxEntry.objects.create(event="seen", consumer="here", payload={})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", [1, 2])
def test_a_committing_test_leaves_nothing_behind(attempt):
    assert not OutboxEntry.objects.exists()
    OutboxEntry.objects.create(event="seen", consumer="here", payload={})


def test_other_connections_see_what_a_committing_test_wrote(cloned_db):
    OutboxEntry.objects.create(event="seen", consumer="elsewhere", payload={})
    seen = []

    def look():
        seen.append(OutboxEntry.objects.count())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [1]


def test_two_connections_really_compete(two_connections):
    entry = OutboxEntry(event="once", consumer="here", payload={})

    def insert() -> str:
        try:
            OutboxEntry.objects.bulk_create([OutboxEntry(id=entry.id, event="once", payload={})])
        except IntegrityError:
            return "refused"
        return "inserted"

    assert sorted(two_connections(insert)) == ["inserted", "refused"]
    assert OutboxEntry.objects.count() == 1


def test_concurrently_raises_what_is_not_a_domain_error(concurrently):
    with pytest.raises(ZeroDivisionError):
        concurrently(2, lambda: 1 / 0)
