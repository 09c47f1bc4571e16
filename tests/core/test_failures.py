import pytest
from django.db import connection
from django.urls import path

from marketplace.core import outbox
from marketplace.core.errors import Busy
from marketplace.core.models import OutboxEntry


@pytest.fixture
def database_away(transactional_db):
    """Call it, and nobody listens where the database was."""
    port = connection.settings_dict["PORT"]

    def go_away():
        connection.close()
        connection.settings_dict["PORT"] = "9"

    yield go_away
    connection.close()
    connection.settings_dict["PORT"] = port


def test_the_api_says_503_while_the_database_is_away(database_away):
    from rest_framework.test import APIClient

    database_away()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer nk_x")
    answer = client.get("/api/v1/stores/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert answer["Retry-After"] == "2"


def test_a_page_says_503_while_the_database_is_away(client, database_away):
    database_away()
    client.raise_request_exception = False
    client.cookies["sessionid"] = "x" * 32
    answer = client.get("/dashboard/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"


@pytest.mark.django_db
def test_an_entry_that_could_not_be_handed_over_is_due_at_once_and_untried():
    outbox.publish("sign_in.code_asked", {"challenge_id": "x"})
    entries = outbox.claim(limit=10)
    assert outbox.claim(limit=10) == []
    outbox.give_back(entries)
    assert OutboxEntry.objects.get().attempts == 0
    assert outbox.claim(limit=10) == entries


def test_a_page_with_no_words_of_its_own_for_a_locked_row_is_gentle(client, settings):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    answer = client.get("/busy/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Nothing has been changed." in answer.content.decode()


@pytest.mark.parametrize("length", [str(25 * 1024 * 1024), "9" * 400, "x"])
def test_more_than_anything_that_is_asked_for_is_refused_unread(client, length):
    class Unread:
        def read(self, *_):
            raise AssertionError("read")

        readline = read

    answer = client.post("/sign-in/", **{"CONTENT_LENGTH": length, "wsgi.input": Unread()})
    assert answer.status_code == 413


@pytest.mark.django_db
def test_a_nul_in_a_field_is_refused_on_every_page(client):
    assert client.get("/search/?q=%00").status_code == 400
    assert client.post("/sign-in/", {"phone": "98765\x0043210"}).status_code == 400
    assert client.get("/search/?q=100%25").status_code == 200
    for name in ("area", "sessionid", "basket"):
        # as browsers may write it: a quoted octal
        answer = client.get("/", headers={"cookie": f'{name}="11\\00092"'})
        assert answer.status_code == 400, name


def _busy(request):
    raise Busy


urlpatterns = [path("busy/", _busy)]
handler500 = "marketplace.core.failures.failed"
