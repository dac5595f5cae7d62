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
PAIRS = 8
# Mann and Whitney's U of eight and eight: of two samples of one kind, 1 in 24 comes out above it.
NO_WORSE = 48
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
        runs = bench.rounds([tool for tool in some if tool.installed()], Truth(targets, frozenset()), rounds, 25,
                            lambda run: answered(run, count) < targets)
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
    """Several of both at once, one target each, so that all meet the same other work; the kernel at the peer says when.
    A single pause of the machine makes a run's deviation ten times what it was, so it is ranks that are compared."""
    programs = {name: program for name, program in (("echosweep", ours), ("fping", "fping")) if shutil.which(program)}
    targets = list(zip([*programs] * PAIRS, map(str, NETWORK.hosts())))
    limit = 0.1 * count + 2
    if bench.budget.left() < limit:
        raise OutOfTime
    started = []
    device = bench.lab.device.removesuffix("s") + "h"
    listen = [sys.executable, str(ARRIVALS), device, str(count), str(limit), *(target for _, target in targets)]
    try:
        listener = subprocess.Popen(bench.lab.inside(listen, "hosts"), stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, text=True)
        started.append(listener)
        assert listener.stdout
        listener.stdout.readline()
        for name, target in targets:
            command = [programs[name], "-q", "-c", str(count), "-p", "100", target]
            started.append(subprocess.Popen(bench.lab.inside(command), stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        came = json.loads(listener.stdout.read() or "{}")
    finally:
        for process in started:
            process.terminate()
            process.wait()
    gaps: dict[str, list[list[float]]] = {name: [] for name in programs}
    for name, target in targets:
        if len(came.get(target, [])) > 2:
            gaps[name].append([(b - a) / 1000 for a, b in itertools.pairwise(came[target])])
    deviations = {name: [statistics.stdev(run) for run in runs] for name, runs in gaps.items() if runs}
    # How far each probe is from where the first one and the period put it.
    from_schedule = {name: [statistics.stdev(total - 100e3 * i for i, total in enumerate(itertools.accumulate(run)))
                            for run in gaps[name]] for name in deviations}
    rows = [[name, str(min(map(len, gaps[name]))), f"{statistics.mean(itertools.chain(*gaps[name])):.1f}",
             spread(from_schedule[name], 1), spread(found, 1),
             spread([max(abs(gap - 100e3) for gap in run) for run in gaps[name]], 0)]
            for name, found in deviations.items()]
    if len(programs) == 2:
        own, others = (from_schedule.get(name, []) for name in programs)
        greater = sum(a > b for a, b in itertools.product(own, others))
        pairs = len(own) * len(others)
        bench.claim("-p 100: pairs of runs in which echosweep's send times deviate more than fping's",
                    f"at most {NO_WORSE} of {PAIRS**2}", f"{greater} of {pairs}",
                    greater <= NO_WORSE and pairs == PAIRS**2)
    return (f"-p 100 -c {count}, {PAIRS} of each at once, a target each; by the clock of the peer's kernel. Deviations are "
            "of a run's send times from its schedule, and of its intervals. Ours count as no worse unless Mann and Whitney's "
            "test says so (5%).\n\n" +
            table(["tool", "intervals", "mean us", "send times: standard deviation us", "intervals: standard deviation us",
                   "farthest from 100 ms, us"], rows))


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
