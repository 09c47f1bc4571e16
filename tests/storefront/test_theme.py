"""Light, dark, or as the phone says."""

import re

import pytest
from django.test import Client

from tests.factories import make_listing, make_product

PAGES = ("/", "/help/", "/nowhere/", "/sign-in/")


def look(page):
    """What the page says about itself, and which of the three is pressed."""
    html = page.content.decode()
    chosen = re.search(r'<html [^>]*data-theme="(\w+)"', html)
    pressed = re.findall(r'value="(\w+)"\s+aria-pressed="true"', html)
    return chosen[1] if chosen else None, pressed


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_choice_is_kept_and_rendered_by_the_server(visitor, store, theme):
    make_listing(store, product=make_product(name="Poha"))
    answer = visitor.post("/theme/", {"theme": theme, "next": "/help/"})
    assert (answer.status_code, answer["Location"]) == (302, "/help/")
    for path in (*PAGES, f"/shops/{store.slug}/", f"/shops/{store.slug}/basket/"):
        assert look(visitor.get(path)) == (theme, [theme]), path


def test_two_visitors_of_one_shop_see_each_their_own(store):
    make_listing(store, product=make_product(name="Poha"))
    for theme in ("dark", "light", "dark"):
        client = Client(headers={"accept-language": "en"})
        client.post("/theme/", {"theme": theme})
        assert look(client.get(f"/shops/{store.slug}/")) == (theme, [theme])
    assert look(Client().get(f"/shops/{store.slug}/")) == (None, ["auto"])


def test_without_a_choice_the_phone_decides(visitor, store):
    for path in PAGES:
        page = visitor.get(path)
        assert look(page) == (None, ["auto"]), path
        assert re.findall(r'"color-scheme"\s+content="([^"]*)"', page.content.decode()) == [
            "light dark"
        ]


def test_a_choice_can_be_taken_back(visitor, db):
    visitor.post("/theme/", {"theme": "dark"})
    visitor.post("/theme/", {"theme": "auto"})
    assert visitor.cookies["theme"].value == ""
    assert look(visitor.get("/help/")) == (None, ["auto"])


def test_what_is_no_theme_changes_nothing(visitor, db):
    visitor.post("/theme/", {"theme": "dark"})
    answer = visitor.post("/theme/", {"theme": '"><script>', "next": "https://evil.example/"})
    assert answer["Location"] == "/"
    assert look(visitor.get("/help/")) == ("dark", ["dark"])
    visitor.cookies["theme"] = "purple"
    assert look(visitor.get("/help/")) == (None, ["auto"])
    assert visitor.get("/theme/").status_code == 405


def test_a_page_paints_only_the_colour_of_its_look(visitor, db):
    def painted():
        return re.findall(
            r'theme-color"\s+content="(#\w+)"', visitor.get("/help/").content.decode()
        )

    assert painted() == ["#8a1a2b", "#6a1220"]
    visitor.post("/theme/", {"theme": "dark"})
    assert painted() == ["#6a1220"]
    visitor.post("/theme/", {"theme": "light"})
    assert painted() == ["#8a1a2b"]


def test_whoever_is_signed_in_also_finds_it_among_their_details(customer, store):
    page = customer.get("/me/").content.decode()
    assert page.count('action="/theme/"') == 2


def test_the_page_that_stands_in_follows_the_phone_and_has_no_form(visitor, db):
    visitor.post("/theme/", {"theme": "dark"})
    page = visitor.get("/offline/en/")
    assert look(page) == (None, [])
