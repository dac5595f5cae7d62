"""share/exclude-special-purpose.txt: read by the program as it is, and by Python as what it says."""

import ipaddress
import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "share" / "exclude-special-purpose.txt"
# 2^32 addresses less the list's, each of those once: counted here from the registry's blocks, not from the file.
IPV4_LEFT = 2**32 - sum(2 ** (32 - bits) for bits in (
    8, 8, 10, 8, 16, 12, 24, 24, 24, 24, 24, 16, 24, 15, 24, 24, 4, 4))


def lines() -> list[str]:
    return [line for line in LIST.read_text(encoding="ascii").splitlines() if line and not line.startswith("#")]


def networks():
    return [ipaddress.ip_network(line.split()[0]) for line in lines()]


def plan(*arguments: str) -> str:
    done = subprocess.run([os.environ["ECHOSWEEP"], "--dry-run", "--exclude-file", str(LIST), *arguments],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_line_is_a_network_and_says_why():
    for line in lines():
        assert re.fullmatch(r"[0-9a-f.:]+/\d+ +# .+: RFC \d+.*", line), line
    assert len(set(networks())) == len(lines()), "a network stands there twice"


def test_it_says_of_when_it_is_and_where_from():
    head = LIST.read_text(encoding="ascii")
    assert re.search(r"^# State: \w+ 20\d\d\.", head, re.M)
    for registry in ("iana-ipv4-special-registry", "iana-ipv6-special-registry"):
        assert f"https://www.iana.org/assignments/{registry}" in head


def test_python_knows_nothing_private_beside_them():
    """Python has an older list of the same registries, which nobody here has typed."""
    left = list(ipaddress.collapse_addresses(network for network in networks() if network.version == 4))
    # Every /16, and every /24 of those that are cut up.
    cut = {network.supernet(new_prefix=16) for network in left if network.prefixlen > 16}
    places = [ipaddress.ip_address(i << 16) for i in range(1 << 16)]
    places += [network.network_address for whole in cut for network in whole.subnets(new_prefix=24)]
    for place in places:
        assert place.is_global or any(place in network for network in left), place


def test_the_program_leaves_out_just_these():
    assert f"targets   {IPV4_LEFT:,} in " in plan("0.0.0.0/0")


def test_the_neighbours_of_each_ipv4_network_stay():
    joined = list(ipaddress.collapse_addresses(n for n in networks() if n.version == 4))
    beside = [address for network in joined for address in
              (int(network.network_address) - 1, int(network.broadcast_address) + 1) if 0 <= address < 2**32]
    beside = [str(ipaddress.ip_address(address)) for address in beside
              if not any(ipaddress.ip_address(address) in network for network in joined)]
    assert len(beside) > 20
    assert f"targets   {len(set(beside))} in " in plan(*beside)


def test_ipv6_too():
    for network in networks():
        if network.version == 6 and not network.network_address.is_link_local:
            first = str(network.network_address)
            done = subprocess.run([os.environ["ECHOSWEEP"], "--list-targets", "--exclude-file", str(LIST), first],
                                  capture_output=True, text=True, timeout=60, check=False)
            assert done.stdout == "", f"{first}: {done.stdout}{done.stderr}"
