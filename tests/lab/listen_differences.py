"""Where `echosweep listen` words a packet otherwise than tcpdump 4.99 does, and why. Name → (packet, tcpdump, ours):
what follows the time on a line of each; tests/cli and tests/lab hold both."""

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
