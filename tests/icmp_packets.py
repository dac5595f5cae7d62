"""ICMP packets of every kind, written without the code under test, and pcap files of them. Standard library only."""

import ipaddress
import struct

# Link types of pcap files.
NULL, ETHERNET, RAW, SLL, SLL2 = 0, 1, 101, 113, 276
TIME = 1_700_000_000

A4, B4, ROUTER4 = "192.0.2.1", "192.0.2.2", "198.51.100.1"
A6, B6, ROUTER6 = "2001:db8::1", "2001:db8::2", "2001:db8:9::1"
PAYLOAD = bytes(range(56))
LONG = (PAYLOAD * 3)[:128]


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address: str) -> bytes:
    return ipaddress.ip_address(address).packed


def ip4(payload: bytes, *, source=A4, destination=B4, protocol=1, ttl=64, tos=0, options=b"", fragment=0x4000,
        total=None, version=4, header_words=None) -> bytes:
    words = 5 + len(options) // 4 if header_words is None else header_words
    head = struct.pack("!BBHHHBBH", version << 4 | words, tos,
                       20 + len(options) + len(payload) if total is None else total, 0x1234, fragment, ttl, protocol, 0)
    head += packed(source) + packed(destination) + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ip6(payload: bytes, *, source=A6, destination=B6, next_header=58, hop_limit=64, length=None) -> bytes:
    return (struct.pack("!IHBB", 6 << 28 | 0x12345, len(payload) if length is None else length, next_header, hop_limit)
            + packed(source) + packed(destination) + payload)


def icmp(kind: int, code: int, rest: bytes = b"") -> bytes:
    whole = struct.pack("!BBH", kind, code, 0) + rest
    return whole[:2] + struct.pack("!H", checksum(whole)) + rest


def icmp6(kind: int, code: int, rest: bytes = b"", *, source=A6, destination=B6) -> bytes:
    whole = struct.pack("!BBH", kind, code, 0) + rest
    pseudo = packed(source) + packed(destination) + struct.pack("!II", len(whole), 58)
    return whole[:2] + struct.pack("!H", checksum(pseudo + whole)) + rest


def echo4(kind=8, identifier=1, sequence=1, payload=PAYLOAD, **ip) -> bytes:
    return ip4(icmp(kind, 0, struct.pack("!HH", identifier, sequence) + payload), **ip)


def message6(kind: int, code: int, rest: bytes, *, source=A6, destination=B6, **ip) -> bytes:
    return ip6(icmp6(kind, code, rest, source=source, destination=destination), source=source,
               destination=destination, **ip)


def echo6(kind=128, identifier=1, sequence=1, payload=PAYLOAD, **ip) -> bytes:
    return message6(kind, 0, struct.pack("!HH", identifier, sequence) + payload, **ip)


def udp(port=33434, payload=PAYLOAD) -> bytes:
    return struct.pack("!HHHH", 40000, port, 8 + len(payload), 0) + payload


def tcp(port=80) -> bytes:
    return struct.pack("!HHIIBBHHH", 40001, port, 1, 0, 0x50, 2, 1000, 0, 0)


def error4(kind: int, code: int, quote=None, word=b"\0\0\0\0", extensions=b"") -> bytes:
    quote = echo4(destination="192.0.2.9") if quote is None else quote
    return ip4(icmp(kind, code, word + quote + extensions), source=ROUTER4, destination=A4, fragment=0)


def error6(kind: int, code: int, quote=None, word=b"\0\0\0\0", extensions=b"") -> bytes:
    quote = echo6(destination="2001:db8::9") if quote is None else quote
    return message6(kind, code, word + quote + extensions, source=ROUTER6, destination=A6)


def mpls(*labels) -> bytes:
    """RFC 4884 7 with one object of RFC 4950."""
    stack = b"".join(struct.pack("!I", label << 12 | tc << 9 | bottom << 8 | ttl) for label, tc, bottom, ttl in labels)
    body = struct.pack("!BBH", 0x20, 0, 0) + struct.pack("!HBB", 4 + len(stack), 1, 1) + stack
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def option6(kind: int, data: bytes) -> bytes:
    """RFC 4861 4.6."""
    assert (len(data) + 2) % 8 == 0
    return bytes([kind, (len(data) + 2) // 8]) + data


def node(kind: int, code: int, query_type: int, flags: int, data: bytes) -> bytes:
    """A node information query or reply (RFC 4620 4)."""
    return message6(kind, code, struct.pack("!HH", query_type, flags) + bytes(range(8)) + data)


# A name that is fully qualified, and one that is not, as RFC 4620 6.2 has them.
NAME = b"\x04host\x07example\0"
SHORT_NAME = b"\x04host\0\0"
MAC = bytes.fromhex("020000000001")
HOP_BY_HOP = bytes.fromhex("3a00050200000100")  # router alert, then ICMPv6

# Name → packet from its IP header on: what tcpdump words in the same way.
SAME_AS_TCPDUMP = {
    "echo": echo4(),
    "echo-reply": echo4(0, identifier=65535, sequence=0),
    "echo-empty": echo4(payload=b""),
    "echo-options": echo4(options=bytes.fromhex("07070400000000") + b"\0"),
    **{f"unreachable-{code}": error4(3, code) for code in range(17) if code != 3},
    "unreachable-mtu": error4(3, 4, word=struct.pack("!HH", 0, 1400)),
    "unreachable-udp-port": error4(3, 3, quote=ip4(udp(), destination="192.0.2.9", protocol=17)),
    "unreachable-tcp-port": error4(3, 3, quote=ip4(tcp(), destination="192.0.2.9", protocol=6)),
    "unreachable-protocol": error4(3, 2, quote=ip4(PAYLOAD, destination="192.0.2.9", protocol=99)),
    "source-quench": error4(4, 0),
    **{f"redirect-{code}": error4(5, code, word=packed("192.0.2.254")) for code in range(5)},
    "router-advertisement": ip4(icmp(9, 0, struct.pack("!BBH", 2, 2, 1800) + packed("192.0.2.7")
                                     + struct.pack("!i", 5) + packed("192.0.2.8") + struct.pack("!i", 0))),
    "router-solicitation": ip4(icmp(10, 0, b"\0\0\0\0")),
    **{f"time-exceeded-{code}": error4(11, code) for code in range(3)},
    "parameter-problem": error4(12, 0, word=b"\x14\0\0\0"),
    "parameter-problem-code": error4(12, 1),
    "timestamp": ip4(icmp(13, 0, struct.pack("!HHIII", 7, 8, 1000, 0, 0))),
    "timestamp-reply": ip4(icmp(14, 0, struct.pack("!HHIII", 7, 8, 1000, 3723004, 86399999))),
    "information": ip4(icmp(15, 0, struct.pack("!HH", 7, 8))),
    "information-reply": ip4(icmp(16, 0, struct.pack("!HH", 7, 8))),
    "mask": ip4(icmp(17, 0, struct.pack("!HHI", 7, 8, 0))),
    "mask-reply": ip4(icmp(18, 0, struct.pack("!HHI", 7, 8, 0xFFFFFF00))),
    "unknown-type": ip4(icmp(77, 3, PAYLOAD)),
    "extension": error4(11, 0, quote=ip4(udp(payload=LONG)[:108], destination="192.0.2.9", protocol=17),
                        word=b"\0\x20\0\0", extensions=mpls((16001, 5, 1, 1))),
    "first-fragment": ip4(icmp(8, 0, struct.pack("!HH", 1, 1) + PAYLOAD), fragment=0x2000),
    "missing-bytes": echo4(total=9000),
    "wrong-checksum": echo4()[:22] + b"\xde\xad" + echo4()[24:],
    "echo6": echo6(),
    "echo-reply6": echo6(129, identifier=65535, sequence=0),
    **{f"unreachable6-{code}": error6(1, code) for code in (0, 2, 3)},
    "unreachable6-udp-port": error6(1, 4, quote=ip6(udp(), destination="2001:db8::9", next_header=17)),
    "unreachable6-tcp-port": error6(1, 4, quote=ip6(tcp(), destination="2001:db8::9", next_header=6)),
    "too-big": error6(2, 0, word=struct.pack("!I", 1280)),
    **{f"time-exceeded6-{code}": error6(3, code) for code in range(3)},
    **{f"parameter-problem6-{code}": error6(4, code, word=struct.pack("!I", 40)) for code in range(4)},
    "listener-report2": ip6(HOP_BY_HOP + icmp6(143, 0, struct.pack("!HHBBH", 0, 1, 4, 0, 0) + packed("ff02::1:3")),
                            next_header=0),
    "router-solicitation6": message6(133, 0, b"\0\0\0\0" + option6(1, MAC)),
    "router-advertisement6": message6(134, 0, struct.pack("!BBHII", 64, 0xC0, 1800, 30000, 1000) + option6(1, MAC)
                                      + option6(3, struct.pack("!BBIII", 64, 0xC0, 86400, 14400, 0)
                                                + packed("2001:db8::"))
                                      + option6(5, struct.pack("!HI", 0, 1400))),
    "neighbour-solicitation": message6(135, 0, b"\0\0\0\0" + packed("2001:db8::7") + option6(1, MAC)),
    "neighbour-advertisement": message6(136, 0, b"\xe0\0\0\0" + packed("2001:db8::7") + option6(2, MAC)),
    "redirect6": message6(137, 0, b"\0\0\0\0" + packed("2001:db8::fe") + packed("2001:db8:1::9")),
    "node-query": node(139, 0, 2, 0, packed("2001:db8::9")),
    "node-query-about-name": node(139, 1, 2, 0, NAME),
    "node-query-about-ipv4": node(139, 2, 2, 0, packed("192.0.2.9")),
    "node-query-addresses": node(139, 1, 3, 0x3E, SHORT_NAME),
    "node-query-noop": node(139, 1, 0, 0, b""),
    "node-query-unknown": node(139, 9, 77, 0, packed("2001:db8::9")),
    "node-query-cut": message6(139, 0, b"\0\2\0\0"),
    "node-reply": node(140, 0, 2, 0, bytes(4) + NAME),
    "node-reply-short-name": node(140, 0, 2, 0, bytes(4) + SHORT_NAME),
    "node-reply-refused": node(140, 1, 2, 0, b""),
    "node-reply-unknown": node(140, 2, 77, 0, b""),
    "node-reply-cut": message6(140, 0, b"\0\2\0\0"),
    "destination-options": ip6(bytes.fromhex("3a00010400000000") + echo6()[40:], next_header=60),
    "first-fragment6": ip6(struct.pack("!BBHI", 58, 0, 1, 99) + echo6()[40:], next_header=44),
    "later-fragment6": ip6(struct.pack("!BBHI", 58, 0, 1448, 99) + PAYLOAD, next_header=44),
}


def framed(link: int, packet: bytes, *, interface=1, kind=0) -> bytes:
    six = packet[:1] and packet[0] >> 4 == 6
    ethertype = 0x86DD if six else 0x0800
    if link == ETHERNET:
        return MAC + MAC + struct.pack("!H", ethertype) + packet
    if link == SLL:
        return struct.pack("!HHH8sH", kind, 1, 6, MAC + b"\0\0", ethertype) + packet
    if link == SLL2:
        return struct.pack("!HHIHBB8s", ethertype, 0, interface, 1, kind, 6, MAC + b"\0\0") + packet
    if link == NULL:
        return struct.pack("<I", 30 if six else 2) + packet
    return packet


def pcap(link: int, frames: list[bytes], *, snapshot=262144, cut=None, start=TIME) -> bytes:
    """A file of these frames, a second and a microsecond apart; `cut`: bytes of each that are kept."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snapshot, link)
    for number, frame in enumerate(frames):
        kept = frame[:cut]
        out += struct.pack("<IIII", start + number, 123456 + number, len(kept), len(frame)) + kept
    return out
