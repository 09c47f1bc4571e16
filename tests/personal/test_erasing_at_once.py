"""Erasing while the same person orders, signs in, erases or is given a job: on connections of their own."""

import threading
import time

import pytest
from django.db import connection, transaction

from marketplace.accounts.codes import code_for
from marketplace.accounts.erasing import forget_person, lock_to_erase
from marketplace.accounts.models import Identity, Person, SignInChallenge
from marketplace.accounts.services import confirm_sign_in, register_person, start_sign_in
from marketplace.core.clock import now
from orders.complaints.models import Complaint
from orders.complaints.services import accept_answer, open_again
from orders.models import Order
from orders.personal.services import erase_person
from stores.shops.models import StaffMember
from stores.shops.services import add_staff
from tests.complaints.complaining import complain
from tests.factories import make_listing, make_store
from tests.orders.building import place_order
from tests.personal.living import PHONE, fresh_code

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


@pytest.fixture
def her(transactional_db):
    return register_person(phone=PHONE, name="Zarina Qureshi", language="en")


def erasing(person, code):
    def act():
        erase_person(person_id=person.pk, **code)
        return "erased"

    return act


def test_an_order_placed_at_once_is_refused_or_keeps_the_person(concurrently):
    store = make_store()
    listing = make_listing(store, on_hand=50)
    seen = set()
    for n in range(ROUNDS):
        phone = f"+9198765123{n:02}"
        her = register_person(phone=phone, name="Zarina", language="en")
        outcomes = concurrently(
            [
                erasing(her, fresh_code(phone)),
                lambda her=her: str(place_order(store, {listing.pk: 1}, person_id=her.pk).state),
            ]
        )
        assert outcomes in (["erased", "account_closed"], ["cannot_erase", "confirmed"])
        seen.add(outcomes[0])
        erased = Person.objects.get(pk=her.pk).erased_at is not None
        assert Order.objects.filter(person_id=her.pk).exists() is not erased
    assert seen <= {"erased", "cannot_erase"}


def test_a_complaint_filed_at_once_is_refused_or_keeps_the_person(concurrently):
    for n in range(ROUNDS):
        phone = f"+9198765124{n:02}"
        her = register_person(phone=phone, name="Zarina", language="en")
        outcomes = concurrently(
            [
                erasing(her, fresh_code(phone)),
                lambda her=her: str(complain(her.pk, store_id=None).state),
            ]
        )
        assert outcomes in (["erased", "account_closed"], ["cannot_erase", "escalated"])
        erased = Person.objects.get(pk=her.pk).erased_at is not None
        assert Complaint.objects.filter(person_id=her.pk).exists() is not erased


def test_a_settled_complaint_is_not_opened_again_while_its_person_is_erased(concurrently):
    for n in range(ROUNDS):
        phone = f"+9198765125{n:02}"
        her = register_person(phone=phone, name="Zarina", language="en")
        mine = {"person_id": her.pk, "complaint_id": complain(her.pk, store_id=None).pk}
        accept_answer(**mine)
        outcomes = concurrently(
            [
                erasing(her, fresh_code(phone)),
                lambda mine=mine: str(open_again(**mine, text="Not so.").state),
            ]
        )
        assert outcomes in (["erased", "account_closed"], ["cannot_erase", "escalated"])


def test_an_order_that_waits_for_the_erasure_sees_it(her, concurrently):
    """What was read before the wait must not count: the row is looked at again under its lock."""
    store = make_store()
    listing = make_listing(store, on_hand=5)
    waits = threading.Event()

    def erase_slowly():
        with transaction.atomic():
            person, _phones = lock_to_erase(her.pk)
            waits.set()
            with connection.cursor() as cursor:
                for _ in range(100):
                    cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                    if cursor.fetchone()[0]:
                        break
                    time.sleep(0.05)
                else:
                    return "nobody waited"
            forget_person(person)
        return "erased"

    def order():
        waits.wait(10)
        return str(place_order(store, {listing.pk: 1}, person_id=her.pk).state)

    assert concurrently([erase_slowly, order]) == ["erased", "account_closed"]
    assert not Order.objects.exists()


def test_two_erasures_at_once_are_one(her, concurrently):
    """Each with a code of its own: the second finds nobody."""
    first = fresh_code()
    second = SignInChallenge.objects.create(
        phone=PHONE, expires_at=SignInChallenge.objects.get().expires_at, created_at=now()
    )
    codes = [first, {"challenge_id": second.pk, "code": code_for(second.pk)}]
    outcomes = concurrently([erasing(her, code) for code in codes])
    assert sorted(outcomes) == ["account_closed", "erased"]


def test_one_code_used_twice_at_once_erases_once(her, two_connections):
    code = fresh_code()
    outcomes = two_connections(erasing(her, code))
    assert outcomes.count("erased") == 1
    assert set(outcomes) <= {"erased", "code_expired", "account_closed"}


def test_a_sign_in_at_once_is_the_old_person_signed_out_or_a_new_one(concurrently):
    for n in range(ROUNDS):
        phone = f"+9198765123{n:02}"
        her = register_person(phone=phone, name="Zarina", language="en")
        code = fresh_code(phone)
        SignInChallenge.objects.update(created_at=now().replace(year=2025), confirmed_at=None)
        other = start_sign_in(phone=phone, ip=None)

        def sign_in(other=other):
            return confirm_sign_in(challenge_id=other.pk, code=code_for(other.pk))

        outcomes = concurrently([erasing(her, code), sign_in])
        assert outcomes[0] == "erased"
        found = outcomes[1]
        stub = Person.objects.get(pk=her.pk)
        assert (stub.name, stub.is_active) == ("", False)
        if found.pk == her.pk:
            # whoever came first holds a session of the old password, which ends at the next page
            assert found.get_session_auth_hash() != stub.get_session_auth_hash()
            assert not Identity.objects.filter(value=phone).exists()
        else:
            assert Identity.objects.get(value=phone).person_id == found.pk
            assert found.name == ""


def test_a_job_given_at_once_is_refused_or_keeps_the_person(concurrently):
    store = make_store()
    for n in range(ROUNDS):
        phone = f"+9198765123{n:02}"
        her = register_person(phone=phone, name="Zarina", language="en")

        def give(her=her):
            return add_staff(store_id=store.pk, person_id=her.pk, role="owner").role

        outcomes = concurrently([erasing(her, fresh_code(phone)), give])
        assert outcomes in (["erased", "account_closed"], ["cannot_erase", "owner"])
        assert StaffMember.objects.filter(person=her).exists() is (outcomes[1] == "owner")
