"""What came in, what went back and what the bank said, to be read; a failed refund can be retried, a
stray payment sent back, and a difference with the bank settled."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from marketplace.core.staff.options import ReadOnlyAdmin, ReadOnlyInline, ServiceAdmin, money
from payments.ledger.reports import ShopField
from payments.upi.bank_client import BankError
from payments.upi.models import (
    BankEvent,
    Difference,
    PaymentAttempt,
    Receipt,
    ReconciledDay,
    Refund,
    ShopQr,
)
from payments.upi.services import (
    RefundTooLarge,
    retry_refund,
    return_receipt,
    settle_difference,
)
from payments.upi.services.reconciliation import PAYMENT, reconcile

amount = money("amount", _("amount"))
refunded = money("refunded", _("sent back"))
difference = money("difference", _("difference"))
file_net = money("file_net", _("the bank's file"))
books_net = money("books_net", _("our books"))
ours = money("ours", _("ours"))
theirs = money("theirs", _("the bank's"))


Settled = Difference.Settled
# What the form of a difference asks.
ASKED = ("settled", "shop", "note")
WAYS = [
    (Settled.TAKEN_IN, _("Take it in, to be sent back")),
    (Settled.BOOKED, _("Book it as our gain or loss")),
    (Settled.SHOP, _("Book it to the shop")),
]


class ReceiptInline(ReadOnlyInline):
    model = Receipt
    fields = readonly_fields = ["rrn", amount, refunded, "outcome", "reason", "completed_at"]


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = readonly_fields = ["key", amount, "state", "tries", "rrn", "completed_at"]


@admin.register(PaymentAttempt)
class PaymentAttemptAdmin(ReadOnlyAdmin):
    list_display = ["id", "store_id", "purpose", amount, "state", "code", "created_at"]
    list_filter = ["state", "purpose"]
    search_fields = ["code"]
    search_help_text = _("The id of an attempt, an order or a shop, or a reply code of the bank")
    id_fields = ("pk", "reference", "store_id")
    ordering = ["-id"]
    amounts = {"amount": amount}
    inlines = [ReceiptInline]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ["rrn", "store_id", amount, refunded, "outcome", "payer_vpa", "completed_at"]
    list_filter = ["outcome"]
    search_fields = ["rrn", "payment_id", "payer_vpa"]
    search_help_text = _("An RRN, a UPI id, or the id of an order or a shop")
    id_fields = ("pk", "store_id", "attempt__reference")
    ordering = ["-id"]
    amounts = {"amount": amount, "refunded": refunded}
    inlines = [RefundInline]
    actions = ["send_back"]

    def has_return_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("upi.change_receipt")

    @admin.action(description=_("Send back what was not applied"), permissions=["return"])
    def send_back(self, request: HttpRequest, queryset: QuerySet[Receipt]) -> None:
        for receipt in queryset.filter(outcome=Receipt.Outcome.UNAPPLIED):
            return_receipt(
                store_id=receipt.store_id, receipt_id=receipt.pk, reason="not for an order"
            )


@admin.register(ShopQr)
class ShopQrAdmin(ReadOnlyAdmin):
    list_display = ["vpa", "store_id", "made_at", "opened_at"]
    search_fields = ["vpa"]
    id_fields = ("pk", "store_id")
    ordering = ["-id"]


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["key", "store_id", amount, "state", "tries", "code", "rrn", "created_at"]
    list_filter = ["state"]
    search_fields = ["rrn", "key"]
    search_help_text = _("An RRN, or the id of an order or a shop")
    amounts = {"amount": amount}
    id_fields = ("pk", "store_id", "reference")
    ordering = ["-id"]
    actions = ["send_again"]

    @admin.action(description=_("Send failed refunds once more"))
    def send_again(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        for refund in queryset.filter(state=Refund.State.FAILED):
            try:
                retry_refund(store_id=refund.store_id, refund_id=refund.pk)
            except RefundTooLarge as error:
                self.message_user(request, f"{refund.pk}: {error}", messages.ERROR)


@admin.register(BankEvent)
class BankEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "kind", "source", "outcome", "event_id", "applied_at"]
    list_filter = ["outcome", "source", "kind"]
    search_fields = ["event_id"]
    id_fields = ("pk", "store_id")
    ordering = ["-received_at"]


class StillOpen(admin.SimpleListFilter):
    """What is to be done, unless one asks for what was done."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("settled", _("settled")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("open")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.exclude(settled="") if self.value() else queryset.filter(settled="")


class SettlingForm(forms.ModelForm):
    """How a difference is settled, in whose books, and why."""

    shop = ShopField(
        label=_("shop"), required=False, help_text=_("the last part of its address, or its id")
    )

    class Meta:
        model = Difference
        fields = ["settled", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.settled:
            return  # only to be read
        self.fields["note"].required = True
        stray = (self.instance.movement, self.instance.kind) == (PAYMENT, Difference.Kind.NOT_OURS)
        ways = [way for way in WAYS if stray or way[0] != Settled.TAKEN_IN]
        self.fields["settled"] = forms.ChoiceField(
            label=_("settle it"), choices=ways, initial=ways[0][0], widget=UnfoldAdminSelectWidget
        )
        if self.instance.store_id:
            del self.fields["shop"]


@admin.register(Difference)
class DifferenceAdmin(ServiceAdmin):
    form = SettlingForm
    list_display = ["day", "kind", "movement", "bank_reference", ours, theirs, "settled"]
    list_filter = [StillOpen, "kind", "movement"]
    date_hierarchy = "day"
    search_fields = ["bank_reference"]

    def get_fields(self, request: HttpRequest, obj: Difference | None = None) -> list[str]:
        told = ["day", "kind", "movement", "bank_reference", "store_id", ours, theirs, "bank_row"]
        if obj is None or obj.settled:
            return [*told, "settled", "settled_at", "settled_by", "note"]
        return [*told, "settled", *(["shop"] if not obj.store_id else []), "note"]

    def get_readonly_fields(self, request: HttpRequest, obj: Difference | None = None) -> list[str]:
        return [name for name in self.get_fields(request, obj) if name not in ASKED]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Difference | None = None) -> bool:
        return (obj is None or not obj.settled) and super().has_change_permission(request, obj)

    def save_model(
        self, request: HttpRequest, obj: Difference, form: forms.ModelForm, change: bool
    ) -> None:
        asked = form.cleaned_data
        shop = asked.get("shop")
        settle_difference(
            difference_id=obj.pk,
            how=Settled(asked["settled"]),
            by=UUID(str(request.user.pk)),
            note=asked["note"],
            store_id=shop.pk if shop else None,
        )


@admin.register(ReconciledDay)
class ReconciledDayAdmin(ReadOnlyAdmin):
    list_display = ["day", "matched", file_net, books_net, difference, "compared_at"]
    amounts = {"file_net": file_net, "books_net": books_net}
    id_fields = ()
    date_hierarchy = "day"
    actions = ["compare_again"]

    def has_compare_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("upi.change_difference")

    @admin.action(description=_("Compare with the bank once more"), permissions=["compare"])
    def compare_again(self, request: HttpRequest, queryset: QuerySet[ReconciledDay]) -> None:
        for day in queryset.values_list("day", flat=True):
            try:
                reconcile(day=day)
            except BankError as error:
                self.message_user(request, f"{day}: {error}", messages.ERROR)
