"""The last packet over the real API: the product's web server with two processes, 32 connections."""

import http.client
import json
import os
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import connection

from marketplace.api.services import issue_key
from marketplace.local.programs import Program, free_port
from orders.models import Order
from tests import patience
from tests.factories import make_listing, make_product, make_store
from tests.invariants import broken_invariants
from tests.servers import ROOT, running

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS, ROUNDS = 32, 8


@pytest.fixture
def web(cloned_db, tmp_path, eventually):
    """The port of a web server on this test's database."""
    port = free_port()
    program = Program(
        "web",
        [
            *(sys.executable, "-m", "granian", "marketplace.wsgi:application"),
            *("--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", "2", "--blocking-threads", "4", "--log-level", "warning"),
        ],
        {
            "DJANGO_SETTINGS_MODULE": "marketplace.settings.local",
            "NUKKAD_HOME": str(tmp_path),
            "DATABASE_URL": os.environ["DATABASE_URL"],
        },
        ROOT,
    )

    def ready():
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    with running(program, mark=str(tmp_path), logs=tmp_path):
        eventually(ready)
        yield port


def test_32_buyers_over_http_are_one_order_each_round(web):
    store = make_store(delivery_fee=0)
    product = make_product()
    listings = [
        str(make_listing(store, product=product, price=100, mrp=1000 + n, on_hand=1).pk)
        for n in range(ROUNDS)
    ]
    secret = issue_key(name="races", store_ids=[store.pk]).secret
    together = threading.Barrier(BUYERS)

    def buy(buyer):
        client = http.client.HTTPConnection("127.0.0.1", web, timeout=patience.SECONDS)
        answers = []
        for number, listing in enumerate(listings):
            body = {
                "store": str(store.pk),
                "lines": [{"listing": listing, "quantity": 1}],
                "fulfilment": "delivery",
                "payment_method": "cash",
                "contact": {"name": "Asha", "phone": "+919810012345", "language": "hi"},
                "address": {"text": "4 Hailey Road", "pincode": "110001"},
            }
            headers = {
                "Authorization": f"Bearer {secret}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"{buyer}-{number}",
            }
            together.wait(patience.SECONDS)
            client.request("POST", "/api/v1/orders/", json.dumps(body), headers)
            answer = client.getresponse()
            told = json.loads(answer.read())
            answers.append(told["error"]["code"] if "error" in told else str(answer.status))
        client.close()
        return answers

    with ThreadPoolExecutor(BUYERS) as pool:
        answers = list(pool.map(buy, range(BUYERS)))
    for number in range(ROUNDS):
        outcome = Counter(each[number] for each in answers)
        assert outcome == {"201": 1, "out_of_stock": BUYERS - 1}
    assert Order.objects.count() == ROUNDS
    assert broken_invariants(connection) == []
