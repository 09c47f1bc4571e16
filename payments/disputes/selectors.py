"""What the bank took back, for the comparison with its file."""

from datetime import datetime

from payments.disputes.models import Dispute
from payments.upi.services.reconciliation import Book, Entry


def _chargebacks(start: datetime, end: datetime) -> dict[str, Entry]:
    lost = Dispute.objects.filter(
        state=Dispute.State.LOST, decided_at__gte=start, decided_at__lt=end
    )
    return {row.dispute_id: Entry(row.amount, row.store_id) for row in lost}


CHARGEBACK_BOOK = Book("chargeback", "dispute_id", {"chargeback": 1}, -1, _chargebacks)
