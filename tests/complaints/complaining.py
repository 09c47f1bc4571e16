"""Complaints as people make them, and what is left of them."""

from typing import Any
from uuid import UUID

from marketplace.core.ids import uuid7
from orders.complaints.clock import chase_complaints
from orders.complaints.models import Complaint
from orders.complaints.services import answer_for_shop, file_complaint

SHOP, OFFICER = "person:shopkeeper", "person:officer"


def complain(person_id: UUID, **changes: Any) -> Complaint:
    """A packet that was not in the bag; what a test cares about it names."""
    values: dict[str, Any] = {
        "person_id": person_id,
        "key": str(uuid7()),
        "kind": "missing",
        "wanted": "money",
        "text": "One packet was not in the bag.",
    }
    return file_complaint(**values | changes)


def answer(complaint: Complaint, text: str = "We look into it.", actor: str = SHOP) -> Complaint:
    assert complaint.store_id is not None
    return answer_for_shop(
        store_id=complaint.store_id, complaint_id=complaint.pk, actor=actor, text=text
    )


def hers(complaint: Complaint) -> dict[str, UUID]:
    """What the customer's own services ask for."""
    return {"person_id": complaint.person_id, "complaint_id": complaint.pk}


def chase(complaint: Complaint) -> str:
    """A round of the clock, and how the complaint stands then."""
    chase_complaints()
    complaint.refresh_from_db()
    return str(complaint.state)


def history(complaint: Complaint) -> list[tuple[str, str, str]]:
    """What was done by which side, and how it stood then."""
    return list(complaint.events.values_list("what", "side", "after"))


def check_history(complaint: Complaint) -> None:
    """Every version is one row, each beginning where the last one ended, up to how it stands."""
    events = list(complaint.events.all())
    assert [event.version for event in events] == list(range(1, complaint.version + 1))
    assert [event.before for event in events] == ["", *(event.after for event in events[:-1])]
    assert events[-1].after == complaint.state
