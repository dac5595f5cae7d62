"""Each target many times, by -c, -C and -l: what the options mean, and which do not go together."""

import json
import re
import signal
import subprocess

import pytest

from conftest import PROGRAM

QUICK = ("-p", "50")


def masked(text: str) -> str:
    """Round trip times, and no addresses, as T."""
    return re.sub(r"(?<![\d.])\d+\.\d+(?![\d.])", "T", text)


@pytest.mark.parametrize("arguments,why", [
    (["-c", "1", "-l"], "can't specify both -l and -c or -C"),
    (["-l", "-C", "1"], "can't specify both -l and -c or -C"),
    (["-p", "100"], "--period goes with -c, -C or -l only"),
    (["-Q", "1"], "--squiet goes with -c, -C or -l only"),
    (["-o"], "--outage goes with -c, -C or -l only"),
    (["-N"], "--netdata goes with -c, -C or -l only"),
    (["-J"], "-J goes with -c, -C or -l only"),
    (["-c", "1", "--complete", "99"], "--complete is for sweeps: not with -c, -C or -l"),
    (["-c", "1", "--rate", "auto"], "--rate auto is for sweeps: not with -c, -C or -l"),
    (["-l", "--arp"], "--arp is for sweeps: not with -c, -C or -l"),
    (["-l", "-a"], "--alive is for sweeps: not with -c, -C or -l"),
    (["-C", "1", "--dead-file", "x"], "--dead-file is for sweeps: not with -c, -C or -l"),
    (["-c", "1", "-N"], "-N needs an interval: add -Q SECS"),
    (["-c", "1", "-Q", "1", "-N", "-J"], "-J, -N and --json - each want standard output for themselves"),
    (["-c", "1", "-J", "--json", "-"], "-J, -N and --json - each want standard output for themselves"),
    (["--icmp-timestamp", "-6"], "--icmp-timestamp asks by IPv4 alone: not with -6"),
    (["--icmp-timestamp", "-b", "12"], "--icmp-timestamp: the packet's size is fixed: not with -b or -R"),
    (["--icmp-timestamp", "--arp"], "--arp asks nothing by ICMP: not with --icmp-timestamp"),
    (["-c", "0"], "-c,--count: '0' is not a whole number from 1 to 18446744073709551615 (see echosweep --help)"),
    (["-c", "1e3"], "-c,--count: '1e3' is not a whole number from 1 to 18446744073709551615 (see echosweep --help)"),
    (["-p", "0", "-c", "1"], "-p,--period: '0' is less than 1 us (see echosweep --help)"),
    (["-c", "1", "-Q", "0"],
     "-Q,--squiet: '0' is not a number of seconds (10, 0.5; 10,cumulative) (see echosweep --help)"),
    (["-c", "1", "-Q", "1,sum"],
     "-Q,--squiet: '1,sum' is not a number of seconds (10, 0.5; 10,cumulative) (see echosweep --help)"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_refused(echosweep, arguments, why):
    result = echosweep(*arguments, "127.0.0.1")
    assert (result.out, result.err, result.code) == ("", f"echosweep: {why}\n", 3)


SUMMARY2 = "127.0.0.1 : xmt/rcv/%loss = 2/2/0%, min/avg/max = T/T/T\n"


@pytest.mark.parametrize("arguments,err", [
    (["-c", "2"], SUMMARY2),
    (["-qc2"], SUMMARY2),
    (["-c2", "-i0", "-b68", "-t", "500ms"], SUMMARY2),
    (["--count=2", "-r", "3", "-B", "2", "-e"], SUMMARY2),
    (["-c", "1", "-c", "2"], SUMMARY2),
    (["-C", "2"], "127.0.0.1 : T T\n"),
    (["-c", "5", "-C", "2"], "127.0.0.1 : T T\n"),
    (["-C", "5", "-c", "2"], "127.0.0.1 : T T\n"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_how_often(echosweep, arguments, err):
    result = echosweep("-q", *QUICK, *arguments, "127.0.0.1")
    assert (result.out, masked(result.err), result.code) == ("", err, 0)


def test_each_mention_has_its_lines(echosweep):
    """An address twice, and by a name: asked once a round."""
    words = ("127.0.0.7", "127.0.0.2", "seven.example", "127.0.0.7")
    result = echosweep("-c", "1", *QUICK, "-s", *words)
    hosts = [f"{word:<13}" for word in words]
    assert sorted(line.split(" : ")[0] for line in result.lines) == sorted(hosts)
    assert [line.split(" : ")[0] for line in result.err.splitlines() if "xmt" in line] == hosts
    assert re.search(r"^ +2 ICMP Echos sent$", result.err, re.MULTILINE)


def test_a_loop_ends_with_an_interrupt():
    with subprocess.Popen([PROGRAM, "-l", "-p", "100", "127.0.0.1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as run:
        assert run.stdout.readline().startswith("127.0.0.1 : [0], 64 bytes, ")
        assert run.stdout.readline().startswith("127.0.0.1 : [1], 64 bytes, ")
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=20)
    assert re.search(r"^127\.0\.0\.1 : xmt/rcv/%loss = (\d+)/\1/0%", err, re.MULTILINE)


def test_fpings_json(echosweep):
    result = echosweep("-J", "-c", "1", *QUICK, "127.0.0.1")
    resp, summary = [json.loads(line) for line in result.lines]
    assert (resp["resp"]["host"], resp["resp"]["seq"], resp["resp"]["size"]) == ("127.0.0.1", 0, 64)
    assert (summary["summary"]["xmt"], summary["summary"]["rcv"]) == (1, 1)
    assert (result.err, result.code) == ("", 0)


def test_old_options_of_fping(echosweep):
    result = echosweep("-c", "1", *QUICK, "-q", "-T", "3", "--seqmap-timeout", "500", "127.0.0.1")
    first, summary = result.err.splitlines()
    assert first == "echosweep: --seqmap-timeout: sequence numbers need no timeout here, there is no such limit"
    assert summary.startswith("127.0.0.1 : xmt/rcv") and result.code == 0


class TestPlan:
    def test_of_counts(self, echosweep):
        result = echosweep("-c", "3", "--dry-run", "127.0.0.0/24")
        lines = dict(line.split(maxsplit=1) for line in result.lines)
        assert lines["order"] == "as given"
        assert lines["packets"] == "768 in 3 rounds; 56 bytes of payload (84 as IPv4)"
        assert lines["rate"] == "256 packets/s, a round each 1 s"
        assert lines["time"] == "4 s at most"  # three rounds, and the timeout
        assert (result.lines[-1], result.err, result.code) == ("nothing was sent", "", 0)

    def test_of_rounds_that_take_longer_than_the_period(self, echosweep):
        result = echosweep("-l", "--rate", "100", "-b", "12", "--dry-run", "127.0.0.0/24")
        lines = dict(line.split(maxsplit=1) for line in result.lines)
        assert lines["packets"] == "256 a round; 12 bytes of payload (40 as IPv4)"
        assert lines["rate"] == "100 packets/s, a round each 2.56 s"
        assert lines["time"] == "until it is stopped"

    def test_targets_are_listed_in_their_order(self, echosweep):
        result = echosweep("-c", "3", "--list-targets", "127.0.0.9", "127.0.0.1", "127.0.0.9")
        assert (result.out, result.code) == ("127.0.0.9\n127.0.0.1\n", 0)
        result = echosweep("-c", "3", "--list-targets", "--order", "random", "--seed", "1", "127.0.0.0/24")
        assert result.lines != sorted(result.lines, key=lambda line: int(line.split(".")[3]))


def test_check_source_is_for_sweeps_too(echosweep):
    assert echosweep("--check-source", "127.0.0.1").out == "127.0.0.1 is alive\n"
