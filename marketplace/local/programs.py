"""Starting programs that never outlive the one that started them."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

# Every child carries this variable, and so do its own children: what a crash left behind is found by it.
MARK = "NUKKAD_STARTED_FOR"
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """What to execute, where, as whom, and how it likes to be asked to stop.

    A `server` is used by the others and therefore stopped after them. What a `quiet` program says
    goes to its log only.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    account: tuple[int, int] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    server: bool = False
    quiet: bool = False


def start(program: Program, *, mark: str, output: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """Start `program` in a process group of its own, to be killed when this process is."""
    uid, gid = program.account or (None, None)
    return subprocess.Popen(
        program.argv,
        cwd=program.folder,
        env={**os.environ, **program.environment, MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        process_group=0,
        user=uid,
        group=gid,
        extra_groups=None if uid is None else [],
        preexec_fn=_dying_with(os.getpid()),
    )


def _dying_with(parent: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def ask_the_kernel() -> None:
        # After the change of user, which would clear it; the parent may have died in between.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return ask_the_kernel


def stop(process: subprocess.Popen[bytes], *, with_signal: signal.Signals, seconds: float) -> None:
    """Ask the process to stop, and after `seconds` end it with everything in its group."""
    if process.poll() is None:
        process.send_signal(with_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    kill_group(process.pid)
    process.wait()


def kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def end_orphans(*, mark: str, variable: str = MARK) -> list[str]:
    """End what an earlier run started under this mark and a crash left behind; returns the names.

    The kernel ends our children with us, but not theirs: a web server's workers live on.
    """
    ended = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(variable) == mark:
                ended.append(process.name())
                process.kill()
                process.wait(10)
        except psutil.Error:
            continue
    return ended


def free_port(preferred: int = 0) -> int:
    """The preferred loopback port if nobody has it, else one that the system picks."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            number: int = probe.getsockname()[1]
            return number
    raise OSError("no loopback port is free")
