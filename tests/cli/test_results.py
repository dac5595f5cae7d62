"""diff, merge and report: standard output, standard error and exit codes, word for word."""

import json
import random
import subprocess
import sys

import pytest

from conftest import PROGRAM, TIME_LIMIT
from run_schema import LineChecker, check_changes, check_lines

RUN = {"type": "run", "version": "0.1.0", "started": "2023-11-14T22:13:20.000000Z", "seed": 7}
MIB = 1 << 20


def host(address, state, **more):
    return {"type": "host", "address": address, "state": state, **more}


def alive(address, rtt_us):
    return host(address, "alive", reason="echo-reply", ttl=64, rtt_us=rtt_us, tries=1)


def silent_range(prefix, count):
    return {"type": "range", "prefix": prefix, "state": "silent", "reason": "no-response", "tries": 2, "count": count}


def accounting(alive=0, unreachable=0, silent=0, unsent=0, **more):
    return {"type": "accounting", "targets": alive + unreachable + silent + unsent, "alive": alive,
            "unreachable": unreachable, "silent": silent, "unsent": unsent, **more}


def ndjson(*lines):
    return "".join(json.dumps(line) + "\n" for line in lines)


OLD = ndjson(RUN, alive("192.0.2.1", 1000), alive("192.0.2.2", 10_000), alive("192.0.2.3", 10_000),
             host("192.0.2.4", "unreachable", reason="host-unreachable"), silent_range("192.0.2.8/29", 8),
             accounting(alive=3, unreachable=1, silent=8))
NEW = ndjson(RUN, alive("192.0.2.1", 1500), alive("192.0.2.3", 31_000), alive("192.0.2.9", 700),
             host("192.0.2.2", "silent", reason="no-response"), host("192.0.2.4", "silent", reason="no-response"),
             accounting(alive=3, silent=2))
CHANGES = """- 192.0.2.2 silent (was alive)
* 192.0.2.3 alive 31.0 ms (was 10.0 ms)
~ 192.0.2.4 silent (was unreachable)
+ 192.0.2.9 alive (was silent)
"""
XML = """<?xml version="1.0"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -sn 192.0.2.0/29" start="1700000000" version="7.93">
<host><status state="up" reason="echo-reply" reason_ttl="63"/><address addr="192.0.2.1" addrtype="ipv4"/>
<times srtt="1234" rttvar="5000" to="100000"/></host>
<host><status state="down" reason="no-response" reason_ttl="0"/><address addr="192.0.2.2" addrtype="ipv4"/></host>
<runstats><finished time="1700000001"/><hosts up="1" down="1" total="2"/></runstats>
</nmaprun>
"""


class TestDiff:
    def test_text(self, echosweep, write):
        result = echosweep("diff", write("old", OLD), write("new", NEW))
        assert (result.out, result.err, result.code) == (CHANGES, "", 1)

    def test_the_same(self, echosweep, write):
        result = echosweep("diff", write("old", OLD), "old")
        assert (result.out, result.err, result.code) == ("", "", 0)

    def test_json(self, echosweep, write):
        result = echosweep("diff", "--json", write("old", OLD), write("new", NEW))
        assert [json.loads(line) for line in result.lines] == [
            {"type": "change", "change": "went", "address": "192.0.2.2",
             "old": {"state": "alive", "reason": "echo-reply", "rtt_us": 10_000},
             "new": {"state": "silent", "reason": "no-response"}},
            {"type": "change", "change": "rtt", "address": "192.0.2.3",
             "old": {"state": "alive", "reason": "echo-reply", "rtt_us": 10_000},
             "new": {"state": "alive", "reason": "echo-reply", "rtt_us": 31_000}},
            {"type": "change", "change": "state", "address": "192.0.2.4",
             "old": {"state": "unreachable", "reason": "host-unreachable"},
             "new": {"state": "silent", "reason": "no-response"}},
            {"type": "change", "change": "came", "address": "192.0.2.9",
             "old": {"state": "silent", "reason": "no-response"},
             "new": {"state": "alive", "reason": "echo-reply", "rtt_us": 700}}]
        assert (result.err, result.code) == ("", 1)

    def test_json_is_as_its_schema_says(self, echosweep, write):
        write("old", OLD)
        unsent = OLD.replace('"silent", "reason": "no-response"', '"unsent", "reason": "unsent: ENETDOWN"').replace(
            '"silent": 8, "unsent": 0', '"silent": 0, "unsent": 8')
        for new, changes in (NEW, 4), (unsent, 1), ("192.0.2.1\n", 2):
            lines = echosweep("diff", "--json", "old", write("new", new)).lines
            assert len(lines) == changes
            check_changes([json.loads(line) for line in lines])

    def test_quiet(self, echosweep, write):
        result = echosweep("diff", "-q", write("old", OLD), write("new", NEW))
        assert (result.out, result.err, result.code) == ("", "", 1)
        assert echosweep("diff", "--quiet", "old", "old").code == 0

    def test_round_trips(self, echosweep, write):
        write("old", OLD)
        write("new", NEW)
        assert "192.0.2.3" not in echosweep("diff", "--rtt-factor", "4", "old", "new").out
        assert "* 192.0.2.1 alive 1.50 ms (was 1.00 ms)\n" in echosweep("diff", "--rtt-factor", "1.4", "old", "new").out
        assert "*" not in echosweep("diff", "--no-rtt", "old", "new").out

    @pytest.mark.parametrize("side", ["old", "new"])
    def test_standard_input_for_one_side(self, echosweep, write, side):
        write("old", OLD)
        write("new", NEW)
        if side == "old":
            result = echosweep("diff", "-", "new", stdin=OLD)
        else:
            result = echosweep("diff", "old", "-", stdin=NEW)
        assert (result.out, result.err, result.code) == (CHANGES, "", 1)

    def test_any_two_forms(self, echosweep, write):
        write("xml", XML)
        write("list", "192.0.2.1\n")
        write("json", ndjson(RUN, alive("192.0.2.1", 1234), host("192.0.2.2", "silent"), accounting(1, silent=1)))
        for old in ("xml", "list", "json"):
            for new in ("xml", "list", "json"):
                result = echosweep("diff", old, new)
                assert (result.out, result.err, result.code) == ("", "", 0), (old, new)

    def test_nmaps_own_xml(self, echosweep, sweep, tmp_path):
        """The same network by nmap and by us."""
        subprocess.run(["nmap", "-n", "-sn", "-oX", "nmap.xml", "127.0.0.0/28"], cwd=tmp_path, check=True,
                       capture_output=True, timeout=TIME_LIMIT)
        sweep("-q", "--json", "ours.json", "127.0.0.0/28")
        result = echosweep("diff", "--no-rtt", "nmap.xml", "ours.json")
        assert (result.out, result.err, result.code) == ("", "", 0)
        assert len(json.loads("[" + ",".join((tmp_path / "ours.json").read_text().splitlines()) + "]")) == 18

    def test_a_sweep_and_its_alive_file(self, echosweep, sweep, silent_network):
        sweep("-q", "--json", "a.json", "--alive-file", "a.txt", "127.0.0.0/29", "198.18.3.0/30", "::1")
        assert (echosweep("diff", "a.txt", "a.json").out, echosweep("diff", "a.json", "a.txt").code) == ("", 0)

    def test_a_killed_run_is_remarked(self, echosweep, write):
        result = echosweep("diff", write("old", OLD), write("new", OLD[:-20]))
        assert (result.out, result.code) == ("", 0)
        assert result.err == ("echosweep: new:7: the last line is torn off and left out: its run was killed, or a copy "
                              "cut short\n")
        result = echosweep("diff", "old", write("new", "".join(OLD.splitlines(True)[:-1])))
        assert result.err == "echosweep: new: has no end (accounting line): its run was killed, or a copy cut short\n"

    def test_errors(self, echosweep, write):
        write("old", OLD)
        write("bad", OLD.replace('"unreachable", "reason"', '"gone", "reason"'))
        cases = {
            ("old",): "NEW is required (see echosweep diff --help)",
            ("old", "missing"): "cannot open missing: No such file or directory",
            ("old", "."): "cannot read .: Is a directory",
            ("old", "bad"): 'bad:5: "state" is not one of alive, unreachable, silent, unsent',
            ("-", "-"): "diff: standard input can be read only once: name a file for OLD or NEW",
            ("old", "old", "old"): "'old' is one file too many (see echosweep diff --help)",
            ("--jsn", "old", "old"): "unknown option --jsn (did you mean --json?)",
            ("--rtt-factor", "x", "old", "old"):
                "--rtt-factor: 'x' is not a number from 1 to 1000000000 (see echosweep diff --help)",
        }
        for arguments, message in cases.items():
            result = echosweep("diff", *arguments)
            assert (result.out, result.err, result.code) == ("", f"echosweep: {message}\n", 2), arguments

    def test_a_bomb_of_entities_is_refused(self, echosweep, write):
        bomb = '<?xml version="1.0"?>\n<!DOCTYPE nmaprun [\n<!ENTITY a "aaaa">\n' + "".join(
            f'<!ENTITY {b} "&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};">\n' for a, b in zip("abcdefghijk", "bcdefghijkl")
        ) + "]>\n<nmaprun>&l;</nmaprun>\n"
        result = echosweep("diff", write("bomb", bomb), "bomb")
        assert result.code == 2
        assert "bomb:3: declares an entity, which no scanner's XML does: refused\n" in result.err

    def test_head(self, echosweep, write, tmp_path):
        write("old", "".join(f"10.0.{i >> 8}.{i & 255}\n" for i in range(60_000)))
        write("new", "")
        done = subprocess.run(["bash", "-c", f'"{PROGRAM}" diff old new | head -n 1; echo "${{PIPESTATUS[0]}}"'], cwd=tmp_path,
                              capture_output=True, text=True, timeout=TIME_LIMIT, check=True)
        assert done.stdout.splitlines()[0] == "- 10.0.0.0 not listed (was alive)"
        assert done.stdout.splitlines()[1] == "141"
        assert done.stderr == ""


class TestMerge:
    def test_one_file_stays_the_same(self, echosweep, sweep, silent_network):
        sweep("-q", "--json", "a.json", "127.0.0.0/29", "198.18.3.0/30", "::1")
        result = echosweep("merge", "a.json", "-o", "b.json")
        assert (result.out, result.err, result.code) == ("", "", 0)
        for old, new in (("a.json", "b.json"), ("b.json", "a.json")):
            result = echosweep("diff", "--rtt-factor", "1", old, new)
            assert (result.out, result.err, result.code) == ("", "", 0)
        assert echosweep("merge", "b.json").out == echosweep("merge", "-", stdin=echosweep("merge", "b.json").out).out

    def test_two_sweeps(self, echosweep, sweep, silent_network):
        sweep("-q", "--json", "a.json", "127.0.0.0/30", "198.18.3.0/31")
        sweep("-q", "--json", "b.json", "127.0.0.2/31", "127.0.0.4/31", "198.18.3.0/30")
        result = echosweep("merge", "a.json", "b.json")
        lines = [json.loads(line) for line in result.lines]
        check_lines(lines, merged=True)
        assert [line["address"] for line in lines[1:-1]] == [f"127.0.0.{i}" for i in range(6)] + [
            f"198.18.3.{i}" for i in range(4)]
        sums = lines[-1]
        assert (sums["targets"], sums["alive"], sums["silent"]) == (10, 6, 4)
        assert sums["probes"] == 4 + 2 + 4 + 4
        assert lines[0]["command"] == ["echosweep", "merge", "a.json", "b.json"]
        assert (lines[0]["merged"], lines[0]["targets"]) == (2, 10)
        assert (result.err, result.code) == ("", 0)

    def test_shards(self, echosweep, write, tmp_path):
        for index in (1, 2, 3):
            write(f"s{index}", ndjson({**RUN, "targets": 1, "shard": {"index": index, "count": 3}},
                                      alive(f"192.0.2.{index}", 1000), accounting(alive=1)))
        result = echosweep("merge", "s3", "s1", "s2")
        assert (result.err, result.code) == ("", 0)
        assert json.loads(result.lines[-1])["alive"] == 3
        assert json.loads(result.lines[0])["seed"] == 7
        result = echosweep("merge", "s3", "s1", "-o", "part")
        assert (result.out, result.code) == ("", 1)
        assert result.err == "echosweep: shard 2 of 3 missing (seed 7): its targets are not in the merged run\n"
        part = (tmp_path / "part").read_text().splitlines()
        for line in part[0], part[-1]:
            LineChecker(merged=True).check(json.loads(line))
        result = echosweep("merge", "part", "s2")
        assert (result.err, result.code) == ("", 0)

    def test_what_does_not_add_up(self, echosweep, write):
        write("a", ndjson(RUN, alive("192.0.2.1", 1), accounting(alive=2)))
        write("b", ndjson(RUN, alive("192.0.2.2", 1)))
        result = echosweep("merge", "a", "b")
        assert result.err == (
            "echosweep: a: lists 1 alive, but its accounting says 2\n"
            "echosweep: b: has no accounting line: its run was killed, or a copy cut short; only what it lists counts\n")
        assert result.code == 1
        assert json.loads(result.lines[-1])["alive"] == 2

    def test_errors(self, echosweep, write):
        write("a", OLD)
        write("list", "192.0.2.1\n")
        write("xml", '\ufeff<?xml version="1.0"?>\n<nmaprun><runstats><hosts up="1" down="0" total="1"/></runstats></nmaprun>\n')
        write("bad", OLD.replace("}", "", 1))
        cases = {
            (): "FILE is required (see echosweep merge --help)",
            ("a", "missing"): "cannot open missing: No such file or directory",
            ("a", "list"): "list: not JSON lines, as --json writes them: only these can be merged",
            ("a", "xml"): "xml: not JSON lines, as --json writes them: only these can be merged",
            ("bad",): "bad:1: not a JSON object (it is malformed or cut off)",
            ("-", "-"): "merge: standard input can be read only once",
            ("a", "-o", "./a"): "merge: a is read: name another file for -o",
            ("a", "-o", "no/b"): "cannot create no/b: No such file or directory (make the folder first, or correct the path)",
            ("a", "-o", "/dev/full"): "cannot write to /dev/full: No space left on device (free some space there, or name a "
                                      "file on another disk)",
        }
        for arguments, message in cases.items():
            result = echosweep("merge", *arguments)
            assert (result.out, result.err, result.code) == ("", f"echosweep: {message}\n", 2), arguments


class TestReport:
    def test_html_is_one_page(self, echosweep, write, tmp_path):
        page = tmp_path / "page.html"
        result = echosweep("report", write("old", OLD), "--html", str(page))
        assert (result.code, result.out, result.err) == (0, "", "")
        text = page.read_text()
        assert text.startswith("<!DOCTYPE html>") and text.rstrip().endswith("</html>")
        assert "data:image/png;base64," in text
        assert [file.name for file in tmp_path.iterdir() if ".part-" in file.name] == []

    def test_html_of_ranges_without_end(self, echosweep, write, tmp_path):
        """Families, a whole space that nobody asked, and nothing at all."""
        everything = ndjson(RUN, {**silent_range("0.0.0.0/0", 1 << 32), "state": "unsent"},
                            silent_range("fd00:e5::/32", (1 << 64) - 1), alive("fd00:e5::1", 700))
        for name, text in (("all", everything), ("none", ndjson(RUN))):
            result = echosweep("report", write(name, text), "--html", str(tmp_path / "page.html"))
            assert (result.code, result.out) == (0, ""), result.err

    @pytest.mark.parametrize("text", ["2001:db8::/64\n", "fe80::/64\n", "2001:db8::/65\n2001:db8:0:0:8000::/65\n192.0.2.1\n",
                                      "::/0\n"])
    def test_html_of_networks_beyond_counting(self, echosweep, write, tmp_path, text):
        result = echosweep("report", write("list", text), "--html", str(tmp_path / "page.html"))
        assert (result.code, result.out, result.err) == (0, "", "")

    def test_html_of_zones(self, echosweep, write, tmp_path):
        lines = ndjson(RUN, alive("fe80::ffff%eth0", 500), alive("fe80::1%eth1", 500),
                       {**silent_range("fe80::/96", 1 << 32), "prefix": "fe80::/96%eth2", "state": "unsent"})
        result = echosweep("report", write("zones", lines), "--html", str(tmp_path / "page.html"))
        assert result.code == 0
        text = (tmp_path / "page.html").read_text()
        assert "fe80::ffff%eth0" in text and "fe80::1%eth1" in text
        assert 'alt="fe80::/96 ' in text

    def test_html_tells_no_share_that_nobody_knows(self, echosweep, write, tmp_path):
        for name, text, known in (("all", OLD, True), ("list", "192.0.2.1\n192.0.2.2\n", False)):
            assert echosweep("report", write(name, text), "--html", str(tmp_path / "page.html")).code == 0
            page = (tmp_path / "page.html").read_text()
            assert (">Share<" in page) == known
            assert (">Listed<" in page) != known
            assert ("<dt>unreachable<" in page) == known

    def test_runs_one_behind_the_other_are_what_they_list(self, echosweep, write):
        both = OLD + ndjson(RUN, alive("192.0.2.99", 1000), accounting(alive=1))
        result = echosweep("report", write("both", both))
        assert "targets      13\n" in result.out and "alive         4" in result.out

    def test_html_over_its_own_source(self, echosweep, write, tmp_path):
        path = write("old", OLD)
        result = echosweep("report", path, "--html", path)
        assert result.code == 2
        assert result.err == f"echosweep: report: {path} is read: name another file for --html\n"

    def test_html_that_cannot_be_written(self, echosweep, write, tmp_path):
        result = echosweep("report", write("old", OLD), "--html", "/dev/full")
        assert result.code == 2
        assert result.err == ("echosweep: cannot write to /dev/full: No space left on device (free some space there, "
                              "or name a file on another disk)\n")
        result = echosweep("report", write("old", OLD), "--html", str(tmp_path / "nowhere" / "page.html"))
        assert result.code == 2
        assert result.err.startswith("echosweep: cannot create ")

    def test_text(self, echosweep, write):
        result = echosweep("report", write("old", OLD), "--by", "29")
        assert result.out == """2023-11-14T22:13:20.000000Z

targets      12
alive         3  25.0%
unreachable   1   8.3%
silent        8  66.7%
unsent        0   0.0%

prefix        asked  alive  share   median
192.0.2.0/29      4      3  75.0%  10.0 ms
192.0.2.8/29      8      0   0.0%        -

round trips: 3
  least         1.00 ms
  median        10.0 ms
  90%           10.0 ms
  95%           10.0 ms
  99%           10.0 ms
  greatest      10.0 ms

  under  2.00 ms  1  #########################
  under  5.00 ms  0
  under  10.0 ms  0
  under  20.0 ms  2  ##################################################

reasons
alive        echo-reply        3
unreachable  host-unreachable  1
silent       no-response       8
"""
        assert (result.err, result.code) == ("", 0)

    def test_forty_columns(self, echosweep, write):
        result = echosweep("report", write("old", OLD), env={"COLUMNS": "40"})
        assert max(map(len, result.lines)) <= 40

    def test_other_forms(self, echosweep, write):
        result = echosweep("report", "-", stdin=XML)
        assert "192.0.2.0/24      2      1  50.0%  1.23 ms\n" in result.out
        assert echosweep("report", write("list", "192.0.2.1\n")).out.startswith("targets  1\n")

    def test_errors(self, echosweep, write):
        cases = {(): "FILE is required (see echosweep report --help)",
                 ("--by", "33", "x"): "--by: '33' is not a whole number from 0 to 32 (see echosweep report --help)",
                 ("x",): "cannot open x: No such file or directory"}
        for arguments, message in cases.items():
            result = echosweep("report", *arguments)
            assert (result.out, result.err, result.code) == ("", f"echosweep: {message}\n", 2), arguments


class TestSubcommands:
    def test_help(self, echosweep):
        listed = echosweep("--help").out
        for name in ("diff", "merge", "report"):
            assert f"\n  {name} " in listed
            for option in ("--help", "-h"):
                result = echosweep(name, option)
                assert f"Usage: echosweep {name} [OPTIONS]" in result.out
                assert (result.err, result.code) == ("", 0)

    def test_a_target_of_that_name(self, sweep, echosweep):
        """Only as the first word is it a subcommand."""
        for arguments in (("--", "diff"), ("-q", "diff")):
            result = echosweep(*arguments)
            assert result.err.startswith("echosweep: diff: ") and "name resolution" in result.err, result.err
            assert result.code == 2

    def test_typos(self, echosweep):
        result = echosweep("dif", "a", "b")
        assert "(did you mean the subcommand diff?)\n" in result.err
        assert result.err.count("did you mean") == 1
        assert result.code == 2

    def test_a_full_standard_output(self, write, tmp_path):
        write("old", OLD)
        write("new", NEW)
        for arguments in ("diff old new", "merge old", "report old"):
            done = subprocess.run(["sh", "-c", f'exec "$0" {arguments} >/dev/full', PROGRAM], cwd=tmp_path,
                                  capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
            assert done.stderr == ("echosweep: cannot write to standard output: No space left on device (free some space "
                                   "there, or name a file on another disk)\n")
            assert done.returncode == 2

    def test_hostile_bytes_do_not_reach_the_terminal(self, echosweep, write):
        write("a", ndjson({**RUN, "command": ["\x1b[2J"]}, host("192.0.2.1", "alive", reason="\x1b[31m\x07", name="\x1b"),
                          accounting(alive=1)))
        for arguments in (("report", "a"), ("diff", "a", "/dev/null"), ("merge", "a"), ("diff", "--json", "a", "/dev/null")):
            result = echosweep(*arguments)
            assert "\x1b" not in result.out and "\x07" not in result.out, arguments


class TestScale:
    HOSTS = 1 << 18

    def test_memory_is_in_proportion(self, write, tmp_path):
        """16 million hosts a side fit into 512 MiB: 32 bytes for a host of both, and what the program itself takes."""
        order = list(range(self.HOSTS))
        random.Random(5).shuffle(order)
        for name, parity in (("old", 0), ("new", 1)):
            write(name, ndjson(RUN) + "".join(
                f'{{"type":"host","address":"10.{i >> 16}.{i >> 8 & 255}.{i & 255}","state":"alive","reason":"echo-reply",'
                f'"ttl":64,"rtt_us":{1000 + i % 900},"tries":1}}\n' if i % 4096 else
                f'{{"type":"host","address":"10.{i >> 16}.{i >> 8 & 255}.{i & 255}",'
                f'"state":"{("silent", "alive")[parity]}","tries":2}}\n' for i in order)
                + ndjson(accounting(alive=self.HOSTS)))
        measure = ("import resource, subprocess, sys\n"
                   "done = subprocess.run(sys.argv[1:], capture_output=True)\n"
                   "sys.stdout.buffer.write(done.stdout)\n"
                   "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n")

        def peak(*files):
            done = subprocess.run([sys.executable, "-c", measure, PROGRAM, "diff", *files], cwd=tmp_path,
                                  capture_output=True, text=True, timeout=TIME_LIMIT, check=True)
            lines = done.stdout.splitlines()
            return lines[:-1], int(lines[-1]) * 1024

        write("none", "")
        _, nothing = peak("none", "none")
        changes, all_hosts = peak("old", "new")
        assert changes == [f"+ 10.{i >> 16}.{i >> 8 & 255}.{i & 255} alive (was silent)" for i in range(0, self.HOSTS, 4096)]
        assert all_hosts - nothing <= 32 * self.HOSTS + 4 * MIB
