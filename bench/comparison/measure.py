"""One run of one tool: what it found of what is true, how long it took, and what it used."""

import os
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

# How often a process's peak memory is looked at.
LOOK_S = 0.01
# A run keeps the end of its output: the whole of it, where it is not a list of addresses.
SHORT_OUTPUT = 1 << 16


class OutOfTime(Exception):
    """The whole comparison's time is up."""


class Budget:
    """The seconds that a stage, or everything, may take."""

    def __init__(self, seconds: float, parent: "Budget | None" = None) -> None:
        self.end = time.monotonic() + seconds
        if parent:
            self.end = min(self.end, parent.end)

    def left(self) -> float:
        return self.end - time.monotonic()


@dataclass
class Truth:
    """Who is alive; `asked` is the number of targets."""

    asked: int
    alive: frozenset[bytes]


@dataclass
class Run:
    found: int
    wrong: int
    twice: int
    wall: float
    cpu: float
    peak_kib: int
    # Why it does not count as having run to its end; empty where it does.
    ended: str
    stdout: bytes = field(repr=False, default=b"")
    stderr: str = field(repr=False, default="")


class PeakMemory(threading.Thread):
    """VmHWM of a process. (What wait4() says counts the memory of whoever started it, too.)"""

    def __init__(self, pid: int, name: str) -> None:
        super().__init__(daemon=True)
        self.status = Path(f"/proc/{pid}/status")
        self.name_line = f"Name:\t{name[:15]}"
        self.kib = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(LOOK_S):
            try:
                lines = self.status.read_text().splitlines()
            except OSError:
                return
            if lines and lines[0] == self.name_line:
                self.kib = max([self.kib, *(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))])


def wait_for(process: subprocess.Popen, limit: float) -> tuple[resource.struct_rusage, bool]:
    """Until it ends or the limit is over; whatever happens here, it has ended afterwards."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.send_signal(signal.SIGKILL)

    stopper = threading.Timer(max(limit, 0.1), stop)
    stopper.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        stopper.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage, late.is_set()


def measure(command: list[str], name: str, parse: Callable[[bytes], list[bytes]], truth: Truth, limit: float) -> Run:
    """Runs a command line (`name` is the program that it ends up as) for at most `limit` seconds."""
    if limit <= 0:
        raise OutOfTime
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        peak = PeakMemory(process.pid, name)
        peak.start()
        usage, late = wait_for(process, limit)
        wall = time.monotonic() - start
        peak.over.set()
        peak.join()
        out.seek(0)
        err.seek(0)
        written, said = out.read(), err.read().decode(errors="replace")
    listed = parse(written)
    found = set(listed)
    hits = len(found & truth.alive)
    ended = "" if process.returncode in (0, 1) else f"exit {process.returncode}"
    if late:
        ended = f"stopped after {wall:.0f} s"
    return Run(hits, len(found) - hits, len(listed) - len(found), wall, usage.ru_utime + usage.ru_stime, peak.kib,
               ended, written[-SHORT_OUTPUT:], said)
