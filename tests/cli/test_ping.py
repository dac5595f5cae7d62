"""ping's command line, on the loopback interface: what is refused, what is printed, how it ends."""

import json
import re
import time

import pytest

from conftest import PROGRAM, call


def ping(*arguments, **more):
    return call([PROGRAM, "ping", *arguments], **more)


REFUSED = {
    (): "usage error: Destination address required",
    ("-c", "0", "h"): "invalid argument: '0': out of range: 1 <= value <= 9223372036854775807",
    ("-c", "1x", "h"): "invalid argument: '1x'",
    ("-i", "abc", "h"): "bad timing interval: abc",
    ("-i", "-1", "h"): "bad timing interval: -1",
    ("-W", "nan", "h"): "bad linger time: nan",
    ("-s", "65528", "h"): "packet size 65528 is too large. Maximum is 65527",
    ("-l", "65536", "-i", "100000", "h"): "illegal preload and/or interval: 100000000",
    ("-Q", "0x1ff", "h"): "the decimal value of TOS bits must be in range 0-255: 511",
    ("-p", "", "h"): "patterns must be specified as hex digits: ",
    ("-M", "Do", "h"): "invalid -M argument: Do",
    ("-e", "65536", "h"): "invalid argument: '65536': out of range: 0 <= value <= 65535",
    ("-C", "127.0.0.1", "127.0.0.2"): "-C takes one target: a socket is connected to one address",
    ("-B", "127.0.0.1", "127.0.0.2"): "-B takes one target: a socket is bound to one address",
    ("-f", "--show", "127.0.0.1"): "-f and --show: one or the other",
    ("-T", "tsprespec", *(["127.0.0.1"] * 6)): "-T tsprespec takes 1 to 4 addresses in front of the target",
    ("-T", "tsprespec", "127.0.0.1"): "-T tsprespec takes 1 to 4 addresses in front of the target",
    ("-T", "tsprespec", "h", "127.0.0.1"): "-T tsprespec: 'h' is no IPv4 address",
    ("--type", "foo", "h"): "--type: 'foo' is none of echo, timestamp, mask",
    ("--type", "mask", "-6", "h"): "--type timestamp and mask are IPv4's alone",
    ("--type", "mask", "-p", "ff", "h"): "-s and -p are for echo requests: others have no data to choose",
    ("--type", "mask", "-N", "name", "h"): "--type and -N: one or the other",
    ("-N", "name", "-4", "h"): "-N is IPv6's alone",
    ("-N", "name", "-N", "ipv4", "h"): "-N: one query at a time: names, IPv6 addresses or IPv4 addresses",
    ("-N", "subject-ipv4=::1", "h"): "-N: subject-ipv4: '::1' is no such address",
    ("-N", "subject-name=a..b", "h"): "-N: 'a..b' cannot be a name",
}


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_refuses_in_one_line(arguments):
    done = ping(*arguments)
    assert (done.code, done.out, done.err) == (2, "", f"ping: {REFUSED[arguments]}\n")


def test_refuses_more_targets_than_there_are_identifiers():
    done = ping(*["h"] * 65537)
    assert (done.code, done.out) == (2, "")
    assert done.err == "ping: 65537 targets are too many: 65536 can have identifiers of their own\n"


def test_a_target_cannot_write_to_the_terminal():
    done = ping("a\x1b[2Jb")
    assert (done.code, done.err) == (2, "ping: a\\x1b[2Jb: Name or service not known\n")


@pytest.mark.parametrize(("arguments", "what"), [
    (("-x", "h"), "invalid option -- 'x'"), (("-nx", "h"), "invalid option -- 'x'"),
    (("--nosuch", "h"), "unrecognized option '--nosuch'"), (("h", "-c"), "option requires an argument -- 'c'"),
    (("--show=1", "h"), "option '--show' doesn't allow an argument")])
def test_says_where_to_read_on(arguments, what):
    done = ping(*arguments)
    assert (done.code, done.out, done.err) == (2, "", f"ping: {what}\nping: see 'ping -h'\n")


def test_the_first_mistake_ends_it():
    assert ping("-x", "-c", "0").err.startswith("ping: invalid option -- 'x'\n")
    assert ping("-c", "0", "-x").err.startswith("ping: invalid argument: '0'")


def test_help_and_version_go_to_standard_output():
    done = ping("-h")
    assert (done.code, done.err) == (0, "") and "-W SECONDS" in done.out
    done = ping("-N", "help")
    assert (done.code, done.err) == (0, "") and {"  ipv4-all", "  subject-name=NAME"} < set(done.lines)
    done = ping("-V")
    assert (done.code, done.err) == (0, "") and done.out.startswith("ping from iputils")


@pytest.mark.parametrize("name", ["ping", "ping4", "ping6"])
def test_its_name_says_what_it_does(tmp_path, name):
    (tmp_path / name).symlink_to(PROGRAM)
    host = "::1" if name == "ping6" else "127.0.0.1"
    done = call([str(tmp_path / name), "-c", "1", host])
    assert done.code == 0 and done.out.startswith(f"PING {host} ({host}) ")
    if name != "ping":
        other = "127.0.0.1" if name == "ping6" else "::1"
        done = call([str(tmp_path / name), "-c", "1", other])
        assert (done.code, done.err) == (2, f"ping: {other}: Address family for hostname not supported\n")


def test_options_may_stand_behind_and_together():
    done = ping("127.0.0.1", "-qnc", "2", "-i.01")
    assert done.code == 0 and "2 packets transmitted, 2 received, 0% packet loss" in done.out


def test_quiet_json_is_first_lines_and_summaries():
    done = ping("-jqc1", "127.0.0.1", "::1")
    assert [json.loads(line)["type"] for line in done.out.splitlines()] == ["start", "start", "summary", "summary"]


def test_a_flood_in_json_has_no_requests():
    done = ping("-fjc3", "127.0.0.1")
    assert [json.loads(line)["type"] for line in done.out.splitlines()] == ["start", "reply", "reply", "reply", "summary"]


def test_summaries_in_json_tell_what_was_lost_unread():
    done = ping("-jqc1", "127.0.0.1")
    assert json.loads(done.out.splitlines()[-1])["receive_drops"] == 0


def test_w_counts_from_the_last_request():
    start = time.monotonic()
    done = ping("-c", "1", "-W", "0.2", "198.18.3.1")
    assert done.code == 1 and 0.2 <= time.monotonic() - start < 0.9


def test_wrapping_sequence_numbers_are_no_duplicates():
    done = ping("-f", "-q", "-c", "70000", "-l", "64", "127.0.0.1")
    assert re.search(r"^70000 packets transmitted, 70000 received, 0% packet loss", done.out, re.M), done.out


def test_standard_output_that_cannot_be_written_is_trouble():
    done = call(["sh", "-c", f"exec {PROGRAM} ping -c 1 127.0.0.1 >/dev/full"])
    assert done.code == 2 and "No space left on device" in done.err
