"""bench/lab as an object."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
# As bench/lab has them.
SCANNER_ADDRESS, SCANNER_MAC, HOSTS_MAC = "198.19.0.1", "02:e5:00:00:0b:01", "02:e5:00:00:0b:02"


@contextmanager
def held_back() -> Iterator[None]:
    """A signal that ends the comparison does so after this block: subprocess.run() would kill what it waits for, whose
    own children would live on. What is started in here gets signals as usual."""
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    before = {number: handler for number, handler in before.items() if handler is not signal.SIG_IGN}
    for number in before:
        signal.signal(number, lambda number, _: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


class Lab:
    """A lab under a prefix of its own; a context, which leaves nothing behind."""

    def __init__(self) -> None:
        self.prefix = f"c{os.getpid() % 1000000}-"
        self.device = self.prefix.replace("-", "") + "-s"

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *_) -> None:
        # Nobody's impatience keeps this from being done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self.command("down")

    def command(self, *args: str) -> None:
        with held_back():
            done = subprocess.run([str(BENCH / "lab"), "--prefix", self.prefix, *args], check=False)
        if done.returncode != 0:
            sys.exit(f"compare: bench/lab {' '.join(args)}: exit {done.returncode}")

    def up(self, *args: str) -> None:
        """Replaces what stood by another lab."""
        self.command("up", *args)

    def inside(self, command: list[str], role: str = "scanner") -> list[str]:
        return ["ip", "netns", "exec", self.prefix + role, *command]


class Trickle:
    """A slow ping from the hosts to the scanner. masscan's receiver looks at the clock only when a packet comes, and
    would wait for ever on a link where nothing else is said."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def __enter__(self) -> None:
        self.ping = subprocess.Popen(self.lab.inside(["ping", "-q", "-i", "0.05", SCANNER_ADDRESS], "hosts"),
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        time.sleep(0.1)

    def __exit__(self, *_) -> None:
        self.ping.terminate()
        self.ping.wait()
