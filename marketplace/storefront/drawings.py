"""Which drawing stands for goods that have no photograph: their own of static/icons/goods.svg, where they
have one there, else that of their aisle in categories.svg, which every page has anyway."""

from functools import lru_cache

from django.templatetags.static import static

from stores.catalogue.search.lexicon import BRANDED, heard_in, meanings_in

# In these aisles one drawing for all would show another thing than is sold: what is drawn by itself,
# as the search's lexicon calls it.
DRAWN = {
    "vegetables": frozenset(
        (
            *("potato", "onion", "tomato", "ginger", "garlic", "green chilli", "cauliflower"),
            *("cabbage", "carrot", "radish", "peas", "spinach", "coriander leaves", "lady finger"),
            *("brinjal", "cucumber", "bottle gourd", "capsicum", "lemon"),
        )
    ),
    "fruits": frozenset(
        (
            *("banana", "apple", "orange", "pomegranate", "papaya", "grapes", "guava", "coconut"),
            *("mango", "watermelon"),
        )
    ),
    "dairy": frozenset(("butter", "curd", "cottage cheese", "cheese")),
}


# The key is everything that it follows from.
@lru_cache(maxsize=10_000)
def drawing_of(name: str, aisle: str) -> str:
    """The address of the symbol for goods of this name: what they are, if that is drawn; else `aisle`, the
    one of their category."""
    drawn = DRAWN.get(aisle, frozenset())
    heard = heard_in(name) if drawn else []
    meant = [each.term[1:] for each in meanings_in(heard) if each.how != BRANDED]
    # the last word says what a thing is: masti dahi is dahi
    own = next((each for each in reversed(meant) if each in drawn), "")
    if own:
        return f"{static('icons/goods.svg')}#{own.replace(' ', '-')}"
    return f"{static('icons/categories.svg')}#{aisle}"
