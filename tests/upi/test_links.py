"""The request to pay, as UPI apps read it."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from payments.bank.upi import parse_link
from payments.upi.models import ShopQr
from payments.upi.services import intent_uri, qr_svg, shop_qr_svg, shop_qr_uri

pytestmark = pytest.mark.django_db


def test_the_link_says_what_npci_asks_for(ask_for):
    attempt = ask_for(1_25_005)
    uri = intent_uri(attempt)
    assert uri.startswith("upi://pay?")
    fields = {name: value[0] for name, value in parse_qs(urlsplit(uri).query).items()}
    assert fields == {
        "pa": settings.PLATFORM_VPA,
        "pn": settings.PLATFORM_NAME,
        "mc": settings.PLATFORM_MCC,
        "tr": attempt.id.hex,
        "tn": "Order NK-1",
        "am": "1250.05",
        "cu": "INR",
        "mode": "04",
    }
    assert "+" not in uri


def test_the_bank_reads_the_link_to_the_paisa(ask_for):
    link = parse_link(intent_uri(ask_for(7), return_url="http://127.0.0.1:8000/o/1/?a=b&c=d"))
    assert (link.amount, link.return_url) == (7, "http://127.0.0.1:8000/o/1/?a=b&c=d")


def test_the_qr_code_needs_no_style(ask_for):
    svg = qr_svg(ask_for(49_950))
    assert svg.startswith("<svg")
    assert "style" not in svg
    assert re.search(r'viewBox="0 0 \d+ \d+"', svg)
    assert len(svg) < 12_000


def test_a_counter_qr_asks_for_no_amount_and_never_expires(store_id):
    shop_qr = ShopQr(store_id=store_id, vpa="nukkad.7f3k92qa@nkbank")
    link = parse_link(shop_qr_uri(shop_qr, name="गुप्ता किराना & Sons"))
    assert (link.payee_vpa, link.payee_name) == (shop_qr.vpa, "गुप्ता किराना & Sons")
    assert (link.amount, link.tr, link.expires_at) == (None, "", None)
    assert shop_qr_svg(shop_qr, name="Gupta Kirana").startswith("<svg")
