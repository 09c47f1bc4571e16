"""Who lives and works there."""

from dataclasses import dataclass

from marketplace.accounts.models import Person
from marketplace.accounts.services import add_address, register_person, set_language, set_staff


@dataclass(frozen=True, slots=True)
class Somebody:
    name: str
    phone: str
    language: str
    pincode: str = ""
    home: str = ""
    # one of the simulated bank's payers with money enough; a household may share one
    payer_vpa: str = ""


CUSTOMER = Somebody(
    "Asha Verma", "+919876500001", "hi", "110092", "B-42, Vikas Marg, Laxmi Nagar", "asha@nkbank"
)
SHOPKEEPER = Somebody("Ramesh Gupta", "+919876500002", "hi")
STAFF = Somebody("Nukkad Desk", "+919876500003", "en")
HELPER = Somebody("Sonu Kumar", "+919876500004", "hi")
OTHER_OWNER = Somebody("Farida Khan", "+919876500005", "en")
NEIGHBOURS = (
    Somebody("Ravi Nair", "+919876500011", "en", "110092", "14/2, Lalita Park", "ravi@nkbank"),
    Somebody("Meena Joshi", "+919876500012", "hi", "110092", "7, Shakarpur Khas", "ravi@nkbank"),
    Somebody(
        "Imran Siddiqui", "+919876500013", "hi", "226010", "3/118, Vivek Khand", "imran@nkbank"
    ),
    Somebody("Pooja Mishra", "+919876500014", "hi", "226010", "12, Vipul Khand", "asha@nkbank"),
)


def settle_in(somebody: Somebody) -> Person:
    """The person, with a home if they have one; a person who is there already stays as they are."""
    person = register_person(phone=somebody.phone, name=somebody.name, language=somebody.language)
    if person.language != somebody.language:
        set_language(person_id=person.pk, language=somebody.language)
    if somebody.home and not person.addresses.exists():
        add_address(
            person_id=person.pk,
            recipient=somebody.name,
            line1=somebody.home,
            pincode=somebody.pincode,
        )
    return person


def settle_in_everybody() -> dict[str, Person]:
    """Everybody by phone."""
    everybody = (CUSTOMER, SHOPKEEPER, STAFF, HELPER, OTHER_OWNER, *NEIGHBOURS)
    people = {somebody.phone: settle_in(somebody) for somebody in everybody}
    set_staff(person_id=people[STAFF.phone].pk, is_staff=True)
    return people
