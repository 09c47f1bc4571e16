"""The switch for what the bank does next, and the seeded mix of faults.

An operation has four sides, and each side takes at most one fault: its result, its webhook, the
HTTP answer (api), and the file or list it is read from (read). Faults of different sides combine.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from payments.bank.models import Fault, FaultPlan, Switch
from payments.bank.upi import DECLINES

PAYMENT, REFUND, PAYOUT, DISPUTE = "payment", "refund", "payout", "dispute"
COLLECT, QUERY, RECONCILIATION = "collect", "query", "reconciliation"
OPERATIONS = (PAYMENT, REFUND, PAYOUT, DISPUTE, COLLECT, QUERY, RECONCILIATION)
MONEY = (PAYMENT, REFUND, PAYOUT)
TOLD = (*MONEY, DISPUTE)


@dataclass(frozen=True)
class Kind:
    """A thing that can be made to happen: which side of which operations, and its defaults."""

    side: str
    operations: tuple[str, ...]
    label: str
    defaults: Mapping[str, Any]


def _kinds() -> dict[str, Kind]:
    later = {"seconds": 10}
    kinds = {"success": Kind("result", MONEY, "Success", {})}
    for code, words in DECLINES.items():
        label = f"Declined {code}: {words.split(' · ')[0]}"
        kinds[code] = Kind("result", (PAYMENT,), label, {})
    kinds |= {
        "pending": Kind(
            "result",
            (PAYMENT,),
            "Pending, then success or a code",
            {**later, "then": "00"},
        ),
        "deemed_then_success": Kind("result", (PAYMENT,), "Deemed, then success", later),
        "deemed_then_reversed": Kind("result", (PAYMENT,), "Deemed, then reversed", later),
        "failed_then_success": Kind("result", (PAYMENT,), "Failed, then success after all", later),
        "wrong_amount": Kind("result", (PAYMENT,), "Debits another amount", {"delta": -100}),
        "refund_pending": Kind("result", (REFUND,), "Refund pending", {**later, "then": "00"}),
        "refund_failed": Kind("result", (REFUND,), "Refund fails", {"code": "U30"}),
        "payout_pending": Kind(
            "result", (PAYOUT,), "Payout sent, confirmed later", {**later, "then": "00"}
        ),
        "payout_failed": Kind("result", (PAYOUT,), "Payout fails", {"code": "U30"}),
        "payout_failed_then_success": Kind(
            "result", (PAYOUT,), "Payout fails, then is processed after all", later
        ),
        "webhook_lost": Kind("webhook", TOLD, "Webhook never sent", {}),
        "webhook_duplicate": Kind("webhook", TOLD, "Webhook sent several times", {"times": 3}),
        "webhook_delayed": Kind("webhook", TOLD, "Webhook delayed", {"seconds": 30}),
        "webhook_bad_signature": Kind("webhook", TOLD, "Webhook with a bad signature", {}),
        "webhook_altered_body": Kind("webhook", TOLD, "Webhook body altered after signing", {}),
        "webhook_old_secret": Kind("webhook", TOLD, "Webhook signed with an old secret", {}),
        "webhook_stale_timestamp": Kind("webhook", TOLD, "Webhook signed an hour ago", {}),
        "webhook_before_response": Kind("api", TOLD, "Webhook before the answer", {"seconds": 5}),
        "api_timeout_after_commit": Kind(
            "api", (*TOLD, COLLECT), "Done, but the answer never comes", {"seconds": 20}
        ),
        "api_5xx": Kind(
            "api",
            (REFUND, PAYOUT, PAYMENT, DISPUTE, COLLECT, QUERY, RECONCILIATION),
            "503, nothing done",
            {},
        ),
        "rate_limited": Kind(
            "api",
            (REFUND, PAYOUT, PAYMENT, DISPUTE, COLLECT, QUERY, RECONCILIATION),
            "429, nothing done",
            {},
        ),
        "stale_pending": Kind("read", (QUERY,), "Query answers PENDING although it is over", {}),
        "reconciliation_row_missing": Kind("read", (RECONCILIATION,), "File lacks a row", {}),
        "reconciliation_row_extra": Kind("read", (RECONCILIATION,), "File has a row too many", {}),
        "reconciliation_off_by_one": Kind(
            "read", (RECONCILIATION,), "File is off by one paisa", {}
        ),
    }
    return kinds


KINDS = _kinds()
# A payment of one of these amounts, in paise, ends so without any switch: ₹9,900.01, ₹9,900.02 ...
MAGIC = {
    9_900_00 + n: name
    for n, name in enumerate(
        (
            name
            for name, kind in KINDS.items()
            if kind.side == "result" and PAYMENT in kind.operations and name != "success"
        ),
        start=1,
    )
}


@dataclass(frozen=True)
class Drawn:
    """The fault an operation's side drew; "success" when nothing special happens."""

    outcome: str
    params: Mapping[str, Any]

    @property
    def seconds(self) -> float:
        return float(self.params.get("seconds", 0))


NOTHING = Drawn("success", {})


def draw(side: str, operation: str, operation_id: str, *, ordinal: int = 0) -> Drawn:
    """Take the fault for one side of one operation: the oldest switch that matches, else the plan's.

    `ordinal` tells apart the second payment on one `tr`. Uses up the switch in the caller's
    transaction, so an operation that is rolled back has not taken it.
    """
    if _all_is_well():
        return NOTHING
    fitting = [
        name for name, kind in KINDS.items() if kind.side == side and operation in kind.operations
    ]
    by_name = [operation] if _by_name_only(side, operation) else ["", operation]
    with transaction.atomic(savepoint=False):
        # All candidates are locked: after waiting for one that ran out the next must be seen.
        waiting = list(
            Switch.objects.select_for_update()
            .filter(remaining__gt=0, outcome__in=fitting)
            .filter(operation__in=by_name)
            .filter(match__in=["", operation_id])
            .order_by("-match", "created_at", "pk")
        )
        if waiting:
            switch = waiting[0]
            switch.remaining -= 1
            switch.save(update_fields=["remaining"])
            _record(operation, operation_id, switch.outcome, planned=False)
            return Drawn(switch.outcome, {**KINDS[switch.outcome].defaults, **switch.params})
        return _planned(side, operation, operation_id, ordinal)


def by_amount(amount: int) -> Drawn | None:
    """What a payment of a magic amount comes to."""
    outcome = MAGIC.get(amount)
    return Drawn(outcome, KINDS[outcome].defaults) if outcome else None


def _all_is_well() -> bool:
    """Whether no switch waits and no mix is set: one cheap question, asked for every operation."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (SELECT FROM bank_switch WHERE remaining > 0)
                   OR EXISTS (SELECT FROM bank_faultplan WHERE rate > 0)"""
        )
        return not cursor.fetchone()[0]


def _by_name_only(side: str, operation: str) -> bool:
    """The payer's own phone is no API of the merchant: only a switch that names it disturbs it."""
    return (side, operation) == ("api", PAYMENT)


def _planned(side: str, operation: str, operation_id: str, ordinal: int) -> Drawn:
    plan = FaultPlan.objects.filter(rate__gt=0).first()
    if plan is None or operation not in TOLD:
        return NOTHING
    dice = random.Random(f"{plan.seed}|{operation}|{operation_id}|{ordinal}")
    if dice.random() >= plan.rate:
        return NOTHING
    fitting = sorted(
        name
        for name in plan.kinds
        if operation in KINDS[name].operations and not _by_name_only(KINDS[name].side, operation)
    )
    if not fitting:
        return NOTHING
    outcome = dice.choice(fitting)
    if KINDS[outcome].side != side:
        return NOTHING
    # A retried request must get through, else a planned 503 would never end.
    if not _record(operation, f"{operation_id}:{ordinal}", outcome, planned=True):
        return NOTHING
    return Drawn(outcome, KINDS[outcome].defaults)


def _record(operation: str, operation_id: str, outcome: str, *, planned: bool) -> bool:
    """Note the fault; False when the plan has struck this operation before."""
    if outcome == "success":
        return True
    if not planned:
        Fault.objects.create(
            operation=operation,
            operation_id=operation_id,
            outcome=outcome,
            planned=False,
        )
        return True
    _, created = Fault.objects.get_or_create(
        operation=operation, operation_id=operation_id, outcome=outcome, planned=True
    )
    return created
