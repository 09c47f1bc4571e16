from orders.models import Cart, CartLine
from stores.inventory import services as inventory
from tests.factories import make_listing, make_loose, make_product, make_store


def quantities(listing):
    return list(CartLine.objects.filter(listing=listing).values_list("quantity", flat=True))


def test_a_guest_fills_a_basket_and_takes_out_again(visitor, store, tap):
    listing = make_listing(store)
    tap(visitor, "more", listing)
    tap(visitor, "more", listing)
    assert quantities(listing) == [2]
    tap(visitor, "less", listing)
    assert quantities(listing) == [1]
    tap(visitor, "less", listing)
    assert quantities(listing) == []


def test_loose_goods_move_by_their_steps(visitor, store, tap):
    dal = make_product(packed=False, base_unit="g", pack_quantity=None, pack_unit="")
    listing = make_listing(
        store, product=dal, price=12000, mrp=None, per=1000, minimum=500, step=250, on_hand=1000
    )
    tap(visitor, "more", listing)
    tap(visitor, "more", listing)
    assert quantities(listing) == [750]
    tap(visitor, "set", listing, quantity="1000")
    assert quantities(listing) == [1000]
    tap(visitor, "more", listing)
    assert quantities(listing) == [1000], "never more than there is"
    tap(visitor, "set", listing, quantity="250")
    assert quantities(listing) == [], "less than the smallest amount is nothing"


def test_at_the_last_piece_there_is_no_more_to_press(visitor, store, tap):
    listing = make_listing(store, on_hand=2)
    more = f'name="more" value="{listing.pk}" aria-label="{listing.product.name} 5 kg: One more"'
    tap(visitor, "more", listing)
    assert f"{more}>" in visitor.get(f"/shops/{store.slug}/").text
    tap(visitor, "more", listing)
    assert f"{more} disabled>" in visitor.get(f"/shops/{store.slug}/").text


def test_a_tap_with_htmx_answers_with_card_bar_and_word(visitor, store):
    listing = make_listing(store, product=make_product(name="Besan"))
    page = visitor.post(
        "/basket/change/", {"more": str(listing.pk)}, headers={"hx-request": "true"}
    ).content.decode()
    assert f'id="l-{listing.pk}" hx-swap-oob="true"' in page
    assert 'id="bar" class="bar" hx-swap-oob="true"' in page
    assert "Besan: 1 in the basket" in page


def test_the_basket_shows_delivery_before_the_end(visitor, store, tap):
    tap(visitor, "more", make_listing(store))
    page = visitor.get(f"/shops/{store.slug}/basket/").content.decode()
    for figure in ("₹250", "₹20", "₹270"):
        assert figure in page


def test_below_the_minimum_there_is_no_checkout(visitor, tap):
    store = make_store(minimum_order=50000)
    tap(visitor, "more", make_listing(store))
    page = visitor.get(f"/shops/{store.slug}/basket/").content.decode()
    assert "₹250 more" in page
    assert "/checkout/" not in page


def test_what_sold_out_meanwhile_is_said_at_its_line(visitor, store, tap):
    listing = make_listing(store)
    tap(visitor, "more", listing)
    inventory.count_stock(store_id=store.pk, listing_id=listing.pk, counted=0, actor="system")
    page = visitor.get(f"/shops/{store.slug}/basket/").content.decode()
    assert f"{listing.product.name}: Remove" in page
    assert "/checkout/" not in page


def test_a_hidden_listing_cannot_be_added(visitor, store, tap):
    listing = make_listing(store)
    inventory.set_shown(store_id=store.pk, listing_id=listing.pk, shown=False, actor="system")
    tap(visitor, "more", listing)
    assert quantities(listing) == []


def test_nonsense_is_not_there(visitor, store):
    assert visitor.post("/basket/change/", {"more": "x"}).status_code == 404
    assert visitor.post("/basket/change/", {}).status_code == 404
    assert not Cart.objects.exists()


def test_loose_goods_say_that_the_bill_follows_the_scale(customer, store, tap):
    tap(customer, "more", make_listing(store))
    pages = [f"/shops/{store.slug}/basket/", f"/shops/{store.slug}/checkout/"]
    for page in pages:
        assert "Loose goods are weighed" not in customer.get(page).content.decode()
    tap(customer, "more", make_loose(store))
    assert "Loose goods are weighed" in customer.get(pages[0]).content.decode()


def test_a_full_basket_costs_as_much_as_one_item(
    customer, store, tap, django_assert_max_num_queries
):
    for _ in range(6):
        tap(customer, "more", make_listing(store, price=5000))
    for page, most in (("basket", 4), ("checkout", 8)):
        customer.get(f"/shops/{store.slug}/{page}/")
        with django_assert_max_num_queries(most):
            assert customer.get(f"/shops/{store.slug}/{page}/").status_code == 200
