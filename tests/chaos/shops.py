"""What the load needs of the product's own code, in a process that dies with nothing else.

`open CLIENTS` opens the shops and prints them with a key for each client; `trade SEED` does what moves
money (tests/money) until its input ends, and prints how each act ended; `rest` lets days pass, in
which all that is under way comes to its end, and prints what has not.
"""

import json
import logging
import os
import sys
import threading
import time
from collections import Counter
from http.client import HTTPException

import django

from tests.money.desk import Desk

SHOPS, LISTINGS, STOCK = 3, 6, 100_000
MONEY_SHOPS = 2
MOST_ERRORS = 20


def open_shops(clients: int) -> dict[str, object]:
    from marketplace.api.services import issue_key
    from tests.factories import make_listing, make_product, make_store
    from tests.money.hands import open_books

    stores = [
        make_store(slug=f"chaos-{n}", minimum_order=0, payout_vpa=f"chaos{n}@okbank")
        for n in range(SHOPS)
    ]
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
    open_books(MONEY_SHOPS)
    return {"listings": listings, "keys": keys, "stock": STOCK}


def trade(seed: str) -> dict[str, object]:
    """Act until the input ends. A database or a bank that is gone for a moment is no error."""
    from django.db import InterfaceError, OperationalError, connections

    from tests.money.acts import ACTS
    from tests.money.hands import Trader

    hand = None
    outcomes: Counter[str] = Counter()
    errors: list[str] = []
    stopping = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), stopping.set()), daemon=True).start()
    while not stopping.is_set() and len(errors) < MOST_ERRORS:
        try:
            hand = hand or Trader(seed, ACTS, desk())
            act, ended, _times = hand.act()
            outcomes[f"{act}: {ended}"] += 1
        except (OperationalError, InterfaceError, OSError, HTTPException):
            outcomes["nobody there"] += 1
            connections.close_all()
            time.sleep(0.3)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
        time.sleep(0.02)
    return {"outcomes": outcomes, "errors": errors}


def rest() -> list[str]:
    from tests.money.rest import come_to_rest, still_owed

    come_to_rest(desk())
    return still_owed()


def desk() -> Desk:
    given = os.environ
    return Desk(given["BANK_URL"], given["BANK_API_KEY"], given["BANK_BOOKS"])


if __name__ == "__main__":
    django.setup()
    logging.disable(logging.CRITICAL)
    match sys.argv[1:]:
        case ["open", clients]:
            print(json.dumps(open_shops(int(clients))))
        case ["trade", seed]:
            print(json.dumps(trade(seed)))
        case ["rest"]:
            print(json.dumps(rest()))
