"""The pick list: ticks, weights and missing items, with htmx and without JavaScript."""

import re

import pytest

from marketplace.core.clock import travel
from marketplace.core.measures import read_weight
from orders import services
from orders.models import Order
from tests.dashboard.shopkeeper import text
from tests.factories import make_listing, make_loose
from tests.orders.building import captured_order, place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def potato(store):
    return make_loose(store, name="Potato")


@pytest.fixture
def salt(store):
    return make_listing(store, price=2800, mrp=None)


@pytest.fixture
def paid(store, potato, salt):
    """1 kg of potatoes and 2 packets of salt, ₹20 delivery, paid by UPI and accepted."""
    order = captured_order(store, {potato.pk: 1000, salt.pk: 2})
    return services.accept(store_id=store.pk, order_id=order.pk, actor="system")


def at(order, listing):
    return {"order_id": order.pk, "line_id": order.lines.get(listing=listing).pk}


def line(order, listing):
    return order.lines.get(listing=listing)


@pytest.mark.parametrize(
    ("typed", "near", "grams"),
    [
        ("1.02 kg", 1000, 1020),
        ("1.02", 1000, 1020),
        ("980", 1000, 980),
        ("980g", 1000, 980),
        ("0.98", 1000, 980),
        ("255", 250, 255),
        ("0.255", 250, 255),
        ("12", 10_000, 12_000),
        ("१.०२ किलो", 1000, 1020),
        ("980 ग्राम", 1000, 980),
        ("1 l", 1000, 1000),
        ("1,020", 1000, 1020),
    ],
)
def test_a_weight_is_read_as_people_write_it(typed, near, grams):
    assert read_weight(typed, near=near) == grams


@pytest.mark.parametrize(
    "typed", ["", "kg", "1.02 stone", "-1", "0", "1.0205", "1e3", "nan", "1 2"]
)
def test_what_is_no_weight_is_refused(typed):
    with pytest.raises(ValueError):
        read_weight(typed, near=1000)


def test_a_tick_is_one_tap_and_kept_on_the_server(helper, paid, salt):
    page = text(helper.get("order", order_id=paid.pk))
    assert f'action="{helper.url("pick", **at(paid, salt))}"' in page
    answer = helper.post("pick", **at(paid, salt))
    assert answer.status_code == 302
    assert answer.url.endswith(f"#line-{line(paid, salt).pk}")
    page = text(helper.get("order", order_id=paid.pk))
    assert f'action="{helper.url("unpick", **at(paid, salt))}"' in page
    assert "1 of 2 picked." in page
    helper.post("unpick", **at(paid, salt))
    assert line(paid, salt).state == "wanted"


def test_a_tap_by_htmx_answers_with_the_line_and_the_bill(helper, paid, potato):
    page = text(helper.post("pick", {"weight": "0.97"}, htmx=True, **at(paid, potato)))
    assert page.lstrip().startswith("<li")
    assert 'aria-pressed="true"' in page
    assert "970 g</b> × Potato" in page
    assert "1 kg ordered" in page
    assert "₹38.80" in page
    assert 'hx-swap-oob="true"' in page
    assert "₹1.20 goes back to the customer." in page
    assert line(paid, potato).packed == 970
    assert Order.objects.get(pk=paid.pk).total == 11600, "the bill follows when it is packed"


def test_the_weight_is_prefilled_with_what_was_ordered(helper, store, potato):
    order = place_order(store, {potato.pk: 1250})
    services.accept(store_id=store.pk, order_id=order.pk, actor="system")
    assert 'value="1.25"' in text(helper.get("order", order_id=order.pk))


@pytest.mark.parametrize("htmx", [True, False])
def test_a_weight_that_cannot_be_read_is_kept_and_refused(helper, paid, potato, htmx):
    answer = helper.post("pick", {"weight": "a bit"}, htmx=htmx, **at(paid, potato))
    assert answer.status_code == 422
    page = text(answer)
    assert "Write the weight from the scale, like 1.02." in page
    assert 'value="a bit"' in page
    assert line(paid, potato).packed is None


def test_packed_waits_for_the_scale_and_then_refunds_the_shortfall(helper, paid, potato):
    page = text(helper.get("order", order_id=paid.pk))
    assert "1 item is still to be weighed." in page
    assert 'id="packed"\n' in page or "disabled" in page.split('id="packed"')[1][:40]
    answer = helper.post("pack", {"from_order": "1"}, follow=True, order_id=paid.pk)
    assert "Still to be weighed: Potato." in text(answer)
    helper.post("pick", {"weight": "940"}, **at(paid, potato))
    page = text(helper.get("order", order_id=paid.pk))
    assert "What is not ticked counts as packed too." in page
    helper.post("pack", {"from_order": "1"}, order_id=paid.pk)
    paid.refresh_from_db()
    assert (paid.state, paid.total, paid.refunded) == ("packed", 11360, 240)


def test_more_than_was_paid_says_by_how_much_and_is_not_packed(helper, paid, potato):
    page = text(helper.post("pick", {"weight": "1.2"}, htmx=True, **at(paid, potato)))
    assert "₹8 over what was paid: ask the customer or pack less." in page
    assert "disabled" in page.split('id="packed"')[1][:40]
    answer = helper.post("pack", htmx=True, order_id=paid.pk)
    assert answer["HX-Redirect"] == helper.url("order", order_id=paid.pk)
    assert Order.objects.get(pk=paid.pk).state == "accepted"


def test_today_leads_to_the_scale_where_something_is_to_be_weighed(helper, paid, potato):
    page = text(helper.get("today"))
    assert "Weigh and pack" in page
    assert f'action="{helper.url("pack", order_id=paid.pk)}"' not in page
    helper.post("pick", {"weight": "1"}, **at(paid, potato))
    page = text(helper.get("today"))
    assert "Weigh and pack" not in page
    assert f'action="{helper.url("pack", order_id=paid.pk)}"' in page


def test_a_missing_item_is_left_out_with_one_tap(helper, paid, salt):
    page = text(
        helper.post("unavailable", {"none": "1", "stop_selling": "1"}, htmx=True, **at(paid, salt))
    )
    assert "left out" in page
    assert "₹0" in page
    assert "₹56" in page  # refunded
    assert line(paid, salt).state == "removed"
    salt.refresh_from_db()
    assert (salt.on_hand, salt.held) == (0, 0)
    paid.refresh_from_db()
    assert (paid.total, paid.refunded) == (6000, 5600)


def test_a_part_of_it_is_brought(helper, paid, potato, salt):
    helper.post("unavailable", {"left": "1"}, **at(paid, salt))
    helper.post("unavailable", {"left": "500"}, **at(paid, potato))
    assert (line(paid, salt).quantity, line(paid, potato).quantity) == (1, 500)
    salt.refresh_from_db()
    assert salt.on_hand == 10, "others can still buy it"
    page = text(helper.get("order", order_id=paid.pk))
    assert "of 2 pc ordered" in page
    assert "of 1 kg ordered" in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Write how much there is."),
        ("some", "Write how much there is."),
        ("2", "That must be less than was ordered."),
    ],
)
def test_how_much_there_is_must_be_said(helper, paid, salt, typed, words):
    answer = helper.post("unavailable", {"left": typed}, htmx=True, **at(paid, salt))
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert line(paid, salt).quantity == 2


def test_the_last_item_is_not_left_out(helper, paid, potato, salt):
    helper.post("unavailable", {"none": "1"}, **at(paid, salt))
    answer = helper.post("unavailable", {"none": "1"}, **at(paid, potato))
    assert answer.status_code == 422
    assert "Call the whole order off instead." in text(answer)
    assert line(paid, potato).state == "wanted"


def test_a_tap_after_somebody_else_packed_says_so(helper, paid, potato, salt):
    services.pack(
        store_id=paid.store_id, order_id=paid.pk, actor="system", weights={potato.pk: 1000}
    )
    answer = helper.post("unpick", htmx=True, **at(paid, salt))
    assert answer.status_code == 422
    assert "The order is already: packed." in text(answer)
    assert 'id="packed"' not in text(answer)


def test_the_customers_wish_and_number_stand_over_the_list(helper, paid):
    page = text(helper.get("order", order_id=paid.pk))
    assert "<strong>call me</strong>" in page
    assert page.count("tel:+919810012345") == 2
    Order.objects.filter(pk=paid.pk).update(if_unavailable="remove")
    page = text(helper.get("order", order_id=paid.pk))
    assert "<strong>leave it out</strong>" in page
    assert page.count("tel:+919810012345") == 1


def test_lines_of_other_orders_and_shops_do_not_exist(helper, hire, store, paid, salt):
    other = place_order(store, {salt.pk: 1})
    strange = {"order_id": other.pk, "line_id": line(paid, salt).pk}
    assert helper.post("pick", **strange).status_code == 404
    stranger = hire(store, "")
    for screen in ("pick", "unpick", "unavailable"):
        assert stranger.post(screen, **at(paid, salt)).status_code == 404
    assert line(paid, salt).state == "wanted"


def test_a_tick_costs_as_much_for_twenty_lines_as_for_one(helper, store, django_assert_num_queries):
    for lines in (1, 20):
        goods = [make_listing(store) for _ in range(lines)]
        order = place_order(store, {listing.pk: 1 for listing in goods})
        services.accept(store_id=store.pk, order_id=order.pk, actor="system")
        with django_assert_num_queries(14):
            helper.post("pick", htmx=True, **at(order, goods[0]))


def shown(order, listing) -> dict[str, str]:
    """The fields of a page that was drawn just now."""
    version = str(Order.objects.get(pk=order.pk).version)
    return {"quantity": str(line(order, listing).quantity), "version": version}


@pytest.mark.parametrize("htmx", [True, False])
def test_a_line_that_has_changed_since_is_not_ticked(helper, paid, salt, htmx):
    drawn = shown(paid, salt)
    services.edit_order(
        store_id=paid.store_id,
        order_id=paid.pk,
        actor=paid.actor,
        by_customer=True,
        quantities={salt.pk: 1},
    )
    answer = helper.post("pick", drawn, htmx=htmx, **at(paid, salt))
    assert answer.get("HX-Refresh") == "true" if htmx else answer.status_code == 302
    assert line(paid, salt).state == "wanted"
    page = text(helper.get("order", order_id=paid.pk))
    assert "The order has changed since you looked." in page


def test_a_weight_for_another_quantity_is_not_taken_and_not_lost(helper, paid, potato):
    drawn = shown(paid, potato)
    services.edit_order(
        store_id=paid.store_id,
        order_id=paid.pk,
        actor=paid.actor,
        by_customer=True,
        quantities={potato.pk: 750},
    )
    helper.post("pick", drawn | {"weight": "0.98"}, **at(paid, potato))
    assert line(paid, potato).packed is None
    page = text(helper.get("order", order_id=paid.pk))
    assert "The order has changed since you looked. Please look again. Potato: 0.98" in page


def test_a_weight_of_another_hand_is_not_overwritten(helper, paid, potato):
    drawn = shown(paid, potato)
    helper.post("pick", drawn | {"weight": "0.98"}, **at(paid, potato))
    again = helper.post("pick", drawn | {"weight": "0.98"}, **at(paid, potato))
    assert again.status_code == 302
    page = text(helper.post("pick", drawn | {"weight": "0.9"}, htmx=True, **at(paid, potato)))
    assert "It has been weighed already: 980 g." in page
    assert line(paid, potato).packed == 980


def test_a_bag_of_an_order_that_has_changed_is_not_packed(helper, paid, potato, salt):
    drawn = shown(paid, potato)
    helper.post("pick", drawn | {"weight": "1"}, **at(paid, potato))
    services.mark_unavailable(
        store_id=paid.store_id,
        order_id=paid.pk,
        line_id=line(paid, salt).pk,
        actor="person:other",
        available=1,
    )
    # a tap on another line of the old page does not make the rest of it new
    helper.post("unpick", drawn, **at(paid, potato))
    part = text(helper.post("pick", drawn | {"weight": "1"}, htmx=True, **at(paid, potato)))
    assert f'name="version" value="{drawn["version"]}"' in " ".join(part.split())
    page = text(helper.post("pack", drawn | {"from_order": "1"}, follow=True, order_id=paid.pk))
    assert "The order has changed since you looked." in page
    assert Order.objects.get(pk=paid.pk).state == "accepted"
    helper.post("pack", shown(paid, salt) | {"from_order": "1"}, order_id=paid.pk)
    assert Order.objects.get(pk=paid.pk).state == "packed"


def test_the_page_asks_for_what_others_have_changed(helper, paid, potato):
    page = text(helper.get("order", order_id=paid.pk))
    (address,) = re.findall(r'id="work"[^>]*hx-get="([^"]+)"', page)
    poll = {"hx-request": "true", "hx-target": "work"}
    assert helper.client.get(address, headers=poll).status_code == 204
    helper.post("pick", {"weight": "0.98"}, **at(paid, potato))
    part = text(helper.client.get(address, headers=poll))
    assert part.lstrip().startswith('<div id="work"')
    assert "980 g" in part
    (address,) = re.findall(r'id="work"[^>]*hx-get="([^"]+)"', part)
    assert helper.client.get(address, headers=poll).status_code == 204


def test_a_question_is_seen_on_the_board_and_its_end_on_the_page(helper, paid, potato):
    helper.post("pick", {"weight": "1.2"}, **at(paid, potato))
    assert "the customer is being asked" not in text(helper.get("today"))
    for word in ("decline", "lapse"):
        helper.post("ask-weight", order_id=paid.pk)
        assert "the customer is being asked" in text(helper.get("today"))
        if word == "decline":
            asked = paid.proposals.live().get()
            services.decline_proposal(
                store_id=paid.store_id,
                order_id=paid.pk,
                proposal_id=asked.pk,
                actor=paid.actor,
            )
        else:
            with travel(seconds=601):
                assert services.lapse_due() == 1
    page = text(helper.get("order", order_id=paid.pk))
    assert "Without a yes" in page
    assert page.count("1.2 kg × Potato") >= 2
    assert "The customer said no, " in page
    assert "No answer in time, " in page
