import pytest


@pytest.fixture
def member(db):
    """Somebody of the platform's staff."""
    from marketplace.accounts.models import Person
    from marketplace.accounts.services import register_person, set_staff

    person = register_person(phone="9800000001", name="Meera", language="en")
    set_staff(person_id=person.pk, is_staff=True)
    return Person.objects.get(pk=person.pk)


@pytest.fixture
def staff(client, member):
    """A browser in which platform staff are signed in."""
    client.force_login(member)
    return client


@pytest.fixture
def refused():
    """The errors that a form came back with, by field."""

    def errors(answer):
        assert answer.status_code == 200, "the form was accepted"
        return {
            field: [str(each) for each in problems]
            for field, problems in answer.context["adminform"].form.errors.items()
        }

    return errors
