"""The same command to fping and to echosweep: equal, but for the differences that are named here.

| what | fping 5.1 | echosweep |
|---|---|---|
| -D | heeds it in its count modes only | puts the time before every line |
| a target that cannot be sent to | `HOST: error while sending ping: WHY` | `echosweep: ...` with what to do |
| an ICMP error | a line on standard error | only in `--reason`, `--json` and the accounting |
| -s | the block | the same block, then the accounting |
| a name that does not resolve | `NAME: WHY` | `echosweep: NAME: WHY` |
| an address named twice | asked twice | asked once |
| bad options | exit code 1 | exit code 3 |
| -r | 3 by default | 1 by default |
"""

import re
import shutil

import pytest

from conftest import PROGRAM, call

ALIKE = ("-r", "0", "-t", "200", "-i", "1")


@pytest.fixture(scope="module")
def both():
    """Runs one command line with both programs: (fping's run, ours)."""
    fping = shutil.which("fping")
    if fping is None:
        pytest.skip("fping is not installed")

    def run(*arguments, alike=ALIKE, **more):
        return call([fping, *alike, *arguments], **more), call([PROGRAM, *alike, *arguments], **more)

    return run


def without_times(text: str) -> str:
    return re.sub(r"\d+(?:\.\d+)? (ms|sec)", r"N \1", re.sub(r" +(?=\d+\.\d+ sec)", " ", text))


@pytest.mark.parametrize("arguments", [
    ["127.0.0.1"],
    ["::1"],
    ["127.0.0.1", "127.0.0.2", "198.18.3.1"],
    ["-a", "127.0.0.1", "127.0.0.2", "198.18.3.1"],
    ["-u", "127.0.0.1", "198.18.3.2", "198.18.3.1"],
    ["-q", "127.0.0.1", "198.18.3.1"],
    ["-q", "127.0.0.1"],
    ["-e", "127.0.0.1", "198.18.3.1"],
    ["-a", "-e", "127.0.0.1"],
    ["-A", "seven.example"],
    ["-n", "127.0.0.7"],
    ["-n", "seven.example"],
    ["-d", "127.0.0.7"],
    ["-d", "localhost"],
    ["-A", "-n", "127.0.0.7"],
    ["-A", "-d", "127.0.0.7"],
    ["-n", "127.0.0.99"],
    ["-A", "-n", "127.0.0.99"],
    ["-4", "localhost"],
    ["-6", "six.example"],
    ["-4", "-m", "-A", "many.example"],
    ["-g", "127.0.0.0/29"],
    ["-g", "127.0.0.0/31"],
    ["-g", "127.0.0.9/32"],
    ["-g", "127.0.0.250", "127.0.1.5"],
    ["-a", "-g", "127.0.0.0/24"],
    ["-u", "-g", "198.18.3.0/28"],
    ["-x", "1", "127.0.0.1", "198.18.3.1"],
    ["-x", "2", "127.0.0.1", "198.18.3.1"],
    ["-q", "-x", "1", "127.0.0.1"],
    ["-a", "-x", "1", "127.0.0.1", "198.18.3.1"],
    ["-H", "5", "-O", "16", "127.0.0.1"],
    ["-b", "100", "-R", "127.0.0.1"],
    ["-S", "127.0.0.3", "127.0.0.1"],
    ["-I", "lo", "127.0.0.1"],
], ids=" ".join)
def test_equal(both, silent_network, arguments):
    fping, ours = both(*arguments)
    # Replies come in any order; what did not answer comes in the order given.
    alive = [sorted(line for line in without_times(run.out).splitlines() if "unreachable" not in line)
             for run in (fping, ours)]
    dead = [[line for line in run.lines if "unreachable" in line] for run in (fping, ours)]
    if "-u" in arguments:
        alive = [run.lines for run in (fping, ours)]
    assert alive[1] == alive[0]
    assert dead[1] == dead[0]
    assert (ours.err, ours.code) == (fping.err, fping.code)


def test_targets_on_standard_input(both):
    fping, ours = both(stdin="# two\n127.0.0.1\n127.0.0.2  the second\n\n")
    assert sorted(ours.lines) == sorted(fping.lines)
    assert (ours.err, ours.code) == (fping.err, fping.code)


def test_targets_in_a_file(both, tmp_path):
    (tmp_path / "targets.txt").write_text("127.0.0.1\n127.0.0.2\n", encoding="utf-8")
    fping, ours = both("-f", "targets.txt", cwd=tmp_path)
    assert sorted(ours.lines) == sorted(fping.lines)
    assert (ours.err, ours.code) == (fping.err, fping.code)


def test_statistics_begin_with_the_same_block(both, silent_network):
    fping, ours = both("-q", "-s", "127.0.0.1", "127.0.0.2", "198.18.3.1")
    block, accounting = ours.err.split("accounting: ")
    assert without_times(block) == without_times(fping.err)
    assert accounting.startswith("3 targets = 2 alive + 0 icmp-unreachable + 1 silent + 0 unsent\n")
    assert ours.code == fping.code == 1


class TestDifferences:
    """Each row of the table, so that it stays true of both programs."""

    def test_timestamps(self, both):
        fping, ours = both("-D", "127.0.0.1")
        assert fping.out == "127.0.0.1 is alive\n"
        assert re.fullmatch(r"\[\d+\.\d{5}\] 127\.0\.0\.1 is alive\n", ours.out)

    def test_what_cannot_be_sent(self, both):
        fping, ours = both("198.18.5.1")
        assert fping.out == ours.out == "198.18.5.1 is unreachable\n"
        assert fping.err == "198.18.5.1: error while sending ping: Permission denied\n"
        assert ours.err.startswith("echosweep: ") and "198.18.5.1" in ours.err and "Permission denied" in ours.err
        assert fping.code == ours.code == 1

    def test_icmp_errors(self, both, unreachable_network):
        fping, ours = both("198.18.4.1")
        assert fping.out == ours.out == "198.18.4.1 is unreachable\n"
        assert fping.err == "ICMP Host Unreachable from 198.18.4.1 for ICMP Echo sent to 198.18.4.1\n"
        assert ours.err == ""

    def test_unresolved_names(self, both):
        fping, ours = both("nosuch.example", "127.0.0.1")
        assert fping.out == ours.out == "127.0.0.1 is alive\n"
        assert fping.err.startswith("nosuch.example: ")
        assert ours.err.startswith("echosweep: nosuch.example: ")
        assert fping.code == ours.code == 2

    def test_an_address_named_twice(self, both):
        fping, ours = both("127.0.0.1", "127.0.0.1")
        assert fping.out == "127.0.0.1 is alive\n" * 2
        assert ours.out == "127.0.0.1 is alive\n"

    def test_bad_options(self, both):
        fping, ours = both("--nosuch", "127.0.0.1")
        assert (fping.code, ours.code) == (1, 3)

    def test_retries(self, both, silent_network):
        fping, ours = both("-q", "-s", "198.18.3.1", alike=("-t", "50"))
        assert "       4 ICMP Echos sent\n" in fping.err
        assert "       2 ICMP Echos sent\n" in ours.err
