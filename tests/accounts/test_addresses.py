import pytest

from marketplace.accounts.models import Address
from marketplace.accounts.services import (
    UnknownAddress,
    add_address,
    change_address,
    register_person,
    remove_address,
    set_language,
    set_name,
)
from marketplace.core.errors import InvalidInput

HOME = {"recipient": "Asha  Verma ", "line1": "12, Lajpat Nagar", "pincode": "110 024"}


@pytest.fixture
def asha(db):
    return register_person(phone="9876543210", name="Asha")


def test_address_is_kept_tidy(asha):
    address = add_address(person_id=asha.pk, **HOME, latitude=28.57, longitude=77.24)
    address.refresh_from_db()
    assert (address.recipient, address.pincode) == ("Asha Verma", "110024")
    assert list(Address.objects.kept_by(asha.pk)) == [address]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pincode", "010024"),
        ("pincode", "11002"),
        ("pincode", "1100245"),
        ("recipient", "  "),
        ("line1", ""),
        ("line1", "x" * 161),
        ("label", "x" * 41),
        ("latitude", 28.5),
    ],
)
def test_bad_field_is_named_and_nothing_is_kept(asha, field, value):
    with pytest.raises(InvalidInput) as refusal:
        add_address(person_id=asha.pk, **{**HOME, field: value})
    assert refusal.value.params["field"] == field
    assert Address.objects.count() == 0


def test_change_replaces_the_whole_address(asha):
    address = add_address(person_id=asha.pk, **HOME, landmark="near the temple")
    change_address(person_id=asha.pk, address_id=address.pk, **{**HOME, "pincode": "560001"})
    address.refresh_from_db()
    assert (address.pincode, address.landmark) == ("560001", "")


def test_address_of_somebody_else_is_unknown(asha):
    address = add_address(person_id=asha.pk, **HOME)
    other = register_person(phone="9876543211")
    with pytest.raises(UnknownAddress):
        change_address(person_id=other.pk, address_id=address.pk, **HOME)
    with pytest.raises(UnknownAddress):
        remove_address(person_id=other.pk, address_id=address.pk)
    assert list(Address.objects.kept_by(asha.pk)) == [address]


def test_removed_address_is_gone(asha):
    address = add_address(person_id=asha.pk, **HOME)
    remove_address(person_id=asha.pk, address_id=address.pk)
    assert not Address.objects.kept_by(asha.pk).exists()
    with pytest.raises(UnknownAddress):
        change_address(person_id=asha.pk, address_id=address.pk, **HOME)


def test_language_must_be_one_we_speak(asha):
    set_language(person_id=asha.pk, language="en")
    with pytest.raises(InvalidInput):
        set_language(person_id=asha.pk, language="fr")
    asha.refresh_from_db()
    assert asha.language == "en"


def test_name_is_tidied_and_never_empty(asha):
    set_name(person_id=asha.pk, name=" Asha   Devi ")
    with pytest.raises(InvalidInput):
        set_name(person_id=asha.pk, name=" ")
    asha.refresh_from_db()
    assert asha.name == "Asha Devi"
