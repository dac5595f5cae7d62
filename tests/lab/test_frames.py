"""Every frame that a frame back end counts as left comes out at the other end once, and without privileges."""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
from pathlib import Path

import pytest

COUNT = 200_000
# What a peer that takes tens of microseconds a frame is sent.
FEW = 20_000
SIOCETHTOOL = 0x8946
ETHTOOL_STSO, ETHTOOL_SGRO = 0x1F, 0x2C


def ethtool(device: str, what: int, value: int) -> None:
    """Runs in the namespace: what `ethtool -K` does."""
    data = ctypes.create_string_buffer(struct.pack("II", what, value))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCETHTOOL, struct.pack("16sP", device.encode(), ctypes.addressof(data)))


class Wire:
    """A veth pair between two namespaces of its own, which nothing else sends on."""

    def __init__(self, prefix: str, probe: Path) -> None:
        self.here, self.there = prefix + "frames-a", prefix + "frames-b"
        self.probe = probe

    def __enter__(self) -> "Wire":
        try:
            self.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def make(self) -> None:
        for name in (self.here, self.there):
            self.run("ip", "netns", "add", name)
            for which in ("all", "default"):
                self.inside(name, "sh", "-c", f"echo 1 >/proc/sys/net/ipv6/conf/{which}/disable_ipv6")
        self.run("ip", "link", "add", "fr0", "netns", self.here, "type", "veth", "peer", "name", "fr1",
                 "netns", self.there, "address", "02:e5:00:00:09:02")
        self.run("ip", "-n", self.here, "link", "set", "fr0", "up")
        self.run("ip", "-n", self.there, "link", "set", "fr1", "up")

    def __exit__(self, *_) -> None:
        for name in (self.here, self.there):
            subprocess.run(["ip", "netns", "del", name], check=False)

    @staticmethod
    def run(*command: str, **kwargs) -> str:
        return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, timeout=60, **kwargs).stdout

    def inside(self, name: str, *command: str, **kwargs) -> str:
        return self.run("ip", "netns", "exec", name, *command, **kwargs)

    def put_queue(self) -> None:
        self.inside(self.here, "tc", "qdisc", "replace", "dev", "fr0", "root", "pfifo", "limit", "1000")

    def slow_down(self) -> None:
        """The peer takes frames in a thread of its own, tens of microseconds each, so that its ring fills."""
        script = "import sys; sys.path.insert(0, sys.argv[1]); import test_frames; "
        folder = str(Path(__file__).parent)
        self.inside(self.here, "/usr/bin/python3", "-Bc", script + f"test_frames.ethtool('fr0', {ETHTOOL_STSO}, 0)", folder)
        self.inside(self.there, "/usr/bin/python3", "-Bc", script + f"test_frames.ethtool('fr1', {ETHTOOL_SGRO}, 1)", folder)
        self.inside(self.there, "sh", "-c", "echo 1 >/sys/class/net/fr1/threaded")
        rules = "\n".join(f"ether type {0x9000 + i:#x} counter" for i in range(1000))
        self.inside(self.there, "nft", "-f", "-", input=
                    'table netdev slow {\n chain in {\n type filter hook ingress device "fr1" priority 0;\n'
                    f"{rules}\n }}\n}}\n")

    def dropped(self) -> int:
        return int(self.inside(self.here, "cat", "/sys/class/net/fr0/statistics/tx_dropped"))

    def send(self, back_end: str, count: int) -> tuple[dict[str, str], dict[str, str]]:
        """What the sender says, and the listener."""
        with subprocess.Popen(["ip", "netns", "exec", self.there, str(self.probe), "hear", "fr1", str(count), "2"],
                              stdout=subprocess.PIPE, text=True) as listener:
            try:
                assert listener.stdout.readline() == "ready\n"
                sent = self.inside(self.here, str(self.probe), "send", back_end, "fr0", str(count))
                heard = listener.communicate(timeout=60)[0]
            finally:
                listener.kill()
        return tuple(dict(word.split("=") for word in text.split()) for text in (sent, heard))


@pytest.fixture(name="wire")
def new_wire(lab):
    probe = lab.binary.parent / "tests" / "lab" / "frame_probe"
    if not os.access(probe, os.X_OK):
        pytest.fail(f"there is no {probe} (build it)", pytrace=False)
    with Wire(lab.prefix, probe) as wire:
        yield wire


def expect_each_once(sent: dict[str, str], heard: dict[str, str], count: int) -> None:
    assert (sent["left"], sent["waiting"], sent["error"]) == (str(count), "0", "none"), sent
    assert heard == {"distinct": str(count), "again": "0", "strange": "0", "dropped": "0"}, sent


@pytest.mark.parametrize("queue", [False, True], ids=["no queue", "pfifo"])
@pytest.mark.parametrize("back_end", ["packet", "xdp"])
def test_each_frame_once(wire, back_end, queue):
    if queue:
        wire.put_queue()
    sent, heard = wire.send(back_end, COUNT)
    expect_each_once(sent, heard, COUNT)


@pytest.mark.parametrize("queue", [False, True], ids=["no queue", "pfifo"])
@pytest.mark.parametrize("back_end", ["packet", "xdp"])
def test_each_frame_once_to_a_slow_peer(wire, back_end, queue):
    wire.slow_down()
    if queue:
        wire.put_queue()
    sent, heard = wire.send(back_end, FEW)
    expect_each_once(sent, heard, FEW)
    assert int(sent["full"]) > 0, "the peer was not slow"
    if queue:
        assert wire.dropped() == 0, "the queue's back pressure was not heard"


@pytest.mark.parametrize("back_end", ["packet", "xdp"])
def test_an_interface_that_is_down_gets_nothing(wire, back_end):
    wire.run("ip", "-n", wire.here, "link", "set", "fr0", "down")
    done = subprocess.run(["ip", "netns", "exec", wire.here, str(wire.probe), "send", back_end, "fr0", "10"],
                          text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1, done
    assert " error=ENETDOWN " in " " + done.stdout and "left=0 " in done.stdout, done
