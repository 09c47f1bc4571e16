"""Which rows are a person's. An order is theirs if they placed it signed in, a khata if it is kept under
a number that they have proven to have; an order that merely names their number is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from marketplace.accounts.codes import CODE_LIFETIME
from marketplace.accounts.models import Person
from marketplace.notifications.models import Message
from orders.models import Order
from payments.disputes.models import Dispute
from payments.khata.models import Khata
from payments.upi.models import PaymentAttempt, Purpose, Receipt, Refund


@dataclass(frozen=True, slots=True)
class Money:
    """What was asked for, came and went back for some orders or khatas."""

    attempts: list[PaymentAttempt]
    receipts: list[Receipt]
    refunds: list[Refund]
    disputes: list[Dispute]


def read_money(
    orders: Sequence[Order] = (), khatas: Sequence[Khata] = (), *, locked: bool = False
) -> Money:
    """All of it about these orders and khatas; four statements. Locked until the transaction ends, in
    the order of docs/stock.md, if asked for."""
    about = Q(purpose=Purpose.ORDER, reference__in=[order.pk for order in orders]) | Q(
        purpose=Purpose.KHATA, reference__in=[khata.pk for khata in khatas]
    )
    stores = {order.store_id for order in orders} | {khata.store_id for khata in khatas}
    attempts = PaymentAttempt.objects.filter(about, store_id__in=stores).order_by("pk")
    refunds, receipts = Refund.objects.order_by("pk"), Receipt.objects.order_by("pk")
    disputes = Dispute.objects.order_by("pk")
    if locked:
        attempts, refunds = attempts.locked(), refunds.locked()
        receipts, disputes = receipts.locked(), disputes.locked()
    asked = list(attempts)
    of_these = Q(receipt__attempt__in=[attempt.pk for attempt in asked])
    going_back = list(refunds.filter(of_these))
    came = list(receipts.filter(attempt__in=[attempt.pk for attempt in asked]))
    return Money(asked, came, going_back, list(disputes.filter(of_these)))


def messages_of(
    person: Person, phones: Sequence[str], contacts: Sequence[str]
) -> QuerySet[Message]:
    """What was written to the person: under their name, to whatever number they gave with an order
    (`contacts`), and codes to their own, with the one that they joined by. Another's order that names
    their number told them too, but what it told is the other's."""
    first = person.joined_at - CODE_LIFETIME
    codes = Q(recipient_id=None, template="sign_in_code", created_at__gte=first)
    return Message.objects.filter(
        Q(to__in=[str(person.pk), *phones, *contacts], recipient_id=person.pk)
        | Q(to__in=phones) & codes
    ).order_by("created_at", "pk")


def contacts_of(person_id: UUID) -> list[str]:
    """The numbers that the person gave with their orders."""
    given = Order.objects.filter(person_id=person_id).order_by().values_list("contact_phone")
    return [phone for (phone,) in given.distinct() if phone]
