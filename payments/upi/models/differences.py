"""Where the bank's files and our books do not agree, and what was done about it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7


class DifferenceQuerySet(models.QuerySet["Difference"]):
    def open(self) -> Self:
        """Differences that somebody still has to look into."""
        return self.filter(settled="")

    def corrected(self) -> Self:
        """Differences that our books do not show any more, without an entry of their own."""
        return self.filter(settled__in=Difference.CORRECTED)


class Difference(models.Model):
    """A line on which the bank's file of a day and our books do not agree. Paise, as each has it.

    It is open until it is settled: by a posting, or because the bank's files agree after all. What
    was settled stays; a file that changes again opens another.
    """

    class Kind(models.TextChoices):
        NOT_OURS = "not_ours", _("in the bank's file, not in our books")
        NOT_AT_BANK = "not_at_bank", _("in our books, not in the bank's file")
        AMOUNT = "amount", _("amounts differ")

    class Settled(models.TextChoices):
        TAKEN_IN = "taken_in", _("taken in, to be sent back")
        BOOKED = "booked", _("booked as our gain or loss")
        SHOP = "shop", _("booked to the shop")
        OTHER_DAY = "other_day", _("the bank has it on another day")
        AGREES = "agrees", _("the bank's file was put right")

    CORRECTED = (Settled.BOOKED, Settled.SHOP, Settled.OTHER_DAY)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    day = models.DateField()
    kind = models.CharField(max_length=11, choices=Kind)
    # payment, refund or payout, as the bank's file calls it
    movement = models.CharField(max_length=20)
    # the bank's payment_id, refund_id or payout_id
    bank_reference = models.CharField(max_length=64)
    store_id = models.UUIDField(null=True)
    ours = models.BigIntegerField(null=True)
    theirs = models.BigIntegerField(null=True)
    # the bank's row, where it has one
    bank_row = models.JSONField(default=dict)
    found_at = models.DateTimeField(default=now)
    # how it was settled, when, by which of the staff if any, and why
    settled = models.CharField(max_length=9, choices=Settled, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)
    note = models.CharField(max_length=200, blank=True)

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference with the bank")
        verbose_name_plural = _("differences with the bank")
        ordering = ["-day", "movement", "bank_reference"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "movement", "bank_reference"],
                condition=Q(settled=""),
                name="upi_difference_open_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="not_ours", ours=None, theirs__isnull=False)
                | Q(kind="not_at_bank", ours__isnull=False, theirs=None)
                | Q(kind="amount", ours__isnull=False, theirs__isnull=False),
                name="upi_difference_says_who_has_what",
            ),
            models.CheckConstraint(
                condition=Q(settled="", settled_at=None)
                | (~Q(settled="") & Q(settled_at__isnull=False)),
                name="upi_difference_settled_at_a_time",
            ),
        ]
        indexes = [
            # the same line in the file of another day
            models.Index(fields=["movement", "bank_reference"], name="upi_difference_of_line"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.movement} {self.bank_reference}"

    @property
    def missing(self) -> int:
        """Paise that our books lack of what the bank has; negative is too much."""
        return (self.theirs or 0) - (self.ours or 0)


class ReconciledDay(models.Model):
    """How the bank's file of a day compared with our books, as of the last time.

    What came in less what went out, in paise; the two differ by the open differences of the day.
    """

    day = models.DateField(primary_key=True)
    # lines on which both agreed
    matched = models.PositiveIntegerField()
    file_net = models.BigIntegerField()
    books_net = models.BigIntegerField()
    compared_at = models.DateTimeField(default=now)

    class Meta:
        verbose_name = _("reconciled day")
        verbose_name_plural = _("reconciled days")
        ordering = ["-day"]

    def __str__(self) -> str:
        return str(self.day)

    @property
    def difference(self) -> int:
        """Paise that our books still lack."""
        return self.file_net - self.books_net
