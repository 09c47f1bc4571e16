"""Reading the books: balances, the trial balance, the rates of a day. Amounts are signed paise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Sum

from payments.ledger.models import Account, Balance, Leg, Rate


class NoRate(LookupError):
    """No rate of that name was in force on that day."""


@dataclass(frozen=True, slots=True)
class TaxRates:
    """What the law takes from a shop's sale, in basis points."""

    gst_on_commission_bps: int
    tds_bps: int
    tcs_bps: int


def balance(store_id: UUID, account: Account) -> int:
    """What stands on a store's account: debit positive, credit negative.

    Payable is read from its stored balance; any other account is the sum of its legs.
    """
    if account == Account.PAYABLE:
        return Balance.objects.payable(store_id)
    return Leg.objects.of_account(store_id=store_id, account=account).balance()


def trial_balance(store_id: UUID | None = None) -> dict[Account, int]:
    """Every account that ever moved, of one store or of all; the amounts sum to zero."""
    legs = Leg.objects.all() if store_id is None else Leg.objects.filter(store_id=store_id)
    rows = legs.order_by().values("account").annotate(total=Sum("amount"))
    sums = dict(rows.values_list("account", "total"))
    return {account: int(sums[account]) for account in Account if account in sums}


def rate_on(name: Rate.Name, day: date) -> int:
    """The rate of that name in force on a business date, in basis points; raises NoRate."""
    found = dict(Rate.objects.in_force(day).filter(name=name).values_list("name", "bps"))
    return _pick(found, [name])[0]


def tax_rates(in_force: Mapping[str, int], *, has_pan: bool, gst_registered: bool) -> TaxRates:
    """Which of the rates in force, by name, apply to a shop's sale; raises NoRate.

    TDS is higher without a PAN; TCS is collected only from shops registered for GST.
    """
    gst_on_commission, tds, tcs = _pick(
        in_force,
        [
            Rate.Name.GST_ON_COMMISSION,
            Rate.Name.TDS if has_pan else Rate.Name.TDS_WITHOUT_PAN,
            Rate.Name.TCS if gst_registered else Rate.Name.TCS_UNREGISTERED,
        ],
    )
    return TaxRates(gst_on_commission_bps=gst_on_commission, tds_bps=tds, tcs_bps=tcs)


def _pick(in_force: Mapping[str, int], names: Sequence[Rate.Name]) -> list[int]:
    missing = [name.value for name in names if name not in in_force]
    if missing:
        raise NoRate(", ".join(missing))
    return [in_force[name] for name in names]
