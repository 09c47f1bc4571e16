"""Customers who buy over the HTTP API, so lean that the processors are left to the server.

One process keeps one connection per customer; each sends the next order as soon as the last one is
answered. The answers are not parsed beyond their status and length.
"""

import selectors
import socket
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

HEAD = (
    "POST /api/v1/orders/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Authorization: Bearer {secret}\r\nIdempotency-Key: {key}\r\nContent-Length: {length}\r\n\r\n"
)
LINE = '{{"listing":"{listing}","quantity":1}}'
BODY = (
    '{{"store":"{store}","lines":[{lines}],"fulfilment":"delivery","payment_method":"cash",'
    '"contact":{{"name":"Asha","phone":"+919810012345","language":"hi"}},'
    '"address":{{"text":"4 Hailey Road","pincode":"110001"}}}}'
)

# A shop and the listings bought from it.
Basket = tuple[str, Sequence[str]]


@dataclass(frozen=True)
class Bought:
    """What a while of buying came to. `generator` is the share of one processor that the customers used."""

    orders: int
    seconds: float
    generator: float
    milliseconds: list[float] = field(repr=False)

    @property
    def per_second(self) -> float:
        return self.orders / self.seconds

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.milliseconds, n=100)[percent - 1]


def buy_for_a_while(
    port: int,
    secrets: Sequence[str],
    clients: int,
    choose: Callable[[Random], Basket],
    *,
    seconds: float,
) -> Bought:
    """So many customers buy what `choose` says, each order with a key of its own and one of the API
    keys; every answer must be a 201."""
    random, took = Random(clients), []
    sent: dict[socket.socket, float] = {}
    waiting = selectors.EpollSelector()

    def send(connection: socket.socket) -> None:
        sent[connection] = time.perf_counter()
        connection.sendall(_request(random.choice(secrets), *choose(random)))

    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(connection, selectors.EVENT_READ)
        send(connection)
    used, began = time.process_time(), time.perf_counter()
    while sent:
        for key, _ in waiting.select(10):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            _read_answer(connection)
            answered = time.perf_counter()
            took.append((answered - sent.pop(connection)) * 1000)
            if answered < began + seconds:
                send(connection)
    ended = time.perf_counter()
    for key in list(waiting.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    return Bought(
        orders=len(took),
        seconds=ended - began,
        generator=(time.process_time() - used) / (ended - began),
        milliseconds=took,
    )


def _request(secret: str, store: str, listings: Sequence[str]) -> bytes:
    lines = ",".join(LINE.format(listing=listing) for listing in listings)
    body = BODY.format(store=store, lines=lines)
    return (HEAD.format(secret=secret, key=uuid4(), length=len(body)) + body).encode()


def _read_answer(connection: socket.socket) -> None:
    answer = connection.recv(65536)
    while (head := answer.find(b"\r\n\r\n")) < 0:
        answer += _more(connection)
    if not answer.startswith(b"HTTP/1.1 201 "):
        raise RuntimeError(answer.decode(errors="replace"))
    start = answer.lower().index(b"content-length:") + len("content-length:")
    missing = head + 4 + int(answer[start : answer.index(b"\r\n", start)]) - len(answer)
    while missing > 0:
        missing -= len(_more(connection))


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise RuntimeError("the server closed the connection")
    return part
