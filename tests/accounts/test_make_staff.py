import pytest
from django.core.management import CommandError, call_command

from marketplace.accounts.models import Person
from marketplace.accounts.services import register_person


def test_make_staff_and_take_it_away_again(db, capsys):
    person = register_person(phone="9876543210", name="Asha")
    call_command("make_staff", "98765 43210")
    person.refresh_from_db()
    assert person.is_staff
    call_command("make_staff", "9876543210", "--remove")
    person.refresh_from_db()
    assert not person.is_staff
    assert capsys.readouterr().out.splitlines() == [
        "Asha is staff now.",
        "Asha is no longer staff.",
    ]


def test_make_staff_makes_the_person_if_new(db):
    call_command("make_staff", "9876543210", "--name", "Ravi", verbosity=0)
    assert Person.objects.get().is_staff


def test_make_staff_refuses_a_number_that_is_none(db):
    with pytest.raises(CommandError, match="mobile number"):
        call_command("make_staff", "12345")
    assert Person.objects.count() == 0
