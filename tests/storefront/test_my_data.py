"""A customer downloads what we hold about them and erases it, from the page with their details."""

import io
import json
import re
import zipfile

import pytest
from django.test import Client

from marketplace.accounts.codes import code_for
from marketplace.accounts.models import Person, SignInChallenge
from marketplace.accounts.services import register_person
from orders import services
from orders.models import Order
from payments.khata.services import charge, open_khata
from stores.shops.services import add_staff
from tests.orders.building import deliver_order

BACKEND = "marketplace.accounts.backends.PersonBackend"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def newest_code():
    return code_for(SignInChallenge.objects.latest("created_at").pk)


def erase(client):
    asked = client.post("/me/erase/")
    assert (asked.status_code, asked["Location"]) == (302, "/me/erase/code/")
    return client.post("/me/erase/code/", {"code": newest_code()})


def test_the_page_of_ones_details_leads_to_both(customer):
    page = text(customer.get("/me/"))
    assert 'action="/me/data/"' in page
    assert 'href="/me/erase/"' in page


def test_the_download_is_a_zip_that_nobody_keeps(customer, buy):
    order = buy("cash")
    answer = customer.post("/me/data/")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == 'attachment; filename="nukkad.zip"'
    assert "no-store" in answer["Cache-Control"]
    assert "Offline-Key" not in answer
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        told = json.loads(archive.read("nukkad.json"))
    assert [each["number"] for each in told["orders"]] == [order.number]
    assert told["person"]["name"] == "Asha"


def test_the_download_is_in_the_readers_language(asha):
    reader = Client(headers={"accept-language": "hi"})
    reader.force_login(asha, backend=BACKEND)
    with zipfile.ZipFile(io.BytesIO(b"".join(reader.post("/me/data/")))) as archive:
        page = archive.read("nukkad.html").decode()
    assert '<html lang="hi">' in page
    assert "मोबाइल नंबर" in page


@pytest.mark.parametrize(
    ("path", "method"), [("/me/data/", "post"), ("/me/erase/", "get"), ("/me/erase/code/", "get")]
)
def test_a_stranger_gets_neither(visitor, path, method):
    answer = getattr(visitor, method)(path)
    assert (answer.status_code, answer["Location"].startswith("/sign-in/")) == (302, True)


def test_a_link_alone_downloads_nothing(customer):
    assert customer.get("/me/data/").status_code == 405


def test_the_page_says_what_goes_and_what_stays_and_is_not_kept(customer):
    answer = customer.get("/me/erase/")
    page = text(answer)
    assert "What goes, for good" in page
    assert "72 months after the annual return of that year is due (CGST Act, section 36)" in page
    assert "we send a code to +919876543210" in page
    assert "no-store" in answer["Cache-Control"]
    assert "Offline-Key" not in answer


def test_the_erased_are_signed_out_everywhere_and_can_begin_anew(customer, asha, store, listing):
    order = deliver_order(store, {listing.pk: 1}, person_id=asha.pk, actor=f"person:{asha.pk}")
    elsewhere = Client(headers={"accept-language": "en"})
    elsewhere.force_login(asha, backend=BACKEND)
    assert elsewhere.get("/me/").status_code == 200
    done = erase(customer)
    assert (done.status_code, done["Location"]) == (302, "/me/erased/")
    assert done.cookies["area"].value == ""
    page = text(customer.get("/me/erased/"))
    assert "Your details are erased" in page
    for client in (customer, elsewhere):
        assert client.get("/me/").status_code == 302
        assert client.get(f"/orders/{order.pk}/").status_code == 302
    anew = Client(headers={"accept-language": "en"})
    SignInChallenge.objects.all().delete()
    anew.post("/sign-in/", {"phone": "98765 43210"})
    assert anew.post("/sign-in/code/", {"code": newest_code()}).status_code == 302
    assert Person.objects.filter(erased_at=None).get().pk != asha.pk
    assert anew.get(f"/orders/{order.pk}/").status_code == 404
    assert order.number not in text(anew.get("/orders/"))


def test_a_wrong_code_erases_nothing(customer, asha):
    customer.post("/me/erase/")
    wrong = "000000" if newest_code() != "000000" else "111111"
    answer = customer.post("/me/erase/code/", {"code": wrong})
    assert answer.status_code == 422
    assert "That is not the code we sent." in text(answer)
    asha.refresh_from_db()
    assert (asha.name, asha.erased_at) == ("Asha", None)


def test_the_code_of_signing_in_does_not_erase(customer, asha):
    """A code is asked for on this page, or there is none to enter."""
    assert customer.get("/me/erase/code/")["Location"] == "/me/erase/"
    assert customer.post("/me/erase/code/", {"code": "123456"})["Location"] == "/me/erase/"
    asha.refresh_from_db()
    assert asha.erased_at is None


def test_too_many_codes_are_refused_in_words(customer):
    customer.post("/me/erase/")
    answer = customer.post("/me/erase/")
    assert answer.status_code == 429
    assert "Too many codes were asked for." in text(answer)


def test_what_is_open_is_named_with_a_link_and_no_code_is_sent(customer, asha, store, buy):
    order = buy("cash")
    khata = open_khata(
        store_id=store.pk, phone="9876543210", name="Asha", limit=500_00, actor="person:x"
    )
    charge(
        store_id=store.pk,
        khata_id=khata.pk,
        kind="carried",
        amount=100,
        key="k",
        actor="person:x",
    )
    page = text(customer.get("/me/erase/"))
    assert f'<a href="/orders/{order.pk}/">{order.number}</a> · Gupta Kirana' in page
    assert "This order is still under way." in page
    assert f'<a href="/khata/{khata.pk}/">Khata</a> · Gupta Kirana' in page
    assert "Money is owed on this khata." in page
    assert "Send me the code" not in page
    assert customer.post("/me/erase/").status_code == 200
    assert not SignInChallenge.objects.exists()


def test_what_was_opened_after_the_code_was_sent_is_named_too(customer, asha, buy):
    customer.post("/me/erase/")
    buy("cash")
    answer = customer.post("/me/erase/code/", {"code": newest_code()})
    assert answer["Location"] == "/me/erase/"
    assert "This order is still under way." in text(customer.get("/me/erase/"))
    asha.refresh_from_db()
    assert asha.erased_at is None


def test_whoever_works_in_a_shop_is_sent_to_the_officer(customer, asha, store):
    add_staff(store_id=store.pk, person_id=asha.pk, role="helper")
    page = text(customer.get("/me/erase/"))
    assert "You work in this shop. Please write to the grievance officer." in page
    assert 'href="mailto:grievance@nukkad.example"' in page
    assert "Send me the code" not in page


def test_the_page_costs_as_much_for_many_orders_as_for_one(
    customer, buy, django_assert_num_queries
):
    customer.get("/me/erase/")
    for _ in range(2):
        order = buy("cash")
        services.cancel(store_id=order.store_id, order_id=order.pk, actor="x", reason="x")
        with django_assert_num_queries(9):
            customer.get("/me/erase/")


def test_the_shop_sees_that_the_customer_erased_their_details(customer, asha, store, listing):
    order = deliver_order(store, {listing.pk: 1}, person_id=asha.pk, actor=f"person:{asha.pk}")
    owner = register_person(phone="9811111111", name="Owner", language="en")
    add_staff(store_id=store.pk, person_id=owner.pk, role="owner")
    erase(customer)
    shop = Client(headers={"accept-language": "en"})
    shop.force_login(owner, backend=BACKEND)
    page = text(shop.get(f"/dashboard/{store.pk}/orders/{order.pk}/"))
    assert '<h2 id="customer">customer who erased their details</h2>' in page
    assert "tel:" not in page
    assert "wa.me" not in page
    assert "customer who erased their details" in text(shop.get(f"/dashboard/{store.pk}/"))
    assert Order.objects.get(pk=order.pk).address == ""


def test_the_privacy_page_says_what_is_so(visitor):
    page = text(visitor.get("/privacy/"))
    assert 'Under <a href="/me/">My details</a> you can correct' in page
    for promise in ("two days", "180 days", "60 days", "72 months", "the UPI id they came from"):
        assert promise in page
