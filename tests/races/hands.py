"""Who does things to the shops of a race: `Hand` does one of them at random.

Hands in several processes pick the same orders and listings, mostly in a state in which the act is
possible, sometimes in any; so what another has just done is refused, as it should be.
"""

import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from uuid import UUID

from django.db import connection

from marketplace.core.clock import business_date
from marketplace.core.errors import DomainError
from orders import services
from orders.models import OrderLine, State
from stores.inventory.models import Listing
from stores.shops.models import DeliverySlot, Store
from tests.orders.building import ASHA, HOME

BUYER = "person:asha"
NEWEST, USES = 24, 4


class Nothing(Exception):
    """There is no such order just now."""


class Hand:
    """One person at a time, of one seed: `act()` does one of `acts`, each as often as it weighs, and
    says what and how it ended."""

    def __init__(self, seed: str, acts: Mapping[Callable[["Hand"], str | int], float]) -> None:
        self.random = random.Random(seed)
        self.stores = list(Store.objects.filter(slug__startswith="race-").order_by("slug"))
        self.listings = {
            store.pk: list(Listing.objects.of_store(store.pk).order_by("rank", "pk"))
            for store in self.stores
        }
        self.slots = {
            store.pk: list(DeliverySlot.objects.filter(store=store)) for store in self.stores
        }
        self._seen: dict[tuple[UUID, str], tuple[int, list[UUID]]] = {}
        self._acts, self._weights = list(acts), list(acts.values())

    def act(self) -> tuple[str, str, int]:
        """(what, how it ended, how many): a domain error by its code. A timer or a sweep does several,
        each in a transaction of its own."""
        act = self.random.choices(self._acts, self._weights)[0]
        try:
            done = act(self)
        except Nothing:
            return act.__name__, "nothing to do", 1
        except DomainError as refused:
            return act.__name__, refused.code, 1
        if isinstance(done, int):
            return act.__name__, "done" if done else "nothing to do", max(done, 1)
        return act.__name__, done, 1

    def store(self) -> Store:
        return self.random.choice(self.stores)

    def listing(self, store: Store) -> Listing:
        """Any listing, the first few far more often."""
        mine = self.listings[store.pk]
        return mine[min(int(self.random.expovariate(0.4)), len(mine) - 1)]

    def order(self, *states: str) -> dict[str, UUID]:
        """A recent order, as services name it."""
        if self.random.random() < 0.1:
            states = tuple(State.values)
        store_id = self.store().pk
        for state in self.random.sample(states, len(states)):
            if found := self._recent(store_id, state):
                return {"store_id": store_id, "order_id": self.random.choice(found)}
        raise Nothing

    def _recent(self, store_id: UUID, state: str) -> list[UUID]:
        uses, found = self._seen.get((store_id, state), (0, []))
        if not uses:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id FROM orders_order WHERE store_id = %s AND state = %s"
                    f" ORDER BY id DESC LIMIT {NEWEST}",
                    [store_id, state],
                )
                found = [row[0] for row in cursor.fetchall()]
            uses = USES
        self._seen[store_id, state] = uses - 1, found
        return found

    def line(self, about: dict[str, UUID], **which: object) -> OrderLine:
        lines = list(OrderLine.objects.filter(order_id=about["order_id"], **which))
        if not lines:
            raise Nothing
        return self.random.choice(lines)

    def place(
        self, payment_method: str, *, store: Store | None = None, khata_id: UUID | None = None
    ) -> str:
        store = store or self.store()
        lines = [self.listing(store) for _ in range(self.random.randint(1, 4))]
        slot = None
        if self.random.random() < 0.1:
            day = business_date() + timedelta(days=self.random.randint(1, 2))
            slot = next(s for s in self.slots[store.pk] if s.weekday == day.weekday())
        placed = services.place(
            store_id=store.pk,
            actor=BUYER,
            idempotency_key=f"race-{self.random.getrandbits(80):x}",
            via="api",
            lines=[
                services.Wanted(each.pk, each.step * self.random.randint(1, 2)) for each in lines
            ],
            fulfilment=self.random.choice(["delivery", "delivery", "pickup"]),
            payment_method=payment_method,
            khata_id=khata_id,
            contact=ASHA,
            address=HOME,
            slot_id=slot and slot.pk,
            slot_day=slot and day,
        )
        return str(placed.order.state)
