"""The QR code that stands on a shop's counter."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7


class ShopQrQuerySet(models.QuerySet["ShopQr"]):
    def locked(self) -> Self:
        """Held until the transaction ends: payments by one QR take turns, before any order is held."""
        return self.select_for_update(of=("self",), no_key=True)


class ShopQr(models.Model):
    """A shop's printed QR: it names no amount and never expires, the payer types what the goods cost.

    All money is collected on the platform's account (a shop's own UPI id is for its payouts). So that
    the bank can tell whose it is, `vpa` is an alias of that account, asked of the bank when the QR is
    made; it is ours from then on, whatever is printed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store_id = models.UUIDField()
    vpa = models.CharField(max_length=255)
    made_at = models.DateTimeField(default=now)
    # since when the bank knows it; nothing is printed before
    opened_at = models.DateTimeField(null=True)

    objects = ShopQrQuerySet.as_manager()

    class Meta:
        verbose_name = _("counter QR")
        verbose_name_plural = _("counter QRs")
        constraints = [
            models.UniqueConstraint(fields=["store_id"], name="upi_shop_qr_one_per_store"),
            models.UniqueConstraint(fields=["vpa"], name="upi_shop_qr_vpa_once"),
        ]

    def __str__(self) -> str:
        return self.vpa
