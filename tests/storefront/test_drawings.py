"""What is shown of goods that nobody has photographed."""

import pytest
from django.templatetags.static import static

from marketplace.storefront.drawings import DRAWN, drawing_of
from stores.catalogue.models import Category
from stores.catalogue.search.lexicon import concepts
from tests.factories import make_listing, make_product


@pytest.mark.parametrize(
    ("name", "aisle", "drawing"),
    [
        ("Potato", "vegetables", "potato"),
        ("Bhindi", "vegetables", "lady-finger"),
        ("हरी मिर्च", "vegetables", "green-chilli"),
        ("Aaloo Pahadi", "vegetables", "potato"),
        ("Amul Masti Dahi", "dairy", "curd"),
        ("Amul Malai Paneer", "dairy", "cottage-cheese"),
        ("Zucchini", "vegetables", "vegetables"),
        ("Aloo Bhujia", "namkeen", "namkeen"),
        ("Tomato Ketchup", "sauces", "sauces"),
        ("", "fruits", "fruits"),
    ],
)
def test_goods_are_drawn_as_what_they_are_else_as_their_aisle(name, aisle, drawing):
    file = "categories" if drawing == aisle else "goods"
    assert drawing_of(name, aisle) == f"{static(f'icons/{file}.svg')}#{drawing}"


def test_everything_that_is_drawn_has_a_meaning_and_a_drawing(settings):
    pictures = (settings.ROOT / "static" / "icons" / "goods.svg").read_text()
    meant = {term[1:] for terms in concepts().values() for term in terms}
    drawn = set().union(*DRAWN.values())
    assert len(drawn) > 30
    assert drawn - meant == set()
    assert [
        each for each in drawn if f'<symbol id="{each.replace(" ", "-")}"' not in pictures
    ] == []


@pytest.mark.django_db
def test_a_card_the_page_and_the_basket_show_the_same_drawing(visitor, store, tap):
    greens, _ = Category.objects.get_or_create(slug="vegetables", defaults={"name": "Vegetables"})
    Category.objects.filter(pk=greens.pk).update(icon="vegetables")
    listing = make_listing(store, product=make_product(name="Onion", category=greens))
    tap(visitor, "more", listing)
    for path in ("", "c/vegetables/", f"p/{listing.pk}-onion/", "basket/"):
        shown = visitor.get(f"/shops/{store.slug}/{path}").content.decode()
        assert f"{static('icons/goods.svg')}#onion" in shown, path
