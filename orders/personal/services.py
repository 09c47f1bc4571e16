"""Erasing what Nukkad holds about a person, in one transaction (DPDP Act 2023, s.12; docs/privacy.md)."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from marketplace.accounts.erasing import forget_person, lock_to_erase
from marketplace.accounts.errors import WrongCode
from marketplace.accounts.models import Person
from marketplace.accounts.services import check_code, use_code
from marketplace.core.append_only import forget
from marketplace.core.clock import now
from marketplace.core.locks import busy_when_locked
from marketplace.notifications.models import Message
from orders.complaints.models import Complaint
from orders.invoicing.models import Print
from orders.models import Cart, Order, Return
from orders.personal.blockers import Blocker, Holdings, blockers_of, read_holdings
from orders.personal.errors import CannotErase
from orders.personal.holdings import Money, contacts_of, messages_of
from payments.disputes.models import Dispute
from payments.khata.models import Khata, KhataEntry
from payments.upi.models import Difference, PaymentAttempt, Receipt, Refund
from payments.upi.services.reconciliation import PAYMENT

__all__ = ["CannotErase", "erase_person", "find_blockers"]

# where the bank's files name the payer
PAYER = "counterparty_vpa"
# in place of words that a complaint cannot be without
UNSAID = "…"


def find_blockers(*, person: Person) -> list[Blocker]:
    """What has to end before the person can be erased, as of now."""
    phones = person.identities.filter(kind="phone", verified_at__isnull=False)
    known = list(phones.values_list("value", flat=True))
    return blockers_of(person, read_holdings(person.pk, known))


def erase_person(*, person_id: UUID, challenge_id: UUID, code: str) -> None:
    """Forget everything about the person that no law has us keep; a sign-in code proves that they ask.

    Their row stays and says nothing, since money names it. Raises CodeExpired, WrongCode (also for
    the code of another number), CannotErase naming what has to end first, AccountClosed for whoever
    is erased already, Busy; then nothing has changed, but that a code once answered is used up.
    """
    check_code(challenge_id=challenge_id, code=code)
    with busy_when_locked(), transaction.atomic():
        person, phones = lock_to_erase(person_id)
        if use_code(challenge_id=challenge_id).phone not in phones:
            raise WrongCode
        holdings = read_holdings(person.pk, phones, locked=True)
        if blockers := blockers_of(person, holdings):
            raise CannotErase(blockers=blockers)
        _forget_messages(person, phones, holdings)
        forget_person(person)
        _forget_orders(person, [order.pk for order in holdings.orders])
        _forget_complaints(person, [complaint.pk for complaint in holdings.complaints])
        _forget_khatas([khata.pk for khata in holdings.khatas])
        _forget_payers(holdings.money)
        Cart.objects.filter(person_id=person.pk).delete()


def _forget_messages(person: Person, phones: Sequence[str], holdings: Holdings) -> None:
    """What was written to the person, and what told a shop their name or UPI id."""
    messages_of(person, phones, contacts_of(person.pk)).delete()
    paid = KhataEntry.objects.filter(khata__in=holdings.khatas, kind=KhataEntry.Kind.UPI)
    told = [f"khata:{pk}:" for pk in paid.values_list("pk", flat=True)]
    told += [f"shop_qr:{came.pk}:" for came in holdings.money.receipts if came.shop_qr_id]
    for start in told:
        Message.objects.filter(dedupe_key__gte=start, dedupe_key__lt=start[:-1] + ";").delete()


def _forget_orders(person: Person, orders: Sequence[UUID]) -> None:
    """The pincode stays: the place of supply, on which the tax rests."""
    Order.objects.filter(pk__in=orders).update(
        contact_name="",
        contact_phone="",
        address="",
        latitude=None,
        longitude=None,
        note="",
        # made of the same words, so it could be tried out
        request_hash="",
    )
    Return.objects.filter(order__in=orders).update(note="", answer="")
    forget("orders_orderevent", person.pk)


def _forget_complaints(person: Person, complaints: Sequence[UUID]) -> None:
    Complaint.objects.filter(pk__in=complaints).update(text=UNSAID)
    forget("complaints_complaintevent", person.pk)


def _forget_khatas(khatas: Sequence[UUID]) -> None:
    """Nothing is owed: they are closed, and nobody's."""
    Khata.objects.filter(pk__in=khatas, closed_at=None).update(closed_at=now())
    Khata.objects.filter(pk__in=khatas).update(name="", phone="", remind_at=None)
    for khata_id in khatas:
        forget("khata_khataentry", khata_id)
    Print.objects.filter(kind=Print.Kind.KHATA, reference__in=khatas).delete()


def _forget_payers(money: Money) -> None:
    """Amounts, times and the bank's references stay in the books; who paid, and people's words, go."""
    attempts = [attempt.pk for attempt in money.attempts]
    receipts = {receipt.pk: receipt.payment_id for receipt in money.receipts}
    PaymentAttempt.objects.filter(pk__in=attempts).update(collect_vpa="")
    Refund.objects.filter(receipt__in=receipts).update(reason="")
    Receipt.objects.filter(pk__in=receipts).update(payer_vpa="")
    Dispute.objects.filter(receipt__in=receipts).update(reason="", evidence="")
    for difference in Difference.objects.filter(
        movement=PAYMENT, bank_reference__in=receipts.values()
    ):
        if difference.bank_row.get(PAYER):
            difference.bank_row[PAYER] = ""
            difference.save(update_fields=["bank_row"])
