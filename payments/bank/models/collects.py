"""Requests for money that the merchant sends to a payer's phone."""

from typing import Any, Self
from urllib.parse import quote, urlencode

from django.db import models
from django.db.models import Q
from django.utils import timezone

from payments.bank.models.accounts import Account
from payments.bank.upi import timestamp


class CollectQuerySet(models.QuerySet["Collect"]):
    def to_answer(self, payer_vpa: str) -> Self:
        """What a payer is asked for and can still answer, newest first."""
        return self.filter(
            payer=payer_vpa, status=Collect.Status.PENDING, expires_at__gt=timezone.now()
        ).order_by("-created_at")


class Collect(models.Model):
    """The merchant asks one payer for money: a collect request, under the merchant's own `tr`.

    A payment that fails for a wrong PIN or for want of money leaves it open. Left alone, it expires.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        PAID = "PAID"
        DECLINED = "DECLINED"
        EXPIRED = "EXPIRED"

    tr = models.CharField(max_length=35, primary_key=True)
    payer = models.ForeignKey(Account, models.PROTECT, related_name="+")
    payee = models.ForeignKey(Account, models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    note = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    # seconds the merchant gave, by which a repeated request is told from another one
    expires_in = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    objects = CollectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="collect_amount_positive"),
        ]
        indexes = [
            models.Index(  # the courier looking for those whose time is up
                fields=["expires_at"], name="collect_due", condition=Q(status="PENDING")
            ),
        ]

    @property
    def uri(self) -> str:
        """What it asks for, as the link that asks for the same."""
        rupees, paise = divmod(self.amount, 100)
        fields = {
            "pa": self.payee_id,
            "pn": self.payee.name,
            "tr": self.tr,
            "tn": self.note,
            "am": f"{rupees}.{paise:02d}",
            "cu": "INR",
            "QRexpire": self.expires_at.isoformat(),
        }
        given = {name: value for name, value in fields.items() if value}
        return "upi://pay?" + urlencode(given, quote_via=quote)

    def as_json(self) -> dict[str, Any]:
        return {
            "tr": self.tr,
            "payer_vpa": self.payer_id,
            "amount": self.amount,
            "note": self.note,
            "status": self.status,
            "created_at": timestamp(self.created_at),
            "expires_at": timestamp(self.expires_at),
        }
