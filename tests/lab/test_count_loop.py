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
BEHIND, SILENT = "198.19.129.1", "198.19.130.1"


class Pair:
    """Two namespaces and a cable, to be pulled at will."""

    def __init__(self, prefix: str) -> None:
        self.here, self.there = f"{prefix}pair-here", f"{prefix}pair-there"

    def up(self) -> None:
        for each in (self.here, self.there):
            subprocess.run(["ip", "netns", "add", each], check=True)
            # IPv6 addresses that can be used at once, also after the cable was pulled.
            subprocess.run(["ip", "netns", "exec", each, "sh", "-c",
                            "for each in accept_dad dad_transmits router_solicitations; do "
                            "echo 0 >/proc/sys/net/ipv6/conf/default/$each; done; "
                            # An address that goes leaves the others of its network.
                            "echo 1 >/proc/sys/net/ipv4/conf/default/promote_secondaries"], check=True)
        subprocess.run(["ip", "link", "add", "cable", "netns", self.here, "type", "veth", "peer", "name", "cable",
                        "netns", self.there], check=True)
        for each, own, own6 in ((self.here, HERE, HERE6), (self.there, THERE, THERE6)):
            for words in (f"addr add {own}/24 dev cable", f"addr add {own6}/64 dev cable nodad", "link set cable up",
                          "link set lo up"):
                self.ip(each, words)
        self.ip(self.there, f"addr add {BEHIND}/32 dev lo")
        for each in (BEHIND, SILENT):
            self.ip(self.here, f"route add {each}/32 via {THERE}")

    def down(self) -> None:
        for each in (self.here, self.there):
            subprocess.run(["ip", "netns", "del", each], check=False)

    @staticmethod
    def ip(namespace: str, words: str) -> None:
        subprocess.run(["ip", "-n", namespace, *words.split()], check=True)

    def cable(self, end: str, state: str) -> None:
        self.ip(end, f"link set cable {state}")
        if (end, state) == (self.here, "up"):  # the kernel forgot it
            self.ip(end, f"addr replace {HERE6}/64 dev cable nodad")

    def inside(self, *args: str) -> list[str]:
        return ["ip", "netns", "exec", self.here, *args]


@pytest.fixture
def pair(lab, binary):
    made = Pair(lab.prefix)
    try:
        made.up()
        # IPv6's first solicitation may be too early, and the next one is a second away.
        ask = made.inside(str(binary), "-q", "-r", "30", "-t", "100ms", THERE, THERE6)
        subprocess.run(ask, check=True, stdin=subprocess.DEVNULL)
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


def check_trouble(running: Counting, *lines: str) -> None:
    """One line for each event, and none besides: of the probes that cannot leave meanwhile, it is the reason."""
    assert trouble(running) == [f"echosweep: {line}" for line in lines]


def wait_for_line(running: Counting, line: str) -> None:
    deadline = time.monotonic() + TIME_LIMIT / 3
    while f"echosweep: {line}" not in trouble(running):
        assert time.monotonic() < deadline, f"it does not say '{line}': {running.stderr}"
        time.sleep(0.02)


def check_order(running: Counting) -> None:
    """Every number has come to its end, without a gap."""
    numbers = sorted({event["seq"] for kind in ("resp", "timeout", "sendError") for event in running.events(kind)})
    assert numbers == list(range(len(numbers)))


DOWN, BACK = "cable went down: probing goes on", "cable is back"
# A count is told the same as a loop.
COUNT = ("-c", "100000")


@pytest.fixture
def runs(pair, binary, tmp_path):
    """Starts a loop or a count over the cable, ten probes a second."""
    def start(mode: tuple[str, ...], *args: str) -> Counting:
        return Counting(pair.inside(str(binary)), [*mode, "-p", "100", *args], tmp_path)
    return start


@pytest.mark.parametrize(("mode", "args"), [
    (("-l",), (THERE,)), (("-l",), (THERE6,)), (COUNT, (THERE,)),
    (("-l",), ("-I", "cable", THERE)), (("-l",), ("-S", HERE, THERE))])
def test_an_interface_goes_down_and_comes_back(pair, runs, mode, args):
    with runs(mode, *args) as running:
        running.wait_for("resp", 5)
        pair.cable(pair.here, "down")
        wait_for_line(running, DOWN)
        running.wait_for("sendError", 10)
        pair.cable(pair.here, "up")
        wait_for_line(running, BACK)
        running.wait_for("resp", 10)
        sums = running.finish(signal.SIGINT)
    check_trouble(running, DOWN, BACK)
    check_order(running)
    assert running.process.returncode == 0
    assert sums["not_sent"] >= 10 and sums["received"] >= 15 and sums["timeouts"] <= 15, sums


@pytest.mark.parametrize(("mode", "target"), [(("-l",), THERE), (("-l",), THERE6), (COUNT, THERE)])
def test_a_cable_is_pulled(pair, runs, mode, target):
    """The interface is up and has no carrier."""
    with runs(mode, target) as running:
        running.wait_for("resp", 5)
        pair.cable(pair.there, "down")
        wait_for_line(running, DOWN)
        running.wait_for("sendError", 10)
        pair.cable(pair.there, "up")
        pair.ip(pair.there, f"addr replace {THERE6}/64 dev cable nodad")
        wait_for_line(running, BACK)
        running.wait_for("resp", 10)
        sums = running.finish(signal.SIGINT)
    check_trouble(running, DOWN, BACK)
    check_order(running)
    assert sums["timeouts"] + sums["not_sent"] >= 10 and sums["received"] >= 15, sums


@pytest.mark.parametrize("mode", [("-l",), COUNT])
def test_an_address_changes(pair, runs, mode):
    with runs(mode, THERE) as running:
        running.wait_for("resp", 5)
        subprocess.run(["ip", "-n", pair.here, "-batch", "-"], check=True, text=True,
                       input=f"addr add {NEXT_HERE}/24 dev cable\naddr del {HERE}/24 dev cable\n")
        wait_for_line(running, f"now sending from {NEXT_HERE} (was {HERE})")
        running.wait_for("resp", 20)
        sums = running.finish(signal.SIGINT)
    check_trouble(running, f"now sending from {NEXT_HERE} (was {HERE})")
    check_order(running)
    assert sums["received"] >= 25 and sums["sent"] + sums["not_sent"] - sums["received"] <= 3, sums


@pytest.mark.parametrize("mode", [("-l",), COUNT])
def test_the_address_asked_for_goes_and_comes_back(pair, runs, mode):
    gone, back = (f"{HERE}, which we send from, is {what}" for what in ("no address of this machine any more", "back"))
    with runs(mode, "-S", HERE, THERE) as running:
        running.wait_for("resp", 5)
        pair.ip(pair.here, f"addr del {HERE}/24 dev cable")
        wait_for_line(running, gone)
        running.wait_for("sendError", 10)
        pair.ip(pair.here, f"addr add {HERE}/24 dev cable")
        wait_for_line(running, back)
        running.wait_for("resp", 10)
        sums = running.finish(signal.SIGINT)
    check_trouble(running, gone, back)
    check_order(running)
    assert sums["not_sent"] >= 10 and sums["received"] >= 15, sums


@pytest.mark.parametrize("mode", [("-l",), COUNT])
@pytest.mark.parametrize(("kind", "words"), [
    ("unreachable", "unreachable"), ("blackhole", "a blackhole"), ("prohibit", "prohibited")])
def test_a_route_goes_and_comes_back(pair, runs, mode, kind, words):
    gone = f"route to {BEHIND} now {words} (was by {THERE} on cable)"
    back = f"route to {BEHIND} now by {THERE} on cable (was {words})"
    with runs(mode, BEHIND) as running:
        running.wait_for("resp", 5)
        pair.ip(pair.here, f"route replace {kind} {BEHIND}/32")
        wait_for_line(running, gone)
        running.wait_for("sendError", 10)
        pair.ip(pair.here, f"route replace {BEHIND}/32 via {THERE}")
        wait_for_line(running, back)
        running.wait_for("resp", 10)
        sums = running.finish(signal.SIGINT)
    check_trouble(running, gone, back)
    check_order(running)
    assert sums["not_sent"] >= 10 and sums["received"] >= 15, sums


def test_a_failure_that_the_network_does_not_explain_has_its_lines(pair, loop):
    """A firewall, here; the routes are as they were."""
    nft = ["ip", "netns", "exec", pair.here, "nft"]
    with loop(THERE) as running:
        running.wait_for("resp", 5)
        subprocess.run([*nft, "add table ip t; add chain ip t o { type filter hook output priority 0; }; "
                              "add rule ip t o icmp type echo-request drop"], check=True)
        running.wait_for("sendError", 5)
        subprocess.run([*nft, "delete table ip t"], check=True)
        running.wait_for("resp", 10)
        running.finish(signal.SIGINT)
    begun, over = trouble(running)
    reason = "Operation not permitted"
    assert re.fullmatch(rf"echosweep: {THERE}: error while sending ping: {reason} \(.*\)", begun), begun
    assert re.fullmatch(rf"echosweep: sending works again: \d+ probes were not sent in \d+\.\d s \({reason}\)", over)


def test_fping_says_nothing_of_changes(pair, binary, tmp_path):
    fping = tmp_path / "fping"
    fping.symlink_to(binary)
    with open(tmp_path / "err", "w+", encoding="utf-8") as err:
        process = subprocess.Popen(pair.inside(str(fping), "-c", "25", "-p", "100", THERE), stderr=err, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert process.stdout.readline().startswith(f"{THERE} : [0]")
        pair.ip(pair.here, f"addr add {NEXT_HERE}/24 dev cable")
        pair.ip(pair.here, f"addr del {HERE}/24 dev cable")
        process.communicate(timeout=TIME_LIMIT)
        err.seek(0)
        assert [line for line in err.read().splitlines() if line and "xmt/rcv" not in line] == []


def test_a_stopped_process_does_not_make_up_for_it(loop):
    with loop("-D", THERE, THERE6) as running:
        running.wait_for("resp", 10)
        running.process.send_signal(signal.SIGSTOP)
        time.sleep(3)
        running.process.send_signal(signal.SIGCONT)
        running.wait_for("resp", 20)
        sums = running.finish(signal.SIGINT)
    check_order(running)
    for host in (THERE, THERE6):
        times = [float(event["timestamp"]) for event in running.events("resp") if event["host"] == host]
        gaps = [then - now for now, then in zip(times, times[1:])]
        print(f"{host}: from {min(gaps):.3f} to {max(gaps):.3f} s")
        assert max(gaps) > 2.9 and min(gaps) > 0.02, gaps
    assert sums["received"] == sums["sent"], sums


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_with_a_summary(loop, number, code):
    with loop(THERE) as running:
        running.wait_for("resp", 5)
        sums = running.finish(number)
    assert running.process.returncode == code
    assert len(SUMMARY.findall(running.stderr)) == 1
    assert sums["in_flight"] == 0, "what was on its way is waited for"
    assert not trouble(running), "it does not take long enough for a word"


def test_a_second_signal_does_not_wait(loop):
    with loop("-t", "60000", SILENT) as running:
        time.sleep(2)
        running.process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + TIME_LIMIT / 3
        while not trouble(running) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert running.process.poll() is None, "what is on its way is waited for"
        line, = trouble(running)
        assert re.fullmatch(r"echosweep: waiting 5\d\.\d s for late replies \(Ctrl-C again: not\)", line), line
        begun = time.monotonic()
        sums = running.finish(signal.SIGINT)
    assert time.monotonic() - begun < 2
    assert sums["in_flight"] >= 5 and sums["timeouts"] == 0, sums


def test_quit_asks_for_the_figures_so_far(loop):
    with loop("-t", "2000", THERE) as running:
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
    """Nobody reads for 2 s; more lines than the pipe holds wait for it, and no more are asked for meanwhile."""
    with loop("-p", "1", "-t", "5000", THERE, THERE6, stdout=subprocess.PIPE, text=True) as running:
        time.sleep(2.5)
        lines = [running.process.stdout.readline() for _ in range(4_000)]
        running.process.send_signal(signal.SIGINT)
        lines += running.process.stdout.readlines()
        sums = running.finish()
    assert len([line for line in lines if " : [" in line]) == sums["sent"]
    assert sums["received"] == sums["sent"] >= 4_000 and sums["dropped"] == sums["timeouts"] == 0, sums


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
        process = subprocess.Popen(pair.inside(str(binary), "-l", "-q", "-s", "-p", "1", "-t", "500", THERE, THERE6, HERE, BEHIND),
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
