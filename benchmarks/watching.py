"""Programs that a benchmark has started: when they answer, and what they cost."""

import time
import urllib.request

import psutil


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def processor_seconds(process: psutil.Process) -> float:
    """User and system time of a program and all its children so far, also of those that ended."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
