"""Targets that the kernel does not let us ask are `unsent`, with the reason: never dead, never lost."""

import subprocess

import pytest

from labtools import expand

REFUSED = [
    # prefix, errno, what strerror says, and what the advice names
    ("198.19.64.0/24", "EPERM", "Operation not permitted", "nft"),
    ("fd00:e5:19:40::/120", "EPERM", "Operation not permitted", "nft"),
    ("198.19.65.0/24", "EINVAL", "Invalid argument", "blackhole"),
    ("fd00:e5:19:41::/120", "EINVAL", "Invalid argument", "blackhole"),
    ("198.19.66.0/24", "EACCES", "Permission denied", "prohibit"),
    ("fd00:e5:19:42::/120", "EACCES", "Permission denied", "prohibit"),
    ("198.19.67.0/24", "EHOSTUNREACH", "No route to host", "ip route get"),
    ("198.19.68.0/24", "ENETUNREACH", "Network is unreachable", "ip route get"),
    ("fd00:e5:19:44::/120", "ENETUNREACH", "Network is unreachable", "ip route get"),
]


@pytest.mark.parametrize(("prefix", "name", "text", "advice"), REFUSED, ids=[f"{r[1]}-{r[0]}" for r in REFUSED])
def test_refused_by_the_kernel(lab, prefix, name, text, advice):
    alive = "198.19.1.0/24" if ":" not in prefix else "fd00:e5:19:1::/120"
    sweep = lab.sweep("-r", "1", "--rate", "5k", prefix, alive)
    sweep.expect_exactly(unsent=expand([prefix]), alive=expand([alive]))
    assert sweep.exit == 1
    assert sweep.accounting["send_errors"][name] >= 256
    assert set(sweep.accounting["send_errors"]) == {name}
    assert {sweep.hosts[address]["reason"] for address in expand([prefix])} == {f"unsent: {text}"}
    shown = [line for line in sweep.stderr.splitlines() if line.startswith("echosweep: ")]
    assert any(text in line and advice in line for line in shown), sweep.stderr
    # A few lines, not one for each target.
    assert len(shown) <= 12
    assert sweep.accounting["probes_by_pass"][0] == 256


def test_a_dead_link_is_not_a_dead_host(lab):
    """No carrier behind the bridge: its targets are not alive, everyone else is, and the sums are right."""
    subprocess.run(["ip", "-n", lab.prefix + "hosts", "link", "set", "lan1", "down"], check=True)
    try:
        sweep = lab.sweep("-r", "0", "240.2.0.0/28", "198.19.1.0/28")
    finally:
        subprocess.run(["ip", "-n", lab.prefix + "hosts", "link", "set", "lan1", "up"], check=True)
        lab.run_inside("hosts", "ip", "neigh", "replace", "240.0.2.1", "lladdr", "02:e5:00:00:04:01", "dev", "lan1",
                       "nud", "permanent")
        lab.run_inside("hosts", "ip", "addr", "replace", "fd00:e5:0:b::2/64", "dev", "lan1", "nodad")
        lab.run_inside("hosts", "ip", "neigh", "replace", "fd00:e5:0:b::1", "lladdr", "02:e5:00:00:04:01", "dev",
                       "lan1", "nud", "permanent")
    assert sweep.in_state("alive") == expand(["198.19.1.0/28"])


def test_the_neighbour_table_overflows(lab):
    """A /16 on the wire, half of it there: each host that is there is alive or unsent, and the run ends.

    The link's broadcast address is no target, since nobody named it singly."""
    there, nobody = expand(["240.1.0.0/17"]), expand(["240.1.128.0/17"])
    try:
        sweep = lab.sweep("-q", "-r", "1", "--rate", "20k", "240.1.0.0/16")
    finally:
        lab.run_inside("scanner", "ip", "neigh", "flush", "dev", "lan0")
        lab.run_inside("hosts", "ip", "neigh", "flush", "dev", "lan0")
    alive, unsent = sweep.in_state("alive"), sweep.in_state("unsent")
    # Our own address is in there, and answers.
    assert alive <= there | {"240.1.255.254"}
    assert there <= alive | unsent, f"{len(there - alive - unsent)} hosts look dead\n{sweep.stderr}"
    assert sweep.in_state("unreachable") | sweep.in_state("silent") <= nobody
    # 1,024 unless the machine is set up for more.
    if len(unsent) > 0:
        full = {a for a in unsent if sweep.hosts[a]["reason"] == "unsent: neighbour table full"}
        assert full == unsent, {sweep.hosts[a]["reason"] for a in unsent - full}
        assert "gc_thresh3" in sweep.stderr
    assert len(alive) >= 256, "the table was full before this began"


def test_too_big_for_the_link(lab):
    sweep = lab.sweep("-M", "-b", "2000", "-r", "0", "198.19.1.0/28")
    sweep.expect_exactly(unsent=expand(["198.19.1.0/28"]))
    assert set(sweep.accounting["send_errors"]) == {"EMSGSIZE"}


@pytest.mark.parametrize("prefix", ["198.19.1.0/28", "fd00:e5:19:1::/124"])
def test_fragments_go_and_come(lab, prefix):
    sweep = lab.sweep("-b", "4000", "-r", "1", "--rate", "1k", prefix)
    sweep.expect_exactly(alive=expand([prefix]))
