"""Runs the programs of the product side by side: their output, their restarts, their end."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from marketplace.local.programs import Program, kill_group, start

LOG_LIMIT = 5_000_000
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
# A program that has run for this long did not die of how it starts.
STEADY = 5.0
COLOURS = (36, 33, 35, 32, 34, 31, 96, 93)


class StopAsked(Exception):
    """SIGINT, SIGTERM or SIGHUP arrived."""


@dataclass
class Child:
    """One program, the process that runs it now, and when to start the next one if it died."""

    program: Program
    colour: int
    log: IO[bytes]
    process: subprocess.Popen[bytes] | None = None
    unfinished: bytes = b""
    started_at: float = 0.0
    wait: float = FIRST_WAIT
    restart_at: float | None = None
    shown: bool = True
    once: bool = False
    last_lines: list[str] = field(default_factory=list)


class Supervisor:
    """One thread, one loop. Children are started here only, so that the kernel ends them with us."""

    def __init__(self, *, mark: str, logs: Path) -> None:
        self._mark = mark
        self._logs = logs
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._asked = 0
        self._mute = False
        logs.mkdir(parents=True, exist_ok=True)
        inbox, outbox = socket.socketpair()
        inbox.setblocking(False)
        outbox.setblocking(False)
        self._wakeup = (inbox, outbox)
        self._selector.register(inbox, selectors.EVENT_READ, None)
        signal.set_wakeup_fd(outbox.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def say(self, text: str, *, name: str = "nukkad", colour: int = 1) -> None:
        """Print a line under a name; a terminal that went away does not stop the product."""
        if self._mute:
            return
        label = f"{name:8}"
        if sys.stdout.isatty():
            label = f"\x1b[{colour}m{label}\x1b[0m"
        try:
            print(f"{label} | {text}", flush=True)
        except OSError:
            self._mute = True

    def start(self, program: Program) -> subprocess.Popen[bytes]:
        """Start a program that is meant to run until the end."""
        child = self._adopt(program)
        return self._start(child)

    def begin(self, program: Program) -> Child:
        """Start a program that comes to an end by itself, for `finish` to wait for."""
        child = self._adopt(program, once=True)
        self._start(child)
        return child

    def finish(self, *children: Child) -> None:
        """Wait until these have ended; raises CalledProcessError for the first that failed."""
        while any(child.process and child.process.poll() is None for child in children):
            self._turn()
        for child in children:
            code = child.process.returncode if child.process else 0
            self._end(child)
            self._children.remove(child)
            if code:
                raise subprocess.CalledProcessError(code, child.program.name)

    def wait_until(self, true: Callable[[], bool], *, seconds: float) -> bool:
        """Keep everything running until `true()`; False when that took too long."""
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                return False
            self._turn()
        return True

    def watch(self) -> None:
        """Keep everything running until somebody asks to stop (StopAsked)."""
        while True:
            self._turn()

    def stop(self) -> None:
        """Stop what uses the servers first, all at once, then the servers; a second request kills."""
        for servers in (False, True):
            self._stop_all([c for c in self._children if c.program.server is servers])
        self._children.clear()

    def _stop_all(self, children: list[Child]) -> None:
        asked = self._asked
        now = time.monotonic()
        deadlines = {id(child): now + child.program.stop_seconds for child in children}
        for child in children:
            if child.process and child.process.poll() is None:
                child.process.send_signal(child.program.stop_signal)
        left = [child for child in children if child.process]
        while left:
            self._pump(0.05)
            for child in list(left):
                late = self._asked > asked + 1 or time.monotonic() > deadlines[id(child)]
                if late or (child.process and child.process.poll() is not None):
                    self._end(child)
                    left.remove(child)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked += 1

    def _adopt(self, program: Program, *, once: bool = False) -> Child:
        path = self._logs / f"{program.name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        colour = COLOURS[len(self._children) % len(COLOURS)]
        child = Child(
            program, colour, path.open("ab", buffering=0), shown=not program.quiet, once=once
        )
        self._children.append(child)
        return child

    def _start(self, child: Child) -> subprocess.Popen[bytes]:
        process = start(child.program, mark=self._mark, output=subprocess.PIPE)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, child)
        child.process, child.started_at, child.restart_at = process, time.monotonic(), None
        return process

    def _end(self, child: Child) -> None:
        """Kill whatever is left of the child's process group and read its last words."""
        process, child.process = child.process, None
        if process is None or process.stdout is None:
            return
        kill_group(process.pid)
        process.wait()
        self._read(child, process.stdout)
        with suppress(KeyError):
            self._selector.unregister(process.stdout)
        process.stdout.close()

    def _turn(self) -> None:
        if self._asked:
            raise StopAsked
        self._pump(0.1)
        for child in self._children:
            if child.once:
                continue
            if child.process and child.process.poll() is not None:
                self._plan_restart(child, child.process.returncode)
            elif child.restart_at and child.restart_at <= time.monotonic():
                self._start(child)

    def _plan_restart(self, child: Child, code: int) -> None:
        if time.monotonic() - child.started_at > STEADY:
            child.wait = FIRST_WAIT
        self._end(child)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        self.say(f"{child.program.name} {how}; starting it again in {child.wait:g} s")
        if not child.shown:
            for line in child.last_lines[-5:]:
                self.say(line, name=child.program.name, colour=child.colour)
        child.restart_at = time.monotonic() + child.wait
        child.wait = min(child.wait * 2, LONGEST_WAIT)

    def _pump(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.data is None:
                with suppress(BlockingIOError):
                    self._wakeup[0].recv(4096)
            else:
                self._read(key.data, key.fileobj)  # type: ignore[arg-type]

    def _read(self, child: Child, pipe: IO[bytes]) -> None:
        while True:
            try:
                chunk = os.read(pipe.fileno(), 65536)
            except BlockingIOError:
                return
            if not chunk:
                with suppress(KeyError):
                    self._selector.unregister(pipe)
                return
            child.log.write(chunk)
            *lines, child.unfinished = (child.unfinished + chunk).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace").rstrip()
                child.last_lines = [*child.last_lines[-30:], text]
                if child.shown:
                    self.say(text, name=child.program.name, colour=child.colour)
