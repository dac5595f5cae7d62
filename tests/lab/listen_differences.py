"""Where `echosweep listen` words a packet otherwise than tcpdump 4.99 does, and why. Name → (packet, tcpdump, ours):
what follows the time on a line of each; tests/cli and tests/lab hold both.

Three more are ours without a packet here: an unknown code of unreachable keeps its length; of a quote that is garbage there
is shown what can be, where tcpdump ends with `[|icmp]`; and an interface's number without a name here is `if7`, not `?`."""

import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import icmp_packets as p  # noqa: E402

DIFFERENCES = {
    # A blank too many.
    "prohibited6": (
        p.error6(1, 1),
        "IP6 2001:db8:9::1 > 2001:db8::1: ICMP6, destination unreachable,  unreachable prohibited 2001:db8::9, length 112",
        "IP6 2001:db8:9::1 > 2001:db8::1: ICMP6, destination unreachable, unreachable prohibited 2001:db8::9, length 112"),
    # A blank too few.
    "listener-query": (
        p.message6(130, 0, struct.pack("!HH", 1000, 0) + p.packed("ff02::1:3")),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, multicast listener querymax resp delay: 1000 addr: ff02::1:3, length 24",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, multicast listener query max resp delay: 1000 addr: ff02::1:3, length 24"),
    "listener-report": (
        p.message6(131, 0, struct.pack("!HH", 0, 0) + p.packed("ff02::1:3")),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, multicast listener reportmax resp delay: 0 addr: ff02::1:3, length 24",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, multicast listener report max resp delay: 0 addr: ff02::1:3, length 24"),
    "listener-done": (
        p.message6(132, 0, struct.pack("!HH", 0, 0) + p.packed("ff02::1:3")),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, multicast listener donemax resp delay: 0 addr: ff02::1:3, length 24",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, multicast listener done max resp delay: 0 addr: ff02::1:3, length 24"),
    # A type for private experiments (RFC 4443 2.1), which was no trace's for long; tcpdump dumps it as well.
    "type-200": (
        p.message6(200, 3, p.PAYLOAD),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, mtrace response, length 60",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, type-#200, length 60"),
    # RFC 4620 6.4.
    "node-query-ipv4": (
        p.node(139, 0, 4, 2, p.packed("2001:db8::9")),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you request node information query (unknown,"
        " subject=2001:db8::9), length 32",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you request node information query (IPv4 addresses [A],"
        " subject=2001:db8::9), length 32"),
    "node-reply-ipv4": (
        p.node(140, 0, 4, 0, bytes(4) + p.packed("192.0.2.9")),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (unknown), length 24",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (IPv4 addresses 192.0.2.9),"
        " length 24"),
    # Times to live are zero, and nobody shall heed them (RFC 4620 6.3).
    "node-reply-addresses": (
        p.node(140, 0, 3, 3, bytes(4) + p.packed("2001:db8::9")),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (node addresses"
        " 2001:db8::9(0) [AT]), length 36",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (node addresses 2001:db8::9"
        " [AT]), length 36"),
    # A reply may have several names (RFC 4620 6.2), and a name or an address that ends too soon is said to.
    "node-reply-names": (
        p.node(140, 0, 2, 0, bytes(4) + p.NAME + p.SHORT_NAME),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (DNS name,"
        ' "host.example???"), length 41',
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (DNS name,"
        ' "host.example.", "host"), length 41'),
    "node-reply-broken": (
        p.node(140, 0, 2, 0, bytes(4) + p.NAME[:3]),
        'IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (DNS name, "???"), length 23',
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (DNS name, [|icmp6]),"
        " length 23"),
    "node-query-broken": (
        p.node(139, 0, 2, 0, bytes(9)),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you request node information query (DNS name), length 25",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you request node information query (DNS name, [|icmp6]),"
        " length 25"),
    # A query without a subject is no draft's, and a code that means nothing has its number.
    "node-query-subjectless": (
        p.node(139, 0, 2, 0, b""),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you request node information query (DNS name, 03 draft),"
        " length 16",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you request node information query (DNS name), length 16"),
    "node-reply-code": (
        p.node(140, 7, 2, 0, b""),
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (), length 16",
        "IP6 2001:db8::1 > 2001:db8::2: ICMP6, who-are-you reply node information reply (code-#7), length 16"),
    # RFC 4443 3.1 has codes 5 and 6.
    "policy6": (
        p.error6(1, 5),
        "IP6 2001:db8:9::1 > 2001:db8::1: ICMP6, destination unreachable, unknown unreach code (5)",
        "IP6 2001:db8:9::1 > 2001:db8::1: ICMP6, destination unreachable, source address failed policy 2001:db8::9,"
        " length 112"),
    # RFC 8335.
    "extended-echo": (
        p.ip4(p.icmp(42, 0, struct.pack("!HBB", 5, 6, 1))),
        "IP 192.0.2.1 > 192.0.2.2: ICMP type-#42, length 8",
        "IP 192.0.2.1 > 192.0.2.2: ICMP extended echo request, id 5, seq 6, length 8"),
    # What is no time since midnight is shown as it came (RFC 792).
    "timestamp": (
        p.ip4(p.icmp(14, 0, struct.pack("!HHIII", 7, 8, 1 << 31, 86400000, 0))),
        "IP 192.0.2.1 > 192.0.2.2: ICMP time stamp reply id 7 seq 8: org 596:31:23.648, recv 24:00:00.000,"
        " xmit 00:00:00.000, length 20",
        "IP 192.0.2.1 > 192.0.2.2: ICMP time stamp reply id 7 seq 8: org 2147483648, recv 86400000,"
        " xmit 00:00:00.000, length 20"),
    # What is there of a cut message is shown, its type at least.
    "cut": (
        p.ip4(p.icmp(8, 0)),
        "IP 192.0.2.1 > 192.0.2.2:  [|icmp]",
        "IP 192.0.2.1 > 192.0.2.2: ICMP echo request, [|icmp], length 4"),
    # A broken header does not hide who sent it.
    "header-length": (
        p.echo4(header_words=2), "IP bad-hlen 8", "IP 192.0.2.1 > 192.0.2.2: [bad IP header length]"),
    "total-length": (
        p.echo4(total=10), "IP bad-len 10", "IP 192.0.2.1 > 192.0.2.2: [bad IP total length]"),
    "loop": (
        p.ip6(bytes(64), next_header=0),
        "IP6 2001:db8::1 > 2001:db8::2: HBH [The Hop-by-Hop Options header was already found] (invalid)",
        "IP6 2001:db8::1 > 2001:db8::2: HBH [bad extension header]"),
    "routing": (
        p.ip6(bytes.fromhex("3a00000000000000") + p.echo6()[40:], next_header=43),
        "IP6 2001:db8::1 > 2001:db8::2: RT6 (len=0, type=0 [Deprecated], segleft=0) ICMP6, echo request, id 1, seq 1,"
        " length 64",
        "IP6 2001:db8::1 > 2001:db8::2: RT6 (len=0, type=0, segleft=0) ICMP6, echo request, id 1, seq 1, length 64"),
    # ICMP has no ports: what tcpdump prints as one is the quoted checksum.
    "port-of-icmp": (
        p.error4(3, 3),
        "IP 198.51.100.1 > 192.0.2.1: ICMP 192.0.2.9 protocol 1 port 235 unreachable, length 92",
        "IP 198.51.100.1 > 192.0.2.1: ICMP 192.0.2.9 protocol 1 port unreachable, length 92"),
    # A later fragment says where it belongs, as it does in IPv6.
    "later-fragment4": (
        p.ip4(p.PAYLOAD, fragment=185),
        "IP 192.0.2.1 > 192.0.2.2: ip-proto-1",
        "IP 192.0.2.1 > 192.0.2.2: frag (1480|56)"),
}
