"""Tells when echo requests came to each of some addresses, by the kernel's clock, as JSON: {address: [ns, ...]}.

  arrivals.py DEVICE COUNT SECONDS ADDRESS...

Prints an empty line when it listens. It ends when so many have come to each of them, or after so many seconds."""

import json
import socket
import struct
import sys
import time

ETH_P_IP = 0x0800
ECHO_REQUEST = 8
# Not in Python's socket module.
SO_TIMESTAMPNS = 35


def main() -> None:
    device, count, seconds, addresses = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
    end = time.monotonic() + seconds
    came: dict[bytes, list[int]] = {socket.inet_aton(address): [] for address in addresses}
    # Without the link header, so that the first byte is the IP header's.
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP)) as heard:
        heard.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        heard.bind((device, ETH_P_IP))
        print(flush=True)
        while any(len(times) < count for times in came.values()) and (left := end - time.monotonic()) > 0:
            heard.settimeout(left)
            try:
                packet, notes, _, sender = heard.recvmsg(128, 128)
            except TimeoutError:
                break
            times = came.get(packet[16:20])
            is_request = packet[9:10] == b"\x01" and packet[20:21] == bytes([ECHO_REQUEST])
            if times is None or not is_request or sender[2] == socket.PACKET_OUTGOING:
                continue
            times += [s * 10**9 + ns for level, kind, data in notes if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS)
                      for s, ns in [struct.unpack("@ll", data)]]
    print(json.dumps({socket.inet_ntoa(address): times for address, times in came.items()}))


if __name__ == "__main__":
    main()
