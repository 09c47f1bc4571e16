from contextlib import suppress
from datetime import timedelta

import pytest

from marketplace.accounts import services
from marketplace.accounts.codes import code_for
from marketplace.accounts.models import Identity, Person, SignInChallenge
from marketplace.accounts.services import (
    AccountClosed,
    CodeExpired,
    TooManyCodes,
    WrongCode,
    confirm_sign_in,
    register_person,
    start_sign_in,
)
from marketplace.core.clock import travel
from marketplace.core.models import OutboxEntry

PHONE = "+919876543210"


@pytest.fixture
def no_demo_code(settings):
    settings.DEMO_CODE = None


def start(phone=PHONE, ip="203.0.113.7", language="en"):
    return start_sign_in(phone=phone, ip=ip, language=language)


def wrong(challenge):
    return f"{(int(code_for(challenge.pk)) + 1) % 1_000_000:06d}"


def test_the_right_code_makes_a_person_of_a_new_number(db):
    challenge = start(phone="98765 43210")
    person = confirm_sign_in(challenge_id=challenge.pk, code=code_for(challenge.pk))
    identity = Identity.objects.get(person=person)
    assert (identity.kind, identity.value) == ("phone", PHONE)
    assert identity.verified_at is not None
    assert (person.language, person.name, person.is_staff) == ("en", "", False)
    assert not person.has_usable_password()


def test_a_known_number_finds_its_person(db):
    known = register_person(phone=PHONE, name="Asha", language="hi")
    challenge = start()
    person = confirm_sign_in(challenge_id=challenge.pk, code=code_for(challenge.pk))
    assert person == known
    assert person.language == "hi"
    assert Person.objects.count() == 1


def test_asking_is_the_same_for_known_and_unknown_numbers(db, django_assert_num_queries):
    register_person(phone=PHONE)
    counts = []
    for phone in (PHONE, "+919876543211"):
        with django_assert_num_queries(12) as queries:
            challenge = start(phone=phone, ip=f"203.0.113.{len(counts)}")
        counts.append([query["sql"].split()[0] for query in queries])
        assert challenge.phone == phone
    assert counts[0] == counts[1]


def test_code_is_six_digits_and_kept_nowhere(db):
    challenge = start()
    code = code_for(challenge.pk)
    assert len(code) == 6
    assert code.isdigit()
    entry = OutboxEntry.objects.get(event="sign_in.code_asked")
    assert entry.payload == {"challenge_id": str(challenge.pk)}
    row = SignInChallenge.objects.filter(pk=challenge.pk).values().get()
    assert code not in "|".join(str(value) for key, value in row.items() if key != "id")


def test_codes_of_two_challenges_differ_and_depend_on_the_secret_key(db, settings):
    first, second = start(), start(phone="+919876543211")
    assert code_for(first.pk) != code_for(second.pk)
    before = code_for(first.pk)
    settings.SECRET_KEY = "another key that is long enough to be one"
    assert code_for(first.pk) != before


@pytest.mark.parametrize("typed", ["{} ", "{0:.3} {1}", "devanagari"])
def test_code_is_read_as_people_type_it(db, no_demo_code, typed):
    challenge = start()
    code = code_for(challenge.pk)
    if typed == "devanagari":
        typed = code.translate(str.maketrans("0123456789", "०१२३४५६७८९"))
    else:
        typed = typed.format(code, code[3:])
    assert confirm_sign_in(challenge_id=challenge.pk, code=typed).pk


def test_wrong_code_signs_nobody_in(db, no_demo_code):
    challenge = start()
    for code in (wrong(challenge), "", "246810", "x" * 500):
        with pytest.raises(WrongCode):
            confirm_sign_in(challenge_id=challenge.pk, code=code)
    assert Person.objects.count() == 0
    challenge.refresh_from_db()
    assert challenge.confirmed_at is None


def test_sixth_try_is_refused_even_with_the_right_code(db, no_demo_code):
    challenge = start()
    for _ in range(5):
        with pytest.raises(WrongCode):
            confirm_sign_in(challenge_id=challenge.pk, code=wrong(challenge))
    with pytest.raises(CodeExpired):
        confirm_sign_in(challenge_id=challenge.pk, code=code_for(challenge.pk))
    assert Person.objects.count() == 0


def test_code_works_for_five_minutes(db):
    challenge = start()
    with travel(seconds=301), pytest.raises(CodeExpired):
        confirm_sign_in(challenge_id=challenge.pk, code=code_for(challenge.pk))
    with travel(seconds=298):
        assert confirm_sign_in(challenge_id=challenge.pk, code=code_for(challenge.pk)).pk


def test_code_works_once(db):
    challenge = start()
    confirm_sign_in(challenge_id=challenge.pk, code=code_for(challenge.pk))
    with pytest.raises(CodeExpired):
        confirm_sign_in(challenge_id=challenge.pk, code=code_for(challenge.pk))


def test_code_of_another_challenge_is_wrong(db, no_demo_code):
    mine, theirs = start(), start(phone="+919876543211")
    with pytest.raises(WrongCode):
        confirm_sign_in(challenge_id=theirs.pk, code=code_for(mine.pk))


def test_closed_account_is_told_so_only_with_the_right_code(db, no_demo_code):
    person = register_person(phone=PHONE)
    services.set_active(person_id=person.pk, is_active=False)
    challenge = start()
    with pytest.raises(WrongCode):
        confirm_sign_in(challenge_id=challenge.pk, code=wrong(challenge))
    with pytest.raises(AccountClosed):
        confirm_sign_in(challenge_id=challenge.pk, code=code_for(challenge.pk))


def test_second_code_within_thirty_seconds_is_refused(db):
    start()
    with pytest.raises(TooManyCodes) as refusal:
        start()
    assert 28 <= refusal.value.params["retry_after"] <= 30
    assert SignInChallenge.objects.count() == 1
    assert OutboxEntry.objects.count() == 1
    with travel(seconds=31):
        start()
    assert SignInChallenge.objects.count() == 2


def test_five_unused_codes_an_hour_and_ten_a_day(db):
    sent = []
    for minute in range(0, 26 * 60, 10):
        with travel(seconds=minute * 60), suppress(TooManyCodes):
            start()
            sent.append(minute)
    first_day = [0, 10, 20, 30, 40, 60, 70, 80, 90, 100]
    assert sent == first_day + [24 * 60 + minute for minute in first_day]


def test_used_codes_do_not_count(db):
    for n in range(12):
        with travel(seconds=n):
            challenge = start()
            confirm_sign_in(challenge_id=challenge.pk, code=code_for(challenge.pk))
    assert SignInChallenge.objects.count() == 12


def test_used_codes_have_a_ceiling(db):
    SignInChallenge.objects.bulk_create(
        SignInChallenge(
            phone=PHONE,
            expires_at=services.now() + timedelta(minutes=5),
            confirmed_at=services.now(),
        )
        for _ in range(60)
    )
    with pytest.raises(TooManyCodes) as refusal:
        start()
    assert 86_300 < refusal.value.params["retry_after"] <= 86_400


def test_thirty_unused_codes_an_hour_from_one_address(db):
    for n in range(30):
        start(phone=f"+9198765432{n:02d}")
    with pytest.raises(TooManyCodes):
        start(phone="+919876543299")
    start(phone="+919876543299", ip="203.0.113.8")


def test_an_ipv6_customer_is_one_address(db):
    for n in range(30):
        start(phone=f"+9198765432{n:02d}", ip=f"2001:db8:0:1::{n:x}")
    with pytest.raises(TooManyCodes):
        start(phone="+919876543299", ip="2001:db8:0:1:ffff::1")
    start(phone="+919876543299", ip="2001:db8:0:2::1")


def test_codes_asked_for_at_once_are_limited_too(concurrently):
    outcomes = concurrently(8, lambda: start() and "sent")
    assert sorted(outcomes) == ["sent"] + ["too_many_codes"] * 7
    assert SignInChallenge.objects.count() == 1


def test_guesses_made_at_once_all_count(concurrently, no_demo_code):
    challenge = start()
    outcomes = concurrently(
        12, lambda: confirm_sign_in(challenge_id=challenge.pk, code=wrong(challenge))
    )
    assert sorted(outcomes) == ["code_expired"] * 7 + ["wrong_code"] * 5


def test_a_new_number_confirmed_twice_at_once_is_one_person(concurrently):
    challenges = [start()]
    with travel(seconds=40):
        challenges.append(start())
    outcomes = concurrently(
        [
            lambda each=each: confirm_sign_in(challenge_id=each.pk, code=code_for(each.pk)).pk
            for each in challenges
        ]
    )
    assert outcomes[0] == outcomes[1]
    assert Person.objects.count() == 1
