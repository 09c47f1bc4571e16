"""Who is told what about a complaint: its ticket first of all, which acknowledges it.

Events arrive late and in any order: each tells what was said or done then, and a reminder is dropped
once there is nothing to remind of.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation

from marketplace.core.outbox import Payload, consumer
from marketplace.core.templatetags.nukkad import localised
from marketplace.notifications.recipients import Recipient
from marketplace.notifications.services import send
from orders.complaints.models import Complaint, ComplaintEvent, Side, State
from orders.complaints.recording import MOVED
from orders.notices.recipients import Role, shop_link, shop_staff, signed_in

What = ComplaintEvent.What

TO_CUSTOMER: dict[tuple[str, str], str] = {
    (What.FILED, Side.CUSTOMER): "complaint_filed",
    (What.SAID, Side.SHOP): "complaint_answered",
    (What.SAID, Side.OFFICER): "complaint_answered",
    (What.ESCALATED, Side.CLOCK): "complaint_escalated",
    (What.RESOLVED, Side.SHOP): "complaint_settled",
    (What.RESOLVED, Side.OFFICER): "complaint_settled",
    (What.RESOLVED, Side.CLOCK): "complaint_closed",
}
TO_SHOP: dict[tuple[str, str], str] = {
    (What.FILED, Side.CUSTOMER): "shop_complaint",
    (What.SAID, Side.CUSTOMER): "shop_complaint_word",
    (What.SAID, Side.OFFICER): "shop_complaint_word",
    (What.REOPENED, Side.CUSTOMER): "shop_complaint_word",
    (What.REMINDED, Side.CLOCK): "shop_complaint_waits",
    (What.ESCALATED, Side.CUSTOMER): "shop_complaint_escalated",
    (What.ESCALATED, Side.CLOCK): "shop_complaint_escalated",
    (What.RESOLVED, Side.CUSTOMER): "shop_complaint_settled",
    (What.RESOLVED, Side.OFFICER): "shop_complaint_settled",
}
TO_OFFICER: dict[tuple[str, str], str] = {
    (What.FILED, Side.CUSTOMER): "officer_complaint",
    (What.ESCALATED, Side.CUSTOMER): "officer_complaint",
    (What.ESCALATED, Side.CLOCK): "officer_complaint",
    (What.SAID, Side.CUSTOMER): "officer_complaint_word",
    (What.SAID, Side.SHOP): "officer_complaint_word",
    (What.REOPENED, Side.CUSTOMER): "officer_complaint_word",
    (What.WARNED, Side.CLOCK): "officer_complaint_due",
}
# Who may answer for the shop.
ANSWERING = (Role.OWNER, Role.MANAGER)


@consumer(MOVED, name="tell_customer", atomic=False)
def tell_customer(payload: Payload) -> None:
    complaint, event = _read(payload)
    if template := TO_CUSTOMER.get((event.what, event.side)):
        recipient = signed_in(complaint.person_id)
        _tell(recipient, template, complaint, event, link=_link(f"/complaints/{complaint.pk}/"))


@consumer(MOVED, name="tell_shop", atomic=False)
def tell_shop(payload: Payload) -> None:
    complaint, event = _read(payload)
    template = TO_SHOP.get((event.what, event.side))
    if complaint.store is None or not template:
        return
    if event.what == What.REMINDED and complaint.state != State.OPEN:
        return
    link = shop_link(complaint.store, f"complaints/{complaint.pk}/")
    channels = ("in_app",) if _asks_nothing_new(event) else ("in_app", "sms")
    for recipient in shop_staff(complaint.store.pk, ANSWERING):
        _tell(recipient, template, complaint, event, link=link, channels=channels)


@consumer(MOVED, name="tell_officer", atomic=False)
def tell_officer(payload: Payload) -> None:
    """By e-mail: what is with the officer, and that a month runs out while nothing is settled."""
    complaint, event = _read(payload)
    template = TO_OFFICER.get((event.what, event.side))
    running_out = event.what == What.WARNED and not complaint.settled
    if template and (event.after == State.ESCALATED or running_out):
        recipient = Recipient(language="en", email=settings.GRIEVANCE_OFFICER["email"])
        link = _link(f"/staff/complaints/complaint/{complaint.pk}/change/")
        _tell(recipient, template, complaint, event, link=link, channels=("email",))


def _asks_nothing_new(event: ComplaintEvent) -> bool:
    """Of the shop: the customer is content, or goes on while the shop owes an answer already."""
    return event.side == Side.CUSTOMER and (
        event.what == What.RESOLVED or (event.what == What.SAID and event.before == State.OPEN)
    )


def _read(payload: Payload) -> tuple[Complaint, ComplaintEvent]:
    complaint = Complaint.objects.select_related("store", "order").get(
        pk=UUID(payload["complaint"])
    )
    return complaint, complaint.events.get(version=payload["version"])


def _link(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


def _tell(
    recipient: Recipient,
    template: str,
    complaint: Complaint,
    event: ComplaintEvent,
    *,
    link: str,
    channels: tuple[str, ...] = ("in_app", "sms"),
) -> None:
    send(
        recipient=recipient,
        template=template,
        context=_words(complaint, event, recipient.language) | {"link": link},
        dedupe_key=f"{template}:{event.pk}:{recipient.person_id or recipient.email}",
        channels=channels,
    )


def _words(complaint: Complaint, event: ComplaintEvent, language: str) -> dict[str, Any]:
    with translation.override(language):
        return {
            "number": complaint.number,
            "shop": localised(complaint.store) if complaint.store else "",
            "order": complaint.order.number if complaint.order else "",
            "kind": str(complaint.get_kind_display()),
            "text": complaint.text,
            "said": event.text,
            "officer": event.side == Side.OFFICER,
            "answer_by": complaint.answer_by,
            "resolve_by": complaint.resolve_by,
        }
