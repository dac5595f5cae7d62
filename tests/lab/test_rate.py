"""A rate that finds itself: over links of known capacity, told by the packets that left, from second to second.

The capacities are far below what any machine can do, so that what is measured is the rate and not the machine."""

import subprocess
import time

import pytest

from labtools import HERE
from test_scenarios import PeerProcess

# 131,072 hosts, all alive: no run here gets through them.
TARGETS = "240.16.0.0/15"
SECONDS = 14
TOLERANCE = 0.2


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


def sent_packets(lab, role, device):
    for line in lab.run_inside(role, "cat", "/proc/net/dev").stdout.splitlines():
        name, _, numbers = line.partition(":")
        if name.strip() == device:
            return int(numbers.split()[9])
    raise AssertionError(f"no {device}")


def watch(lab, running, role, device, changes=()):
    """Runs it to its end; (time, packets sent) all along. `changes`: (second, what to call then)."""
    begin, samples, changes = time.monotonic(), [], list(changes)
    while running.process.poll() is None and time.monotonic() - begin < 2 * SECONDS:
        now = time.monotonic() - begin
        if changes and now >= changes[0][0]:
            changes.pop(0)[1]()
        samples.append((now, sent_packets(lab, role, device)))
        time.sleep(0.1)
    assert not changes, "the run ended before its time"
    return samples


def mean(samples, begin, end):
    inside = [sample for sample in samples if begin <= sample[0] <= end]
    (first, before), (last, after) = inside[0], inside[-1]
    rate = (after - before) / (last - first)
    print(f"{rate:.0f} packets a second from {first:.1f} to {last:.1f} s")
    return rate


def auto(lab, role="scanner", targets=TARGETS, seconds=SECONDS):
    return lab.start("-q", "--rate", "auto", "-r", "0", "--max-runtime", f"{seconds}s", "--drain", "500ms", targets,
                     role=role)


@pytest.mark.parametrize("capacity", [600, 2000, 8000])
def test_the_mean_rate_is_the_links_capacity(router, capacity):
    """From below (the run starts at 1,000 a second), and from above."""
    limit(router, capacity)
    with auto(router) as running:
        samples = watch(router, running, "scanner", "up0")
        sweep = running.finish()
    assert mean(samples, SECONDS / 2, SECONDS) == pytest.approx(capacity, rel=TOLERANCE), samples[::10]
    control = sweep.accounting["control"]
    assert sweep.run["rate_mode"] == "auto" and sweep.run["max_loss"] == 1
    assert 0 < control["answered"] <= control["sent"] < 0.12 * sweep.probes
    assert control["loss_low"] <= control["loss"] <= control["loss_high"]
    assert f"control: {control['sent']} sent, {control['answered']} answered" in sweep.stderr
    assert sweep.accounting["extra"] == sweep.accounting["forged"] == 0


@pytest.mark.parametrize(("first", "then"), [(2000, 6000), (6000, 2000)])
def test_it_follows_a_change_of_the_capacity(router, first, then):
    limit(router, first)
    with auto(router, seconds=18) as running:
        samples = watch(router, running, "scanner", "up0", [(7, lambda: limit(router, then))])
        running.finish()
    assert mean(samples, 13, 18) == pytest.approx(then, rel=TOLERANCE), samples[::10]


def test_a_link_with_a_queue(router):
    """A shaper instead of a policer: what is too much waits, and only then gets lost."""
    capacity = 2000
    # 60 bytes a packet (20 + 8 + 18, and 14 of Ethernet): what tbf counts.
    shaper = ["tc", "qdisc", "replace", "dev", "host0", "root", "tbf", "rate", f"{capacity * 60 * 8}bit", "burst",
              "3000", "limit", "12000"]
    made = subprocess.run(router.inside("router", *shaper), capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"this kernel has no tbf: {made.stderr.strip()}")
    try:
        with auto(router) as running:
            samples = watch(router, running, "scanner", "up0")
            running.finish()
    finally:
        router.run_inside("router", "tc", "qdisc", "replace", "dev", "host0", "root", "pfifo", "limit", "1000")
    assert mean(samples, SECONDS / 2, SECONDS) == pytest.approx(capacity, rel=TOLERANCE), samples[::10]


def test_the_peer_with_a_limit_that_changes(lab, tmp_path):
    with PeerProcess(lab, HERE / "links" / "changing.toml", tmp_path) as peer, \
         auto(lab, "tun", "240.0.0.0/15", seconds=18) as running:
        samples = watch(lab, running, "tun", "tun0")
        running.finish()
        seen = peer.stop()
    # Since its first probe; nothing counts a second around the change.
    assert mean(samples, 4, 7) == pytest.approx(1500, rel=TOLERANCE), samples[::10]
    assert mean(samples, 13, 18) == pytest.approx(4000, rel=TOLERANCE), samples[::10]
    assert seen["over_limit"] > 0


def test_complete_over_a_link_that_loses_reorders_and_is_slow(lab, tmp_path):
    """Rate and number of passes both find themselves, and the result is what was asked for."""
    with PeerProcess(lab, HERE / "links" / "hard.toml", tmp_path) as peer, \
         lab.start("-q", "--rate", "auto", "--complete", "99.9", "-t", "300ms", "240.0.0.0/16", role="tun") as running:
        sweep = running.finish()
        seen = peer.stop()
    print(f"{sweep.accounting['alive']} of 65536 in {sweep.accounting['elapsed_s']:.0f} s,"
          f" passes {sweep.accounting['probes_by_pass']}, missed at most {sweep.accounting['missed_at_most']}")
    assert sweep.accounting["alive"] >= 65536 * 0.999
    assert sweep.accounting["missed_at_most"] <= 66 or sweep.accounting["alive"] == 65536
    assert sweep.accounting["alive"] + sweep.accounting["silent"] == 65536
    assert seen["over_limit"] > 0, "the limit was reached"
    assert seen["bad_probes"] == 0
