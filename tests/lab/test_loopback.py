"""127.0.0.0/8 in a namespace of its own, as fast as it goes: every one of 16.7 million, in little memory."""

import re
import subprocess
import sys

from labtools import MEASURE

NETWORK = 127 << 24
HOSTS = 1 << 24
# All but the two that some kernels take for broadcasts.
ENOUGH = HOSTS - 2
MAX_RSS_KIB = 128 * 1024
LINES_AT_ONCE = 1 << 22


def test_a_whole_8(lab, binary, tmp_path):
    out, err = tmp_path / "alive.txt", tmp_path / "stderr.txt"
    with open(out, "wb") as stdout, open(err, "wb") as stderr:
        subprocess.run(
            [sys.executable, "-c", MEASURE, "unshare", "-n", "sh", "-c",
             'ip link set lo up && exec "$0" -a -s --rate max -r 1 127.0.0.0/8', str(binary)],
            stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, check=True)
    text = err.read_text()
    sums = re.search(r"^accounting: (\d+) targets = (\d+) alive \+ (\d+) icmp-unreachable \+ (\d+) silent "
                     r"\+ (\d+) unsent$", text, re.M)
    assert sums, text
    targets, alive, *others = map(int, sums.groups())
    assert targets == alive + sum(others)
    assert targets >= ENOUGH and alive >= ENOUGH, text
    peak = int(text.splitlines()[-1])
    assert peak < MAX_RSS_KIB, f"{peak} KiB at the peak"
    assert check_lines(out) == alive, "the lines are not those that were counted"


def check_lines(path) -> int:
    """How many lines there are; each is an address of 127.0.0.0/8, and none is there twice."""
    seen = bytearray(HOSTS)
    lines = 0
    with open(path, "rb") as file:
        while chunk := file.readlines(LINES_AT_ONCE):
            lines += len(chunk)
            for line in chunk:
                a, b, c, d = line.split(b".")
                assert a == b"127" and d.endswith(b"\n")
                seen[int(b) << 16 | int(c) << 8 | int(d)] += 1
    assert seen.count(1) == lines, "an address is listed twice"
    return lines
