"""Counts, beside fping: echosweep called by fping's name, with the same command line.

fping numbers its probes in 16 bits and takes no number again within 10 s: more than 6,553 targets a second apart, ten
times, it does not bear. A period of 200 ms and five rounds instead, so that a run takes seconds."""

import ipaddress
import itertools
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from comparison.cases import FULL, Bench
from comparison.measure import OutOfTime, Run, Truth
from comparison.report import spread, table
from comparison.tools import Tool

NETWORK = ipaddress.ip_network("240.32.0.0/16")
PERIOD_MS = 200
MOST_OF_FPING = 6500
ARRIVALS = Path(__file__).with_name("arrivals.py")


def count_tool(name: str, program: str, file: str, count: int) -> Tool:
    return Tool(name, [program, "-q", "-c", str(count), "-p", str(PERIOD_MS), "-i", "0.01", "-f", file],
                lambda _: [], lists=False)


def answered(run: Run, count: int) -> int:
    """Targets all of whose probes were answered."""
    return run.stderr.count(f"= {count}/{count}/0%")


def cost(bench: Bench, ours: str, targets: int, count: int, rounds: int) -> list[list[str]]:
    """CPU and memory of both, for so many targets: a row for each, with our share of fping's."""
    probes = targets * count / 1000
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{address}\n" for address in itertools.islice(NETWORK.hosts(), targets))
        file.flush()
        some = [count_tool("echosweep", ours, file.name, count), count_tool("fping", "fping", file.name, count)]
        runs = bench.rounds([tool for tool in some if tool.installed()], Truth(targets, frozenset()), rounds, 25)
    whole = [answered(run, count) == targets for run in runs.get("echosweep", [])]
    bench.claim(f"-c {count} of {targets} targets: every probe answered", "every run", f"{sum(whole)} of {len(whole)}",
                all(whole), speed=False)
    cpu = {name: statistics.median(run.cpu for run in all_runs) for name, all_runs in runs.items()}
    peak = {name: statistics.median(run.peak_kib for run in all_runs) for name, all_runs in runs.items()}
    ratios = ["", ""]
    if len(runs) == 2:
        ratio = cpu["echosweep"] / max(cpu["fping"], 1e-3)
        ratios = [f"{ratio:.2f}", f"{peak['echosweep'] / max(peak['fping'], 1):.2f}"]
        bench.claim(f"-c {count} of {targets} targets: CPU time over fping's", "at most 1", ratios[0], ratio <= 1)
    return [[str(targets), name, str(min(answered(run, count) for run in all_runs)),
             spread([1000 * run.cpu / probes for run in all_runs], 1), ratios[0] if name == "echosweep" else "",
             f"{peak[name] / 1024:.1f}", f"{peak[name] / probes:.0f}", ratios[1] if name == "echosweep" else "",
             str(len(all_runs))] for name, all_runs in runs.items()]


def steadiness(bench: Bench, ours: str, count: int) -> str:
    """Both at once, one target each, so that both meet the same other work; the kernel at the peer says when."""
    programs = {name: program for name, program in (("echosweep", ours), ("fping", "fping")) if shutil.which(program)}
    targets = dict(zip(programs, map(str, NETWORK.hosts())))
    limit = 0.1 * count + 2
    if bench.budget.left() < limit:
        raise OutOfTime
    started = []
    device = bench.lab.device.removesuffix("s") + "h"
    try:
        listener = subprocess.Popen(
            bench.lab.inside([sys.executable, str(ARRIVALS), device, str(count), str(limit), *targets.values()], "hosts"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        started.append(listener)
        assert listener.stdout
        listener.stdout.readline()
        for name, program in programs.items():
            command = [program, "-q", "-c", str(count), "-p", "100", targets[name]]
            started.append(subprocess.Popen(bench.lab.inside(command), stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        came = json.loads(listener.stdout.read() or "{}")
    finally:
        for process in started:
            process.terminate()
            process.wait()
    rows, deviations = [], {}
    for name, target in targets.items():
        gaps = [(b - a) / 1000 for a, b in itertools.pairwise(came.get(target, []))]
        if len(gaps) > 1:
            deviations[name] = statistics.stdev(gaps)
            rows.append([name, str(len(gaps)), f"{statistics.mean(gaps):.1f}", f"{deviations[name]:.1f}",
                         f"{max(abs(gap - 100e3) for gap in gaps):.0f}"])
    if len(deviations) == 2:
        bench.claim("-p 100: standard deviation of the intervals over fping's", "at most 1",
                    f"{deviations['echosweep'] / deviations['fping']:.2f}",
                    deviations["echosweep"] <= deviations["fping"])
    return (f"-p 100 -c {count}, both at once, a target each; intervals by the peer's kernel.\n\n" +
            table(["tool", "intervals", "mean us", "standard deviation us", "farthest from 100 ms, us"], rows))


def counts(bench: Bench) -> str:
    full = bench.size is FULL
    count = 5 if full else 3
    bench.lab.up("kernel")
    with tempfile.TemporaryDirectory() as folder:
        ours = Path(folder) / "fping"
        ours.symlink_to(Path(bench.program).resolve())
        rows = []
        for targets in (1000, 4000, MOST_OF_FPING) if full else (200,):
            rows += cost(bench, str(ours), targets, count, 3 if full else 1)
        steady = steadiness(bench, str(ours), 100 if full else 10)
    columns = ["targets", "tool", "all answered (worst)", "CPU ms a 1,000 probes", "ratio", "peak MiB",
               "KiB a 1,000 probes", "ratio", "rounds"]
    return (f"### Counts beside fping, called by its name: `fping -q -c {count} -p {PERIOD_MS} -i 0.01`, kernel peer\n\n" +
            table(columns, rows, words=2) + "\n" + steady)
