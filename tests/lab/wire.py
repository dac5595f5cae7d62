"""IPv4, IPv6 and ICMP on the wire, for the TUN peer.

Written from the RFCs and sharing nothing with the scanner: this is the second parser that checks the scanner's
bytes, and the encoder of replies that no kernel would send. Numbers are host byte order; addresses are `bytes`
in network byte order (4 or 16), which also tells the family.
"""

import struct
from dataclasses import dataclass

ICMP4 = 1
ICMP6 = 58
ECHO_REQUEST = {4: 8, 6: 128}
ECHO_REPLY = {4: 0, 6: 129}


def checksum(data: bytes) -> int:
    """RFC 1071; 0 over data that holds its own right checksum."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo_header(source: bytes, destination: bytes, length: int) -> bytes:
    """RFC 8200 8.1, with ICMPv6 as the next header."""
    return source + destination + struct.pack("!II", length, ICMP6)


@dataclass
class Probe:
    """An echo request as it came, and the ways in which it is wrong."""

    family: int
    source: bytes
    destination: bytes
    identifier: int
    sequence: int
    payload: bytes
    ttl: int
    tos: int
    dont_fragment: bool
    raw: bytes
    header_length: int
    faults: list[str]


def decode_probe(raw: bytes) -> Probe | None:
    """An echo request of either family, however wrong; None for anything else that the kernel says."""
    version = raw[0] >> 4 if raw else 0
    if version == 4:
        return _decode_probe4(raw)
    if version == 6:
        return _decode_probe6(raw)
    return None


def _decode_probe4(raw: bytes) -> Probe | None:
    header_length = (raw[0] & 0xF) * 4
    if len(raw) < 28 or header_length < 20 or raw[9] != ICMP4 or raw[header_length] != ECHO_REQUEST[4]:
        return None
    _, tos, total_length, ip_id, fragment, ttl, _, _ = struct.unpack("!BBHHHBBH", raw[:12])
    faults = []
    if total_length != len(raw):
        faults.append(f"total length {total_length} in a packet of {len(raw)} bytes")
    if header_length != 20:
        faults.append(f"IP header of {header_length} bytes")
    if checksum(raw[:header_length]) != 0:
        faults.append("wrong IP header checksum")
    if fragment & 0x3FFF:
        faults.append("a fragment")
    if ip_id == 0 and not fragment & 0x4000:
        faults.append("IP identification 0 without don't-fragment")
    icmp = raw[header_length:]
    if checksum(icmp) != 0:
        faults.append("wrong ICMP checksum")
    if icmp[1] != 0:
        faults.append(f"echo request with code {icmp[1]}")
    identifier, sequence = struct.unpack("!HH", icmp[4:8])
    return Probe(4, raw[12:16], raw[16:20], identifier, sequence, icmp[8:], ttl, tos,
                 bool(fragment & 0x4000), raw, header_length, faults)


def _decode_probe6(raw: bytes) -> Probe | None:
    if len(raw) < 48 or raw[6] != ICMP6 or raw[40] != ECHO_REQUEST[6]:
        return None
    first_word, payload_length, _, hop_limit = struct.unpack("!IHBB", raw[:8])
    faults = []
    if payload_length != len(raw) - 40:
        faults.append(f"payload length {payload_length} in a packet of {len(raw)} bytes")
    source, destination, icmp = raw[8:24], raw[24:40], raw[40:]
    if checksum(pseudo_header(source, destination, len(icmp)) + icmp) != 0:
        faults.append("wrong ICMPv6 checksum")
    if icmp[1] != 0:
        faults.append(f"echo request with code {icmp[1]}")
    identifier, sequence = struct.unpack("!HH", icmp[4:8])
    return Probe(6, source, destination, identifier, sequence, icmp[8:], hop_limit, first_word >> 20 & 0xFF,
                 True, raw, 40, faults)


def pass_of(probe: Probe) -> int:
    """What the scanner's payload says of it, behind the time (6 bytes) and the target's number (5)."""
    return probe.payload[11]


@dataclass
class Outer:
    """What the header around an answer says."""

    ttl: int = 64
    tos: int = 0
    options: bytes = b""  # IPv4 only; a multiple of 4 bytes
    break_ip_checksum: bool = False
    break_icmp_checksum: bool = False


def echo_reply(source: bytes, destination: bytes, identifier: int, sequence: int, payload: bytes,
               outer: Outer) -> bytes:
    family = 4 if len(source) == 4 else 6
    rest = struct.pack("!HH", identifier, sequence) + payload
    return icmp_packet(source, destination, ECHO_REPLY[family], 0, rest, outer)


def icmp_error(source: bytes, destination: bytes, icmp_type: int, code: int, word: int, quote: bytes,
               outer: Outer) -> bytes:
    """`word`: bytes 4-7 of the message (pointer, gateway, MTU)."""
    return icmp_packet(source, destination, icmp_type, code, struct.pack("!I", word) + quote, outer)


def icmp_packet(source: bytes, destination: bytes, icmp_type: int, code: int, rest: bytes,
                outer: Outer) -> bytes:
    """`rest`: all that follows the ICMP checksum."""
    icmp = struct.pack("!BBH", icmp_type, code, 0) + rest
    pseudo = pseudo_header(source, destination, len(icmp)) if len(source) == 16 else b""
    total = checksum(pseudo + icmp) ^ (0x5555 if outer.break_icmp_checksum else 0)
    return ip_packet(source, destination, icmp[:2] + struct.pack("!H", total) + icmp[4:], outer)


def ip_packet(source: bytes, destination: bytes, body: bytes, outer: Outer) -> bytes:
    """An IP header in front of `body`, which claims to be ICMP of the family, whatever it is."""
    if len(source) == 16:
        return struct.pack("!IHBB", 6 << 28 | outer.tos << 20, len(body), ICMP6, outer.ttl) \
            + source + destination + body
    length = 20 + len(outer.options)
    header = struct.pack("!BBHHHBBH", 4 << 4 | length // 4, outer.tos, length + len(body), 0, 0, outer.ttl,
                         ICMP4, 0) + source + destination + outer.options
    total = checksum(header) ^ (0x5555 if outer.break_ip_checksum else 0)
    return header[:10] + struct.pack("!H", total) + header[12:] + body


def quoted(probe: Probe, how: str, alter: list[str]) -> bytes:
    """The probe as an ICMP error quotes it. `how`: "8" (bytes after the IP header, RFC 792's minimum), "28", "full",
    or "short-N" (N bytes in all: less than the standards promise). `alter`: what NATs and routers change in it."""
    header = bytearray(probe.raw[:probe.header_length])
    body = probe.raw[probe.header_length:]
    for what in alter:
        if what == "source":
            header[12 if probe.family == 4 else 8] ^= 0x40
        elif what == "ttl":
            header[8 if probe.family == 4 else 7] = 1
        elif what == "checksum" and probe.family == 4:
            header[10] ^= 0xFF
        elif what == "length":
            # BSD kernels of old gave it back in host byte order, or less the header.
            header[2 if probe.family == 4 else 4] ^= 0x7F
        elif what == "icmp-checksum":
            body = body[:2] + bytes([body[2] ^ 0xFF]) + body[3:]
        elif what == "options" and probe.family == 4:
            header[0] += 1
            header += b"\x94\x04\0\0"  # router alert, RFC 2113
        elif what == "destination":
            header[19 if probe.family == 4 else 39] ^= 0x01
        elif what == "identifier":
            body = body[:4] + bytes([body[4] ^ 0xFF]) + body[5:]
        elif what == "sequence":
            body = body[:6] + bytes([body[6] ^ 0xFF]) + body[7:]
    whole = bytes(header) + body
    if how == "full":
        return whole
    if how.startswith("short-"):
        return whole[:int(how[6:])]
    return whole[:len(header) + int(how)]
