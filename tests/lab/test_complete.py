"""How complete a sweep says it is, against what is true: the lab knows who is alive."""

from contextlib import contextmanager

import pytest

from labtools import expand

# Of the big network that is alive: a part where probes get lost, and one where all do, so that nobody can tell
# those who were missed from those who are not there.
ALIVE, SILENT = "240.16.0.0/21", "240.16.8.0/22"
# The drain is longer than a machine stands still: what comes late is heard, and nobody is lost but by chance.
PACE = ("--rate", "50k", "-t", "50ms", "-B", "1", "--drain", "600ms")
RUNS = 20
# A right 95% bound holds in fewer than 16 of 20 runs once in 300 times; twice in a row, once in 100,000.
ENOUGH = 16


@contextmanager
def loss(lab, percent):
    """Every probe to the living, and every reply of theirs, is lost by chance; both ways together, so many percent."""
    each_way = round(10_000 * (1 - (1 - percent / 100) ** 0.5))
    lab.run_inside("router", "nft", "-f", "-", input=f"""
        table inet loss {{
          chain forward {{
            type filter hook forward priority 10;
            ip daddr {SILENT} drop
            ip daddr {ALIVE} numgen random mod 10000 < {each_way} drop
            ip saddr {ALIVE} numgen random mod 10000 < {each_way} drop
          }}
        }}""")
    try:
        yield
    finally:
        lab.run_inside("router", "nft", "delete", "table", "inet", "loss")


def missed_by(sweep) -> int:
    """Who is alive and was not found; nobody else was."""
    found = sweep.in_state("alive")
    assert found <= expand([ALIVE]), sweep.stderr
    return len(expand([ALIVE]) - found)


def many_runs(lab, percent, retries) -> tuple[list[tuple], bool]:
    """(truth, guess, bound) of each run, and whether they are as they should be, all in all."""
    told = []
    with loss(lab, percent):
        for _ in range(RUNS):
            sweep = lab.sweep("-q", *PACE, "-r", str(retries), ALIVE, SILENT)
            truth, sums = missed_by(sweep), sweep.accounting
            told.append((truth, sums["missed"], sums["missed_at_most"]))
            assert sums["missed_at_most"] < sums["silent"], "a bound that any number would keep"
            assert sum(sums["alive_by_pass"]) == sums["alive"]
            line = f"about {round(sums['missed']):,}, " if sums["missed"] >= 9.95 else "about "
            assert f"missed: {line}" in sweep.stderr
            assert f"at most {sums['missed_at_most']:,} of {sums['alive']:,} alive (95%)\n" in sweep.stderr
    held = sum(truth <= bound for truth, _, bound in told)
    # All are alike here, so the guess is right, by and large.
    mean_truth, mean_guess = (sum(run[i] for run in told) / RUNS for i in (0, 1))
    return told, held >= ENOUGH and 0.5 * mean_truth - 2 <= mean_guess <= 1.5 * mean_truth + 2


@pytest.mark.parametrize("percent,retries", [(5, 1), (20, 1), (40, 2)])
def test_the_bound_holds(lab, percent, retries):
    told, right = many_runs(lab, percent, retries)
    if not right:
        # Which it may be by chance, once. (Each run and its losses have seeds of their own.)
        first = told
        told, right = many_runs(lab, percent, retries)
        assert right, (first, told)


def test_until_it_is_complete(lab):
    with loss(lab, 20):
        sweep = lab.sweep("-q", *PACE, "--complete", "99.9", ALIVE, SILENT)
        short = lab.sweep("-q", *PACE, "--complete", "99.9", "--max-passes", "2", ALIVE, SILENT)
    assert sweep.run["complete"] == 99.9 and sweep.run["retries"] == 9
    assert sweep.accounting["missed_at_most"] <= 0.001 * sweep.accounting["alive"], sweep.stderr
    assert missed_by(sweep) <= 2
    assert 4 <= len(sweep.accounting["probes_by_pass"]) <= 10
    assert "not known to be" not in sweep.stderr

    assert len(short.accounting["probes_by_pass"]) == 2
    assert "echosweep: not known to be 99.9% complete after 2 passes: missed at most " in short.stderr
    assert sweep.exit == short.exit == 1
