"""ping asks what the kernel does not answer: masks, clocks that are off, node information; and redirects."""

import json
import re
import subprocess
import sys
import time

import pytest

from labtools import HERE, TIME_LIMIT


@pytest.fixture(scope="module")
def peer(lab):
    process = subprocess.Popen(lab.inside("tun", sys.executable, str(HERE / "ping_peer.py")), stdout=subprocess.PIPE,
                               text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        deadline = time.monotonic() + TIME_LIMIT
        while lab.run_inside("tun", "cat", "/sys/class/net/tun0/operstate").stdout != "up\n":
            assert time.monotonic() < deadline, "tun0 does not come up"
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=TIME_LIMIT)
        process.stdout.close()


def ping(lab, *arguments):
    return subprocess.run(lab.inside("tun", str(lab.binary), "ping", *arguments), text=True, capture_output=True,
                          timeout=TIME_LIMIT, check=False)


def line_of(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r"time=[\d.]+ ms", "time=T ms", done.stdout.splitlines()[1])


def test_masks(lab, peer):
    done = ping(lab, "--type", "mask", "-c", "1", "198.18.200.1")
    assert line_of(done) == "12 bytes from 198.18.200.1: icmp_seq=1 ttl=64 time=T ms mask=255.255.255.0"


def test_a_clock_that_is_ahead(lab, peer):
    line = line_of(ping(lab, "--type", "timestamp", "-c", "1", "198.18.200.1"))
    offset = int(re.search(r" offset=\+(\d+) ms$", line)[1])
    assert 4900 <= offset <= 5100, line


def test_times_that_are_none(lab, peer):
    line = line_of(ping(lab, "--type", "timestamp", "-c", "1", "198.18.200.2"))
    assert line.endswith(" receive=0x80000007 (not standard) transmit=0x80000007 (not standard) offset=unknown")
    done = ping(lab, "-j", "--type", "timestamp", "-c", "1", "198.18.200.2")
    reply = json.loads(done.stdout.splitlines()[1])
    assert reply["standard"] is False and "clock_offset_ms" not in reply


def test_redirects_are_told_and_are_no_error(lab, peer):
    done = ping(lab, "-c", "1", "198.18.200.3")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == ("From 198.18.200.99: icmp_seq=1 Redirect Host"
                                           "(New nexthop: 198.18.200.98)")
    assert "1 packets transmitted, 1 received, 0% packet loss" in done.stdout
    done = ping(lab, "-v", "-c", "1", "198.18.200.3")
    assert "Vr HL TOS  Len   ID Flg  off TTL Pro  cks" in done.stdout


@pytest.mark.parametrize(("word", "words"), [
    ("name", "host.example., short"), ("ipv6", "2001:db8::7"), ("ipv4-all", "192.0.2.7, 192.0.2.8")])
def test_nodes_say_who_they_are(lab, peer, word, words):
    line = line_of(ping(lab, "-N", word, "-c", "1", "fd00:e5:18:200::1"))
    assert re.fullmatch(rf"\d+ bytes from fd00:e5:18:200::1: {re.escape(words)}; seq=1; ttl=64 time=T ms", line), line


@pytest.mark.parametrize(("word", "host"), [("name", 1), ("ipv6", 1), ("ipv4-all", 1), ("name", 2)],
                         ids=["name", "ipv6", "ipv4", "refused"])
def test_nodes_are_told_of_as_debians_ping_tells_of_them(lab, debians_ping, peer, word, host):
    """But ours knows the round trip, and its first line says how many bytes of data a query has: theirs has an echo
    request's."""
    arguments = ("-N", word, "-c", "1", f"fd00:e5:18:200::{host}")
    theirs = subprocess.run(lab.inside("tun", debians_ping, *arguments), text=True, capture_output=True,
                            timeout=TIME_LIMIT, check=False)
    ours = ping(lab, *arguments)
    assert line_of(ours) == line_of(theirs) + " time=T ms"
    assert ours.stdout.splitlines()[2:4] == theirs.stdout.splitlines()[2:4]


def test_nodes_that_refuse(lab, peer):
    line = line_of(ping(lab, "-N", "name", "-c", "1", "fd00:e5:18:200::2"))
    assert line == "16 bytes from fd00:e5:18:200::2: refused; seq=1; ttl=64 time=T ms"


def test_nodes_that_have_not_seen_the_query_are_not_believed(lab, peer):
    done = ping(lab, "-j", "-N", "name", "-c", "1", "fd00:e5:18:200::3")
    replies = [line for line in map(json.loads, done.stdout.splitlines()) if line["type"] == "reply"]
    assert len(replies) == 1 and replies[0]["names"] == [], "the right nonce, and a name that ends too soon"
