"""Reverse DNS that answers late: lines wait for their names, none is lost, and two signals end the wait."""

import csv
import json
import signal
import socket
import subprocess
import threading
import xml.etree.ElementTree
from pathlib import Path

import pytest
from conftest import PROGRAM, TIME_LIMIT

NO_SUCH_NAME = b"\x81\x83"
# More than the 4,096 lines that may wait for names at once.
MANY = "127.1.0.0/19"


# What whoever owns an address may call it: markup, quotes, a terminal's escapes, ends of lines and fields.
HOSTILE = b"\x1b[31m\"q\",<b>&'\r\n\t)\xff", b"example"


def no_such_name(question):
    return question[:2] + NO_SUCH_NAME + question[4:6] + bytes(6) + question[12:]


def answer(*labels):
    """That the address is called so (RFC 1035 4.1: a pointer to the question, PTR, IN, an hour)."""
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    record = b"\xc0\x0c\0\x0c\0\1\0\0\x0e\x10" + len(name).to_bytes(2, "big") + name
    return lambda question: question[:2] + b"\x81\x80" + b"\0\1\0\1" + bytes(4) + question[12:] + record


class NameServer:
    """Gives `reply` to whatever it is asked, `delay` seconds after the first of a bunch of questions."""

    def __init__(self, delay, reply=no_such_name):
        self.delay = delay
        self.reply = reply
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
                    self.socket.sendto(self.reply(text), asker)
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
    # A batch: all of them have left when the first reply makes us ask for a name.
    with NameServer(delay=3600) as server:
        with subprocess.Popen([PROGRAM, "-d", "-s", "--rate", "max", "127.1.0.0/26"], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert server.asked.wait(TIME_LIMIT)
            process.send_signal(signal.SIGTERM)
            # Two that come at once may be one: wait until the kernel has delivered the first.
            while int(pending_signals(process.pid), 16) >> (signal.SIGTERM - 1) & 1:
                pass
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 128 + signal.SIGTERM
    assert "accounting: 64 targets = 64 alive" in err
    assert len(out.splitlines()) == 64


@pytest.mark.parametrize("labels", [HOSTILE, (b"<script>", b"example"), (b"a b", b"example"), (b"a\nb",), (b"\x9b31m",)])
def test_a_hostile_name_is_no_name(echosweep, tmp_path, labels):
    """What no host may be called (RFC 1123 2.1) stops at the resolver, and stands in no output."""
    with NameServer(delay=0.01, reply=answer(*labels)):
        result = echosweep("-d", "-A", "--json", "run.json", "--csv", "run.csv", "--xml", "run.xml", "--grepable", "run.gnmap",
                           "127.1.2.3")
    assert (result.out, result.err, result.code) == ("127.1.2.3 (127.1.2.3) is alive\n", "", 0)
    assert "name" not in json.loads((tmp_path / "run.json").read_text().splitlines()[1])
    rows = list(csv.DictReader((tmp_path / "run.csv").read_text().splitlines()))
    assert [(row["address"], row["name"]) for row in rows] == [("127.1.2.3", "")]
    hosts = xml.etree.ElementTree.parse(tmp_path / "run.xml").findall("host")
    assert [(host.find("address").get("addr"), host.findall("hostnames/hostname")) for host in hosts] == [("127.1.2.3", [])]
    assert "Host: 127.1.2.3 ()\tStatus: Up\n" in (tmp_path / "run.gnmap").read_text()


def test_a_name_of_the_unusual_kind_is_one(echosweep):
    with NameServer(delay=0.01, reply=answer(b"_gate-1", b"example")):
        result = echosweep("-d", "127.1.2.3")
    assert (result.out, result.err, result.code) == ("_gate-1.example is alive\n", "", 0)
