"""Everything comes to rest: the bank behaves, days pass, staff do their part, and the books are compared."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db.models import Q, QuerySet

from marketplace.core import outbox
from marketplace.core.clock import INDIA, business_date, now, travel
from marketplace.core.models import OutboxEntry
from orders import services
from payments.disputes.tasks import ask_about_disputes
from payments.settlement.models import Payout, Settlement
from payments.settlement.services import retry_payout, settle_all
from payments.settlement.tasks import poll_payouts
from payments.upi.models import BankEvent, Difference, PaymentAttempt, Receipt, Refund
from payments.upi.services import retry_refund, return_receipt, settle_difference
from payments.upi.services.reconciliation import reconcile
from payments.upi.tasks import ask_about_shop_qrs, poll_due
from stores.shops.models import Store
from tests.money.desk import IN_THE_FILE, Desk
from tests.money.hands import TRADERS

# Longer than each wait of settings.REFUND_RETRIES and PAYOUT_RETRIES, one after the other.
WAITS = (
    timedelta(),
    timedelta(hours=3),
    timedelta(days=1, hours=4),
    timedelta(days=2, hours=5),
    timedelta(days=3, hours=6),
)


def come_to_rest(desk: Desk) -> None:
    """Bring whatever is under way to its end, as time, the timers and the staff would."""
    desk.behave()
    _pay_shops_twice(desk)
    desk.finish()
    _let_days_pass()
    # A second payment on one link is never asked for: only the file tells of it.
    _compare_books()
    _compare_wrong_files(desk)
    _compare_books()
    _have_staff_settle()
    _have_staff_retry()
    _let_days_pass()
    with travel(seconds=int(WAITS[-1].total_seconds())):
        _settle_everything()
    _compare_books()


def still_owed() -> list[str]:
    """What has not come to its end, after all."""
    waiting = {
        "outbox": OutboxEntry.objects.waiting().count(),
        "refunds": Refund.objects.filter(state__in=["started", "pending"]).count(),
        "payouts": Payout.objects.filter(state__in=["ready", "sent"]).count(),
        "settlements": Settlement.objects.exclude(state="confirmed").count(),
        "differences": _of_this_run().count(),
        "bank events": BankEvent.objects.waiting().count(),
    }
    return [f"{count} {name} are still under way" for name, count in waiting.items() if count]


def _pay_shops_twice(desk: Desk) -> None:
    """Payouts fail, others are paid in their place, and the bank will have paid the first after all."""
    failing = {"outcome": "payout_failed_then_success", "operation": "payout"}
    desk.post("/control/next", **failing, seconds=3600, count=Store.objects.count())
    _settle_everything()
    desk.behave()
    with travel(seconds=int(settings.PAYOUT_RETRIES[0].total_seconds()) + 60):
        _do_all_that_is_due()


def _settle_everything() -> None:
    settle_all(stores=Store.objects.values_list("pk", flat=True), upto=business_date())
    _do_all_that_is_due()


def _let_days_pass() -> None:
    for wait in WAITS:
        with travel(seconds=int(wait.total_seconds())):
            _do_all_that_is_due()


def _compare_books() -> None:
    """By the bank's own clock, which does not travel."""
    today = datetime.now(UTC).astimezone(INDIA).date()
    for day in (today - timedelta(days=1), today):
        reconcile(day=day)


def _compare_wrong_files(desk: Desk) -> None:
    """Files that are put right afterwards; what they claimed settles itself then."""
    for fault in IN_THE_FILE:
        desk.post("/control/next", outcome=fault)
        reconcile(day=datetime.now(UTC).astimezone(INDIA).date())


def _have_staff_settle() -> None:
    """Money that names nothing of ours is taken in for a shop, and sent back."""
    staff, store = uuid4(), Store.objects.order_by("slug")[0]
    for difference in _of_this_run().filter(bank_row__tr=""):
        settle_difference(
            difference_id=difference.pk,
            how=Difference.Settled.TAKEN_IN,
            by=staff,
            note="paid on the sticker",
            store_id=store.pk,
        )
    for receipt in Receipt.objects.unapplied().filter(attempt=None):
        return_receipt(store_id=receipt.store_id, receipt_id=receipt.pk, reason="for nothing")


def _of_this_run() -> QuerySet[Difference]:
    """Differences that are not the bank's dealings with other tests."""
    return Difference.objects.open().filter(
        Q(bank_row__counterparty_vpa__startswith=TRADERS) | Q(store_id__isnull=False)
    )


def _do_all_that_is_due() -> None:
    """Ask the bank until there is nothing to ask just now, and do what follows from its answers."""
    ask_about_shop_qrs()
    ask_about_disputes()
    services.lapse_due()
    services.expire_due()
    poll_due()
    while _much_to_ask():
        poll_due()
    poll_payouts()
    while entries := outbox.claim(limit=100):
        for entry in entries:
            outbox.deliver(entry)


def _much_to_ask() -> bool:
    attempts, refunds = PaymentAttempt.objects.to_ask(now()), Refund.objects.to_ask(now())
    return attempts.exists() or refunds.exists()


def _have_staff_retry() -> None:
    """What has failed for good is tried once more, now that nothing disturbs."""
    for refund in Refund.objects.filter(state="failed"):
        retry_refund(store_id=refund.store_id, refund_id=refund.pk)
    for settlement in Settlement.objects.filter(state="failed"):
        retry_payout(store_id=settlement.store_id, settlement_id=settlement.pk)
