"""The demo neighbourhood keeps every rule, and opening it again adds nothing."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum

from marketplace.accounts.models import Person
from marketplace.api.services import find_key
from marketplace.core.clock import business_date, now
from orders.complaints.models import Complaint
from orders.models import CounterSale, Order, OrderEvent, OrderLine, Return, State
from payments.khata.models import KhataEntry
from payments.khata.selectors import standings
from stores.catalogue.models import Product
from stores.inventory.models import Batch, Listing, PriceChange, StockMovement
from stores.inventory.reconciling import reconcile_all
from stores.shops.models import DeliverySlot, Store

pytestmark = pytest.mark.django_db


def everything():
    counted = (
        *(Person, Store, Product, Listing, StockMovement, PriceChange),
        *(Order, OrderEvent, Return, CounterSale, KhataEntry, Complaint),
    )
    return {model.__name__: model.objects.count() for model in counted}


def test_the_neighbourhood_opens_once(tmp_path, settings):
    settings.BANK_URL = "http://127.0.0.1:9"  # nobody listens: UPI orders are left out
    file = tmp_path / "demo.json"
    call_command("demo", write=file)
    first, summary = everything(), json.loads(file.read_text())
    call_command("demo", write=file)
    assert everything() == first
    assert json.loads(file.read_text()) == summary

    assert first["Store"] == 8
    assert len(Store.objects.delivering_to(pincode="110092")) == 4
    assert len(Store.objects.delivering_to(pincode="226010")) == 4
    assert sum(store.is_open() for store in Store.objects.all()) >= 2
    assert not Store.objects.get(slug="gomti-mart").is_open()

    assert Product.objects.shared().count() == first["Product"] >= 300
    assert not Product.objects.filter(name_hi="").exists()
    assert not Listing.objects.with_tax(business_date()).filter(gst_bps=None).exists()
    assert Listing.objects.running_low().exists()
    wrong = [
        listing
        for listing in Listing.objects.annotate(moved=Sum("movements__delta"))
        if (listing.moved or 0) != listing.on_hand
    ]
    assert wrong == []
    assert reconcile_all() == []
    expiring = Batch.objects.expiring_by(business_date() + timedelta(days=3))
    assert expiring.filter(expired=False).exists()
    assert expiring.filter(expired=True).exists()

    gupta = Store.objects.get(slug="gupta-kirana")
    assert [each.owed for each in standings(gupta.pk)] == [495_50, 480_00]

    assert set(Order.objects.values_list("state", flat=True)) == {
        State.CONFIRMED,
        State.ACCEPTED,
        State.UNDELIVERED,
        State.OUT_FOR_DELIVERY,
        State.READY_FOR_PICKUP,
        State.DELIVERED,
        State.REJECTED,
    }
    assert (first["Return"], first["CounterSale"], first["Complaint"]) == (1, 1, 1)
    assert Complaint.objects.get().kind == "late"
    assert Return.objects.open().get().amount > 0
    assert DeliverySlot.objects.values("store").distinct().count() == 2
    assert Order.objects.exclude(slot=None).get().slot_starts_at > now()
    waiting = Order.objects.in_states([State.CONFIRMED])
    assert all(order.accept_by > now() + timedelta(minutes=100) for order in waiting)
    weighed = OrderLine.objects.filter(by_weight=True, state=OrderLine.State.PICKED)
    assert {line.packed - line.quantity for line in weighed} == {16, 40}
    assert set(summary) >= {"customer", "shopkeeper", "staff", "api_key", "store_ids", "pincode"}
    assert find_key(summary["api_key"]) is not None
    assert Person.objects.with_phone(summary["staff"]["phone"]).is_staff
    assert Person.objects.with_phone(summary["shopkeeper"]["phone"]).jobs.count() == 2


def test_it_never_opens_where_the_demo_code_is_off(settings):
    settings.DEMO_CODE = None
    with pytest.raises(CommandError):
        call_command("demo")
    assert not Store.objects.exists()
