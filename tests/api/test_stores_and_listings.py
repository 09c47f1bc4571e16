import pytest

from stores.inventory.models import Listing
from tests.factories import make_listing, make_product, make_store

pytestmark = pytest.mark.django_db


def test_stores_that_deliver_to_a_pincode(client_for):
    near = make_store()
    far = make_store(
        pincode="400001", latitude=18.93, longitude=72.83, delivery_pincodes=["400001"]
    )
    client = client_for(near, far)
    found = client.get("/api/v1/stores/?pincode=110001").json()["results"]
    assert [store["id"] for store in found] == [str(near.pk)]
    assert found[0]["is_open"] is True
    found = client.get(f"/api/v1/stores/?lat={near.latitude + 0.01}&lon={near.longitude}").json()
    assert [store["distance"] for store in found["results"]] == [1112]
    assert len(client.get("/api/v1/stores/").json()["results"]) == 2


@pytest.mark.parametrize(
    ("query", "field"), [("pincode=1", "pincode"), ("lat=28", "lon"), ("lat=91&lon=1", "lat")]
)
def test_a_bad_place_is_named(client_for, query, field):
    answer = client_for(make_store()).get(f"/api/v1/stores/?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_listings_are_found_and_paged(client_for, django_assert_num_queries):
    store = make_store()
    for n in range(5):
        make_listing(store, product=make_product(name=f"Salt {n}"))
    make_listing(store, product=make_product(name="Sugar"))
    client = client_for(store)
    url = f"/api/v1/stores/{store.pk}/listings/"
    client.get(url)  # notes the key's use
    with django_assert_num_queries(3):
        page = client.get(f"{url}?q=salt&limit=3").json()
    assert [row["name"] for row in page["results"]] == ["Salt 0", "Salt 1", "Salt 2"]
    rest = client.get(page["next"]).json()
    assert [row["name"] for row in rest["results"]] == ["Salt 3", "Salt 4"]
    assert rest["next"] is None
    assert len(client.get(f"{url}?category=atta").json()["results"]) == 6
    assert client.get(f"{url}?category=none").status_code == 404


def test_listings_are_narrowed_by_where_they_come_from(client_for):
    store = make_store()
    make_listing(store)
    make_listing(store, product=make_product(name="Kiwi", country_of_origin="NZ"))
    client = client_for(store)
    url = f"/api/v1/stores/{store.pk}/listings/"

    def names(code):
        return [
            (row["name"], row["country_of_origin"])
            for row in client.get(f"{url}?country_of_origin={code}").json()["results"]
        ]

    assert names("NZ") == [("Kiwi", "NZ")]
    assert [country for _name, country in names("IN")] == ["IN"]
    assert names("ES") == []
    refused = client.get(f"{url}?country_of_origin=XX")
    assert refused.status_code == 400
    assert list(refused.json()["error"]["fields"]) == ["country_of_origin"]


def test_a_listing_says_the_price_to_compare_by(client_for):
    store = make_store()
    make_listing(store)  # 5 kg for ₹250
    make_listing(store, product=make_product(pack_quantity=None, pack_unit=""))
    found = client_for(store).get(f"/api/v1/stores/{store.pk}/listings/").json()["results"]
    assert [row["unit_price"] for row in found] == [
        {"price": 5000, "per": 1000, "unit": "g"},
        {"price": 25000, "per": 1, "unit": "pc"},
    ]


def test_price_and_stock_change_together_or_not_at_all(client_for):
    store = make_store()
    listing = make_listing(store, price=25000, mrp=26000, on_hand=10)
    client = client_for(store)
    url = f"/api/v1/stores/{store.pk}/listings/{listing.pk}/"
    answer = client.patch(
        url, {"price": 24000, "stock": 4, "reason": "count"}, format="json"
    ).json()
    assert (answer["price"], answer["on_hand"], answer["available"]) == (24000, 4, 4)
    assert listing.movements.latest("id").actor.startswith("key:")
    refused = client.patch(url, {"price": 26001, "stock": 1, "reason": "x"}, format="json")
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "price_above_mrp"
    assert list(refused.json()["error"]["fields"]) == ["price"]
    listing.refresh_from_db()
    assert (listing.price, listing.on_hand) == (24000, 4)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "non_field_errors"),
        ({"stock": 3}, "reason"),
        ({"stock": -1, "reason": "x"}, "stock"),
        ({"price": "free"}, "price"),
        ({"mrp": 100}, "price"),
    ],
)
def test_a_bad_change_names_its_field_and_changes_nothing(client_for, body, field):
    store = make_store()
    listing = make_listing(store)
    answer = client_for(store).patch(
        f"/api/v1/stores/{store.pk}/listings/{listing.pk}/", body, format="json"
    )
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert Listing.objects.get(pk=listing.pk).updated_at == listing.updated_at
