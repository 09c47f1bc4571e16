"""The demo neighbourhood as its people see it: who they are, and every page they can come to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests import patience
from tests.audit.seeing import PHONE
from tests.audit.visitors import SHOP, fill_basket, settle_near, sign_in, speak
from tests.audit.walking import walk
from tests.product import Product


@dataclass(frozen=True)
class Neighbourhood:
    """What the demo has that pages are about, and what was added for those it has nothing for."""

    shop_id: str
    listing_id: str
    ean: str
    order_ids: list[str]
    her_order_ids: list[str]
    delivered_id: str
    unpaid_id: str
    khata_id: str


@pytest.fixture(scope="session")
def neighbourhood(running_product: Product, eventually: Callable[..., Any]) -> Neighbourhood:
    """The demo's first shop; one more order that waits for its payment, and one that is disputed."""
    from marketplace.accounts.models import Person
    from orders.models import Order
    from payments.disputes.models import Dispute
    from payments.khata.models import Khata
    from payments.upi.models import Receipt
    from stores.inventory.models import Listing
    from stores.shops.models import Store
    from tests.orders.building import place_order

    with running_product.orm():
        shop = Store.objects.get(slug=SHOP)
        asha = Person.objects.with_phone(running_product.demo["customer"]["phone"])
        shelf = Listing.objects.of_store(shop.pk).sellable().filter(on_hand__gte=5, price__gte=5000)
        listing = shelf.exclude(product__ean="").order_by("-rank", "id")[0]
        unpaid = place_order(
            shop,
            {listing.pk: 3},
            fulfilment="pickup",
            address=None,
            person_id=asha.pk,
            actor=f"person:{asha.pk}",
            payment_method="upi",
        )
        states = Order.objects.of_store(shop.pk).order_by("state", "-id").distinct("state")
        hers = states.filter(person_id=asha.pk)
        delivered = hers.get(state="delivered")
        receipt = Receipt.objects.filter(attempt__reference=delivered.pk)[0]
        httpx.post(
            f"{running_product.bank_url}/control/disputes",
            json={"payment_id": receipt.payment_id},
        ).raise_for_status()
        eventually(Dispute.objects.filter(store_id=shop.pk).exists)
        return Neighbourhood(
            shop_id=str(shop.pk),
            listing_id=str(listing.pk),
            ean=listing.product.ean,
            order_ids=[str(order.pk) for order in states],
            her_order_ids=[str(order.pk) for order in hers],
            delivered_id=str(delivered.pk),
            unpaid_id=str(unpaid.pk),
            khata_id=str(Khata.objects.of_person(asha.pk).open().get().pk),
        )


@dataclass(frozen=True)
class Somebody:
    """A browser's cookies, and the pages that whoever has them can come to, with their names."""

    cookies: list[dict[str, Any]]
    namespace: str
    pages: dict[str, str]


@pytest.fixture(scope="session")
def people(
    chromium: Any, running_product: Product, neighbourhood: Neighbourhood
) -> dict[str, Somebody]:
    """A passer-by who has not said where, the customer, who wants to be erased, the shop's owner, and
    its helper."""
    here, known = running_product.base_url, neighbourhood
    shop, desk = f"/shops/{SHOP}/", f"/dashboard/{known.shop_id}/"

    def settle(role: str, namespace: str, act: Callable[[Any], list[str]]) -> Somebody:
        context = chromium.new_context(viewport=PHONE, base_url=here)
        context.set_default_timeout(patience.MILLISECONDS)
        speak(context, here, "en")
        page = context.new_page()
        starts = act(page)
        cookies = context.cookies()
        context.close()
        jar = {cookie["name"]: cookie["value"] for cookie in cookies}
        with httpx.Client(base_url=here, cookies=jar, timeout=patience.SECONDS) as client:
            return Somebody(cookies, namespace, walk(client, namespace, starts))

    def passer_by(page: Any) -> list[str]:
        page.goto("/sign-in/")
        page.get_by_label("Mobile number").fill("9876599999")
        page.get_by_role("button", name="Send me the code").click()
        page.wait_for_url("**/sign-in/code/**")
        return [
            *("/", "/sign-in/code/", "/shops/nobody-here/", "/me/erased/"),
            *("/offline/en/", "/offline/hi/"),
        ]

    def customer(page: Any) -> list[str]:
        sign_in(page, running_product.demo["customer"]["phone"])
        settle_near(page.context, here)
        fill_basket(page)
        page.goto(f"/khata/{known.khata_id}/")
        page.locator("form[method=post] [type=submit]:not([name])").last.click()
        page.wait_for_url("**/pay/**")
        return [
            *("/", "/orders/", shop, f"{shop}search/?q=atta", "/search/?q=atta"),
            *(f"{shop}search/?q=nothing-like-it", f"{shop}basket/", f"{shop}checkout/"),
            *(f"/orders/{known.unpaid_id}/pay/", page.url.removeprefix(here)),
            *(f"/orders/{order_id}/" for order_id in known.her_order_ids),
            f"/orders/{known.delivered_id}/return/",
        ]

    def leaver(page: Any) -> list[str]:
        sign_in(page, "9876599998")
        page.goto("/me/erase/")
        page.get_by_role("button", name="Send me the code").click()
        page.wait_for_url("**/erase/code/")
        return ["/me/erase/", "/me/erase/code/"]

    def owner(page: Any) -> list[str]:
        sign_in(page, running_product.demo["shopkeeper"]["phone"])
        page.goto(f"{desk}counter/")
        page.locator("#code").fill(known.ean)
        with page.expect_response("**/ring-up/"):
            page.locator("#code").press("Enter")
        return [
            *(desk, "/dashboard/", f"{desk}counter/", f"{desk}settlements/"),
            *(f"{desk}stock/add/?q=tata", f"{desk}stock/{known.listing_id}/"),
            *(f"{desk}orders/{order_id}/" for order_id in known.order_ids),
            f"{desk}orders/{known.delivered_id}/returns/new/",
        ]

    def helper(page: Any) -> list[str]:
        sign_in(page, running_product.demo["helper"]["phone"])
        return [desk, f"{desk}stock/"]

    return {
        "passer-by": settle("passer-by", "storefront", passer_by),
        "customer": settle("customer", "storefront", customer),
        "leaver": settle("leaver", "storefront", leaver),
        "owner": settle("owner", "dashboard", owner),
        "helper": settle("helper", "dashboard", helper),
    }


@pytest.fixture
def seen_by(
    chromium: Any, running_product: Product, people: dict[str, Somebody]
) -> Iterator[Callable[..., Any]]:
    """`seen_by("owner", "hi", **options)`: a browser on a phone with that person's cookies."""
    contexts = []

    def become(who: str, language: str, **options: Any) -> Any:
        here = running_product.base_url
        # A service worker would hide what comes over the wire.
        context = chromium.new_context(
            viewport=PHONE, base_url=here, service_workers="block", **options
        )
        context.set_default_timeout(patience.MILLISECONDS)
        context.add_cookies(people[who].cookies)
        speak(context, here, language)
        contexts.append(context)
        return context

    yield become
    for context in contexts:
        context.close()
