"""UPI IDs and their money."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.bank.upi import PIN_TRIES, timestamp


class Account(models.Model):
    """A UPI ID and its money. Every rupee came from the `mint`, so all balances add up to zero."""

    class Kind(models.TextChoices):
        PAYER = "payer"
        MERCHANT = "merchant"
        OTHER = "other"
        INTERNAL = "internal"

    vpa = models.CharField(max_length=255, primary_key=True)
    name = models.CharField(max_length=99)
    kind = models.CharField(max_length=8, choices=Kind)
    balance = models.BigIntegerField(default=0)
    pin = models.CharField(max_length=4, blank=True)
    wrong_pins = models.PositiveSmallIntegerField(default=0)
    pin_locked_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(balance__gte=0) | Q(kind="internal"),
                name="account_never_overdrawn",
            ),
        ]

    def pin_locked(self) -> bool:
        return self.pin_locked_until is not None and timezone.now() < self.pin_locked_until

    def note_wrong_pin(self) -> None:
        """Count a wrong PIN; the third in a row locks the PIN for ten minutes."""
        self.wrong_pins += 1
        if self.wrong_pins >= PIN_TRIES:
            self.wrong_pins = 0
            self.pin_locked_until = timezone.now() + timedelta(minutes=10)
        self.save(update_fields=["wrong_pins", "pin_locked_until"])


class Alias(models.Model):
    """Another UPI ID of a merchant's account, so that the merchant can tell its payers apart.

    `name` is whom a payer's phone says it is paying.
    """

    vpa = models.CharField(max_length=255, primary_key=True)
    account = models.ForeignKey(Account, models.PROTECT, related_name="aliases")
    name = models.CharField(max_length=99)
    created_at = models.DateTimeField(default=timezone.now)

    def as_json(self) -> dict[str, Any]:
        return {
            "vpa": self.vpa,
            "account_vpa": self.account_id,
            "name": self.name,
            "created_at": timestamp(self.created_at),
        }
