"""Called by the name of fping: its command line, its words and its exit codes, to the letter.

What is compared with a text is what fping 5.5 says; where Debian's 5.1 says the same, it runs beside ours.
"""

import os
import shutil
import socket
import struct
import threading

import pytest

from conftest import PROGRAM, call

NO_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
HINT = "see 'fping -h' for usage information\n"
UNKNOWN = "Name or service not known"


@pytest.fixture
def fping(tmp_path):
    """Runs the program by the name of fping, as a shell finds it, in an empty folder."""
    link = tmp_path / "bin" / "fping"
    link.parent.mkdir()
    link.symlink_to(PROGRAM)
    folder = tmp_path / "here"
    folder.mkdir()

    def run(*arguments, prefix=(), name="fping", **more):
        if not link.with_name(name).is_symlink():
            link.with_name(name).symlink_to(PROGRAM)
        env = {"PATH": f"{link.parent}:{os.environ['PATH']}"}
        return call([*prefix, name, *arguments], env=env, cwd=folder, **more)

    run.folder = folder
    return run


@pytest.fixture
def debians():
    """Debian's own."""
    path = shutil.which("fping")
    if path is None:
        pytest.skip("fping is not installed")
    return lambda *arguments, **more: call(["fping", *arguments], **more)


def is_usage(text: str) -> bool:
    return text.startswith("Usage: fping [options] [targets...]\n\n")


# What fping says, and Debian's 5.1 says so too.
SAME = {
    ("-Z", "127.0.0.1"): "fping: invalid option -- 'Z'\n" + HINT,
    ("-qZ", "127.0.0.1"): "fping: invalid option -- 'Z'\n" + HINT,
    ("--nosuch",): "fping: invalid option -- 'nosuch'\n" + HINT,
    ("--cou=2", "127.0.0.1"): "fping: invalid option -- 'cou=2'\n" + HINT,
    ("127.0.0.1", "-c"): "fping: option requires an argument -- 'c'\n" + HINT,
    ("127.0.0.1", "-qc"): "fping: option requires an argument -- 'c'\n" + HINT,
    ("127.0.0.1", "--count"): "fping: option requires an argument -- 'count'\n" + HINT,
    ("--quiet=1", "127.0.0.1"): "fping: option takes no arguments -- 'quiet'\n" + HINT,
    ("-4", "-6", "127.0.0.1"): "fping: can't specify both -4 and -6\n",
    ("-6", "-4", "127.0.0.1"): "fping: can't specify both -4 and -6\n",
    ("-n", "-d", "127.0.0.1"): "fping: use either one of -d or -n\n",
    ("-d", "-n", "127.0.0.1"): "fping: use either one of -d or -n\n",
    ("-a", "-u", "127.0.0.1"): "fping: specify only one of a, u\n",
    ("-c", "1", "-l", "127.0.0.1"): "fping: specify only one of c, l\n",
    ("-l", "-C", "1", "127.0.0.1"): "fping: specify only one of c, l\n",
    ("-B", "0.9", "127.0.0.1"): "fping: backoff factor 0.9 not valid, must be between 1.0 and 5.0\n",
    ("-B", "5.1", "127.0.0.1"): "fping: backoff factor 5.1 not valid, must be between 1.0 and 5.0\n",
    ("-H", "256", "127.0.0.1"): "fping: ttl 256 out of range\n",
    ("-S", "nosuch", "127.0.0.1"): "fping: can't parse source address: nosuch\n",
    ("-S", "", "127.0.0.1"): "fping: can't parse source address: \n",
    ("-g", "127.0.0.0/33"): "fping: netmask must be between 1 and 32 (is: 33)\n",
    ("-g", "nosuch.example/30"): f"fping, can't parse address nosuch.example: {UNKNOWN}\n",
    ("-g", "localhost", "127.0.0.3"): f"fping: can't parse address localhost: {UNKNOWN}\n",
    ("-g", "127.0.0.0/30", "127.0.0.9"): f"fping: can't parse address 127.0.0.0/30: {UNKNOWN}\n",
    # The first mistake counts, and what is only known at the end comes last.
    ("-Z", "-h"): "fping: invalid option -- 'Z'\n" + HINT,
    ("-a", "-u", "-Z"): "fping: invalid option -- 'Z'\n" + HINT,
    ("-Z", "-c"): "fping: invalid option -- 'Z'\n" + HINT,
    ("-b", "70000", "-a", "-u", "127.0.0.1"): "fping: specify only one of a, u\n",
    ("-H", "256", "-a", "-u", "127.0.0.1"): "fping: ttl 256 out of range\n",
    ("-S", "nosuch", "-Z"): "fping: can't parse source address: nosuch\n",
}


@pytest.mark.parametrize("arguments,words", SAME.items(), ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_refused(fping, debians, arguments, words):
    ours, theirs = fping(*arguments), debians(*arguments)
    assert (ours.out, ours.err, ours.code) == ("", words, 1)
    assert ours == theirs


@pytest.mark.parametrize("arguments,words", [
    (["-b", "65508"], "fping: data size 65508 not valid, must not be larger than 65507\n"),
    (["-I", "nosuch0"], "binding to specific interface (SO_BINDTODEVICE): No such device\n"),
    (["-I", "nosuch0", "-H", "256"], "binding to specific interface (SO_BINDTODEVICE): No such device\n"),
    (["-J"], "fping: option -J, --json requires -c, -C, or -l\n"),
    (["-6", "--icmp-timestamp"], "fping: ICMP Timestamp is IPv4 only\n"),
    (["--icmp-timestamp", "-b", "12"], "fping: cannot change ICMP Timestamp size\n"),
    (["-g", "::1"], "fping: can't parse address 127.0.0.1: Address family for hostname not supported\n"),
    (["-g", "-6", "127.0.0.9"], "fping: can't parse address 127.0.0.9: Address family for hostname not supported\n"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_refused_since_5_5(fping, arguments, words):
    ours = fping(*arguments, "127.0.0.1")
    assert (ours.out, ours.err, ours.code) == ("", words, 1)


@pytest.mark.parametrize("option,values", {
    "-c": ["abc", "", "0", "-1", "1x", "1.5", "1e3"], "-C": ["abc", "0"], "-r": ["abc", "", "-1", "1.5"],
    "-b": ["abc", "", "-1", "1x"], "-p": ["abc", "", "-1", "1x", "inf", "nan"], "-i": ["abc", "-1", "1x"],
    "-t": ["abc", "-1", "1x"], "-Q": ["abc", "-1", "1x", ","], "-B": ["abc", "", "-1"], "-H": ["abc", "0", "-1"],
    "-O": ["abc", "", "256", "09", "0x", "-1"], "-x": ["abc", "0", "-1"], "-X": ["0"], "-k": ["0"],
    "--timestamp-format": ["unix"], "--seqmap-timeout": ["abc"],
}.items())
def test_numbers_that_are_none(fping, option, values):
    for value in values:
        ours = fping(option, value, "127.0.0.1")
        assert is_usage(ours.err) and (ours.out, ours.code) == ("", 1), value


@pytest.mark.parametrize("arguments", [
    ["-g"], ["-g", "127.0.0.1"], ["-g", "127.0.0.1", "127.0.0.2", "127.0.0.3"], ["-f", "two", "127.0.0.1"],
    ["-g", "-f", "two", "127.0.0.0/30"], ["-g", "127.0.0.0/x"],
], ids=" ".join)
def test_targets_that_make_no_sense(fping, arguments):
    ours = fping(*arguments)
    assert is_usage(ours.err) and (ours.out, ours.code) == ("", 1)


class TestHelpAndVersion:
    def test_help(self, fping):
        for arguments in (["-h"], ["--help"], ["-h", "-Z"], ["127.0.0.1", "-h", "-c", "abc"]):
            ours = fping(*arguments)
            assert is_usage(ours.out) and (ours.err, ours.code) == ("", 0)

    def test_what_stands_in_front_counts(self, fping):
        ours = fping("-c", "abc", "-h")
        assert is_usage(ours.err) and ours.code == 1

    def test_zabbix_finds_the_option_for_the_source(self, fping):
        assert any(line.lstrip().startswith(("-S ", "-S,")) for line in fping("-h").lines)

    def test_version(self, fping):
        for arguments in (["-v"], ["--version"], ["-q", "-v", "-Z"]):
            ours = fping(*arguments)
            assert (ours.out, ours.err, ours.code) == ("fping: Version 5.5\n", "", 0)

    def test_no_rights_are_needed(self, fping):
        assert fping("-h", prefix=NO_CAPABILITIES).code == 0
        assert fping("-Z", prefix=NO_CAPABILITIES).code == 1

    def test_it_has_the_name_that_it_was_called_by(self, fping):
        path = fping.folder.parent / "bin" / "fping"
        assert call([path, "-a", "-u", "127.0.0.1"]).err == f"{path}: specify only one of a, u\n"


class TestSockets:
    @pytest.mark.parametrize("arguments", [[], ["-q"], ["-c", "1", "-q"], ["-a", "-u"]], ids=" ".join)
    def test_no_rights(self, fping, arguments):
        ours = fping(*arguments, "127.0.0.1", prefix=NO_CAPABILITIES)
        assert (ours.out, ours.err, ours.code) == ("", "fping: can't create socket (must run as root?)\n", 4)

    @pytest.mark.parametrize("arguments", [["127.0.0.1"], ["-c", "1", "-q", "127.0.0.1"], ["::1"]], ids=" ".join)
    def test_a_source_that_is_not_ours(self, fping, debians, arguments):
        ours = fping("-S", "192.0.2.1", *arguments)
        assert ours == debians("-S", "192.0.2.1", *arguments)
        assert (ours.out, ours.code) == ("", 4)
        assert ours.err == "fping: cannot bind source address : Cannot assign requested address\n"

    def test_a_source_of_the_other_family_does_no_harm(self, fping):
        assert fping("-S", "::1", "127.0.0.1").out == "127.0.0.1 is alive\n"


@pytest.mark.parametrize("arguments", [
    ["127.0.0.1", "-a"], ["-4", "-4", "127.0.0.1"], ["-ai5", "127.0.0.1"], ["-r0", "-t200", "-i0", "127.0.0.1"],
    ["-T", "5", "127.0.0.1"], ["-b0", "127.0.0.1"], ["-O", "010", "127.0.0.1"], ["-O", "0x10", "127.0.0.1"],
    ["-p", "1e2", "127.0.0.1"], ["-B", "1.", "127.0.0.1"], ["-r", "1000", "127.0.0.1"], ["--", "127.0.0.1"],
    ["-I", "", "127.0.0.1"], ["-N", "-o", "-p", "5", "127.0.0.1"], ["-Q", "1", "127.0.0.1"],
    ["-g", "127.0.0.9/32"], ["-g", "127.1/30"], ["-g", "127.0.0.254", "127.0.1.1"], ["-g", "127.0.0.3", "127.0.0.1"],
    ["127.1"], ["2130706433"], ["0x7f000001"], ["127.0.0.01"],
    ["-"], ["--", "-a"], ["127.0.0.1/24"], ["a b"], [""], ["127.0.0.256"], ["fd00::zz"], ["fe80::1%nosuch"],
    ["nosuch.example", "127.0.0.1"], ["-q", "nosuch.example"], ["-Q", "1", "nosuch.example"], ["-6", "127.0.0.1"],
    ["-4", "::1", "127.0.0.1"], ["-f", "nosuch"], ["-f", "."], ["-f", "words"], ["-f", "empty"], [],
    ["-m", "-A", "many.example"], ["-f", "two", "-f", "words"], ["-S", "192.0.2.1", "-Z"],
], ids=" ".join)
def test_as_debians(fping, debians, arguments):
    (fping.folder / "two").write_text("127.0.0.1\n127.0.0.2\n", encoding="utf-8")
    (fping.folder / "empty").write_text("", encoding="utf-8")
    (fping.folder / "words").write_text("# first\n\n  \n127.0.0.1 # one\n127.0.0.2#two\n;three\n\t127.0.0.3 four\n#five",
                                        encoding="utf-8")
    ours, theirs = fping(*arguments), debians(*arguments, cwd=fping.folder)
    assert (sorted(ours.lines), ours.err, ours.code) == (sorted(theirs.lines), theirs.err, theirs.code)


class TestTargets:
    def test_ipv6_networks(self, fping):
        ours = fping("-g", "fd00:e5::2:0/126")
        assert sorted(ours.lines) == [f"fd00:e5::2:{i:x} is alive" if i else "fd00:e5::2:0 is alive" for i in range(4)]

    def test_fping6(self, fping):
        ours = fping("::1", name="fping6")
        assert (ours.out, ours.code) == ("::1 is alive\n", 0)
        assert fping("-4", "127.0.0.1", name="fping6").err == "fping6: can't specify both -4 and -6\n"

    def test_no_number_is_too_many(self, fping):
        ours = fping("-i0", "-q", "-X", "1", "-g", "127.0.0.0", "127.255.255.255")
        assert ours.out.startswith("Enough hosts reachable (required: 1, reachable: ")
        assert (ours.err, ours.code) == ("", 0)

    def test_words_that_are_too_long(self, fping):
        (fping.folder / "long").write_text("x" * 256 + "\n127.0.0.1\n", encoding="utf-8")
        ours = fping("-f", "long")
        assert (ours.out, ours.err, ours.code) == ("", "fping: target name too long\n", 1)


def test_silent_targets_take_no_longer_than_their_timeouts(fping, silent_network):
    """One retry of 100 ms and then 150; our own sweep waits a second at the end."""
    ours = fping("-r", "1", "-t", "100", "-s", "198.18.3.1")
    elapsed = next(line for line in ours.err.splitlines() if "elapsed" in line)
    assert 0.25 <= float(elapsed.split()[0]) < 0.9
    assert ours.out == "198.18.3.1 is unreachable\n"


class NameServer:
    """Says that odd hosts do not exist, and that even ones are 127.1.x.y. Counts the questions that wait."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.asked: set[str] = set()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            question, peer = self.socket.recvfrom(1500)
            if not question:
                return
            end = question.index(0, 12)
            label = question[13:13 + question[12]].decode()
            kind = struct.unpack(">H", question[end + 1:end + 3])[0]
            number = int(label.removeprefix("host"))
            self.asked.add(label)
            missing, answers = number % 2 == 1, kind == 1 and number % 2 == 0
            header = question[:2] + struct.pack(">HHHHH", 0x8583 if missing else 0x8580, 1, int(answers), 0, 0)
            answer = struct.pack(">HHHIHBBBB", 0xC00C, 1, 1, 60, 4, 127, 1, number // 256, number % 256)
            self.socket.sendto(header + question[12:end + 5] + (answer if answers else b""), peer)

    def close(self):
        self.socket.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()


def test_two_thousand_names(fping):
    """Each that fails is a line, in the order given, and the others are asked."""
    server = NameServer()
    try:
        names = "".join(f"host{i}.example\n" for i in range(2000))
        ours = fping("-i", "0", "-4", stdin=names)
    finally:
        server.close()
    assert len(server.asked) == 2000
    assert ours.err.splitlines() == [f"host{i}.example: {UNKNOWN}" for i in range(1, 2000, 2)]
    assert sorted(ours.lines) == sorted(f"host{i}.example is alive" for i in range(0, 2000, 2))
    assert ours.code == 2
