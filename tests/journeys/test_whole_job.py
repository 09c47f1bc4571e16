"""The whole job, by hand in a browser: bought, paid, packed, delivered, settled, to the paisa.

Two packets at ₹250 with 5 % GST inside, ₹20 for delivery by the shop's own helper, 3 % commission:

    goods                500.00     commission 3 % of 500.00          15.00
    delivery              20.00     GST on it, 18 %                    2.70
    total                520.00     TDS 0.1 % of 520.00                0.52
                                    TCS 0.5 % of 495.24                2.48
                                    (520.00 less 2 x 11.90 of GST on the goods
                                    and 2 x 0.48 on the delivery)
    for the shop         520.00 - 20.70 = 499.30
"""

import re
from datetime import timedelta
from typing import Any

from playwright.sync_api import expect

from marketplace.core.clock import business_date, travel
from payments.ledger.models import Account, Leg
from payments.ledger.selectors import trial_balance
from payments.settlement.models import Settlement
from payments.settlement.services import settle_store
from tests.product import Product

DEMO_CODE = "246810"


def fill_basket(page: Any, store: Any) -> None:
    page.goto("/")
    page.get_by_label("Pincode").fill("110001")
    page.get_by_role("button", name="Show shops").click()
    page.get_by_role("link", name=store.name).first.click()
    item = page.locator(f"#l-{store.listing.pk}")
    item.get_by_role("button", name="Add").click()
    item.get_by_role("button", name="One more").click()
    expect(page.locator("#bar")).to_contain_text("₹500")
    page.locator("#bar a").click()


def sign_in(page: Any, phone: str) -> None:
    page.get_by_label("Mobile number").fill(phone)
    page.get_by_role("button", name="Send me the code").click()
    page.get_by_label("Code from the SMS").fill(DEMO_CODE)
    page.get_by_role("button", name="Sign in").click()


def give_address(page: Any) -> None:
    page.get_by_label("Name of whoever receives it").fill("Asha Devi")
    page.get_by_label("House, floor, street").fill("4 Hailey Road")
    page.get_by_label("Pincode").fill("110001")
    page.get_by_role("button", name="Save").click()


def check_out(page: Any, store: Any, method: str) -> None:
    page.get_by_role("link", name="Checkout").or_(
        page.get_by_role("button", name="Checkout")
    ).first.click()
    sign_in(page, store.customer_phone)
    give_address(page)
    page.get_by_label(method).check()
    page.get_by_role("button", name="Place the order").click()


def serve(page: Any, store: Any) -> None:
    """The shopkeeper accepts, packs and sends out."""
    page.goto("/sign-in/?next=/dashboard/")
    sign_in(page, store.owner_phone)
    for step in ("Accept", "Packed", "Send out"):
        page.goto(f"/dashboard/{store.pk}/")
        tap(page, page.get_by_role("button", name=re.compile(step)).first)


def hand_over(page: Any, store: Any, digits: str) -> None:
    """With the digits that the customer reads out at the door."""
    page.goto(f"/dashboard/{store.pk}/")
    page.get_by_role("link", name=re.compile("Hand over")).first.click()
    page.locator("input[name=code]").fill(digits)
    tap(page, page.get_by_role("button", name="Delivered"))


def tap(page: Any, button: Any) -> None:
    """Press, and wait for the answer, whether a script or the browser itself asked."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        button.click()


def digits_shown(customer: Any, order_id: str) -> str:
    customer.goto(f"/orders/{order_id}/")
    return str(customer.get_by_text(re.compile(r"^\d{4}$")).inner_text())


def order_of(page: Any) -> str:
    found = re.search(r"/orders/([0-9a-f-]{36})/", page.url)
    assert found, page.url
    return found[1]


def balances(product: Product, store: Any) -> dict[str, int]:
    with product.orm():
        return {
            account.value: amount for account, amount in trial_balance(store.pk).items() if amount
        }


def settle_tomorrow(product: Product, store: Any) -> Settlement | None:
    """What beat asks for after the next midnight: settle up to the day that is then yesterday.

    Only the decision is taken tomorrow: the product's own worker, which pays, lives today.
    """
    with travel(days=1):
        yesterday = business_date() - timedelta(days=1)
    with product.orm():
        return settle_store(store_id=store.pk, upto=yesterday)


def test_bought_by_upi_delivered_and_settled(
    running_product: Product, neighbourhood: Any, phone: Any, eventually: Any
) -> None:
    store = neighbourhood
    customer = phone()
    fill_basket(customer, store)
    check_out(customer, store, "UPI")
    order_id = order_of(customer)

    customer.get_by_role("link", name="Open the simulated UPI app").click()
    customer.locator("input[name=pin]").fill("1234")
    customer.locator("button[value=approve]").click()
    expect(customer.get_by_role("heading", name="Paid")).to_be_visible()
    eventually(lambda: balances(running_product, store))
    assert balances(running_product, store) == {
        Account.PSP_CLEARING: 520_00,
        Account.CUSTOMER_DEPOSIT: -520_00,
    }

    shopkeeper = phone()
    serve(shopkeeper, store)
    hand_over(shopkeeper, store, digits_shown(customer, order_id))
    customer.goto(f"/orders/{order_id}/")
    expect(customer.get_by_role("status").filter(has_text="Delivered")).to_be_visible()
    delivered = {
        Account.PSP_CLEARING: 520_00,
        Account.PAYABLE: -499_30,
        Account.COMMISSION: -15_00,
        Account.GST_ON_COMMISSION: -2_70,
        Account.TDS_PAYABLE: -52,
        Account.TCS_PAYABLE: -2_48,
    }
    assert balances(running_product, store) == delivered

    settlement = settle_tomorrow(running_product, store)
    assert settlement is not None
    assert settlement.net == 499_30

    def paid() -> bool:
        with running_product.orm():
            return Settlement.objects.get(pk=settlement.pk).state == "confirmed"

    eventually(paid)
    assert balances(running_product, store) == {
        Account.PSP_CLEARING: 520_00 - 499_30,
        Account.COMMISSION: -15_00,
        Account.GST_ON_COMMISSION: -2_70,
        Account.TDS_PAYABLE: -52,
        Account.TCS_PAYABLE: -2_48,
    }
    assert settle_tomorrow(running_product, store) is None, "exactly once"


def test_bought_for_cash_without_javascript(
    running_product: Product, neighbourhood: Any, phone: Any
) -> None:
    store = neighbourhood
    customer = phone(javascript=False)
    fill_basket(customer, store)
    check_out(customer, store, "Cash on delivery")
    order_id = order_of(customer)
    assert balances(running_product, store) == {}

    shopkeeper = phone(javascript=False)
    serve(shopkeeper, store)
    hand_over(shopkeeper, store, digits_shown(customer, order_id))
    customer.goto(f"/orders/{order_id}/")
    expect(customer.get_by_role("status").filter(has_text="Delivered")).to_be_visible()
    # The shop holds the ₹520 in cash and owes us the charges.
    assert balances(running_product, store) == {
        Account.PAYABLE: 20_70,
        Account.COMMISSION: -15_00,
        Account.GST_ON_COMMISSION: -2_70,
        Account.TDS_PAYABLE: -52,
        Account.TCS_PAYABLE: -2_48,
    }
    with running_product.orm():
        cash = Leg.objects.filter(store_id=store.pk, account=Account.CASH_WITH_STORE)
        assert sorted(leg.amount for leg in cash) == [-520_00, 520_00]
    assert settle_tomorrow(running_product, store) is None, "a debt is carried forward"
