"""From what a shop has earned to one sum to be paid, exactly once."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.db.models import Count, Sum

from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from marketplace.core.errors import Busy
from marketplace.core.ids import uuid7
from marketplace.core.locks import busy_when_locked
from payments.ledger import postings
from payments.ledger.models import Kind, UnsettledLeg
from payments.ledger.services import lock_payable, post
from payments.settlement.models import Payout, Settlement, SettlementItem
from payments.settlement.services.payouts import PAYOUT_READY

logger = logging.getLogger(__name__)

# So many shops share a transaction: few enough that their payables are held for a moment only.
TOGETHER = 50


def settle_store(*, store_id: UUID, upto: date) -> Settlement | None:
    """Sweep a shop's unsettled payable legs of business dates up to `upto` into one settlement.

    None when there is nothing, or when the shop owes us: that is carried forward, leg by leg.
    Twice at once is once: whoever comes second to the payable finds the queue empty. The payout
    leaves through the outbox. Raises Busy when the payable cannot be locked in time.
    """
    made = _settle([store_id], upto)
    return made[0] if made else None


def settle_all(*, stores: Iterable[UUID], upto: date) -> int:
    """Settle each of these shops, many to a transaction; returns how many settlements were made.

    A shop whose payable is held by somebody is left to the next round, and stops no other.
    """
    settled = 0
    waiting = sorted(stores)
    for start in range(0, len(waiting), TOGETHER):
        some = waiting[start : start + TOGETHER]
        try:
            settled += len(_settle(some, upto))
        except Busy:
            settled += sum(_settle_if_free(store_id, upto) for store_id in some)
    return settled


def _settle_if_free(store_id: UUID, upto: date) -> int:
    try:
        return len(_settle([store_id], upto))
    except Busy:
        logger.warning("Store %s is busy and is settled in the next round.", store_id)
        return 0


def _settle(stores: Sequence[UUID], upto: date) -> list[Settlement]:
    """One transaction: lock the payables in order, take the queue, write it down, post, owe payouts."""
    with busy_when_locked(), transaction.atomic():
        for store_id in stores:
            lock_payable(store_id=store_id)
        taken = _unsettled(stores, upto)
        if not taken:
            return []
        earlier = dict(
            Settlement.objects.filter(store_id__in=taken, business_date=upto)
            .values_list("store_id")
            .annotate(made=Count("id"))
        )
        made = []
        for store_id, (net, _legs) in taken.items():
            seq = earlier.get(store_id, 0) + 1
            made.append(
                Settlement(
                    id=uuid7(),
                    store_id=store_id,
                    business_date=upto,
                    seq=seq,
                    key=f"settle:{store_id}:{upto}:{seq}",
                    net=net,
                )
            )
        Settlement.objects.bulk_create(made)
        for settlement in made:
            _write_items(settlement, taken[settlement.store_id][1])
            post(
                store_id=settlement.store_id,
                key=settlement.key,
                kind=Kind.SETTLEMENT,
                business_date=business_date(),
                legs=postings.settlement(settlement.net),
                reference=settlement.pk,
                settles=taken[settlement.store_id][1],
            )
        _owe_payouts(made)
        return made


def _unsettled(stores: Sequence[UUID], upto: date) -> dict[UUID, tuple[int, list[UUID]]]:
    """By shop, what it is owed in paise and the legs that make it up; shops that owe us left out."""
    rows = (
        UnsettledLeg.objects.filter(store_id__in=stores, business_date__lte=upto)
        .order_by()
        .values_list("store_id")
        .annotate(owed=Sum("amount"), legs=ArrayAgg("leg_id"))
    )
    # credits of payable, which are negative, are what we owe
    return {store_id: (-owed, legs) for store_id, owed, legs in rows if owed < 0}


def _write_items(settlement: Settlement, legs: Sequence[UUID]) -> None:
    """Note every leg in the settlement that takes it; straight from the queue, before it is emptied."""
    items, queue = SettlementItem._meta.db_table, UnsettledLeg._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {items} (leg_id, store_id, settlement_id, amount)"
            f" SELECT leg_id, store_id, %s, -amount FROM {queue}"
            " WHERE store_id = %s AND leg_id = ANY(%s)",
            [settlement.pk, settlement.store_id, list(legs)],
        )


def _owe_payouts(made: Sequence[Settlement]) -> None:
    moment = now()
    payouts = [
        Payout(
            id=uuid7(),
            store_id=settlement.store_id,
            settlement=settlement,
            payout_id=settlement.key,
            amount=settlement.net,
            # should the outbox give up, the poll does not
            ask_at=moment + settings.PAYOUT_ASK_EVERY,
        )
        for settlement in made
    ]
    Payout.objects.bulk_create(payouts)
    outbox.publish_many(
        PAYOUT_READY, [(payout.store_id, {"payout": str(payout.pk)}) for payout in payouts]
    )
