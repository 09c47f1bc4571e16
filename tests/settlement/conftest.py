"""A shop and what it has earned, posted as orders post it."""

from datetime import date
from uuid import uuid4

import pytest

DAY = date(2026, 11, 20)


@pytest.fixture
def store(db):
    from tests.factories import make_store

    return make_store()


@pytest.fixture
def deliver(store):
    """`deliver(goods)`: an order of that many paise, prepaid unless `cash`, delivered on `on`.

    3 % commission and GST on it, 0.1 % TDS, 0.5 % TCS on the taxable value, all GST of 5 % inside.
    """
    from marketplace.core.money import tax_inside
    from payments.ledger.models import Kind
    from payments.ledger.postings import (
        Charges,
        DeliveryTerms,
        capture,
        cash_delivery,
        delivery,
    )
    from payments.ledger.services import post

    def deliver(goods, *, cash=False, on=DAY, fee=0, store_id=None):
        order_id = uuid4()
        charges = Charges.of(
            DeliveryTerms(
                goods=goods,
                taxable=tax_inside(goods, 500).taxable,
                commission_bps=300,
                gst_on_commission_bps=1800,
                tds_bps=10,
                tcs_bps=50,
                delivery_fee=fee,
            )
        )
        common = {"store_id": store_id or store.pk, "business_date": on, "reference": order_id}
        if not cash:
            legs = capture(charges.total)
            post(key=f"receipt:{order_id}", kind=Kind.CAPTURE, legs=legs, **common)
        post(
            key=f"delivery:{order_id}",
            kind=Kind.CASH_DELIVERY if cash else Kind.DELIVERY,
            legs=cash_delivery(charges) if cash else delivery(charges),
            **common,
        )
        return order_id

    return deliver
