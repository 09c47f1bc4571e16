"""How a complaint moves: every change is a version, a row of its history, and an event to its readers."""

from marketplace.core import outbox
from orders.complaints.models import Complaint, ComplaintEvent, Side, State

What = ComplaintEvent.What

MOVED = "complaint.moved"


def begin(complaint: Complaint, *, actor: str) -> None:
    """The first row of a new complaint's history."""
    _write(complaint, What.FILED, before="", side=Side.CUSTOMER, actor=actor, text="")


def record(
    complaint: Complaint,
    what: ComplaintEvent.What,
    *,
    to: State,
    side: Side,
    actor: str,
    text: str = "",
) -> Complaint:
    """Move a locked complaint, with whatever else has changed of it."""
    before, complaint.state = complaint.state, to
    complaint.version += 1
    complaint.due_at = complaint.next_look()
    complaint.save()
    _write(complaint, what, before=before, side=side, actor=actor, text=text)
    return complaint


def _write(
    complaint: Complaint,
    what: ComplaintEvent.What,
    *,
    before: str,
    side: Side,
    actor: str,
    text: str,
) -> None:
    ComplaintEvent.objects.create(
        store_id=complaint.store_id,
        complaint=complaint,
        version=complaint.version,
        what=what,
        side=side,
        actor=actor,
        before=before,
        after=complaint.state,
        text=text,
    )
    payload = {"complaint": str(complaint.pk), "version": complaint.version}
    outbox.publish(MOVED, payload, store_id=complaint.store_id)
