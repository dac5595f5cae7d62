"""Loops that go on for days: what may happen to the network, to the process and to its readers meanwhile."""

import os
import re
import signal
import subprocess
import time

import pytest

from countlab import SUMMARY, Counting, account
from labtools import TIME_LIMIT

HERE, THERE, NEXT_HERE = "198.19.128.1", "198.19.128.2", "198.19.128.3"
HERE6, THERE6 = "fd00:e5:80::1", "fd00:e5:80::2"
BEHIND = "198.19.129.1"


class Pair:
    """Two namespaces and a cable, to be pulled at will."""

    def __init__(self, prefix: str) -> None:
        self.here, self.there = f"{prefix}pair-here", f"{prefix}pair-there"

    def up(self) -> None:
        for each in (self.here, self.there):
            subprocess.run(["ip", "netns", "add", each], check=True)
        subprocess.run(["ip", "link", "add", "cable", "netns", self.here, "type", "veth", "peer", "name", "cable",
                        "netns", self.there], check=True)
        for each, own, own6 in ((self.here, HERE, HERE6), (self.there, THERE, THERE6)):
            for words in (f"addr add {own}/24 dev cable", f"addr add {own6}/64 dev cable nodad", "link set cable up",
                          "link set lo up"):
                self.ip(each, words)
        self.ip(self.there, f"addr add {BEHIND}/32 dev lo")
        self.ip(self.here, f"route add {BEHIND}/32 via {THERE}")

    def down(self) -> None:
        for each in (self.here, self.there):
            subprocess.run(["ip", "netns", "del", each], check=False)

    @staticmethod
    def ip(namespace: str, words: str) -> None:
        subprocess.run(["ip", "-n", namespace, *words.split()], check=True)

    def inside(self, *args: str) -> list[str]:
        return ["ip", "netns", "exec", self.here, *args]


@pytest.fixture
def pair(lab):
    made = Pair(lab.prefix)
    try:
        made.up()
        yield made
    finally:
        made.down()


@pytest.fixture
def loop(pair, binary, tmp_path):
    """Starts a loop over the cable, ten probes a second."""
    def start(*args: str, before: tuple[str, ...] = (), **more) -> Counting:
        return Counting(pair.inside(*before, str(binary)), ["-l", "-p", "100", *args], tmp_path, **more)
    return start


def trouble(running: Counting) -> list[str]:
    """What was said while it ran: before the summary and the statistics."""
    return [line for line in running.stderr.splitlines() if line.startswith("echosweep: ")]


def check_trouble(running: Counting, reason: str) -> None:
    begun, over = trouble(running)
    assert re.fullmatch(rf"echosweep: \S+: error while sending ping: {reason}( \(.*\))?", begun), begun
    assert re.fullmatch(rf"echosweep: sending works again: \d+ probes were not sent in \d+\.\d s \({reason}\)", over)


def check_order(running: Counting) -> None:
    """Every number has come to its end, without a gap."""
    numbers = sorted({event["seq"] for kind in ("resp", "timeout", "sendError") for event in running.events(kind)})
    assert numbers == list(range(len(numbers)))


@pytest.mark.parametrize("target", [THERE, THERE6])
def test_an_interface_goes_down_and_comes_back(pair, loop, target):
    with loop(target) as running:
        running.wait_for("resp", 5)
        pair.ip(pair.here, "link set cable down")
        running.wait_for("sendError", 10)
        pair.ip(pair.here, "link set cable up")
        pair.ip(pair.here, f"addr replace {HERE6}/64 dev cable nodad")
        running.wait_for("resp", 10)
        sums = running.finish(signal.SIGINT)
    check_trouble(running, "Network is unreachable")
    check_order(running)
    assert running.process.returncode == 0
    assert sums["not_sent"] >= 10 and sums["received"] >= 15 and sums["timeouts"] <= 3, sums


def test_a_cable_is_pulled(pair, loop):
    """The interface stays up, nobody answers: probes time out, and nothing is said but that."""
    with loop(THERE) as running:
        running.wait_for("resp", 5)
        pair.ip(pair.there, "link set cable down")
        running.wait_for("timeout", 10)
        pair.ip(pair.there, "link set cable up")
        running.wait_for("resp", 10)
        sums = running.finish(signal.SIGINT)
    check_order(running)
    assert sums["timeouts"] >= 10 and sums["received"] >= 15, sums


def test_an_address_changes(pair, loop):
    with loop(THERE) as running:
        running.wait_for("resp", 5)
        pair.ip(pair.here, f"addr add {NEXT_HERE}/24 dev cable")
        pair.ip(pair.here, f"addr del {HERE}/24 dev cable")
        running.wait_for("resp", 20)
        # With the first address its subnet's second ones may go: then it is set once more.
        sums = running.finish(signal.SIGINT)
    check_order(running)
    assert sums["received"] >= 25 and sums["sent"] + sums["not_sent"] - sums["received"] <= 15, sums
    assert len(trouble(running)) in (0, 2), trouble(running)


@pytest.mark.parametrize(("kind", "reason"), [
    ("unreachable", "No route to host"), ("blackhole", r".*blackhole.*"), ("prohibit", ".*prohibit.*")])
def test_a_route_goes_and_comes_back(pair, loop, kind, reason):
    with loop(BEHIND) as running:
        running.wait_for("resp", 5)
        pair.ip(pair.here, f"route replace {kind} {BEHIND}/32")
        running.wait_for("sendError", 10)
        pair.ip(pair.here, f"route del {kind} {BEHIND}/32")
        pair.ip(pair.here, f"route replace {BEHIND}/32 via {THERE}")
        running.wait_for("resp", 10)
        sums = running.finish(signal.SIGINT)
    check_trouble(running, reason)
    check_order(running)
    assert sums["not_sent"] >= 10 and sums["received"] >= 15, sums


def test_a_stopped_process_does_not_make_up_for_it(loop):
    with loop(THERE, THERE6) as running:
        running.wait_for("resp", 10)
        running.process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        before = len(running.events("resp"))
        running.process.send_signal(signal.SIGCONT)
        time.sleep(1)
        after = len(running.events("resp")) - before
        sums = running.finish(signal.SIGINT)
    check_order(running)
    assert 10 <= after <= 26, "twenty are due in a second"
    assert sums["received"] == sums["sent"] - sums["in_flight"], sums


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_with_a_summary(loop, number, code):
    with loop(THERE) as running:
        running.wait_for("resp", 5)
        sums = running.finish(number)
    assert running.process.returncode == code
    assert len(SUMMARY.findall(running.stderr)) == 1
    assert sums["in_flight"] == 0, "what was on its way is waited for"


def test_a_second_signal_does_not_wait(loop, pair):
    pair.ip(pair.there, "link set cable down")
    with loop("-t", "60000", THERE) as running:
        time.sleep(1)
        running.process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert running.process.poll() is None, "what is on its way is waited for"
        begun = time.monotonic()
        sums = running.finish(signal.SIGINT)
    assert time.monotonic() - begun < 2
    assert sums["in_flight"] >= 5 and sums["timeouts"] == 0, sums


def test_quit_asks_for_the_figures_so_far(loop):
    with loop(THERE) as running:
        running.wait_for("resp", 5)
        for _ in range(2):
            running.process.send_signal(signal.SIGQUIT)
            running.wait_for("resp", 5)
        sums = running.finish(signal.SIGINT)
    reports = re.findall(r"^\[\d\d:\d\d:\d\d\]\n(.*)\n", running.stderr, re.M)
    figures = [SUMMARY.fullmatch(report) for report in reports]
    assert len(figures) == 2 and all(figures), running.stderr
    (_, xmt, rcv, _), (_, xmt_then, rcv_then, _) = (each.groups() for each in figures)
    assert xmt == rcv and xmt_then == rcv_then and 4 <= int(xmt) and 4 <= int(xmt_then)
    assert int(rcv) + int(rcv_then) <= sums["received"], "each interval has its own"


def test_a_blocked_output_loses_nothing(loop):
    """Nobody reads for 2 s; far more lines than the pipe holds wait for it."""
    with loop("-p", "1", THERE, THERE6, stdout=subprocess.PIPE, text=True) as running:
        time.sleep(2.5)
        running.process.send_signal(signal.SIGINT)
        lines = running.process.stdout.readlines()
        sums = running.finish()
    assert len([line for line in lines if " : [" in line]) == sums["sent"]
    assert sums["received"] == sums["sent"] > 2_000 and sums["dropped"] == 0, sums


def shell(pair, binary, script: str) -> subprocess.CompletedProcess:
    return subprocess.run(pair.inside("bash", "-c", script, "bash", str(binary)), text=True, capture_output=True,
                          timeout=TIME_LIMIT, check=False)


def test_head_ends_it_quietly(pair, binary):
    result = shell(pair, binary, f'"$1" -l -p 10 {THERE} | head -1; echo "exit ${{PIPESTATUS[0]}}"')
    line, end = result.stdout.splitlines()
    assert line.startswith(f"{THERE} : [0], 64 bytes, ") and end == "exit 141"
    assert not trouble_in(result.stderr), result.stderr


def trouble_in(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("echosweep: ")]


def test_a_full_disk_is_said(pair, binary):
    result = shell(pair, binary, f'"$1" -l -p 10 {THERE} > /dev/full')
    assert result.returncode == 4
    line, = trouble_in(result.stderr)
    assert "No space left on device" in line


def memory(process: subprocess.Popen) -> int:
    status = open(f"/proc/{process.pid}/status", encoding="utf-8").read()
    return int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.M)[1])


def test_memory_does_not_grow(pair, binary, tmp_path):
    """Four thousand probes a second; what a quarter of a minute adds, days would add without end."""
    with open(tmp_path / "stderr", "w+", encoding="utf-8") as err:
        process = subprocess.Popen(pair.inside(str(binary), "-l", "-q", "-s", "-p", "1", THERE, THERE6, HERE, BEHIND),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err)
        try:
            time.sleep(5)
            early = memory(process)
            time.sleep(15)
            late = memory(process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=TIME_LIMIT)
        err.seek(0)
        sums = account(err.read())
    print(f"\n{sums['sent']} probes; {early} KiB after 5 s, {late} KiB after 20 s")
    assert sums["sent"] > 40_000 and sums["received"] == sums["sent"]
    assert late <= early + 64
