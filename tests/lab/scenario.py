"""Scenario files: how the TUN peer behaves, the scan to run against it, and what must come of that.

```toml
description = "one line for people"
[peer]
limit = [{ rate = 1500, burst = 100 }, { rate = 4000, burst = 100, after = 8 }]  # packets a second that pass, of
                              # all probes; each from so many seconds after the first probe on; default: all pass

[[peer.rule]]                 # the first rule that fits a probe decides; no rule: silence
prefix = "198.18.0.0/24"      # or a list
attempts = [1]                # only for the n-th probe that the target gets; default: each
above = 1300                  # only for probes whose IP packet is larger than that
answer = true                 # a true echo reply (default)
loss = 0.2                    # share of probes that are lost; which, is a hash of seed, target and attempt
loss_by_pass = 0.2            # likewise by seed, target and pass, which the payload tells: who asks again in the same pass
                              # hears as much as the first time
delay = 300                   # ms, for all that is sent; jitter = 50 adds 0..50 ms
copies = 3                    # of the reply
shuffle = 16                  # hold replies back until there are 16, then let them go in any order
reply_from = "198.18.9.9"     # or "next": the address after the target
cut = 4                       # bytes of payload that are left
change = [0, 17]              # payload bytes that come back changed; or "all"
ttl = 64
tos = 0
options = "94040000"          # IPv4 options of the reply, hexadecimal
forge = ["identifier"]        # sent besides: "identifier" (wrong), "tag" (right identifier, wrong sequence and
                              # payload), "replay" (the last target's reply from this target)
garbage = ["truncated"]       # sent besides: "truncated", "random", "short-quote", "bad-checksum",
                              # "bad-ip-checksum"
[[peer.rule.error]]           # ICMP errors, sent besides
type = 3
code = 1                      # or a list: one message for each
quote = "8"                   # "8", "28", "full", "short-N"
alter = ["ttl"]               # source, ttl, checksum, length, icmp-checksum, options; and what makes it another
                              # packet's: destination, identifier, sequence
from = "198.19.0.2"           # default: the target
word = 1400                   # bytes 4-7 of the message
[run]
args = ["-r", "0", "198.18.0.0/24"]
[expect]
exit = 0
alive = ["198.18.0.0/24"]     # likewise unreachable, silent, unsent: exactly these; absent: none
rtt = true                    # each alive target has a round trip time (false: none has)
counts = { extra = 0, late = { min = 1 } }      # fields of the accounting, exact or with min and max
from = { "198.18.0.0/24" = "198.18.9.9" }       # the record's `from`; "next" as above
reasons = { "198.18.0.0/24" = "host-unreachable" }
stderr = ["[<- 198.18.9.9]"]  # text that must be there; likewise stdout
ttl = 64                      # the TTL in each alive target's record
probe = { ttl = 7 }           # how every probe looks: ttl, tos, dont_fragment, payload (its length)
peer = { retries_before_last_first = { min = 1 } }   # fields of the peer's own count, exact or min and max
```
"""

import ipaddress
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RULE_KEYS = {"prefix", "attempts", "above", "answer", "loss", "loss_by_pass", "delay", "jitter", "copies", "shuffle", "reply_from", "cut",
             "change", "ttl", "tos", "options", "forge", "garbage", "error"}
LIMIT_KEYS = {"rate", "burst", "after"}
ERROR_KEYS = {"type", "code", "quote", "alter", "from", "word"}
EXPECT_KEYS = {"exit", "alive", "unreachable", "silent", "unsent", "rtt", "counts", "from", "reasons", "stderr", "stdout",
               "ttl", "probe", "peer"}
STATES = ("alive", "unreachable", "silent", "unsent")


def _check_keys(table: dict, known: set[str], where: str) -> None:
    unknown = set(table) - known
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(sorted(unknown))}")


def _as_list(value: Any) -> list:
    return value if isinstance(value, list) else [value]


@dataclass
class ErrorMessage:
    icmp_type: int
    codes: list[int]
    quote: str = "full"
    alter: list[str] = field(default_factory=list)
    source: bytes | None = None
    word: int = 0


@dataclass
class Rule:
    networks: list
    attempts: list[int] | None = None
    above: int = 0
    answer: bool = True
    loss: float = 0.0
    loss_by_pass: float = 0.0
    delay: float = 0.0   # seconds
    jitter: float = 0.0  # seconds
    copies: int = 1
    shuffle: int = 1
    reply_from: bytes | str | None = None
    cut: int | None = None
    change: list[int] | str | None = None
    ttl: int = 64
    tos: int = 0
    options: bytes = b""
    forge: list[str] = field(default_factory=list)
    garbage: list[str] = field(default_factory=list)
    errors: list[ErrorMessage] = field(default_factory=list)


def _read_rule(table: dict, where: str) -> Rule:
    _check_keys(table, RULE_KEYS, where)
    errors = []
    for error in table.get("error", []):
        _check_keys(error, ERROR_KEYS, f"{where}: error")
        source = error.get("from")
        errors.append(ErrorMessage(error["type"], _as_list(error.get("code", 0)), error.get("quote", "full"),
                                   error.get("alter", []),
                                   ipaddress.ip_address(source).packed if source else None,
                                   error.get("word", 0)))
    reply_from = table.get("reply_from")
    if reply_from not in (None, "next"):
        reply_from = ipaddress.ip_address(reply_from).packed
    return Rule(networks=[ipaddress.ip_network(p) for p in _as_list(table["prefix"])],
                attempts=table.get("attempts"), above=table.get("above", 0), answer=table.get("answer", True), loss=table.get("loss", 0.0),
                loss_by_pass=table.get("loss_by_pass", 0.0),
                delay=table.get("delay", 0) / 1000, jitter=table.get("jitter", 0) / 1000,
                copies=table.get("copies", 1), shuffle=table.get("shuffle", 1), reply_from=reply_from,
                cut=table.get("cut"), change=table.get("change"), ttl=table.get("ttl", 64),
                tos=table.get("tos", 0), options=bytes.fromhex(table.get("options", "")),
                forge=table.get("forge", []), garbage=table.get("garbage", []), errors=errors)


@dataclass
class Limit:
    rate: float
    burst: float
    after: float = 0.0  # seconds


def _read_limit(table: dict, where: str) -> Limit:
    _check_keys(table, LIMIT_KEYS, where)
    return Limit(**table)


@dataclass
class Scenario:
    name: str
    description: str
    seed: int
    rules: list[Rule]
    args: list[str]
    expect: dict[str, Any]
    limits: list[Limit] = field(default_factory=list)


def load(path: Path) -> Scenario:
    """Reads a scenario file; a key that means nothing is an error, not a wish."""
    with open(path, "rb") as file:
        data = tomllib.load(file)
    where = Path(path).name
    _check_keys(data, {"description", "peer", "run", "expect"}, where)
    peer = data.get("peer", {})
    _check_keys(peer, {"seed", "rule", "limit"}, f"{where}: peer")
    rules = [_read_rule(rule, f"{where}: rule {i}") for i, rule in enumerate(peer.get("rule", []), 1)]
    _check_keys(data["run"], {"args"}, f"{where}: run")
    _check_keys(data["expect"], EXPECT_KEYS, f"{where}: expect")
    return Scenario(Path(path).stem, data["description"], peer.get("seed", 1), rules, data["run"]["args"],
                    data["expect"], [_read_limit(limit, f"{where}: limit") for limit in peer.get("limit", [])])
