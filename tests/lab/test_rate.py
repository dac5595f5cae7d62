"""A rate that finds itself: over links of known capacity, told by the packets that left, from second to second.

The capacities are far below what any machine can do, so that what is measured is the rate and not the machine. What a
machine does that stands still for half a second is neither: see `settled`."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labtools import HERE, PeerProcess, Running, Sweep

# 131,072 hosts, all alive: no run here gets through them.
TARGETS = "240.16.0.0/15"
SECONDS = 14
# A window ends before the run does, by what a start may take.
END = SECONDS - 0.5
TOLERANCE = 0.2
# A process that gets no turn for so long was held up by the machine; what that does to a rate takes so long to pass.
HELD_UP_S = 0.3
RECOVERY_S = 2
# So many runs may be held up before one of them is judged all the same.
MOST_RUNS = 3


def limit(lab, per_second):
    """The router drops what is too much for this link. 100 ms of packets pass at once, so that batches do."""
    rules = f"""
table ip rate
delete table ip rate
table ip rate {{
  chain forward {{
    type filter hook forward priority -10;
    ip daddr {TARGETS} limit rate over {per_second}/second burst {max(5, per_second // 10)} packets drop
  }}
}}
"""
    lab.run_inside("router", "nft", "-f", "-", input=rules)


@pytest.fixture
def router(lab):
    yield lab
    lab.run_inside("router", "nft", "-f", "-", input="table ip rate\ndelete table ip rate\n")


def sent_packets(pid: int, device: str) -> int:
    """In the namespace of that process; read here, without another process that would have to get its turn."""
    for line in Path(f"/proc/{pid}/net/dev").read_text(encoding="ascii").splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == device:
            return int(numbers.split()[9])
    raise AssertionError(f"no {device}")


def time_without_a_turn(pids: tuple[int, ...]) -> dict[str, float]:
    """How long each thread of them has waited for a processor, and the processors for the machine below this one, in
    seconds: the kernel's own account."""
    stolen = Path("/proc/stat").read_text(encoding="ascii").split()[8]
    waited = {"stolen": int(stolen) / os.sysconf("SC_CLK_TCK")}
    for thread in (thread for pid in pids for thread in Path(f"/proc/{pid}/task").glob("*/schedstat")):
        try:
            waited[str(thread)] = int(thread.read_text(encoding="ascii").split()[1]) / 1e9
        except OSError:  # it is no more, or this kernel keeps no account
            pass
    return waited


def in_own_namespace(pid: int) -> bool:
    """`ip netns exec` has entered it."""
    return os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")


class Watch:
    """Watches a sweep to its end: packets that left, all along, and when the machine held up the sweep, `others` that
    take part, or the watcher. Times are in seconds since it was in its namespace. `changes`: (second, what to call)."""

    def __init__(self, running: Running, device: str, changes: list[tuple[float, Callable]] | None = None,
                 others: tuple[int, ...] = ()) -> None:
        self.samples: list[tuple[float, int]] = []
        self.held_up: list[tuple[float, float]] = []
        pid, changes = running.process.pid, list(changes or [])
        while not in_own_namespace(pid):
            assert running.process.poll() is None, running.text(1)
            time.sleep(0.01)
        waited: dict[str, float] = {}
        begin = last = time.monotonic()
        while running.process.poll() is None:
            assert time.monotonic() < running.deadline, "the sweep does not end"
            if changes and time.monotonic() - begin >= changes[0][0]:
                changes.pop(0)[1]()
            try:
                sent = sent_packets(pid, device)
            except OSError:  # it has just ended
                break
            now = time.monotonic()
            self.samples.append((now - begin, sent))
            before, waited = waited, time_without_a_turn((pid, *others))
            longest = max(seconds - before.get(who, seconds) for who, seconds in waited.items())
            if max(longest, now - last) > HELD_UP_S:
                self.held_up.append((min(last - begin, now - begin - longest), now - begin))
            last = now
            time.sleep(0.1)
        assert not changes, "the run ended before its time"

    def was_held_up(self, begin: float, end: float) -> bool:
        return any(first < end and begin - RECOVERY_S < last for first, last in self.held_up)

    def mean(self, begin: float, end: float) -> float:
        inside = [sample for sample in self.samples if begin <= sample[0] <= end]
        (first, before), (last, after) = inside[0], inside[-1]
        rate = (after - before) / (last - first)
        print(f"{rate:.0f} packets a second from {first:.1f} to {last:.1f} s")
        return rate


def settled(run: Callable[[], tuple[Watch, Sweep]], *windows: tuple[float, float]) -> tuple[Watch, Sweep]:
    """Runs it, and again if the machine held it up in one of these windows or shortly before: such a run proves
    nothing about the rate. Any other one is final."""
    for _ in range(MOST_RUNS):
        watch, sweep = run()
        if not any(watch.was_held_up(*window) for window in windows):
            break
        print(f"held up: {watch.held_up}")
    return watch, sweep


def expect_rate(watch: Watch, window: tuple[float, float], capacity: float) -> None:
    assert watch.mean(*window) == pytest.approx(capacity, rel=TOLERANCE), (watch.samples[::10], watch.held_up)


def auto(lab, role="scanner", targets=TARGETS, seconds=SECONDS):
    return lab.start("-q", "--rate", "auto", "-r", "0", "--max-runtime", f"{seconds}s", "--drain", "500ms", targets,
                     role=role)


@pytest.mark.parametrize("capacity", [600, 2000, 8000])
def test_the_mean_rate_is_the_links_capacity(router, capacity):
    """From below (the run starts at 1,000 a second), and from above."""
    def run():
        with auto(router) as running:
            return Watch(running, "up0"), running.finish()
    limit(router, capacity)
    window = (SECONDS / 2, END)
    watch, sweep = settled(run, window)
    expect_rate(watch, window, capacity)
    control = sweep.accounting["control"]
    assert sweep.run["rate_mode"] == "auto" and sweep.run["max_loss"] == 1
    assert 0 < control["answered"] <= control["sent"] < 0.12 * sweep.probes
    assert control["loss_low"] <= control["loss"] <= control["loss_high"]
    assert f"control: {control['sent']} sent, {control['answered']} answered" in sweep.stderr
    assert sweep.accounting["extra"] == sweep.accounting["forged"] == 0


@pytest.mark.parametrize(("first", "then"), [(2000, 6000), (6000, 2000)])
def test_it_follows_a_change_of_the_capacity(router, first, then):
    def run():
        limit(router, first)
        with auto(router, seconds=21) as running:
            return Watch(running, "up0", [(7, lambda: limit(router, then))]), running.finish()
    window = (13, 20.5)
    watch, _ = settled(run, window)
    expect_rate(watch, window, then)


def test_a_link_with_a_queue(router):
    """A shaper instead of a policer: what is too much waits, and only then gets lost."""
    capacity = 2000
    # 60 bytes a packet (20 + 8 + 18, and 14 of Ethernet): what tbf counts.
    shaper = ["tc", "qdisc", "replace", "dev", "host0", "root", "tbf", "rate", f"{capacity * 60 * 8}bit", "burst",
              "3000", "limit", "12000"]
    made = subprocess.run(router.inside("router", *shaper), capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"this kernel has no tbf: {made.stderr.strip()}")

    def run():
        with auto(router) as running:
            return Watch(running, "up0"), running.finish()
    window = (SECONDS / 2, END)
    try:
        watch, _ = settled(run, window)
    finally:
        router.run_inside("router", "tc", "qdisc", "replace", "dev", "host0", "root", "pfifo", "limit", "1000")
    expect_rate(watch, window, capacity)


def test_the_peer_with_a_limit_that_changes(lab, tmp_path):
    over_limit = []

    def run():
        with PeerProcess(lab, HERE / "links" / "changing.toml", tmp_path) as peer, \
             auto(lab, "tun", "240.0.0.0/15", seconds=21) as running:
            watch, sweep = Watch(running, "tun0", others=(peer.process.pid,)), running.finish()
            over_limit.append(peer.stop()["over_limit"])
        return watch, sweep
    # The limit changes ten seconds after the peer's first probe; nothing counts a second around that.
    windows = (4, 9), (15, 20.5)
    watch, _ = settled(run, *windows)
    expect_rate(watch, windows[0], 1500)
    expect_rate(watch, windows[1], 4000)
    assert over_limit[-1] > 0


def test_complete_over_a_link_that_loses_reorders_and_is_slow(lab, tmp_path):
    """Rate and number of passes both find themselves, and the result is what was asked for."""
    with PeerProcess(lab, HERE / "links" / "hard.toml", tmp_path) as peer, \
         lab.start("-q", "--rate", "auto", "--complete", "99.9", "-t", "1s", "240.0.0.0/16", role="tun",
                   time_limit=240) as running:
        sweep = running.finish()
        seen = peer.stop()
    print(f"{sweep.accounting['alive']} of 65536 in {sweep.accounting['elapsed_s']:.0f} s,"
          f" passes {sweep.accounting['probes_by_pass']}, missed at most {sweep.accounting['missed_at_most']}")
    assert sweep.accounting["alive"] >= 65536 * 0.999
    assert sweep.accounting["missed_at_most"] <= 66 or sweep.accounting["alive"] == 65536
    assert sweep.accounting["alive"] + sweep.accounting["silent"] == 65536
    assert seen["over_limit"] > 0, "the limit was reached"
    assert seen["bad_probes"] == 0
