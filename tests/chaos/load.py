"""Customers and shops over HTTP: each sends a request again, under the same key, until it has a
definite answer, and remembers what it was promised."""

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 90.0
# Not yet an answer: unavailable, in flight, too many at once.
AGAIN = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Promised:
    """An order that the API has acknowledged, and the request that made it."""

    order_id: str
    key: str
    client: int
    body: str


@dataclass
class Client(threading.Thread):
    """One buyer who is also the shop: orders one after the other and sees each through."""

    number: int
    seed: str
    base_url: str
    bank_url: str
    bank_key: str
    api_key: str
    listings: Mapping[str, Sequence[str]]
    stopping: threading.Event
    promised: list[Promised] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    retries: int = 0
    longest: float = 0.0
    unanswered: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(name=f"client {self.number}", daemon=True)
        self.random = random.Random(f"{self.seed}/{self.number}")
        self._connections: dict[str, http.client.HTTPConnection] = {}

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        self.payer = f"c{self.number}{self.random.getrandbits(40):x}@nkbank"
        self.to_bank("/control/accounts", {"vpa": self.payer, "amount": 10**11})
        while not self.stopping.is_set():
            self.buy()
            time.sleep(self.random.uniform(0.02, 0.15))

    def buy(self) -> None:
        store = self.random.choice(sorted(self.listings))
        chosen = self.random.sample(list(self.listings[store]), self.random.randint(1, 4))
        body = {
            "store": store,
            "lines": [{"listing": each, "quantity": 1} for each in chosen],
            "fulfilment": "delivery",
            "payment_method": self.random.choice(["cash", "upi"]),
            "contact": {"name": "Asha", "phone": "+919810012345", "language": "hi"},
            "address": {"text": "4 Hailey Road", "pincode": "110001"},
        }
        key = f"{self.number}-{self.random.getrandbits(64):x}"
        status, order = self.place(json.dumps(body), key)
        self.answers[f"place {status}"] += 1
        if status != 201:
            return
        self.promised.append(Promised(order["id"], key, self.number, json.dumps(body)))
        if body["payment_method"] == "upi" and self.random.random() < 0.9:
            link = order["payment"]["intent"]
            status, _ = self.to_bank(
                "/v1/pay", {"uri": link, "payer_vpa": self.payer, "pin": "1234"}
            )
            self.answers[f"pay {status}"] += 1
            time.sleep(self.random.uniform(0.0, 0.8))  # mostly the webhook is faster
        for step in self.random.choice(WAYS):
            if self.stopping.is_set():
                return
            reason = {"reason": "chaos"} if step == "cancel" else {}
            status, _ = self.to_shop(f"/api/v1/orders/{order['id']}/{step}/", json.dumps(reason))
            self.answers[f"{step} {status}"] += 1

    def place(self, body: str, key: str) -> tuple[int, dict[str, Any]]:
        return self.to_shop("/api/v1/orders/", body, {"Idempotency-Key": key})

    def to_shop(
        self, path: str, body: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        return self.ask(self.base_url, path, body, self.api_key, headers or {})

    def to_bank(self, path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        return self.ask(self.bank_url, path, json.dumps(body), self.bank_key, {})

    def ask(
        self, url: str, path: str, body: str, key: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """The definite answer to one request, however often it takes."""
        began = time.monotonic()
        while True:
            try:
                status, answer = self._send(url, path, body, key, headers)
                in_flight = answer.get("error", {}).get("code") == "request_in_flight"
                if status not in AGAIN and not in_flight:
                    self.longest = max(self.longest, time.monotonic() - began)
                    return status, answer
                if status == 500:
                    self.answers[f"500 on {path.rsplit('/', 2)[-2]}"] += 1
            except (OSError, http.client.HTTPException, ValueError):
                self._connections.pop(url, None)
            if time.monotonic() - began > PATIENCE:
                self.unanswered.append(f"{path} for {PATIENCE:.0f} s")
                return 0, {}
            self.retries += 1
            time.sleep(self.random.uniform(0.1, 0.4))

    def _send(
        self, url: str, path: str, body: str, key: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        if url not in self._connections:
            self._connections[url] = http.client.HTTPConnection(urlsplit(url).netloc, timeout=15)
        sent = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", **headers}
        self._connections[url].request("POST", path, body, sent)
        answer = self._connections[url].getresponse()
        return answer.status, json.loads(answer.read())


# What becomes of an order after it is placed, and paid for if it was prepaid.
WAYS: Sequence[Sequence[str]] = (
    (),
    ("cancel",),
    ("accept",),
    ("accept", "cancel"),
    ("accept", "pack", "dispatch"),
    ("accept", "pack", "dispatch", "deliver"),
    ("accept", "pack", "dispatch", "cancel"),
)
