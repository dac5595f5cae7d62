"""Sixteen shards of a /12, in a network of the test's own: at once or one after another they are one exact run."""

import json
import re
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from labtools import TIME_LIMIT, expand
from namespaces import ROUTER_SETTINGS, Namespaces
from run_schema import check_lines

COUNT = 16
PREFIX, SILENT = "240.0.0.0/12", "240.5.16.0/20"
TARGETS, SILENT_TARGETS = 1 << 20, 1 << 12
# Two busy cores send, answer and capture as much without losing any of it.
RATE = 64_000
HOST = re.compile(rb'^\{"type":"host","address":"240\.(\d+)\.(\d+)\.(\d+)","state":"(alive|silent)",', re.M)
# Of a file's lines, so many are read as JSON and held to the schema; of the others, what HOST says.
LINES_CHECKED = 2000
# For a merge by a program without optimization.
MERGE_LIMIT = 2 * TIME_LIMIT


class Network(Namespaces):
    """The scanner, and behind one link a host that answers for the /12 but for a part of it."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix, ("scanner", "hosts"))

    def make(self) -> None:
        for role in self.roles:
            self.add(role, ROUTER_SETTINGS)
        scanner, hosts = "02:e5:00:00:10:01", "02:e5:00:00:10:02"
        subprocess.run(["ip", "link", "add", "out", "netns", self.ns("scanner"), "address", scanner, "type", "veth",
                        "peer", "name", "in", "netns", self.ns("hosts"), "address", hosts], check=True)
        self.ip("scanner", ["link set out up", "addr add 198.19.200.1/30 dev out",
                            f"neigh replace 198.19.200.2 lladdr {hosts} dev out nud permanent",
                            f"route add {PREFIX} via 198.19.200.2"])
        self.ip("hosts", ["link set in up", "addr add 198.19.200.2/30 dev in",
                          f"neigh replace 198.19.200.1 lladdr {scanner} dev in nud permanent",
                          f"route add local {PREFIX} dev lo", f"route add table local blackhole {SILENT}"])
        # Back pressure in front of the veth instead of a silent drop in it.
        self.run("scanner", "tc", "qdisc", "replace", "dev", "out", "root", "pfifo", "limit", "1000")


@dataclass
class ShardRun:
    """A finished shard: its file, what it says first and last, and its hosts as numbers in the /12."""

    index: int
    file: Path
    run: dict
    accounting: dict
    alive: set[int]
    silent: set[int]


def read_shard(index: int, file: Path) -> ShardRun:
    text = file.read_bytes()
    states: dict[bytes, set[int]] = {b"alive": set(), b"silent": set()}
    listed = 0
    for high, middle, low, state in HOST.findall(text):
        states[state].add(int(high) << 16 | int(middle) << 8 | int(low))
        listed += 1
    alive, silent = states.values()
    assert len(alive) + len(silent) == listed == text.count(b"\n") - 2, "each host is listed once"
    lines = [json.loads(line) for line in text.splitlines()[:LINES_CHECKED]]
    lines.append(json.loads(text[text.rindex(b"\n", 0, -1):]))
    check_lines(lines)
    return ShardRun(index, file, lines[0], lines[-1], alive, silent)


class Shards:
    def __init__(self, network: Network, binary: Path, folder: Path) -> None:
        self.network, self.binary, self.folder = network, binary, folder

    def start(self, index: int, *pace: str) -> subprocess.Popen:
        options = ("-q", "-r", "2", "-t", "200ms", "--shard", f"{index}/{COUNT}", "--seed", "12", *pace)
        command = self.network.inside("scanner", str(self.binary), *options, "--json", str(self.folder / f"{index}.json"), PREFIX)
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    @staticmethod
    def finish(process: subprocess.Popen) -> None:
        try:
            said = process.communicate(timeout=TIME_LIMIT)[0]
        finally:
            process.kill()
        assert (said, process.returncode) == ("", 1), said  # some are silent

    def run_at_once(self) -> None:
        processes = [self.start(index, "--rate-total", str(RATE)) for index in range(1, COUNT + 1)]
        try:
            for process in processes:
                self.finish(process)
        finally:
            for process in processes:
                process.kill()

    def run_one_after_another(self) -> None:
        for index in range(1, COUNT + 1):
            self.finish(self.start(index, "--rate", str(RATE)))

    def read(self) -> list[ShardRun]:
        return [read_shard(index, self.folder / f"{index}.json") for index in range(1, COUNT + 1)]


@pytest.fixture(scope="module")
def network(lab):
    with Network(lab.prefix + "s") as made:
        yield made


@pytest.fixture(scope="module", params=["at once", "one after another"])
def shards(network, binary, request):
    # Not pytest's tmp_path, which is kept: these are 200 MB.
    with tempfile.TemporaryDirectory(prefix="lab-") as folder:
        runs = Shards(network, binary, Path(folder))
        runs.run_at_once() if request.param == "at once" else runs.run_one_after_another()
        yield runs.read()


def merge(binary: Path, shards: list[ShardRun]) -> tuple[subprocess.CompletedProcess, Path]:
    out = shards[0].file.with_name("merged")
    command = [str(binary), "merge", *(str(shard.file) for shard in shards), "-o", str(out)]
    return subprocess.run(command, capture_output=True, text=True, timeout=MERGE_LIMIT, check=False), out


def read_merged(file: Path) -> dict:
    text = file.read_bytes()
    lines = [json.loads(line) for line in text.splitlines()[:LINES_CHECKED]]
    lines.append(json.loads(text[text.rindex(b"\n", 0, -1):]))
    check_lines(lines, merged=True)
    numbers = [int(high) << 16 | int(middle) << 8 | int(low) for high, middle, low, _ in HOST.findall(text)]
    assert len(numbers) == text.count(b"\n") - 2
    return {"run": lines[0], "accounting": lines[-1], "numbers": numbers}


def test_each_target_is_asked_by_one(shards):
    times = bytearray(TARGETS)
    silent: set[int] = set()
    for shard in shards:
        for number in shard.alive | shard.silent:
            times[number] += 1
        silent |= shard.silent
    assert times.count(1) == TARGETS, Counter(times)
    first = 5 << 16 | 16 << 8
    assert silent == set(range(first, first + SILENT_TARGETS))


def test_each_adds_up(shards):
    for shard in shards:
        sums = shard.accounting
        assert shard.run["shard"] == {"index": shard.index, "count": COUNT, "set": shard.run["shard"]["set"]}
        assert shard.run["targets"] == sums["targets"] == TARGETS // COUNT
        assert (sums["alive"], sums["silent"]) == (len(shard.alive), len(shard.silent))
        assert sums["alive"] + sums["silent"] == sums["targets"]
        # The other fifteen have identifiers of their own, or else their replies do not pass for ours.
        assert sums["echo_replies"] - sums["extra"] == sums["alive"]
        assert sums["probes_by_pass"][0] == sums["targets"] and sums["capture_drops"] == 0, sums


def test_each_is_spread_as_the_whole(shards):
    """Over the /16s, and over the /20s: within six standard deviations of a fair draw."""
    for bits in (4, 8):
        mean = TARGETS / COUNT / (1 << bits)
        for shard in shards:
            of_each = Counter(number >> (20 - bits) for number in shard.alive | shard.silent)
            assert len(of_each) == 1 << bits
            assert all(abs(number - mean) <= 6 * mean**0.5 for number in of_each.values()), (shard.index, of_each)


def test_merge_says_that_nothing_is_missing(shards, binary):
    result, file = merge(binary, shards)
    assert (result.stdout, result.stderr, result.returncode) == ("", "", 0)
    merged = read_merged(file)
    assert merged["run"]["merged"] == COUNT and "shards" not in merged["run"]
    sums = merged["accounting"]
    assert {state: sums[state] for state in ("targets", "alive", "unreachable", "silent", "unsent")} == {
        "targets": TARGETS, "alive": TARGETS - SILENT_TARGETS, "unreachable": 0, "silent": SILENT_TARGETS, "unsent": 0}
    # In the order of addresses, without a gap.
    assert merged["numbers"] == list(range(TARGETS))


def test_merge_names_the_one_that_is_missing(shards, binary):
    result, file = merge(binary, [shard for shard in shards if shard.index != 11])
    assert (result.stdout, result.returncode) == ("", 1)
    assert result.stderr == "echosweep: shard 11 of 16 missing (seed 12): its targets are not in the merged run\n"
    merged = read_merged(file)
    assert merged["run"]["shards"] == {"count": COUNT, "indices": [index for index in range(1, COUNT + 1) if index != 11],
                                       "set": shards[0].run["shard"]["set"]}
    assert merged["accounting"]["targets"] == len(merged["numbers"]) == TARGETS - TARGETS // COUNT


def test_errors_that_answer_another_shard_are_foreign(lab):
    """Every capture on the machine gets all ICMP errors: each shard counts its own targets' alone."""
    alive, unreachable = "198.19.1.0/24", "198.19.3.0/24"
    options = ("--seed", "3", "--rate-total", "2k", "-r", "1", alive, unreachable)
    running = [lab.start("--shard", f"{index}/4", *options) for index in (1, 2, 3, 4)]
    found: dict[str, str] = {}
    foreign = 0
    for process in running:
        with process:
            sweep = process.finish()
        assert not found.keys() & sweep.hosts.keys()
        found |= {address: host["state"] for address, host in sweep.hosts.items()}
        foreign += sweep.accounting["foreign"]
        assert sweep.accounting["icmp_errors"] <= 2 * sweep.accounting["unreachable"]
    assert found == dict.fromkeys(expand([alive]), "alive") | dict.fromkeys(expand([unreachable]), "unreachable")
    assert foreign > 0
