from collections.abc import Iterable
from datetime import timedelta
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import ERASED
from marketplace.core.clock import now
from marketplace.core.ids import short_code, uuid7
from stores.shops.models import DeliverySlot, Store


class State(models.TextChoices):
    AWAITING_PAYMENT = "awaiting_payment", _("awaiting payment")
    CONFIRMED = "confirmed", _("confirmed")
    ACCEPTED = "accepted", _("accepted")
    PACKED = "packed", _("packed")
    OUT_FOR_DELIVERY = "out_for_delivery", _("out for delivery")
    READY_FOR_PICKUP = "ready_for_pickup", _("ready to collect")
    UNDELIVERED = "undelivered", _("could not be delivered")
    DELIVERED = "delivered", _("delivered")
    CANCELLED = "cancelled", _("cancelled")
    REJECTED = "rejected", _("declined by the shop")
    EXPIRED = "expired", _("not paid in time")


AFTER_PACKING = (
    State.PACKED,
    State.OUT_FOR_DELIVERY,
    State.READY_FOR_PICKUP,
    State.UNDELIVERED,
)
PAID_FOR = (State.CONFIRMED, State.ACCEPTED, *AFTER_PACKING)
FINISHED = (State.DELIVERED, State.CANCELLED, State.REJECTED, State.EXPIRED)


class OrderQuerySet(models.QuerySet["Order"]):
    def of_store(self, store_id: UUID) -> Self:
        """One shop's orders."""
        return self.filter(store_id=store_id)

    def of_person(self, person_id: UUID) -> Self:
        """A customer's orders, in every shop, newest first."""
        return self.filter(person_id=person_id).order_by("-id")

    def just_placed(self) -> Self:
        """Those of the last hour: whoever comes back to an empty basket may be looking for one."""
        return self.filter(placed_at__gte=now() - timedelta(hours=1))

    def in_states(self, states: Iterable[str]) -> Self:
        return self.filter(state__in=list(states))

    def for_the_shop(self) -> Self:
        """Orders the shop should see: an unpaid prepaid order is none of its business yet."""
        return self.exclude(state__in=[State.AWAITING_PAYMENT, State.EXPIRED])

    def for_the_shop_and(self, actor: str) -> Self:
        """Those, and what this actor has placed itself."""
        return self.exclude(~Q(actor=actor), state__in=[State.AWAITING_PAYMENT, State.EXPIRED])

    def overdue(self) -> Self:
        """Orders whose current state has outlived its time."""
        return self.filter(due_at__lte=now())

    def locked(self) -> Self:
        """The first lock of every service that moves an order."""
        return self.select_for_update(of=("self",), no_key=True)


class Order(models.Model):
    """One purchase from one shop. Money in paise; prices, rates, terms and contact are as of placing.

    `total` is the bill as it stands; `agreed_total` the last one that the customer said yes to.
    `due_at` is when a timer looks at the order next; `accept_by` when the shop must have answered.
    """

    class Fulfilment(models.TextChoices):
        DELIVERY = "delivery", _("home delivery")
        PICKUP = "pickup", _("collect from the shop")

    class PaymentMethod(models.TextChoices):
        UPI = "upi", _("UPI")
        CASH = "cash", _("cash")
        KHATA = "khata", _("on khata")

    class IfUnavailable(models.TextChoices):
        REPLACE = "replace", _("offer me something similar")
        REMOVE = "remove", _("leave it out")
        CALL = "call", _("call me")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="orders")
    code = models.CharField(max_length=9, default=short_code)
    # who ordered: `person:<uuid>` or `key:<uuid>`; with the key it makes a request happen once
    actor = models.CharField(max_length=60)
    idempotency_key = models.CharField(max_length=80)
    request_hash = models.CharField(max_length=64)
    via = models.CharField(max_length=10)

    state = models.CharField(max_length=20, choices=State)
    version = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField(null=True)
    accept_by = models.DateTimeField(null=True)
    slot = models.ForeignKey(DeliverySlot, models.PROTECT, null=True, related_name="+")
    slot_starts_at = models.DateTimeField(null=True)
    slot_ends_at = models.DateTimeField(null=True)
    fulfilment = models.CharField(max_length=8, choices=Fulfilment)
    payment_method = models.CharField(max_length=5, choices=PaymentMethod)
    # whose, of an order on khata
    khata_id = models.UUIDField(null=True)

    person_id = models.UUIDField(null=True)
    contact_name = models.CharField(max_length=120)
    contact_phone = models.CharField(max_length=16)
    language = models.CharField(max_length=5)
    address = models.CharField(max_length=500, blank=True)
    pincode = models.CharField(max_length=6, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    note = models.CharField(max_length=300, blank=True)
    if_unavailable = models.CharField(
        max_length=7, choices=IfUnavailable, default=IfUnavailable.CALL
    )

    items_total = models.BigIntegerField()
    delivery_fee = models.BigIntegerField(default=0)
    # of it without GST, which bears TCS; known once the order is packed
    fee_taxable = models.BigIntegerField(default=0)
    rounding = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    agreed_total = models.BigIntegerField()
    captured = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)

    commission_bps = models.PositiveIntegerField()
    commission_gst_bps = models.PositiveIntegerField()
    tcs_bps = models.PositiveIntegerField()
    tds_bps = models.PositiveIntegerField()
    # days after the delivery in which the shop takes goods back
    return_days = models.PositiveSmallIntegerField()

    code_tries = models.PositiveSmallIntegerField(default=0)
    placed_at = models.DateTimeField(default=now)
    delivered_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["store", "code"], name="order_code_once_per_store"),
            models.UniqueConstraint(
                fields=["store", "actor", "idempotency_key"], name="order_once_per_key"
            ),
            models.CheckConstraint(
                condition=Q(total=F("items_total") + F("delivery_fee") + F("rounding")),
                name="order_total_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(items_total__gte=0, delivery_fee__gte=0, total__gte=0),
                name="order_money_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(fee_taxable__gte=0, fee_taxable__lte=F("delivery_fee")),
                name="order_fee_taxable_is_of_the_fee",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("captured")),
                name="order_refunded_at_most_captured",
            ),
            models.CheckConstraint(
                condition=~Q(state="awaiting_payment") | Q(payment_method="upi"),
                name="order_only_upi_awaits_payment",
            ),
            # nobody is billed what they have not paid, from the payment to the door
            models.CheckConstraint(
                condition=~Q(payment_method="upi")
                | ~Q(state__in=PAID_FOR)
                | Q(total__lte=F("captured") - F("refunded")),
                name="order_prepaid_bill_is_paid",
            ),
            # what was paid too much goes back in the transaction that packs
            models.CheckConstraint(
                condition=~Q(payment_method="upi")
                | ~Q(state__in=AFTER_PACKING)
                | Q(total=F("captured") - F("refunded")),
                name="order_prepaid_packed_is_paid_exactly",
            ),
            # orders.services.billing.OVER_BPS
            models.CheckConstraint(
                condition=Q(payment_method="upi") | Q(total__lte=F("agreed_total") * 11 / 10),
                name="order_cash_at_most_a_tenth_over",
            ),
            models.CheckConstraint(
                condition=Q(payment_method="khata", khata_id__isnull=False)
                | (~Q(payment_method="khata") & Q(khata_id=None)),
                name="order_on_somebodys_khata",
            ),
        ]
        indexes = [
            # the shop's Today screen and the API's list, by state
            models.Index(F("store"), F("state"), F("id").desc(), name="order_shop_state"),
            # my orders
            models.Index(
                F("person_id"),
                F("id").desc(),
                condition=Q(person_id__isnull=False),
                name="order_of_person",
            ),
            # the timers: unpaid and unaccepted orders whose time is up
            models.Index(F("due_at"), condition=Q(due_at__isnull=False), name="order_due"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call the order: `NK-7F3K-92QA`."""
        return f"NK-{self.code}"

    @property
    def called(self) -> str:
        """Who ordered, as the shop knows them; every order that is not erased has a number to call."""
        return self.contact_name if self.contact_phone else str(ERASED)

    @property
    def prepaid(self) -> bool:
        """Whether the money comes to us, before the shop begins; else the shop has it from the customer."""
        return self.payment_method == self.PaymentMethod.UPI

    @property
    def finished(self) -> bool:
        return self.state in FINISHED
