#!/usr/bin/env python3
"""A host behind the TUN device that answers what the kernel does not: mask and timestamp requests, node information
queries, redirects. By destination:

    198.18.200.1        mask 255.255.255.0; times of a clock five seconds ahead
    198.18.200.2        times that are not milliseconds since midnight
    198.18.200.3        a redirect before each echo reply
    fd00:e5:18:200::1   names and addresses (RFC 4620)
    fd00:e5:18:200::2   refuses
    fd00:e5:18:200::3   answers with another nonce, then in the middle of a name

Runs until SIGTERM; writes `ready` once the device is up. Standard library only.
"""

import ipaddress
import os
import struct
import sys
import time

import wire
from peer import open_tun

DAY = 86_400_000


def packed(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


def midnight_ms() -> int:
    return int(time.time() * 1000) % DAY


def label(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def node_answers(destination: bytes, message: bytes) -> list[bytes]:
    query, nonce = struct.unpack("!H", message[4:6])[0], message[8:16]
    names = bytes(4) + label("host") + label("example") + b"\0" + label("short") + b"\0\0"
    data = {2: names, 3: bytes(4) + packed("2001:db8::7"),
            4: bytes(4) + packed("192.0.2.7") + bytes(4) + packed("192.0.2.8")}.get(query, b"")
    start = struct.pack("!HH", query, 0)
    if destination[-1] == 2:
        return [bytes([140, 1]) + start + nonce]
    if destination[-1] == 3:
        return [bytes([140, 0]) + start + bytes(8) + data, bytes([140, 0]) + start + nonce + data[:7]]
    return [bytes([140, 0]) + start + nonce + data]


def answers4(raw: bytes) -> list[bytes]:
    source, destination, size = raw[12:16], raw[16:20], (raw[0] & 15) * 4
    message = raw[size:]
    last, kind, name = destination[-1], message[0], message[4:8]
    back = lambda kind, rest: wire.icmp_packet(destination, source, kind, 0, rest, wire.Outer())  # noqa: E731
    if kind == 17:
        return [back(18, name + packed("255.255.255.0"))]
    if kind == 13:
        now = (midnight_ms() + 5000) % DAY if last == 1 else 0x80000007
        return [back(14, name + message[8:12] + struct.pack("!II", now, now))]
    if kind == 8:
        redirect = wire.icmp_packet(packed("198.18.200.99"), source, 5, 1, packed("198.18.200.98") + raw[:size + 8],
                                    wire.Outer())
        return ([redirect] if last == 3 else []) + [back(0, name + message[8:])]
    return []


def answers6(raw: bytes) -> list[bytes]:
    if raw[6] != 58 or raw[40] != 139:
        return []
    source, destination = raw[8:24], raw[24:40]
    return [wire.icmp_packet(destination, source, rest[0], rest[1], rest[2:], wire.Outer())
            for rest in node_answers(destination, raw[40:])]


def main() -> None:
    device = open_tun("tun0")
    os.set_blocking(device, True)
    print("ready", flush=True)
    while True:
        raw = os.read(device, 65536)
        for answer in answers4(raw) if raw[0] >> 4 == 4 else answers6(raw):
            os.write(device, answer)


if __name__ == "__main__":
    sys.exit(main())
