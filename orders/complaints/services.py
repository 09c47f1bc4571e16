"""Every write to a complaint that somebody asks for; what the clock does is in `clock`.

A complaint is with its shop until it is settled or goes to the grievance officer, by the customer's
wish or by the clock. There is no way back from the officer to the shop, but the shop may go on to
speak. Goods and money move by returns alone (orders.services.returns).
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.formats import date_format

from marketplace.accounts.erasing import hold_person
from marketplace.core.clock import INDIA, now
from marketplace.core.errors import InvalidInput, characters
from marketplace.core.ids import short_code, uuid7
from marketplace.core.locks import busy_when_locked
from orders.complaints.deadlines import ANSWER_WITHIN, one_month_after
from orders.complaints.errors import (
    ComplaintMoved,
    EnoughForToday,
    NotComplainable,
    NothingSaid,
    TooLateToOpen,
    TooLong,
    TooManyComplaints,
    TooManyWords,
    UnknownComplaint,
)
from orders.complaints.models import (
    LONGEST,
    Complaint,
    ComplaintEvent,
    ComplaintLine,
    Side,
    State,
)
from orders.complaints.recording import begin, record
from orders.errors import KeyReused, UnknownOrder, UnknownStore
from orders.models import Order
from orders.models import State as OrderState
from stores.shops.models import Store

What = ComplaintEvent.What

# Of one person, about one order or about none: what is not settled yet.
MOST_UNSETTLED = 3
# Of one person within a day: a ticket and its settling tell the shop by SMS, and can be had at once.
MOST_IN_A_DAY = 6
MOST_EVENTS = 100
MOST_REOPENED = 3
TRIES = 3
# Unicode's signs that show what follows them the other way round.
TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def file_complaint(
    *,
    person_id: UUID,
    key: str,
    kind: str,
    wanted: str,
    text: str,
    order_id: UUID | None = None,
    store_id: UUID | None = None,
    lines: Mapping[UUID, int] | None = None,
) -> Complaint:
    """Take a complaint down and acknowledge it: about the person's order, else about a shop, else about
    Nukkad, which the grievance officer gets at once.

    `lines` names base units of the order's lines, where it is about goods. The same key again is the
    same complaint. Raises InvalidInput (NothingSaid, TooLong), UnknownOrder, UnknownStore,
    NotComplainable, TooManyComplaints, EnoughForToday, KeyReused, AccountClosed, Busy; then nothing has changed.
    """
    if not 0 < len(key) <= 80:
        raise InvalidInput(field="key", why=characters(1, 80))
    _check_choice("kind", kind, Complaint.Kind.values)
    _check_choice("wanted", wanted, Complaint.Wanted.values)
    complaint = Complaint(
        person_id=person_id,
        idempotency_key=key,
        kind=kind,
        wanted=wanted,
        text=_words("text", text),
    )
    with busy_when_locked(), transaction.atomic():
        # also lets one person's filings take turns, so that double taps meet and the bound holds
        hold_person(person_id)
        order = _find_order(person_id, order_id)
        store_id = order.store_id if order else store_id
        if store_id and not Store.objects.filter(pk=store_id).exists():
            raise UnknownStore
        complaint.store_id, complaint.order = store_id, order
        if earlier := Complaint.objects.filter(person_id=person_id, idempotency_key=key).first():
            if not _same(earlier, complaint):
                raise KeyReused
            return earlier
        _check_room(complaint)
        concerned = _concerned(complaint, lines or {})
        complaint.resolve_by = one_month_after(complaint.filed_at)
        if store_id:
            complaint.answer_by = complaint.filed_at + ANSWER_WITHIN
        else:
            complaint.state, complaint.escalated_at = State.ESCALATED, complaint.filed_at
        complaint.due_at = complaint.next_look()
        _insert(complaint)
        ComplaintLine.objects.bulk_create(concerned)
        begin(complaint, actor=f"person:{person_id}")
    return complaint


def add_word(*, person_id: UUID, complaint_id: UUID, text: str) -> Complaint:
    """The customer says more; a shop that had answered owes an answer again.

    Raises UnknownComplaint, NothingSaid, TooLong, ComplaintMoved, TooManyWords, Busy.
    """
    words = _words("text", text)
    with _of_customer(person_id, complaint_id) as complaint:
        _check_unsettled(complaint)
        actor = f"person:{person_id}"
        if _said_just_now(complaint, actor, words):
            return complaint
        to = State(complaint.state)
        if complaint.with_the_shop:
            to = State.OPEN
            if complaint.state == State.ANSWERED:
                _wait_for_the_shop(complaint)
        return _say(complaint, to, Side.CUSTOMER, actor=actor, text=words)


def accept_answer(*, person_id: UUID, complaint_id: UUID) -> Complaint:
    """The customer says that it is settled; said again, it changes nothing.

    Raises UnknownComplaint, Busy.
    """
    with _of_customer(person_id, complaint_id) as complaint:
        if complaint.settled:
            return complaint
        return _resolve(complaint, Side.CUSTOMER, actor=f"person:{person_id}", text="")


def ask_officer(*, person_id: UUID, complaint_id: UUID) -> Complaint:
    """The customer does not want to wait for the shop, or is not content with it; again, it changes
    nothing. Raises UnknownComplaint, ComplaintMoved, Busy."""
    with _of_customer(person_id, complaint_id) as complaint:
        _check_unsettled(complaint)
        if complaint.state == State.ESCALATED:
            return complaint
        return escalate(complaint, Side.CUSTOMER, actor=f"person:{person_id}")


def open_again(*, person_id: UUID, complaint_id: UUID, text: str) -> Complaint:
    """Settled, but not so: it goes back to whoever had it, with its month as it was.

    Raises UnknownComplaint, NothingSaid, TooLong, ComplaintMoved, TooLateToOpen, TooManyWords, Busy.
    """
    words = _words("text", text)
    with _of_customer(person_id, complaint_id) as complaint:
        if not complaint.settled:
            raise _moved(complaint)
        if not complaint.can_be_opened:
            until = complaint.resolve_by.astimezone(INDIA)
            raise TooLateToOpen(until=date_format(until, "j F"))
        if complaint.events.filter(what=What.REOPENED).count() >= MOST_REOPENED:
            raise TooManyWords
        _check_length(complaint)
        complaint.resolved_at = None
        to = State.ESCALATED
        if complaint.escalated_at is None:
            to = State.OPEN
            _wait_for_the_shop(complaint)
        return record(
            complaint,
            What.REOPENED,
            to=to,
            side=Side.CUSTOMER,
            actor=f"person:{person_id}",
            text=words,
        )


def answer_for_shop(*, store_id: UUID, complaint_id: UUID, actor: str, text: str) -> Complaint:
    """The shop answers; what is with the grievance officer stays there.

    Raises UnknownComplaint, NothingSaid, TooLong, ComplaintMoved, TooManyWords, Busy.
    """
    words = _words("text", text)
    with _of_shop(store_id, complaint_id) as complaint:
        _check_unsettled(complaint)
        if _said_just_now(complaint, actor, words):
            return complaint
        to = State.ANSWERED if complaint.with_the_shop else State(complaint.state)
        return _say(complaint, to, Side.SHOP, actor=actor, text=words)


def settle_for_shop(*, store_id: UUID, complaint_id: UUID, actor: str, text: str) -> Complaint:
    """The shop has put it right and says how; the customer may open it again.

    What the grievance officer has, only the officer and the customer settle. Raises UnknownComplaint,
    NothingSaid, TooLong, ComplaintMoved, Busy.
    """
    words = _words("text", text)
    with _of_shop(store_id, complaint_id) as complaint:
        if not complaint.with_the_shop:
            raise _moved(complaint)
        return _resolve(complaint, Side.SHOP, actor=actor, text=words)


def answer_for_officer(*, complaint_id: UUID, actor: str, text: str) -> Complaint:
    """The grievance officer answers, and has it from then on.

    Raises UnknownComplaint, NothingSaid, TooLong, ComplaintMoved, TooManyWords, Busy.
    """
    words = _words("text", text)
    with locked_complaint(pk=complaint_id) as complaint:
        _check_unsettled(complaint)
        if _said_just_now(complaint, actor, words):
            return complaint
        complaint.escalated_at = complaint.escalated_at or now()
        return _say(complaint, State.ESCALATED, Side.OFFICER, actor=actor, text=words)


def settle_for_officer(*, complaint_id: UUID, actor: str, text: str) -> Complaint:
    """The grievance officer decides, and says what and why.

    Raises UnknownComplaint, NothingSaid, TooLong, ComplaintMoved, Busy.
    """
    words = _words("text", text)
    with locked_complaint(pk=complaint_id) as complaint:
        _check_unsettled(complaint)
        complaint.escalated_at = complaint.escalated_at or now()
        return _resolve(complaint, Side.OFFICER, actor=actor, text=words)


def escalate(complaint: Complaint, side: Side, *, actor: str) -> Complaint:
    """Hand a locked complaint to the grievance officer."""
    complaint.escalated_at = now()
    return record(complaint, What.ESCALATED, to=State.ESCALATED, side=side, actor=actor)


def can_be_reported(order: Order) -> bool:
    """Whether something can have gone wrong with the order: it has been placed, and paid for if it
    was to be."""
    return order.state != OrderState.AWAITING_PAYMENT


@contextmanager
def locked_complaint(**which: Any) -> Iterator[Complaint]:
    """A transaction in which one complaint is locked. Raises UnknownComplaint, Busy."""
    with busy_when_locked(), transaction.atomic():
        yield _lock_complaint(**which)


@contextmanager
def _of_customer(person_id: UUID, complaint_id: UUID) -> Iterator[Complaint]:
    """The same, of somebody who is not erased meanwhile."""
    with busy_when_locked(), transaction.atomic():
        hold_person(person_id)
        yield _lock_complaint(person_id=person_id, pk=complaint_id)


def _of_shop(store_id: UUID, complaint_id: UUID) -> AbstractContextManager[Complaint]:
    return locked_complaint(store_id=store_id, pk=complaint_id)


def _lock_complaint(**which: Any) -> Complaint:
    complaint = Complaint.objects.locked().filter(**which).first()
    if complaint is None:
        raise UnknownComplaint
    return complaint


def _say(complaint: Complaint, to: State, side: Side, *, actor: str, text: str) -> Complaint:
    _check_length(complaint)
    if side != Side.CUSTOMER:
        complaint.answered_at = now()
    return record(complaint, What.SAID, to=to, side=side, actor=actor, text=text)


def _resolve(complaint: Complaint, side: Side, *, actor: str, text: str) -> Complaint:
    complaint.resolved_at = now()
    return record(complaint, What.RESOLVED, to=State.RESOLVED, side=side, actor=actor, text=text)


def _wait_for_the_shop(complaint: Complaint) -> None:
    """The shop's time to answer begins anew."""
    complaint.answer_by, complaint.reminded_at = now() + ANSWER_WITHIN, None


def _said_just_now(complaint: Complaint, actor: str, text: str) -> bool:
    """Whether these were the last words, so that a second tap says them once."""
    last = complaint.events.last()
    return last is not None and (last.what, last.actor, last.text) == (What.SAID, actor, text)


def _check_unsettled(complaint: Complaint) -> None:
    if complaint.settled:
        raise _moved(complaint)


def _moved(complaint: Complaint) -> ComplaintMoved:
    return ComplaintMoved(state=complaint.state, state_words=complaint.get_state_display())


def _check_length(complaint: Complaint) -> None:
    """Whether there is room for more; to settle it there always is."""
    if complaint.version >= MOST_EVENTS:
        raise TooManyWords


def _check_choice(field: str, value: str, known: list[str]) -> None:
    if value not in known:
        raise InvalidInput(field=field, why=" | ".join(known))


def _words(field: str, text: str) -> str:
    """What was written, without what surrounds it and what turns the letters about. Raises NothingSaid,
    TooLong."""
    words = text.translate(TURNING).strip()
    if not any(letter.isprintable() and not letter.isspace() for letter in words):
        raise NothingSaid(field=field, why=str(NothingSaid.message))
    if len(words) > LONGEST:
        raise TooLong(field=field, why=str(TooLong.message) % {"most": LONGEST}, most=LONGEST)
    return words


def _find_order(person_id: UUID, order_id: UUID | None) -> Order | None:
    if order_id is None:
        return None
    order = Order.objects.of_person(person_id).filter(pk=order_id).first()
    if order is None:
        raise UnknownOrder
    if not can_be_reported(order):
        raise NotComplainable
    return order


def _same(earlier: Complaint, complaint: Complaint) -> bool:
    compared = ("store_id", "order_id", "kind", "wanted", "text")
    return all(getattr(earlier, name) == getattr(complaint, name) for name in compared)


def _check_room(complaint: Complaint) -> None:
    unsettled = Complaint.objects.of_person(complaint.person_id).unsettled()
    same = list(unsettled.filter(order=complaint.order)[:MOST_UNSETTLED])
    if len(same) == MOST_UNSETTLED:
        raise TooManyComplaints(number=same[0].number)
    lately = Complaint.objects.of_person(complaint.person_id).filter(
        filed_at__gt=complaint.filed_at - timedelta(days=1)
    )
    if lately.count() >= MOST_IN_A_DAY:
        raise EnoughForToday


def _concerned(complaint: Complaint, lines: Mapping[UUID, int]) -> list[ComplaintLine]:
    """The goods that it is about; of another kind of complaint, none. Raises InvalidInput."""
    if not lines or complaint.kind not in Complaint.OF_GOODS or complaint.order is None:
        return []
    known = {line.pk: line for line in complaint.order.lines.all()}
    for line_id, quantity in lines.items():
        line = known.get(line_id)
        if line is None or not 0 < quantity <= line.billed:
            raise InvalidInput(field="lines", why=f"{line_id}: {quantity}")
    return [
        ComplaintLine(
            store_id=complaint.order.store_id,
            complaint=complaint,
            line_id=line_id,
            quantity=quantity,
        )
        for line_id, quantity in lines.items()
    ]


def _insert(complaint: Complaint) -> None:
    """Store it under a ticket that nobody has yet."""
    for tried in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                complaint.save(force_insert=True)
            return
        except IntegrityError:
            if tried == TRIES:
                raise
            complaint.id, complaint.code = uuid7(), short_code()
