"""The command lines of each tool, each told to wait for late replies as long as the others, and how its output reads.

nmap has no such wait: it gives up on a host after its own timeouts, which -T5 makes 250 to 300 ms."""

import functools
import ipaddress
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from comparison.lab import BENCH, HOSTS_MAC, SCANNER_ADDRESS, SCANNER_MAC

DRAIN_S = 1
# More than any machine: as fast as it goes.
NO_LIMIT = 10_000_000
BACK_ENDS = ("raw", "packet", "xdp")


def words(output: bytes) -> list[bytes]:
    return output.split()


def timed_words(output: bytes) -> list[bytes]:
    """Of `ADDRESS (0.123 ms)`."""
    return re.findall(rb"^(\S+) \([\d.]+ ms\)$", output, re.M)


def nmap_lines(output: bytes) -> list[bytes]:
    return re.findall(rb"^Host: (\S+) .*Status: Up$", output, re.M)


def masscan_lines(output: bytes) -> list[bytes]:
    return re.findall(rb"^open icmp 0 (\S+) ", output, re.M)


@dataclass
class Tool:
    name: str
    command: list[str]
    parse: Callable[[bytes], list[bytes]] = words
    # Whether it prints whom it found.
    lists: bool = True

    @property
    def program(self) -> str:
        return Path(self.command[0]).name

    def installed(self) -> bool:
        return shutil.which(self.command[0]) is not None


def echosweep(program: str, targets: str, *options: str, name: str = "") -> Tool:
    return Tool(name or " ".join(["echosweep", *options]),
                [program, "-a", "-s", "--no-progress", "--drain", f"{DRAIN_S}s", *options, targets],
                timed_words if "-e" in options else words)


def zmap(device: str, targets: str, rate: int, name: str = "zmap") -> Tool:
    """Its own blacklist, which excludes 240.0.0.0/4, is replaced by none."""
    return Tool(f"{name} -r {rate}",
                ["zmap", "-C", "/dev/null", "-b", "/dev/null", "-M", "icmp_echoscan", "-i", device,
                 "-S", SCANNER_ADDRESS, "-G", HOSTS_MAC, "-r", str(rate), "-c", str(DRAIN_S),
                 "-q", "-v", "0", "--disable-syslog", targets])


def masscan(device: str, targets: str, rate: int) -> Tool:
    return Tool("masscan --rate max" if rate == NO_LIMIT else f"masscan --rate {rate}",
                ["masscan", "--ping", "-e", device, "--adapter-ip", SCANNER_ADDRESS, "--adapter-mac", SCANNER_MAC,
                 "--router-mac", HOSTS_MAC, "--rate", str(rate), "--wait", str(DRAIN_S), "-oL", "-", targets],
                masscan_lines)


def nmap(targets: str) -> Tool:
    return Tool("nmap -T5", ["nmap", "-sn", "-n", "-PE", "-T5", "--min-rate", "50000", "--max-retries", "0", "-oG", "-",
                             targets], nmap_lines)


def fping(file: str) -> Tool:
    return Tool("fping -r 0", ["fping", "-a", "-r", "0", "-i", "0.01", "-t", str(DRAIN_S * 1000), "-f", file])


@functools.cache
def back_ends(program: str) -> tuple[str, ...]:
    """Those that this echosweep can be told to use; none where it has no --tx."""
    said = subprocess.run([program, "--help"], capture_output=True, text=True, check=False).stdout
    option = re.search(r"--tx\b.*(?:\n {9,}.*)*", said)
    return tuple(name for name in BACK_ENDS if option and re.search(rf"\b{name}\b", option.group()))


def bare_loop(device: str, network: str, kind: str, mode: str, *options: str) -> Tool | None:
    """The bare loop of a back end (bench/bare_loops.cpp), where it was built: the same system calls and nothing else.
    Mode `send` only sends, `echo` captures the replies on the other core."""
    program = BENCH.parent / "build/release/bench/bare_loops"
    if not program.exists():
        return None
    asked = ipaddress.ip_network(network)
    return Tool(f"bare loop, {mode} {kind}",
                [str(program), mode, kind, "--json", "--interface", device, "--source", SCANNER_ADDRESS,
                 "--mac", HOSTS_MAC, "--destination", str(asked.network_address),
                 "--count", str(asked.num_addresses), *options], lambda _: [], lists=False)


def bare_rate(output: bytes) -> float:
    """What a bare loop did a second: packets sent, or hosts found. 0 where it said nothing, or lost someone."""
    try:
        said = json.loads(output)
        if said["mode"] == "send":
            return float(said["sent_per_second"])
        return said["found"] / said["seconds"] if said["found"] == said["of"] else 0
    except (ValueError, KeyError, TypeError):
        return 0


def sent_in(output: bytes) -> float:
    """The seconds in which `echosweep --json -` sent its probes, without the wait for late replies; 0: it did not say."""
    try:
        return float(json.loads(output.splitlines()[-1])["sending_s"])
    except (ValueError, KeyError, IndexError):
        return 0


@dataclass
class Accounting:
    """What echosweep -s says at the end of its run."""

    probes: int
    elapsed: float
    capture_drops: int
    # The back end that the packets really left by, or several.
    left_by: str

    @classmethod
    def of(cls, said: str) -> "Accounting":
        def number(pattern: str) -> str:
            hit = re.search(pattern, said, re.M)
            return hit.group(1) if hit else "0"

        return cls(int(number(r"^probes: (\d+) sent")), float(number(r"([\d.]+) sec \(elapsed real time\)")),
                   int(number(r"^capture: (\d+) dropped")),
                   " and ".join(re.findall(r"\d+ by (\w+)", number(r"^transmit: (.+)$"))) or "raw")
