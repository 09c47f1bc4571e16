"""Random orders, payments, refunds, khatas, disputes and settlements by several hands at once, while the
bank does everything wrong that it can: at rest every invariant holds, and each account is what an
independent model of the facts says.

SEED names another run, EACH says how many acts each hand does; `make chaos` is the same with programs
killed.
"""

import json
import os
from collections import Counter

import pytest
from django.db import connection

from payments.ledger.verify import INVARIANTS as OF_THE_LEDGER
from tests.invariants import (
    AT_REST,
    OF_EFFECTS,
    OF_ORDERS,
    OF_STOCK,
    OF_THE_BANK,
    broken_invariants,
)
from tests.live_bank import WORKER
from tests.money.acts import ACTS, do_what_is_owed
from tests.money.desk import QUICK, SLOW, Desk
from tests.money.facts import read_facts
from tests.money.hands import Trader, open_books
from tests.money.model import differences
from tests.money.rest import come_to_rest, still_owed
from tests.money.ten import ASKED_HERE, STANDS_FOR, broken_of_the_ten

pytestmark = pytest.mark.django_db(transaction=True)

SEED = os.environ.get("SEED") or "nukkad"
EACH = int(os.environ.get("EACH") or 120)
HANDS, SHOPS, FAULTS = 4, 2, 0.4


@pytest.fixture
def desk(live_bank, servers):
    from marketplace.local.postgres import APP
    from tests.bank.process import API_KEY

    desk = Desk(live_bank.url, API_KEY, servers.postgres.url(APP, f"test_live_bank_{WORKER}"))
    desk.disturb(seed=SEED, rate=FAULTS, kinds=QUICK)
    for kind in SLOW:
        desk.post("/control/next", outcome=kind, seconds=1, count=4)
    yield desk
    desk.books.close()


def test_every_account_is_what_the_facts_say(desk, concurrently):
    open_books(SHOPS)

    def trade(number):
        hand = Trader(f"{SEED}/{number}", ACTS | {do_what_is_owed: 12}, desk)
        return Counter(": ".join(hand.act()[:2]) for _ in range(EACH))

    done = sum(concurrently([lambda n=n: trade(n) for n in range(HANDS)]), Counter())
    come_to_rest(desk)

    print(json.dumps({"seed": SEED, "acts": done, "faults": desk.faults_done()}))
    wrong = still_owed() + broken_invariants(connection, at_rest=True)
    wrong += broken_of_the_ten(connection, desk)
    wrong += differences(read_facts(connection, desk.books), connection)
    assert not wrong, "\n".join(wrong)
    assert done["see_through: delivered"] > HANDS * EACH / 30


def test_each_query_named_for_the_ten_is_asked():
    asked = [
        *OF_STOCK,
        *OF_ORDERS,
        *OF_THE_BANK,
        *OF_EFFECTS,
        *AT_REST,
        *OF_THE_LEDGER,
        *ASKED_HERE,
    ]
    for names in STANDS_FOR.values():
        for name in names:
            assert sum(each.startswith(name) for each in asked) == 1, name
