"""What the tests of counts and loops share: a run under way, and what its lines and its JSON say."""

import json
import re
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from labtools import TIME_LIMIT

ACCOUNT = re.compile(
    r"^accounting: (?P<targets>\d+) targets = (?P<alive>\d+) alive \+ (?P<unreachable>\d+) icmp-unreachable \+ "
    r"(?P<silent>\d+) silent \+ (?P<unsent>\d+) unsent\n"
    r"probes: (?P<sent>\d+) sent = (?P<in_time>\d+) answered in time \+ (?P<timeouts>\d+) timed out "
    r"\((?P<late>\d+) answered late\) \+ (?P<in_flight>\d+) in flight; (?P<not_sent>\d+) not sent\n"
    r"replies: (?P<received>\d+) echo \(\d+ late, (?P<duplicates>\d+) duplicates?\), (?P<icmp_errors>\d+) icmp errors, "
    r"\d+ foreign, (?P<forged>\d+) forged, \d+ malformed\n"
    r"capture: (?P<dropped>\d+) dropped\n", re.M)
SUMMARY = re.compile(r"^(\S.*?) +: xmt/rcv/%loss = (\d+)/(\d+)/(\d+)%(?:, min/avg/max = \S+)?$", re.M)


def account(text: str) -> dict[str, int]:
    """The numbers of -s."""
    found = ACCOUNT.search(text)
    assert found, text[-2000:]
    return {name: int(number) for name, number in found.groupdict().items()}


class Counting:
    """A count or a loop under way, with -s and --json. A context: it does not outlive its block."""

    def __init__(self, command: list[str], args: list[str], folder: Path, **more) -> None:
        self.json_file, self.out, self.err = (folder / name for name in ("run.json", "stdout", "stderr"))
        with open(self.out, "w", encoding="utf-8") as out, open(self.err, "w", encoding="utf-8") as err:
            self.process = subprocess.Popen([*command, "-s", "--json", str(self.json_file), *args],
                                            **{"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err} | more)

    def __enter__(self) -> "Counting":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def stderr(self) -> str:
        return self.err.read_text(encoding="utf-8")

    def events(self, kind: str) -> list[dict]:
        """So far: `resp`, `timeout`, `sendError`, `icmpError`; `run` and `accounting` have a form of their own."""
        text = self.json_file.read_text(encoding="utf-8") if self.json_file.exists() else ""
        records = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [record[kind] for record in records if kind in record]

    def wait_for(self, kind: str, more: int = 1) -> None:
        """Until there are that many more of these events."""
        deadline = time.monotonic() + TIME_LIMIT / 3
        wanted = len(self.events(kind)) + more
        while len(self.events(kind)) < wanted:
            assert self.process.poll() is None, "it ended before it got there: " + self.stderr
            assert time.monotonic() < deadline, f"no {kind} comes: {self.stderr}"
            time.sleep(0.02)

    def finish(self, *stop_with: signal.Signals) -> dict[str, int]:
        """Its account; each probe has had one end, and all that is said agrees."""
        for number in stop_with:
            self.process.send_signal(number)
        self.process.wait(timeout=TIME_LIMIT)
        sums = account(self.stderr)
        ends = Counter((event["host"], event["seq"]) for kind in ("resp", "timeout", "sendError")
                       for event in self.events(kind) if "late" not in event and "duplicate" not in event)
        # Targets may share a name (-m).
        shared = sums["targets"] // max(1, len({host for host, _ in ends}))
        assert set(ends.values()) <= {shared}, [end for end, times in ends.items() if times != shared][:10]
        assert ends.total() + sums["in_flight"] == sums["sent"] + sums["not_sent"], sums
        assert sums["sent"] == sums["in_time"] + sums["timeouts"] + sums["in_flight"], sums
        assert len(self.events("timeout")) == sums["timeouts"] and len(self.events("sendError")) == sums["not_sent"]
        found = SUMMARY.findall(self.stderr)[-sums["targets"]:]  # before them: those of intervals
        assert sum(int(xmt) for _, xmt, _, _ in found) == ends.total(), self.stderr
        assert sum(int(rcv) for _, _, rcv, _ in found) == sums["in_time"] + sums["late"], self.stderr
        return sums
