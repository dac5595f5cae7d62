"""How evenly probes leave, beside Debian's fping on the same cable at the same time, by the peer's kernel stamps."""

import shutil
import statistics
import subprocess
import sys

import pytest

from labtools import TIME_LIMIT

TARGET = "198.19.0.2"
COUNT, PERIOD = 50, 0.1
ATTEMPTS = 3
# A machine that others use, too, is late now and then: the worst of a run's intervals say nothing of the program.
TRIMMED = 0.2
SLACK = 1.5, 50e-6

# In the router's namespace: `SIZE TIME` of each echo request that comes in, until nothing has come for a second.
CAPTURE = """
import socket, struct, sys
capture = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
capture.setsockopt(socket.SOL_SOCKET, 35, 1)  # SO_TIMESTAMPNS
capture.bind(("scan0", 0x0800))
capture.settimeout(5)
print("ready", flush=True)
try:
    while True:
        packet, stamps, _, _ = capture.recvmsg(2048, 128)
        capture.settimeout(1)
        if packet[9] == 1 and packet[20] == 8:
            seconds, nanoseconds = struct.unpack("qq", stamps[0][2])
            print(len(packet), seconds * 10**9 + nanoseconds)
except TimeoutError:
    pass
"""


def spread(stamps: list[int]) -> tuple[float, float]:
    """(median absolute deviation, trimmed root mean square) of the intervals from the period, in seconds."""
    deviations = sorted(abs((then - now) / 1e9 - PERIOD) for now, then in zip(stamps, stamps[1:]))
    kept = deviations[:round(len(deviations) * (1 - TRIMMED))]
    return statistics.median(deviations), statistics.fmean(each * each for each in kept) ** 0.5


def side_by_side(lab, theirs: str) -> dict[str, list[int]]:
    """The send times of both; the payload's size tells them apart."""
    commands = {100: [str(lab.binary)], 120: [theirs]}
    with subprocess.Popen(lab.inside("router", sys.executable, "-c", CAPTURE), stdout=subprocess.PIPE,
                          text=True) as capture:
        assert capture.stdout.readline() == "ready\n"
        running = [subprocess.Popen(lab.inside("scanner", *command, "-q", "-c", str(COUNT), "-p", str(PERIOD * 1000),
                                               "-b", str(size), TARGET), stderr=subprocess.DEVNULL)
                   for size, command in commands.items()]
        assert [each.wait(timeout=TIME_LIMIT) for each in running] == [0, 0]
        lines = [tuple(map(int, line.split())) for line in capture.stdout]
    headers = 28
    ours, others = ([stamp for size, stamp in lines if size == payload + headers] for payload in commands)
    return {"echosweep": ours, "fping": others}


def test_probes_leave_as_evenly_as_fpings(lab):
    theirs = shutil.which("fping")
    if theirs is None:
        pytest.skip("there is no fping to compare with (package fping)")
    for _ in range(ATTEMPTS):
        spreads = {}
        both = side_by_side(lab, theirs)
        ours = both["echosweep"]
        assert len(ours) == COUNT
        # The schedule does not move, unless the machine stood still for longer than it makes up for.
        drift = (ours[-1] - ours[0]) / 1e9 - (COUNT - 1) * PERIOD
        for name, stamps in both.items():
            spreads[name] = spread(stamps)
            print(f"\n{name}: intervals off by {spreads[name][0] * 1e6:.0f} us (median), {spreads[name][1] * 1e6:.0f} us "
                  f"(root mean square, best {1 - TRIMMED:.0%})", end="")
        factor, more = SLACK
        if abs(drift) < 0.1 and all(own <= other * factor + more for own, other in zip(spreads["echosweep"], spreads["fping"])):
            return
    raise AssertionError(f"less even than fping in {ATTEMPTS} attempts; the last: {spreads}, drift {drift}")
