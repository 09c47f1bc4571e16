from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from marketplace.core.ids import uuid7


class RateQuerySet(models.QuerySet["Rate"]):
    def in_force(self, day: date) -> Self:
        """The rates that hold on a business date, at most one of each name."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class Rate(models.Model):
    """A rate set by law, in basis points, in force from `valid_from` up to but not on `valid_to`."""

    class Name(models.TextChoices):
        GST_ON_COMMISSION = "gst_on_commission", _("GST on commission")
        TDS = "tds", _("TDS, PAN known")
        TDS_WITHOUT_PAN = "tds_without_pan", _("TDS, no PAN")
        TCS = "tcs", _("TCS, shop registered for GST")
        TCS_UNREGISTERED = "tcs_unregistered", _("TCS, shop not registered for GST")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=30, choices=Name)
    bps = models.PositiveIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    section = models.CharField(max_length=120)
    source = models.CharField(max_length=240)

    objects = RateQuerySet.as_manager()

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        ordering = ["name", "-valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(bps__lte=10_000), name="ledger_rate_at_most_all"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="ledger_rate_ends_after_it_starts",
            ),
            ExclusionConstraint(
                name="ledger_rate_one_at_a_time",
                expressions=[
                    ("name", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            Value("[)"),
                            function="DATERANGE",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.bps} bps"
