"""A shop's price list goes in: what becomes of each row, and of the same file again."""

import csv
import io

import pytest
from django.core.files.base import ContentFile
from django.utils import translation

from marketplace.accounts.models import Person
from marketplace.core.errors import InvalidInput
from marketplace.core.models import OutboxEntry
from stores.catalogue.models import Product
from stores.inventory.importing import keep_file, run_import, start_import
from stores.inventory.models import Hold, ImportRun, Listing, PriceChange, StockMovement
from tests.factories import make_listing, make_product, make_store
from tests.inventory.shelf import figures, in_days, left, receive
from tests.orders.building import place_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


def run(store, text, *, actor="system"):
    content = text if isinstance(text, bytes) else text.encode()
    kept = keep_file(store_id=store.pk, actor=actor, file=ContentFile(content, name="list.csv"))
    return run_import(import_run_id=kept.pk)


def counts(done):
    return done.created, done.changed, done.unchanged, done.failed


def shelf(store):
    return list(
        Listing.objects.of_store(store.pk)
        .order_by("price")
        .values_list("product__name", "price", "mrp", "policy", "on_hand")
    )


def errors(done):
    return list(csv.DictReader(io.StringIO(done.errors.open("rb").read().decode("utf-8-sig"))))


def test_prices_become_exact_paise_and_packs_are_read_from_names(store):
    done = run(store, "Item,MRP (Rs),Rate\nSona Masoori 5 kg,₹ 1/-,0.29\nSurf 500g,41.5,40\n")
    assert counts(done) == (2, 0, 0, 0)
    assert shelf(store) == [
        ("Sona Masoori", 29, 100, "on_shelf", 0),
        ("Surf", 4000, 4150, "on_shelf", 0),
    ]
    assert set(Product.objects.values_list("pack_quantity", "pack_unit", "store")) == {
        (5000, "g", store.pk),
        (500, "g", store.pk),
    }
    assert Listing.objects.sellable().count() == 2


def test_one_name_at_two_mrps_is_one_product_and_two_listings(store):
    done = run(store, "product,market_price,sale_price\nDove Soap,50,45\nDove Soap,60,55\n")
    assert counts(done) == (2, 0, 0, 0)
    assert Product.objects.count() == 1
    assert [mrp for _name, _price, mrp, *_rest in shelf(store)] == [5000, 6000]


def test_the_same_file_again_changes_nothing(store):
    text = "name,mrp,price,stock\nAtta 5 kg,300,280,12\nChini,50,45,3\n"
    assert counts(run(store, text)) == (2, 0, 0, 0)
    before = shelf(store), PriceChange.objects.count(), StockMovement.objects.count()
    assert before[1:] == (2, 2)
    assert counts(run(store, text)) == (0, 0, 2, 0)
    assert (shelf(store), PriceChange.objects.count(), StockMovement.objects.count()) == before


def test_stock_is_a_count_and_never_added(store):
    run(store, "name,price,qty\nAtta 5 kg,280,12\n")
    assert counts(run(store, "name,price,qty\nAtta 5 kg,280,7\n")) == (0, 1, 0, 0)
    assert [row[-1] for row in shelf(store)] == [7]
    assert list(
        StockMovement.objects.order_by("id").values_list("kind", "delta", "after", "actor")
    ) == [("count", 12, 12, "system"), ("count", -5, 7, "system")]


def test_a_new_price_is_history(store):
    run(store, "name,price\nAtta 5 kg,280\n")
    run(store, "name,price\natta 5KG,290\n")
    assert list(PriceChange.objects.order_by("id").values_list("before", "after")) == [
        (None, 28000),
        (28000, 29000),
    ]


def test_every_bad_row_comes_back_with_all_its_reasons_and_good_rows_go_in(store):
    text = (
        "sku,name,mrp,price,stock,ean,\n"
        "1,Good,10,9,5,,x\n"
        "2,,10,9,5,,\n"
        "3,Dear,10,11,5,,\n"
        "4,Odd,ten,9,-1,,\n"
        '5,Comma,"41,50",9,,,\n'
        "6,Barcode,10,9,,8901030000000,\n"
        "7,Good,10,9,5,,x\n"
        "8,Good,10,8,5,,x\n"
        "9,Free,10,0,,,\n"
        "10,Fraction,10,9.999,,,\n"
        "11,No price,,,,,\n"
        "12,Half,10,9,1.5,,\n"
    )
    done = run(store, text)
    assert (done.rows, done.done) == (12, 12)
    assert counts(done) == (1, 0, 0, 11)
    rows = list(csv.reader(io.StringIO(done.errors.open("rb").read().decode("utf-8-sig"))))
    assert rows[0] == ["sku", "name", "mrp", "price", "stock", "ean", "", "error"]
    assert rows[1][:7] == ["2", "", "10", "9", "5", "", ""]
    assert {row[0]: row[-1] for row in rows[1:]} == {
        "2": "The name is missing.",
        "3": "The price ₹11 is above the MRP of ₹10.",
        "4": "mrp: “ten” is not a number. “-1” is not a count of stock.",
        "5": "mrp: “41,50” is not a number.",
        "6": "“8901030000000” is not a barcode: its digits do not add up.",
        "7": "The same product and MRP as in line 2.",
        "8": "The same product and MRP as in line 2, but another price or stock.",
        "9": "price: “0” cannot be a price.",
        "10": "price: “9.999” has parts of a paisa.",
        "11": "The price is missing.",
        "12": "“1.5” is not a whole number of pieces or grams.",
    }
    assert [row[0] for row in shelf(store)] == ["Good"]


def test_the_mended_error_file_goes_in(store):
    done = run(store, "name,mrp,price\nGood,10,9\nDear,10,11\n")
    mended = done.errors.open("rb").read().decode("utf-8-sig").replace(",11,", ",10,")
    assert counts(run(store, mended)) == (1, 0, 0, 0)
    assert [row[0] for row in shelf(store)] == ["Good", "Dear"]


def test_errors_speak_the_uploaders_language(store):
    owner = Person.objects.create(language="hi")
    with translation.override("hi"):
        hindi = translation.gettext("The name is missing.")
    done = run(store, "name,price\n ,5\n", actor=f"person:{owner.pk}")
    assert errors(done)[0]["error"] == hindi


@pytest.mark.parametrize(
    "content",
    [
        "उत्पाद;एमआरपी;दाम\nचीनी – 1 किलो;50;45\n".encode("utf-8-sig"),
        "उत्पाद\tएमआरपी\tदाम\nचीनी – 1 किलो\t50\t45\n".encode("utf-16"),
    ],
)
def test_hindi_headings_and_spreadsheet_encodings_are_read(store, content):
    assert counts(run(store, content)) == (1, 0, 0, 0)
    assert shelf(store)[0][:3] == ("चीनी", 4500, 5000)
    assert Product.objects.get().pack_quantity == 1000


def test_a_windows_file_keeps_its_accents(store):
    run(store, "name,price\nNescafé\u00a0Classic,90\n".encode("cp1252"))
    assert Product.objects.get().name == "Nescafé Classic"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (b"colour,price\nred,5\n", "No column holds the product's name."),
        (b"name,colour\nAtta,red\n", "No column holds the price."),
        (b"PK\x03\x04...", "This is an Excel workbook."),
    ],
)
def test_a_file_that_is_no_price_list_says_why(store, content, why):
    done = run(store, content)
    assert (done.state, done.problem[: len(why)]) == (ImportRun.State.FAILED, why)


def test_loose_goods_are_priced_and_counted_by_the_kilo(store):
    done = run(store, "name,rate,qty,unit\nArhar Dal,145.50,12.5,KG\nSoap,40,3,pcs\n")
    assert counts(done) == (2, 0, 0, 0)
    dal = Listing.objects.select_related("product").get(product__name="Arhar Dal")
    assert (dal.price, dal.per, dal.on_hand, dal.step) == (14550, 1000, 12500, 250)
    assert (dal.product.packed, dal.product.base_unit) == (False, "g")
    assert dal.amount_for(250) == 3638


@pytest.mark.parametrize(
    ("price", "step"), [("28", 250), ("200", 250), ("201", 100), ("500", 100), ("1450", 50)]
)
def test_what_is_dear_is_sold_in_smaller_steps(store, price, step):
    run(store, f"name,rate,unit\nDalchini,{price},KG\n")
    spice = Listing.objects.get(product__name="Dalchini")
    assert (spice.step, spice.minimum) == (step, step)


def test_a_shared_product_is_recognised_by_barcode_and_by_name(store):
    by_code = make_product(name="Maggi Noodles", pack_quantity=70, ean="8901058851311")
    by_name = make_product(name="Tata Salt", pack_quantity=1000)
    run(store, "name,price,barcode\nMaggi 2 min,14,8901058851311\nTATA salt 1 kg,28,\n")
    assert set(Listing.objects.values_list("product_id", flat=True)) == {by_code.pk, by_name.pk}
    assert Product.objects.count() == 2


def test_another_shops_private_product_is_not_touched(store):
    theirs = make_store()
    run(theirs, "name,price\nSecret masala,100\n")
    run(store, "name,price\nSecret masala,120\n")
    assert Product.objects.count() == 2
    assert [row[1] for row in shelf(theirs)] == [10000]


def test_known_categories_are_used_and_others_go_to_other(store):
    run(
        store,
        "name,price,category,sub_category\nHaldi,20,Foodgrains,Masalas & Spices\nRope,90,Marine,\n",
    )
    assert dict(Listing.objects.values_list("product__name", "category__slug")) == {
        "Haldi": "spices",
        "Rope": "other",
    }


def test_a_count_below_what_is_held_releases_the_newest_hold(store):
    product = make_product(name="Ghee", pack_quantity=None, pack_unit="")
    listing = make_listing(store, product=product, price=50000, mrp=None, on_hand=5)
    place_order(store, {listing.pk: 4})
    done = run(store, "name,price,stock\nGhee,500,3\n")
    assert counts(done) == (0, 1, 0, 0)
    listing.refresh_from_db()
    assert (listing.on_hand, listing.held) == (3, 0)
    assert Hold.objects.get().state == Hold.State.RELEASED


def test_a_lower_count_is_taken_from_the_batch_that_expires_first(store):
    product = make_product(name="Ghee", pack_quantity=None, pack_unit="")
    listing = make_listing(store, product=product, price=50000, mrp=None, on_hand=5)
    late = receive(listing, 4, expires_on=in_days(90))
    soon = receive(listing, 4, expires_on=in_days(9))
    assert counts(run(store, "name,price,stock\nGhee,500,8\n")) == (0, 1, 0, 0)
    assert left(soon, late) == [0, 3]
    assert figures(listing) == (8, 0, 0)


def test_a_price_above_the_mrp_of_a_batch_in_stock_does_not_go_in(store):
    product = make_product(name="Ghee", pack_quantity=None, pack_unit="")
    listing = make_listing(store, product=product, price=50000, mrp=None, on_hand=5)
    receive(listing, 4, mrp=52000)
    done = run(store, "name,price,stock\nGhee,521,2\n")
    assert counts(done) == (0, 0, 0, 1)
    assert errors(done)[0]["error"] == "The price ₹521 is above the MRP of ₹520."
    assert figures(listing) == (9, 0, 0)
    assert listing.price == 50000
    assert counts(run(store, "name,price,stock\nGhee,520,9\n")) == (0, 1, 0, 0)


def test_a_count_at_the_reorder_level_tells_the_shop(store):
    product = make_product(name="Ghee", pack_quantity=None, pack_unit="")
    make_listing(store, product=product, price=50000, mrp=None, on_hand=5, reorder_level=2)
    run(store, "name,price,stock\nGhee,500,2\n")
    assert OutboxEntry.objects.filter(event="stock.low").count() == 1


def test_an_upload_waits_for_a_worker_through_the_outbox(store):
    waiting = start_import(
        store_id=store.pk, actor="system", file=ContentFile(b"name,price\nA,1\n", name="../a.csv")
    )
    assert (waiting.state, waiting.file_name) == ("waiting", "a.csv")
    entry = OutboxEntry.objects.get(event="import.asked")
    assert entry.payload == {"import_run_id": str(waiting.pk)}
    with pytest.raises(InvalidInput):
        start_import(store_id=store.pk, actor="system", file=ContentFile(b"", name="a.csv"))
    assert ImportRun.objects.count() == 1


def test_an_import_that_ended_is_not_run_again(store):
    done = run(store, "name,price\nA,1\n")
    assert run_import(import_run_id=done.pk).created == 1
    assert Listing.objects.count() == 1


def test_an_import_that_died_is_finished(store):
    kept = keep_file(
        store_id=store.pk, actor="system", file=ContentFile(b"name,price\nA,1\nB,2\n", name="a.csv")
    )
    ImportRun.objects.filter(pk=kept.pk).update(state="running", rows=2, done=1, created=1)
    assert counts(run_import(import_run_id=kept.pk)) == (2, 0, 0, 0)
