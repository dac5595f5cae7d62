"""Every kind of link works with no flag, and a reply that several interfaces show is counted once."""

import subprocess

import pytest

from labtools import expand

LINKS = {
    "veth": ["198.19.1.0/24", "fd00:e5:19:1::/120"],
    "bridge": ["240.2.0.0/24", "fd00:e5:19:b::/120"],
    "macvlan": ["240.3.0.0/24", "fd00:e5:19:c::/120"],
    "loopback": ["127.0.0.0/24", "::1/128"],
    "on-link": ["240.1.0.0/25"],
}
# One that never answers keeps the run open until every second copy is in.
SILENT = "198.19.2.1"


@pytest.mark.parametrize("link", LINKS)
def test_each_reply_counts_once(lab, link):
    sweep = lab.sweep("--rate", "5k", "-r", "0", *LINKS[link], SILENT)
    expected = expand(LINKS[link])
    sweep.expect_exactly(alive=expected, silent={SILENT})
    assert sweep.accounting["echo_replies"] == len(expected)
    assert sweep.accounting["extra"] == 0


def test_several_links_in_one_run(lab):
    targets = [prefix for prefixes in LINKS.values() for prefix in prefixes]
    sweep = lab.sweep("--rate", "5k", "-r", "0", *targets, SILENT)
    sweep.expect_exactly(alive=expand(targets), silent={SILENT})
    assert sweep.accounting["extra"] == 0
    assert sweep.accounting["echo_replies"] == len(expand(targets))


@pytest.mark.parametrize(("interface", "answers"), [("up0", True), ("lo", False)])
def test_iface_binds(lab, interface, answers):
    """198.19.1.0/28 lies behind up0; bound to another link, there is no way there."""
    sweep = lab.sweep("-I", interface, "-r", "0", "-t", "200ms", "198.19.1.0/28")
    assert sweep.in_state("alive") == (expand(["198.19.1.0/28"]) if answers else set())


def test_source_address(lab):
    subprocess.run(["ip", "-n", lab.prefix + "scanner", "addr", "add", "198.19.0.17/32", "dev", "lo"], check=True)
    subprocess.run(["ip", "-n", lab.prefix + "router", "route", "replace", "198.19.0.17/32", "via", "198.19.0.1"],
                   check=True)
    subprocess.run(["ip", "-n", lab.prefix + "hosts", "route", "replace", "198.19.0.17/32", "via", "198.19.0.5"],
                   check=True)
    try:
        sweep = lab.sweep("-S", "198.19.0.17", "-r", "1", "198.19.1.0/26", "198.19.3.0/28")
    finally:
        subprocess.run(["ip", "-n", lab.prefix + "scanner", "addr", "del", "198.19.0.17/32", "dev", "lo"], check=True)
    sweep.expect_exactly(alive=expand(["198.19.1.0/26"]), unreachable=expand(["198.19.3.0/28"]))


def vlan_works(lab) -> bool:
    """Not every kernel is built with 802.1Q."""
    probe = subprocess.run(["ip", "-n", lab.prefix + "scanner", "link", "add", "link", "lower0", "name", "vlan7",
                            "type", "vlan", "id", "7"], capture_output=True, check=False)
    return probe.returncode == 0


def test_a_vlan(lab):
    """Where the kernel has VLANs; the macvlan above is the same case for the capture: a reply shows up twice."""
    if not vlan_works(lab):
        macvlan = lab.sweep("--rate", "5k", "-I", "mv0", *LINKS["macvlan"], SILENT)
        assert macvlan.accounting["extra"] == 0
        return
    hosts, scanner = lab.prefix + "hosts", lab.prefix + "scanner"
    try:
        for command in (f"-n {hosts} link add link lan2 name vlan7 type vlan id 7",
                        f"-n {hosts} link set vlan7 up", f"-n {hosts} addr add 240.0.7.2/30 dev vlan7",
                        f"-n {hosts} route add local 240.7.0.0/24 dev lo",
                        f"-n {scanner} link set vlan7 up", f"-n {scanner} addr add 240.0.7.1/30 dev vlan7",
                        f"-n {scanner} route add 240.7.0.0/24 via 240.0.7.2"):
            subprocess.run(["ip", *command.split()], check=True)
        sweep = lab.sweep("--rate", "5k", "-r", "0", "240.7.0.0/24", SILENT)
    finally:
        subprocess.run(["ip", "-n", scanner, "link", "del", "vlan7"], check=False)
        subprocess.run(["ip", "-n", hosts, "link", "del", "vlan7"], check=False)
    sweep.expect_exactly(alive=expand(["240.7.0.0/24"]), silent={SILENT})
    assert sweep.accounting["extra"] == 0
