"""What a sweep prints, and where: standard output, standard error, files and exit codes."""

import datetime
import json
import re
import subprocess

import pytest

from conftest import PROGRAM, QUICK
from run_schema import check_lines

ANY_RTT = r"(?:\d+\.\d{1,3}|\d+)"  # three digits below a millisecond, fewer above


def matches(pattern: str, text: str):
    assert re.fullmatch(pattern, text), f"{text!r} is not like {pattern!r}"


class TestLines:
    def test_alive_as_known_and_the_rest_at_the_end(self, sweep, silent_network):
        result = sweep("198.18.3.1", "127.0.0.1", "198.18.3.0", "127.0.0.2")
        assert sorted(result.lines[:2]) == ["127.0.0.1 is alive", "127.0.0.2 is alive"]
        assert result.lines[2:] == ["198.18.3.1 is unreachable", "198.18.3.0 is unreachable"]
        assert (result.err, result.code) == ("", 1)

    def test_ipv6(self, sweep):
        result = sweep("fd00:e5::2:0/126")
        assert sorted(result.lines) == [f"fd00:e5::2:{i} is alive" for i in range(4)]
        assert (result.err, result.code) == ("", 0)

    def test_both_families_at_once(self, sweep):
        result = sweep("127.0.0.1", "::1")
        assert sorted(result.lines) == ["127.0.0.1 is alive", "::1 is alive"]
        assert (result.err, result.code) == ("", 0)

    def test_names_as_given(self, sweep):
        result = sweep("seven.example", "six.example")
        assert sorted(result.lines) == ["seven.example is alive", "six.example is alive"]

    def test_alive(self, sweep, silent_network):
        for name in ("-a", "--alive"):
            result = sweep(name, "198.18.3.1", "127.0.0.1")
            assert (result.out, result.err, result.code) == ("127.0.0.1\n", "", 1)

    def test_unreach(self, sweep, silent_network, unreachable_network):
        for name in ("-u", "--unreach"):
            result = sweep(name, "198.18.3.1", "127.0.0.1", "198.18.4.1")
            assert (result.out, result.err, result.code) == ("198.18.3.1\n198.18.4.1\n", "", 1)

    def test_quiet(self, sweep, silent_network):
        for name in ("-q", "--quiet"):
            result = sweep(name, "198.18.3.1", "127.0.0.1")
            assert (result.out, result.err, result.code) == ("", "", 1)
        assert sweep("-q", "127.0.0.1").code == 0

    def test_quiet_with_a_list(self, sweep, silent_network):
        assert sweep("-q", "-a", "198.18.3.1", "127.0.0.1").out == "127.0.0.1\n"
        assert sweep("-q", "-u", "198.18.3.1", "127.0.0.1").out == "198.18.3.1\n"

    def test_elapsed(self, sweep, silent_network):
        for name in ("-e", "--elapsed"):
            result = sweep(name, "198.18.3.1", "127.0.0.1")
            matches(rf"127\.0\.0\.1 is alive \({ANY_RTT} ms\)\n198\.18\.3\.1 is unreachable\n", result.out)
        matches(rf"127\.0\.0\.1 \({ANY_RTT} ms\)\n", sweep("-a", "-e", "127.0.0.1").out)

    def test_a_payload_too_small_for_the_time_has_none(self, sweep):
        assert sweep("-e", "-b", "0", "127.0.0.1").out == "127.0.0.1 is alive\n"

    def test_ttl_and_tos(self, sweep):
        assert sweep("--print-ttl", "127.0.0.1", "-H", "77").out == "127.0.0.1 is alive (TTL 64)\n"
        assert sweep("--print-tos", "127.0.0.1", "-O", "0x20").out == "127.0.0.1 is alive (TOS 32)\n"
        assert sweep("--print-ttl", "--print-tos", "::1").out == "::1 is alive (TOS 0) (TTL 64)\n"

    def test_all_suffixes_in_their_order(self, sweep):
        result = sweep("-e", "--reason", "--print-ttl", "--print-tos", "127.0.0.1")
        matches(rf"127\.0\.0\.1 is alive \(TOS 0\) \(TTL 64\) \({ANY_RTT} ms\) \(echo-reply ttl 64\)\n", result.out)


class TestReasons:
    def test_alive(self, sweep):
        assert sweep("--reason", "127.0.0.1").out == "127.0.0.1 is alive (echo-reply ttl 64)\n"

    def test_silent(self, echosweep, silent_network):
        result = echosweep("--reason", "-r", "2", "-t", "20", "-B", "1", "--drain", "20ms", "198.18.3.1")
        assert result.out == "198.18.3.1 is unreachable (no-response after 3 probes)\n"
        assert sweep_once(echosweep, "198.18.3.1") == "198.18.3.1 is unreachable (no-response after 1 probe)\n"

    def test_unreachable(self, sweep, unreachable_network):
        assert sweep("--reason", "198.18.4.1").out == "198.18.4.1 is unreachable (host-unreachable from 198.18.4.1)\n"

    def test_unsent(self, sweep):
        assert sweep("--reason", "198.18.5.1").out == "198.18.5.1 is unreachable (unsent: Permission denied)\n"
        assert sweep("--reason", "198.18.9.1").out == "198.18.9.1 is unreachable (unsent: Network is unreachable)\n"

    def test_with_a_list(self, sweep, silent_network):
        assert sweep("-u", "--reason", "198.18.3.1").out == "198.18.3.1 (no-response after 1 probe)\n"

    def test_unsent_is_told_on_standard_error(self, sweep):
        result = sweep("198.18.5.1", "127.0.0.1")
        assert result.code == 1
        assert result.out == "127.0.0.1 is alive\n198.18.5.1 is unreachable\n"
        assert "198.18.5.1" in result.err and "Permission denied" in result.err
        assert all(line.startswith("echosweep: ") for line in result.err.splitlines())


def sweep_once(echosweep, *arguments):
    return echosweep(*QUICK, "--reason", *arguments).out


class TestHosts:
    """-A, -n and -d: there is no name server, so names come from /etc/hosts alone."""

    def test_address(self, sweep):
        for name in ("-A", "--addr"):
            assert sweep(name, "seven.example").out == "127.0.0.7 is alive\n"

    def test_name(self, sweep):
        for name in ("-n", "--name"):
            assert sweep(name, "127.0.0.7").out == "seven.example is alive\n"
        assert sweep("-n", "seven.example").out == "seven.example is alive\n"
        assert sweep("-n", "fd00:e5::2:6").out == "six.example is alive\n"

    def test_an_address_without_a_name(self, sweep):
        assert sweep("-n", "127.0.0.99").out == "127.0.0.99 is alive\n"

    def test_rdns(self, sweep):
        for name in ("-d", "--rdns"):
            assert sweep(name, "127.0.0.7").out == "seven.example is alive\n"

    def test_rdns_overrides_the_name_given(self, sweep):
        assert sweep("-d", "localhost").out == "localhost is alive\n"

    def test_address_and_name(self, sweep):
        assert sweep("-A", "-n", "127.0.0.7").out == "seven.example (127.0.0.7) is alive\n"

    def test_all_addresses_of_a_name(self, sweep):
        result = sweep("-m", "-A", "many.example")
        assert sorted(result.lines) == ["127.0.0.8 is alive", "127.0.0.9 is alive", "fd00:e5::2:8 is alive"]
        assert sorted(sweep("-4", "-m", "many.example").lines) == ["many.example is alive"] * 2


class TestTimestamps:
    @pytest.mark.parametrize("arguments,pattern", [
        ([], r"\[\d{10}\.\d{5}\]"),
        (["--timestamp-format", "ctime"], r"\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}\]"),
        (["--timestamp-format", "iso"], r"\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000\]"),
        (["--timestamp-format", "rfc3339"], r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]"),
    ], ids=lambda v: v[-1] if isinstance(v, list) and v else None)
    def test_form(self, sweep, silent_network, arguments, pattern):
        for name in ("-D", "--timestamp"):
            result = sweep(name, *arguments, "198.18.3.1", "127.0.0.1")
            matches(rf"{pattern} 127\.0\.0\.1 is alive\n{pattern} 198\.18\.3\.1 is unreachable\n", result.out)

    def test_is_local_time(self, sweep):
        result = sweep("-D", "--timestamp-format", "iso", "127.0.0.1", env={"TZ": "XYZ-05:30"})
        matches(r"\[.*\+0530\] 127\.0\.0\.1 is alive\n", result.out)


class TestReachable:
    def test_enough(self, sweep, silent_network):
        for name in ("-x", "--reachable"):
            result = sweep(name, "1", "198.18.3.1", "127.0.0.1")
            assert (result.out, result.err, result.code) == (
                "Enough hosts reachable (required: 1, reachable: 1)\n", "", 0)

    def test_not_enough(self, sweep, silent_network):
        for name in ("-x", "--reachable", "-X", "--fast-reachable"):
            result = sweep(name, "2", "198.18.3.1", "127.0.0.1")
            assert (result.out, result.err, result.code) == (
                "Not enough hosts reachable (required: 2, reachable: 1)\n", "", 1)

    def test_fast_stops_when_it_is_known(self, echosweep):
        # All of it would take two and a half hours.
        result = echosweep("-q", "-X", "3", "--rate", "100", "--order", "input", "127.0.0.0/12")
        assert (result.err, result.code) == ("", 0)
        assert result.out.startswith("Enough hosts reachable (required: 3, reachable: ")

    def test_more_than_there_are(self, sweep):
        assert sweep("-x", "3", "127.0.0.1", "127.0.0.2").code == 1


class TestStatistics:
    def test_word_for_word(self, sweep, silent_network, unreachable_network):
        result = sweep("-q", "-s", "127.0.0.1", "127.0.0.2", "198.18.3.1", "198.18.4.1")
        assert result.code == 1 and result.out == ""
        matches(rf"""
       4 targets
       2 alive
       2 unreachable
       0 unknown addresses

       2 timeouts \(waiting for response\)
       4 ICMP Echos sent
       2 ICMP Echo Replies received
       1 other ICMP received

 {ANY_RTT} ms \(min round trip time\)
 {ANY_RTT} ms \(avg round trip time\)
 {ANY_RTT} ms \(max round trip time\)
 +\d+\.\d{{3}} sec \(elapsed real time\)

accounting: 4 targets = 2 alive \+ 1 icmp-unreachable \+ 1 silent \+ 0 unsent
probes: 4 sent \(pass 0: 4\)
replies: 2 echo, 1 icmp errors, 0 late, 0 extra, 0 foreign, 0 forged, 0 malformed
capture: 0 dropped
send errors: none
transmit: 4 by \w+
missed: unknown \(one pass only: -r 1 or more tells\)
""", result.err)

    def test_nobody_was_missed_where_all_answered(self, sweep):
        result = sweep("-q", "-s", "127.0.0.0/24")
        assert "missed: about 0, at most 0 of 256 alive (95%)\n" in result.err

    def test_missed_where_some_are_silent(self, echosweep, silent_network):
        result = echosweep("-q", "-s", "-r", "1", "-t", "50", "-B", "1", "--drain", "60ms", "127.0.0.0/24", "198.18.3.0/28")
        assert "missed: about 0, at most 4 of 256 alive (95%)\n" in result.err

    def test_complete_goes_on_until_passes_found_nobody(self, echosweep, silent_network):
        result = echosweep("-q", "-s", "--complete", "99.9", "-t", "50", "-B", "1", "--drain", "50ms", "127.0.0.0/24",
                           "198.18.3.0/30")
        assert "probes: 280 sent (pass 0: 260, pass 1: 4, pass 2: 4, pass 3: 4, pass 4: 4, pass 5: 4)\n" in result.err
        assert "missed: about 0, at most 0 of 256 alive (95%)\n" in result.err
        assert "not known to be" not in result.err

    def test_max_passes_end_it_with_a_word(self, echosweep, silent_network):
        result = echosweep("-q", "--complete", "99.9", "--max-passes", "3", "-t", "50", "-B", "1", "--drain", "50ms",
                           "127.0.0.0/24", "198.18.3.0/30")
        assert (result.out, result.code) == ("", 1)
        assert result.err == ("echosweep: not known to be 99.9% complete after 3 passes: missed at most 2 of 256 alive "
                              "(see --max-passes)\n")

    def test_complete_says_where_nothing_can_be_told(self, echosweep, silent_network):
        result = echosweep("-q", "--complete", "99", "--max-passes", "2", "-t", "50", "--drain", "50ms", "198.18.3.0/30")
        assert (result.out, result.code) == ("", 1)
        assert result.err == ("echosweep: not known to be 99% complete after 2 passes: missed unknown, nobody answered "
                              "(see --max-passes)\n")

    def test_retries_go_only_to_those_that_did_not_answer(self, echosweep, silent_network):
        result = echosweep("-q", "-s", "-r", "2", "-t", "50", "-B", "1", "--drain", "50ms", "127.0.0.0/29", "198.18.3.0/30")
        assert "probes: 20 sent (pass 0: 12, pass 1: 4, pass 2: 4)\n" in result.err

    def test_an_icmp_error_does_not_end_the_retries(self, echosweep, unreachable_network):
        result = echosweep("-q", "-s", "-r", "2", "-t", "50", "-B", "1", "--drain", "50ms", "198.18.4.1")
        assert "probes: 3 sent (pass 0: 1, pass 1: 1, pass 2: 1)\n" in result.err
        assert "replies: 0 echo, 3 icmp errors," in result.err

    def test_send_errors(self, sweep):
        result = sweep("-q", "-s", "198.18.5.0/31", "127.0.0.1")
        assert "accounting: 3 targets = 1 alive + 0 icmp-unreachable + 0 silent + 2 unsent\n" in result.err
        assert "send errors: 2 EACCES (Permission denied)\n" in result.err

    def test_unknown_names(self, sweep):
        result = sweep("-q", "-s", "127.0.0.1", "nosuch.example")
        assert "       1 targets\n       1 alive\n       0 unreachable\n       1 unknown addresses\n" in result.err


class TestJson:
    def test_replaces_the_text(self, sweep, silent_network, unreachable_network):
        result = sweep("--json", "-", "seven.example", "198.18.3.1", "198.18.4.1", "198.18.5.1", "--seed", "42")
        objects = [json.loads(line) for line in result.lines]
        check_lines(objects)
        assert [o["type"] for o in objects] == ["run", "host", "host", "host", "host", "accounting"]
        run, alive, silent, unreachable, unsent, accounting = objects

        assert {k: run[k] for k in ("targets", "order", "seed", "rate", "retries", "timeout_ms")} == {
            "targets": 4, "order": "random", "seed": 42, "rate": 10000, "retries": 0, "timeout_ms": 200}
        assert run["command"][1:] == [*QUICK, "--json", "-", "seven.example", "198.18.3.1", "198.18.4.1", "198.18.5.1",
                                      "--seed", "42"]
        matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", run["started"])

        sent, received = (datetime.datetime.fromisoformat(alive.pop(key)) for key in ("sent", "received"))
        took = (received - sent) / datetime.timedelta(microseconds=1)
        assert took > 0 and abs(took - alive.pop("rtt_us")) <= 2
        assert run["shard"] == {"index": 1, "count": 1}
        origin = {"seed": 42, "shard": 1}
        assert alive == {"type": "host", "address": "127.0.0.7", "name": "seven.example", "state": "alive",
                         "reason": "echo-reply", "from": "127.0.0.7", "ttl": 64, "tries": 1} | origin
        assert silent == {"type": "host", "address": "198.18.3.1", "state": "silent", "reason": "no-response",
                          "tries": 1} | origin
        assert unreachable == {"type": "host", "address": "198.18.4.1", "state": "unreachable",
                               "reason": "host-unreachable", "from": "198.18.4.1", "tries": 1} | origin
        assert unsent == {"type": "host", "address": "198.18.5.1", "state": "unsent",
                          "reason": "unsent: Permission denied", "tries": 0} | origin

        expected = {"targets": 4, "alive": 1, "unreachable": 1, "silent": 1, "unsent": 1, "probes": 3,
                    "probes_by_pass": [3], "echo_replies": 1, "icmp_errors": 1, "late": 0, "extra": 0, "foreign": 0,
                    "forged": 0, "malformed": 0, "capture_drops": 0, "send_errors": {"EACCES": 1}, "rtt_count": 1,
                    "unresolved_names": 0, "unsaved_packets": 0, "signal": 0, "stopped_by": "", "alive_by_pass": [1],
                    "missed_unknown": "one pass only: -r 1 or more tells"}
        assert {k: accounting[k] for k in expected} == expected
        assert result.code == 1

    def test_into_a_file_beside_the_text(self, sweep, tmp_path):
        result = sweep("--json", "sweep.json", "127.0.0.1")
        assert (result.out, result.err, result.code) == ("127.0.0.1 is alive\n", "", 0)
        lines = (tmp_path / "sweep.json").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["type"] for line in lines] == ["run", "host", "accounting"]

    def test_a_command_line_that_is_not_utf8(self, tmp_path):
        done = subprocess.run([PROGRAM.encode(), *[w.encode() for w in QUICK], b"--json", b"-", b"--dead-file", b"\xff.txt",
                               b"127.0.0.1"], stdin=subprocess.DEVNULL, capture_output=True, cwd=tmp_path, timeout=20,
                              check=False)
        assert done.returncode == 0
        assert "\ufffd.txt" in json.loads(done.stdout.decode().splitlines()[0])["command"]


class TestFiles:
    def test_alive_and_dead(self, sweep, silent_network, unreachable_network, tmp_path):
        (tmp_path / "ok.txt").write_text("of an earlier run\n", encoding="utf-8")
        result = sweep("-q", "--alive-file", "ok.txt", "--dead-file", "no.txt", "198.18.3.1", "127.0.0.1", "seven.example",
                       "198.18.4.1", "198.18.5.1")
        assert result.code == 1
        assert sorted((tmp_path / "ok.txt").read_text().splitlines()) == ["127.0.0.1", "seven.example"]
        # 198.18.5.1 was never asked: it is not known to be dead.
        assert (tmp_path / "no.txt").read_text() == "198.18.3.1\n198.18.4.1\n"

    def test_can_be_read_back(self, sweep, tmp_path):
        sweep("-q", "--alive-file", "ok.txt", "127.0.0.0/28", "fd00:e5::2:0/124")
        result = sweep("-a", "-f", "ok.txt")
        assert len(result.lines) == 32 and result.code == 0

    def test_a_folder_that_is_not_there(self, sweep):
        for option in ("--alive-file", "--dead-file", "--json", "--csv", "--xml", "--grepable", "--pcap"):
            result = sweep(option, "nosuch/file.txt", "127.0.0.1")
            assert (result.out, result.code) == ("", 4)
            assert result.err.startswith("echosweep: cannot create nosuch/file.txt: No such file or directory")
            assert result.err.count("\n") == 1

    def test_a_full_disk(self, sweep):
        for option in ("--alive-file", "--json", "--csv", "--xml", "--grepable", "--pcap"):
            result = sweep("-q", option, "/dev/full", "127.0.0.0/28")
            assert result.code == 4
            assert result.err.startswith("echosweep: cannot write to /dev/full: No space left on device")
            assert result.err.count("\n") == 1

    def test_a_full_standard_output(self, tmp_path):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, *QUICK, "127.0.0.0/28"], stdin=subprocess.DEVNULL, stdout=full,
                                  stderr=subprocess.PIPE, cwd=tmp_path, timeout=20, check=False)
        assert done.returncode == 4
        assert done.stderr.startswith(b"echosweep: cannot write to standard output: No space left on device")
        assert done.stderr.count(b"\n") == 1

    def test_a_reader_that_has_seen_enough(self, tmp_path):
        done = subprocess.run(["sh", "-c", '"$@" | head -1', "sh", PROGRAM, "-a", "127.0.0.0/20", "--rate", "100k"],
                              stdin=subprocess.DEVNULL, capture_output=True, cwd=tmp_path, timeout=20, check=False)
        assert len(done.stdout.splitlines()) == 1
        assert done.stderr == b""


class TestProgress:
    def test_none_into_a_pipe(self, sweep):
        assert sweep("127.0.0.0/28").err == ""

    def test_forced(self, sweep):
        result = sweep("--progress", "-q", "--rate", "50", "127.0.0.0/25")
        assert "\r" not in result.err and "\x1b" not in result.err
        assert all(re.match(r" *\d+\.\d%", line) for line in result.err.splitlines())
        assert result.err != ""


class TestCorners:
    def test_standard_input_is_read_once(self, echosweep):
        result = echosweep("--exclude-file", "-", stdin="127.0.0.2\n")
        assert (result.out, result.err, result.code) == ("", "echosweep: standard input can be read only once\n", 3)

    def test_exclusions_from_standard_input(self, echosweep):
        result = echosweep("--exclude-file", "-", "--list-targets", "--order", "input", "127.0.0.0/30",
                           stdin="127.0.0.2\n")
        assert (result.lines, result.code) == (["127.0.0.0", "127.0.0.1", "127.0.0.3"], 0)

    def test_a_file_for_each_output(self, echosweep, tmp_path):
        result = echosweep("--alive-file", "x", "--dead-file", "x", "127.0.0.1")
        assert (result.err, result.code) == (
            "echosweep: --alive-file and --dead-file must be different files\n", 3)
        assert not (tmp_path / "x").exists()

    def test_one_file_by_two_names(self, echosweep, tmp_path):
        (tmp_path / "here").symlink_to(tmp_path)
        for other in ("./x", str(tmp_path / "x"), str(tmp_path / "here" / "x")):
            result = echosweep("--json", "x", "--csv", other, "127.0.0.1")
            assert (result.err, result.code) == ("echosweep: --json and --csv must be different files\n", 3)
            result = echosweep("--json", "x", "--map", other, "127.0.0.1")
            assert (result.err, result.code) == (
                f"echosweep: --map: '{other}' is written to already: give each output a file of its own\n", 3)
        assert not (tmp_path / "x").exists()

    def test_an_empty_file_name_is_no_file(self, echosweep):
        result = echosweep("--alive-file", "", "127.0.0.1")
        assert (result.out, result.err, result.code) == (
            "", "echosweep: --alive-file: is empty (see echosweep --help)\n", 3)

    def test_a_name_that_is_listed_but_not_resolved(self, echosweep):
        result = echosweep("--list-targets", "nosuch.invalid", "127.0.0.1")
        assert (result.out, result.code) == ("127.0.0.1\n", 2)

    def test_a_limit_that_everything_fits_into_stops_nothing(self, sweep):
        result = sweep("--max-packets", "2", "127.0.0.1", "127.0.0.2")
        assert (sorted(result.lines), result.err, result.code) == (
            ["127.0.0.1 is alive", "127.0.0.2 is alive"], "", 0)

    def test_the_sentence_of_x_is_no_json(self, sweep):
        result = sweep("--json", "-", "-x", "1", "127.0.0.1")
        assert (result.err, result.code) == ("Enough hosts reachable (required: 1, reachable: 1)\n", 0)
        assert all(line.startswith("{") for line in result.lines)

    def test_a_closed_standard_output_is_no_socket(self, echosweep):
        result = echosweep("127.0.0.1", prefix=("sh", "-c", '"$0" "$@" >&-'))
        assert (result.out, result.err, result.code) == ("", "", 0)

    def test_other_outputs_go_on_when_the_reader_leaves(self, echosweep, tmp_path):
        echosweep("--rate", "max", "-r", "0", "--json", "j", "127.0.0.0/20", prefix=("sh", "-c", '"$0" "$@" | head -1'))
        lines = (tmp_path / "j").read_text().splitlines()
        assert len(lines) == 4096 + 2
        assert lines[-1].startswith('{"type":"accounting"')
