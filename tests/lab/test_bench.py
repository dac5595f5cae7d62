"""The bench's own lab: its XDP peer answers exactly those that the hash names, and a small comparison runs."""

import ipaddress
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labtools import HERE, expand

BENCH = HERE.parents[1] / "bench"
sys.path.insert(0, str(BENCH))
import truth  # noqa: E402

NEEDED_TOOLS = {"ip": "iproute2", "tc": "iproute2", "clang": "clang", "awk": "mawk", "taskset": "util-linux",
                "ping": "iputils-ping"}
PREFIX = f"b{os.getpid() % 1000000}-"
IDENTIFIER, SEQUENCE = 0xbe0c, 513
TIME_LIMIT = 120
# The comparison leaves out what does not fit into its own 240 s.
COMPARISON_LIMIT = 300


class BenchLab:
    """bench/lab under a prefix of its own; up() replaces what stood."""

    def run(self, *args: str, codes: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run([str(BENCH / "lab"), "--prefix", PREFIX, *args], capture_output=True, text=True,
                              timeout=TIME_LIMIT, check=False)
        if done.returncode not in codes or done.stderr:
            pytest.fail(f"{args}: exit {done.returncode}: {done.stderr}", pytrace=False)
        return done.stdout

    def ask(self, network: str) -> set[str]:
        return set(self.run("exec", "scanner", sys.executable, "-B", str(HERE / "ask.py"), str(IDENTIFIER),
                            str(SEQUENCE), network).split())

    def sweep(self, binary: Path, *args: str) -> list[str]:
        return self.run("exec", "scanner", str(binary), "-a", "--rate", "50k", *args,
                        codes=(0, 1)).split()


@pytest.fixture(scope="module")
def bench(binary):
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    for tool, package in NEEDED_TOOLS.items():
        if not shutil.which(tool):
            pytest.skip(f"'{tool}' is missing (package {package})")
    made = BenchLab()
    first = subprocess.run([str(BENCH / "lab"), "--prefix", PREFIX, "up", "xdp"], capture_output=True, text=True,
                           check=False)
    if first.returncode != 0:
        pytest.skip(f"no XDP program can be attached here: {first.stderr.strip()}")
    yield made
    made.run("down")
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert PREFIX not in left


def hash_of(address: str) -> int:
    named = ipaddress.ip_address(address)
    return truth.address_hash(int(named), named.version)


@pytest.mark.parametrize("network", ["240.7.16.0/20", "fd00:e5:18:1::/117"])
def test_the_peer_is_as_the_hash_says(bench, network):
    bench.run("up", "xdp", "--alive", "0.3")
    alive = set(truth.alive_of(network, 0.3))
    total = ipaddress.ip_network(network).num_addresses
    assert 0.25 * total < len(alive) < 0.35 * total
    assert bench.ask(network) == alive


@pytest.mark.parametrize("network", ["240.7.16.0/20", "fd00:e5:18:1::/117"])
def test_the_peer_loses_what_the_hash_says(bench, network):
    bench.run("up", "xdp", "--alive", "0.8", "--lost", "0.25")
    alive = set(truth.alive_of(network, 0.8))
    heard = {a for a in alive if not truth.is_lost(hash_of(a), IDENTIFIER, SEQUENCE, 0.25)}
    assert 0.7 * len(alive) < len(heard) < 0.8 * len(alive)
    assert bench.ask(network) == heard


def test_all_and_none(bench):
    bench.run("up", "xdp")
    assert bench.ask("240.255.0.0/24") == expand(["240.255.0.0/24"])
    bench.run("up", "xdp", "--alive", "0")
    assert bench.ask("240.255.0.0/24") == set()
    # What the program does not play is the kernel's.
    assert bench.ask("198.19.0.2/32") == {"198.19.0.2"}


@pytest.mark.parametrize(("source", "heard"), [("02:e5:00:00:0b:01", 16), ("02:e5:00:00:0b:77", 0)])
def test_replies_come_only_to_ones_own_mac(bench, source, heard):
    """A loop that sends from a made-up MAC address would be measured without the kernel's work on its replies."""
    bench.run("up", "xdp")
    device = PREFIX.replace("-", "") + "-s"
    bench.run("exec", "scanner", "ip", "link", "set", "dev", device, "address", source)
    assert len(bench.ask("240.8.0.0/28")) == heard


def test_a_sweep_finds_exactly_those(bench, binary):
    bench.run("up", "xdp", "--alive", "0.1")
    networks = ["240.0.0.0/16", "fd00:e5:18::/116"]
    found = bench.sweep(binary, "-r", "1", *networks)
    assert len(set(found)) == len(found), "a target is listed twice"
    assert set(found) == {a for network in networks for a in truth.alive_of(network, 0.1)}


def test_retries_find_whom_loss_hides(bench, binary):
    """Each retry has a sequence number of its own, and so another chance: of 3,277, 0.2^12 is nobody."""
    bench.run("up", "xdp", "--alive", "0.8", "--lost", "0.2")
    alive = set(truth.alive_of("240.9.0.0/20", 0.8))
    once = set(bench.sweep(binary, "-r", "0", "240.9.0.0/20"))
    assert once < alive and 0.7 * len(alive) < len(once) < 0.9 * len(alive)
    found = set(bench.sweep(binary, "-r", "11", "-B", "1", "-t", "100ms", "240.9.0.0/20"))
    assert not alive - found and not found - alive


def test_the_kernel_as_peer(bench, binary):
    bench.run("up", "kernel")
    assert set(bench.sweep(binary, "-r", "1", "240.0.0.0/20")) == expand(["240.0.0.0/20"])


def test_a_small_comparison(bench, binary, tmp_path):
    """bench/compare from end to end: each tool is understood, echosweep's runs are exact, the file keeps the rest."""
    if not (BENCH.parent / "build/release/bench/bare_loops").exists():
        pytest.skip("there are no bare loops (make tests)")
    results = tmp_path / "RESULTS.md"
    before, after = "by hand\n\n", "\n\nby hand too\n"
    marked = f"{before}<!-- bench/compare writes from here -->\nold\n<!-- to here -->{after}"
    results.write_text(marked, encoding="utf-8")
    with started_compare(binary, "--results", str(results)) as compare:
        _, said = compare.communicate(timeout=COMPARISON_LIMIT)
    assert compare.returncode == 0, said
    text = results.read_text(encoding="utf-8")
    assert len(re.findall(r"\| +[\d.]+ of \d+", text)) >= 6, f"nothing is compared with the bare loops\n{text}"
    assert text.startswith(before) and text.endswith(after) and "\nold\n" not in text and "left out" not in text
    for tool in ("echosweep", "zmap", "masscan", "fping", "nmap"):
        if not shutil.which(tool) and tool != "echosweep":
            pytest.skip(f"'{tool}' is missing (package {tool})")
        # name, found, wrong: others may lose some, but nobody finds who is not there.
        rows = re.findall(rf"^\| {tool} [^|]*\| *(\d+) \([^|]*\| *(\d+) \|", text, re.M)
        assert rows, f"there is no line for {tool}\n{text}"
        assert all(int(found) > 0 and int(wrong) == 0 for found, wrong in rows), text
    assert not namespaces_of(compare)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_comparison_that_is_stopped_leaves_nothing(bench, binary, sent):
    with started_compare(binary) as compare:
        deadline = time.monotonic() + TIME_LIMIT
        while len(namespaces_of(compare)) < 2:
            assert compare.poll() is None and time.monotonic() < deadline, "its lab never stood"
            time.sleep(0.02)
        compare.send_signal(sent)
        _, said = compare.communicate(timeout=TIME_LIMIT)
    assert compare.returncode == 128 + sent, said
    assert not namespaces_of(compare)
    assert not list(Path("/run").glob(f"bench-lab-c{compare.pid % 1000000}*"))


@contextmanager
def started_compare(binary: Path, *args: str) -> Iterator[subprocess.Popen]:
    """A small comparison under way, which does not outlive its block (and takes its lab down itself)."""
    with subprocess.Popen([str(BENCH / "compare"), "--smoke", "--program", str(binary), *args],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as compare:
        try:
            yield compare
        finally:
            if compare.poll() is None:
                compare.terminate()
                compare.communicate()


def namespaces_of(compare: subprocess.Popen) -> list[str]:
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split()
    return [name for name in names if name.startswith(f"c{compare.pid % 1000000}-")]
