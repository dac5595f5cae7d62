#!/usr/bin/env python3
"""Asks each address of a network once, by a raw socket and nothing of ours, and prints who answered, sorted.

  ask.py IDENTIFIER SEQUENCE NETWORK

Run by tests inside a namespace. A reply that does not fit what was asked, or is there twice, is a failure.
"""

import errno
import ipaddress
import select
import socket
import struct
import sys
import time

from wire import ECHO_REPLY, ECHO_REQUEST, checksum

# The peer answers within microseconds, unless the machine stands still; the last replies are waited for this long.
LAST_WAIT_S = 2.0
PAYLOAD = bytes(range(18))


def message(kind: int, identifier: int, sequence: int) -> bytes:
    head = struct.pack("!BBHHH", kind, 0, 0, identifier, sequence)
    return head[:2] + struct.pack("!H", checksum(head + PAYLOAD)) + head[4:] + PAYLOAD


class Asker:
    def __init__(self, version: int, identifier: int, sequence: int) -> None:
        self.version, self.identifier, self.sequence = version, identifier, sequence
        if version == 4:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            # A full device queue says ENOBUFS instead of nothing (IP_RECVERR, whose number Python does not name).
            self.socket.setsockopt(socket.IPPROTO_IP, 11, 1)
        else:
            self.socket = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        # Room for all replies at once: the peer's thread may be late, and then in a hurry. (SO_RCVBUFFORCE, whose
        # number Python does not name.)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)
        self.request = message(ECHO_REQUEST[version], identifier, sequence)
        self.answered: set[str] = set()

    def ask(self, network: str) -> None:
        for address in ipaddress.ip_network(network):
            self.send(str(address))
            while select.select([self.socket], [], [], 0)[0]:
                self.take()
        while select.select([self.socket], [], [], LAST_WAIT_S)[0]:
            self.take()

    def send(self, address: str) -> None:
        while True:
            try:
                self.socket.sendto(self.request, (address, 0))
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                time.sleep(0.001)

    def take(self) -> None:
        data, (source, *_) = self.socket.recvfrom(2048)
        # The kernel verifies ICMPv6 checksums for raw sockets, and takes IPv4's header for us to look at.
        if self.version == 4:
            if checksum(data[:20]) != 0:
                sys.exit(f"{source}: wrong IP header checksum")
            data = data[20:]
            if checksum(data) != 0:
                sys.exit(f"{source}: wrong ICMP checksum")
        kind, code, _, identifier, sequence = struct.unpack("!BBHHH", data[:8])
        if kind != ECHO_REPLY[self.version]:
            return
        if (code, identifier, sequence, data[8:]) != (0, self.identifier, self.sequence, PAYLOAD):
            sys.exit(f"{source}: a reply to something else: {data.hex()}")
        if source in self.answered:
            sys.exit(f"{source}: answered twice")
        self.answered.add(source)


def main() -> None:
    identifier, sequence, network = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    asker = Asker(ipaddress.ip_network(network).version, identifier, sequence)
    asker.ask(network)
    print("\n".join(sorted(asker.answered)))


if __name__ == "__main__":
    main()
