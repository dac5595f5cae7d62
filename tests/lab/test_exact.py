"""With the kernel as the peer: who is alive is said exactly, whatever the order, the rate and the network's faults."""

import random

import pytest

from labtools import expand

SILENT4, UNREACHABLE4, PROHIBITED4 = "198.18.224.0/19", "198.18.192.0/20", "198.18.208.0/20"
# Where scattered hosts can live: what lies before the special parts.
LIVELY = 192 * 256
ALIVE_COUNT = 31_007
RUNS = 5
# Nobody alive is asked a second time because the machine stood still: `extra` is exact.
PATIENT = ("-t", "1s")

V6_NETS = ["fd00:e5:18:1::", "fd00:e5:18:2::", "fd00:e5:18:3::"]
ALIVE6_EACH = 3_011
UNREACHABLE6, PROHIBITED6 = "fd00:e5:18:1::c000/116", "fd00:e5:18:1::d000/116"


def address6(net: str, host: int) -> str:
    return f"{net}{host:x}" if host else net


@pytest.fixture(scope="module")
def scattered(lab):
    """The addresses of both families that are alive; the same in every session."""
    dice = random.Random(20_260)
    alive4 = [f"198.18.{host >> 8}.{host & 255}" for host in dice.sample(range(LIVELY), ALIVE_COUNT)]
    alive6 = [address6(net, host) for net in V6_NETS for host in dice.sample(range(LIVELY), ALIVE6_EACH)]
    lab.populate(alive4 + alive6)
    yield set(alive4), set(alive6)
    lab.command("clear")


def check_truth(lab, sweep, alive, may_be_unreachable):
    found = sweep.in_state("alive")
    if found != alive:
        raise AssertionError(f"{len(found - alive)} false alive {sorted(found - alive)[:5]}, "
                             f"{len(alive - found)} false dead {sorted(alive - found)[:5]}; the peer's counters "
                             f"say: {lab.counters('hosts')}\n{sweep.stderr}")
    assert sweep.in_state("unreachable") <= may_be_unreachable
    assert not sweep.in_state("unsent")
    assert sweep.exit == 1
    assert sweep.accounting["extra"] == 0 and sweep.accounting["forged"] == 0
    assert sweep.accounting["capture_drops"] == 0
    # Errors do not end retries: all that did not answer were asked twice.
    assert sweep.accounting["probes_by_pass"][0] == sweep.accounting["targets"]
    assert sweep.accounting["probes_by_pass"][1] >= sweep.accounting["targets"] - len(alive)


@pytest.mark.parametrize("order", ["random", "input"])
def test_scattered_hosts_of_a_16(lab, scattered, order):
    unreachable, prohibited = expand([UNREACHABLE4]), expand([PROHIBITED4])
    for _ in range(RUNS):
        sweep = lab.sweep("--rate", "100k", "-r", "1", *PATIENT, "--order", order, "198.18.0.0/16")
        assert sweep.accounting["targets"] == 65_536
        check_truth(lab, sweep, scattered[0], unreachable | prohibited)
        reasons = {"host-unreachable": unreachable, "admin-prohibited": prohibited}
        for address in sweep.in_state("unreachable"):
            record = sweep.hosts[address]
            assert address in reasons[record["reason"]] and record["from"] == "198.19.0.2", record


@pytest.mark.parametrize("order", ["random", "input"])
def test_scattered_hosts_of_three_112s(lab, scattered, order):
    unreachable, prohibited = expand([UNREACHABLE6]), expand([PROHIBITED6])
    for _ in range(2):
        sweep = lab.sweep("--rate", "100k", "-r", "1", *PATIENT, "--order", order, *(net + "/112" for net in V6_NETS))
        assert sweep.accounting["targets"] == 3 * 65_536
        check_truth(lab, sweep, scattered[1], unreachable | prohibited)
        reasons = {"address-unreachable": unreachable, "admin-prohibited": prohibited}
        for address in sweep.in_state("unreachable"):
            record = sweep.hosts[address]
            assert address in reasons[record["reason"]] and record["from"] == "fd00:e5::1:2", record


@pytest.mark.parametrize("prefix", ["198.19.32.0/19", "fd00:e5:19:20::/115"])
def test_a_fifth_lost_each_way(lab, prefix):
    # A probe's round trip succeeds with 0.64: eight of them find 99.97%.
    sweep = lab.sweep("-a", "--rate", "50k", "-r", "7", "-t", "200ms", "-B", "1.0", prefix)
    lines = sweep.stdout.split()
    assert len(lines) == len(set(lines)), "a host is listed twice"
    assert set(lines) == sweep.in_state("alive") <= expand([prefix])
    assert len(lines) >= 0.998 * 8192, sweep.stderr
    assert sweep.accounting["unreachable"] == sweep.accounting["unsent"] == 0


def test_excluded_targets_get_nothing(lab):
    before = lab.counters("hosts")["InEchos"]
    sweep = lab.sweep("-r", "0", "--exclude", "198.19.1.128/25", "198.19.1.0/24")
    sweep.expect_exactly(alive=expand(["198.19.1.0/25"]))
    assert lab.counters("hosts")["InEchos"] - before == 128


def test_names(lab):
    sweep = lab.sweep("-r", "0", "-t", "300ms", "-m", "many.lab.example", "alive6.lab.example", "silent.lab.example")
    sweep.expect_exactly(alive={"198.19.1.11", "198.19.1.12", "fd00:e5:19:1::11", "fd00:e5:19:1::1"},
                         silent={"198.19.2.1"})
    assert "many.lab.example" in sweep.stdout
    assert sweep.exit == 1


def test_a_name_that_does_not_resolve(lab):
    sweep = lab.sweep("-r", "0", "alive.lab.example", "nobody.lab.example")
    sweep.expect_exactly(alive={"198.19.1.1"})
    assert sweep.exit == 2
    assert "nobody.lab.example" in sweep.stderr
    assert sweep.accounting["unresolved_names"] == 1


def test_reasons(lab):
    sweep = lab.sweep("-r", "1", "-t", "200ms", "--reason", "198.19.1.1", "198.19.2.1", "198.19.3.1", "198.19.4.1")
    assert sweep.stdout.splitlines() == [
        "198.19.1.1 is alive (echo-reply ttl 63)",
        "198.19.2.1 is unreachable (no-response after 2 probes)",
        "198.19.3.1 is unreachable (host-unreachable from 198.19.0.2)",
        "198.19.4.1 is unreachable (admin-prohibited from 198.19.0.2)"]
