"""How much it says that a thing is called so."""

import pytest

from stores.catalogue.models import Category, Product
from stores.catalogue.search.terms import terms_of

GROCERIES = Category(name="Staples", name_hi="राशन")
FLOUR = Category(name="Atta & Flours", name_hi="आटा और मैदा", parent=GROCERIES)


def meant(name):
    terms = terms_of(Product(name=name, category=GROCERIES))
    return {term[1:]: weight for term, weight in terms.items() if term[0] == "#"}


@pytest.mark.parametrize(
    ("name", "meanings"),
    [
        ("Toned Milk", {"milk": 90}),
        # a kind of it is nearly it, and what stands behind is what it is
        ("Basmati Rice", {"basmati rice": 90, "rice": 81}),
        ("Milk Rusk", {"rusk": 90, "milk": 76}),
        # dairy milk is no milk, and a brand that is said for a thing is that less than the thing
        ("Dairy Milk", {"dairy milk": 90, "chocolate": 63}),
        ("Surf Excel", {"detergent": 63}),
        ("Detergent Powder", {"detergent": 90, "powder": 81}),
        # what is only a part of the name says least
        ("Toor Dal", {"pigeon pea": 90, "lentils": 81, "ridge gourd": 54}),
    ],
)
def test_a_name_means_what_it_ends_with_most(name, meanings):
    assert meant(name) == meanings


def test_a_thing_is_found_by_its_aisle_and_the_one_above_but_less_than_by_a_name():
    terms = terms_of(Product(name="Sharbati", category=FLOUR))
    assert terms["#wheat flour"] == 34
    assert terms["staples"] == 45
    assert terms["sarbati"] == 100
