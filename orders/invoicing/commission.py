"""Our own documents to the shops, for our commission.

A settlement is invoiced with its payout, and what no settlement took (a shop that only takes cash owes
us and is never paid) once a month. Each ledger transaction stands on one document only, which
`InvoicedCommission` holds by its key; together they are the commission account.

Commission given back with returned goods is taken off the next document. Where more was given back
than charged, that document is a credit note: what the shop was invoiced has become less, so it is the
invoices of those sales that are amended (CGST Act s.34(1)). Carried into a later invoice instead, it
would make another supply look smaller than it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from marketplace.core.locks import busy_when_locked
from orders.invoicing.drafting import Content, address_of, home_of
from orders.invoicing.issuing import issue
from orders.invoicing.models import Document, InvoicedCommission, Kind
from payments.ledger.models import Account, Leg, Rate
from payments.ledger.selectors import rate_on
from payments.ledger.services import lock_payable
from payments.settlement.models import Settlement
from stores.shops.models import Store
from stores.shops.states import NAMES

# Services accounting code: other support services
SAC_OF_COMMISSION = "998599"


@dataclass(frozen=True, slots=True)
class Charged:
    """Commission and the GST on it in paise, less what was given back, and the transactions."""

    fee: int
    tax: int
    txns: Sequence[UUID]

    @property
    def owed(self) -> bool:
        """Whether it makes an invoice."""
        return self.fee > 0 and self.tax >= 0

    @property
    def given_back(self) -> bool:
        """Whether it makes a credit note."""
        return self.fee < 0 and self.tax <= 0


def issue_commission_invoice(settlement: Settlement) -> Document | None:
    """Ours to the shop for what a settlement took off and no invoice holds, once; None where that is
    nothing. Raises Busy."""
    with busy_when_locked(), transaction.atomic():
        # so that a monthly invoice of the shop and this one take turns
        lock_payable(store_id=settlement.store_id)
        if known := Document.objects.of_settlement(settlement).first():
            return known
        swept = settlement.items.values("leg__txn_id")
        charged = _add_up(_not_invoiced(settlement.store_id).filter(txn_id__in=swept))
        if not charged.owed:
            return None
        return _issue(
            settlement.store_id, charged, upto=settlement.business_date, reference=settlement.pk
        )


def issue_monthly_commission(*, store_id: UUID, upto: date) -> Document | None:
    """Ours to a shop for all commission of business dates up to `upto` that no document holds yet.

    An invoice, or a credit note where more was given back than charged; None where neither is, and
    then it is left to the next month. Again changes nothing. Raises Busy.
    """
    with busy_when_locked(), transaction.atomic():
        lock_payable(store_id=store_id)
        charged = _add_up(_not_invoiced(store_id).filter(business_date__lte=upto))
        if charged.owed:
            return _issue(store_id, charged, upto=upto)
        invoices = _invoices_of(store_id, charged) if charged.given_back else []
        return _issue(store_id, charged, upto=upto, amends=invoices) if invoices else None


def _not_invoiced(store_id: UUID) -> QuerySet[Leg]:
    """The legs of commission and its GST that stand on no document."""
    return Leg.objects.filter(
        ~Exists(InvoicedCommission.objects.filter(txn_id=OuterRef("txn_id"))),
        store_id=store_id,
        account__in=[Account.COMMISSION, Account.GST_ON_COMMISSION],
    )


def _add_up(legs: QuerySet[Leg]) -> Charged:
    """Credits are what we earned."""
    rows = list(legs.values_list("txn_id", "account", "amount"))
    return Charged(
        fee=-sum(amount for _, account, amount in rows if account == Account.COMMISSION),
        tax=-sum(amount for _, account, amount in rows if account == Account.GST_ON_COMMISSION),
        txns=sorted({txn_id for txn_id, *_ in rows}),
    )


def _invoices_of(store_id: UUID, charged: Charged) -> list[Document]:
    """On which the commission now given back was invoiced, the newest first."""
    orders = Leg.objects.filter(store_id=store_id, txn_id__in=charged.txns).values("txn__reference")
    of_those = InvoicedCommission.objects.filter(store_id=store_id, txn__reference__in=orders)
    return list(
        Document.objects.to_store(store_id)
        .filter(kind=Kind.COMMISSION, pk__in=of_those.values("document_id"))
        .defer("content")
    )


def _issue(
    store_id: UUID,
    charged: Charged,
    *,
    upto: date,
    amends: Sequence[Document] = (),
    reference: UUID | None = None,
) -> Document:
    store = Store.objects.get(pk=store_id)
    document = issue(
        store_id,
        Kind.COMMISSION_NOTE if amends else Kind.COMMISSION,
        _draft(store, charged, upto=upto, amends=amends),
        amends=amends[0] if amends else None,
        reference=reference,
    )
    InvoicedCommission.objects.bulk_create(
        InvoicedCommission(txn_id=txn_id, store=store, document=document) for txn_id in charged.txns
    )
    return document


def _draft(
    store: Store, charged: Charged, *, upto: date, amends: Sequence[Document] = ()
) -> Content:
    """The content of our invoice or credit note, in positive amounts. For a shop of our own state half
    of the GST is CGST, for another all of it IGST (IGST Act s.12(2)); the ledger's GST may be odd,
    and its last paisa is then a rounding, so that the halves are equal and the fee is the fee."""
    ours = settings.PLATFORM_SELLER
    fee, tax = abs(charged.fee), abs(charged.tax)
    code = home_of(store)
    across = code != ours["gstin"][:2]
    half = 0 if across else tax // 2
    line = _names(upto, given_back=bool(amends)) | {
        "pack": None,
        "hsn": SAC_OF_COMMISSION,
        "unit": "pc",
        "quantity": 1,
        "price": fee,
        "per": 1,
        "gst_bps": rate_on(Rate.Name.GST_ON_COMMISSION, upto),
        "taxable": fee,
        "cgst": half,
        "sgst": half,
        "igst": tax if across else 0,
        "amount": fee + (tax if across else 2 * half),
    }
    return {
        "seller": ours,
        "buyer": {
            "name": f"{store.legal_name}{f', GSTIN {store.gstin}' if store.gstin else ''}",
            "phone": store.phone,
            "address": address_of(store),
        },
        "place": {"code": code, "state": NAMES.get(code, "")},
        "across_states": across,
        "composition": False,
        "order": "",
        "amends": [[each.serial, each.issued_on.isoformat()] for each in amends],
        "lines": [line],
        "delivery_fee": 0,
        "rounding": fee + tax - line["amount"],
        "total": fee + tax,
    }


def _names(upto: date, *, given_back: bool) -> dict[str, Any]:
    day = f"{upto:%d.%m.%Y}"
    if given_back:
        return {
            "name": f"Commission given back for goods returned up to {day}",
            "name_hi": f"{day} तक लौटाए गए माल पर कमीशन की वापसी",
        }
    return {
        "name": f"Commission on sales up to {day}",
        "name_hi": f"{day} तक की बिक्री पर कमीशन",
    }
