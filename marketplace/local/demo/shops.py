"""Where they sell it: four shops in Laxmi Nagar, Delhi, and four in Gomti Nagar, Lucknow."""

import csv
import io
from dataclasses import dataclass
from datetime import time
from random import Random
from uuid import UUID

from django.core.files.base import ContentFile

from marketplace.accounts.models import Person
from marketplace.local.demo.people import HELPER, OTHER_OWNER, SHOPKEEPER
from marketplace.local.demo.products import Offer
from stores.catalogue.models import Product
from stores.inventory.importing import keep_file, run_import
from stores.inventory.models import Listing
from stores.inventory.services import add_listing
from stores.shops.models import StaffMember, Store
from stores.shops.services import (
    StoreFields,
    add_staff,
    approve_store,
    open_store,
    set_accepting_orders,
)
from stores.shops.slots import add_slots
from stores.shops.validators import WEEKDAYS, gstin_check_digit

DELHI = ("110092", 28.65222, 77.30422, "Delhi", "Delhi", "07")
LUCKNOW = ("226010", 26.86715, 81.00303, "Lucknow", "Uttar Pradesh", "09")
ROUND_THE_CLOCK = [["00:00", "24:00"]]
LONG_DAY = [["06:00", "24:00"]]
EVERYTHING = 1.0
# Long enough that what the demo has ordered still waits while somebody looks around.
ACCEPT_MINUTES = 120
# When two of the shops deliver what was ordered for later: from, to, orders at most.
TIMES = {
    "gupta-kirana": ((7, 9, 8), (11, 13, 8), (17, 19, 12), (19, 21, 2)),
    "sharma-general": ((10, 12, 6), (17, 20, 15)),
}

# What every shop keeps an eye on: shown first, counted, with a level to reorder at.
FAVOURITES = (
    "Aashirvaad Shudh Chakki Atta",
    "Amul Taaza Toned Milk",
    "Fortune Kachi Ghani Mustard Oil",
    "Tata Salt",
    "Maggi 2-Minute Noodles Masala",
    "Parle-G Gluco Biscuits",
    "Tata Tea Premium",
    "Madhur Pure Sugar",
    "Surf Excel Easy Wash",
    "White Eggs Tray",
)
REORDER_LEVEL = 12
LOW = 4


@dataclass(frozen=True, slots=True)
class Shop:
    slug: str
    name: str
    name_hi: str
    where: tuple[str, float, float, str, str, str]
    line1: str
    locality: str
    # metres north and east of the middle of its pincode
    north: int
    east: int
    hours: list[list[str]]
    pan: str
    tax_status: str
    # how much of the catalogue it keeps, and whose aisles when not all
    share: float
    aisles: tuple[str, ...] = ()
    open: bool = True


GREENS = ("vegetables", "fruits", "dry-fruits", "spices")
MILK = ("dairy", "eggs", "bread", "biscuits", "cold-drinks", "sweets", "namkeen", "tea-coffee")
SHOPS = (
    Shop("gupta-kirana", "Gupta Kirana Store", "गुप्ता किराना स्टोर", DELHI, "12, Vikas Marg",
         "Laxmi Nagar", 250, 180, ROUND_THE_CLOCK, "AAKFG4821K", "regular", EVERYTHING),
    Shop("sharma-general", "Sharma General Store", "शर्मा जनरल स्टोर", DELHI, "B-71, Main Road",
         "Shakarpur", -700, -420, LONG_DAY, "ABTPS7712M", "regular", 0.75),
    Shop("hari-sabzi", "Hari Fruit & Vegetables", "हरि फल सब्ज़ी", DELHI, "Shop 3, Mangal Bazar",
         "Laxmi Nagar", 520, -300, LONG_DAY, "", "unregistered", EVERYTHING, GREENS),
    Shop("aggarwal-departmental", "Aggarwal Departmental", "अग्रवाल डिपार्टमेंटल", DELHI,
         "C-5, Preet Vihar Road", "Nirman Vihar", 300, 1400, LONG_DAY, "AAFFA9032R", "regular", 0.9),
    Shop("awadh-provision", "Awadh Provision Store", "अवध प्रोविज़न स्टोर", LUCKNOW,
         "2/45, Vivek Khand", "Gomti Nagar", 200, -260, ROUND_THE_CLOCK, "AAOFA3398C", "regular",
         EVERYTHING),
    Shop("tiwari-kirana", "Tiwari Kirana Bhandar", "तिवारी किराना भंडार", LUCKNOW,
         "11, Patrakarpuram", "Gomti Nagar", -800, 350, LONG_DAY, "BHWPT5520J", "composition", 0.6),
    Shop("nawab-dairy", "Nawab Dairy & Daily Needs", "नवाब डेयरी", LUCKNOW, "Shop 8, Vipul Khand",
         "Gomti Nagar", 650, 700, LONG_DAY, "", "unregistered", EVERYTHING, MILK),
    Shop("gomti-mart", "Gomti Mart", "गोमती मार्ट", LUCKNOW, "4, Vibhuti Khand", "Gomti Nagar",
         1100, -900, LONG_DAY, "AADCG6614H", "regular", 0.8, open=False),
)  # fmt: skip


def open_shops(people: dict[str, Person]) -> dict[str, Store]:
    """The shops by slug, those missing opened, staffed and approved."""
    known = {store.slug: store for store in Store.objects.filter(slug__in=[s.slug for s in SHOPS])}
    for number, shop in enumerate(SHOPS):
        if shop.slug in known:
            continue
        owner = people[(SHOPKEEPER if number < 2 else OTHER_OWNER).phone]
        store = open_store(owner_id=owner.pk, slug=shop.slug, **_papers(shop, number))
        add_staff(
            store_id=store.pk,
            person_id=people[HELPER.phone].pk,
            role=StaffMember.Role.HELPER,
        )
        for starts, ends, capacity in TIMES.get(shop.slug, ()):
            add_slots(
                store_id=store.pk,
                weekdays=range(7),
                starts=time(starts),
                ends=time(ends),
                capacity=capacity,
                cut_off=60,
            )
        store = approve_store(store_id=store.pk)
        if not shop.open:
            store = set_accepting_orders(store_id=store.pk, accepting=False)
        known[shop.slug] = store
    return {shop.slug: known[shop.slug] for shop in SHOPS}


def _papers(shop: Shop, number: int) -> StoreFields:
    pincode, latitude, longitude, city, state, code = shop.where
    registered = shop.tax_status != Store.TaxStatus.UNREGISTERED
    first = f"{code}{shop.pan}1Z"
    return {
        "name": shop.name,
        "name_hi": shop.name_hi,
        "legal_name": shop.name,
        "phone": f"+9198765001{number:02d}",
        "line1": shop.line1,
        "locality": shop.locality,
        "city": city,
        "state": state,
        "pincode": pincode,
        "latitude": latitude + shop.north / 111_000,
        "longitude": longitude + shop.east / 98_000,
        "hours": dict.fromkeys(WEEKDAYS, shop.hours),
        "delivery_radius": 3500,
        "delivery_pincodes": [pincode],
        "minimum_order": 9900,
        "delivery_fee": 2000,
        "free_delivery_from": 49900,
        "accept_minutes": ACCEPT_MINUTES,
        "tax_status": shop.tax_status,
        "gstin": first + gstin_check_digit(first) if registered else "",
        "pan": shop.pan,
        "fssai": f"1{code}26{number:03d}000{100 + number}",
        "payout_vpa": f"{shop.slug.replace('-', '.')}@okbizaxis",
    }


def fill_shelves(stores: dict[str, Store], offers: list[Offer]) -> None:
    """Put goods on every shelf that is empty: favourites by hand, the rest as a price list."""
    products = {
        (product.name, product.pack_quantity): product for product in Product.objects.shared()
    }
    filled = set(Listing.objects.values_list("store_id", flat=True).distinct())
    for shop in SHOPS:
        store = stores[shop.slug]
        if store.pk in filled:
            continue
        chance = Random(shop.slug)  # the same shelves on every machine
        wanted = [
            offer
            for offer in offers
            if (not shop.aisles or offer.aisle in shop.aisles)
            and (offer.name in FAVOURITES or chance.random() < shop.share)
        ]
        favourites = [offer for offer in wanted if offer.pack and offer.name in FAVOURITES]
        for place, offer in enumerate(favourites):
            pack = offer.pack.quantity if offer.pack else None
            add_listing(
                store_id=store.pk,
                product=products[offer.name, pack],
                price=offer.price,
                mrp=offer.mrp,
                on_hand=LOW if place % 7 == 3 else chance.randint(30, 90),
                reorder_level=REORDER_LEVEL,
                rank=100 - place,
                actor="system",
            )
        _import(store.pk, [offer for offer in wanted if offer not in favourites], chance)


def _import(store_id: UUID, offers: list[Offer], chance: Random) -> None:
    """The rest of the shelf as the shop's own price list: every eleventh thing is sold out."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["Item", "Brand", "Size", "Unit", "MRP", "Price", "Stock"])
    for number, offer in enumerate(offers):
        stock = 0 if number % 11 == 7 else chance.randint(8, 60)
        mrp = offer.mrp / 100 if offer.mrp else ""
        size = offer.size if offer.pack else ""
        unit = offer.size if offer.loose else ""
        writer.writerow(
            [offer.name, offer.brand, size, unit, mrp, _own_price(offer, chance) / 100, stock]
        )
    file = ContentFile(out.getvalue().encode(), name="price list.csv")
    done = run_import(import_run_id=keep_file(store_id=store_id, actor="system", file=file).pk)
    if done.failed or done.problem:
        raise RuntimeError(f"The demo's price list has {done.failed} bad rows. {done.problem}")


def _own_price(offer: Offer, chance: Random) -> int:
    """Loose goods cost a little more here and less there, whole rupees; packets as offered."""
    if offer.mrp:
        return offer.price
    return max(100, round(offer.price * chance.uniform(0.95, 1.06) / 100) * 100)
