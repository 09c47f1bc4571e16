"""Which language somebody reads: the chosen one, else the browser's, else English."""

import pytest
from django.conf import settings
from django.test import Client

from marketplace.accounts.models import Person

PREPARED = [code for code, _name in settings.PREPARED_LANGUAGES]


def language_of(response):
    html = response.content.decode()
    return html[html.index("<html lang=") + 12 :][:2]


@pytest.mark.parametrize(
    ("chosen", "browser", "read"),
    [
        ("hi", "en", "hi"),
        ("en", "hi-IN,hi;q=0.9", "en"),
        ("", "hi-IN,hi;q=0.9,en;q=0.8", "hi"),
        ("", "fr-FR,hi;q=0.5", "hi"),
        ("", "fr", "en"),
        ("", "", "en"),
        # prepared, and offered to nobody yet
        ("", "ta-IN,ta;q=0.9", "en"),
        ("", "ta-IN,hi;q=0.5", "hi"),
        ("ta", "hi", "hi"),
    ],
)
def test_the_chosen_language_then_the_browsers_then_english(db, chosen, browser, read):
    client = Client(headers={"Accept-Language": browser})
    if chosen:
        client.cookies["django_language"] = chosen
    response = client.get("/help/")
    assert language_of(response) == response.headers["Content-Language"] == read
    assert {"Accept-Language", "Cookie"} <= set(response.headers["Vary"].split(", "))


def test_a_choice_is_kept_by_the_browser_and_by_the_person(customer, asha):
    customer.post("/language/", {"language": "hi", "next": "/help/"})
    assert customer.cookies["django_language"].value == "hi"
    assert Person.objects.get(pk=asha.pk).language == "hi"
    assert language_of(customer.get("/help/")) == "hi"


@pytest.mark.parametrize("language", [*PREPARED, "fr", ""])
def test_what_is_not_offered_cannot_be_chosen(customer, asha, language):
    customer.post("/language/", {"language": language})
    assert "django_language" not in customer.cookies
    assert Person.objects.get(pk=asha.pk).language == "en"


def test_of_two_languages_the_other_is_one_tap_away(visitor):
    html = visitor.get("/help/").content.decode()
    assert html.count('name="language"') == 1
    assert 'value="hi"' in html
    assert "हिन्दी" in html


def test_one_line_offers_one_more_language(db, settings):
    """Its pages, its place in the menu, its page for a phone without a connection."""
    settings.LANGUAGES = [*settings.LANGUAGES, ("gu", "ગુજરાતી")]
    client = Client(headers={"Accept-Language": "gu-IN"})
    response = client.get("/help/")
    html = response.content.decode()
    assert language_of(response) == "gu"
    assert 'content="gu_IN"' in html
    assert "મારા ઓર્ડર" in html
    assert [html.count(f'value="{code}"') for code in ("hi", "en", "gu", "ta")] == [1, 1, 1, 0]
    assert client.get("/offline/gu/").status_code == 200
    client.post("/language/", {"language": "gu"})
    assert client.cookies["django_language"].value == "gu"


def test_a_prepared_language_has_no_page_for_a_phone_without_a_connection(db):
    assert Client().get("/offline/gu/").status_code == 404
