"""Tens of thousands and a million targets, counted on loopback in a namespace of its own: exact, in little memory."""

import re
import subprocess
import sys

import pytest

from countlab import account
from labtools import MEASURE, TIME_LIMIT

MIB = 1 << 20
A_TARGET, A_KEPT_ROUND_TRIP = 64, 8
# Pages that are not filled, and what the allocator keeps.
ALLOWANCE = 2 * MIB
# The capture's ring is for four seconds of replies at --rate, 16 MiB at most: who asks for less, or more slowly, has not filled it.
SECONDS_ALONE = 5
MOST_BESIDES_TARGETS = 80 * MIB


def dropped_by_the_kernel() -> int:
    """Packets that came faster than a busy machine's softirqs took them from loopback's queue; all namespaces together."""
    with open("/proc/net/softnet_stat", encoding="utf-8") as file:
        return sum(int(line.split()[1], 16) for line in file)


def count(binary, folder, *args: str) -> tuple[str, int]:
    """What it writes to standard error, and its memory at the peak, in bytes. Once more where the kernel lost packets."""
    for _ in range(3):
        before = dropped_by_the_kernel()
        result = count_once(binary, folder, *args)
        if dropped_by_the_kernel() == before:
            break
    return result


def count_once(binary, folder, *args: str) -> tuple[str, int]:
    err = folder / "stderr"
    with open(err, "w", encoding="utf-8") as stderr:
        subprocess.run(
            [sys.executable, "-c", MEASURE, "unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$0" "$@"',
             str(binary), "-s", "-q", *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr, check=True, timeout=TIME_LIMIT)
    text, _, peak = err.read_text(encoding="utf-8").rstrip().rpartition("\n")
    return text + "\n", int(peak) * 1024


@pytest.mark.parametrize(("args", "prefix", "rounds", "rate"), [
    (["-C", "10", "-p", "1000", "--rate", "70k"], "127.1.0.0/16", 10, 70_000),
    (["-c", "3", "-p", "8000", "--rate", "150k"], "127.16.0.0/12", 3, 150_000)])
def test_many_targets(lab, binary, tmp_path, args, prefix, rounds, rate):
    """Memory is compared with a run that asks one target as fast: queues and the capture's ring are for that."""
    first, bits = prefix.split("/")
    targets = 1 << (32 - int(bits))
    base = int.from_bytes(map(int, first.split(".")), "big")
    text, peak = count(binary, tmp_path, *args, prefix)
    sums = account(text)
    assert sums["targets"] == sums["alive"] == targets
    assert sums["sent"] == sums["received"] == targets * rounds, text[-1500:]
    assert sums["not_sent"] == sums["duplicates"] == sums["forged"] == sums["dropped"] == 0, text[-1500:]
    assert re.search(rf"^ +{targets * rounds} ICMP Echos sent\n +{targets * rounds} ICMP Echo Replies received$",
                     text, re.M), text[-1500:]

    lines = iter(text.splitlines())
    for number in range(base, base + targets):
        name, colon, *words = next(lines).split()
        assert (name, colon) == (".".join(map(str, number.to_bytes(4, "big"))), ":")
        if args[0] == "-C":
            assert len(words) == rounds and all(float(word) > 0 for word in words), (name, words)
        else:
            assert words[:3] == ["xmt/rcv/%loss", "=", f"{rounds}/{rounds}/0%,"], (name, words)

    alone, small = count(binary, tmp_path, *args[4:], "-c", str(SECONDS_ALONE * rate), "-p", f"{1000 / rate:.6f}", "-t", "1000",
                         "127.0.0.1")
    assert account(alone)["received"] == SECONDS_ALONE * rate
    grown = peak - small
    most = targets * (A_TARGET + (A_KEPT_ROUND_TRIP * rounds if args[0] == "-C" else 0))
    print(f"\n{targets} targets x {rounds}: {peak / MIB:.1f} MiB at the peak, one target {small / MIB:.1f} MiB: "
          f"{grown / targets:.1f} bytes a target, {most / targets:.0f} allowed")
    assert grown <= most + ALLOWANCE
    assert small <= MOST_BESIDES_TARGETS


def test_intervals_take_no_more(lab, binary, tmp_path):
    """Each target's figures since the last report are part of the 64 bytes; and two rounds a second take as little."""
    args = ["-c", "5", "--rate", "140k", "-Q", "1"]
    text, peak = count(binary, tmp_path, *args, "-p", "2000", "127.4.0.0/14")
    targets = 1 << 18
    assert account(text)["received"] == 5 * targets, text[-1500:]
    assert len(re.findall(r"^\[\d\d:\d\d:\d\d\]$", text, re.M)) >= 7
    _, small = count(binary, tmp_path, "-c", "700000", "--rate", "140k", "-Q", "1", "-p", f"{2000 / targets:.6f}", "127.0.0.1")
    grown = peak - small
    print(f"\n{grown / targets:.1f} bytes a target")
    assert grown <= A_TARGET * targets + ALLOWANCE


def test_a_period_that_is_too_short(lab, binary, tmp_path):
    """Rounds take as long as they must; what is remembered of each target stays the same."""
    args = ["-l", "--rate", "100k", "--max-runtime", "1s"]
    text, peak = count(binary, tmp_path, *args, "-p", "10", "127.16.0.0/12")
    assert account(text)["targets"] == 1 << 20
    _, small = count(binary, tmp_path, *args, "-p", "0.01", "127.0.0.1")
    assert peak - small <= (A_TARGET << 20) + ALLOWANCE, f"{(peak - small) / (1 << 20)} bytes a target"
