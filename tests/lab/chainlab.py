"""A chain of routers for tests of paths: namespaces of their own, with no link to anywhere else.

  source - r1 - r2 - r3a - r4 - r5 - goal
                  \\_ r3b _/

Links are 198.19.1XX.0/30 and fd00:e5:1XX::/64, XX the link's number; the side nearer to the source has .1, the other
.2, so that a router answers a probe from .2 of the link that leads to the source.
"""

import subprocess
from pathlib import Path

from namespaces import ROUTER_SETTINGS, Namespaces

# Link number → (side nearer to the source, other side).
LINKS = {1: ("source", "r1"), 2: ("r1", "r2"), 3: ("r2", "r3a"), 4: ("r2", "r3b"), 5: ("r3a", "r4"), 6: ("r3b", "r4"),
         7: ("r4", "r5"), 8: ("r5", "goal")}
ROLES = ("source", "r1", "r2", "r3a", "r3b", "r4", "r5", "goal")
# By whom what lies further on is reached; r2's choice is r3a, unless its rules say r3b.
FORTH = {"source": 1, "r1": 2, "r2": 3, "r3a": 5, "r3b": 6, "r4": 7, "r5": 8}
BACK = {"r1": 1, "r2": 2, "r3a": 3, "r3b": 4, "r4": 5, "r5": 7, "goal": 8}
# Alive at the end; the flow decides between r3a and r3b, and r4 lets these probes' last TTL end in silence.
GOALS, GOALS6 = "198.18.0.0/17", "fd00:e5:180::/64"
# Alive on r5, by r3a alone, and nobody is silent.
PLAIN, PLAIN6 = "240.16.0.0/16", "fd00:e5:240::/112"
# What r5 says to these, by reject rules: the errors of unreachable routes are rate-limited whatever one sets.
REFUSED = {"198.18.201.0/24": "icmp type host-unreachable", "198.18.202.0/24": "icmp type admin-prohibited",
           "198.18.203.0/24": "icmp type net-unreachable", "198.18.204.0/24": "icmp type prot-unreachable",
           "fd00:e5:201::/64": "icmpv6 type addr-unreachable", "fd00:e5:202::/64": "icmpv6 type admin-prohibited",
           "fd00:e5:203::/64": "icmpv6 type no-route"}
BLACKHOLE = "198.18.210.0/24"
EVERYWHERE, EVERYWHERE6 = ("198.18.0.0/16", "240.16.0.0/16"), ("fd00:e5::/32",)
# The last link takes no more.
NARROW = 1400

# r2 chooses as routers do: by the first four bytes of the transport header, which for ICMP have the checksum.
SPREAD = f"""
table inet spread {{
  chain in {{
    type filter hook prerouting priority -150;
    ip daddr {GOALS} meta l4proto icmp @th,31,1 1 meta mark set 1
    ip daddr {GOALS} meta l4proto {{ tcp, udp }} @th,15,1 1 meta mark set 1
    ip6 daddr {GOALS6} meta l4proto ipv6-icmp @th,31,1 1 meta mark set 1
    ip6 daddr {GOALS6} meta l4proto {{ tcp, udp }} @th,15,1 1 meta mark set 1
  }}
}}
"""
SILENT = f"""
table inet silent {{
  chain in {{
    type filter hook prerouting priority -150;
    ip daddr {GOALS} ip ttl 1 drop
    ip6 daddr {GOALS6} ip6 hoplimit 1 drop
  }}
}}
"""
REFUSE = "table inet refuse {\nchain through { type filter hook forward priority 0;\n" + "".join(
    f"{'ip6' if ':' in net else 'ip'} daddr {net} reject with {how}\n" for net, how in REFUSED.items()) + "}\n}\n"


def router(link: int, family: int = 4) -> str:
    """Who answers at the far side of this link."""
    return f"198.19.{100 + link}.2" if family == 4 else f"fd00:e5:{100 + link}::2"


class Chain(Namespaces):
    def __init__(self, prefix: str, binary: Path) -> None:
        super().__init__(prefix, ROLES)
        self.binary = binary

    def make(self) -> None:
        for role in ROLES:
            self.add(role, ROUTER_SETTINGS)
        for number, (near, far) in LINKS.items():
            subprocess.run(["ip", "link", "add", f"v{number}", "netns", self.prefix + near, "address", f"02:e5:00:01:{number:02}:01",
                            "type", "veth", "peer", "name", f"v{number}", "netns", self.prefix + far, "address",
                            f"02:e5:00:01:{number:02}:02"], check=True)
            for role, own, other in ((near, 1, 2), (far, 2, 1)):
                mtu = f" mtu {NARROW}" if number == 8 else ""
                self.ip(role, [f"link set v{number} up{mtu}", f"addr add 198.19.{100 + number}.{own}/30 dev v{number}",
                               f"addr add fd00:e5:{100 + number}::{own}/64 dev v{number} nodad",
                               *(f"neigh replace {net}{other} lladdr 02:e5:00:01:{number:02}:{other:02} dev v{number} nud permanent"
                                 for net in (f"198.19.{100 + number}.", f"fd00:e5:{100 + number}::"))])
                self.run(role, "tc", "qdisc", "replace", "dev", f"v{number}", "root", "pfifo", "limit", "1000")
        self.make_routes()
        for role, rules in (("r2", SPREAD), ("r4", SILENT), ("r5", REFUSE)):
            self.run(role, "nft", "-f", "-", input=rules)

    def make_routes(self) -> None:
        for role, link in FORTH.items():
            self.ip(role, [f"route add {net} via 198.19.{100 + link}.2" for net in EVERYWHERE]
                    + [f"route add {net} via fd00:e5:{100 + link}::2" for net in EVERYWHERE6])
        for role, link in BACK.items():
            if link != 1:
                self.ip(role, [f"route add 198.19.101.0/30 via 198.19.{100 + link}.1",
                               f"route add fd00:e5:101::/64 via fd00:e5:{100 + link}::1"])
        for family, way in (("-4", "198.19.104.2"), ("-6", "fd00:e5:104::2")):
            self.ip("r2", ["rule add fwmark 1 lookup 100", f"route add default via {way} table 100"], family)
        self.ip("r5", [f"route add local {PLAIN} dev lo", f"route add local {PLAIN6} dev lo",
                       f"route add blackhole {BLACKHOLE}"])
        self.ip("goal", [f"route add local {GOALS} dev lo", f"route add local {GOALS6} dev lo"])
