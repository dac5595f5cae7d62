"""Reverse DNS that answers late: lines wait for their names, none is lost, and two signals end the wait."""

import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest
from conftest import PROGRAM, TIME_LIMIT

NO_SUCH_NAME = b"\x81\x83"
# More than the 4,096 lines that may wait for names at once.
MANY = "127.1.0.0/19"


class NameServer:
    """Says "no such name" to whatever it is asked, `delay` seconds after the first of a bunch of questions."""

    def __init__(self, delay):
        self.delay = delay
        self.asked = threading.Event()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 53))
        self.thread = threading.Thread(target=self.serve)

    def serve(self):
        waiting = []
        while True:
            self.socket.settimeout(self.delay if waiting else None)
            try:
                question, who = self.socket.recvfrom(512)
            except TimeoutError:
                question = None
            if question == b"end":
                return
            self.asked.set()
            if question is not None:
                waiting.append((question, who))
            if question is None or len(waiting) == 256:  # as many as are asked at once
                for text, asker in waiting:
                    self.socket.sendto(text[:2] + NO_SUCH_NAME + text[4:6] + bytes(6) + text[12:], asker)
                waiting = []

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.socket.sendto(b"end", ("127.0.0.1", 53))
        self.thread.join()
        self.socket.close()


def pending_signals(pid):
    status = dict(line.split(":\t") for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return status["ShdPnd"]


@pytest.fixture(autouse=True)
def own_port_53(monkeypatch):
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 53))
    except OSError as error:
        pytest.skip(f"no name server can be played here: {error}")


def test_no_line_is_lost_while_names_are_awaited(echosweep, tmp_path):
    with NameServer(delay=0.05):
        result = echosweep("-d", "--rate", "max", "--alive-file", "alive.txt", MANY)
    assert (result.err, result.code) == ("", 0)
    assert len(set(result.lines)) == len(result.lines) == 8192
    assert len((tmp_path / "alive.txt").read_text().splitlines()) == 8192


def test_a_second_signal_ends_the_wait_for_names():
    with NameServer(delay=3600) as server:
        with subprocess.Popen([PROGRAM, "-d", "-s", "--rate", "max", "127.1.0.0/22"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert server.asked.wait(TIME_LIMIT)
            process.send_signal(signal.SIGTERM)
            # Two that come at once may be one: wait until the kernel has delivered the first.
            while int(pending_signals(process.pid), 16) >> (signal.SIGTERM - 1) & 1:
                pass
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 128 + signal.SIGTERM
    assert "accounting: 1024 targets = 1024 alive" in err
    assert len(out.splitlines()) == 1024
