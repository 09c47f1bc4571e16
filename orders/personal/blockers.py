"""What keeps a person's details here for now: whatever somebody still has to do with them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Person
from marketplace.core.clock import now
from orders.complaints.models import Complaint
from orders.models import FINISHED, Order, Return
from orders.personal.holdings import Money, read_money
from payments.disputes.models import Dispute
from payments.khata.models import Khata
from payments.khata.selectors import owed_by, promised_by
from payments.upi.models import PaymentAttempt, Receipt
from stores.shops.models import StaffMember, Store


class Reason(TextChoices):
    STAFF = "staff", _("You work for Nukkad. Please write to the grievance officer.")
    SHOP = "shop", _("You work in this shop. Please write to the grievance officer.")
    ORDER = "order", _("This order is still under way.")
    RETURN = "return", _("The shop has not yet answered whether it takes these goods back.")
    PAYMENT = "payment", _("A payment is still under way.")
    REFUND = "refund", _("Money has not yet come back to you.")
    COMPLAINT = "complaint", _("This complaint is not settled yet.")
    DISPUTE = "dispute", _("Your bank has not yet decided about this payment.")
    OWED = "owed", _("Money is owed on this khata.")


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that must end first, and what it is about: an order, a complaint, a khata or a shop."""

    reason: Reason
    order: Order | None = None
    complaint: Complaint | None = None
    khata: Khata | None = None
    store: Store | None = None


@dataclass(frozen=True, slots=True)
class Holdings:
    """A person's orders, complaints and khatas, and the money of orders and khatas."""

    orders: Sequence[Order]
    complaints: Sequence[Complaint]
    khatas: Sequence[Khata]
    money: Money


def read_holdings(person_id: UUID, phones: Sequence[str], *, locked: bool = False) -> Holdings:
    """Everything that money may still hang on; locked in the order of docs/stock.md if asked for."""
    orders = Order.objects.filter(person_id=person_id).order_by("pk")
    complaints = Complaint.objects.filter(person_id=person_id).order_by("pk")
    khatas = Khata.objects.filter(phone__in=phones).order_by("pk")
    if locked:
        orders, complaints, khatas = orders.locked(), complaints.locked(), khatas.locked()
    bought, told, kept = list(orders.select_related("store")), list(complaints), list(khatas)
    return Holdings(bought, told, kept, read_money(bought, kept, locked=locked))


def blockers_of(person: Person, holdings: Holdings) -> list[Blocker]:
    """What has to end before the person can be erased."""
    found = [Blocker(Reason.STAFF)] if person.is_staff else []
    jobs = StaffMember.objects.filter(person=person).select_related("store").order_by("pk")
    found += [Blocker(Reason.SHOP, store=job.store) for job in jobs]
    found += [
        Blocker(Reason.ORDER, order=order)
        for order in holdings.orders
        if order.state not in FINISHED
    ]
    by_id = {order.pk: order for order in holdings.orders}
    asked = Return.objects.open().filter(order__in=by_id).values_list("order_id", flat=True)
    found += [Blocker(Reason.RETURN, order=by_id[order_id]) for order_id in asked]
    found += [
        Blocker(Reason.COMPLAINT, complaint=each)
        for each in holdings.complaints
        if not each.settled
    ]
    found += _unsettled(holdings)
    found += [
        Blocker(Reason.OWED, khata=khata)
        for khata in holdings.khatas
        if khata.closed_at is None and (owed_by(khata) or promised_by(khata))
    ]
    shops = Store.objects.in_bulk({each.khata.store_id for each in found if each.khata})
    return [
        replace(each, store=shops[each.khata.store_id]) if each.khata else each for each in found
    ]


def _unsettled(holdings: Holdings) -> list[Blocker]:
    """Money that is not yet where it belongs, each order or khata named once for each reason."""
    money = holdings.money
    orders = {order.pk: order for order in holdings.orders}
    khatas = {khata.pk: khata for khata in holdings.khatas}
    asked_for = {attempt.pk: attempt.reference for attempt in money.attempts}
    came_for = {
        receipt.pk: asked_for[receipt.attempt_id]
        for receipt in money.receipts
        if receipt.attempt_id is not None
    }
    State = PaymentAttempt.State
    reasons = [
        (Reason.PAYMENT, attempt.reference)
        for attempt in money.attempts
        if attempt.state in (State.PENDING, State.DEEMED)
        or (attempt.state == State.CREATED and attempt.expires_at > now())
    ]
    reasons += [
        (Reason.REFUND, came_for[receipt.pk])
        for receipt in money.receipts
        if receipt.outcome == Receipt.Outcome.UNAPPLIED
    ]
    reasons += [
        (Reason.REFUND, came_for[refund.receipt_id])
        for refund in money.refunds
        if refund.state not in refund.FINAL
    ]
    reasons += [
        (Reason.DISPUTE, came_for[dispute.receipt_id])
        for dispute in money.disputes
        if dispute.state in (Dispute.State.OPEN, Dispute.State.CONTESTED)
    ]
    return [
        Blocker(reason, order=orders.get(reference), khata=khatas.get(reference))
        for reason, reference in dict.fromkeys(reasons)
    ]
