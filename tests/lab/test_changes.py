"""What changes while a sweep is under way: a router's MAC address, a route. The sweep follows by itself."""

import subprocess
from contextlib import contextmanager
from ipaddress import ip_address

import pytest

from labtools import expand

ROUTER_MAC, NEW_MAC = "02:e5:00:00:01:02", "02:e5:00:00:01:99"
LONG = "240.16.0.0/17"  # alive, all of it, by the router


def ip(lab, role, *words, check=True):
    subprocess.run(["ip", "-n", lab.prefix + role, *words], check=check, capture_output=True)


def received(lab, device):
    return int(lab.run_inside("hosts", "cat", f"/sys/class/net/{device}/statistics/rx_packets").stdout)


@contextmanager
def router_with_another_mac(lab):
    """As if another machine had taken over its address. The kernel's own entry is set for good and stays wrong."""
    def change(mac):
        ip(lab, "router", "link", "set", "scan0", "address", mac)
        for address, dev in (("198.19.0.1", "scan0"), ("fd00:e5::1:1", "scan0")):
            ip(lab, "router", "neigh", "replace", address, "lladdr", "02:e5:00:00:01:01", "dev", dev, "nud", "permanent")
    change(NEW_MAC)
    try:
        yield
    finally:
        change(ROUTER_MAC)


@pytest.mark.parametrize("targets", [LONG, "fd00:e5:19:1::/113"])
def test_the_gateways_mac_address(lab, targets):
    with lab.start("-q", "-r", "0", "--rate", "1500", "--order", "input", targets) as running:
        running.wait_for_lines(2_000)
        with router_with_another_mac(lab):
            sweep = running.finish()
    order = sorted(sweep.hosts, key=ip_address)
    alive = sweep.in_state("alive")
    assert len(order) == 32_768
    assert set(order[:1_000]) <= alive
    lost = len(order) - len(alive)
    assert 0 < lost, "the change was not felt"
    # It asks every 10 s.
    assert lost <= 11 * 1500, f"{lost} lost\n{sweep.stderr}"
    assert set(order[-8_000:]) <= alive, "it did not find the router again"
    assert alive | sweep.in_state("silent") == set(order)


def test_a_route(lab):
    """Another way to the same hosts appears: from then on it is taken, and nobody is missed."""
    before = received(lab, "lan1")
    with lab.start("-q", "-r", "0", "--rate", "5k", LONG) as running:
        running.wait_for_lines(2_000)
        unused = received(lab, "lan1") - before
        ip(lab, "scanner", "route", "add", "240.16.0.0/12", "via", "240.0.2.2")
        try:
            sweep = running.finish()
        finally:
            ip(lab, "scanner", "route", "del", "240.16.0.0/12")
    taken = received(lab, "lan1") - before - unused
    assert unused < 1_000
    assert taken > 10_000, "half a second is how long it may take to notice"
    sweep.expect_exactly(alive=expand([LONG]))


def test_a_route_that_goes_away_is_no_dead_host(lab):
    """From then on nothing can be sent: unsent, with the reason."""
    ip(lab, "scanner", "route", "add", "240.20.0.0/18", "via", "240.0.2.2")
    try:
        with lab.start("-q", "-r", "0", "--rate", "4k", "240.20.0.0/18") as running:
            running.wait_for_lines(3_000)
            ip(lab, "scanner", "route", "replace", "unreachable", "240.20.0.0/18")
            ip(lab, "scanner", "route", "del", "240.20.0.0/18", "via", "240.0.2.2", check=False)
            sweep = running.finish()
    finally:
        ip(lab, "scanner", "route", "del", "unreachable", "240.20.0.0/18", check=False)
        ip(lab, "scanner", "route", "del", "240.20.0.0/18", check=False)
    assert not sweep.in_state("silent")
    assert len(sweep.in_state("unsent")) > 4_000
    reasons = {sweep.hosts[address]["reason"] for address in sweep.in_state("unsent")}
    assert reasons == {"unsent: No route to host"}


@pytest.mark.parametrize("order", ["input", "random"])
def test_routers_that_are_not_there(lab, order):
    """Two of them, each waited for; what lies behind is unsent, and the rest of the sweep goes on."""
    ip(lab, "scanner", "route", "add", "240.21.0.0/24", "via", "240.1.200.1")
    ip(lab, "scanner", "route", "add", "240.22.0.0/24", "via", "240.1.200.2")
    try:
        sweep = lab.sweep("-r", "0", "--rate", "5k", "--order", order, "240.21.0.0/24", "240.22.0.0/24",
                          "198.19.1.0/24")
    finally:
        ip(lab, "scanner", "route", "del", "240.21.0.0/24")
        ip(lab, "scanner", "route", "del", "240.22.0.0/24")
    sweep.expect_exactly(alive=expand(["198.19.1.0/24"]), unsent=expand(["240.21.0.0/24", "240.22.0.0/24"]))
    assert {sweep.hosts[address]["reason"] for address in sweep.in_state("unsent")} == {"unsent: the gateway does not answer"}
