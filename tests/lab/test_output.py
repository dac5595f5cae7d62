"""What comes out is whole: lists, files, blocked and closed pipes, and after signals."""

import re
import signal
import subprocess

import pytest

from labtools import TIME_LIMIT, expand

ALIVE, SILENT, UNREACHABLE, NOT_SENT = "198.19.1.0/24", "198.19.2.0/24", "198.19.3.0/24", "198.19.65.0/28"
# Long enough that a signal finds it under way: 262,144 targets at 20k/s.
LONG = ["--rate", "20k", "240.16.0.0/14"]


def test_lists_and_files_are_the_truth(lab, tmp_path):
    alive_file, dead_file = tmp_path / "ok.txt", tmp_path / "no.txt"
    sweep = lab.sweep("-a", "-r", "1", "-t", "200ms", "--alive-file", str(alive_file), "--dead-file", str(dead_file),
                      ALIVE, SILENT, UNREACHABLE, NOT_SENT)
    sweep.expect_exactly(alive=expand([ALIVE]), silent=expand([SILENT]), unreachable=expand([UNREACHABLE]),
                         unsent=expand([NOT_SENT]))
    assert sorted(sweep.stdout.split()) == sorted(expand([ALIVE]))
    assert sorted(alive_file.read_text().split()) == sorted(expand([ALIVE]))
    # In input order, and never one that was not asked.
    numbers = [f"198.19.2.{i}" for i in range(256)] + [f"198.19.3.{i}" for i in range(256)]
    assert dead_file.read_text() == "".join(number + "\n" for number in numbers)


def test_unreach_lists_all_that_is_not_alive(lab):
    sweep = lab.sweep("-u", "-r", "0", "-t", "200ms", "--order", "random", ALIVE, SILENT, UNREACHABLE)
    expected = [f"198.19.{part}.{i}" for part in (2, 3) for i in range(256)]
    assert sweep.stdout.splitlines() == expected


def test_default_lines(lab):
    sweep = lab.sweep("-r", "0", "-t", "200ms", ALIVE, SILENT)
    lines = sweep.stdout.splitlines()
    assert sorted(lines[:256]) == sorted(f"{address} is alive" for address in expand([ALIVE]))
    assert lines[256:] == [f"198.19.2.{i} is unreachable" for i in range(256)]


def test_elapsed_and_ttl(lab):
    sweep = lab.sweep("-e", "--print-ttl", "-r", "0", ALIVE)
    for line in sweep.stdout.splitlines():
        assert re.fullmatch(r"198\.19\.1\.\d+ is alive \(TTL 63\) \(\d+(\.\d+)? ms\)", line), line


def run_shell(lab, script: str) -> subprocess.CompletedProcess:
    return subprocess.run(lab.inside("scanner", "bash", "-c", script, "bash", str(lab.binary)), text=True,
                          capture_output=True, timeout=TIME_LIMIT, check=False)


def test_a_blocked_output_is_complete(lab):
    """The reader sleeps for 20 s; far more lines than a pipe and the queue hold wait for it."""
    result = run_shell(lab, 'set -o pipefail; "$1" -a -s --rate max -r 1 240.16.0.0/14 | (sleep 20; sort | uniq -c | '
                            "awk '{ lines += $1 } END { print NR, lines }')")
    assert result.stdout == "262144 262144\n", result.stderr
    assert "accounting: 262144 targets = 262144 alive + 0 icmp-unreachable + 0 silent + 0 unsent\n" in result.stderr
    assert result.returncode == 0


def test_head_ends_it_quietly(lab):
    result = run_shell(lab, '"$1" -a --rate 20k 240.16.0.0/14 | head -1; echo "exit ${PIPESTATUS[0]}"')
    line, end = result.stdout.splitlines()
    assert line in expand(["240.16.0.0/14"])
    assert result.stderr == ""
    assert end == "exit 141", "as SIGPIPE would have ended it"


def test_a_full_disk_is_said(lab):
    result = run_shell(lab, '"$1" -a -r 0 240.16.0.0/20 > /dev/full')
    assert result.returncode == 4
    assert "No space left on device" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_midst(lab, tmp_path, number, status):
    alive_file, dead_file = tmp_path / "ok.txt", tmp_path / "no.txt"
    with lab.start("-a", *LONG, "198.19.2.0/24", "--alive-file", str(alive_file), "--dead-file",
                   str(dead_file)) as running:
        running.wait_for_lines(5_000)
        sweep = running.finish(stop_with=number)
    assert sweep.exit == status
    assert sweep.accounting["signal"] == number
    assert 5_000 <= sweep.accounting["alive"] < 262_144
    assert sweep.accounting["unsent"] > 0
    # What had left was drained: those hosts answer at once, so that none of them may look dead.
    assert sweep.in_state("silent") <= expand(["198.19.2.0/24"])
    alive = sweep.in_state("alive")
    for text in (sweep.stdout, alive_file.read_text()):
        assert text.endswith("\n") and sorted(text.split()) == sorted(alive)
    dead = dead_file.read_text()
    assert dead == "" or dead.endswith("\n")
    assert set(dead.split()) == sweep.in_state("silent") | sweep.in_state("unreachable")


def test_a_second_signal_does_not_drain(lab):
    # The silent are asked first, and would be waited for.
    with lab.start("-q", "-t", "60s", "--order", "input", SILENT, *LONG) as running:
        running.wait_for_lines(1_000)
        running.process.send_signal(signal.SIGINT)
        # It says so once the first signal has ended the sending, and the drain is under way.
        running.wait_for_stderr("waiting ")
        sweep = running.finish(stop_with=signal.SIGINT)
    assert sweep.exit == 130
    assert sweep.accounting["elapsed_s"] < 55


def test_a_signal_says_how_long_it_waits(lab):
    with lab.start("-q", "-t", "20s", "-r", "0", "--order", "input", "198.19.1.1", "198.19.2.0/24") as running:
        running.wait_for_lines(2)
        running.process.send_signal(signal.SIGINT)
        running.wait_for_stderr("waiting ")
        sweep = running.finish(stop_with=signal.SIGINT)
    assert re.findall(r"^echosweep: waiting (?:1[5-9]\.\d|20\.0) s for late replies \(Ctrl-C again: not\)$", sweep.stderr, re.M)


@pytest.mark.parametrize(("limit", "check"), [
    (["--max-packets", "5000"], lambda sweep: sweep.probes == 5000),
    (["--max-runtime", "1s"], lambda sweep: 0 < sweep.probes < 262_144)])
def test_a_limit_stops_a_run(lab, limit, check):
    sweep = lab.sweep("-q", *LONG, *limit)
    assert check(sweep), sweep.stderr
    assert sweep.accounting["unsent"] == sweep.accounting["targets"] - sweep.accounting["alive"]
    assert limit[0] in sweep.accounting["stopped_by"]
