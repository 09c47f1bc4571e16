from datetime import timedelta

import pytest

from marketplace.core.clock import business_date
from orders import services
from payments.settlement.services import settle_store
from payments.upi.models import PaymentAttempt
from payments.upi.services import apply_bank_event
from tests.factories import make_listing, make_store
from tests.orders.building import place_order
from tests.upi.words import payment_word

pytestmark = pytest.mark.django_db


def test_a_settlement_is_listed_and_explained(client_for, django_assert_num_queries):
    store, other = make_store(delivery_fee=2000), make_store()
    order = place_order(store, {make_listing(store, price=25000).pk: 2}, payment_method="upi")
    attempt = PaymentAttempt.objects.get(reference=order.pk)
    apply_bank_event(word=payment_word(attempt))
    for step in (services.accept, services.pack, services.dispatch, services.deliver):
        step(store_id=store.pk, order_id=order.pk, actor="system")
    settle_store(store_id=store.pk, upto=business_date() + timedelta(days=1))

    client = client_for(store)
    url = "/api/v1/settlements/"
    client.get(url)
    with django_assert_num_queries(2):
        (settlement,) = client.get(f"{url}?store={store.pk}").json()["results"]
    # 520.00 less commission 15.00, GST on it 2.70, TDS 0.52, TCS 2.48 (goods 2.38, delivery 0.10)
    assert (settlement["net"], settlement["state"]) == (49930, "ready")
    told = client.get(f"{url}{settlement['id']}/").json()
    assert told["totals"] == {
        "gross": 52000,
        "commission": -1500,
        "gst_on_commission": -270,
        "tds": -52,
        "tcs": -248,
        "delivery_fee": 0,
        "rounding": 0,
        "cash_set_off": 0,
        "refunds": 0,
        "disputes": 0,
        "khata": 0,
        "counter_qr": 0,
        "other": 0,
        "net": 49930,
    }
    assert [row["reference"] for row in told["rows"]] == [str(order.pk)]

    stranger = client_for(other)
    assert stranger.get(url).json()["results"] == []
    assert stranger.get(f"{url}{settlement['id']}/").status_code == 404
    assert stranger.get(f"{url}?store={store.pk}").status_code == 404
