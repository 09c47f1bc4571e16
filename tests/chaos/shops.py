"""What the load needs of the product's own code, in a process that dies with nothing else.

`open CLIENTS` opens the shops and prints them with a key for each client; `ask` has the bank asked
about every payment of which nothing was heard, as its poll does after a minute and a half.
"""

import json
import logging
import sys

import django

SHOPS, LISTINGS, STOCK = 3, 6, 100_000


def open_shops(clients: int) -> dict[str, object]:
    from marketplace.api.services import issue_key
    from tests.factories import make_listing, make_product, make_store

    stores = [make_store(slug=f"chaos-{n}", minimum_order=0) for n in range(SHOPS)]
    products = [make_product() for _ in range(LISTINGS)]
    listings = {
        str(store.pk): [
            str(make_listing(store, product=product, price=12_345, mrp=20_000, on_hand=STOCK).pk)
            for product in products
        ]
        for store in stores
    }
    ids = [store.pk for store in stores]
    keys = [issue_key(name=f"chaos {n}", store_ids=ids).secret for n in range(clients)]
    return {"listings": listings, "keys": keys, "stock": STOCK}


def ask() -> None:
    from django.conf import settings

    from marketplace.core.clock import travel
    from payments.upi.tasks import poll_due

    with travel(to=None, seconds=int(settings.BANK_STATUS_CHECKS[0].total_seconds()) + 1):
        poll_due()


if __name__ == "__main__":
    django.setup()
    logging.disable(logging.ERROR)
    if sys.argv[1] == "open":
        print(json.dumps(open_shops(int(sys.argv[2]))))
    else:
        ask()
