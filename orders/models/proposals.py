from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from orders.models.orders import Order
from stores.inventory.models import Listing
from stores.shops.models import Store


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def live(self) -> Self:
        """Those that still wait: for the customer's yes, or for the payment that goes with it."""
        return self.filter(state__in=Proposal.LIVE)

    def refused(self) -> Self:
        """Those that the customer has said no to, or not answered or paid in time."""
        return self.filter(state__in=[Proposal.State.DECLINED, Proposal.State.LAPSED])

    def overdue(self) -> Self:
        """Live proposals whose time is up."""
        return self.live().filter(due_at__lte=now())


class Proposal(models.Model):
    """A change of an order that needs the customer's yes and, where it costs more than was paid,
    their payment.

    Extra stock is held under the proposal's own id until it is applied. `extra` is what is to be
    paid by UPI on top of what was captured, in paise, fixed when the customer says yes. A customer's
    own edit says with which `delivery_fee` it goes.
    """

    class Kind(models.TextChoices):
        SUBSTITUTE = "substitute", _("another item instead")
        WEIGHT = "weight", _("weighs more than ordered")
        EDIT = "edit", _("change of the order")

    class State(models.TextChoices):
        OPEN = "open", _("waits for the customer")
        AGREED = "agreed", _("waits for the payment")
        APPLIED = "applied", _("done")
        DECLINED = "declined", _("declined")
        LAPSED = "lapsed", _("not answered in time")
        WITHDRAWN = "withdrawn", _("withdrawn")

    LIVE = (State.OPEN, State.AGREED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    extra = models.BigIntegerField(default=0)
    delivery_fee = models.BigIntegerField(null=True)
    made_by = models.CharField(max_length=60)
    answered_by = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            # one payment at a time can be told apart from another
            models.UniqueConstraint(
                fields=["store", "order"],
                condition=Q(state="agreed"),
                name="proposal_one_awaits_payment",
            ),
            models.CheckConstraint(condition=Q(extra__gte=0), name="proposal_extra_not_negative"),
            models.CheckConstraint(
                condition=Q(delivery_fee=None) | Q(kind="edit", delivery_fee__gte=0),
                name="proposal_fee_of_own_edit",
            ),
        ]
        indexes = [
            # the proposals of an order, and the timers
            models.Index(F("order"), name="proposal_of_order"),
            models.Index(
                F("due_at"), condition=Q(state__in=["open", "agreed"]), name="proposal_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def answer_by(self) -> datetime:
        """The end of the customer's time: to answer, or to begin paying. What is under way at the bank
        then is waited for a little longer."""
        return self.due_at - (
            settings.HOLD_GRACE if self.state == self.State.AGREED else timedelta()
        )

    @property
    def own_edit(self) -> bool:
        """Whether the customers changed their order by themselves."""
        return self.delivery_fee is not None


class ProposalLine(models.Model):
    """What the order would then hold of one listing: `quantity` base units for `amount` paise, at
    the price of the day it was proposed; zero takes the line out. `replaces` names what it stands
    in for."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="lines")
    listing = models.ForeignKey(Listing, models.PROTECT, related_name="+")
    replaces = models.ForeignKey(Listing, models.PROTECT, null=True, related_name="+")
    quantity = models.PositiveIntegerField()
    price = models.BigIntegerField()
    per = models.PositiveIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "listing"], name="proposal_line_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="proposal_line_amount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.listing_id}"

    @property
    def weighed(self) -> bool:
        """Whether it is what the scale says: the whole of a question about weights, and a part of one
        about a substitute."""
        kind = self.proposal.kind
        return kind == Proposal.Kind.WEIGHT or (
            kind == Proposal.Kind.SUBSTITUTE and self.replaces_id is None and self.quantity > 0
        )
