"""Every purpose of a payment has somebody who decides about it."""

import pytest
from django.core.checks import run_checks

from payments.upi import payees
from payments.upi.models import Purpose


def test_the_check_fails_for_a_purpose_that_nobody_takes_payments_for(monkeypatch):
    assert [error for error in run_checks() if error.id == "upi.E001"] == []
    monkeypatch.delitem(payees._payees, Purpose.ORDER)
    assert [error.id for error in run_checks() if error.id == "upi.E001"] == ["upi.E001"]


def test_a_purpose_has_one_payee():
    class Another:
        pass

    with pytest.raises(ValueError, match="has a payee already"):
        payees.register_payee(Purpose.ORDER, Another())
