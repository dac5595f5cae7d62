"""The TUN peer's own encoder and decoder, held against literal bytes: who checks the checker."""

import ipaddress
import os
import socket
import threading
import time

import pytest

import peer
import scenario
import wire
from labtools import HERE

A4, B4 = (ipaddress.ip_address(a).packed for a in ("198.18.0.1", "198.18.0.2"))
A6, B6 = (ipaddress.ip_address(a).packed for a in ("fd00:e5::1", "fd00:e5::2"))


def test_checksum_of_rfc1071_example():
    assert wire.checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D


def test_checksum_of_an_odd_length():
    assert wire.checksum(b"\x01") == 0xFEFF


def probe4(**changes):
    raw = bytearray(wire.icmp_packet(A4, B4, 8, 0, bytes.fromhex("12340001") + b"payload", wire.Outer()))
    raw[4:6] = b"\x1c\x46"
    raw[10:12] = b"\0\0"
    raw[10:12] = wire.checksum(bytes(raw[:20])).to_bytes(2, "big")
    for position, value in changes.items():
        raw[int(position[2:])] ^= value
    return wire.decode_probe(bytes(raw))


def test_reads_a_right_probe():
    probe = probe4()
    assert probe.faults == []
    assert (probe.source, probe.destination, probe.identifier, probe.sequence) == (A4, B4, 0x1234, 1)
    assert probe.payload == b"payload"


@pytest.mark.parametrize("position", ["at3", "at4", "at8", "at10", "at20", "at22", "at24", "at30"])
def test_finds_each_changed_byte(position):
    probe = probe4(**{position: 0x01})
    assert probe is None or probe.faults


def test_reads_a_right_ipv6_probe_and_finds_a_changed_byte():
    raw = wire.icmp_packet(A6, B6, 128, 0, bytes.fromhex("12340001") + b"payload", wire.Outer(ttl=7, tos=16))
    probe = wire.decode_probe(raw)
    assert probe.faults == [] and probe.ttl == 7 and probe.tos == 16 and probe.destination == B6
    assert wire.decode_probe(raw[:-1] + b"!").faults
    assert wire.decode_probe(raw[:23] + b"\x07" + raw[24:]).faults, "the pseudo-header counts"


def test_encodes_a_known_reply():
    # Summed by hand: the header's words make 0x1148, complement 0xeeb7; ICMP's 0x7397, complement 0x8c68.
    reply = wire.echo_reply(B4, A4, 0x1234, 1, b"ab", wire.Outer())
    assert reply.hex() == "4500001e000000004001eeb7c6120002c6120001" "00008c68123400016162"


def test_quotes():
    probe = probe4()
    assert wire.quoted(probe, "8", []) == probe.raw[:28]
    assert wire.quoted(probe, "full", []) == probe.raw
    assert wire.quoted(probe, "short-5", []) == probe.raw[:5]
    assert wire.quoted(probe, "8", ["options"])[0] == 0x46
    assert len(wire.quoted(probe, "8", ["options"])) == 32


@pytest.fixture(name="wired")
def a_peer_on_a_wire():
    """A peer that nobody hears, the other end of its wire, and what stops it."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    stop_read, stop_write = os.pipe()
    its.setblocking(False)
    with ours, its:
        yield peer.Peer(scenario.Scenario("", "", 1, [], [], {}), its.fileno()), ours, stop_read, stop_write
    os.close(stop_read)
    os.close(stop_write)


def test_what_came_before_the_end_is_counted(wired):
    playing, wire_end, stop_read, stop_write = wired
    for _ in range(9):
        wire_end.send(probe4().raw)
    os.write(stop_write, b"!")
    playing.run(stop_read)
    assert playing.count.probes == 9


def test_a_probe_that_is_read_late_makes_no_gap_short(wired):
    playing, wire_end, stop_read, stop_write = wired
    wire_end.send(probe4().raw)
    time.sleep(0.3)
    thread = threading.Thread(target=playing.run, args=(stop_read,))
    thread.start()
    while playing.count.probes == 0:
        time.sleep(0.001)
    wire_end.send(probe4().raw)
    os.write(stop_write, b"!")
    thread.join()
    assert playing.count.probes == 2 and playing.count.min_gap >= 0.3


def test_a_gap_is_hardly_longer_than_it_was(wired):
    playing, wire_end, stop_read, stop_write = wired
    thread = threading.Thread(target=playing.run, args=(stop_read,))
    thread.start()
    # The least of many: one that met a machine that stood still does not count.
    for _ in range(20):
        wire_end.send(probe4().raw)
        time.sleep(0.05)
    os.write(stop_write, b"!")
    thread.join()
    assert playing.count.probes == 20 and 0.05 <= playing.count.min_gap < 0.15


def test_loss_by_pass_is_the_same_whenever_it_is_asked(wired):
    """By the pass in the payload, not by how often the target was asked."""
    playing = wired[0]
    rule = scenario.Rule(networks=[], loss_by_pass=0.3)
    lost = {}
    for attempt in range(1, 4):
        for number in range(200):
            payload = bytes(11) + bytes([number]) + bytes(6)
            probe = wire.decode_probe(wire.icmp_packet(A4, B4, 8, 0, bytes(4) + payload, wire.Outer()))
            assert wire.pass_of(probe) == number
            assert lost.setdefault(number, playing.is_lost(rule, probe, attempt)) == playing.is_lost(rule, probe, attempt)
    assert lost == {number: peer.is_lost(0.3, playing.plan.seed, number, B4) for number in range(200)}
    assert 30 < sum(lost.values()) < 90


def test_a_scenario_with_an_unknown_key_is_refused(tmp_path):
    file = tmp_path / "typo.toml"
    file.write_text((HERE / "scenarios" / "late.toml").read_text().replace("delay", "dealy"))
    with pytest.raises(ValueError, match="dealy"):
        scenario.load(file)
