"""What goes wrong next."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Switch(models.Model):
    """What the bank will do with its next `remaining` matching operations."""

    outcome = models.CharField(max_length=32)
    operation = models.CharField(max_length=16, blank=True, help_text="'' = any it applies to")
    match = models.CharField(
        max_length=64, blank=True, help_text="tr, refund_id or payout_id; '' = any"
    )
    remaining = models.PositiveIntegerField(default=1)
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(  # every operation asks for its switches
                fields=["created_at"],
                name="switch_waiting",
                condition=Q(remaining__gt=0),
            ),
        ]


class FaultPlan(models.Model):
    """A replayable mix of faults: the same seed gives the same operation the same fault. One row."""

    seed = models.CharField(max_length=64)
    rate = models.FloatField(default=0)
    kinds = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="one_fault_plan"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=1), name="fault_rate_share"),
        ]


class Fault(models.Model):
    """A fault that was done, for the record; a planned one strikes an operation once."""

    operation = models.CharField(max_length=16)
    operation_id = models.CharField(max_length=80)
    outcome = models.CharField(max_length=32)
    planned = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operation", "operation_id", "outcome"],
                condition=Q(planned=True),
                name="planned_fault_strikes_once",
            ),
        ]
