"""What a phone is told to keep, and whose it is (the rest in tests/journeys/test_offline.py)."""

import gzip
import json
import re

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import resolve

from marketplace.accounts.services import register_person
from tests.factories import make_listing, make_product

JAVASCRIPT_AT_MOST = 22 * 1024


def told(client: Client) -> dict:
    """What the service worker is told to work with."""
    (line,) = re.findall(r"^const SET = (.*);$", client.get("/worker.js").content.decode(), re.M)
    return json.loads(line)


def test_pages_that_may_be_kept_say_whose_they_are(customer, store):
    make_listing(store, product=make_product(name="Poha"))
    stranger = Client(headers={"accept-language": "en"})
    other = Client()
    other.force_login(
        register_person(phone="+919876500000", name="Ravi", language="en"),
        backend="marketplace.accounts.backends.PersonBackend",
    )
    for path in ("/", f"/shops/{store.slug}/", f"/shops/{store.slug}/basket/", "/help/"):
        keys = [client.get(path)["Offline-Key"] for client in (customer, other, stranger)]
        assert len(set(keys)) == 3
        assert keys[2] == "guest"


def test_a_page_that_names_the_persons_addresses_is_not_kept(customer, client, asha):
    del customer.cookies["area"]
    for path in ("/", "/area/"):
        page = customer.get(path)
        assert "7 Hanuman Road" in page.text
        assert "no-store" in page["Cache-Control"]
        assert "Offline-Key" not in page
    assert client.get("/")["Offline-Key"] == "guest"


def test_what_is_private_is_never_kept(customer, store, filled_form):
    for path in (
        f"/shops/{store.slug}/checkout/",
        "/orders/",
        "/me/",
        "/me/addresses/new/",
        "/khata/",
        "/messages/",
        "/nowhere/",
    ):
        assert "Offline-Key" not in customer.get(path), path


def test_the_worker_is_told_files_that_are_there(client, db):
    for url in told(client)["shell"]:
        assert finders.find(url.removeprefix("/static/")), url
    for language, path in told(client)["offline"].items():
        page = client.get(path)
        assert page["Content-Language"] == language
        assert f'<html lang="{language}">' in page.content.decode()
    assert client.get("/offline/fr/").status_code == 404


def test_the_page_that_stands_in_is_nobodys(customer, asha):
    page = customer.get("/offline/en/").content.decode()
    for fact in ("Asha", "110001", "csrfmiddlewaretoken", "/sign-in/"):
        assert fact not in page


def test_the_worker_is_another_when_a_file_of_it_is(client, db, monkeypatch):
    from marketplace.storefront import offline

    def version(url_of: str) -> str:
        monkeypatch.setattr(offline, "static", lambda name: f"/static/{url_of}/{name}")
        offline.worker.cache_clear()
        return told(client)["version"]

    try:
        assert version("a") == version("a") != version("b")
    finally:
        offline.worker.cache_clear()


@pytest.mark.parametrize(("language", "name"), [("en", "Nukkad"), ("hi", "नुक्कड़")])
def test_it_can_be_put_on_the_home_screen(client, db, language, name):
    response = client.get("/manifest.webmanifest", headers={"accept-language": language})
    assert response["Content-Type"] == "application/manifest+json"
    manifest = response.json()
    assert (manifest["short_name"], manifest["start_url"], manifest["display"]) == (
        name,
        "/",
        "standalone",
    )
    assert sorted((icon["purpose"], icon["sizes"]) for icon in manifest["icons"]) == [
        ("any", "192x192"),
        ("any", "512x512"),
        ("maskable", "192x192"),
        ("maskable", "512x512"),
    ]
    for icon in manifest["icons"]:
        with open(finders.find(icon["src"].removeprefix("/static/")), "rb") as file:
            head = file.read(24)
        width, height = (int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
        assert f"{width}x{height}" == icon["sizes"]


def test_the_scripts_of_a_page_keep_within_their_budget(customer, store, filled_form):
    for path in (f"/shops/{store.slug}/", f"/shops/{store.slug}/checkout/"):
        page = customer.get(path).content.decode()
        scripts = re.findall(r'/static/([^"\s]+\.js)', page)
        assert len(scripts) == 5
        # as whitenoise and the middleware send them; the worker comes once
        sizes = {name: len(brotli.compress(_read(name))) for name in scripts}
        sizes["worker"] = len(gzip.compress(customer.get("/worker.js").content))
        assert sum(sizes.values()) <= JAVASCRIPT_AT_MOST, sizes


def _read(name: str) -> bytes:
    with open(finders.find(name), "rb") as file:
        return file.read()


def test_everything_is_forgotten_where_somebody_else_may_hold_the_phone_next(client, db):
    assert set(told(client)["forgetting"]) == {
        "/sign-in/code/",
        "/sign-out/",
        "/me/erase/code/",
        "/staff/login/",
        "/staff/logout/",
    }
    for path in told(client)["forgetting"]:
        resolve(path)
