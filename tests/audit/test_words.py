"""Every page in Hindi: not a word of ours is left in English, wherever it comes from.

The template check sees what is written in the code; this sees what comes out, of libraries and of
the database too.
"""

from typing import Any

import httpx
import pytest
from django.conf import settings

from marketplace.local.untranslated import WORD
from tests.audit.conftest import Neighbourhood, Somebody
from tests.product import Product
from tests.words import english_in

# What the walk itself types.
TYPED = "atta tata nothing-like-it nobody-here"


@pytest.fixture(scope="session")
def names(running_product: Product, neighbourhood: Neighbourhood) -> frozenset[str]:
    """The words of what people called themselves, their shops, streets and files; and no others.

    A thing with a Hindi name is not among them: that name has to be on the page.
    """
    from marketplace.accounts.models import Address, Person
    from orders.models import Order
    from payments.disputes.models import Dispute
    from stores.catalogue.models import Brand, Category, Product
    from stores.inventory.models import ImportRun
    from stores.shops.models import Pincode, Store

    with running_product.orm():
        called = [
            *Person.objects.values_list("name"),
            *Address.objects.values_list("label", "recipient", "line1", "line2", "landmark"),
            *Order.objects.values_list("contact_name", "address"),
            *Store.objects.values_list("legal_name", "line1", "locality", "city", "state"),
            *Pincode.objects.values_list("place", "district", "state"),
            *ImportRun.objects.values_list("file_name"),
            # as the bank passed it on
            *Dispute.objects.values_list("reason"),
        ]
        for model in (Store, Category, Product, Brand):
            called += model.objects.filter(name_hi="").values_list("name")
    texts = [str(text) for row in called for text in row]
    texts += [*settings.GRIEVANCE_OFFICER.values(), TYPED]
    return frozenset(WORD.findall(" ".join(texts)))


@pytest.mark.parametrize("who", ["passer-by", "customer", "owner", "helper"])
def test_no_page_speaks_english_to_who_reads_hindi(
    people: dict[str, Somebody], running_product: Product, names: frozenset[str], who: str
) -> None:
    jar = {cookie["name"]: cookie["value"] for cookie in people[who].cookies}
    found: dict[str, Any] = {}
    with httpx.Client(base_url=running_product.base_url, timeout=30, cookies=jar) as client:
        client.cookies.delete("django_language")
        client.cookies.set("django_language", "hi")
        for address, name in people[who].pages.items():
            # the offline page says by its address what it is in
            if address != "/offline/en/" and (
                left := english_in(client.get(address).text, allowed=names)
            ):
                found[f"{name} {address}"] = left
    assert found == {}


def test_what_a_phone_is_told_of_the_app_is_hindi(running_product: Product) -> None:
    answer = httpx.get(
        f"{running_product.base_url}/manifest.webmanifest", headers={"Accept-Language": "hi"}
    ).json()
    told = [answer["name"], answer["short_name"], answer["description"]]
    told += [shortcut["name"] for shortcut in answer["shortcuts"]]
    assert [english_in(text) for text in told] == [[], [], [], []]
    assert answer["lang"] == "hi"
