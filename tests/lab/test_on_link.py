"""Targets on our own links: who has an address is asked by ARP or ND, and each is what it is, however many."""

import ipaddress
import random
import subprocess
from contextlib import contextmanager

import pytest

from conftest import AS_NOBODY
from labtools import expand

# A link of its own, so that nothing here meets what the lab keeps on lan0.
NETWORK = "240.4.0.0/16"
OURS = "240.4.255.254"
NETWORK6 = "fd00:e5:0:d::/64"
SCANNER_MAC, HOSTS_MAC = "02:e5:00:00:06:01", "02:e5:00:00:06:02"


def batch(lab, role, lines):
    subprocess.run(["ip", "-n", lab.prefix + role, "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                   check=True, capture_output=True)


def nft(lab, role, text):
    lab.run_inside(role, "nft", "-f", "-", input=text)


@pytest.fixture(scope="module")
def link(lab):
    """A veth from scanner to hosts. The hosts know us; we know nobody."""
    subprocess.run(["ip", "link", "add", "lan6", "netns", lab.prefix + "scanner", "address", SCANNER_MAC, "type", "veth",
                    "peer", "name", "lan6", "netns", lab.prefix + "hosts", "address", HOSTS_MAC], check=True)
    batch(lab, "scanner", ["link set lan6 up", f"addr add {OURS}/16 brd + dev lan6",
                           "addr add fd00:e5:0:d::1/64 dev lan6 nodad"])
    batch(lab, "hosts", ["link set lan6 up", f"route add {OURS}/32 dev lan6",
                         "addr add fd00:e5:0:d::2/64 dev lan6 nodad",
                         f"neigh add {OURS} lladdr {SCANNER_MAC} dev lan6 nud permanent",
                         f"neigh add fd00:e5:0:d::1 lladdr {SCANNER_MAC} dev lan6 nud permanent"])
    for role in ("scanner", "hosts"):
        lab.run_inside(role, "tc", "qdisc", "replace", "dev", "lan6", "root", "pfifo", "limit", "1000")
    yield lab
    subprocess.run(["ip", "-n", lab.prefix + "scanner", "link", "del", "lan6"], check=True)


@contextmanager
def alive_on_link(lab, addresses):
    """AnyIP: the hosts answer ARP for what is local to them."""
    batch(lab, "hosts", [f"route add local {address} dev lo" for address in addresses])
    try:
        yield
    finally:
        batch(lab, "hosts", [f"route del local {address} dev lo" for address in addresses])


@contextmanager
def addresses6_on_link(lab, addresses):
    """Linux answers solicitations for addresses that are set, and for no others."""
    batch(lab, "hosts", [f"addr add {address}/128 dev lan6 nodad" for address in addresses])
    try:
        yield
    finally:
        batch(lab, "hosts", [f"addr del {address}/128 dev lan6" for address in addresses])


@contextmanager
def icmp_dropped(lab):
    nft(lab, "hosts", """table inet quiet {
      chain input { type filter hook input priority 0;
        iifname "lan6" icmp type echo-request drop
        iifname "lan6" icmpv6 type echo-request drop
      }
    }""")
    try:
        yield
    finally:
        lab.run_inside("hosts", "nft", "delete", "table", "inet", "quiet")


def pick(prefix, count, seed=1):
    """Some of its hosts, scattered, without ours and the network's own."""
    network = ipaddress.ip_network(prefix)
    numbers = random.Random(seed).sample(range(1, network.num_addresses - 10), count)
    return {str(network[number]) for number in numbers}


def frames_sent(lab):
    """Frames that left the scanner by the link."""
    return int(lab.run_inside("scanner", "cat", "/sys/class/net/lan6/statistics/tx_packets").stdout)


def neighbours_held(lab):
    return len(lab.run_inside("scanner", "ip", "neigh", "show", "dev", "lan6").stdout.splitlines())


def test_a_16_with_a_third_alive(link):
    """Far more than the kernel's neighbour table holds: exact, and with hardly more packets than by a router."""
    alive = pick(NETWORK, 21_845)
    with alive_on_link(link, alive):
        before = frames_sent(link)
        sweep = link.sweep("-q", "-r", "1", "-t", "2s", "--rate", "20k", NETWORK)
        frames = frames_sent(link) - before
        held = neighbours_held(link)
    everybody = set(sweep.hosts)
    assert len(everybody) == 65_535, "all but the broadcast address, since nobody named it singly"
    sweep.expect_exactly(alive=alive | {OURS}, silent=everybody - alive - {OURS})
    sums = sweep.accounting
    assert sums["neighbour_answers"] == len(alive)
    # Each once, the alive an echo, the dead a second time; our own address by the kernel.
    assert sums["probes_by_pass"] == [65_535 + 21_845, 65_535 - 21_846]
    assert sums["transmitted"] == {"packet": 2 * 65_534, "raw": 1}
    assert sums["neighbour_requests"] + sums["echo_replies"] - 1 == sums["transmitted"]["packet"]
    # The kernel says a few things of its own.
    assert 0 <= frames - sums["transmitted"]["packet"] < 50
    by_router = 65_535 + (65_535 - 21_846)
    assert frames <= 2 * by_router
    assert held < 50, "the kernel's table is left alone"


def test_who_drops_icmp_is_alive_by_arp(link):
    alive = pick("240.4.7.0/24", 60)
    with alive_on_link(link, alive), icmp_dropped(link):
        sweep = link.sweep("-r", "1", "-t", "1s", "--reason", "240.4.7.0/24")
        without = link.sweep("-r", "1", "-t", "1s", "--no-arp", "240.4.7.0/24")
    sweep.expect_exactly(alive=alive, silent=expand(["240.4.7.0/24"]) - alive)
    for address in alive:
        record = sweep.hosts[address]
        assert (record["reason"], record["mac"]) == ("arp-response", HOSTS_MAC), record
        assert "rtt_ms" not in record and "ttl" not in record, record
        assert f"{address} is alive (arp-response mac {HOSTS_MAC})" in sweep.stdout
    # Nobody among them is asked again; the dead are.
    assert sweep.accounting["probes_by_pass"] == [256 + 60, 196]
    without.expect_exactly(silent=expand(["240.4.7.0/24"]))
    assert without.accounting["neighbour_answers"] == 2 * 60, "asked anew by the second pass"


def test_without_arp_finds_who_answers_echo(link):
    alive = pick("240.4.8.0/24", 100)
    with alive_on_link(link, alive):
        sweep = link.sweep("-r", "1", "-t", "1s", "--no-arp", "240.4.8.0/24")
    sweep.expect_exactly(alive=alive, silent=expand(["240.4.8.0/24"]) - alive)
    assert {sweep.hosts[address]["reason"] for address in alive} == {"echo-reply"}


def test_answers_to_arp_are_among_the_packets_kept(link, tmp_path):
    alive = pick("240.4.10.0/24", 50)
    kept, xml = tmp_path / "run.pcap", tmp_path / "run.xml"
    with alive_on_link(link, alive):
        sweep = link.sweep("-r", "0", "-t", "1s", "--pcap", str(kept), "--xml", str(xml), "240.4.10.0/24")
    assert sweep.accounting["unsaved_packets"] == 0
    seen = subprocess.run(["tshark", "-n", "-r", str(kept), "-T", "fields", "-e", "arp.src.proto_ipv4", "-e", "ip.src"],
                          check=True, text=True, capture_output=True).stdout.splitlines()
    by_arp, by_echo = ([line.split("\t")[i] for line in seen if line.split("\t")[i]] for i in (0, 1))
    assert sorted(by_arp) == sorted(by_echo) == sorted(alive)
    assert xml.read_text().count("<host>") == 50


def test_arp_alone_sends_no_echo(link):
    """Those elsewhere are not asked, and say so once."""
    alive = pick("240.4.9.0/24", 100)
    with alive_on_link(link, alive):
        before = link.counters("hosts")["InEchos"]
        sweep = link.sweep("-r", "1", "-t", "1s", "--arp", "240.4.9.0/24", "198.19.1.0/28")
        assert link.counters("hosts")["InEchos"] == before
    sweep.expect_exactly(alive=alive, silent=expand(["240.4.9.0/24"]) - alive, unsent=expand(["198.19.1.0/28"]))
    assert {sweep.hosts[address]["mac"] for address in alive} == {HOSTS_MAC}
    assert {sweep.hosts[a]["reason"] for a in expand(["198.19.1.0/28"])} == {"unsent: not on a link of ours"}
    assert sweep.stderr.count("--arp asks directly attached networks only") == 1
    assert sweep.accounting["echo_replies"] == 0
    assert sweep.probes == sweep.accounting["neighbour_requests"] == 256 + 156


@pytest.mark.parametrize("order", ["random", "input"])
def test_ipv6(link, order):
    alive = {str(ipaddress.ip_address("fd00:e5:0:d::500") + n) for n in random.Random(3).sample(range(256), 40)}
    targets = "fd00:e5:0:d::500/120"
    with addresses6_on_link(link, alive):
        sweep = link.sweep("-r", "1", "-t", "1s", "--rate", "2k", "--order", order, targets)
        with icmp_dropped(link):
            quiet = link.sweep("-r", "1", "-t", "1s", "--rate", "2k", "--reason", targets)
            alone = link.sweep("-r", "1", "-t", "1s", "--rate", "2k", "--arp", targets)
    for one in (sweep, quiet, alone):
        one.expect_exactly(alive=alive, silent=expand([targets]) - alive)
    assert {sweep.hosts[address]["reason"] for address in alive} == {"echo-reply"}
    assert {(quiet.hosts[a]["reason"], quiet.hosts[a]["mac"]) for a in alive} == {("nd-response", HOSTS_MAC)}
    assert sweep.accounting["probes_by_pass"] == [256 + 40, 216]


def test_link_local_addresses(link):
    link.run_inside("hosts", "ip", "addr", "add", "fe80::55/64", "dev", "lan6", "nodad")
    try:
        sweep = link.sweep("-r", "1", "-t", "1s", "fe80::55%lan6", "fe80::56%lan6")
        alone = link.sweep("-r", "1", "-t", "1s", "--arp", "fe80::55%lan6", "fe80::56%lan6")
    finally:
        link.run_inside("hosts", "ip", "addr", "del", "fe80::55/64", "dev", "lan6")
    for one in (sweep, alone):
        one.expect_exactly(alive={"fe80::55%lan6"}, silent={"fe80::56%lan6"})
    assert alone.hosts["fe80::55%lan6"]["mac"] == HOSTS_MAC


def test_every_kind_of_link_in_one_run(link):
    """Two links of our own, a gateway, a bridge, a macvlan and loopback, in random order: exact."""
    alive = pick("240.4.10.0/24", 128)
    others = ["198.19.1.0/25", "fd00:e5:19:1::/121", "240.2.0.0/25", "240.3.0.0/25", "127.0.0.0/25"]
    dead = expand(["198.19.2.0/26"]) | (expand(["240.4.10.0/24"]) - alive)
    with alive_on_link(link, alive):
        sweep = link.sweep("-r", "1", "-t", "2s", "--rate", "5k", "240.4.10.0/24", "240.1.5.0/25", "198.19.2.0/26",
                           *others)
    sweep.expect_exactly(alive=alive | expand(["240.1.5.0/25"]) | expand(others), silent=dead)
    assert sweep.accounting["extra"] == 0
    assert sweep.accounting["transmitted"]["raw"] == 128, "to loopback"
    # Gateways are asked who they are, too.
    assert 0 <= sum(sweep.accounting["transmitted"].values()) - sweep.probes <= 20


def test_source_and_interface_go_in_frames_too(link):
    link.run_inside("scanner", "ip", "addr", "add", "240.4.255.253/32", "dev", "lan6")
    batch(link, "hosts", ["route add 240.4.255.253/32 dev lan6"])
    try:
        with alive_on_link(link, {"240.4.11.1"}):
            sweep = link.sweep("-r", "1", "-S", "240.4.255.253", "240.4.11.1", "240.4.11.2")
            bound = link.sweep("-r", "1", "-I", "lan6", "240.4.11.1", "240.4.11.2")
    finally:
        batch(link, "hosts", ["route del 240.4.255.253/32 dev lan6"])
        link.run_inside("scanner", "ip", "addr", "del", "240.4.255.253/32", "dev", "lan6")
    for one in (sweep, bound):
        one.expect_exactly(alive={"240.4.11.1"}, silent={"240.4.11.2"})
        assert set(one.accounting["transmitted"]) == {"packet"}


def test_proxy_arp_is_noticed(link):
    """One MAC address for all of them, which Linux answers for what is routed elsewhere."""
    link.run_inside("hosts", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/lan6/proxy_arp; "
                                         "echo 0 > /proc/sys/net/ipv4/neigh/lan6/proxy_delay; "
                                         "echo 1 > /proc/sys/net/ipv4/conf/lan6/forwarding")
    batch(link, "hosts", ["route add 240.4.12.0/24 via 198.19.0.5"])
    try:
        with alive_on_link(link, {"240.4.12.9"}):
            sweep = link.sweep("-r", "1", "-t", "1s", "240.4.12.0/24")
            without = link.sweep("-r", "1", "-t", "1s", "--no-arp", "240.4.12.0/24")
    finally:
        batch(link, "hosts", ["route del 240.4.12.0/24 via 198.19.0.5"])
        link.run_inside("hosts", "sh", "-c", "echo 0 > /proc/sys/net/ipv4/conf/lan6/proxy_arp; "
                                             "echo 0 > /proc/sys/net/ipv4/conf/lan6/forwarding")
    sweep.expect_exactly(alive=expand(["240.4.12.0/24"]))
    assert {record["mac"] for record in sweep.hosts.values() if "mac" in record} == {HOSTS_MAC}
    assert "proxy ARP" in sweep.stderr and HOSTS_MAC in sweep.stderr
    without.expect_exactly(alive={"240.4.12.9"}, silent=expand(["240.4.12.0/24"]) - {"240.4.12.9"})


def table_limit(lab):
    return int(lab.run_inside("scanner", "sh", "-c", "cat /proc/sys/net/ipv4/neigh/default/gc_thresh3 2>/dev/null || "
                                                     "echo 0").stdout) \
        or int(open("/proc/sys/net/ipv4/neigh/default/gc_thresh3", encoding="ascii").read())


@pytest.mark.parametrize("how", ["raw", "unprivileged"])
def test_the_kernels_table_is_not_overrun(link, public_lab, ping_sockets, how):
    """Where the kernel asks for neighbours, no more are asked at once than its table bears: none is taken for dead
    or left out because of that."""
    if table_limit(link) < 512:
        pytest.skip("this machine's neighbour table is too small to be shared")
    targets = ["240.4.16.0/22", "240.4.20.0/23", "240.4.22.0/26"]
    alive = pick("240.4.16.0/22", 60) | pick("240.4.20.0/23", 40)
    ping_sockets("0 2147483647")
    options = ("-q", "-r", "0", "--rate", "20k", *targets)

    def sweep_once():
        made = link.sweep("--tx", "raw", *options) if how == "raw" else public_lab.sweep(*options, before=AS_NOBODY)
        link.run_inside("scanner", "ip", "neigh", "flush", "dev", "lan6")
        return made

    with alive_on_link(link, alive):
        sweep = sweep_once()
        if "ENOBUFS" in sweep.accounting["send_errors"] and sweep.in_state("unsent"):
            # The table is the whole machine's: somebody else may just have filled it.
            sweep = sweep_once()
    assert sweep.in_state("alive") == alive, sweep.stderr
    # Of most of the others the kernel says itself, in the end, that nobody is there.
    assert sweep.in_state("silent") | sweep.in_state("unreachable") == expand(targets) - alive
    # The table is everybody's: what the test before has left in it may need waiting for.
    assert set(sweep.accounting["send_errors"]) <= {"ENOBUFS"}, sweep.stderr
    assert set(sweep.accounting["transmitted"]) == {"raw" if how == "raw" else "icmp"}
