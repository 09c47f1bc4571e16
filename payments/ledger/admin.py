"""The books, to be read: nothing here can be added, changed or deleted, by anybody."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from marketplace.core.money import rupees
from marketplace.core.staff.options import ReadOnlyAdmin, ReadOnlyInline
from payments.ledger.models import Balance, Leg, Rate, Seal, Txn, UnsettledLeg


@admin.display(description=_("debit"))
def debit(row: Leg | Balance | UnsettledLeg) -> str:
    return rupees(row.amount) if row.amount > 0 else ""


@admin.display(description=_("credit"))
def credit(row: Leg | Balance | UnsettledLeg) -> str:
    return rupees(-row.amount) if row.amount < 0 else ""


class LegInline(ReadOnlyInline):
    model = Leg
    fields = readonly_fields = ["n", "account", "party_id", debit, credit]


@admin.register(Txn)
class TxnAdmin(ReadOnlyAdmin):
    list_display = ["business_date", "kind", "store_id", "idempotency_key", "posted_at"]
    list_filter = ["kind"]
    date_hierarchy = "business_date"
    search_fields = ["idempotency_key__exact"]
    search_help_text = _("A key, or the id of a transaction, a shop, an order or a payment")
    id_fields = ("pk", "store_id", "reference")
    ordering = ["-id"]
    exclude = ["request_hash"]
    inlines = [LegInline]


@admin.register(Balance)
class BalanceAdmin(ReadOnlyAdmin):
    list_display = ["store_id", "account", "party_id", "slot", debit, credit]
    fields = readonly_fields = list_display
    list_filter = ["account"]
    search_fields = ["account__exact"]
    search_help_text = _("The id of a shop or a customer")
    id_fields = ("pk", "store_id", "party_id")
    ordering = ["store_id", "account", "slot"]


@admin.register(UnsettledLeg)
class UnsettledLegAdmin(ReadOnlyAdmin):
    list_display = ["business_date", "store_id", debit, credit]
    fields = readonly_fields = list_display
    date_hierarchy = "business_date"
    search_fields = ["leg__account__exact"]
    search_help_text = _("The id of a shop or a transaction")
    id_fields = ("pk", "store_id", "leg__txn_id")
    ordering = ["store_id", "business_date"]


@admin.register(Rate)
class RateAdmin(ReadOnlyAdmin):
    list_display = ["name", "percent", "valid_from", "valid_to", "section", "source"]

    @admin.display(description=_("rate"))
    def percent(self, rate: Rate) -> str:
        return f"{rate.bps / 100:g} %"


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin):
    list_display = ["day", "store_id", "txn_count", "fingerprint", "sealed_at"]
    fields = readonly_fields = [*list_display, "continues"]
    date_hierarchy = "day"
    search_fields = ["day__exact"]
    search_help_text = _("The id of a shop")
    id_fields = ("pk", "store_id")
    ordering = ["-day", "store_id"]

    @admin.display(description=_("digest"))
    def fingerprint(self, seal: Seal) -> str:
        return bytes(seal.digest).hex()

    @admin.display(description=_("digest before"))
    def continues(self, seal: Seal) -> str:
        return bytes(seal.previous).hex()
