"""The simulated bank as a real process, and a shop's webhook address that writes down what comes."""

import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from marketplace.local.postgres import APP, OWNER
from marketplace.local.programs import Program, free_port, kill_group, start
from tests import patience
from tests.servers import ROOT, Servers

API_KEY = "bank-test-key"
WEBHOOK_SECRET = "bank-test-webhook-secret"


@dataclass
class Heard:
    """One webhook as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        import json

        return dict(json.loads(self.body))


@dataclass
class Ear:
    """A webhook address; `answers` decides the HTTP status of each, 204 unless told."""

    port: int
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], int] = lambda heard: 204

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bank/events/"

    def about(self, subject: str) -> list[Heard]:
        """What was heard about one tr, payment, refund or payout, in the order it came."""
        return [one for one in list(self.heard) if subject in one.json["data"].values()]


@contextmanager
def listening() -> Iterator[Ear]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard = Heard({k.lower(): v for k, v in self.headers.items()}, body)
            ear.heard.append(heard)
            self.send_response(ear.answer(heard))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ear = Ear(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield ear
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Bank:
    """A running bank and what a merchant, a payer and its controller ask of it."""

    url: str
    http: httpx.Client
    process: subprocess.Popen[bytes]

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(self.url + path, params=params)

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.http.post(self.url + path, json=body)

    def put(self, path: str, **body: Any) -> httpx.Response:
        return self.http.put(self.url + path, json=body)

    def open_payer(self, balance: int = 50_000_00) -> str:
        """A payer of the test's own, so that tests do not spend one another's money."""
        vpa = f"p{uuid.uuid4().hex}@nkbank"
        answer = self.post("/control/accounts", vpa=vpa, amount=balance)
        assert answer.status_code == 200, answer.text
        return vpa

    def balance(self, vpa: str) -> int:
        return int(self.post("/control/accounts", vpa=vpa, amount=0).json()["balance"])

    def next(self, outcome: str, **rest: Any) -> None:
        answer = self.post("/control/next", outcome=outcome, **rest)
        assert answer.status_code == 200, answer.text

    def pay(self, uri: str, payer: str, **rest: Any) -> dict[str, Any]:
        answer = self.post("/v1/pay", **{"uri": uri, "payer_vpa": payer, "pin": "1234"} | rest)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def paid(self, tr: str) -> list[dict[str, Any]]:
        return list(self.get("/v1/payments", tr=tr).json()["payments"])


def new_tr() -> str:
    return uuid.uuid4().hex


def link(tr: str, amount: str = "250.00", **rest: str) -> str:
    fields = {"pa": "nukkad@nkbank", "pn": "Nukkad", "tr": tr, "am": amount, "cu": "INR"} | rest
    return "upi://pay?" + urlencode({name: value for name, value in fields.items() if value})


def environment(
    *, database_url: str, port: int = 1, webhook_url: str = "http://127.0.0.1:1/"
) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "payments.bank.settings",
        "BANK_DATABASE_URL": database_url,
        "BANK_API_KEY": API_KEY,
        "BANK_SECRET_KEY": "bank-test-secret-key",
        "BANK_URL": f"http://127.0.0.1:{port}",
        "NUKKAD_WEBHOOK_URL": webhook_url,
        "NUKKAD_WEBHOOK_SECRET": WEBHOOK_SECRET,
    }


def migrate(settings: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--no-input", "--verbosity=0"],
        cwd=ROOT,
        env={**os.environ, **settings},
        check=True,
    )


@contextmanager
def serving(settings: dict[str, str], *, log: Path) -> Iterator[Bank]:
    """The bank's server as its runner starts it, killed at the end of the block."""
    url = settings["BANK_URL"]
    granian = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi"]
    serve = ["--host", "127.0.0.1", "--port", url.rpartition(":")[2], "--workers", "1"]
    program = Program(
        name="bank",
        argv=[*granian, *serve, "--blocking-threads", "8", "payments.bank.wsgi:application"],
        environment=settings,
        folder=ROOT,
    )
    with log.open("ab") as output:
        process = start(program, mark=f"bank-test-{os.getpid()}", output=output)
    try:
        with httpx.Client(
            timeout=patience.SECONDS, headers={"Authorization": f"Bearer {API_KEY}"}
        ) as http:
            _wait(url, http, process, log)
            yield Bank(url, http, process)
    finally:
        kill_group(process.pid)
        process.wait()


def _wait(url: str, http: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while True:
        try:
            if http.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The bank did not start:\n{log.read_text()}")
        time.sleep(0.1)


@contextmanager
def own_database(servers: Servers, name: str) -> Iterator[str]:
    """The address of a migrated database of this name for the bank's server, dropped afterwards.

    As in `make run`, one role owns and migrates, another serves.
    """
    servers.drop(name)
    servers.postgres.create_database(name)
    try:
        migrate(environment(database_url=servers.postgres.url(OWNER, name)))
        yield servers.postgres.url(APP, name)
    finally:
        servers.drop(name)


@contextmanager
def running_bank(servers: Servers, *, name: str, webhook_url: str, log: Path) -> Iterator[Bank]:
    """A bank with a database of its own, from empty to serving."""
    with own_database(servers, name) as database_url:
        settings = environment(database_url=database_url, port=free_port(), webhook_url=webhook_url)
        with serving(settings, log=log) as bank:
            yield bank
