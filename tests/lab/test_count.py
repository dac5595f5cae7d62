"""Counts against kernels: each form of the probe, each way to name a target."""

import re
import signal

import pytest

from countlab import Counting
from labtools import HERE, PeerProcess

ALIVE, ALSO_ALIVE, SILENT, UNREACHABLE = "198.19.1.1", "198.19.1.102", "198.19.2.1", "198.19.3.1"
ALIVE6, SILENT6, UNREACHABLE6 = "fd00:e5:19:1::1", "fd00:e5:19:2::1", "fd00:e5:19:3::1"
TWICE, NOBODY = "198.18.0.1", "198.18.99.1"  # in the `tun` namespace, as fping_peer.toml has them
ROUNDS = 4


@pytest.fixture
def count(lab, tmp_path):
    """Runs a count to its end: (the run, its account)."""
    def run(*args: str):
        # Who answers does so at once; but a machine may stand still for longer than a period.
        with Counting(lab.inside("scanner", str(lab.binary)), ["-c", str(ROUNDS), "-p", "50", "-t", "1000", *args],
                      tmp_path) as running:
            sums = running.finish()
            return running, sums
    return run


def replies(running: Counting, host: str) -> list[tuple[int, float | None]]:
    return [(event["seq"], event["rtt"]) for event in running.events("resp") if event["host"] == host]


def check_alive(running: Counting, *hosts: str) -> None:
    for host in hosts:
        found = replies(running, host)
        assert [number for number, _ in found] == list(range(ROUNDS)), (host, found)
        assert all(rtt is not None and 0 < rtt < 1000 for _, rtt in found), (host, found)


def test_a_late_reply_is_its_probes(lab, tmp_path):
    """450 ms, where 100 are allowed: shown as late, credited, and counted as late in -s and in JSON, by target and in all."""
    with PeerProcess(lab, HERE / "scenarios" / "late.toml", tmp_path), \
         Counting(lab.inside("tun", str(lab.binary)), ["-c", str(ROUNDS), "-p", "200", "-t", "100", "198.18.0.1", "fd00:e5:18::1"],
                  tmp_path) as running:
        # The timeouts end the run, and the last replies are later.
        sums = running.finish()
    late = [event for event in running.events("resp") if event.get("late")]
    assert len(late) == sums["late"] == sums["received"] >= 2, running.stderr
    assert sums["timeouts"] == 2 * ROUNDS and sums["in_time"] == 0
    assert all(event["rtt"] > 400 for event in late)
    assert sum(summary["late"] for summary in running.events("summary")) == sums["late"]
    assert sum(summary["rcv"] for summary in running.events("summary")) == sums["late"]
    account, = re.findall(r'"late":\s*(\d+)', running.json_file.read_text(encoding="utf-8").splitlines()[-1])
    assert int(account) == sums["late"]
    lines = running.out.read_text(encoding="utf-8").splitlines()
    assert sum(line.endswith(" (late)") for line in lines) == sums["late"]


@pytest.mark.parametrize("mode", [["-c", "3"], ["-l"]])
def test_a_duplicate_is_no_second_reply(lab, tmp_path, mode):
    with PeerProcess(lab, HERE / "fping_peer.toml", tmp_path), \
         Counting(lab.inside("tun", str(lab.binary)), [*mode, "-p", "100", "-t", "2000", TWICE, NOBODY], tmp_path) as running:
        running.wait_for("resp", 4)
        # The silent one keeps it waiting for the second copies.
        sums = running.finish(*([signal.SIGINT] if mode == ["-l"] else []))
    assert sums["received"] == 2 * sums["duplicates"] >= 4, running.stderr
    assert running.stderr.count(f"{TWICE} : duplicate for [") == sums["duplicates"], running.stderr
    lines = running.out.read_text(encoding="utf-8").splitlines()
    assert sum(line.startswith(f"{TWICE} ") for line in lines) == sums["duplicates"], lines


def test_both_families_and_all_fates(count):
    hosts = [ALIVE, SILENT, UNREACHABLE, ALIVE6, SILENT6, UNREACHABLE6]
    running, sums = count(*hosts)
    check_alive(running, ALIVE, ALIVE6)
    assert (sums["alive"], sums["silent"], sums["unreachable"]) == (2, 2, 2)
    assert sums["timeouts"] == 4 * ROUNDS and 2 <= sums["icmp_errors"] <= 2 * ROUNDS
    assert {event["host"] for event in running.events("icmpError")} == {UNREACHABLE, UNREACHABLE6}
    assert running.process.returncode == 1
    lines = running.out.read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(hosts) * ROUNDS
    assert sum("timed out" in line for line in lines) == 4 * ROUNDS


@pytest.mark.parametrize("size", ["0", "12", "15", "16", "40", "1400"])
def test_any_size(count, size):
    """Without room for a tag, a probe is known by its sequence number, and its round trip all the same."""
    running, sums = count("-b", size, "198.19.1.0/28", "fd00:e5:19:1::/124")
    assert sums["alive"] == 32 and sums["received"] == sums["sent"] == 32 * ROUNDS
    check_alive(running, ALIVE, ALIVE6, "198.19.1.15")
    assert {event["size"] for event in running.events("resp")} == {int(size) + 8}


def test_timestamp_requests(count):
    running, sums = count("--icmp-timestamp", ALIVE, ALSO_ALIVE)
    assert sums["received"] == sums["sent"] == 2 * ROUNDS
    check_alive(running, ALIVE, ALSO_ALIVE)
    for line in running.out.read_text(encoding="utf-8").splitlines():
        stamps = re.search(r" ms \(\S+ avg, 0% loss\), timestamps: Originate=(\d+) Receive=(\d+) Transmit=(\d+) "
                           r"Localreceive=(\d+)$", line)
        assert stamps, line
        originate, receive, transmit, local = map(int, stamps.groups())
        assert originate <= receive + 1 and receive <= transmit <= local + 1 and local - originate < 1000, line


def test_only_the_targets_own_replies(count):
    running, sums = count("--check-source", ALIVE, ALIVE6, SILENT)
    check_alive(running, ALIVE, ALIVE6)
    assert sums["received"] == 2 * ROUNDS and sums["timeouts"] == ROUNDS


@pytest.mark.parametrize(("options", "target", "hosts"), [
    ([], "alive.lab.example", ["alive.lab.example"]),
    (["-4"], "many.lab.example", ["many.lab.example"]),
    (["-m"], "many.lab.example", ["many.lab.example"]),
    (["-m", "-A"], "many.lab.example", ["198.19.1.11", "198.19.1.12", "fd00:e5:19:1::11"]),
    (["-6", "-A"], "many.lab.example", ["fd00:e5:19:1::11"]),
    (["-A"], "alive.lab.example", [ALIVE]),
    (["-n"], ALIVE, ["alive.lab.example"]),
    (["-d"], ALIVE, ["alive.lab.example"]),
    (["-n", "-A"], ALIVE, [f"alive.lab.example ({ALIVE})"])])
def test_names(count, options, target, hosts):
    running, sums = count(*options, target)
    assert sums["received"] == sums["sent"] == ROUNDS * sums["targets"] >= ROUNDS * len(hosts)
    assert {event["host"] for event in running.events("resp")} == set(hosts)
    lines = running.out.read_text(encoding="utf-8").splitlines()
    assert len(lines) == sums["sent"]
    assert all(any(line.startswith(f"{host} ") for host in hosts) for line in lines), lines
