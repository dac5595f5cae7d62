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


# What the firewall's output hook sees is sent by raw sockets; frames pass it by.
CASES = [(tx, *case) for case in REFUSED for tx in ("raw", "packet") if (tx, case[1]) != ("packet", "EPERM")]


@pytest.mark.parametrize(("tx", "prefix", "name", "text", "advice"), CASES, ids=[f"{c[0]}-{c[2]}-{c[1]}" for c in CASES])
def test_refused_by_the_kernel(lab, tx, prefix, name, text, advice):
    alive = "198.19.1.0/24" if ":" not in prefix else "fd00:e5:19:1::/120"
    sweep = lab.sweep("-r", "1", "--rate", "5k", "--tx", tx, prefix, alive)
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


def test_others_have_filled_the_neighbour_table(lab):
    """By raw sockets the kernel must hold each neighbour: who is there is found in the end, or unsent, never dead."""
    there, nobody = expand(["240.1.3.0/26"]), expand(["240.1.131.0/26"])
    strangers = [f"neigh add 240.1.{n // 250}.{n % 250 + 1} lladdr 02:e5:00:00:03:77 dev lan0 nud reachable"
                 for n in range(200 * 250, 200 * 250 + 1_200)]
    try:
        subprocess.run(["ip", "-n", lab.prefix + "scanner", "-force", "-batch", "-"], input="\n".join(strangers) + "\n",
                       text=True, capture_output=True, check=False)
        sweep = lab.sweep("-r", "0", "--tx", "raw", "--rate", "5k", "240.1.3.0/26", "240.1.131.0/26")
    finally:
        lab.run_inside("scanner", "ip", "neigh", "flush", "dev", "lan0", "nud", "all")
        lab.run_inside("scanner", "ip", "neigh", "replace", "240.0.1.2", "lladdr", "02:e5:00:00:03:02", "dev", "lan0",
                       "nud", "permanent")
    alive, unsent = sweep.in_state("alive"), sweep.in_state("unsent")
    assert alive <= there
    assert there <= alive | unsent, f"{len(there - alive - unsent)} hosts look dead\n{sweep.stderr}"
    assert sweep.in_state("silent") <= nobody
    assert {sweep.hosts[a]["reason"] for a in unsent} <= {"unsent: neighbour table full"}


def test_too_big_for_the_link(lab):
    sweep = lab.sweep("-M", "-b", "2000", "-r", "0", "198.19.1.0/28")
    sweep.expect_exactly(unsent=expand(["198.19.1.0/28"]))
    assert set(sweep.accounting["send_errors"]) == {"EMSGSIZE"}


@pytest.mark.parametrize("prefix", ["198.19.1.0/28", "fd00:e5:19:1::/124"])
def test_fragments_go_and_come(lab, prefix):
    sweep = lab.sweep("-b", "4000", "-r", "1", "--rate", "1k", prefix)
    sweep.expect_exactly(alive=expand([prefix]))
