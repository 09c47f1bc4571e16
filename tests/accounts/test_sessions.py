"""A session knows its person, and no more than Django would let in."""

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.test import Client

from marketplace.accounts.models import Person, Session
from marketplace.accounts.services import register_person
from marketplace.accounts.sessions import SessionStore

BACKEND = "marketplace.accounts.backends.PersonBackend"


@pytest.fixture
def asha(db) -> Person:
    return register_person(phone="+919876543210", name="Asha", language="en")


@pytest.fixture
def browser(asha) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(asha, backend=BACKEND)
    return client


def known(browser: Client) -> bool:
    return browser.get("/me/").status_code == 200


def test_a_session_names_its_person_from_sign_in_to_sign_out(browser, asha):
    session = Session.objects.get()
    assert session.person == asha
    assert known(browser)
    browser.post("/sign-out/")
    assert not Session.objects.filter(person=asha).exists()
    assert not known(browser)


def test_a_guest_has_a_session_of_nobodys(db):
    browser = Client(headers={"accept-language": "en"})
    browser.post("/sign-in/", {"phone": "9876543210"})
    assert Session.objects.get().person is None
    assert not known(browser)


def test_another_password_ends_every_session(browser, asha):
    asha.set_unusable_password()
    asha.save()
    assert not known(browser)
    assert not Session.objects.filter(person=asha).exists()


def test_somebody_who_was_shut_out_is_not_known(browser, asha):
    Person.objects.filter(pk=asha.pk).update(is_active=False)
    assert not known(browser)


def test_the_row_alone_lets_nobody_in(browser, asha):
    other = register_person(phone="+919876543211", name="Ravi", language="en")
    Session.objects.update(person=other)
    page = browser.get("/me/").content.decode()
    assert ("Asha" in page, "Ravi" in page) == (True, False)
    store = SessionStore(Session.objects.get().session_key)
    store[HASH_SESSION_KEY] = "forged"
    store.save()
    assert Session.objects.get().person == asha
    assert not known(browser)


def test_sessions_go_with_their_people(browser, asha):
    asha.delete()
    assert Session.objects.count() == 0
