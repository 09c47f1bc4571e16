from datetime import date
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.core.clock import now
from marketplace.core.ids import uuid7
from orders.models import CounterSale, Order
from payments.ledger.models import Txn
from payments.settlement.models import Settlement
from stores.shops.models import Store


class Kind(models.TextChoices):
    TAX_INVOICE = "tax_invoice", _("tax invoice")
    BILL_OF_SUPPLY = "bill_of_supply", _("bill of supply")
    INVOICE_CUM_BILL = "invoice_cum_bill", _("invoice-cum-bill of supply")
    BILL = "bill", _("bill")
    CREDIT_NOTE = "credit_note", _("credit note")
    COMMISSION = "commission", _("invoice for the commission")
    COMMISSION_NOTE = "commission_note", _("credit note for the commission")


FOR_GOODS = (Kind.TAX_INVOICE, Kind.BILL_OF_SUPPLY, Kind.INVOICE_CUM_BILL, Kind.BILL)
# what Nukkad itself issues, to a shop
OURS = (Kind.COMMISSION, Kind.COMMISSION_NOTE)


class Series(models.Model):
    """One run of serial numbers without a gap: of one kind, shop and GSTIN in a financial year.

    `year` is that in which the financial year begins. A serial is the prefix and the number: no
    other shop of the GSTIN has that prefix in that year (CGST Rules 2017, rule 46(b)).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    gstin = models.CharField(max_length=15, blank=True)
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    prefix = models.CharField(max_length=11)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "gstin", "year", "kind"], name="series_once"),
            models.UniqueConstraint(
                fields=["gstin", "year", "prefix"],
                condition=~Q(gstin=""),
                name="series_prefix_once_per_gstin",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.year}"


class DocumentQuerySet(models.QuerySet["Document"]):
    def of_store(self, store_id: UUID) -> Self:
        """The documents that one shop has issued."""
        return self.filter(store_id=store_id).exclude(kind__in=OURS)

    def to_store(self, store_id: UUID) -> Self:
        """What we have issued to one shop for our commission, the newest first."""
        return self.filter(store_id=store_id, kind__in=OURS).order_by("-id")

    def of_settlement(self, settlement: Settlement) -> Self:
        """Our invoice for the commission that a settlement took off."""
        return self.filter(
            store_id=settlement.store_id, kind=Kind.COMMISSION, reference=settlement.pk
        )

    def of_counter(self, sale: CounterSale) -> Self:
        """The bill of a counter sale; none of one from before there were any."""
        return self.filter(store_id=sale.store_id, sale=sale)

    def of_order(self, order: Order) -> Self:
        """An order's documents, in the order in which they were issued."""
        return self.filter(store_id=order.store_id, order=order).order_by("id")

    def issued_between(self, first: date, last: date) -> Self:
        """Documents of these business days, both included, by kind and number."""
        return self.filter(issued_on__range=(first, last)).order_by("kind", "series_id", "number")


class Document(models.Model):
    """A document as it was issued; append-only. Paise: `total` is what it is for, taxes included.

    `content` is all that stands on it (see `drafting`), so that it can be printed again for ever,
    in either language, whatever becomes of the shop, the order or the counter sale. A credit note
    `amends` an invoice, because of the return or the called-off order that `reference` names. Our own
    to a shop are about commission: what the settlement of that name took off, or what was charged
    and given back until the end of a month (`InvoicedCommission`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, models.PROTECT, null=True, related_name="documents")
    sale = models.ForeignKey(CounterSale, models.PROTECT, null=True, related_name="documents")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    series = models.ForeignKey(Series, models.PROTECT, related_name="documents")
    number = models.PositiveIntegerField()
    serial = models.CharField(_("number"), max_length=16)
    amends = models.ForeignKey("self", models.PROTECT, null=True, related_name="credit_notes")
    reference = models.UUIDField(null=True)
    issued_on = models.DateField(_("date"))
    issued_at = models.DateTimeField(default=now)
    taxable = models.BigIntegerField()
    cgst = models.BigIntegerField()
    sgst = models.BigIntegerField()
    igst = models.BigIntegerField()
    total = models.BigIntegerField(_("total"))
    content = models.JSONField()

    objects = DocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("GST document")
        verbose_name_plural = _("GST documents")
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="document_number_once"),
            models.UniqueConstraint(
                fields=["store", "order"],
                condition=Q(kind__in=FOR_GOODS),
                name="document_one_invoice_per_order",
            ),
            models.UniqueConstraint(
                fields=["store", "sale"],
                condition=Q(sale__isnull=False),
                name="document_one_per_counter_sale",
            ),
            models.UniqueConstraint(
                fields=["store", "reference"],
                condition=Q(reference__isnull=False),
                name="document_once_per_reference",
            ),
            models.CheckConstraint(
                condition=Q(
                    Q(order__isnull=False, sale=None) | Q(order=None, sale__isnull=False),
                    kind__in=FOR_GOODS,
                    amends=None,
                    reference=None,
                )
                | Q(
                    kind="credit_note",
                    order__isnull=False,
                    sale=None,
                    amends__isnull=False,
                    reference__isnull=False,
                )
                | Q(kind="commission", order=None, sale=None, amends=None)
                | Q(
                    kind="commission_note",
                    order=None,
                    sale=None,
                    amends__isnull=False,
                    reference=None,
                ),
                name="document_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(igst=0, cgst=F("sgst")) | Q(cgst=0, sgst=0),
                name="document_taxed_by_state_or_union",
            ),
        ]
        indexes = [
            # a shop's documents of a month
            models.Index(F("store"), F("issued_on"), name="document_of_month"),
            # what came back in a month, of all shops, for our GSTR-8
            models.Index(
                F("issued_on"), condition=Q(kind="credit_note"), name="document_credited_on"
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class InvoicedCommission(models.Model):
    """A ledger transaction that charged commission or gave it back, and which of our documents says
    so: no other one does. Append-only."""

    txn = models.OneToOneField(
        Txn, models.PROTECT, primary_key=True, related_name="invoiced", db_constraint=False
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    document = models.ForeignKey(Document, models.PROTECT, related_name="commissions")

    def __str__(self) -> str:
        return f"{self.txn_id} on {self.document_id}"


class Print(models.Model):
    """A PDF in one language, or the wish for it; made on demand, thrown away after some days, since it
    can be made again. `state` is that of what it is of: what changes is printed anew."""

    class Kind(models.TextChoices):
        DOCUMENT = "document"
        SETTLEMENT = "settlement"
        KHATA = "khata"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    store = models.ForeignKey(Store, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    reference = models.UUIDField()
    state = models.CharField(max_length=36, blank=True)
    language = models.CharField(max_length=5)
    pdf = models.BinaryField(null=True)
    asked_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "kind", "reference", "state", "language"], name="print_once"
            ),
        ]
        indexes = [
            # those to be thrown away
            models.Index(F("asked_at"), name="print_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference} {self.language}"
