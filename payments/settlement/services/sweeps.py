"""From what a shop has earned to one sum to be paid, exactly once."""

import logging
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.core import outbox
from marketplace.core.clock import business_date, now
from marketplace.core.errors import DomainError
from marketplace.core.ids import uuid7
from marketplace.core.locks import busy_when_locked
from payments.ledger import postings
from payments.ledger.models import Kind, UnsettledLeg
from payments.ledger.services import lock_payable, post
from payments.settlement.models import Payout, Settlement, SettlementItem
from payments.settlement.services.payouts import PAYOUT_READY

logger = logging.getLogger(__name__)


def settle_store(*, store_id: UUID, upto: date) -> Settlement | None:
    """Sweep a shop's unsettled payable legs of business dates up to `upto` into one settlement.

    None when there is nothing, or when the shop owes us: that is carried forward, leg by leg.
    Twice at once is once: whoever comes second to the payable finds the queue empty. The payout
    leaves through the outbox. Raises Busy when the payable cannot be locked in time.
    """
    with busy_when_locked(), transaction.atomic():
        lock_payable(store_id=store_id)
        legs = list(
            UnsettledLeg.objects.up_to(store_id=store_id, day=upto).values_list("leg_id", "amount")
        )
        # credits of payable, which are negative, are what we owe
        net = -sum(amount for _leg_id, amount in legs)
        if net <= 0:
            return None
        seq = Settlement.objects.filter(store_id=store_id, business_date=upto).count() + 1
        settlement = Settlement(
            id=uuid7(),
            store_id=store_id,
            business_date=upto,
            seq=seq,
            key=f"settle:{store_id}:{upto}:{seq}",
            net=net,
        )
        settlement.save(force_insert=True)
        SettlementItem.objects.bulk_create(
            SettlementItem(
                leg_id=leg_id, store_id=store_id, settlement_id=settlement.pk, amount=-amount
            )
            for leg_id, amount in legs
        )
        post(
            store_id=store_id,
            key=settlement.key,
            kind=Kind.SETTLEMENT,
            business_date=business_date(),
            legs=postings.settlement(net),
            reference=settlement.pk,
            settles=[leg_id for leg_id, _amount in legs],
        )
        payout = Payout(
            id=uuid7(),
            store_id=store_id,
            settlement=settlement,
            payout_id=settlement.key,
            amount=net,
            # should the outbox give up, the poll does not
            ask_at=now() + settings.PAYOUT_ASK_EVERY,
        )
        payout.save(force_insert=True)
        outbox.publish(PAYOUT_READY, {"payout": str(payout.pk)}, store_id=store_id)
        return settlement


def settle_all(*, stores: Iterable[UUID], upto: date) -> int:
    """Settle each of these shops; one that cannot be settled now does not stop the others."""
    settled = 0
    for store_id in stores:
        try:
            settled += settle_store(store_id=store_id, upto=upto) is not None
        except DomainError as error:
            logger.warning("Store %s is not settled yet: %s", store_id, error)
    return settled
