from datetime import datetime
from typing import Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7


class Scope(models.TextChoices):
    STORES_READ = "stores:read", _("read shops")
    LISTINGS_READ = "listings:read", _("read listings")
    LISTINGS_WRITE = "listings:write", _("change prices and stock")
    ORDERS_READ = "orders:read", _("read orders")
    ORDERS_PLACE = "orders:place", _("place orders")
    ORDERS_FULFIL = "orders:fulfil", _("accept, pack and deliver orders")
    COUNTER_SELL = "counter:sell", _("record sales at the counter")
    SETTLEMENTS_READ = "settlements:read", _("read settlements")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> Self:
        """Keys that have not been revoked."""
        return self.filter(revoked_at=None)


class ApiKey(models.Model):
    """A partner's key: only its hash is kept, `prefix` recognises it in lists and logs."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=11)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope))
    # the only shops this key can see or touch
    store_ids = ArrayField(models.UUIDField())
    created_at = models.DateTimeField(default=now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def actor(self) -> str:
        """How this key signs what it does, in every history."""
        return f"key:{self.pk}"

    # What Django REST framework asks of a user.
    is_authenticated = True

    def sees(self, store_id: UUID) -> bool:
        return store_id in self.store_ids

    def unused_since(self, moment: datetime) -> bool:
        return self.last_used_at is None or self.last_used_at < moment
