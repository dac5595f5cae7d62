"""A chain of routers with links of different MTUs, each a namespace, with no way out.

    client -- r1 -- r2 -- r3 -- r4 -- r5 -- target        links 0 to 5

Link N is 198.18.N.0/24 and fd00:e5:N::/64, with .1 (::1) on the side of the client and .2 (::2) on the other; the target
also has all of 198.19.0.0/16 and fd00:e5:99::/64. Nothing limits how many ICMP errors are sent. To the client, the far
side of link 3 is known as r4.lab.example; there is no DNS: resolv.conf names 127.0.0.1, where nothing listens.
"""

import shutil
import subprocess
from pathlib import Path

from namespaces import ROUTER_SETTINGS, Namespaces

ROUTERS = ("r1", "r2", "r3", "r4", "r5")
NAMES = ("client", *ROUTERS, "target")
# Every error that says that a packet is too big, and for a mute router every other one as well.
TOO_BIG = ("icmp type destination-unreachable icmp code frag-needed drop", "icmpv6 type packet-too-big drop")
ALL_ERRORS = ("icmp type { destination-unreachable, time-exceeded } drop",
              "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded } drop")


class Chain(Namespaces):
    def __init__(self, prefix: str, mtus: list[int]) -> None:
        super().__init__(prefix, NAMES)
        self.mtus = mtus
        self.has_v6 = min(mtus) >= 1280

    def etc(self) -> Path:
        """What `ip netns exec` mounts over /etc for the client."""
        return Path("/etc/netns") / self.ns("client")

    def __exit__(self, *_) -> None:
        super().__exit__()
        shutil.rmtree(self.etc(), ignore_errors=True)

    def make(self) -> None:
        self.etc().mkdir(parents=True)
        (self.etc() / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        (self.etc() / "hosts").write_text("127.0.0.1 localhost\n198.18.3.2 r4.lab.example\nfd00:e5:3::2 r4.lab.example\n"
                                          "198.19.0.9 far.lab.example\n")
        for name in NAMES:
            self.add(name, ROUTER_SETTINGS)
        for number, (near, far) in enumerate(zip(NAMES, NAMES[1:])):
            subprocess.run(["ip", "link", "add", "out", "netns", self.ns(near), "type", "veth", "peer", "name", "in",
                            "netns", self.ns(far)], check=True)
            self.attach(near, "out", number, 1)
            self.attach(far, "in", number, 2)
        for number, name in enumerate(NAMES):
            self.route(number, name)

    def attach(self, name: str, device: str, number: int, side: int) -> None:
        lines = [f"link set {device} mtu {self.mtus[number]} up", f"addr add 198.18.{number}.{side}/24 dev {device}"]
        if self.has_v6:
            lines.append(f"addr add fd00:e5:{number}::{side}/64 dev {device} nodad")
        self.ip(name, lines)

    def route(self, number: int, name: str) -> None:
        lines = []
        families = ["4", "6"] if self.has_v6 else ["4"]
        for family in families:
            def link(n: int) -> str:
                return f"198.18.{n}.0/24" if family == "4" else f"fd00:e5:{n}::/64"

            def hop(n: int, side: int) -> str:
                return f"198.18.{n}.{side}" if family == "4" else f"fd00:e5:{n}::{side}"
            everywhere = "default" if family == "4" else "::/0"
            if name == "target":
                own = "198.19.0.0/16" if family == "4" else "fd00:e5:99::/64"
                lines += [f"route add local {own} dev lo", f"route add unreachable {everywhere}"]
            else:
                lines.append(f"route add {everywhere} via {hop(number, 2)}")
            lines += [f"route add {link(n)} via {hop(number - 1, 1)}" for n in range(number - 1)]
        self.ip(name, lines)

    def drop(self, name: str, rules: tuple[str, ...]) -> "Dropped":
        """While it lasts, the router sends none of these."""
        return Dropped(self, name, rules)


class Dropped:
    def __init__(self, chain: Chain, name: str, rules: tuple[str, ...]) -> None:
        self.chain, self.name, self.rules = chain, name, rules

    def __enter__(self) -> None:
        text = "table inet dropped {\n chain output {\n  type filter hook output priority 0\n  " + "\n  ".join(
            self.rules) + "\n }\n}\n"
        self.chain.run(self.name, "nft", "-f", "-", input=text)

    def __exit__(self, *_) -> None:
        self.chain.run(self.name, "nft", "delete", "table", "inet", "dropped")
