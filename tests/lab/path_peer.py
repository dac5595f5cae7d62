#!/usr/bin/env python3
"""A path behind a TUN device, played hop by hop, for what no Linux router does: MPLS labels, short quotes, foreign senders.

    ip netns exec NAMESPACE path_peer.py [--device tun0]

Everything behind tun0 lies behind five routers, 198.18.255.1 to .5, that see what is sent to 198.18.X.Y by X:

  .0  all quote 28 bytes (RFC 792)          .1  router 3 has an MPLS stack (RFC 4950), router 4 another object
  .2  the target answers from 198.18.9.9    .3  router 2 answers twice, router 3 has an object whose length is wrong behind its stack
  .4  garbage besides every answer          .5  router 3 quotes an identification that somebody rewrote

It writes `ready` once the device is up and runs until SIGTERM. Standard library only.
"""

import argparse
import fcntl
import os
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import icmp_packets as p  # noqa: E402

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
ROUTERS = [f"198.18.255.{number}" for number in range(1, 6)]
STACK = struct.pack("!HBB", 12, 1, 1) + struct.pack("!II", 16 << 12 | 1 << 9 | 1, 17 << 12 | 0x100 | 2)
INTERFACE = struct.pack("!HBBI4s", 12, 2, 1, 10, bytes([192, 0, 2, 1]))


def extensions(objects: bytes) -> bytes:
    body = b"\x20\0\0\0" + objects
    return body[:2] + struct.pack("!H", p.checksum(body)) + body[4:]


def error(sender: str, quote: bytes, source: str, objects: bytes = b"") -> bytes:
    if objects:
        quote = quote[:128].ljust(128, b"\0")
        return p.ip4(p.icmp(11, 0, b"\0" + bytes([len(quote) // 4]) + b"\0\0" + quote + extensions(objects)),
                     source=sender, destination=source, fragment=0)
    return p.ip4(p.icmp(11, 0, b"\0\0\0\0" + quote), source=sender, destination=source, fragment=0)


def answers(packet: bytes) -> list[bytes]:
    source, goal, ttl = ".".join(map(str, packet[12:16])), ".".join(map(str, packet[16:20])), packet[8]
    kind = packet[18]
    if packet[0] != 0x45 or packet[9] != 1:
        return []
    quote = packet[:8] + b"\1" + packet[9:]
    if ttl > len(ROUTERS):
        reply = p.ip4(p.icmp(0, 0, packet[24:]), source="198.18.9.9" if kind == 2 else goal, destination=source, fragment=0)
        return [reply, b"\x45\0\0", reply[:30], os.urandom(64)] if kind == 4 else [reply]
    sender = ROUTERS[ttl - 1]
    if kind == 0:
        return [error(sender, quote[:28], source)]
    if kind == 1 and ttl in (3, 4):
        return [error(sender, quote, source, STACK if ttl == 3 else INTERFACE)]
    if kind == 3 and ttl in (2, 3):
        whole = error(sender, quote, source, STACK + b"\0\1\1\1" if ttl == 3 else b"")
        return [whole, whole] if ttl == 2 else [whole]
    if kind == 4:
        forged = bytearray(error("198.18.255.99", quote, source))
        forged[56:60] = os.urandom(4)
        return [bytes(forged), error(sender, quote, source), error(sender, quote[:20], source)]
    if kind == 5 and ttl == 3:
        return [error(sender, quote[:4] + b"\xff\xff" + quote[6:28], source)]
    return [error(sender, quote, source)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="tun0")
    device = parser.parse_args().device
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TUN | IFF_NO_PI))
    for words in (f"addr add 198.19.200.1/32 dev {device}", f"link set {device} up",
                  f"route add 198.18.0.0/16 dev {device}"):
        subprocess.run(["ip", *words.split()], check=True)
    print("ready", flush=True)
    while True:
        for answer in answers(os.read(fd, 65536)):
            try:
                os.write(fd, answer)
            except OSError:
                pass  # no IP packet: the device says so


if __name__ == "__main__":
    main()
