from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests import patience
from tests.product import Product

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def neighbourhood(running_product: Product) -> Iterator[Any]:
    """A shop of this test's own in the running product: owner, one packet at ₹250, one bank account."""
    from marketplace.accounts.services import register_person
    from marketplace.core.ids import uuid7
    from stores.shops.services import add_staff
    from tests.factories import make_listing, make_product, make_store

    with running_product.orm():
        tail = str(uuid7().int)[-7:]
        store = make_store(slug=f"shop-{tail}", name=f"Shop {tail}", payout_vpa=f"s{tail}@nkbank")
        owner = register_person(phone=f"+91981{tail}", name="Gupta ji", language="en")
        add_staff(store_id=store.pk, person_id=owner.pk, role="owner")
        listing = make_listing(
            store, product=make_product(name=f"Atta {tail}"), price=25000, on_hand=10
        )
        store.listing, store.owner_phone, store.customer_phone = (
            listing,
            f"981{tail}",
            f"991{tail}",
        )
        httpx.post(
            f"{running_product.bank_url}/control/accounts",
            json={"vpa": store.payout_vpa, "amount": 0},
        ).raise_for_status()
        yield store


@pytest.fixture
def phone(chromium: Any, running_product: Product) -> Iterator[Callable[..., Any]]:
    """`phone(javascript=True)`: a new cheap phone, in English, on the home page."""
    contexts = []

    def take(*, javascript: bool = True) -> Any:
        context = chromium.new_context(
            viewport=PHONE,
            locale="en-IN",
            base_url=running_product.base_url,
            java_script_enabled=javascript,
        )
        context.set_default_timeout(patience.MILLISECONDS)
        contexts.append(context)
        return context.new_page()

    yield take
    for context in contexts:
        context.close()


def slow_down(page: Any, *, milliseconds: int) -> None:
    """Let every answer from now on take this long, as on a poor connection."""
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": milliseconds,
            "downloadThroughput": -1,
            "uploadThroughput": -1,
        },
    )
