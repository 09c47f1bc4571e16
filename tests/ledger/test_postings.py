"""What each fact does to the accounts, to the paisa."""

from collections import Counter
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.money import round_to_rupee
from payments.ledger import postings
from payments.ledger.models import Account
from payments.ledger.postings import Charges, DeliveryTerms

ASHA = uuid4()
# 1,250 rupees of goods with 5 % GST inside, 30 rupees for delivery, 3 % commission
TERMS = {
    "goods": 1250_00,
    "taxable": 1190_48,
    "delivery_fee": 30_00,
    "commission_bps": 300,
    "gst_on_commission_bps": 1800,
    "tds_bps": 10,
    "tcs_bps": 50,
}


def charges(**changes):
    return Charges.of(DeliveryTerms(**(TERMS | changes)))


def moved(legs):
    """What each account changes by, leaving out accounts that do not."""
    sums = Counter()
    for leg in legs:
        sums[leg.account.value] += leg.amount
    return {account: amount for account, amount in sums.items() if amount}


def test_a_delivery_by_the_shop_divides_the_deposit():
    assert moved(postings.delivery(charges())) == {
        "customer_deposit": 1280_00,
        "payable": -1228_52,
        "commission": -37_50,
        "gst_on_commission": -6_75,
        "tds_payable": -1_28,
        "tcs_payable": -5_95,
    }


def test_the_worked_example_of_the_docs():
    """docs/money.md: of the ₹30.00 for the delivery 28.58 are taxable, and the ghee 238.10."""
    whole = charges(taxable=1190_48 + 28_58)
    kept = charges(goods=1000_00, taxable=952_38 + 28_58)
    assert (whole.payable, whole.tcs) == (1228_37, 6_10)
    assert moved(postings.goods_returned(whole, kept)) == {
        "commission": 7_50,
        "gst_on_commission": 1_35,
        "tcs_payable": 1_20,
        "payable": -10_05,
    }
    assert 1228_37 + 10_05 - 250_00 == 988_42
    assert 1280_00 - 250_00 - 988_42 == 41_58 == 30_00 + 5_40 + 1_28 + kept.tcs


def test_a_delivery_by_us_keeps_the_fee():
    assert moved(postings.delivery(charges(delivered_by_shop=False))) == {
        "customer_deposit": 1280_00,
        "payable": -1198_55,
        "commission": -37_50,
        "gst_on_commission": -6_75,
        "tds_payable": -1_25,
        "tcs_payable": -5_95,
        "delivery_fee": -30_00,
    }


def test_no_pan_costs_five_per_cent_and_no_gstin_saves_the_tcs():
    parts = moved(postings.delivery(charges(tds_bps=500, tcs_bps=0)))
    assert parts["tds_payable"] == -64_00
    assert "tcs_payable" not in parts
    assert parts["payable"] == -1171_75


def test_cash_leaves_the_shop_owing_the_charges():
    legs = postings.cash_delivery(charges(goods=1250_40, taxable=1190_86, rounding=-40))
    # charges of 51.49, less the 40 paise that rounding down cost the shop
    assert moved(legs) == {
        "payable": 51_09,
        "commission": -37_51,
        "gst_on_commission": -6_75,
        "tds_payable": -1_28,
        "tcs_payable": -5_95,
        "rounding": 40,
    }
    cash = [leg.amount for leg in legs if leg.account == Account.CASH_WITH_STORE]
    assert cash == [1280_00, -1280_00]


def test_a_return_gives_the_shop_its_charges_back_but_not_the_tds():
    # a fifth of the goods comes back: 250.00, of which 238.10 taxable
    after = charges(goods=1000_00, taxable=952_38)
    assert moved(postings.goods_returned(charges(), after)) == {
        "commission": 7_50,
        "gst_on_commission": 1_35,
        "tcs_payable": 1_19,
        "payable": -10_04,
    }


def test_a_return_of_all_with_our_delivery_gives_the_fee_back_too():
    whole = charges(delivered_by_shop=False)
    nothing = charges(goods=0, taxable=0, delivery_fee=0, delivered_by_shop=False)
    assert moved(postings.goods_returned(whole, nothing)) == {
        "commission": 37_50,
        "gst_on_commission": 6_75,
        "tcs_payable": 5_95,
        "delivery_fee": 30_00,
        "payable": -80_20,
    }


def test_a_return_paid_in_cash_leaves_the_shop_owing_the_tds_alone():
    whole = charges(goods=1250_40, taxable=1190_86, rounding=-40)
    nothing = charges(goods=0, taxable=0, delivery_fee=0)
    legs = postings.cash_goods_returned(whole, nothing)
    assert moved(legs) == {
        "payable": -51_09 + 1_28,
        "commission": 37_51,
        "gst_on_commission": 6_75,
        "tcs_payable": 5_95,
        "rounding": -40,
    }
    cash = [leg.amount for leg in legs if leg.account == Account.CASH_WITH_STORE]
    assert cash == [-1280_00, 1280_00]


@pytest.mark.parametrize(
    ("legs", "changes"),
    [
        (postings.capture(700), {"psp_clearing": 700, "customer_deposit": -700}),
        (
            postings.refund_started(700, source=Account.CUSTOMER_DEPOSIT),
            {"customer_deposit": 700, "refund_in_transit": -700},
        ),
        (
            postings.refund_started(700, source=Account.PAYABLE),
            {"payable": 700, "refund_in_transit": -700},
        ),
        (postings.refund_done(700), {"refund_in_transit": 700, "psp_clearing": -700}),
        (
            postings.refund_failed(700, source=Account.UNAPPLIED_RECEIPTS),
            {"refund_in_transit": 700, "unapplied_receipts": -700},
        ),
        (postings.refund_made_good(700), {"customer_deposit": 700, "payable": -700}),
        (postings.late_receipt(700), {"psp_clearing": 700, "unapplied_receipts": -700}),
        (postings.apply_unapplied(700), {"unapplied_receipts": 700, "customer_deposit": -700}),
        (postings.receipt_kept(700), {"unapplied_receipts": 700, "payable": -700}),
        (postings.settlement(700), {"payable": 700, "payout_in_transit": -700}),
        (postings.payout_confirmed(700), {"payout_in_transit": 700, "bank": -700}),
        (
            postings.payout_confirmed(700, paid_from=Account.PSP_CLEARING),
            {"payout_in_transit": 700, "psp_clearing": -700},
        ),
        (postings.payout_failed(700), {"payout_in_transit": 700, "payable": -700}),
        (postings.psp_settlement(700), {"bank": 700, "psp_clearing": -700}),
        (
            postings.khata_paid_by_upi(700, party_id=ASHA),
            {"customer_deposit": 700, "payable": -700, "khata": -700, "khata_contra": 700},
        ),
        (
            postings.dispute_opened(700, source=Account.PAYABLE),
            {"payable": 700, "dispute_hold": -700},
        ),
        (
            postings.dispute_won(700, source=Account.UNAPPLIED_RECEIPTS),
            {"dispute_hold": 700, "unapplied_receipts": -700},
        ),
        (postings.dispute_lost(700), {"dispute_hold": 700, "psp_clearing": -700}),
        (
            postings.bank_correction(-7, against=Account.BANK_DIFFERENCES),
            {"bank_differences": 7, "psp_clearing": -7},
        ),
        (
            postings.bank_correction(7, against=Account.PAYABLE),
            {"payable": -7, "psp_clearing": 7},
        ),
    ],
)
def test_simple_moves(legs, changes):
    assert moved(legs) == changes


def test_nothing_moves_backwards_or_from_strange_places():
    with pytest.raises(ValueError, match="cannot move"):
        postings.capture(-1)
    with pytest.raises(ValueError, match="No refund"):
        postings.refund_started(1, source=Account.COMMISSION)
    with pytest.raises(ValueError, match="No payout"):
        postings.payout_confirmed(1, paid_from=Account.PAYABLE)
    with pytest.raises(ValueError, match="No difference"):
        postings.bank_correction(1, against=Account.COMMISSION)
    with pytest.raises(ValueError, match="amounts"):
        charges(taxable=1280_01)
    with pytest.raises(ValueError, match="amounts"):
        charges(taxable=1250_01, delivered_by_shop=False)
    with pytest.raises(ValueError, match="amounts"):
        charges(rounding=-1280_01)


@pytest.mark.parametrize(
    ("goods", "commission"), [(16, 0), (17, 1), (49, 1), (50, 2), (83, 2), (84, 3)]
)
def test_commission_rounds_half_up(goods, commission):
    assert charges(goods=goods, taxable=0, commission_bps=300).commission == commission


rates = st.integers(0, 10_000)


@st.composite
def delivery_terms(draw):
    goods, fee = draw(st.integers(0, 10**9)), draw(st.integers(0, 10**6))
    by_shop = draw(st.booleans())
    return DeliveryTerms(
        goods=goods,
        taxable=draw(st.integers(0, goods + (fee if by_shop else 0))),
        delivery_fee=fee,
        delivered_by_shop=by_shop,
        rounding=draw(st.sampled_from([0, round_to_rupee(goods + fee)])),
        commission_bps=draw(rates),
        gst_on_commission_bps=draw(rates),
        tds_bps=draw(rates),
        tcs_bps=draw(rates),
    )


@given(delivery_terms())
def test_every_delivery_sums_to_zero_and_gives_the_total_away(terms):
    parts = Charges.of(terms)
    assert sum(leg.amount for leg in parts.credits()) == -terms.total
    prepaid, cash = postings.delivery(parts), postings.cash_delivery(parts)
    assert sum(leg.amount for leg in prepaid) == 0
    assert sum(leg.amount for leg in cash) == 0
    by_cash = moved(cash)
    assert by_cash.get("cash_with_store", 0) == 0
    # Paid by either means, the shop is left with the same money in the end.
    assert terms.total - by_cash.get("payable", 0) == -moved(prepaid).get("payable", 0)


@given(delivery_terms())
def test_each_charge_is_within_half_a_paisa_of_its_rate(terms):
    parts = Charges.of(terms)
    for charged, base, bps in [
        (parts.commission, terms.goods, terms.commission_bps),
        (parts.gst_on_commission, parts.commission, terms.gst_on_commission_bps),
        (parts.tds, terms.sales, terms.tds_bps),
        (parts.tcs, terms.taxable, terms.tcs_bps),
    ]:
        # half up: charged - 0.5 <= base * rate < charged + 0.5
        assert 10_000 * (2 * charged - 1) <= 2 * base * bps < 10_000 * (2 * charged + 1)


@given(st.integers(0, 10**12))
def test_every_move_sums_to_zero(amount):
    for legs in [
        postings.capture(amount),
        postings.refund_started(amount, source=Account.PAYABLE),
        postings.refund_failed(amount, source=Account.PAYABLE),
        postings.refund_done(amount),
        postings.late_receipt(amount),
        postings.apply_unapplied(amount),
        postings.receipt_kept(amount),
        postings.settlement(amount),
        postings.payout_confirmed(amount),
        postings.payout_failed(amount),
        postings.psp_settlement(amount),
    ]:
        assert sum(leg.amount for leg in legs) == 0
        assert {abs(leg.amount) for leg in legs} == {amount}
