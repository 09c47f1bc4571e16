"""A customer pays a khata back by UPI: the money comes to us, and is the shop's at once."""

from datetime import datetime
from uuid import UUID

from payments.khata.models import Khata
from payments.khata.selectors import owed_by
from payments.khata.services import pay_back_by_upi
from payments.upi.payees import Applied, Outcome, Refund


class KhataPayee:
    def lock(self, *, store_id: UUID, reference: UUID) -> None:
        """Hold the khata, before the attempt."""
        list(Khata.objects.locked().filter(store_id=store_id, pk=reference))

    def waiting(
        self, *, store_id: UUID, amount: int, since: datetime, until: datetime
    ) -> list[UUID]:
        """None: a khata waits for no particular amount."""
        return []

    def accept(self, *, store_id: UUID, reference: UUID, amount: int) -> Outcome:
        """Write the money in, now or late, as long as so much is owed; what is not goes back."""
        khata = Khata.objects.locked().filter(store_id=store_id, pk=reference).first()
        if khata is None or khata.closed_at is not None:
            return Refund("khata is closed")
        if amount > owed_by(khata):
            return Refund("more than is owed")
        pay_back_by_upi(khata=khata, amount=amount)
        return Applied()
