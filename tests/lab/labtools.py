"""What the lab's tests share: the lab as an object, a sweep in it, and the checks that hold for every sweep."""

import ipaddress
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import signals_as_usual  # noqa: E402,F401
from run_schema import check_lines  # noqa: E402
# No sweep of this suite takes a minute but the one over 127.0.0.0/8.
TIME_LIMIT = 90
STATES = ("alive", "unreachable", "silent", "unsent")
# Runs a command and prints its memory at the peak (KiB) to standard error. For a small Python:
# the kernel counts a process's memory from before its exec, and ours is large by now.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


def expand(specs: list[str]) -> set[str]:
    """The addresses of prefixes, as the scanner prints them."""
    return {str(address) for spec in specs for address in ipaddress.ip_network(spec)}


class Lab:
    """One lab under a prefix of its own."""

    def __init__(self, prefix: str, binary: Path) -> None:
        self.prefix = prefix
        self.binary = binary

    def command(self, *args: str, **kwargs) -> subprocess.CompletedProcess:
        return subprocess.run([str(HERE / "lab"), "--prefix", self.prefix, *args], check=True, text=True,
                              capture_output=True, **kwargs)

    def inside(self, role: str, *args: str) -> list[str]:
        """A command line that runs in a namespace (as the very process that is started)."""
        return ["ip", "netns", "exec", self.prefix + role, *args]

    def run_inside(self, role: str, *args: str, **kwargs) -> subprocess.CompletedProcess:
        return subprocess.run(self.inside(role, *args), check=True, text=True, capture_output=True, **kwargs)

    def populate(self, addresses: list[str]) -> None:
        """Makes exactly these of the scattered ranges alive."""
        self.command("clear")
        self.command("populate", "-", input="\n".join(addresses) + "\n")

    def counters(self, role: str) -> dict[str, int]:
        """The namespace's ICMP counters: what the kernel peer got, answered and failed to answer."""
        lines = self.run_inside(role, "cat", "/proc/net/snmp").stdout.splitlines()
        names, values = [line.split()[1:] for line in lines if line.startswith("Icmp:")]
        return dict(zip(names, map(int, values)))

    def sweep(self, *args: str, role: str = "scanner", before: tuple[str, ...] = (), **kwargs) -> "Sweep":
        """Runs the scanner to its end, with -s and --json, and checks what holds for every sweep."""
        with self.start(*args, role=role, before=before, **kwargs) as running:
            return running.finish()

    def start(self, *args: str, role: str = "scanner", before: tuple[str, ...] = (),
              env: dict[str, str] | None = None, folder: Path | None = None,
              time_limit: float = TIME_LIMIT) -> "Running":
        return Running(self.inside(role, *before, str(self.binary)), list(args), env, folder, time_limit)


class PeerProcess:
    """peer.py in the lab's `tun` namespace; a context."""

    def __init__(self, lab: Lab, file: Path, folder: Path) -> None:
        self.lab = lab
        self.stats_file = folder / "peer.json"
        self.process = subprocess.Popen(
            lab.inside("tun", sys.executable, str(HERE / "peer.py"), str(file), "--stats", str(self.stats_file)),
            stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "PeerProcess":
        ready = self.process.stdout.readline()
        assert ready == "ready\n", "the peer does not start"
        # Some time after the peer has come the kernel lets packets into the device's queue; before it takes none.
        deadline = time.monotonic() + TIME_LIMIT / 3
        while self.lab.run_inside("tun", "cat", "/sys/class/net/tun0/operstate").stdout != "up\n":
            assert time.monotonic() < deadline, "tun0 does not come up"
            time.sleep(0.02)
        return self

    def stop(self) -> dict:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0
        return json.loads(self.stats_file.read_text())

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Running:
    """A sweep under way. A context: it does not outlive its block."""

    def __init__(self, command: list[str], args: list[str], env: dict[str, str] | None,
                 folder: Path | None, time_limit: float) -> None:
        # Not pytest's tmp_path: that one is closed to other users, whom some tests run the scanner as.
        self.own_folder = tempfile.TemporaryDirectory(prefix="lab-") if folder is None else None
        self.folder = folder or Path(self.own_folder.name)
        if folder is None:
            self.folder.chmod(0o777)
        self.json_file = self.folder / "run.json"
        self.args = args
        command = [*command, "-s", "--no-progress", "--json", str(self.json_file), *args]
        self.files = [open(self.folder / name, "w+", encoding="utf-8") for name in ("stdout", "stderr")]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.files[0],
                                        stderr=self.files[1], env={**os.environ, **(env or {})})
        self.deadline = time.monotonic() + time_limit

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for file in self.files:
            file.close()
        if self.own_folder:
            self.own_folder.cleanup()

    def lines_so_far(self) -> int:
        return self.json_file.read_bytes().count(b"\n") if self.json_file.exists() else 0

    def wait_for_lines(self, count: int) -> None:
        """Until that many lines of JSON are there: the sweep is in its midst."""
        while self.lines_so_far() < count:
            assert self.process.poll() is None, "the sweep ended before it got there: " + self.text(1)
            assert time.monotonic() < self.deadline, "the sweep does not get there"
            time.sleep(0.02)

    def wait_for_stderr(self, text: str) -> None:
        """Until that is there. Read by its name: the open file's position is the scanner's, too."""
        while text not in (self.folder / "stderr").read_text(encoding="utf-8"):
            assert self.process.poll() is None, f"it ended without '{text}': " + self.text(1)
            assert time.monotonic() < self.deadline, f"it does not say '{text}': " + self.text(1)
            time.sleep(0.02)

    def text(self, which: int) -> str:
        self.files[which].seek(0)
        return self.files[which].read()

    def finish(self, stop_with: signal.Signals | None = None) -> "Sweep":
        if stop_with is not None:
            self.process.send_signal(stop_with)
        self.process.wait(timeout=max(1.0, self.deadline - time.monotonic()))
        sweep = Sweep(self.args, self.process.returncode, self.text(0), self.text(1))
        assert self.json_file.exists(), f"no JSON was written (exit {sweep.exit}): {sweep.stderr}"
        sweep.read_json(self.json_file.read_text(encoding="utf-8"))
        sweep.check()
        return sweep


@dataclass
class Sweep:
    """A finished sweep, as its JSON and its text have it."""

    args: list[str]
    exit: int
    stdout: str
    stderr: str
    run: dict = field(default_factory=dict)
    hosts: dict[str, dict] = field(default_factory=dict)
    accounting: dict = field(default_factory=dict)

    def read_json(self, text: str) -> None:
        assert text.endswith("\n"), "the JSON file ends in the middle of a line"
        records = [json.loads(line) for line in text.splitlines()]
        assert records, f"the JSON file is empty (exit {self.exit}): {self.stderr}"
        assert records[0]["type"] == "run" and records[-1]["type"] == "accounting", text[:500]
        self.run, self.accounting = records[0], records[-1]
        check_lines(records)
        for record in records[1:-1]:
            addresses = [record["address"]] if record["type"] == "host" else expand([record["prefix"]])
            assert len(addresses) == record.get("count", 1), record
            for address in addresses:
                assert address not in self.hosts, f"{address} is listed twice"
                self.hosts[address] = record

    def in_state(self, state: str) -> set[str]:
        return {address for address, record in self.hosts.items() if record["state"] == state}

    @property
    def probes(self) -> int:
        return sum(self.accounting["probes_by_pass"])

    def check(self) -> None:
        """What holds for every sweep, whatever became of it."""
        self.check_lists()
        self.check_text()

    def check_lists(self) -> None:
        sums = self.accounting
        assert sum(sums[state] for state in STATES) == sums["targets"], sums
        assert sums["targets"] == self.run["targets"] == len(self.hosts)
        for state in STATES:
            assert len(self.in_state(state)) == sums[state], f"{state}: listed {len(self.in_state(state))}"
        for address, record in self.hosts.items():
            assert (record["tries"] == 0) == (record["state"] == "unsent"), f"{address}: {record}"
            assert record["tries"] <= len(sums["probes_by_pass"]), f"{address}: {record}"
        # Of an alive host it is known which probe was answered, and not whether each before it could leave.
        assert sum(1 if record["state"] == "alive" else record["tries"]
                   for record in self.hosts.values()) <= self.probes

    def check_text(self) -> None:
        """The accounting on standard error says the same as the JSON."""
        sums = self.accounting
        line = (f"accounting: {sums['targets']} targets = {sums['alive']} alive + {sums['unreachable']} "
                f"icmp-unreachable + {sums['silent']} silent + {sums['unsent']} unsent\n")
        assert line in self.stderr, self.stderr
        passes = ", ".join(f"pass {i}: {n}" for i, n in enumerate(sums["probes_by_pass"]))
        assert re.search(rf"^probes: {self.probes} sent \({passes}\)$", self.stderr, re.M), self.stderr
        assert (f"replies: {sums['echo_replies']} echo, {sums['icmp_errors']} icmp errors, {sums['late']} late, "
                f"{sums['extra']} extra, {sums['foreign']} foreign, {sums['forged']} forged, "
                f"{sums['malformed']} malformed\n") in self.stderr, self.stderr
        assert f"capture: {sums['capture_drops']} dropped\n" in self.stderr, self.stderr
        expected = "send errors: none\n" if not sums["send_errors"] else "send errors: "
        assert expected in self.stderr, self.stderr
        for name, count in sums["send_errors"].items():
            assert re.search(rf"^send errors: .*\b{count} {name} \(", self.stderr, re.M), self.stderr

    def expect_exactly(self, **states: set[str]) -> None:
        """Each state holds these and no others; a state that is not named holds none."""
        for state in STATES:
            expected, found = states.get(state, set()), self.in_state(state)
            if expected != found:
                missing, surplus = expected - found, found - expected
                where = {address: self.hosts.get(address, "not listed") for address in sorted(missing)[:5]}
                raise AssertionError(f"{state}: {len(missing)} missing {where}, {len(surplus)} surplus "
                                     f"{sorted(surplus)[:5]}\n{self.stderr}")
