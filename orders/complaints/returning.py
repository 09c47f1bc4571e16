"""A complaint about goods, as the return that puts it right: goods and money move by nothing else."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from orders.complaints.models import Complaint
from orders.models import Order, OrderLine, Return
from orders.services import can_be_returned

Kind = Complaint.Kind

# What did not come at all stands on the return as not what was ordered, which is the shop's fault too.
REASONS = {
    Kind.MISSING: Return.Reason.WRONG_ITEM,
    Kind.WRONG_ITEM: Return.Reason.WRONG_ITEM,
    Kind.SHORT_WEIGHT: Return.Reason.WRONG_ITEM,
    Kind.SPOILT: Return.Reason.EXPIRED,
}


def can_be_given_back(complaint: Complaint) -> bool:
    """Whether the customer has the goods that it is about, and may return them."""
    return complaint.kind in Complaint.CAME_WRONG and can_be_paid_back(complaint)


def can_be_paid_back(complaint: Complaint) -> bool:
    """Whether the shop may still take the goods back, or pay back what never came."""
    order = complaint.order
    about_goods = complaint.kind in Complaint.OF_GOODS
    return not complaint.settled and about_goods and order is not None and can_be_returned(order)


def as_return(
    order: Order, left: Sequence[OrderLine], complaint_id: UUID | None
) -> dict[str, Any] | None:
    """What the form of a return begins with: base units of the lines that are `left`, by the names of
    their fields, and the reason. None without such a complaint about the order."""
    if complaint_id is None:
        return None
    complaint = Complaint.objects.of_order(order).filter(pk=complaint_id).first()
    if complaint is None or complaint.kind not in Complaint.OF_GOODS:
        return None
    concerned = dict(complaint.lines.values_list("line_id", "quantity"))
    wanted = {
        f"line-{line.n}": min(concerned[line.pk], (line.packed or 0) - line.returned)
        for line in left
        if line.pk in concerned
    }
    return wanted | {"reason": REASONS[Kind(complaint.kind)]}
