"""Every screen x every role x every shop, read off the URLconf so that no new screen is forgotten."""

from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, reverse

from marketplace.core.ids import uuid7
from marketplace.dashboard import urls
from marketplace.dashboard.desk import RIGHTS, Role
from orders.models import Order
from stores.inventory.models import Batch, Listing
from stores.shops.models import DeliverySlot
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_store
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db


def screens(patterns=urls.urlpatterns, ids=()) -> dict[str, tuple[URLPattern, list[str]]]:
    """Each screen's pattern, and the ids its address carries besides the shop's."""
    found = {}
    for pattern in patterns:
        inside = [*ids, *pattern.pattern.converters]
        if isinstance(pattern, URLResolver):
            found |= screens(pattern.url_patterns, inside)
        else:
            found[pattern.name] = (pattern, [name for name in inside if name != "store_id"])
    return found


SCREENS = {name: found for name, found in screens().items() if name != "home"}
ROLE_OF = {name: getattr(pattern.callback, "role", None) for name, (pattern, _) in SCREENS.items()}


def address(screen: str, store_id: UUID, **ids: UUID) -> str:
    wanted = {name: ids.get(name, uuid7()) for name in SCREENS[screen][1]}
    return reverse(f"dashboard:{screen}", kwargs={"store_id": store_id, **wanted})


def test_every_screen_of_a_shop_names_its_role():
    assert len(SCREENS) >= 25
    assert {name for name, role in ROLE_OF.items() if role not in RIGHTS} == set()


@pytest.mark.parametrize("screen", SCREENS)
def test_who_has_not_signed_in_is_asked_to(client, store, screen, settings):
    settings.LOGIN_URL = "/sign-in/"
    answer = client.get(address(screen, store.pk))
    if answer.status_code == 405:
        answer = client.post(address(screen, store.pk))
    assert answer.status_code == 302
    assert "next=/dashboard/" in answer["Location"]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_stranger_cannot_tell_that_the_shop_exists(hire, screen, method):
    """An owner of one shop, at another shop's address, with ids that are real there."""
    theirs = make_store()
    listing = make_listing(theirs)
    order = place_order(theirs, {listing.pk: 1})
    mallory = hire(make_store(), "owner")
    url = address(
        screen, theirs.pk, order_id=order.pk, listing_id=listing.pk, product_id=listing.product_id
    )
    answer = getattr(mallory.client, method)(url, {"on": "0", "price": "1", "quantity": "1"})
    assert answer.status_code in {404, 405}
    assert Order.objects.get(pk=order.pk).version == order.version
    assert Listing.objects.get(pk=listing.pk).price == listing.price
    assert listing.movements.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("screen", [name for name, (_, ids) in SCREENS.items() if ids])
def test_ids_of_another_shop_are_unknown_in_ones_own(hire, screen, method):
    theirs, mine = make_store(), make_store()
    listing = make_listing(theirs)
    private = listing.product
    private.store = theirs
    private.save()
    order = place_order(theirs, {listing.pk: 1})
    member = hire(theirs, "helper").person.jobs.get()
    slot = DeliverySlot.objects.create(
        store=theirs, weekday=0, starts="17:00", ends="19:00", capacity=1
    )
    batch = Batch.objects.create(store=theirs, listing=listing)
    mallory = hire(mine, "owner")
    url = address(
        screen,
        mine.pk,
        order_id=order.pk,
        listing_id=listing.pk,
        product_id=private.pk,
        member_id=member.pk,
        slot_id=slot.pk,
        batch_id=batch.pk,
    )
    answer = getattr(mallory.client, method)(url, {"on": "0", "price": "1", "quantity": "1"})
    assert answer.status_code in {404, 405}
    assert Order.objects.get(pk=order.pk).version == order.version
    assert Listing.objects.get(pk=listing.pk).price == listing.price
    assert listing.movements.count() == 1
    assert theirs.staff.count() == 1


@pytest.mark.parametrize("role", [Role.HELPER, Role.MANAGER, Role.OWNER])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_role_opens_its_screens_and_no_others(hire, store, screen, role):
    person = hire(store, role)
    listing = make_listing(store)
    url = address(
        screen,
        store.pk,
        order_id=place_order(store, {listing.pk: 1}).pk,
        listing_id=listing.pk,
        product_id=listing.product_id,
    )
    answer = person.client.get(url)
    if answer.status_code == 405:
        answer = person.client.post(url, {"on": "1", "price": "240"})
    if RIGHTS[role] < RIGHTS[ROLE_OF[screen]]:
        assert answer.status_code == 403
    else:
        assert answer.status_code in {200, 302, 404, 422}


def test_nobody_is_shown_a_door_they_cannot_open(helper, manager, owner):
    screens = ["stock", "settlements", "shop"]
    seen = [
        [
            screen
            for screen in screens
            if f'href="{person.url(screen)}"' in text(person.get("today"))
        ]
        for person in (helper, manager, owner)
    ]
    assert seen == [[], ["stock", "shop"], ["stock", "settlements", "shop"]]


def test_home_leads_to_the_only_shop(owner):
    answer = owner.client.get(reverse("dashboard:home"))
    assert answer["Location"] == owner.url("today")


def test_home_offers_a_choice_between_several_shops(hire, owner, django_assert_num_queries):
    other = make_store(name="Second Shop")
    owner.person.jobs.create(store=other, role="manager")
    with django_assert_num_queries(2):
        page = text(owner.client.get(reverse("dashboard:home")))
    assert "Second Shop" in page
    assert "Gupta Kirana" in page


def test_who_works_nowhere_gets_a_friendly_page(hire, store):
    answer = hire(store, None).client.get(reverse("dashboard:home"))
    assert answer.status_code == 200
    assert "You do not work in a shop here yet" in text(answer)
