from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.core.clock import now
from marketplace.core.ids import short_code, uuid7
from orders.complaints.deadlines import REMIND_BEFORE, SILENCE, WARN_BEFORE
from orders.models import Order, OrderLine
from stores.shops.models import Store

LONGEST = 1000


class State(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    ANSWERED = "answered", _("answered")
    ESCALATED = "escalated", _("with the grievance officer")
    RESOLVED = "resolved", pgettext_lazy("complaint", "settled")


class Side(models.TextChoices):
    """Who says or does something about a complaint."""

    CUSTOMER = "customer", _("customer")
    SHOP = "shop", _("shop")
    OFFICER = "officer", _("grievance officer")
    CLOCK = "clock", _("by itself")


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    def of_store(self, store_id: UUID) -> Self:
        """What one shop was complained about."""
        return self.filter(store_id=store_id)

    def of_person(self, person_id: UUID) -> Self:
        """A customer's complaints, newest first."""
        return self.filter(person_id=person_id).order_by("-id")

    def of_order(self, order: Order) -> Self:
        """What an order was complained about, newest first."""
        return self.filter(store_id=order.store_id, order=order).order_by("-id")

    def unsettled(self) -> Self:
        return self.exclude(state=State.RESOLVED)

    def in_turn(self) -> Self:
        """What is not settled, the most urgent first; then the rest, what was settled last first."""
        return self.order_by(F("resolved_at").desc(nulls_first=True), "resolve_by", "id")

    def for_the_shop(self) -> Self:
        """Those that wait for the shop's answer."""
        return self.filter(state=State.OPEN)

    def for_the_officer(self) -> Self:
        """What the grievance officer has to look after: what came to them, and what is not settled
        while its month runs out."""
        near = Q(resolve_by__lte=now() + WARN_BEFORE)
        return self.unsettled().filter(Q(state=State.ESCALATED) | near)

    def due(self) -> Self:
        """Those at which the clock has to look now."""
        return self.filter(due_at__lte=now())

    def locked(self) -> Self:
        """The first lock of every service that moves a complaint."""
        return self.select_for_update(of=("self",), no_key=True)


class Complaint(models.Model):
    """Something that a customer reports: about an order, about a shop, or (`store` is null) about Nukkad.

    `answer_by` is when the shop must have answered the customer's last word, `resolve_by` when all must
    be settled; `due_at` when the clock looks at it next.
    """

    class Kind(models.TextChoices):
        MISSING = "missing", _("something is missing")
        WRONG_ITEM = "wrong_item", _("not what I ordered")
        SPOILT = "spoilt", _("spoilt or expired")
        SHORT_WEIGHT = "short_weight", _("less than was weighed or written")
        LATE = "late", _("late, or not delivered")
        OVERCHARGED = "overcharged", _("charged too much")
        BEHAVIOUR = "behaviour", _("how I was treated")
        PAYMENT = "payment", _("payment or refund")
        OTHER = "other", _("something else")

    class Wanted(models.TextChoices):
        GOODS = "goods", _("the right goods")
        MONEY = "money", _("money back")
        ANSWER = "answer", _("an answer")

    # what is about goods of the order
    OF_GOODS = (Kind.MISSING, Kind.WRONG_ITEM, Kind.SPOILT, Kind.SHORT_WEIGHT)
    # of those, what the customer has and can give back
    CAME_WRONG = (Kind.WRONG_ITEM, Kind.SPOILT)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="complaints")
    code = models.CharField(max_length=9, default=short_code)
    person_id = models.UUIDField()
    # with the person it makes a complaint happen once
    idempotency_key = models.CharField(max_length=80)
    kind = models.CharField(_("what is wrong"), max_length=12, choices=Kind)
    wanted = models.CharField(_("what is wanted"), max_length=6, choices=Wanted)
    text = models.CharField(_("in the customer's words"), max_length=LONGEST)

    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1)
    filed_at = models.DateTimeField(_("filed"), default=now)
    answer_by = models.DateTimeField(null=True)
    resolve_by = models.DateTimeField(_("to be settled by"))
    due_at = models.DateTimeField(null=True)
    # since the customer's last word
    reminded_at = models.DateTimeField(null=True)
    # the last word of the shop or the officer
    answered_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    # when the officer was told that the month runs out
    warned_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="complaint_code_once"),
            models.UniqueConstraint(
                fields=["person_id", "idempotency_key"], name="complaint_once_per_key"
            ),
            models.CheckConstraint(
                condition=Q(order=None) | Q(store__isnull=False), name="complaint_order_has_a_shop"
            ),
            # nobody else could answer it
            models.CheckConstraint(
                condition=Q(store__isnull=False) | Q(state__in=["escalated", "resolved"]),
                name="complaint_of_no_shop_is_the_officers",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="complaint_says_something"),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False, due_at=None)
                | (~Q(state="resolved") & Q(resolved_at=None)),
                name="complaint_resolved_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(answer_by__isnull=False, due_at__isnull=False),
                name="complaint_open_has_a_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | Q(answered_at__isnull=False),
                name="complaint_answered_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="escalated") | Q(escalated_at__isnull=False),
                name="complaint_escalated_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(resolve_by__gt=F("filed_at")), name="complaint_resolved_by_after_filing"
            ),
        ]
        indexes = [
            # the shop's list, and its count of those that wait
            models.Index(F("store"), F("state"), F("id").desc(), name="complaint_of_shop"),
            # my complaints
            models.Index(F("person_id"), F("id").desc(), name="complaint_of_person"),
            # an order's page
            models.Index(F("order"), condition=Q(order__isnull=False), name="complaint_of_order"),
            # the clock
            models.Index(F("due_at"), condition=Q(due_at__isnull=False), name="complaint_due"),
            # the officer's list
            models.Index(F("resolve_by"), condition=~Q(state="resolved"), name="complaint_month"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The ticket as people say it: `NC-7F3K-92QA`."""
        return f"NC-{self.code}"

    @property
    def settled(self) -> bool:
        return self.state == State.RESOLVED

    @property
    def with_the_shop(self) -> bool:
        """Whether the shop and the customer are still among themselves."""
        return self.state in (State.OPEN, State.ANSWERED)

    @property
    def can_be_opened(self) -> bool:
        """Whether a settled one may be taken up again."""
        return self.settled and now() < self.resolve_by

    @property
    def overdue(self) -> bool:
        """Whether the month is over and nothing is settled."""
        return not self.settled and self.resolve_by <= now()

    @property
    def closes_at(self) -> datetime | None:
        """When an answered one closes by itself, unless the customer says something."""
        if self.state != State.ANSWERED or self.answered_at is None:
            return None
        return self.answered_at + SILENCE

    def next_look(self) -> datetime | None:
        """When the clock has to do something, as the complaint stands now."""
        if self.settled:
            return None
        looks = [] if self.warned_at else [self.resolve_by - WARN_BEFORE]
        if self.state == State.OPEN and self.answer_by:
            looks.append(self.answer_by if self.reminded_at else self.answer_by - REMIND_BEFORE)
        if self.closes_at:
            looks.append(self.closes_at)
        return min(looks, default=None)


class ComplaintLine(models.Model):
    """So many base units of an order's line are concerned. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        verbose_name = _("goods that it is about")
        verbose_name_plural = _("goods that it is about")
        constraints = [
            models.UniqueConstraint(fields=["complaint", "line"], name="complaint_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="complaint_line_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.line_id}"


class ComplaintEvent(models.Model):
    """What was said or done about a complaint: who, when, with which words. Append-only."""

    class What(models.TextChoices):
        FILED = "filed", _("filed")
        SAID = "said", _("said")
        ESCALATED = "escalated", _("taken to the grievance officer")
        RESOLVED = "resolved", pgettext_lazy("complaint", "settled")
        REOPENED = "reopened", _("opened again")
        REMINDED = "reminded", _("reminded the shop")
        WARNED = "warned", _("reminded the grievance officer of the deadline")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, null=True, related_name="+")
    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="events")
    version = models.PositiveIntegerField()
    what = models.CharField(_("what"), max_length=9, choices=What)
    side = models.CharField(_("who"), max_length=8, choices=Side)
    actor = models.CharField(max_length=60)
    before = models.CharField(max_length=9, choices=State, blank=True)
    after = models.CharField(max_length=9, choices=State)
    text = models.CharField(_("words"), max_length=LONGEST, blank=True)
    at = models.DateTimeField(_("when"), default=now)

    class Meta:
        ordering = ["version"]
        verbose_name = _("what was said and done")
        verbose_name_plural = _("what was said and done")
        constraints = [
            # two services that moved the same complaint at once cannot both be right
            models.UniqueConstraint(fields=["complaint", "version"], name="complaint_event_once"),
            models.CheckConstraint(
                condition=~Q(what="said") | ~Q(text=""), name="complaint_event_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} ({self.side})"
