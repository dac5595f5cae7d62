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
            assert "Usage: echosweep [OPTIONS] [TARGET...]" in result.lines

    def test_help_wins_over_what_else_is_wrong(self, echosweep):
        assert echosweep("--help", "192.0.2.0/99").code == 0

    def test_version(self, echosweep):
        for name in ("-v", "--version"):
            result = echosweep(name)
            assert (result.err, result.code) == ("", 0)
            assert re.fullmatch(r"echosweep \d+\.\d+\.\d+\n--tx auto: packet\n", result.out)

    def test_the_version_names_what_auto_takes(self, echosweep):
        assert echosweep("-v", prefix=NO_CAPABILITIES).lines[1] == "--tx auto: icmp"

    def test_neither_needs_privilege(self, echosweep):
        assert echosweep("--help", prefix=NO_CAPABILITIES).code == 0
        assert echosweep("--version", prefix=NO_CAPABILITIES).code == 0


BAD_VALUES = [
    (["--rate", "0"], "'0' is not a rate in packets a second (1000, 10k, 1.5M, max, auto)"),
    (["--rate", "-5"], "'-5' is not a rate in packets a second (1000, 10k, 1.5M, max, auto)"),
    (["--rate", "10K"], "'10K' is not a rate in packets a second (1000, 10k, 1.5M, max, auto)"),
    (["--rate", "fast"], "'fast' is not a rate in packets a second (1000, 10k, 1.5M, max, auto)"),
    (["--rate", "1e3"], "'1e3' is not a rate in packets a second (1000, 10k, 1.5M, max, auto)"),
    (["--rate", "nan"], "'nan' is not a rate in packets a second (1000, 10k, 1.5M, max, auto)"),
    (["--rate", "2000M"], "'2000M' is outside 0.001 to 1000M packets a second"),
    (["--max-loss", "0"], "'0' is not a number from 0.01 to 50"),
    (["--max-loss", "60"], "'60' is not a number from 0.01 to 50"),
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
    (["--complete", "0.9"], "'0.9' is not a number from 1 to 100"),
    (["--complete", "100.1"], "'100.1' is not a number from 1 to 100"),
    (["--max-passes", "1"], "'1' is not a whole number from 2 to 255"),
    (["--max-passes", "256"], "'256' is not a whole number from 2 to 255"),
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


@pytest.mark.parametrize("arguments,why", [
    (["--alvie"], "unknown option --alvie (did you mean --alive?)"),
    (["--time-out=5"], "unknown option --time-out (did you mean --timeout?)"),
    (["--nothing-like-it"], "unknown option --nothing-like-it (see echosweep --help)"),
    (["-Z"], "unknown option -Z (see echosweep --help)"),
    (["--rate"], "--rate: 1 required PPS|max|auto missing (see echosweep --help)"),
    (["-t"], "--timeout: 1 required TIME missing (see echosweep --help)"),
    (["--json"], "--json: 1 required FILE missing (see echosweep --help)"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_bad_option(echosweep, arguments, why):
    result = echosweep("127.0.0.1", *arguments)
    assert (result.out, result.err, result.code) == ("", f"echosweep: {why}\n", 3)


@pytest.mark.parametrize("arguments,why", [
    (["-4", "-6", "127.0.0.1"], "can't specify both -4 and -6"),
    (["--rate", "1k", "-i", "1", "127.0.0.1"], "--rate excludes --interval (see echosweep --help)"),
    (["--complete", "99", "-r", "3", "127.0.0.1"], "--retry excludes --complete (see echosweep --help)"),
    (["--max-passes", "3", "127.0.0.1"], "--max-passes requires --complete (see echosweep --help)"),
    (["--progress", "--no-progress", "127.0.0.1"], "--progress excludes --no-progress (see echosweep --help)"),
    (["--max-loss", "2", "127.0.0.1"],
     "--max-loss says how --rate auto chooses: add it, or leave --max-loss out"),
    (["--rate", "auto", "--rate", "5k", "--max-loss", "2", "127.0.0.1"],
     "--max-loss says how --rate auto chooses: add it, or leave --max-loss out"),
    (["--dry-run", "--list-targets", "127.0.0.1"], "can't specify both --dry-run and --list-targets"),
    (["-n", "-d", "127.0.0.1"], "--name excludes --rdns (see echosweep --help)"),
    (["-g", "127.0.0.1", "127.0.0.2", "127.0.0.3"], "-g takes one CIDR, or a START and an END, and no file"),
    (["-g"], "-g takes one CIDR, or a START and an END, and no file"),
    (["127.0.0.0/30", "-g", "-f", "targets.txt"], "-g takes one CIDR, or a START and an END, and no file"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_options_that_exclude_each_other(echosweep, write, arguments, why):
    write("targets.txt", "127.0.0.1\n")
    result = echosweep(*arguments)
    assert (result.out, result.err, result.code) == ("", f"echosweep: {why}\n", 3)


@pytest.mark.parametrize("arguments", [
    ["-f", "one.txt", "127.0.0.2"],
    ["127.0.0.2", "-f", "one.txt"],
    ["--exclude", "127.0.0.3", "127.0.0.2", "127.0.0.1"],
    ["--exclude", "127.0.0.3,127.0.0.4", "127.0.0.2", "127.0.0.1"],
    ["--exclude-file", "three.txt", "127.0.0.2", "127.0.0.1"],
    ["-S", "127.0.0.9", "127.0.0.2", "127.0.0.1"],
    ["-r0", "-t50ms", "127.0.0.2", "127.0.0.1"],
    ["--retry=0", "--timeout=50", "127.0.0.2", "127.0.0.1"],
    ["--", "127.0.0.2", "127.0.0.1"],
], ids=" ".join)
def test_an_option_takes_no_word_that_is_not_its_own(echosweep, write, arguments):
    write("one.txt", "127.0.0.1\n")
    write("three.txt", "127.0.0.3\n")
    result = echosweep("--list-targets", *arguments)
    assert (sorted(result.lines), result.err, result.code) == (["127.0.0.1", "127.0.0.2"], "", 0)


NOBODY = "echosweep: no targets: nothing was named, or everything excluded\n"


class TestNoTarget:
    def test_nothing_on_standard_input(self, echosweep):
        result = echosweep()
        assert (result.out, result.err, result.code) == ("", NOBODY, 2)

    def test_comments_alone(self, echosweep):
        result = echosweep(stdin="# nothing\n\n")
        assert (result.out, result.err, result.code) == ("", NOBODY, 2)

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
        assert result.err == (
            "echosweep: cannot open a raw socket: Operation not permitted (needs CAP_NET_RAW: sudo setcap "
            "cap_net_raw+ep $(which echosweep); or ICMP sockets for everybody: sudo sysctl -w "
            "net.ipv4.ping_group_range='0 2147483647')\n")

    def test_planning_needs_none(self, echosweep):
        assert echosweep("--dry-run", "127.0.0.0/24", prefix=NO_CAPABILITIES).code == 0
        result = echosweep("--list-targets", "127.0.0.1", prefix=NO_CAPABILITIES)
        assert (result.out, result.err, result.code) == ("127.0.0.1\n", "", 0)


class TestDryRun:
    def test_says_what_would_happen(self, echosweep):
        result = echosweep("--dry-run", "--rate", "1k", "-r", "2", "127.0.0.0/24", "198.18.2.0/24")
        assert (result.err, result.code) == ("", 0)
        lines = dict(line.split(maxsplit=1) for line in result.lines)
        assert lines["targets"] == "512 in 2 ranges"
        assert lines["order"].startswith("random, --seed ")
        assert lines["routes"].startswith("127.0.0.0-127.0.0.255: dev lo src 127.0.0.1, by raw, 46 bytes each")
        assert lines["packets"].startswith("512 if all answer, 1,536 if none does; 18 bytes of payload")
        assert lines["rate"] == "1000 packets/s"
        assert result.lines[-1] == "nothing was sent"

    def test_says_how_often_it_would_ask(self, echosweep):
        result = echosweep("--dry-run", "--rate", "1k", "-t", "1s", "-B", "1", "--complete", "99.9", "--max-passes", "4",
                           "127.0.0.0/24")
        lines = dict(line.split(maxsplit=1) for line in result.lines)
        assert lines["packets"].startswith("256 if all answer, 1,024 if none does;")
        assert lines["time"] == "256 ms if all answer, 5.02 s if none does"  # 1.024 s, three timeouts, the drain
        assert lines["complete"] == "asks 2 to 4 times, until 99.9% of the alive are found (95% sure)"

    def test_of_a_rate_that_finds_itself(self, echosweep):
        result = echosweep("--dry-run", "--rate", "auto", "--max-loss", "2.5", "127.0.0.0/24")
        lines = dict(line.split(maxsplit=1) for line in result.lines)
        assert lines["rate"] == "auto: 1,000 packets/s at first, as many as lose no more than 2.5% then"
        assert lines["time"] == "unknown"

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
        assert (result.out, result.code) == ("", 3)
        assert result.err == "echosweep: -I: there is no interface 'nosuch0' (see 'ip link')\n"

    def test_a_source_that_is_not_ours(self, echosweep):
        result = echosweep("-S", "192.0.2.1", "127.0.0.1")
        assert (result.out, result.code) == ("", 4)
        assert result.err.startswith("echosweep: cannot send from 192.0.2.1")
        assert "Cannot assign requested address" in result.err and result.err.count("\n") == 1

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
