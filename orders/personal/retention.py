"""What is thrown away after a time, since nobody needs it any more (DPDP Act 2023, s.8(7)).

All of it can run twice, and twice at once.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from marketplace.accounts.models import Person, Session, SignInChallenge
from marketplace.core.append_only import forget
from marketplace.core.clock import now
from marketplace.notifications.models import Message
from orders.models import Cart
from stores.shops.models import Store

# As long as the cookie that names them (marketplace.storefront.baskets.KEPT).
GUEST_BASKETS = timedelta(days=60)
# The longest limit on how many are sent looks back a day.
SIGN_IN_CODES = timedelta(days=2)
# Longer than anybody asks whether they were told.
MESSAGES = timedelta(days=180)
AT_ONCE = 1000


def throw_away_old() -> dict[str, int]:
    """Delete guests' baskets, sign-in codes, messages and sessions whose time is over; how many of
    each."""
    moment = now()
    gone = Person.objects.filter(erased_at__isnull=False)
    return {
        "baskets": _delete(
            Cart.objects.filter(person_id=None, updated_at__lt=moment - GUEST_BASKETS)
        ),
        # a tap, or a notice, that was under way when its person was erased
        "erased_baskets": _delete(
            Cart.objects.filter(Exists(gone.filter(pk=OuterRef("person_id"))))
        ),
        "erased_messages": _delete(
            Message.objects.filter(Exists(gone.filter(pk=OuterRef("recipient_id"))))
        ),
        "codes": _delete(SignInChallenge.objects.filter(created_at__lt=moment - SIGN_IN_CODES)),
        "messages": _delete(Message.objects.filter(created_at__lt=moment - MESSAGES)),
        "sessions": _delete(Session.objects.filter(expire_date__lt=moment)),
    }


def forget_old_buyers() -> int:
    """Blank the buyers of documents that need not be kept any more; how many. The database decides
    which those are."""
    stores = Store.objects.order_by("pk").values_list("pk", flat=True)
    return sum(forget("invoicing_document", store_id) for store_id in stores)


def _delete(old: QuerySet[Any]) -> int:
    """A thousand at a time, so that no lock is held for long."""
    deleted = 0
    while some := list(old.values_list("pk", flat=True)[:AT_ONCE]):
        old.model.objects.filter(pk__in=some).delete()
        deleted += len(some)
    return deleted
