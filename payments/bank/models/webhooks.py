"""What the merchant is told."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class WebhookEvent(models.Model):
    """A fact the merchant should hear about; `body` is kept byte for byte as it is signed."""

    event_id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    type = models.CharField(max_length=20)
    subject = models.CharField(
        max_length=64, help_text="the id of the payment, refund, payout or dispute"
    )
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="event_newest"),  # the bank's desk
            models.Index(fields=["subject"], name="event_by_subject"),  # webhook_before_response
        ]


class WebhookDelivery(models.Model):
    """One sending of an event, tried again until it is answered 2xx or a day has passed.

    A `flaw` makes it a forgery: sent once, never tried again.
    """

    class Flaw(models.TextChoices):
        NONE = ""
        BAD_SIGNATURE = "bad_signature"
        ALTERED_BODY = "altered_body"
        OLD_SECRET = "old_secret"
        STALE_TIMESTAMP = "stale_timestamp"

    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="deliveries")
    flaw = models.CharField(max_length=16, choices=Flaw, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    gave_up_at = models.DateTimeField(null=True)
    last_status = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(  # the courier looking for what to send
                fields=["due_at"],
                name="delivery_due",
                condition=Q(done_at__isnull=True, gave_up_at__isnull=True),
            ),
        ]
