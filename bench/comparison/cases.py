"""What is compared: each case runs its tools in turn, round by round, and gives back text for RESULTS.md."""

import ipaddress
import statistics
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field

import truth
from comparison import tools
from comparison.lab import Lab, Trickle
from comparison.measure import Budget, Run, Truth, measure
from comparison.report import runs_table, spread, table, thousands
from comparison.tools import Accounting, Tool

ALIVE_SHARE = 0.1
# No single run is worth more.
RUN_LIMIT_S = 60
# Where zmap's fastest rate without a loss is searched.
ZMAP_RATES = (50_000, 1_600_000)
# What counts as nothing lost there: it misses a handful of a million at any rate.
NEARLY_ALL = 0.9999


@dataclass
class Size:
    """How much is measured: the full comparison, or the one that only shows that everything works."""

    big: str
    small: str
    idle: str
    rounds: int
    exact_rounds: int
    send_rounds: int
    search_steps: int
    seconds: float
    # How often a run of ours that lost somebody may be done again: where there are no rounds to tell, it may have met
    # a machine that stood still.
    again: int = 0


FULL = Size("240.16.0.0/12", "240.0.0.0/16", "240.0.0.0/17", rounds=3, exact_rounds=5, send_rounds=9,
            search_steps=5, seconds=540)
SMOKE = Size("240.16.0.0/20", "240.0.0.0/22", "240.0.0.0/22", rounds=1, exact_rounds=1, send_rounds=1,
             search_steps=2, seconds=240, again=1)


@dataclass
class Claim:
    """A figure that is wanted, and what was measured. One about speed depends on the machine, and on networks that are
    large enough; the others hold everywhere."""

    what: str
    wanted: str
    measured: str
    holds: bool
    speed: bool


@dataclass
class Bench:
    """What all cases share."""

    lab: Lab
    program: str
    size: Size
    budget: Budget
    claims: list[Claim] = field(default_factory=list)
    # zmap's fastest rate at which it lost nothing; None: not known.
    zmap_rate: int | None = None

    def run(self, tool: Tool, of: Truth, budget: Budget) -> Run:
        with Trickle(self.lab) if tool.program == "masscan" else nullcontext():
            limit = min(RUN_LIMIT_S, budget.left(), self.budget.left())
            result = measure(self.lab.inside(tool.command), tool.program, tool.parse, of, limit)
        found = f"{result.found} of {len(of.alive)}" if tool.lists else result.stdout.decode().strip()
        print(f"  {tool.name}: {found}, {result.wall:.2f} s, {result.cpu:.2f} CPU s "
              f"{result.ended}", file=sys.stderr)
        return result

    def rounds(self, some: list[Tool], of: Truth, rounds: int, seconds: float,
               lost: Callable[[Run], bool] | None = None) -> dict[str, list[Run]]:
        """All tools in turn, as many rounds as there is time for (the first one as long as there is any). `lost` says
        whether a run lost somebody: by default, whether not all were found."""
        lost = lost or (lambda run: run.found < len(of.alive) and run.wrong == run.twice == 0)
        stage = Budget(seconds, self.budget)
        runs: dict[str, list[Run]] = {tool.name: [] for tool in some}
        for number in range(rounds):
            # A round that would not come to its end is not begun.
            if number > 0 and stage.left() < sum(all_runs[0].wall for all_runs in runs.values() if all_runs):
                break
            for tool in some:
                if self.budget.left() > 0:
                    limit = stage if number > 0 else self.budget
                    run = self.run(tool, of, limit)
                    if number > 0 and run.ended and limit.left() <= 0:
                        break  # the time was up, not the run
                    for _ in range(self.size.again if tool.name.startswith("echosweep") and lost(run) else 0):
                        run = self.run(tool, of, limit)
                    runs[tool.name].append(run)
        return {name: all_runs for name, all_runs in runs.items() if all_runs}

    def claim(self, what: str, wanted: str, measured: str, holds: bool, speed: bool = True) -> None:
        self.claims.append(Claim(what, wanted, measured, holds, speed))


def all_of(network: str) -> Truth:
    named = ipaddress.ip_network(network)
    first = int(named.network_address)
    alive = frozenset(b"%d.%d.%d.%d" % (a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255)
                      for a in range(first, first + named.num_addresses))
    return Truth(named.num_addresses, alive)


def wall(runs: list[Run]) -> float:
    return statistics.median(run.wall for run in runs)


def search_zmap(bench: Bench, of: Truth) -> str:
    """By halving the ratio between a rate that is taken for granted and one that is more than it can."""
    low, high, best = ZMAP_RATES[0], ZMAP_RATES[1], None
    stage = Budget(bench.size.seconds / 6, bench.budget)
    tried = []
    for _ in range(bench.size.search_steps):
        rate = round((low * high) ** 0.5 / 1000) * 1000
        if stage.left() < of.asked / rate + tools.DRAIN_S + 1:
            break
        result = bench.run(tools.zmap(bench.lab.device, bench.size.big, rate), of, stage)
        lossless = result.found >= NEARLY_ALL * len(of.alive)
        tried.append(f"{thousands(rate)} {100 * result.found / len(of.alive):.3f}%")
        if lossless:
            low = best = rate
        else:
            high = rate
    bench.zmap_rate = best or low
    note = "" if best else " (which was not tried: all that were found less)"
    return (f"zmap's fastest rate at which it finds {100 * NEARLY_ALL:.2f}%, searched from {thousands(ZMAP_RATES[0])} "
            f"to {thousands(ZMAP_RATES[1])}: {thousands(bench.zmap_rate)} probes/s{note}. "
            f"Found: {', '.join(tried) or 'not tried'}.\n")


def big_all_alive(bench: Bench) -> str:
    """A /12, all alive, for the tools that can."""
    size = bench.size
    bench.lab.up("xdp")
    of = all_of(size.big)
    some = [tools.echosweep(bench.program, size.big, "--rate", "max", "-r", "1")]
    text = f"### {size.big}, all alive, XDP peer\n\n"
    zmap = tools.zmap(bench.lab.device, size.big, 0)
    if zmap.installed():
        text += search_zmap(bench, of) + "\n"
        zmap = tools.zmap(bench.lab.device, size.big, bench.zmap_rate or 0)
        some.append(zmap)
    masscan = tools.masscan(bench.lab.device, size.big, tools.NO_LIMIT)
    some += [masscan] if masscan.installed() else []
    runs = bench.rounds(some, of, size.rounds, size.seconds / 6)
    if some[0].name in runs and zmap.name in runs:
        ours, theirs = wall(runs[some[0].name]), wall(runs[zmap.name])
        bench.claim(f"{size.big} all alive: wall time over zmap's at its fastest rate that finds 99.99%", "at most 0.33",
                    f"{ours / theirs:.2f}", ours <= theirs / 3)
    return text + runs_table(runs, len(of.alive))


def small_some_alive(bench: Bench) -> str:
    """A /16, one in ten alive, for everybody. fping takes its targets from a file, without the network's two ends."""
    size = bench.size
    bench.lab.up("xdp", "--alive", str(ALIVE_SHARE))
    asked = [str(a).encode() for a in ipaddress.ip_network(size.small)][1:-1]
    of = Truth(len(asked), frozenset(a.encode() for a in truth.alive_of(size.small, ALIVE_SHARE)) & frozenset(asked))
    device = bench.lab.device
    span = f"{asked[0].decode()}-{asked[-1].decode()}"
    zmap_rate = bench.zmap_rate or 50_000
    with tempfile.NamedTemporaryFile("wb") as file:
        file.write(b"\n".join(asked) + b"\n")
        file.flush()
        # With what zmap does not have: the round trip times, and who is dead.
        more = ("-e", "--dead-file", "/dev/null")
        some = [tools.echosweep(bench.program, span, "--rate", "max", "-r", "0", *more),
                tools.echosweep(bench.program, span, "--rate", "max", "-r", "1", *more),
                tools.zmap(device, size.small, zmap_rate),
                tools.masscan(device, span, tools.NO_LIMIT), tools.masscan(device, span, 20_000),
                tools.fping(file.name), tools.nmap(size.small)]
        runs = bench.rounds([t for t in some if t.installed()], of, size.rounds, size.seconds / 5)
    # zmap and nmap ask the whole network: its ends are not counted, whether they are alive or not.
    ends = len(set(truth.alive_of(size.small, ALIVE_SHARE))) - len(of.alive)
    for name, all_runs in runs.items():
        if name.startswith(("zmap", "nmap")):
            for run in all_runs:
                run.wrong = max(0, run.wrong - ends)
    for tool in some[:2]:
        whole = [run.found == len(of.alive) and run.wrong == run.twice == 0 for run in runs.get(tool.name, [])]
        bench.claim(f"{size.small} one in ten alive, {tool.name}: all found, nobody else, none twice", "every run",
                    f"{sum(whole)} of {len(whole)}", all(whole), speed=False)
    ours, theirs = runs.get(some[0].name), runs.get(some[2].name)
    if ours and theirs:
        bench.claim(f"{size.small} one in ten alive: wall time over zmap's, `-r 0`, with times and the dead", "at most 1",
                    f"{wall(ours) / wall(theirs):.2f}", wall(ours) <= wall(theirs))
    return (f"### {size.small}, one in ten alive ({len(of.alive)} of {of.asked}), XDP peer\n\n" +
            runs_table(runs, len(of.alive)))


def idle(bench: Bench) -> str:
    """What a rate of 10,000 a second costs. The lab stands from the case before."""
    size = bench.size
    of = Truth(ipaddress.ip_network(size.idle).num_addresses,
               frozenset(a.encode() for a in truth.alive_of(size.idle, ALIVE_SHARE)))
    kinds = tools.back_ends(bench.program) or ("",)
    some = {kind: tools.echosweep(bench.program, size.idle, "--rate", "10k", "-r", "0",
                                  *(["--tx", kind] if kind else [])) for kind in kinds}
    bare = {kind: tools.bare_loop(bench.lab.device, size.idle, kind or "raw", "echo", "--rate", "10000")
            for kind in kinds}
    zmap = tools.zmap(bench.lab.device, size.idle, 10_000)
    turns = [turn for kind in kinds for turn in (bare[kind], some[kind]) if turn] + ([zmap] if zmap.installed() else [])
    runs = bench.rounds(turns, of, size.rounds, size.seconds / 6)
    over_zmap = []
    for kind, tool in some.items():
        own = runs.get(tool.name, [])
        # A run that found nobody would be the cheapest.
        whole = all(run.found == len(of.alive) for run in own)
        honest = all(Accounting.of(run.stderr).left_by == (kind or "raw") for run in own)
        loops = runs.get(bare[kind].name, []) if bare[kind] else []
        shares = [ours.cpu / theirs.cpu for ours, theirs in zip(own, loops) if not theirs.ended]
        if shares and honest:
            bench.claim(f"CPU time at 10k/s, {kind or 'raw'}, over the bare loop's", "at most 1.5",
                        spread(shares) if whole else "not all found", whole and statistics.median(shares) <= 1.5)
        over_zmap += [ours.cpu / theirs.cpu for ours, theirs in zip(own, runs.get(zmap.name, []))]
    if over_zmap:
        bench.claim("CPU time at 10k/s over zmap's, all back ends", "at most 0.1", spread(over_zmap, 3),
                    statistics.median(over_zmap) <= 0.1)
    rows = [[name, spread([run.cpu for run in all_runs], 3), spread([100 * run.cpu / run.wall for run in all_runs], 1),
             spread([run.wall for run in all_runs]), str(len(all_runs))] for name, all_runs in runs.items()]
    return (f"### {size.idle} at 10,000 a second\n\nThe bare loops sleep once in 64 probes, echosweep once in 50.\n\n" +
            table(["tool", "CPU s", "% of a core", "wall s", "rounds"], rows))


def exact(bench: Bench, peer: str, kinds: tuple[str, ...], wanted: dict[str, float]) -> str:
    """Everybody found, nobody twice, time after time: how fast, by back end."""
    size = bench.size
    bench.lab.up(peer)
    of = all_of(size.big)
    some = {kind: tools.echosweep(bench.program, size.big, "--rate", "max", "-r", "1",
                                  *(["--tx", kind] if kind else [])) for kind in kinds}
    bare = bare_loops(bench, kinds, "echo")
    turns = [turn for kind, tool in some.items() for turn in (bare.get(kind), tool) if turn]
    runs = bench.rounds(turns, of, size.exact_rounds, size.seconds / 5)
    rows = []
    for kind, tool in some.items():
        all_runs = runs.get(tool.name, [])
        if not all_runs:
            continue
        sums = [Accounting.of(run.stderr) for run in all_runs]
        whole = sum(run.found == len(of.alive) and run.twice == 0 and run.wrong == 0 for run in all_runs)
        rates = [of.asked / s.elapsed / 1000 for s in sums if s.elapsed > 0]
        if not rates:
            continue
        rate = statistics.median(rates) * 1000
        label = f"{size.big} by {kind or 'raw'} against the {peer} peer"
        used = ", ".join(sorted({s.left_by for s in sums}))
        # What fell back to another back end says nothing about this one.
        honest = kind in ("", "auto", used)
        ratio = "" if kind == "auto" else beside_bare(
            bench, runs, bare.get(kind), [of.asked / s.elapsed if s.elapsed > 0 else 0 for s in sums], honest,
            f"{label}: of the bare end-to-end loop", 0.8)
        rows.append([tool.name, used, f"{whole} of {len(all_runs)}", spread(rates, 0), ratio,
                     str(sum(s.probes - of.asked for s in sums)), str(sum(s.capture_drops for s in sums)),
                     spread([run.cpu for run in all_runs])])
        bench.claim(f"{label}: whole, none twice", "every run", f"{whole} of {len(all_runs)}",
                    whole == len(all_runs), speed=False)
        if kind in wanted and honest:
            bench.claim(f"{label}: probes/s end to end", f"at least {thousands(wanted[kind])}", thousands(rate),
                        rate >= wanted[kind])
    columns = ["run", "left by", "all found, none twice", "thousand/s end to end", "of the bare loop", "asked again",
               "capture drops", "CPU s"]
    return f"### {size.big}, all alive, {peer} peer, by back end\n\n" + table(columns, rows, words=2)


def bare_loops(bench: Bench, kinds: tuple[str, ...], mode: str) -> dict[str, Tool]:
    """Those of these back ends that have a bare loop."""
    made = {kind: tools.bare_loop(bench.lab.device, bench.size.big, kind or "raw", mode)
            for kind in kinds if kind != "auto"}
    return {kind: tool for kind, tool in made.items() if tool}


def beside_bare(bench: Bench, runs: dict[str, list[Run]], bare: Tool | None, rates: list[float], honest: bool, what: str,
                least: float) -> str:
    """The share of the bare loop's rate (of its runs that lost nobody), as text; empty where there is none. Of a run
    that left by another back end no share is told. `rates`: ours a second, round by round, 0 where there is none. A
    machine that others use is not as fast in one minute as in the next: what counts is the median over the rounds of
    the share in each, for the two run one after the other."""
    if not bare:
        return "no bare loop to compare with"
    theirs = [tools.bare_rate(run.stdout) for run in runs.get(bare.name, [])]
    shares = [own / other for own, other in zip(rates, theirs) if own > 0 and other > 0]
    theirs = [rate for rate in theirs if rate > 0]
    if not honest:
        return f"(bare: {thousands(statistics.median(theirs))})" if theirs else "no whole run"
    if not shares:
        bench.claim(what, f"at least {least}", "no whole run", False)
        return "no whole run"
    share = statistics.median(shares)
    bench.claim(what, f"at least {least}", spread(shares), share >= least)
    lost = f", {len(rates) - len(shares)} not whole" if len(shares) < len(rates) else ""
    return f"{share:.2f} of {spread([rate / 1000 for rate in theirs], 0)}{lost}"


def send_rate(bench: Bench) -> str:
    """Sending alone: nobody answers, so that nothing but the sender is at work. By back end, beside the bare loop; of
    both the time counts from the first packet to the last, without what opens sockets and what waits for replies."""
    size = bench.size
    bench.lab.up("xdp", "--alive", "0")
    of = Truth(ipaddress.ip_network(size.big).num_addresses, frozenset())
    kinds = tools.back_ends(bench.program) or ("",)
    some = {kind: Tool(f"--tx {kind}" if kind else "raw",
                       [bench.program, "-s", "--json", "-", "--no-progress", "--rate", "max", "-r", "0", "-t", "100ms",
                        "--drain", "100ms", *(["--tx", kind] if kind else []), size.big],
                       lambda _: []) for kind in kinds}
    bare = bare_loops(bench, kinds, "send")
    turns = [turn for kind, tool in some.items() for turn in (bare.get(kind), tool) if turn]
    runs = bench.rounds(turns, of, size.send_rounds, size.seconds / 4)
    rows = []
    for kind, tool in some.items():
        all_runs = runs.get(tool.name, [])
        sums = [Accounting.of(run.stderr) for run in all_runs]
        times = [tools.sent_in(run.stdout) for run in all_runs]
        rates = [s.probes / time for s, time in zip(sums, times) if time > 0]
        if rates:
            rate = statistics.median(rates)
            used = ", ".join(sorted({s.left_by for s in sums}))
            ratio = beside_bare(bench, runs, bare.get(kind),
                                [s.probes / time if time > 0 else 0 for s, time in zip(sums, times)],
                                kind in ("", used), f"send rate by {kind or 'raw'}, of the bare loop", 0.9)
            rows.append([tool.name, used, spread([r / 1000 for r in rates], 0), f"{1e9 / rate:.0f}", ratio])
    return (f"### Sending alone, {size.big}, nobody answers\n\n" +
            table(["back end", "left by", "thousand/s", "ns a probe", "of the bare loop"], rows, words=2))


def exact_xdp(bench: Bench) -> str:
    kinds = tools.back_ends(bench.program)
    return exact(bench, "xdp", ("auto", *kinds) if kinds else ("",), {"": 300e3, "raw": 300e3, "auto": 500e3})


def exact_kernel(bench: Bench) -> str:
    kinds = ("auto", "packet") if "packet" in tools.back_ends(bench.program) else ("",)
    return exact(bench, "kernel", kinds, {"": 240e3, "auto": 240e3})
