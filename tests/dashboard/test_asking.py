"""What the shop asks the customer from the order's page, and passes on from the telephone."""

import pytest

from orders import services
from orders.models import Order, Proposal
from stores.inventory.models import Hold, Listing
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_loose, make_product
from tests.orders.building import captured_order, place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def potato(store):
    return make_loose(store, name="Potato")


@pytest.fixture
def order(store, listing, potato):
    """₹250 of atta and 1 kg of potatoes at ₹40, cash, accepted."""
    placed = place_order(store, {listing.pk: 1, potato.pk: 1000})
    return services.accept(store_id=store.pk, order_id=placed.pk, actor="system")


def at(order, listing):
    return {"order_id": order.pk, "line_id": order.lines.get(listing=listing).pk}


def answer(helper, order, said):
    proposal = Proposal.objects.get(order=order)
    return helper.post("answer", order_id=order.pk, proposal_id=proposal.pk, said=said)


def test_something_else_is_offered_from_the_same_aisle(helper, store, order, listing):
    other = make_listing(store, price=24000, product=make_product(name="Chakki Fresh"))
    gone = make_listing(store, on_hand=0, product=make_product(name="Sold Out Atta"))
    page = text(helper.get("offer", **at(order, listing)))
    assert "Chakki Fresh" in page
    assert "Sold Out Atta" not in page
    assert str(listing.pk) not in page
    assert str(gone.pk) not in page
    answered = helper.post("offer", {"listing": other.pk, "quantity": "1"}, **at(order, listing))
    assert answered.status_code == 302
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.state) == ("substitute", "open")
    assert Hold.objects.open().get(reference=proposal.pk).listing_id == other.pk
    page = text(helper.get("order", order_id=order.pk))
    assert "The customer is being asked" in page
    assert "1 pc × Chakki Fresh" in page
    assert "disabled" in page.split('id="packed"')[1][:40]


def test_the_likest_is_offered_first_whatever_sells_best(helper, store, order, listing):
    """Missing is a packet of 5 kg at ₹250."""
    product = listing.product
    product.name = "Chakki Atta"
    product.save()
    for name, size, price, rank in (
        ("Besan Fine", 5000, 25000, 9),
        ("Atta Small", 1000, 6000, 8),
        ("Atta Dear", 5000, 50000, 7),
        ("Atta Alike", 5000, 24000, 1),
    ):
        other = make_product(name=name, pack_quantity=size)
        make_listing(store, product=other, price=price, mrp=None)
        Listing.objects.filter(product=other).update(rank=rank)
    page = text(helper.get("offer", **at(order, listing)))
    places = [page.index(name) for name in ("Atta Alike", "Atta Dear", "Atta Small", "Besan Fine")]
    assert places == sorted(places)


def test_the_shelf_is_searched_by_name(helper, store, order, listing, potato):
    found = text(helper.get("offer", "?q=potato", htmx=True, **at(order, listing)))
    assert found.lstrip().startswith('<ul id="found"')
    assert "Potato" in found
    assert 'value="250"' in found
    nothing = text(helper.get("offer", "?q=caviar", htmx=True, **at(order, listing)))
    assert "Nothing found on your shelf." in nothing


@pytest.mark.parametrize(
    ("quantity", "words"),
    [("", "This field is required."), ("many", "Write how much."), ("99", "Not enough in stock")],
)
def test_a_refused_offer_says_why_and_keeps_what_was_typed(
    helper, store, order, listing, quantity, words
):
    other = make_listing(store)
    answered = helper.post(
        "offer", {"listing": other.pk, "quantity": quantity}, **at(order, listing)
    )
    assert answered.status_code == 422
    assert words in text(answered)
    assert f'value="{quantity or 1}"' in text(answered)
    assert not Proposal.objects.exists()


def test_a_yes_on_the_phone_replaces_the_item(helper, store, order, listing):
    other = make_listing(store, price=24000)
    helper.post("offer", {"listing": other.pk, "quantity": "1"}, **at(order, listing))
    answer(helper, order, "yes")
    order.refresh_from_db()
    assert order.total == 24000 + 4000 + 2000
    assert dict(order.lines.values_list("listing_id", "state"))[listing.pk] == "replaced"
    assert "replaced" in text(helper.get("order", order_id=order.pk))


@pytest.mark.parametrize(
    ("said", "state", "total"), [("no", "declined", 6000), ("back", "withdrawn", 31000)]
)
def test_a_no_leaves_it_out_and_a_question_taken_back_changes_nothing(
    helper, store, order, listing, said, state, total
):
    other = make_listing(store, price=24000)
    helper.post("offer", {"listing": other.pk, "quantity": "1"}, **at(order, listing))
    answer(helper, order, said)
    assert Proposal.objects.get().state == state
    assert Order.objects.get(pk=order.pk).total == total
    assert not Hold.objects.open().filter(listing=other).exists()


def test_the_customer_is_asked_to_pay_for_the_heavier_bag(helper, store, potato):
    order = captured_order(store, {potato.pk: 1000})
    services.accept(store_id=store.pk, order_id=order.pk, actor="system")
    page = text(helper.post("pick", {"weight": "1.2"}, htmx=True, **at(order, potato)))
    assert f'action="{helper.url("ask-weight", order_id=order.pk)}"' in page
    helper.post("ask-weight", order_id=order.pk)
    proposal = Proposal.objects.get()
    assert (proposal.kind, proposal.lines.get().quantity) == ("weight", 1200)
    assert "1.2 kg × Potato" in text(helper.get("order", order_id=order.pk))
    answer(helper, order, "yes")
    page = text(helper.get("order", order_id=order.pk))
    assert "Waits for the customer to pay ₹8 more" in page
    assert "Said yes on the phone" not in page
    answer(helper, order, "back")
    assert Order.objects.get(pk=order.pk).total == 6000


def test_nothing_is_asked_when_nothing_costs_more(helper, order, potato):
    helper.post("pick", {"weight": "1"}, **at(order, potato))
    answered = helper.post("ask-weight", follow=True, order_id=order.pk)
    assert "This needs no word from the customer." in text(answered)
    assert not Proposal.objects.exists()


def test_other_shops_have_nothing_to_say(helper, hire, store, order, listing):
    stranger = hire(store, "")
    assert stranger.get("offer", **at(order, listing)).status_code == 404
    assert stranger.post("ask-weight", order_id=order.pk).status_code == 404
    nonsense = {"order_id": order.pk, "proposal_id": order.pk}
    assert helper.post("answer", said="maybe", **nonsense).status_code == 404
    assert helper.post("offer", {"listing": "x"}, **at(order, listing)).status_code == 404
