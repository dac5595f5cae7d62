"""`ping` beside Debian's: the same lines once numbers are masked, in the lab and in front of the TUN peer."""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import AS_NOBODY
from labtools import TIME_LIMIT, PeerProcess
from ping_cases import (ALIVE, ALIVE6, CASES, DIFFERENCES, PEER_CASES, PEER_DIFFERENCES, SILENT, UNREACHABLE, first_line6,
                        masked, usage_cut, without_chances)

AT_ONCE = 4


@pytest.fixture(scope="module")
def ours(lab, tmp_path_factory):
    link = tmp_path_factory.mktemp("bin") / "ping"
    link.symlink_to(lab.binary)
    return str(link)


def run(lab, program, arguments, role="scanner", before=()):
    done = subprocess.run(lab.inside(role, *before, program, *arguments), text=True, capture_output=True,
                          timeout=TIME_LIMIT, check=False, env={**os.environ, "LC_ALL": "C"})
    return masked(done.stdout), done.stderr.replace(program + ":", "ping:"), done.returncode


def as_ours(name, out, err, code):
    out, err = first_line6(out), usage_cut(err)
    return DIFFERENCES[name][1](out, err, code) if name in DIFFERENCES else (out, err, code)


def test_each_command_line_as_debians_ping(lab, debians_ping, ours):
    def compare(name):
        arguments = CASES[name].split()
        expected = as_ours(name, *run(lab, debians_ping, arguments))
        # A label stays the other program's for some seconds.
        found = run(lab, ours, [word.replace("0x12345", "0x12346") for word in arguments])
        expected, found = ((without_chances(name, out), *rest) for out, *rest in (expected, found))
        return None if found == expected else f"{name}: ping {CASES[name]}\n  theirs {expected}\n  ours   {found}"

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        different = [line for line in pool.map(compare, CASES) if line]
    assert not different, "\n".join(different)


def test_a_difference_that_is_none_is_not_listed(lab, debians_ping, ours):
    """The list stays true: without its rewriting each differs."""
    for name in DIFFERENCES:
        out, err, code = run(lab, debians_ping, CASES[name].split())
        assert (first_line6(out), usage_cut(err), code) != run(lab, ours, CASES[name].split()), name


def peer_hosts(number):
    """For theirs and ours, of either family, with room for a neighbour."""
    return [f"198.18.{10 + number}.1", f"198.18.{10 + number}.11", f"fd00:e5:18:{10 + number}::1",
            f"fd00:e5:18:{10 + number}::11"]


def toml(value):
    return json.dumps(value)


@pytest.fixture(scope="module")
def peer(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("peer")
    text = 'description = "what is wrong with replies"\n[peer]\n'
    for number, (_, rule) in enumerate(PEER_CASES.values()):
        text += f"[[peer.rule]]\nprefix = {toml(peer_hosts(number))}\n"
        text += "".join(f"{key} = {toml(value)}\n" for key, value in rule.items() if key != "error")
        if "error" in rule:
            text += "[[peer.rule.error]]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in rule["error"].items())
    text += "[run]\nargs = []\n[expect]\n"
    (folder / "scenario.toml").write_text(text)
    with PeerProcess(lab, folder / "scenario.toml", folder) as process:
        yield process


def host_masked(texts, host):
    """Without whom it was, and the address after his."""
    out, err, code = texts
    for address, word in ((host[:-1] + "2", "NEXT"), (host, "HOST")):
        out, err = (re.sub(re.escape(address) + r"(?![0-9])", word, text) for text in (out, err))
    return out, err, code


# The errors among them are IPv4's, and the kernel drops bad checksums of ICMPv6.
@pytest.mark.parametrize("family, name", [
    (family, name) for family in (4, 6) for name, case in PEER_CASES.items()
    if family == 4 or ("error" not in case[1] and name != "bad-checksum")])
def test_what_is_wrong_with_replies_as_debians_ping(lab, debians_ping, ours, peer, name, family):
    hosts = peer_hosts(list(PEER_CASES).index(name))
    them, us = hosts[:2] if family == 4 else hosts[2:]
    texts = {}
    for program, host in ((debians_ping, them), (ours, us)):
        texts[program] = host_masked(
            run(lab, program, PEER_CASES[name][0].replace("HOST", host).split(), role="tun"), host)
    out, err, code = texts[debians_ping]
    if name in PEER_DIFFERENCES:
        assert out != texts[ours][0], "a difference that is none"
        _, out, code = PEER_DIFFERENCES[name]
    assert (first_line6(out), err, code) == texts[ours]


def ping(lab, *arguments, role="scanner", before=(), binary=None):
    return subprocess.run(lab.inside(role, *before, str(binary or lab.binary), "ping", *arguments), text=True,
                          capture_output=True, timeout=TIME_LIMIT, check=False)


def lines_of(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_without_a_linger_time_it_waits_for_ever(lab):
    with subprocess.Popen(lab.inside("scanner", str(lab.binary), "ping", "-c", "1", "-W", "0", SILENT), text=True,
                          stdout=subprocess.PIPE) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 1 and "1 packets transmitted, 0 received" in out


def test_many_targets_each_with_a_summary(lab):
    done = ping(lab, "-c", "2", "-i", "0.2", ALIVE, UNREACHABLE, "alive6.lab.example")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.count("ping statistics ---") == 3
    for line in (f"{ALIVE}: 64 bytes from {ALIVE}: icmp_seq=2 ttl=63 time=",
                 f"{UNREACHABLE}: From 198.19.0.2 icmp_seq=2 Destination Host Unreachable",
                 f"alive6.lab.example: 64 bytes from alive6.lab.example ({ALIVE6}): icmp_seq=2 ttl=63 time="):
        assert line in done.stdout
    assert "2 packets transmitted, 0 received, +2 errors, 100% packet loss" in done.stdout


def test_a_hundred_targets_at_once(lab):
    hosts = [f"198.19.1.{i}" for i in range(1, 101)]
    done = ping(lab, "-q", "-c", "3", "-i", "0.5", *hosts)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("3 packets transmitted, 3 received, 0% packet loss") == 100


def test_a_target_that_cannot_be_asked_keeps_none_of_the_others_from_it(lab):
    done = ping(lab, "-c", "1", ALIVE, "nosuch.example", "198.19.65.1")
    assert done.returncode == 2
    assert done.stderr == ("ping: nosuch.example: Temporary failure in name resolution\n"
                           "ping: 198.19.65.1: connect: Invalid argument\n")
    assert f"64 bytes from {ALIVE}: icmp_seq=1" in done.stdout


def test_each_line_of_json_is_an_object(lab):
    done = ping(lab, "-j", "-c", "2", "-i", "0.2", "--guess", "-O", ALIVE, UNREACHABLE, SILENT, "-W", "0.3", "nosuch.example")
    assert done.returncode == 2
    lines = lines_of(done)
    kinds = [line["type"] for line in lines]
    assert kinds[:4] == ["failure", "start", "start", "start"] and kinds[-3:] == ["summary"] * 3
    assert {"reply", "error", "no-answer-yet"} <= set(kinds)
    reply = next(line for line in lines if line["type"] == "reply")
    assert reply["from"] == ALIVE and reply["seq"] == 1 and reply["size"] == 64 and reply["ttl"] == 63
    assert reply["duplicate"] is False and 0 < reply["rtt_ms"] < 5000
    assert reply["guess"] == {"initial_ttl": 64, "hops": 1, "systems": "Linux, BSD or macOS"}
    error = next(line for line in lines if line["type"] == "error")
    assert (error["icmp_type"], error["icmp_code"], error["text"]) == (3, 1, "Destination Host Unreachable")


def test_json_of_what_is_wrong_with_replies(lab, peer):
    done = ping(lab, "-j", "-c", "2", "-i", "0.2", peer_hosts(0)[0], role="tun")
    assert [line["duplicate"] for line in lines_of(done) if line["type"] == "reply"][:2] == [False, True]
    done = ping(lab, "-j", "-c", "1", peer_hosts(2)[0], role="tun")
    assert lines_of(done)[1]["wrong_data"]["at"] == 20
    done = ping(lab, "-j", "-c", "1", peer_hosts(3)[0], role="tun")
    assert lines_of(done)[1]["different_address"] is True


def test_timestamps_tell_the_other_clock(lab):
    done = ping(lab, "--type", "timestamp", "-c", "1", ALIVE)
    assert done.returncode == 0, done.stderr
    found = re.search(r"20 bytes from .* ttl=63 time=\S+ ms receive=(\S+) transmit=\1 offset=([+-]\d+) ms$", done.stdout,
                      re.M)
    assert found and abs(int(found[2])) <= 1000, done.stdout  # the same machine's clock
    line = lines_of(ping(lab, "-j", "--type", "timestamp", "-c", "1", ALIVE))[1]
    assert line["standard"] is True and abs(line["clock_offset_ms"]) <= 1000
    assert ping(lab, "--type", "timestamp", "-c", "1", "-s", "5", ALIVE).returncode == 2


def test_show_has_the_request_and_the_reply_field_by_field(lab):
    done = ping(lab, "--show", "-c", "1", "-t", "9", "-Q", "16", "-s", "20", "-p", "ab", ALIVE)
    request, reply = done.stdout.split("28 bytes from", 1)
    assert f"to {ALIVE}: icmp_seq=1\n" in request
    for text, fields in ((request, ("ttl: 9", "tos: 0x10 (dscp 4, ecn 0)", "total length: 48", "flags: DF", "type: 8 (echo)",
                                    "source: 198.19.0.1", f"destination: {ALIVE}", "payload: 20 bytes")),
                         (reply, ("ttl: 63", "total length: 48", "type: 0 (echo-reply)", f"source: {ALIVE}",
                                  "destination: 198.19.0.1", "payload: 20 bytes"))):
        for field in fields:
            assert f" {field}\n" in text, (field, text)
        assert "(wrong)" not in text and text.count("(right)") == 2, text
        assert re.search(r"0010: abab abab", text)
    long = ping(lab, "--show", "-c", "1", "-s", "4000", ALIVE).stdout.split("4008 bytes from", 1)[0]
    assert " total length: 4028\n" in long and " flags: DF\n" not in long and "(wrong)" not in long, long
    done = ping(lab, "--show", "-c", "1", ALIVE6)
    assert "hop limit: 64" in done.stdout and "hop limit: 63" in done.stdout and "(wrong)" not in done.stdout
    assert done.stdout.count("(right)") == 2
    reply = done.stdout.split("bytes from", 1)[1]
    assert re.search(r" flow label: 0x(?!00000)[0-9a-f]{5}\n", reply), reply

    def set_default(ttl: int) -> None:
        for name in ("ipv4/ip_default_ttl", "ipv6/conf/up0/hop_limit"):
            lab.run_inside("scanner", "tee", f"/proc/sys/net/{name}", input=f"{ttl}\n")

    set_default(100)
    try:
        requests = [ping(lab, "--show", "-c", "1", host).stdout.split("bytes from", 1)[0] for host in (ALIVE, ALIVE6)]
        assert " ttl: 100\n" in requests[0] and " hop limit: 100\n" in requests[1], requests
    finally:
        set_default(64)


def test_interrupts_end_it_with_a_summary_and_quit_tells_where_it_stands(lab):
    process = subprocess.Popen(lab.inside("scanner", str(lab.binary), "ping", "-i", "0.1", ALIVE),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        for _ in range(4):
            process.stdout.readline()
        process.send_signal(signal.SIGQUIT)
        status = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIME_LIMIT)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    assert re.fullmatch(rb"\r\d+/\d+ packets, \d+% loss, min/avg/ewma/max = [\d./]+ ms\n", status), status
    assert (process.returncode, err) == (0, b"")
    assert f"--- {ALIVE} ping statistics ---".encode() in out


def test_without_rights_by_the_kernels_sockets(public_lab, ping_sockets):
    done = ping(public_lab, "-c", "1", ALIVE, before=AS_NOBODY)
    assert done.returncode == 2 and "ping_group_range" in done.stderr and len(done.stderr.splitlines()) == 1
    ping_sockets("0 2147483647")
    for arguments in (("-c", "2", "-i", "0.2", ALIVE), ("-c", "1", ALIVE6), ("-c", "2", "-i", "0.2", ALIVE, ALIVE6),
                      ("-R", "-c", "1", ALIVE)):
        done = ping(public_lab, *arguments, before=AS_NOBODY)
        assert (done.returncode, done.stderr) == (0, ""), arguments
    assert "RR: \t198.19.0.1\n" in done.stdout
    done = ping(public_lab, "-c", "1", UNREACHABLE, before=AS_NOBODY)
    assert done.returncode == 1 and "From 198.19.0.2 icmp_seq=1 Destination Host Unreachable" in done.stdout
    for arguments, words in ((("-i", "0.001", ALIVE), "minimal interval allowed for user is 2ms"),
                             (("-f", ALIVE), "minimal interval allowed for user is 2ms"),
                             (("-l", "4", ALIVE), "cannot set preload to value greater than 3: 4"),
                             (("-i", "0.5", "ff02::1%up0"), "broadcast ping with too short interval: 500"),
                             (("--type", "timestamp", ALIVE), "CAP_NET_RAW"),
                             (("-c", "1", ALIVE, ALIVE), "named twice")):
        done = ping(public_lab, *arguments, before=AS_NOBODY)
        assert done.returncode == 2 and words in done.stderr, (arguments, done.stderr)


def test_it_holds_no_rights_while_it_asks(lab):
    process = subprocess.Popen(lab.inside("scanner", str(lab.binary), "ping", "-i", "0.2", ALIVE), text=True,
                               stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        process.stdout.readline()
        status = Path(f"/proc/{process.pid}/status").read_text()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    for capabilities in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        assert int(re.search(rf"^{capabilities}:\s*(\S+)", status, re.M)[1], 16) == 0


def test_round_trips_are_as_long_as_pings(lab, debians_ping, ours):
    """The medians over a veth pair, taken in turn."""
    def median(program):
        out = subprocess.run(lab.inside("scanner", program, "-c", "40", "-i", "0.02", ALIVE), text=True,
                             capture_output=True, timeout=TIME_LIMIT, check=False).stdout
        times = sorted(float(t) for t in re.findall(r"time=([\d.]+) ms", out))
        assert len(times) == 40
        return times[20]
    pairs = [(median(debians_ping), median(ours)) for _ in range(3)]
    assert min(us - them for them, us in pairs) < 0.2, pairs


def test_a_reader_who_leaves_ends_it(lab):
    process = subprocess.Popen(lab.inside("scanner", str(lab.binary), "ping", "-i", "0.1", ALIVE), text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    start = time.monotonic()
    assert process.wait(timeout=TIME_LIMIT) == 141 and time.monotonic() - start < 10
    assert process.stderr.read() == ""
    process.stderr.close()
