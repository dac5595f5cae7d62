"""Debian's fping and our binary under the name `fping`: the same command lines, the same output, byte for byte.

Only what is a time is masked. Both run all the chosen cases first, several at once; then each case is a test.
"""

import concurrent.futures
import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from fping_cases import CASES, FILES, WORDS, Case
from fping_differences import DIFFERENCES
from labtools import HERE, PeerProcess

THEIRS = shutil.which("fping")
AT_ONCE = 12
TRIES = 3
# The longest case takes 4 s, with fping's default of 3 retries.
TIME_LIMIT = 15
ALIKE = [case for case in CASES if str(case) not in DIFFERENCES]
DIFFERENT = [case for case in CASES if str(case) in DIFFERENCES]

MASKS = [(re.compile(pattern, flags), mask) for pattern, flags, mask in (
    # The help is everybody's own wording.
    (r"\AUsage: fping \[options\] \[targets\.\.\.\]\n\n(.|\n)*", 0, "<usage>\n"),
    (r"^(fping: Version )\d+\.\d+$", re.M, r"\1N"),
    (r"\b0\.000( ms \(... round trip time\))", 0, r"ZERO\1"),
    (r"\b\d+(\.\d+)? ms\b", 0, "T ms"),
    (r"\b\d+\.\d+ avg\b|\b\d{3,} avg\b", 0, "T avg"),
    (r"(?<=min/avg/max = )[\d.]+/[\d.]+/[\d.]+$", re.M, "T/T/T"),
    (r"^ +\d+\.\d{3} sec", re.M, " T sec"),
    (r"^(SET (?:min|avg|max) = )\d+$", re.M, r"\1T"),
    (r"^\[\d+\.\d{5}\](?= )", re.M, "[TIME]"),
    (r"^\[\d\d:\d\d:\d\d\]$", re.M, "[CLOCK]"),
    (r"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}\](?= )", re.M, "[ISO]"),
    (r"^\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\](?= )", re.M, "[CTIME]"),
    (r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\](?= )", re.M, "[RFC3339]"),
    (r'("timestamp": ")\d+\.\d{5}(?=")', 0, r"\1TIME"),
    (r'("(?:rtt\w*|elapsed|time)": )\d+(\.\d+)?', 0, r"\1T"),
    (r"^ +\d+\.\d%  \d+ probes  .* alive.*$", re.M, " <progress>"),
    (r"\b(Originate|Receive|Transmit|Localreceive)=\d+", 0, r"\1=T"),
    (r"\bZERO ms", 0, "0.000 ms"))]
# -C's summary, as text and in JSON: nothing but times, and what stands for none.
ROUNDS = re.compile(r'^\S+ +: [\d. -]+$|"values": \[.*\]', re.M)
VALUES = re.compile(r"(?<=[ \[])\d+(\.\d+)?(?=[ ,\]]|$)")


def masked(text: str) -> str:
    for pattern, mask in MASKS:
        text = pattern.sub(mask, text)
    return ROUNDS.sub(lambda rounds: VALUES.sub("T", rounds[0]), text)


@dataclass(frozen=True)
class Result:
    out: str
    err: str
    code: int


class Fping:
    """One of the two programs, found as `fping` in PATH."""

    def __init__(self, lab, program, folder) -> None:
        self.lab, self.folder = lab, folder
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "fping").symlink_to(program)
        for name, text in FILES.items():
            (folder / name).write_text(text, encoding="utf-8")
        self.environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C", "TZ": "UTC"}

    def run(self, case: Case) -> Result:
        with subprocess.Popen(self.lab.inside(case.role, "fping", *case.words), cwd=self.folder, env=self.environment,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True) as process:
            for after, name in case.signals:
                time.sleep(after)
                process.send_signal(getattr(signal, f"SIG{name}"))
            try:
                out, err = process.communicate(case.stdin, timeout=TIME_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                out, err = process.communicate()
                err += f"(killed after {TIME_LIMIT} s)\n"
        return Result(masked(out), masked(err), process.returncode)

    def run_all(self, cases: list[Case]) -> dict[Case, Result]:
        """Several at once, with a new peer: it counts the probes that each of its hosts gets."""
        with PeerProcess(self.lab, HERE / "fping_peer.toml", self.folder), self.traffic(), \
                concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(cases, pool.map(self.run, cases)))

    @contextlib.contextmanager
    def traffic(self) -> Iterator[None]:
        """fping goes on sleeping when a signal comes, until something is due or any ICMP arrives: so that it ends within
        50 ms, as it does on a machine that others use too, something arrives."""
        with subprocess.Popen(self.lab.inside("scanner", "ping", "-q", "-i", "0.05", WORDS["A"]),
                              stdout=subprocess.DEVNULL) as others:
            try:
                yield
            finally:
                others.terminate()


class Both:
    """What the two made of each case. A machine that stood still at the wrong moment makes a difference that is none:
    what is not as it should be is run again, alone; a real difference is there each time."""

    def __init__(self, cases: list[Case], theirs: Fping, ours: Fping) -> None:
        self.theirs, self.ours = theirs, ours
        self.results = dict(zip(cases, zip(*(fping.run_all(cases).values() for fping in (theirs, ours)))))

    def of(self, case: Case, is_right: Callable[[Result, Result], bool]) -> tuple[Result, Result]:
        for _ in range(TRIES - 1):
            if is_right(*self.results[case]):
                break
            self.results[case] = (self.theirs.run_all([case])[case], self.ours.run_all([case])[case])
        return self.results[case]


@pytest.fixture(scope="module")
def results(lab, request, tmp_path_factory) -> Both:
    if THEIRS is None:
        pytest.skip("fping is not installed")
    version = subprocess.run([THEIRS, "-v"], capture_output=True, text=True, check=False).stdout.split()[-1]
    if version != "5.1":
        pytest.skip(f"fping_differences.py is about fping 5.1; this one is {version}")
    chosen = {item.callspec.params["case"] for item in request.session.items
              if item.path == request.path and hasattr(item, "callspec")}
    cases = [case for case in CASES if case in chosen]
    return Both(cases, *(Fping(lab, program, tmp_path_factory.mktemp(name))
                         for name, program in (("theirs", THEIRS), ("ours", lab.binary))))


@pytest.mark.parametrize("case", ALIKE, ids=str)
def test_equal(results, case):
    theirs, ours = results.of(case, lambda theirs, ours: theirs == ours)
    assert ours.out == theirs.out
    assert ours.err == theirs.err
    assert ours.code == theirs.code


@pytest.mark.parametrize("case", DIFFERENT, ids=str)
def test_listed_difference(results, case):
    expected = DIFFERENCES[str(case)]
    theirs, ours = results.of(case, lambda _, ours: ours == Result(expected.out, expected.err, expected.code))
    assert ours.out == expected.out, expected.why
    assert ours.err == expected.err, expected.why
    assert ours.code == expected.code, expected.why
    assert ours != theirs, "there is no such difference: take it off the list"


def test_the_tables_fit():
    names = [str(case) for case in CASES]
    assert len(names) == len(set(names)), "a case stands twice"
    assert not set(DIFFERENCES) - set(names), "differences of no case"
