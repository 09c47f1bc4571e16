"""The simulated bank as its payers and whoever plays with its faults see it, and its own books."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import psycopg

DECLINES = (
    *("ZA", "U69", "Z9", "Z8", "Z7", "Z6", "ZM", "ZH", "U16", "U09", "U20", "U28", "U30", "U48"),
    *("U67", "U68", "BT", "96", "RB", "21"),
)
UPSETS = (
    *("pending", "deemed_then_success", "deemed_then_reversed", "failed_then_success"),
    *("wrong_amount", "refund_pending", "refund_failed"),
    *("payout_pending", "payout_failed", "payout_failed_then_success"),
    *("webhook_lost", "webhook_duplicate", "webhook_bad_signature", "webhook_altered_body"),
    *("webhook_old_secret", "webhook_stale_timestamp", "webhook_before_response"),
    *("api_5xx", "rate_limited"),
)
# These take the bank longer than the quick test has: it asks for short ones by name.
SLOW = ("api_timeout_after_commit", "webhook_delayed")
# A plan draws from its kinds as often as they are named; a refusal by itself moves no money.
QUICK = (*DECLINES, *UPSETS * 5)
EVERY_KIND = (*QUICK, *SLOW)
IN_THE_FILE = (
    "reconciliation_row_missing",
    "reconciliation_row_extra",
    "reconciliation_off_by_one",
)
MERCHANT = "nukkad@nkbank"
# So that the provider is never out of money, whatever is paid out or charged back.
FLOAT = 1_00_00_000_00
OPEN = """
    SELECT payment_id, "then" FROM bank_payment WHERE due_at IS NOT NULL
    UNION ALL SELECT refund_id, "then" FROM bank_refund WHERE due_at IS NOT NULL
    UNION ALL SELECT payout_id, "then" FROM bank_payout WHERE due_at IS NOT NULL
"""


@dataclass(frozen=True)
class Desk:
    """Where the bank is, and the address of its database, which is only read."""

    url: str
    key: str
    database_url: str

    def post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        return self._ask("POST", path, body)

    def get(self, path: str) -> dict[str, Any]:
        return self._ask("GET", path, None)[1]

    def file(self, day: date) -> str:
        """The reconciliation file of an Indian calendar day, as CSV."""
        return self._send("GET", f"/v1/reconciliation?date={day}", None)[1].decode()

    def open_alias(self, vpa: str) -> None:
        """Have money to this address come to the merchant's account."""
        self._ask("PUT", f"/v1/aliases/{vpa}", {"name": "Kirana"})

    def disturb(self, *, seed: str, rate: float, kinds: tuple[str, ...]) -> None:
        """Have that share of all operations go wrong, the same ones for the same seed."""
        self._ask("PUT", "/bank/faults", {"seed": seed, "rate": rate, "kinds": list(kinds)})
        self.post("/control/accounts", vpa=MERCHANT, amount=FLOAT)

    def behave(self) -> None:
        """Disturb nothing from now on; what is open stays so."""
        self.post("/control/clear")

    def finish(self) -> None:
        """Bring to its planned end whatever is still open."""
        for operation, then in self.books.execute(OPEN).fetchall():
            self.post("/control/finish", id=operation, then="success" if then == "00" else then)

    @cached_property
    def books(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.database_url, autocommit=True)

    def faults_done(self) -> dict[str, int]:
        """How often each kind of fault has struck."""
        told = "SELECT outcome, count(*) FROM bank_fault GROUP BY 1 ORDER BY 1"
        return dict(self.books.execute(told).fetchall())

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None
    ) -> tuple[int, dict[str, Any]]:
        status, told = self._send(method, path, body)
        # one that has lost its database answers with a page
        return status, json.loads(told) if told.startswith(b"{") else {}

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, bytes]:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()
