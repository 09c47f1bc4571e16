import pytest

from marketplace.accounts.codes import code_for
from marketplace.accounts.models import Person, SignInChallenge
from marketplace.accounts.services import add_address
from orders.models import Cart
from tests.factories import make_listing

PHONE = "98765 43210"


def code():
    return code_for(SignInChallenge.objects.latest("created_at").pk)


def test_a_new_number_becomes_a_person_and_keeps_the_basket(visitor, store, tap):
    tap(visitor, "more", make_listing(store))
    basket = f"/shops/{store.slug}/basket/"
    asked = visitor.post("/sign-in/", {"phone": PHONE, "next": basket})
    assert asked["Location"].startswith("/sign-in/code/")
    done = visitor.post("/sign-in/code/", {"code": code(), "next": basket})
    assert done["Location"] == basket
    assert Cart.objects.get().person_id == Person.objects.get().pk
    assert visitor.get("/me/").status_code == 200


def test_a_wrong_code_lets_nobody_in(visitor):
    visitor.post("/sign-in/", {"phone": PHONE})
    wrong = "000000" if code() != "000000" else "111111"
    response = visitor.post("/sign-in/code/", {"code": wrong})
    assert response.status_code == 422
    assert "That is not the code we sent." in response.content.decode()
    assert visitor.get("/me/").status_code == 302


@pytest.mark.usefixtures("asha")
def test_known_and_unknown_numbers_get_the_same_answer(visitor):
    known = visitor.post("/sign-in/", {"phone": "98765 43210"})
    unknown = visitor.post("/sign-in/", {"phone": "98765 43211"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_asking_too_often_says_when_to_try_again(visitor):
    visitor.post("/sign-in/", {"phone": PHONE})
    response = visitor.post("/sign-in/", {"phone": PHONE})
    assert response.status_code == 429
    assert "Please try again in" in response.content.decode()


def test_a_number_that_cannot_be_is_refused_at_its_field(visitor):
    response = visitor.post("/sign-in/", {"phone": "12345"})
    assert response.status_code == 422
    assert 'href="#id_phone"' in response.content.decode()


def test_the_language_of_the_browser_becomes_the_persons(visitor):
    visitor.post("/language/", {"language": "en"})
    visitor.post("/sign-in/", {"phone": PHONE})
    visitor.post("/sign-in/code/", {"code": code()})
    assert Person.objects.get().language == "en"
    visitor.post("/language/", {"language": "hi"})
    assert Person.objects.get().language == "hi"


def test_another_persons_address_is_out_of_reach(customer):
    other = Person.objects.create(name="Bina")
    theirs = add_address(
        person_id=other.pk, recipient="Bina", line1="9 Park Street", pincode="700016"
    )
    assert customer.get(f"/me/addresses/{theirs.pk}/").status_code == 302
    customer.post(f"/me/addresses/{theirs.pk}/remove/")
    theirs.refresh_from_db()
    assert theirs.removed_at is None
