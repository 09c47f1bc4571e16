"""A filled database: shops with 5,000 listings each, among many more stores, as fast as SQL can.

`python -m benchmarks.neighbourhood <shops> <stores>` fills the database in DATABASE_URL, as a role
that may write anything, and prints what the benchmark needs to know of it as JSON. One row of each
kind is made by the product itself and the others are like it, so a new column breaks nothing.
"""

import csv
import json
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[1]
SCRAPED = ROOT.parent / "shared" / "data" / "catalogue_raw.csv"
OURS = ROOT / "marketplace" / "local" / "demo" / "products.csv"
LISTINGS_EACH = 5_000
MOST_PRODUCTS = 20_000
WORDS = ("oil", "rice", "tea", "soap", "masala", "atta", "biscuit", "chocolate", "zafrani")
OPEN_ORDERS = 24

# Each store stands near a real pincode, reaches 1-4 km, and lists its own pincode. The density of
# stores around a place stays the same as their number grows, as when a marketplace spreads: 1,000
# stores are seven in each of the first 150 pincodes, 100,000 are seven in nearly every pincode.
STORES = """
generate_series(%(first)s::int, %(last)s::int) AS n
JOIN (SELECT *, row_number() OVER (ORDER BY code) - 1 AS at FROM shops_pincode WHERE measurable) p
    ON p.at = n / 7
"""
STORE = {
    "id": "uuidv7()",
    "slug": "'store-' || n",
    "name": "'Store ' || n",
    "status": "'active'",
    "pincode": "p.code",
    "latitude": "p.latitude + (random() - 0.5) / 50",
    "longitude": "p.longitude + (random() - 0.5) / 50",
    "delivery_radius": "1000 + (random() * 3000)::int",
    "delivery_pincodes": "ARRAY[p.code]",
}

PRODUCTS = """
names
LEFT JOIN catalogue_brand brand ON brand.name = names.brand
JOIN (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS at, count(*) OVER () AS of
      FROM catalogue_category WHERE level = 2) aisle ON aisle.at = n %% aisle.of
"""
PRODUCT = {
    "id": "uuidv7()",
    "name": "names.name",
    "name_hi": "names.name_hi",
    "brand_id": "brand.id",
    "category_id": "aisle.id",
    "veg": "(ARRAY['veg', 'veg', 'non_veg', ''])[1 + n %% 4]",
    "pack_quantity": "(ARRAY[100, 200, 500, 1000, 2000])[1 + n %% 5]",
    "search_text": "lower(concat_ws(' ', names.name, names.name_hi, names.brand))",
}

# Every shop its own choice of 5,000 products, in an order of its own; one in twenty is sold out.
LISTINGS = """
(SELECT id FROM shops_store WHERE status = 'active' ORDER BY slug LIMIT %(shops)s) store
CROSS JOIN LATERAL (
    SELECT id, category_id FROM catalogue_product
    WHERE id <> %(like_product)s
    ORDER BY hashtextextended(id::text, hashtext(store.id::text)) LIMIT %(listings)s
) product
"""
LISTING = {
    "id": "uuidv7()",
    "store_id": "store.id",
    "product_id": "product.id",
    "category_id": "product.category_id",
    "rank": "(random() * 1000)::int",
    "price": "2000 + (random() * 50000)::int",
    "mrp": "60000",
    "on_hand": "CASE WHEN random() < 0.05 THEN 0 ELSE 20 END",
}


def main() -> None:
    django.setup()
    shops, stores = map(int, sys.argv[1:])
    print(json.dumps(fill(shops=shops, stores=stores)))


def fill(*, shops: int, stores: int) -> dict[str, Any]:
    """`shops` of the `stores` get 5,000 listings each; the first also people, a basket and orders."""
    from django.db import connection

    from stores.catalogue.search.indexing import index_everything
    from stores.catalogue.services import lay_out_aisles
    from stores.shops.models import Store
    from tests.factories import make_listing, make_product, make_store

    lay_out_aisles()
    store = make_store(slug="a-like-no-other", status=Store.Status.ONBOARDING)
    listing = make_listing(store, product=make_product(name="Like no other"))
    with connection.cursor() as cursor:
        # no foreign key is checked row by row: every id comes out of the table it points to
        cursor.execute("SET session_replication_role = replica")
        spread_stores(cursor, first=0, last=stores - 1, like=store)
        cursor.execute("CREATE TEMP TABLE names (n serial, name text, name_hi text, brand text)")
        with cursor.copy("COPY names (name, name_hi, brand) FROM STDIN") as copy:
            for row in product_names(MOST_PRODUCTS if shops > 1 else LISTINGS_EACH):
                copy.write_row(row)
        cursor.execute(
            "INSERT INTO catalogue_brand (id, name, name_hi)"
            " SELECT uuidv7(), brand, '' FROM names WHERE brand <> '' GROUP BY brand"
        )
        insert_like(cursor, listing.product, PRODUCTS, PRODUCT)
        cursor.execute("SET session_replication_role = DEFAULT")
        index_everything()
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("ANALYZE")
        insert_like(
            cursor,
            listing,
            LISTINGS,
            LISTING,
            like_product=listing.product_id,
            shops=shops,
            listings=LISTINGS_EACH,
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    filled = list(Store.objects.active().filter(listings__isnull=False).distinct())
    known = settle_in(filled[0])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return known | {"shops": [[str(shop.pk), shop.slug] for shop in filled]}


def spread_stores(cursor: Any, *, first: int, last: int, like: Any) -> None:
    """Stores number `first` to `last`, open and delivering, as STORES says; otherwise like this one."""
    insert_like(cursor, like, STORES, STORE, first=first, last=last)


def insert_like(
    cursor: Any, like: Any, source: str, columns: dict[str, str], **params: object
) -> None:
    """A row for every row of `source`: these columns by these expressions, the others as in `like`."""
    table = like._meta.db_table
    names = [field.column for field in like._meta.concrete_fields]
    values = ", ".join(columns.get(name, f"alike.{name}") for name in names)
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {source}"
        f" JOIN {table} alike ON alike.id = %(like)s",
        params | {"like": like.pk},
    )


def product_names(wanted: int) -> Iterator[tuple[str, str, str]]:
    """(name, name in Hindi, brand): real ones where ../shared/data is, else ours in many sizes."""
    seen: set[tuple[str, str]] = set()
    for name, name_hi, brand in _real_names() if SCRAPED.exists() else _our_names():
        if (name, brand) not in seen:
            seen.add((name, brand))
            yield name, name_hi, brand
        if len(seen) == wanted:
            return


def _real_names() -> Iterator[tuple[str, str, str]]:
    with SCRAPED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # the file goes aisle by aisle: every so many lines, so that a part of it has all of them
    for start in range(7):
        for row in rows[start::7]:
            if name := " ".join(row["product"].split())[:200]:
                yield name, "", " ".join(row["brand"].split())[:80]


def _our_names() -> Iterator[tuple[str, str, str]]:
    with OURS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for number in count(1):
        for row in rows:
            yield f"{row['name']} {number}", f"{row['name_hi']} {number}", row["brand"]


def settle_in(store: Any) -> dict[str, Any]:
    """An owner, a customer with three things in the basket, and a morning's open orders."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from marketplace.accounts.services import register_person
    from marketplace.accounts.sessions import SessionStore
    from orders.carts import Owner
    from stores.shops.services import add_staff
    from tests.factories import put_in_basket
    from tests.orders.building import place_order

    listings = list(store.listings.filter(on_hand__gt=0).order_by("-rank", "id")[:40])

    def sign_in(phone: str) -> tuple[Any, str]:
        person = register_person(phone=phone, name="Asha", language="en")
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.create()
        return person, str(session.session_key)

    keeper, keepers_session = sign_in("9810000011")
    add_staff(store_id=store.pk, person_id=keeper.pk, role="owner")
    customer, customers_session = sign_in("9810000012")
    for listing in listings[:3]:
        put_in_basket(listing, Owner(person_id=customer.pk))
    store.delivery_pincodes.append("110001")
    store.save()
    for number in range(OPEN_ORDERS):
        place_order(store, {listing.pk: 1 for listing in listings[number % 20 : number % 20 + 5]})
    return {
        "store": [str(store.pk), store.slug],
        "keepers_session": keepers_session,
        "customers_session": customers_session,
        "words": WORDS,
    }


if __name__ == "__main__":
    main()
