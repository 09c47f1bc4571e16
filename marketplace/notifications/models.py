from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from marketplace.core.languages import offered


class MessageQuerySet(models.QuerySet["Message"]):
    def newest(self) -> Self:
        """Messages as one reads them: the latest first."""
        return self.order_by("-created_at", "-id")

    def to(self, reader: str) -> Self:
        """What one phone number or e-mail address was sent, or what a person finds in the app."""
        return self.filter(to=reader)


class Message(models.Model):
    """One text for one reader over one channel. `body` hides what only the reader may know."""

    class Channel(models.TextChoices):
        IN_APP = "in_app", _("in the app")
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("SMS")
        WHATSAPP = "whatsapp", _("WhatsApp")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient_id = models.UUIDField(null=True)
    to = models.CharField(max_length=254)
    channel = models.CharField(max_length=8, choices=Channel)
    template = models.CharField(max_length=60)
    language = models.CharField(max_length=5, choices=offered)
    body = models.TextField()
    dedupe_key = models.CharField(max_length=160)
    created_at = models.DateTimeField(default=now)
    # a worker that is sending holds the message until then; if it dies, another takes over
    held_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    # the gateway's reference, or why it refused
    outcome = models.CharField(max_length=200, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["dedupe_key", "channel"], name="message_once_per_channel"
            ),
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(refused_at=None), name="message_sent_or_refused"
            ),
        ]
        indexes = [
            # one reader's messages, and everybody's, newest first
            models.Index(F("to"), F("created_at").desc(), name="message_to"),
            models.Index(F("created_at").desc(), name="message_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.template} -> {self.to}"
