"""Delivered goods that come back: the customer asks, the shop takes them or says why not.

A shop takes goods back until the end of the day `Order.return_days` days after the delivery; with
none, until the end of that day. The delivery fee goes back only when, for faults of the shop's
alone (damaged, expired, not what was ordered), nothing of the order is kept.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from datetime import date, timedelta
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext_noop

from marketplace.core.clock import business_date, now
from marketplace.core.errors import InvalidInput, characters
from marketplace.core.money import round_to_rupee
from marketplace.core.quantity import show_quantity
from orders.errors import (
    EmptyReturn,
    NothingTaken,
    NotRestockable,
    NotReturnable,
    ReturnAlreadyOpen,
    ReturnDecided,
    ReturnWindowOver,
    TooMuchReturned,
    UnknownReturn,
)
from orders.invoicing.services import issue_credit_note
from orders.models import Order, OrderLine, Return, ReturnLine, State
from orders.services.billing import PURPOSE
from orders.services.credit import hold_khata, take_off_bill
from orders.services.money import Returned, post_return, returned_of
from orders.services.transitions import locked_order, note_change
from payments.ledger.models import Account
from payments.upi.services import request_refund
from stores.inventory.holds import return_stock

ASKED, TAKEN = gettext_noop("return asked for"), gettext_noop("goods taken back")
PART_TAKEN = gettext_noop("part of the goods taken back")
DECLINED, WITHDRAWN = gettext_noop("return declined"), gettext_noop("return withdrawn")


def last_return_day(order: Order) -> date | None:
    """The last day on which the order's goods can be returned; None until they are delivered."""
    if order.state != State.DELIVERED or order.delivered_at is None:
        return None
    return business_date(order.delivered_at) + timedelta(days=order.return_days)


def can_be_returned(order: Order) -> bool:
    """Whether the time to return something of this order is running."""
    last_day = last_return_day(order)
    return last_day is not None and business_date() <= last_day


def most_back(line: OrderLine) -> int:
    """What all that is left of a line is worth when it comes back, in paise."""
    return line.amount - _worth(line)


def rest_back(order: Order, lines: Sequence[OrderLine]) -> tuple[Returned, Returned]:
    """What the customer gets for all that is left of these lines, the order's: for a fault of the
    shop's, and for another reason. The difference is the delivery fee, where it can still go back.
    """
    before = returned_of(order, lines, with_fee=False)
    all_back = [copy(line) for line in lines]
    for line in all_back:
        line.returned = line.packed or 0
    fault = _fee_goes_back(order, all_back, Return.FAULTS[0])
    for_fault, else_ = (
        returned_of(order, all_back, with_fee=with_fee) for with_fee in (fault, False)
    )
    return for_fault - before, else_ - before


def itemise(order: Order, returns: Iterable[Return]) -> list[tuple[Return, Returned]]:
    """All returns of an order, oldest first, each with what its `amount` is made of."""
    found, taken = [], 0
    cash = order.payment_method == Order.PaymentMethod.CASH
    for each in returns:
        goods = sum(part.amount for part in each.lines.all())
        rest = each.amount - goods
        rounding = (round_to_rupee(taken + goods) - round_to_rupee(taken)) if cash else 0
        fee = order.delivery_fee if rest != rounding else 0
        found.append((each, Returned(goods=goods, delivery_fee=fee, rounding=rest - fee)))
        if each.state == Return.State.TAKEN:
            taken += goods
    return found


def ask_return(
    *,
    store_id: UUID,
    order_id: UUID,
    actor: str,
    reason: str,
    lines: Mapping[UUID, int],
    note: str = "",
) -> Return:
    """The customer, or the shop for them, wants to give back base units of these lines.

    What they will get for it is settled now: `amount` of the return and of its lines. Raises
    UnknownOrder, NotReturnable, ReturnWindowOver, ReturnAlreadyOpen, EmptyReturn, TooMuchReturned,
    InvalidInput, Busy; then nothing has changed.
    """
    if reason not in Return.Reason.values:
        raise InvalidInput(field="reason", why=" | ".join(Return.Reason.values))
    if not lines:
        raise EmptyReturn(field="lines", why="")
    with locked_order(store_id, order_id) as order:
        _check_window(order)
        if order.returns.open().exists():
            raise ReturnAlreadyOpen
        all_lines = list(order.lines.all())
        before = returned_of(order, all_lines, with_fee=False)
        asked = _give_back(all_lines, lines)
        after = returned_of(order, all_lines, with_fee=_fee_goes_back(order, all_lines, reason))
        made = Return.objects.create(
            store_id=store_id,
            order=order,
            reason=reason,
            note=note[:300],
            asked_by=actor,
            amount=after.total - before.total,
        )
        for line in asked:
            line.goods_return = made
        ReturnLine.objects.bulk_create(asked)
        _note(order, made, "return.asked", actor=actor, reason=ASKED)
        return made


def take_return(
    *,
    store_id: UUID,
    order_id: UUID,
    return_id: UUID,
    actor: str,
    restock: Collection[UUID] = (),
    accepted: Mapping[UUID, int] | None = None,
    reason: str = "",
) -> Return:
    """The goods are back in the shop: the customer is paid back, the shop's charges are undone.

    `restock` names the order lines whose goods can be sold again: they go back onto the shelf, and
    the rest moves no stock. A UPI order is refunded out of what the shop is owed, which may then
    be negative and is carried forward; for a cash order the shop pays the customer `amount` itself.
    An order on khata is owed for that much less, and what was paid of it the shop pays in cash.

    `accepted` names base units of the order lines where the shop does not take all that was asked
    for; what it leaves out becomes a return of its own that is declined for `reason`.

    Raises UnknownOrder, UnknownReturn, ReturnDecided, NotRestockable, NothingTaken,
    TooMuchReturned, InvalidInput, Busy.
    """
    with locked_order(store_id, order_id) as order:
        found = _find_open(order, return_id)
        hold_khata(order)
        back = {each.line_id: each for each in found.lines.select_related("line")}
        if not set(restock) <= back.keys():
            raise InvalidInput(field="restock", why=", ".join(str(key) for key in restock))
        if restock and not found.can_be_restocked:
            raise NotRestockable(field="restock", why=found.reason)
        asked = {key: each.quantity for key, each in back.items()}
        kept = asked if accepted is None else _check_accepted(back, accepted)
        if kept != asked and not reason.strip():
            raise InvalidInput(field="reason", why=characters(1, 300))
        all_lines = list(order.lines.all())
        before = returned_of(order, all_lines, with_fee=False)
        worth = {each.line_id: each.amount for each in _give_back(all_lines, kept)}
        with_fee = _fee_goes_back(order, all_lines, found.reason)
        after = returned_of(order, all_lines, with_fee=with_fee)
        rest = None
        if kept != asked:
            amount = (after - before).total
            rest = _split_off(found, back, worth, amount, kept=kept, actor=actor, reason=reason)
        given = [line for line in all_lines if line.pk in back]
        OrderLine.objects.bulk_update(given, ["returned"])
        for line_id, each in back.items():
            each.restock = line_id in restock
        ReturnLine.objects.bulk_update(back.values(), ["quantity", "amount", "restock"])
        if on_shelf := {
            line.listing_id: back[line.pk].quantity for line in given if back[line.pk].restock
        }:
            return_stock(store_id=store_id, reference=order_id, quantities=on_shelf, actor=actor)
        _pay_back(order, found, before, after, actor=actor)
        _decide(found, Return.State.TAKEN, actor=actor)
        words = TAKEN if rest is None else PART_TAKEN
        _note(order, found, "return.taken", actor=actor, reason=words, also=["refunded"], rest=rest)
        extra = after - before
        issue_credit_note(
            order,
            all_lines,
            kept,
            reference=found.pk,
            delivery_fee=extra.delivery_fee,
            rounding=extra.rounding,
        )
        return found


def decline_return(
    *, store_id: UUID, order_id: UUID, return_id: UUID, actor: str, reason: str
) -> Return:
    """The shop does not take the goods back, and says why; the customer reads it.

    Raises UnknownOrder, UnknownReturn, ReturnDecided, InvalidInput, Busy.
    """
    if not reason.strip():
        raise InvalidInput(field="reason", why=characters(1, 300))
    with locked_order(store_id, order_id) as order:
        found = _find_open(order, return_id)
        found.answer = reason.strip()[:300]
        _decide(found, Return.State.DECLINED, actor=actor)
        _note(order, found, "return.declined", actor=actor, reason=DECLINED)
        return found


def withdraw_return(*, store_id: UUID, order_id: UUID, return_id: UUID, actor: str) -> Return:
    """Whoever asked keeps the goods after all. Raises UnknownOrder, UnknownReturn, ReturnDecided, Busy."""
    with locked_order(store_id, order_id) as order:
        found = _find_open(order, return_id)
        _decide(found, Return.State.WITHDRAWN, actor=actor)
        _note(order, found, "return.withdrawn", actor=actor, reason=WITHDRAWN)
        return found


def _check_window(order: Order) -> None:
    last_day = last_return_day(order)
    if last_day is None:
        raise NotReturnable(state=order.state, state_words=State(order.state).label)
    if business_date() > last_day:
        raise ReturnWindowOver(
            last_day=last_day.isoformat(), last_day_words=date_format(last_day, "j F")
        )


def _give_back(all_lines: list[OrderLine], asked: Mapping[UUID, int]) -> list[ReturnLine]:
    """The lines of a return with what each is worth; the order's lines, not saved, count them as back.

    Raises TooMuchReturned, InvalidInput.
    """
    known = {line.pk: line for line in all_lines}
    made = []
    for line_id, quantity in asked.items():
        line = known.get(line_id)
        if line is None:
            raise InvalidInput(field="lines", why=str(line_id))
        left = (line.packed or 0) - line.returned
        if quantity <= 0:
            raise EmptyReturn(field="lines", why=str(quantity))
        if quantity > left:
            raise TooMuchReturned(
                field="lines",
                why=str(quantity),
                line=str(line.pk),
                name=line.name,
                left=show_quantity(left, line.unit),
            )
        before = _worth(line)
        line.returned += quantity
        made.append(
            ReturnLine(
                store_id=line.store_id, line=line, quantity=quantity, amount=_worth(line) - before
            )
        )
    return made


def _worth(line: OrderLine) -> int:
    """What all that came back of a line is worth, in paise."""
    return line.share(line.amount, line.returned)


def _check_accepted(
    back: Mapping[UUID, ReturnLine], accepted: Mapping[UUID, int]
) -> dict[UUID, int]:
    """What is taken of each line, without those of which nothing is. Raises InvalidInput,
    TooMuchReturned, NothingTaken."""
    for line_id, quantity in accepted.items():
        if line_id not in back or quantity < 0:
            raise InvalidInput(field="lines", why=f"{line_id}: {quantity}")
        asked, line = back[line_id].quantity, back[line_id].line
        if quantity > asked:
            raise TooMuchReturned(
                field="lines",
                why=str(quantity),
                line=str(line_id),
                name=line.name,
                left=show_quantity(asked, line.unit),
            )
    kept = {line_id: quantity for line_id, quantity in accepted.items() if quantity}
    if not kept:
        raise NothingTaken(field="lines", why="0")
    return kept


def _split_off(
    found: Return,
    back: dict[UUID, ReturnLine],
    worth: Mapping[UUID, int],
    amount: int,
    *,
    kept: Mapping[UUID, int],
    actor: str,
    reason: str,
) -> Return:
    """What is not kept of a return becomes one of its own, declined; `found` and `back`, not saved,
    are then what is taken, at `amount` and `worth`."""
    rest = Return.objects.create(
        store_id=found.store_id,
        order_id=found.order_id,
        state=Return.State.DECLINED,
        reason=found.reason,
        note=found.note,
        answer=reason.strip()[:300],
        amount=found.amount - amount,
        asked_by=found.asked_by,
        created_at=found.created_at,
        decided_by=actor,
        decided_at=now(),
    )
    for line_id, each in list(back.items()):
        if line_id not in kept:
            each.goods_return = rest
            each.save(update_fields=["goods_return"])
            del back[line_id]
        elif kept[line_id] < each.quantity:
            ReturnLine.objects.create(
                store_id=found.store_id,
                goods_return=rest,
                line_id=line_id,
                quantity=each.quantity - kept[line_id],
                amount=each.amount - worth[line_id],
            )
            each.quantity, each.amount = kept[line_id], worth[line_id]
    found.amount = amount
    return rest


def _fee_goes_back(order: Order, all_lines: list[OrderLine], reason: str) -> bool:
    """Whether nothing is kept of the order, and all of it came back for faults of the shop's."""
    reasons = {reason, *order.returns.taken().values_list("reason", flat=True)}
    return reasons <= set(Return.FAULTS) and all(
        line.returned == (line.packed or 0) for line in all_lines
    )


def _pay_back(
    order: Order, found: Return, before: Returned, after: Returned, *, actor: str
) -> None:
    """A prepaid customer's money leaves by UPI, and the order remembers it; a khata owes less; the
    charges are undone."""
    if order.prepaid and found.amount:
        request_refund(
            store_id=order.store_id,
            purpose=PURPOSE,
            reference=order.pk,
            amount=found.amount,
            reason="goods returned",
            key=f"return:{found.pk}",
            source=Account.PAYABLE,
        )
        order.refunded += found.amount
    post_return(order, return_id=found.pk, before=before, after=after, on=business_date())
    take_off_bill(order, return_id=found.pk, amount=found.amount, actor=actor)


def _find_open(order: Order, return_id: UUID) -> Return:
    """A return of the locked order that is still to be decided. Raises UnknownReturn, ReturnDecided."""
    found = order.returns.of_store(order.store_id).filter(pk=return_id).first()
    if found is None:
        raise UnknownReturn
    if found.state != Return.State.ASKED:
        raise ReturnDecided(state=found.state, state_words=found.get_state_display())
    return found


def _decide(found: Return, state: Return.State, *, actor: str) -> None:
    found.state, found.decided_by, found.decided_at = state, actor, now()
    found.save(update_fields=["state", "amount", "answer", "decided_by", "decided_at"])


def _note(
    order: Order,
    found: Return,
    event: str,
    *,
    actor: str,
    reason: str,
    also: list[str] | None = None,
    rest: Return | None = None,
) -> None:
    note_change(
        order,
        actor=actor,
        reason=reason,
        also=also,
        event=event,
        more={"return_id": str(found.pk)} | ({"rest_id": str(rest.pk)} if rest else {}),
    )
