from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from marketplace.accounts.models import Identity, Person
from marketplace.accounts.services import register_person
from marketplace.core.clock import business_date, travel
from payments.settlement.models import BankHoliday
from stores.catalogue.models import Brand, Category, GstRate, Product
from stores.shops.models import StaffMember, Store
from stores.shops.services import add_staff
from stores.shops.validators import gstin_check_digit
from tests.factories import make_product, make_store
from tests.staff.forms import submit

PAPERS = {
    "gstin": "07AAACG1234A1Z" + gstin_check_digit("07AAACG1234A1Z"),
    "pan": "AAACG1234A",
    "hours": {"mon": [["07:00", "21:00"]]},
}


def change(staff, row, **changes):
    """Open a row's form, change these fields and save."""
    app, model = row._meta.app_label, row._meta.model_name
    return submit(staff, reverse(f"admin:{app}_{model}_change", args=[row.pk]), model, **changes)


def add(staff, model_class, **values):
    app, model = model_class._meta.app_label, model_class._meta.model_name
    return submit(staff, reverse(f"admin:{app}_{model}_add"), model, **values)


def accepted(answer):
    errors = [] if answer.status_code == 302 else answer.context["errors"]
    assert (answer.status_code, errors) == (302, [])
    return True


@pytest.fixture
def shop(db):
    return make_store(**PAPERS)


def test_money_of_a_shop_is_typed_in_rupees(staff, shop):
    assert accepted(change(staff, shop, minimum_order="99.50", free_delivery_from="499"))
    shop.refresh_from_db()
    assert (shop.minimum_order, shop.delivery_fee, shop.free_delivery_from) == (9950, 2000, 49900)
    assert "99.50" in staff.get(reverse("admin:shops_store_change", args=[shop.pk])).text


def test_saving_an_unchanged_shop_changes_nothing(staff, shop):
    before = Store.objects.filter(pk=shop.pk).values().get()
    assert accepted(change(staff, shop))
    assert Store.objects.filter(pk=shop.pk).values().get() == before


def test_shop_is_approved_and_suspended_but_never_onboarded_again(staff, refused):
    shop = make_store(status="onboarding", **PAPERS)
    for status in ("active", "suspended"):
        assert accepted(change(staff, shop, status=status))
        shop.refresh_from_db()
        assert shop.status == status
    answer = change(staff, shop, status="onboarding", name="New name")
    assert list(refused(answer)) == ["status"]
    assert 'value="New name"' in answer.text
    shop.refresh_from_db()
    assert (shop.status, shop.name) == ("suspended", "Gupta Kirana")


def test_what_the_service_refuses_comes_back_in_the_form(staff, shop, refused):
    answer = change(staff, shop, pan="ZZZZZ9999Z", name="New name")
    assert refused(answer) == {"pan": ["pan: The GSTIN contains another PAN."]}
    assert 'value="New name"' in answer.text
    shop.refresh_from_db()
    assert (shop.pan, shop.name) == ("AAACG1234A", "Gupta Kirana")


def test_new_shop_gets_its_owner_by_phone(staff):
    answer = add(
        staff,
        Store,
        name="Naya Kirana",
        owner_phone="98765 43210",
        owner_name="Ravi",
        phone="98100 00001",
        line1="1 Main Bazar",
        locality="Connaught Place",
        city="New Delhi",
        state="Delhi",
        pincode="110001",
        latitude="28.62",
        longitude="77.21",
        hours='{"mon": [["07:00", "21:00"]]}',
        minimum_order="0",
        delivery_fee="20",
        legal_name="Naya Kirana",
        tax_status="unregistered",
        payout_vpa="naya@nkbank",
    )
    assert accepted(answer)
    store = Store.objects.get()
    assert (store.status, store.slug) == ("onboarding", "naya-kirana-connaught-place")
    assert (store.phone, store.delivery_fee) == ("+919810000001", 2000)
    member = StaffMember.objects.get(store=store)
    assert (member.role, member.person.name) == ("owner", "Ravi")
    assert Identity.objects.get(person=member.person).value == "+919876543210"


def test_people_of_a_shop_come_and_go(staff, shop):
    owner = register_person(phone="9876543210", name="Ravi")
    add_staff(store_id=shop.pk, person_id=owner.pk, role="owner")
    rows = {
        "staff-TOTAL_FORMS": "2",
        "staff-1-store": str(shop.pk),
        "staff-1-phone": "9876543211",
        "staff-1-role": "helper",
    }
    assert accepted(change(staff, shop, **rows))
    assert dict(StaffMember.objects.values_list("person__identities__value", "role")) == {
        "+919876543210": "owner",
        "+919876543211": "helper",
    }
    answer = change(staff, shop, **{"staff-0-DELETE": "on"})
    assert "A shop needs at least one owner." in answer.text
    assert StaffMember.objects.count() == 2
    assert accepted(change(staff, shop, **{"staff-1-DELETE": "on"}))
    assert StaffMember.objects.get().person == owner


def test_person_is_made_staff_but_not_by_themselves(staff, member, refused):
    asha = register_person(phone="9876543210", name="Asha", language="hi")
    assert accepted(change(staff, asha, name="Asha Devi", language="en", is_staff="on"))
    asha = Person.objects.get(pk=asha.pk)
    assert (asha.name, asha.language, asha.is_staff, asha.is_active) == (
        "Asha Devi",
        "en",
        True,
        True,
    )
    assert list(refused(change(staff, member, is_staff=None))) == ["is_staff"]
    member.refresh_from_db()
    assert member.is_staff


def test_closed_account_is_signed_out(staff, client):
    asha = register_person(phone="9876543210", name="Asha", language="hi")
    theirs = type(client)()
    theirs.force_login(asha)
    assert theirs.get("/orders/").status_code == 200
    assert accepted(change(staff, asha, is_active=None))
    assert theirs.get("/orders/").status_code == 302


def test_new_person_is_entered_by_phone(staff, refused):
    assert list(refused(add(staff, Person, phone="12345", name="Asha"))) == ["phone"]
    assert accepted(add(staff, Person, phone="9876543210", name="Asha", language="hi"))
    assert Person.objects.with_phone("+919876543210").name == "Asha"


def test_product_changes_keep_its_search_words(staff, db):
    product = make_product(name="Tur dal", name_hi="तुअर दाल")
    assert accepted(change(staff, product, name="Toor dal", other_names="arhar,tuvar"))
    product.refresh_from_db()
    assert product.search_text == "toor dal तुअर दाल arhar tuvar"
    assert product.pack == "5 kg"


def test_barcode_that_does_not_add_up_is_refused(staff, refused, db):
    category = Category.objects.create(slug="x", name="X")
    answer = add(staff, Product, name="Dal", category=category.pk, ean="8901030865279")
    assert list(refused(answer)) == ["ean"]
    assert not Product.objects.exists()


def test_new_product_is_for_every_shop(staff, db):
    category = Category.objects.create(slug="x", name="X")
    assert accepted(add(staff, Product, name="Dal", category=category.pk))
    assert list(Product.objects.shared().values_list("name", flat=True)) == ["Dal"]


def test_renamed_brand_is_found_by_its_new_name(staff, db):
    brand = Brand.objects.create(name="Tata Sampan")
    product = make_product(brand=brand, name="Dal")
    assert accepted(change(staff, brand, name="Tata Sampann", name_hi="टाटा"))
    product.refresh_from_db()
    assert product.search_text == "dal tata sampann टाटा"


def test_aisles_are_added_and_renamed(staff, refused, db):
    parent = None
    for slug in ("one", "two", "three"):
        assert accepted(add(staff, Category, name=slug, slug=slug, parent=parent and parent.pk))
        parent = Category.objects.get(slug=slug)
    assert parent.level == 3
    answer = add(staff, Category, name="four", slug="four", parent=parent.pk)
    assert list(refused(answer)) == ["parent"]
    assert accepted(change(staff, parent, name="Three", name_hi="तीन", position="7"))
    parent.refresh_from_db()
    assert (parent.name, parent.slug, parent.position) == ("Three", "three", 7)


def test_gst_rate_is_added_from_a_day_on(staff, db):
    rate = {"hsn": "9899", "packed": "on", "bps": "500", "valid_from": "2025-09-22"}
    assert accepted(add(staff, GstRate, **rate))
    assert add(staff, GstRate, **rate).status_code == 200
    assert list(GstRate.objects.filter(hsn="9899").values_list("packed", "bps")) == [(True, 500)]


def test_bank_holiday_is_entered_once_and_moved_while_it_is_to_come(staff, refused, db):
    soon = business_date() + timedelta(days=30)
    assert accepted(add(staff, BankHoliday, day=str(soon), name="Holi"))
    assert "day" in refused(add(staff, BankHoliday, day=str(soon), name="again"))
    assert "day" in refused(add(staff, BankHoliday, day="2020-01-26", name="past"))
    holiday = BankHoliday.objects.get()
    assert accepted(change(staff, holiday, day=str(soon + timedelta(days=1))))
    assert BankHoliday.objects.get().day == soon + timedelta(days=1)
    with travel(days=40):
        url = reverse("admin:settlement_bankholiday_change", args=[holiday.pk])
        assert staff.post(url, {"day": str(soon), "name": "x"}).status_code == 403


def test_every_change_is_on_record(staff, member, shop):
    change(staff, shop, name="Gupta and Sons")
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (member, str(shop.pk))
    assert "ame" in entry.change_message
