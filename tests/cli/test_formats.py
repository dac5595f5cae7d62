"""The formats that other tools read: read by those tools."""

import csv
import io
import ipaddress
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import PROGRAM, QUICK, call
from run_schema import SCHEMA, check_lines

# 3 alive, 1 silent, 1 unreachable, 1 unsent.
SOME = ("127.0.0.1", "seven.example", "fd00:e5::2:1", "198.18.3.1", "198.18.4.1", "198.18.5.1")
DTD = Path("/usr/share/nmap/nmap.dtd")


@pytest.fixture
def tool():
    """Runs somebody else's program, which must be content."""

    def run(*command, **more) -> str:
        if not shutil.which(command[0]):
            pytest.skip(f"there is no {command[0]} (make test installs it)")
        result = call(command, **more)
        assert result.code == 0, result
        return result.out

    return run


@pytest.fixture
def all_formats(sweep, silent_network, unreachable_network, tmp_path):
    """A run over SOME in every format; the folder."""
    result = sweep("-q", "--json", "run.json", "--csv", "run.csv", "--xml", "run.xml", "--grepable", "run.gnmap", "--pcap",
                   "run.pcap", "--alive-file", "alive.txt", "--dead-file", "dead.txt", *SOME)
    assert (result.out, result.code) == ("", 1), result
    return tmp_path


def hosts_of(file: Path) -> list[dict]:
    return [line for line in lines_of(file) if line["type"] == "host"]


def lines_of(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def alive_of(file: Path) -> dict[str, str]:
    """Addresses and names of who is alive."""
    return {host["address"]: host.get("name", "") for host in hosts_of(file) if host["state"] == "alive"}


def test_any_two_of_a_run_are_the_same_hosts(sweep, echosweep, silent_network, unreachable_network, tmp_path):
    every = ("--states", "alive,unreachable,silent,unsent")
    assert sweep("-q", "--json", "run.json", "--xml", "run.xml", *every, *SOME).code == 1
    assert echosweep("merge", "run.json", "-o", "merged.json").code == 0
    for before, now in (("run.json", "run.xml"), ("run.xml", "run.json"), ("run.xml", "merged.json"), ("merged.json", "run.json")):
        result = echosweep("diff", "--no-rtt", before, now)
        assert (result.out, result.err, result.code) == ("", "", 0), (before, now)


class TestReadByOthers:
    def test_json_by_jq(self, all_formats, tool):
        check_lines(lines_of(all_formats / "run.json"))
        out = tool("jq", "-r", 'select(.type == "host" and .state == "alive") | .address', all_formats / "run.json")
        assert set(out.split()) == set(alive_of(all_formats / "run.json")) and len(out.split()) == 3
        counts = tool("jq", "-c", 'select(.type == "accounting") | [.alive, .unreachable, .silent, .unsent]',
                      all_formats / "run.json")
        assert counts == "[3,1,1,1]\n"

    def test_csv_by_sqlite(self, all_formats, tool):
        out = tool("sqlite3", "-json", ":memory:", f".import --csv {all_formats / 'run.csv'} run", "select * from run")
        rows = json.loads(out)
        assert list(rows[0]) == ["address", "name", "state", "reason", "from", "ttl", "rtt_us", "tries", "sent", "received",
                                 "mac", "count"]
        assert {row["count"] for row in rows} == {"1"}, "no carriage return is left in the last column"
        for host in hosts_of(all_formats / "run.json"):
            row = next(row for row in rows if row["address"] == host["address"])
            assert row == {key: str(host.get(key, "")) for key in row} | {"count": "1"}
        assert len(rows) == 6

    def test_csv_by_the_rfc(self, all_formats):
        text = (all_formats / "run.csv").read_bytes().decode()
        assert text.count("\r\n") == text.count("\n") == 7 and text.endswith("\r\n")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        assert {row["address"] for row in rows} == {host["address"] for host in hosts_of(all_formats / "run.json")}

    def test_xml_by_nmaps_dtd(self, all_formats, tool):
        if not DTD.exists():
            pytest.skip("nmap does not bring its DTD here")
        assert tool("xmllint", "--noout", "--dtdvalid", DTD, all_formats / "run.xml") == ""

    def test_xml_by_nmap_parser(self, all_formats, tool):
        out = tool("perl", "-MNmap::Parser", "-e", """
            my $run = Nmap::Parser->new; $run->parsefile($ARGV[0]);
            for my $host ($run->all_hosts('up')) { print $host->addr, ' ', $host->hostname || '', "\\n" }
            """, all_formats / "run.xml")
        found = dict(line.split(" ", 1) for line in out.splitlines())
        # It knows IPv6 addresses by another method.
        assert {a: n for a, n in found.items() if a} == {a: n for a, n in alive_of(all_formats / "run.json").items()
                                                         if ":" not in a or a in found}
        assert len(out.splitlines()) == 3

    def test_xml_by_libnmap(self, all_formats, tool):
        out = tool("/usr/bin/python3", "-c", """if True:
            import json, sys
            from libnmap.parser import NmapParser
            run = NmapParser.parse_fromfile(sys.argv[1])
            print(json.dumps({"hosts": {h.address: "".join(h.hostnames) for h in run.hosts if h.is_up()},
                              "up": run.hosts_up, "down": run.hosts_down, "total": run.hosts_total}))
            """, all_formats / "run.xml")
        assert json.loads(out) == {"hosts": alive_of(all_formats / "run.json"), "up": 3, "down": 2, "total": 5}

    def test_grepable_is_nmaps(self, all_formats):
        lines = (all_formats / "run.gnmap").read_text().splitlines()
        assert re.fullmatch(r"# Nmap \S+ scan initiated \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4} as: .*", lines[0])
        assert re.fullmatch(r"# Nmap done at .* -- 5 IP addresses \(3 hosts up\) scanned in \d+\.\d\d seconds", lines[-1])
        expected = {f"Host: {address} ({name})\tStatus: Up" for address, name in alive_of(all_formats / "run.json").items()}
        assert set(lines[1:-1]) == expected and len(lines) == 5

    def test_alive_file_by_nmap(self, all_formats, tool):
        out = tool("nmap", "-iL", all_formats / "alive.txt", "-sL", "-n", "-oG", "-")
        listed = set(re.findall(r"^Host: (\S+) ", out, re.M))
        # nmap takes one family at a time, and says so of the others.
        assert listed == {address for address in alive_of(all_formats / "run.json") if ":" not in address}

    def test_pcap_by_tshark(self, all_formats, tool):
        out = tool("tshark", "-n", "-r", all_formats / "run.pcap", "-T", "fields", "-e", "ip.src", "-e", "ipv6.src", "-e",
                   "icmp.type", "-e", "icmpv6.type", "-e", "frame.time_epoch", "-e", "_ws.malformed", env={"HOME": "/tmp"})
        seen = {}
        for line in out.splitlines():
            v4, v6, type4, type6, when, malformed = line.split("\t")
            seen[v6 or v4.split(",")[0]] = (type4.split(",")[0] or type6, float(when), malformed)
        assert {address for address, what in seen.items() if what[0] in ("0", "129")} == set(
            alive_of(all_formats / "run.json"))
        assert seen["198.18.4.1"][0] == "3"
        assert len(out.splitlines()) == 4 and all(what[2] == "" for what in seen.values())
        assert all(abs(what[1] - time.time()) < 120 for what in seen.values())

    def test_beside_nmap_itself(self, sweep, tool, tmp_path):
        """The same elements and attributes in the same order, but for what differs on purpose."""
        theirs = tool("nmap", "-sn", "-n", "--unprivileged", "-oX", "-", "127.0.0.1")
        ours = sweep("--xml", "-", "127.0.0.1").out

        def shape(text: str) -> list[tuple[str, ...]]:
            return [(tag, *re.findall(r'([a-z_]+)="', rest)) for tag, rest in re.findall(r"<([a-z]+)\b([^>]*)>", text)]

        # The loopback has no round trip there; and ours leaves no style sheet and no comment.
        assert [tag for tag in shape(ours) if tag[0] != "times"] == [tag for tag in shape(theirs) if tag[0] != "times"]


class TestGolden:
    """The examples that the unit tests hold the formats to are right themselves."""

    FOLDER = Path(__file__).resolve().parents[1] / "data" / "golden"

    @pytest.mark.parametrize("name", ["run.json", "ranges.json"])
    def test_json(self, name):
        check_lines(lines_of(self.FOLDER / name))

    @pytest.mark.parametrize("name", ["run.xml", "all.xml"])
    def test_xml(self, name, tool, tmp_path):
        # The end of a run that was interrupted has a word that the DTD does not know.
        text = (self.FOLDER / name).read_text(encoding="utf-8")
        whole = tmp_path / name
        whole.write_text(text.replace('exit="interrupted"', 'exit="success"'), encoding="utf-8")
        assert tool("xmllint", "--noout", "--dtdvalid", DTD, whole) == ""

    @pytest.mark.parametrize("name", ["run.csv", "ranges.csv"])
    def test_csv(self, name, tool):
        out = tool("sqlite3", ":memory:", f".import --csv {self.FOLDER / name} run",
                   "select count(*), sum(count), max(name) from run")
        assert out == {"run.csv": "16|16|gate.example\n", "ranges.csv": "9|16|gate.example\n"}[name]

    def test_states_its_own_schema(self, tool):
        assert tool("jq", "-r", '."$schema"', SCHEMA) == "https://json-schema.org/draft/2020-12/schema\n"


class TestStandardOutput:
    @pytest.mark.parametrize("option,first", [("--json", '{"type":"run"'), ("--csv", "address,name"), ("--xml", "<?xml"),
                                              ("--grepable", "# Nmap"), ("--alive-file", "127.0.0.1\n")])
    def test_has_no_text_lines_then(self, sweep, option, first):
        result = sweep(option, "-", "127.0.0.1")
        assert result.out.startswith(first) and "is alive" not in result.out and result.err == ""

    def test_pcap(self, tmp_path):
        done = subprocess.run([PROGRAM, *QUICK, "--pcap", "-", "127.0.0.1"], stdin=subprocess.DEVNULL, capture_output=True,
                              cwd=tmp_path, timeout=20, check=False)
        assert done.stdout[:4] == b"\x4d\x3c\xb2\xa1" and len(done.stdout) == 24 + 16 + 20 + 46 and done.stderr == b""

    def test_is_for_one_format(self, sweep):
        result = sweep("--json", "-", "--csv", "-", "127.0.0.1")
        assert (result.out, result.code) == ("", 3)
        assert result.err == "echosweep: --json and --csv both want standard output: name a file for one of them\n"


class TestStates:
    @pytest.mark.parametrize("option,file", [("--json", "run"), ("--csv", "run"), ("--xml", "run"), ("--grepable", "run")])
    def test_a_choice(self, sweep, silent_network, unreachable_network, tmp_path, option, file):
        sweep("-q", option, file, "--states", "silent,unreachable", *SOME)
        text = (tmp_path / file).read_text().partition("\n")[2]  # behind what names the command line
        listed = {address for address in ("127.0.0.1", "198.18.3.1", "198.18.4.1", "198.18.5.1")
                  if re.search(rf'["( ]{re.escape(address)}[") ]|^{re.escape(address)},', text, re.M)}
        if option == "--xml":
            listed = set(re.findall(r'<address addr="([^"]+)"', text))
            assert re.findall(r'state="(\w+)" reason="([\w-]+)"', text) == [("down", "no-response"), ("down", "host-unreach")]
        assert listed == {"198.18.3.1", "198.18.4.1"}

    def test_words(self, sweep):
        result = sweep("--json", "x", "--states", "alive,deaf", "127.0.0.1")
        assert (result.err, result.code) == ("echosweep: --states: 'deaf' is none of alive, unreachable, silent, unsent "
                                             "(see echosweep --help)\n", 3)

    def test_wants_a_file(self, sweep):
        for option in (["--states", "alive"], ["--ranges"]):
            assert sweep(*option, "127.0.0.1").code == 3

    def test_not_for_counts(self, echosweep):
        result = echosweep("-c", "1", "--csv", "x", "127.0.0.1")
        assert (result.err, result.code) == ("echosweep: --csv is for sweeps: not with -c, -C or -l\n", 3)


class TestRanges:
    def test_prefixes_of_the_dead(self, echosweep, silent_network, tmp_path):
        echosweep("-q", "-r", "1", "-t", "100", "--drain", "100ms", "--ranges", "--json", "run.json", "--csv", "run.csv",
                  "--dead-file", "dead.txt", "198.18.3.0/25", "127.0.0.1", "198.18.3.128-130")
        lines = lines_of(tmp_path / "run.json")
        check_lines(lines)
        ranges = [(line["prefix"], line["state"], line["tries"], line["count"]) for line in lines if line["type"] == "range"]
        assert ranges == [("198.18.3.0/25", "silent", 2, 128), ("198.18.3.128/31", "silent", 2, 2)]
        assert [line["address"] for line in lines if line["type"] == "host"] == ["127.0.0.1", "198.18.3.130"]
        assert (tmp_path / "dead.txt").read_text() == "198.18.3.0/25\n198.18.3.128/31\n198.18.3.130\n"
        rows = list(csv.DictReader((tmp_path / "run.csv").open(newline="")))
        assert sum(int(row["count"]) for row in rows) == 132
        # What was written can be read again.
        back = echosweep("--list-targets", "--order", "input", "-f", "dead.txt")
        assert back.lines == [f"198.18.3.{i}" for i in range(131)]


class TestTrouble:
    def test_other_outputs_go_on_when_a_disk_is_full(self, echosweep, tmp_path):
        result = echosweep("-q", "-r", "0", "--rate", "max", "--json", "/dev/full", "--csv", "run.csv", "--xml", "run.xml",
                           "127.0.0.0/20")
        assert result.code == 4
        assert result.err.startswith("echosweep: cannot write to /dev/full: No space left on device")
        assert result.err.count("\n") == 1
        assert len((tmp_path / "run.csv").read_text().splitlines()) == 4097
        assert (tmp_path / "run.xml").read_text().count("<host>") == 4096

    def test_an_xml_that_finds_no_room_leaves_nothing(self, echosweep, tmp_path):
        result = echosweep("-q", "-r", "0", "--rate", "max", "--xml", "run.xml", "--csv", "run.csv", "127.0.0.0/20",
                           prefix=("sh", "-c", 'ulimit -f 600; exec "$0" "$@"'))
        assert result.code == 4
        assert "cannot write to run.xml: File too large" in result.err
        assert sorted(os.listdir(tmp_path)) == ["run.csv"]

    def test_a_file_that_vanishes(self, tmp_path):
        with subprocess.Popen([PROGRAM, *QUICK, "-q", "--rate", "200", "--csv", "run.csv", "--json", "run.json",
                               "127.0.0.0/25"], cwd=tmp_path, stderr=subprocess.PIPE, text=True) as running:
            wait_for(lambda: (tmp_path / "run.csv").exists() and (tmp_path / "run.csv").stat().st_size > 500)
            (tmp_path / "run.csv").unlink()
            err = running.communicate(timeout=20)[1]
        assert running.returncode == 4
        assert err == "echosweep: run.csv was removed while it was written: its results are lost\n"
        check_lines(lines_of(tmp_path / "run.json"))

    def test_a_reader_who_leaves_ends_it_where_nobody_else_listens(self, tmp_path):
        done = subprocess.run(["bash", "-c", '"$@" | head -1 >/dev/null; echo "${PIPESTATUS[0]}"', "bash", PROGRAM, "-r", "0",
                               "--rate", "2k", "--csv", "-", "127.0.0.0/12"], cwd=tmp_path, capture_output=True, text=True,
                              timeout=20, check=False)
        assert (done.stdout, done.stderr) == ("141\n", "")

    def test_a_reader_who_leaves_ends_no_other_output(self, tmp_path):
        done = subprocess.run(["bash", "-c", '"$@" | head -1 >/dev/null; echo "${PIPESTATUS[0]}"', "bash", PROGRAM, "-r", "0",
                               "--rate", "max", "--csv", "-", "--xml", "run.xml", "127.0.0.0/18"], cwd=tmp_path,
                              capture_output=True, text=True, timeout=20, check=False)
        assert (done.stdout, done.stderr) == ("0\n", "")
        assert (tmp_path / "run.xml").read_text().count("<host>") == 16384

    def test_ctrl_c_leaves_whole_xml(self, tmp_path, tool):
        with subprocess.Popen([PROGRAM, *QUICK, "-q", "--rate", "200", "--xml", "run.xml", "--csv", "run.csv",
                               "127.0.0.0/16"], cwd=tmp_path) as running:
            wait_for(lambda: (tmp_path / "run.csv").exists() and (tmp_path / "run.csv").stat().st_size > 500)
            assert not (tmp_path / "run.xml").exists()
            running.send_signal(signal.SIGINT)
            assert running.wait(timeout=20) == 130
        assert tool("xmllint", "--noout", tmp_path / "run.xml") == ""
        text = (tmp_path / "run.xml").read_text()
        up = int(re.search(r'exit="interrupted"/><hosts up="(\d+)"', text).group(1))
        assert up == text.count("<host>") > 0


class TestKilled:
    """At random moments: what grows line by line is whole but for its last line, what has an end is not there."""

    TIMES = 50

    def test_files_are_whole(self, tmp_path, silent_network):
        moments = random.Random(4)
        sizes = set()
        for _ in range(self.TIMES):
            folder = tmp_path / "run"
            folder.mkdir()
            process = subprocess.Popen(
                [PROGRAM, "-q", "-r", "0", "-t", "50", "--drain", "50ms", "--rate", "20k", "--json", "json", "--csv", "csv",
                 "--grepable", "gnmap", "--alive-file", "alive", "--dead-file", "dead", "--xml", "xml", "--pcap", "pcap",
                 "--map", "png", "--ranges", "127.0.0.0/20", "198.18.3.0/24"], cwd=folder)
            try:
                time.sleep(moments.uniform(0.02, 0.6))
                process.kill()
            finally:
                process.wait()
            sizes.add(self.check(folder))
            shutil.rmtree(folder)
        assert len(sizes) > 5, f"hardly a run was killed in its midst: {sizes}"

    @staticmethod
    def check(folder: Path) -> int:
        def whole_lines(name: str) -> list[str]:
            path = folder / name
            text = path.read_bytes().decode() if path.exists() else ""
            return text[:text.rfind("\n") + 1].splitlines()

        lines = [json.loads(line) for line in whole_lines("json")]
        if lines:
            check_lines(lines, whole=False)
        rows = list(csv.reader(whole_lines("csv"), strict=True))
        assert all(len(row) == 12 for row in rows)
        for row in rows[1:]:
            ipaddress.ip_network(row[0])
        for line in whole_lines("alive"):
            ipaddress.ip_address(line)
        for line in whole_lines("dead"):
            ipaddress.ip_network(line)
        for line in whole_lines("gnmap"):
            assert line.startswith("# Nmap ") or re.fullmatch(r"Host: [\d.]+ \(\)\tStatus: Up", line), line
        if (folder / "xml").exists():
            assert (folder / "xml").read_text().endswith("</nmaprun>\n")
        if (folder / "png").exists():
            assert (folder / "png").read_bytes()[-8:-4] == b"IEND"
        if (folder / "pcap").exists():
            check_pcap((folder / "pcap").read_bytes())
        return len(lines)


def check_pcap(data: bytes) -> None:
    """A header, then packets of ours; a kill may have torn the last one, as it may tear a line."""
    at = 24
    assert not data or data[20:24] == (276).to_bytes(4, "little")  # LINUX_SLL2
    while at + 16 <= len(data):
        kept, was = (int.from_bytes(data[at + place:at + place + 4], "little") for place in (8, 12))
        assert 0 < kept <= was and kept <= 256
        at += 16 + kept


def wait_for(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestUnprivileged:
    def test_pcap_from_sockets(self, echosweep, tool, tmp_path):
        """No capabilities: the replies come from ICMP sockets, with headers that were written back."""
        with open("/proc/sys/net/ipv4/ping_group_range", "r+", encoding="ascii") as groups:
            groups.write("0 0")
        try:
            result = echosweep(*QUICK, "-s", "-w", "run.pcap", "127.0.0.1", "fd00:e5::2:1",
                               prefix=("setpriv", "--bounding-set=-all", "--inh-caps=-all"))
        finally:
            with open("/proc/sys/net/ipv4/ping_group_range", "r+", encoding="ascii") as groups:
                groups.write("1 0")
        assert result.code == 0 and "2 by icmp" in result.err, result
        out = tool("tshark", "-n", "-r", tmp_path / "run.pcap", "-T", "fields", "-e", "ip.src", "-e", "ipv6.src", "-e",
                   "_ws.malformed", "-e", "ip.len", env={"HOME": "/tmp"})
        assert sorted(out.splitlines()) == ["\tfd00:e5::2:1\t\t", "127.0.0.1\t\t\t46"]


@pytest.mark.parametrize("target,replies", [("127.0.0.1", "0"), ("::1", "129")])
@pytest.mark.parametrize("tool_and_options", [("ping", "-c", "2", "-i", "0.2", "-q", "-s", "56"),
                                              ("ping", "-j", "-c", "2", "-i", "0.2", "-s", "1000"),
                                              ("trace", "-n", "-q", "2", "-m", "1")], ids=" ".join)
def test_what_answered_pings_and_traces_is_read_by_tshark(echosweep, tool, tmp_path, target, replies, tool_and_options):
    result = echosweep(*tool_and_options, "--pcap", "it.pcap", target)
    assert (result.err, result.code) == ("", 0)
    assert '"packet"' not in result.out, "that is --show's"
    kinds = tool("tshark", "-n", "-r", tmp_path / "it.pcap", "-T", "fields", "-e", "icmp.type", "-e", "icmpv6.type", "-e",
                 "_ws.malformed", env={"HOME": "/tmp"}).splitlines()
    assert [line.strip() for line in kinds] == [replies] * 2


@pytest.mark.parametrize("arguments", [("ping", "-c", "2", "-i", "0.2", "127.0.0.1"), ("trace", "-n", "127.0.0.1")], ids=" ".join)
def test_evidence_that_cannot_be_written_is_told_and_the_rest_goes_on(echosweep, arguments):
    """Each is a whole file, or an error and not exit code 0."""
    whole = echosweep(*arguments)
    full = echosweep(*arguments, "--pcap", "/dev/full")
    assert "No space left on device" in full.err and len(full.err.splitlines()) == 1
    assert len(full.lines) == len(whole.lines)
    assert full.code == (2 if arguments[0] == "ping" else 4)
    missing = echosweep(*arguments, "--pcap", "no/such/folder")
    assert "no/such/folder" in missing.err and len(missing.err.splitlines()) == 1 and missing.code == full.code
    assert "--pcap: name a file" in echosweep(*arguments, "--pcap", "-").err
