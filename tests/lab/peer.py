#!/usr/bin/env python3
"""The TUN peer: all hosts behind a TUN device, played from a scenario file.

    ip netns exec NAMESPACE peer.py SCENARIO [--stats FILE] [--device tun0]

It answers every echo request as the scenario's rules say, checks each one's bytes with a parser of its own, and runs
until SIGTERM or SIGINT; then it writes what it saw as JSON (to standard output, or to the stats file). It writes
`ready` on standard output once the device is up. Standard library only.
"""

import argparse
import fcntl
import heapq
import ipaddress
import json
import os
import random
import select
import signal
import struct
import sys
import time
import zlib
from pathlib import Path

import scenario
import wire

TUNSETIFF = 0x400454CA
IFF_TUN = 0x0001
IFF_NO_PI = 0x1000
# Reads in a row before what is due gets sent.
READS_AT_ONCE = 64
FAULTS_SHOWN = 10


def open_tun(device: str) -> int:
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
    return fd


def next_address(address: bytes) -> bytes:
    return (int.from_bytes(address, "big") + 1).to_bytes(len(address), "big")


def is_lost(share: float, seed: int, turn: int, target: bytes) -> bool:
    """The same for the same seed, target and turn (an attempt or a pass), in whatever order the probes come."""
    key = struct.pack("!QI", seed, turn) + target
    return random.Random(zlib.crc32(key) << 32 | zlib.crc32(key[::-1])).random() < share


class Count:
    """What the peer saw, for the test to hold against the scanner's own account."""

    def __init__(self) -> None:
        self.probes = 0
        self.bad_probes = 0
        self.faults: list[str] = []
        self.other_packets = 0
        self.sent = 0
        self.over_limit = 0
        self.attempts: dict[bytes, int] = {}
        self.last_seen: dict[bytes, float] = {}
        self.min_gap: float | None = None
        self.retries = 0
        self.retries_before_last_first = 0
        self.looks: dict[str, set] = {"ttl": set(), "tos": set(), "dont_fragment": set(), "payload": set()}
        self.identifiers: set[int] = set()

    def add(self, probe: wire.Probe, now: float, empty_at: float) -> int:
        """Takes the probe down; its attempt number, from 1. It came between `empty_at`, when nothing was left to read,
        and `now`: counted from `empty_at`, no gap looks shorter than it was, however late the one before was read."""
        self.probes += 1
        if probe.faults:
            self.bad_probes += 1
            if len(self.faults) < FAULTS_SHOWN:
                self.faults.append(f"{ipaddress.ip_address(probe.destination)}: {', '.join(probe.faults)}")
        attempt = self.attempts.get(probe.destination, 0) + 1
        self.attempts[probe.destination] = attempt
        if attempt == 1:
            self.retries_before_last_first = self.retries
        else:
            self.retries += 1
            gap = now - self.last_seen[probe.destination]
            self.min_gap = gap if self.min_gap is None else min(self.min_gap, gap)
        self.last_seen[probe.destination] = empty_at
        self.identifiers.add(probe.identifier)
        self.looks["ttl"].add(probe.ttl)
        self.looks["tos"].add(probe.tos)
        if probe.family == 4:
            self.looks["dont_fragment"].add(probe.dont_fragment)
        self.looks["payload"].add(len(probe.payload))
        return attempt

    def as_dict(self) -> dict:
        return {"probes": self.probes, "bad_probes": self.bad_probes, "faults": self.faults,
                "other_packets": self.other_packets, "over_limit": self.over_limit, "sent": self.sent, "retries": self.retries,
                "retries_before_last_first": self.retries_before_last_first,
                "min_gap_ms": None if self.min_gap is None else self.min_gap * 1000,
                "identifiers": len(self.identifiers),
                "looks": {key: sorted(values) for key, values in self.looks.items()},
                "attempts": {str(ipaddress.ip_address(a)): n for a, n in self.attempts.items()}}


class Policer:
    """A token bucket over all probes, whose rate may change with time."""

    def __init__(self, limits: list[scenario.Limit]) -> None:
        self.limits = limits
        self.begin: float | None = None
        self.last = 0.0
        self.tokens = 0.0

    def lets_pass(self, now: float) -> bool:
        if not self.limits:
            return True
        if self.begin is None:
            self.begin = self.last = now
            self.tokens = self.limits[0].burst
        limit = [each for each in self.limits if now - self.begin >= each.after][-1]
        self.tokens = min(limit.burst, self.tokens + (now - self.last) * limit.rate)
        self.last = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Peer:
    def __init__(self, plan: scenario.Scenario, fd: int) -> None:
        self.plan = plan
        self.fd = fd
        self.random = random.Random(plan.seed)
        self.count = Count()
        self.policer = Policer(plan.limits)
        self.due: list[tuple[float, int, bytes]] = []
        self.order = 0
        self.held: list[bytes] = []
        self.last_reply: tuple[wire.Probe, bytes] | None = None
        # A time at which nothing was left to read.
        self.empty_at = time.monotonic()

    def rule_for(self, probe: wire.Probe, attempt: int) -> scenario.Rule | None:
        address = ipaddress.ip_address(probe.destination)
        for rule in self.plan.rules:
            if (rule.attempts and attempt not in rule.attempts) or len(probe.raw) <= rule.above:
                continue
            if any(address.version == network.version and address in network for network in rule.networks):
                return rule
        return None

    def is_lost(self, rule: scenario.Rule, probe: wire.Probe, attempt: int) -> bool:
        if rule.loss > 0 and is_lost(rule.loss, self.plan.seed, attempt, probe.destination):
            return True
        return rule.loss_by_pass > 0 and is_lost(rule.loss_by_pass, self.plan.seed, wire.pass_of(probe), probe.destination)

    def note(self, raw: bytes, now: float) -> tuple[wire.Probe, int] | None:
        """Counts it; the probe and its attempt number, if it is one."""
        probe = wire.decode_probe(raw)
        if probe is None:
            self.count.other_packets += 1
            return None
        return probe, self.count.add(probe, now, self.empty_at)

    def take(self, raw: bytes, now: float) -> None:
        noted = self.note(raw, now)
        if noted is None:
            return
        probe, attempt = noted
        if not self.policer.lets_pass(now):
            self.count.over_limit += 1
            return
        rule = self.rule_for(probe, attempt)
        if rule is None or self.is_lost(rule, probe, attempt):
            return
        at = now + rule.delay + (self.random.random() * rule.jitter if rule.jitter else 0)
        for packet in self.others(rule, probe):
            self.send_at(at, packet)
        if not rule.answer:
            return
        reply = self.reply(rule, probe)
        for _ in range(rule.copies):
            self.hold_or_send(rule, at, reply)
        self.last_reply = (probe, reply)

    def reply(self, rule: scenario.Rule, probe: wire.Probe) -> bytes:
        payload = bytearray(probe.payload)
        changed = range(len(payload)) if rule.change == "all" else rule.change or []
        for i in changed:
            payload[i] ^= 0xA5
        source = probe.destination
        if rule.reply_from == "next":
            source = next_address(source)
        elif rule.reply_from is not None:
            source = rule.reply_from
        return wire.echo_reply(source, probe.source, probe.identifier, probe.sequence,
                               bytes(payload[:rule.cut]), wire.Outer(rule.ttl, rule.tos, rule.options))

    def others(self, rule: scenario.Rule, probe: wire.Probe) -> list[bytes]:
        packets = [wire.icmp_error(error.source or probe.destination, probe.source, error.icmp_type, code,
                                   error.word, wire.quoted(probe, error.quote, error.alter),
                                   wire.Outer(rule.ttl, rule.tos))
                   for error in rule.errors for code in error.codes]
        for kind in rule.forge:
            packets += self.forgery(kind, probe)
        for kind in rule.garbage:
            packets += self.rubbish(kind, probe)
        return packets

    def forgery(self, kind: str, probe: wire.Probe) -> list[bytes]:
        outer = wire.Outer()
        if kind == "identifier":
            return [wire.echo_reply(probe.destination, probe.source, probe.identifier ^ 0x1234, probe.sequence,
                                    probe.payload, outer)]
        if kind == "tag":
            return [wire.echo_reply(probe.destination, probe.source, probe.identifier, probe.sequence ^ 0x1234,
                                    self.random.randbytes(len(probe.payload)), outer)]
        if kind == "replay":
            if self.last_reply is None or self.last_reply[0].family != probe.family:
                return []
            old = self.last_reply[0]
            return [wire.echo_reply(probe.destination, probe.source, old.identifier, old.sequence, old.payload,
                                    outer)]
        raise ValueError(f"unknown forgery '{kind}'")

    def rubbish(self, kind: str, probe: wire.Probe) -> list[bytes]:
        """Broken packets. None of them is a reply that a careful reader may take for one, except that of bad-ip-checksum:
        a capture need not look at what the kernel looks at."""
        source, destination, outer = probe.destination, probe.source, wire.Outer()
        reply_type = bytes([wire.ECHO_REPLY[probe.family], 0])
        if kind == "truncated":
            # Every length below a whole ICMP echo header, and IP headers that claim more than there is.
            message = reply_type + probe.raw[probe.header_length + 2:probe.header_length + 8]
            cut_messages = [wire.ip_packet(source, destination, message[:n], outer) for n in range(8)]
            whole = wire.ip_packet(source, destination, message, outer)
            return cut_messages + [whole[:n] for n in range(probe.header_length, len(whole))]
        if kind == "random":
            return [wire.ip_packet(source, destination, self.random.randbytes(self.random.randrange(64)), outer)
                    for _ in range(4)]
        if kind in ("bad-checksum", "bad-ip-checksum"):
            broken = wire.Outer(break_icmp_checksum=kind == "bad-checksum",
                                break_ip_checksum=kind == "bad-ip-checksum")
            return [wire.echo_reply(source, destination, probe.identifier, probe.sequence, probe.payload, broken)]
        if kind == "short-quote":
            error = 3 if probe.family == 4 else 1
            return [wire.icmp_error(source, destination, error, 1, 0, wire.quoted(probe, f"short-{n}", []), outer)
                    for n in range(0, probe.header_length + 8, 3)]
        raise ValueError(f"unknown garbage '{kind}'")

    def hold_or_send(self, rule: scenario.Rule, at: float, packet: bytes) -> None:
        if rule.shuffle <= 1:
            self.send_at(at, packet)
            return
        self.held.append(packet)
        if len(self.held) >= rule.shuffle:
            self.let_go(at)

    def let_go(self, at: float) -> None:
        self.random.shuffle(self.held)
        for packet in self.held:
            self.send_at(at, packet)
        self.held.clear()

    def send_at(self, at: float, packet: bytes) -> None:
        self.order += 1
        heapq.heappush(self.due, (at, self.order, packet))

    def send_due(self, now: float) -> None:
        while self.due and self.due[0][0] <= now:
            packet = heapq.heappop(self.due)[2]
            try:
                os.write(self.fd, packet)
                self.count.sent += 1
            except OSError:
                # The kernel refuses packets that are too short to be IP; the rest of the rubbish goes through.
                pass

    def read(self) -> bytes | None:
        """The next packet, if there is one."""
        asked_at = time.monotonic()
        try:
            return os.read(self.fd, 65536)
        except BlockingIOError:
            self.empty_at = asked_at
            return None

    def run(self, stop_fd: int) -> None:
        """Until something is written to `stop_fd`; what has come by then is counted."""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        poll.register(stop_fd, select.POLLIN)
        while True:
            now = time.monotonic()
            self.send_due(now)
            # Held replies go after 20 ms without a probe: what is shuffled is order, nothing gets lost.
            wait = 20.0 if not self.due else max(0.0, min(20.0, (self.due[0][0] - now) * 1000))
            asked_at = time.monotonic()
            ready = {fd for fd, _ in poll.poll(wait)}
            if stop_fd in ready:
                while (raw := self.read()) is not None:
                    self.note(raw, time.monotonic())
                return
            if self.fd not in ready:
                self.empty_at = asked_at
                if self.held and not self.due:
                    self.let_go(time.monotonic())
                continue
            for _ in range(READS_AT_ONCE):
                raw = self.read()
                if raw is None:
                    break
                self.take(raw, time.monotonic())


def main() -> int:
    parser = argparse.ArgumentParser(description="Plays the hosts behind a TUN device from a scenario file.")
    parser.add_argument("scenario", type=Path)
    parser.add_argument("--stats", type=Path, help="write what was seen here instead of to standard output")
    parser.add_argument("--device", default="tun0")
    options = parser.parse_args()
    plan = scenario.load(options.scenario)
    stop_read, stop_write = os.pipe()
    os.set_blocking(stop_write, False)
    signal.set_wakeup_fd(stop_write)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    peer = Peer(plan, open_tun(options.device))
    print("ready", flush=True)
    if sys.stdout.isatty():
        print(f"{plan.description}\ntry: echosweep {' '.join(plan.args)}", flush=True)
    peer.run(stop_read)
    text = json.dumps(peer.count.as_dict())
    if options.stats:
        options.stats.write_text(text + "\n")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
