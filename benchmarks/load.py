"""A load generator lean enough to leave the processors to the server, and who spent what on them.

Each process keeps several connections open and asks the next address on whichever has answered.
"""

import multiprocessing
import resource
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from benchmarks.watching import processor_seconds

PROCESSES = 2
CONNECTIONS = 8
# The first answer may take long where templates have not been read yet.
PATIENCE = 30


@dataclass(frozen=True)
class Load:
    """What a while of asking came to. `generator` is the share of one processor each process used."""

    answers: int
    seconds: float
    generator: float
    web_ms: float
    database_ms: float

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds

    @property
    def cost_ms(self) -> float:
        """Processor time of web and database for one answer."""
        return self.web_ms + self.database_ms


def ask_for_a_while(
    port: int,
    requests: Sequence[bytes],
    *,
    seconds: float,
    web: psutil.Process,
    database: psutil.Process,
) -> Load:
    """Send these requests in turn, over and over; every answer must be a 200 with a length."""
    context = multiprocessing.get_context("fork")
    found = context.SimpleQueue()
    before = processor_seconds(web), processor_seconds(database)
    began = time.perf_counter()
    processes = [
        context.Process(target=_ask, args=(port, requests, n, began + seconds, found))
        for n in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    results = [found.get() for _ in processes]
    took = time.perf_counter() - began
    for process in processes:
        process.join()
    problems = [problem for _, _, problem in results if problem]
    if problems:
        raise RuntimeError(problems[0])
    answers = sum(count for count, _, _ in results)
    if not answers:
        raise RuntimeError(f"no answer within {seconds + PATIENCE} s")
    return Load(
        answers=answers,
        seconds=took,
        generator=max(used for _, used, _ in results) / took,
        web_ms=(processor_seconds(web) - before[0]) / answers * 1000,
        database_ms=(processor_seconds(database) - before[1]) / answers * 1000,
    )


def request_for(address: str, **cookies: str) -> bytes:
    """A GET as a phone's browser sends it."""
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return (
        f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n"
        "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-IN,en;q=0.9,hi;q=0.8\r\n"
        + (f"Cookie: {cookie}\r\n" if cookie else "")
        + "\r\n"
    ).encode()


def _ask(
    port: int,
    requests: Sequence[bytes],
    number: int,
    until: float,
    found: "multiprocessing.queues.SimpleQueue[tuple[int, float, str]]",
) -> None:
    answers, problem, upto = 0, "", number * len(requests) // PROCESSES
    try:
        waiting = selectors.EpollSelector()
        for _ in range(CONNECTIONS):
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(requests[upto % len(requests)])
            upto += 1
            waiting.register(connection, selectors.EVENT_READ)
        while (now := time.perf_counter()) < until or (not answers and now < until + PATIENCE):
            for key, _ in waiting.select(1):
                connection = key.fileobj
                _read_answer(connection)
                answers += 1
                connection.sendall(requests[upto % len(requests)])
                upto += 1
    except Exception as error:
        problem = repr(error)
    used = resource.getrusage(resource.RUSAGE_SELF)
    found.put((answers, used.ru_utime + used.ru_stime, problem))


def _read_answer(connection: socket.socket) -> bytes:
    """The whole answer; raises RuntimeError when it is not a 200."""
    answer = connection.recv(262_144)
    while (head := answer.find(b"\r\n\r\n")) < 0:
        answer += _more(connection)
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise RuntimeError(answer[:2000].decode(errors="replace"))
    start = answer.lower().index(b"content-length:", 0, head) + len("content-length:")
    length = int(answer[start : answer.index(b"\r\n", start)])
    missing = head + 4 + length - len(answer)
    while missing > 0:
        part = _more(connection)
        answer += part
        missing -= len(part)
    return answer


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(262_144)
    if not part:
        raise RuntimeError("the server closed the connection")
    return part
