"""What a crash leaves behind is found and ended, and nothing else."""

import subprocess
import sys

from marketplace.local.programs import MARK, Program, end_orphans, free_port, start

# A web server and its worker: the worker outlives a server that is killed.
SERVER = (
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
)


def marked(name: str) -> Program:
    return Program(name, [sys.executable, "-c", SERVER])


def test_orphans_of_a_killed_server_are_ended(tmp_path, eventually):
    server = start(marked("server"), mark=str(tmp_path), output=subprocess.DEVNULL)
    other = start(marked("other"), mark="somebody else", output=subprocess.DEVNULL)
    try:
        eventually(lambda: len(marked_processes(str(tmp_path))) == 2)
        server.kill()
        server.wait()
        assert len(end_orphans(mark=str(tmp_path))) == 1
        assert marked_processes(str(tmp_path)) == []
        assert other.poll() is None
    finally:
        end_orphans(mark="somebody else")
        other.wait()


def marked_processes(mark: str) -> list[int]:
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def test_a_taken_port_is_not_given_out():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        assert free_port(number) != number
    assert free_port(number) == number
