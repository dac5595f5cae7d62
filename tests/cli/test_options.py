"""The options as such: help, version, bad values, plans, and what is missing."""

import os
import pty
import re
import subprocess

import pytest

from conftest import PROGRAM

NO_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")


class TestHelpAndVersion:
    def test_help(self, echosweep):
        for name in ("-h", "--help"):
            result = echosweep(name)
            assert (result.err, result.code) == ("", 0)
            assert result.out.startswith("Usage: echosweep [OPTIONS] [TARGET...]\n")
            assert max(map(len, result.lines)) <= 100

    def test_help_wins_over_what_else_is_wrong(self, echosweep):
        assert echosweep("--help", "192.0.2.0/99").code == 0

    def test_version(self, echosweep):
        for name in ("-v", "--version"):
            result = echosweep(name)
            assert (result.err, result.code) == ("", 0)
            assert re.fullmatch(r"echosweep \d+\.\d+\.\d+\n", result.out)

    def test_neither_needs_privilege(self, echosweep):
        assert echosweep("--help", prefix=NO_CAPABILITIES).code == 0
        assert echosweep("--version", prefix=NO_CAPABILITIES).code == 0


BAD_VALUES = [
    (["--rate", "0"], "'0' is not a rate in packets a second (1000, 10k, 1.5M, max)"),
    (["--rate", "-5"], "'-5' is not a rate in packets a second (1000, 10k, 1.5M, max)"),
    (["--rate", "10K"], "'10K' is not a rate in packets a second (1000, 10k, 1.5M, max)"),
    (["--rate", "fast"], "'fast' is not a rate in packets a second (1000, 10k, 1.5M, max)"),
    (["--rate", "1e3"], "'1e3' is not a rate in packets a second (1000, 10k, 1.5M, max)"),
    (["--rate", "nan"], "'nan' is not a rate in packets a second (1000, 10k, 1.5M, max)"),
    (["--rate", "2000M"], "'2000M' is outside 0.001 to 1000M packets a second"),
    (["-i", "-1"], "'-1' is not an interval in milliseconds (10, 0.5; 0: as fast as it goes)"),
    (["-i", "10ms"], "'10ms' is not an interval in milliseconds (10, 0.5; 0: as fast as it goes)"),
    (["-r", "-1"], "'-1' is not a whole number from 0 to "),
    (["-r", "many"], "'many' is not a whole number from 0 to "),
    (["-r", "1.5"], "'1.5' is not a whole number from 0 to "),
    (["-r", "9999"], "'9999' is not a whole number from 0 to "),
    (["-t", "0"], "'0' is less than 1 ms"),
    (["-t", "-500"], "'-500' is not a time (500ms, 2s, 1.5m, 1h)"),
    (["-t", "2 s"], "'2 s' is not a time (500ms, 2s, 1.5m, 1h)"),
    (["-t", "2sec"], "'2sec' is not a time (500ms, 2s, 1.5m, 1h)"),
    (["-t", "inf"], "'inf' is not a time (500ms, 2s, 1.5m, 1h)"),
    (["-t", "99999999h"], "'99999999h' is more than 30 years"),
    (["-B", "0.9"], "'0.9' is not a number from 1 to 5"),
    (["-B", "5.1"], "'5.1' is not a number from 1 to 5"),
    (["-B", "x"], "'x' is not a number from 1 to 5"),
    (["--drain", "soon"], "'soon' is not a time (500ms, 2s, 1.5m, 1h)"),
    (["--max-runtime", "10"], "'10' is not a time (500ms, 2s, 1.5m, 1h)"),
    (["--max-packets", "0"], "'0' is not a whole number from 1 to 18446744073709551615"),
    (["-S", "192.0.2"], "'192.0.2' is not an address"),
    (["-H", "0"], "'0' is not a whole number from 1 to 255"),
    (["-H", "256"], "'256' is not a whole number from 1 to 255"),
    (["-O", "256"], "'256' is not a whole number from 0 to 255"),
    (["-O", "0x100"], "'0x100' is not a whole number from 0 to 255"),
    (["-k", "4294967296"], "'4294967296' is not a whole number from 0 to 4294967295"),
    (["-b", "65508"], "'65508' is not a whole number from 0 to 65507"),
    (["-b", "-1"], "'-1' is not a whole number from 0 to 65507"),
    (["-x", "0"], "'0' is not a whole number from 1 to 18446744073709551615"),
    (["-X", "none"], "'none' is not a whole number from 1 to 18446744073709551615"),
    (["--seed", "18446744073709551616"], "'18446744073709551616' is not a whole number from 0 to 18446744073709551615"),
    (["--order", "sorted"], "'sorted' is neither random nor input"),
    (["--timestamp-format", "unix"], "'unix' is none of ctime, iso, rfc3339"),
]


@pytest.mark.parametrize("arguments,why", BAD_VALUES, ids=lambda v: " ".join(v)[:30])
def test_bad_value(echosweep, arguments, why):
    """One line that names the option, the value and what would be right; nothing is sent."""
    result = echosweep(*arguments, "127.0.0.1")
    assert (result.out, result.code) == ("", 3)
    name = re.escape(arguments[0])
    assert re.match(rf"echosweep: (\S+,)?{name}(,\S+)?: {re.escape(why)}", result.err), result.err
    assert result.err.count("\n") == 1 and result.err.endswith("\n")


@pytest.mark.parametrize("arguments,named", [
    (["--alvie"], "--alvie"),
    (["-Z"], "-Z"),
    (["--rate"], "--rate"),
    (["-t"], "-t"),
    (["--json"], "--json"),
    (["--alive=yes"], "--alive"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else v)
def test_bad_option(echosweep, arguments, named):
    result = echosweep("127.0.0.1", *arguments)
    assert (result.out, result.code) == ("", 3)
    assert result.err.startswith("echosweep: ") and named in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [
    ["-4", "-6", "127.0.0.1"],
    ["--rate", "1k", "-i", "1", "127.0.0.1"],
    ["--progress", "--no-progress", "127.0.0.1"],
    ["--dry-run", "--list-targets", "127.0.0.1"],
    ["-n", "-d", "127.0.0.1"],
    ["-x", "1", "-X", "1", "127.0.0.1"],
    ["-g", "127.0.0.1", "127.0.0.2", "127.0.0.3"],
    ["-g"],
    ["-g", "-f", "targets.txt", "127.0.0.0/30"],
], ids=lambda v: " ".join(v))
def test_options_that_exclude_each_other(echosweep, write, arguments):
    write("targets.txt", "127.0.0.1\n")
    result = echosweep(*arguments)
    assert (result.out, result.code) == ("", 3)
    assert result.err.startswith("echosweep: ") and result.err.count("\n") == 1


class TestNoTarget:
    def test_nothing_on_standard_input(self, echosweep):
        result = echosweep()
        assert (result.out, result.code) == ("", 2)
        assert result.err.startswith("echosweep: ") and result.err.count("\n") == 1

    def test_comments_alone(self, echosweep):
        result = echosweep(stdin="# nothing\n\n")
        assert (result.out, result.code) == ("", 2)
        assert result.err.startswith("echosweep: ") and result.err.count("\n") == 1

    def test_a_terminal_is_not_read(self):
        """Somebody who types the bare name wants to know what to do, not to wait."""
        leader, terminal = pty.openpty()
        try:
            done = subprocess.run([PROGRAM], stdin=terminal, capture_output=True, timeout=20, check=False)
        finally:
            os.close(terminal)
            os.close(leader)
        assert (done.stdout, done.returncode) == (b"", 3)
        assert done.stderr.startswith(b"echosweep: ") and done.stderr.count(b"\n") == 1
        assert b"--help" in done.stderr


class TestNoPrivilege:
    def test_one_line_says_how_to_get_it(self, echosweep):
        result = echosweep("127.0.0.1", prefix=NO_CAPABILITIES)
        assert (result.out, result.code) == ("", 4)
        assert result.err.startswith("echosweep: ") and result.err.count("\n") == 1
        assert "setcap cap_net_raw+ep" in result.err
        assert "sysctl -w net.ipv4.ping_group_range=" in result.err

    def test_planning_needs_none(self, echosweep):
        assert echosweep("--dry-run", "127.0.0.0/24", prefix=NO_CAPABILITIES).code == 0
        result = echosweep("--list-targets", "127.0.0.1", prefix=NO_CAPABILITIES)
        assert (result.out, result.err, result.code) == ("127.0.0.1\n", "", 0)


class TestDryRun:
    def test_says_what_would_happen(self, echosweep):
        result = echosweep("--dry-run", "--rate", "1k", "-r", "2", "127.0.0.0/24", "198.18.2.0/24")
        assert (result.err, result.code) == ("", 0)
        assert "512" in result.out
        assert re.search(r"\b1,536\b", result.out), "three packets for each target at most"
        assert "lo" in result.out

    def test_sends_nothing(self, echosweep):
        """The kernel's own count of echo requests that arrived."""
        before = echo_requests_received()
        assert echosweep("--dry-run", "127.0.0.0/24").code == 0
        assert echo_requests_received() == before
        assert echosweep("-q", "127.0.0.0/28").code == 0
        assert echo_requests_received() > before


def echo_requests_received() -> int:
    with open("/proc/net/snmp", encoding="ascii") as file:
        names, numbers = [line.split() for line in file if line.startswith("Icmp:")]
    return int(numbers[names.index("InEchos")])


class TestPacketOptions:
    def test_an_interface_that_is_not_there(self, echosweep):
        result = echosweep("-I", "nosuch0", "127.0.0.1")
        assert (result.out, result.code) == ("", 4)
        assert result.err.startswith("echosweep: cannot use interface nosuch0: No such device")
        assert result.err.count("\n") == 1

    def test_a_source_that_is_not_ours(self, echosweep):
        result = echosweep("-S", "192.0.2.1", "127.0.0.1")
        assert (result.out, result.code) == ("", 4)
        assert result.err.startswith("echosweep: cannot send from 192.0.2.1: ")

    @pytest.mark.parametrize("arguments", [
        ["-I", "lo"], ["-S", "127.0.0.5"], ["-H", "9"], ["-O", "0x10"], ["-M"], ["-k", "7"], ["-b", "0"], ["-b", "17"],
        ["-b", "56"], ["-b", "1400"], ["-b", "20000"], ["-b", "65507"], ["-R"], ["-R", "-b", "100"], ["--rate", "max"],
        ["-i", "0.1"], ["-B", "1.0"], ["--order", "input"], ["--seed", "0xff"],
    ], ids=" ".join)
    def test_a_sweep_with(self, sweep, arguments):
        result = sweep(*arguments, "127.0.0.1", "127.0.0.2")
        assert (sorted(result.lines), result.err, result.code) == (
            ["127.0.0.1 is alive", "127.0.0.2 is alive"], "", 0)

    @pytest.mark.parametrize("arguments", [["-H", "9"], ["-O", "0x10"], ["-b", "0"], ["-b", "1400"], ["-b", "65507"],
                                           ["-R"], ["-S", "::1"], ["-M"]], ids=" ".join)
    def test_a_sweep_of_ipv6_with(self, sweep, arguments):
        result = sweep(*arguments, "::1", "fd00:e5::2:7")
        assert (sorted(result.lines), result.err, result.code) == (["::1 is alive", "fd00:e5::2:7 is alive"], "", 0)

    def test_the_limits_stop_a_run_as_an_interrupt_does(self, echosweep):
        result = echosweep("-s", "--max-packets", "5", "--order", "input", "127.0.0.0/24")
        assert len(result.lines) == 256
        assert result.lines.count("127.0.0.4 is alive") == 1
        assert "accounting: 256 targets = 5 alive + 0 icmp-unreachable + 0 silent + 251 unsent\n" in result.err
        assert result.code == 1
        result = echosweep("-q", "-s", "--rate", "100", "--max-runtime", "300ms", "127.0.0.0/16")
        assert " unsent\n" in result.err and result.code == 1
