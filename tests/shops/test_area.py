import psycopg
import pytest

from marketplace.local.postgres import OWNER
from stores.shops.models import Pincode, Store
from stores.shops.places import Place, UnknownPincode
from tests.factories import make_store

pytestmark = pytest.mark.django_db

LAXMI_NAGAR = {"latitude": 28.65222, "longitude": 77.30422}


def fields_of(store):
    left_out = ("id", "slug", "latitude", "created_at")
    return {
        f.attname: getattr(store, f.attname) for f in store._meta.fields if f.name not in left_out
    }


def names(stores):
    return sorted(store.name for store in stores)


def at(metres_north: int) -> dict[str, float]:
    return {
        "latitude": LAXMI_NAGAR["latitude"] + metres_north / 111_194.9,
        "longitude": LAXMI_NAGAR["longitude"],
    }


def test_the_post_offices_of_india_are_known():
    assert Pincode.objects.count() == 19_586
    assert Pincode.objects.filter(measurable=True).count() == 15_439
    assert Pincode.objects.get(pk="110092").district == "East"


def test_a_spread_pincode_is_named_and_never_measured_from():
    kolkata = Place.of(pincode="700001")
    assert (kolkata.name, kolkata.measurable) == ("KOLKATA", False)
    make_store(name="by radius", pincode="700001", latitude=22.57, longitude=88.35)
    listed = make_store(name="by pincode", delivery_pincodes=["700001"])
    found = list(Store.objects.delivering_to(pincode="700001"))
    assert [(store.pk, store.distance) for store in found] == [(listed.pk, None)]


def test_a_point_is_more_exact_than_its_pincode():
    place = Place.of(pincode="700001", latitude=22.5, longitude=88.3)
    assert (place.measurable, place.latitude) == (True, 22.5)


def test_an_unknown_pincode_is_refused_by_name():
    with pytest.raises(UnknownPincode, match="999999"):
        Place.of(pincode="999999")


def test_stores_deliver_by_their_circle_or_their_pincodes():
    make_store(name="inside", delivery_pincodes=[], delivery_radius=1000, **at(990))
    make_store(name="outside", delivery_pincodes=[], delivery_radius=1000, **at(1010))
    make_store(name="listed", delivery_pincodes=["110092"], delivery_radius=0, **at(9000))
    make_store(name="suspended", status="suspended", delivery_pincodes=["110092"])
    make_store(name="pickup only", offers_delivery=False, delivery_pincodes=["110092"])
    found = list(Store.objects.delivering_to(pincode="110092", **LAXMI_NAGAR))
    assert names(found) == ["inside", "listed"]
    assert {store.name: round(store.distance) for store in found} == {
        "inside": 990,
        "listed": 9000,
    }
    assert names(Store.objects.delivering_to(pincode="110092")) == ["inside", "listed"]
    assert names(Store.objects.delivering_to(**LAXMI_NAGAR)) == ["inside"]


def test_the_nearest_comes_first_also_where_some_are_left_out():
    for metres in (700, 300, 900, 500):
        make_store(name=str(metres), **at(metres))
    nearest = Store.objects.delivering_to(pincode="110001", **LAXMI_NAGAR)[:3]
    assert [store.name for store in nearest] == ["300", "500", "700"]


def test_the_corner_of_the_box_is_not_in_the_circle():
    corner = {"latitude": 28.65222 + 0.0085, "longitude": 77.30422 + 0.0095}
    make_store(delivery_pincodes=[], delivery_radius=1000, **corner)
    assert not Store.objects.delivering_to(**LAXMI_NAGAR).exists()


def test_who_delivers_here_reads_both_indexes_and_no_table_scan(cloned_db, servers):
    store = make_store()
    Store.objects.bulk_create(
        Store(**{**fields_of(store), "slug": f"s{n}", "latitude": 8 + n / 100}) for n in range(2500)
    )
    with psycopg.connect(servers.postgres.url(OWNER, cloned_db), autocommit=True) as owner:
        owner.execute("ANALYZE shops_store")
    plan = Store.objects.delivering_to(pincode="110092").explain()
    assert "Bitmap Index Scan on store_delivery_box" in plan
    assert "Bitmap Index Scan on store_delivery_pincodes" in plan
    nearest = Store.objects.nearest_to(pincode="110092")[:5].explain()
    assert "Index Scan using store_nearest" in nearest


def test_who_delivers_here_is_one_statement(django_assert_num_queries):
    make_store(delivery_pincodes=["110092"])
    Place.of(pincode="110092")
    with django_assert_num_queries(1):
        assert len(Store.objects.delivering_to(pincode="110092")) == 1


def test_the_nearest_shops_are_offered_where_nobody_delivers():
    make_store(name="far", **at(20_000))
    make_store(name="near", **at(5_000))
    found = list(Store.objects.nearest_to(pincode="110092")[:5])
    assert [(store.name, round(store.distance)) for store in found] == [
        ("near", 5000),
        ("far", 20000),
    ]


def test_from_a_spread_pincode_the_shops_of_its_district_are_offered():
    make_store(name="Delhi", pincode="110092")
    make_store(name="Kolkata", pincode="700012")
    assert names(Store.objects.nearest_to(pincode="700001")[:5]) == ["Kolkata"]
