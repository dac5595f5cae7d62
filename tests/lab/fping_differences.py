"""Where our `fping` link differs from Debian's fping 5.1 on purpose: the case, what ours prints, and why.

Texts are as test_fping_diff.masked() leaves them. A difference that is none fails, so this list stays true.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    why: str
    out: str = ""
    err: str = ""
    code: int = 0


def alive(*hosts: str) -> str:
    return "".join(f"{host} is alive\n" for host in hosts)


def unreachable(*hosts: str) -> str:
    return "".join(f"{host} is unreachable\n" for host in hosts)


def block(*, targets: int, alive: int, timeouts: int, sent: int, received: int, other: int, rtt: str = "T") -> str:
    """What -s prints."""
    return ("\n" + "".join(f" {number:7} {what}\n" for number, what in (
        (targets, "targets"), (alive, "alive"), (targets - alive, "unreachable"), (0, "unknown addresses"))) + "\n"
        + "".join(f" {number:7} {what}\n" for number, what in (
            (timeouts, "timeouts (waiting for response)"), (sent, "ICMP Echos sent"),
            (received, "ICMP Echo Replies received"), (other, "other ICMP received"))) + "\n"
        + "".join(f" {rtt} ms ({what} round trip time)\n" for what in ("min", "avg", "max"))
        + " T sec (elapsed real time)\n\n")


A, S, U6, P6 = "198.19.1.1", "198.19.2.1", "fd00:e5:19:3::1", "fd00:e5:19:4::1"
A6 = "fd00:e5:19:1::1"
USAGE = "<usage>\n"
REPLY = f"{A} : [0], 64 bytes, T ms (T avg, 0% loss)\n"
SUMMARY = f"{A} : xmt/rcv/%loss = 1/1/0%, min/avg/max = T/T/T\n"

PROGRESS = " <progress>\n"

DIFFERENCES: dict[str, Difference] = {}


def differ(why: str, lines: str, out: str = "", err: str = "", code: int = 0) -> None:
    """The same for each of the lines."""
    for line in lines.strip().splitlines():
        assert line.strip() not in DIFFERENCES, line
        DIFFERENCES[line.strip()] = Difference(why, out, err, code)


differ("a number is the whole word, and not negative, since 5.5", """
    fping -c 1x A
    fping -c 1.5 A
    fping -c 1e3 A
    fping -c -1 A
    fping -C 1x A
    fping -r '' A
    fping -b '' A
    fping -O '' A
    fping -r 1x A
    fping -r 1.5 A
    fping -r -1 A
    fping -b 1x A
    fping -b -1 A
    fping -p 1x A
    fping -i 1x A
    fping -t 1x A
    fping -Q 1x A
    fping -B 1x A
    fping -B -1 A
    fping -H 1x A
    fping -H -1 A
    fping -O 256 A
    fping -O 1x A
    fping -x 1x A
    fping -x -1 A
    fping -g 127.0.0.0/abc
    fping -g 127.0.0.0/
    fping -g 127.0.0.0/-1
    fping -g 127.0.0.0/30x
    """, err=USAGE, code=1)

differ("65,507 bytes fit into a packet, since 5.3", """
    fping -b 65489 127.0.0.1
    fping -b 65507 127.0.0.1
    """, out=alive("127.0.0.1"))
differ("65,507 bytes fit into a packet, since 5.3", "fping -b 65508 127.0.0.1",
       err="fping: data size 65508 not valid, must not be larger than 65507\n", code=1)
differ("spelled right since 5.5", "fping -I nosuch0 A",
       err="binding to specific interface (SO_BINDTODEVICE): No such device\n", code=1)
differ("names in files may have 255 bytes, since 5.5", "fping -f long",
       out=alive("127.0.0.1"), err="x" * 200 + ": Name or service not known\n", code=2)

# -g
G6 = ["fd00:e5:19:1::", "fd00:e5:19:1::1", "fd00:e5:19:1::2", "fd00:e5:19:1::3"]
differ("-6 is about the network that -g names, since 5.3", "fping -g -6 127.0.0.0/30",
       err="fping, can't parse address 127.0.0.0: Address family for hostname not supported\n", code=1)
differ("-g takes IPv6 since 5.5", "fping -g fd00:e5:19:1::/126", out=alive(*G6))
differ("-g takes IPv6 since 5.5", "fping -g fd00:e5:19:1::1 fd00:e5:19:1::3", out=alive(*G6[1:]))
differ("-g takes IPv6 since 5.5", "fping -g fd00:e5:19:1::/64",
       err="fping: netmask must be between 65 and 128 (is: 64)\n", code=1)
differ("-g takes IPv6 since 5.5", "fping -g 127.0.0.1 ::1",
       err="fping: can't parse address ::1: Address family for hostname not supported\n", code=1)
differ("-g takes IPv6 since 5.5", "fping -g ::1 127.0.0.1",
       err="fping: can't parse address 127.0.0.1: Address family for hostname not supported\n", code=1)

# -a, -u and -x leave the lines of the count modes alone.
COUNTED = f"""{A} : [0], 64 bytes, T ms (T avg, 0% loss)
{A} : [1], 64 bytes, T ms (T avg, 0% loss)
{S} : [0], timed out (NaN avg, 100% loss)
{S} : [1], timed out (NaN avg, 100% loss)
"""
differ("-c overrides -a and -u, since 5.2", """
    fping -c 2 -p 250 -i 60 -a A S
    fping -c 2 -p 250 -i 60 -u A S
    """, out=COUNTED, code=1, err=f"""
{A} : xmt/rcv/%loss = 2/2/0%, min/avg/max = T/T/T
{S} : xmt/rcv/%loss = 2/0/100%
""")
differ("-x leaves -c's lines alone, since 5.2", "fping -c 1 -p 250 -i 60 -x 1 A S",
       out=f"{REPLY}{S} : [0], timed out (NaN avg, 100% loss)\n"
           "Enough hosts reachable (required: 1, reachable: 1)\n",
       err=f"\n{SUMMARY}{S} : xmt/rcv/%loss = 1/0/100%\n")

# ICMPv6
ROUTER6, TOLD = "fd00:e5::1:2", "for ICMPv6 Echo Request sent to"
differ("errors of ICMPv6 are told since 5.5", "fping -r 0 -t 200 -s U6", out=unreachable(U6), code=1,
       err=f"ICMPv6 Destination Unreachable (Address unreachable) from {ROUTER6} {TOLD} {U6}\n"
           + block(targets=1, alive=0, timeouts=1, sent=1, received=0, other=1, rtt="0.000"))
differ("errors of ICMPv6 are told since 5.5", "fping -r 0 -t 200 U6 P6", out=unreachable(U6, P6), code=1,
       err=f"ICMPv6 Destination Unreachable (Address unreachable) from {ROUTER6} {TOLD} {U6}\n"
           "ICMPv6 Destination Unreachable (Communication with destination administratively prohibited) "
           f"from {ROUTER6} {TOLD} {P6}\n")
differ("errors of ICMPv6 are told since 5.5", "fping -c 1 -p 200 U6", code=1,
       out=f"{U6} : [0], timed out (NaN avg, 100% loss)\n",
       err=f"ICMPv6 Destination Unreachable (Address unreachable) from {ROUTER6} {TOLD} {U6}\n"
           f"\n{U6} : xmt/rcv/%loss = 1/0/100%\n")
differ("errors of ICMPv6 are told since 5.5", "fping -r 0 -t 200 -H 1 A6", out=unreachable(A6), code=1,
       err=f"ICMPv6 Time Exceeded (Hop limit exceeded in transit) from {ROUTER6} {TOLD} {A6}\n")
TOLD6 = f"{TOLD} fd00:e5:6::1"
differ("errors of ICMPv6 are told since 5.5", "fping -r 0 -t 200 -s ERRORS6", out=unreachable("fd00:e5:6::1"), code=1,
       err="".join(f"ICMPv6 Destination Unreachable ({reason}) from fd00:e5:9::9 {TOLD6}\n" for reason in (
           "No route to destination", "Communication with destination administratively prohibited",
           "Beyond scope of source address", "Address unreachable", "Port unreachable",
           "Source address failed ingress/egress policy", "Reject route to destination",
           "Error in Source Routing Header"))
           + f"ICMPv6 Packet Too Big from fd00:e5:6::1 {TOLD6}\n"
           f"ICMPv6 Time Exceeded (Hop limit exceeded in transit) from fd00:e5:6::1 {TOLD6}\n"
           f"ICMPv6 Parameter Problem (Unrecognized Next Header type encountered) from fd00:e5:6::1 {TOLD6}\n"
           + block(targets=1, alive=0, timeouts=1, sent=1, received=0, other=11, rtt="0.000"))

# Duplicates with -c and -q
DUPLICATES = """198.18.0.1  : xmt/rcv/%loss = 2/2/0%, min/avg/max = T/T/T
198.18.99.1 : xmt/rcv/%loss = 2/0/100%
"""
differ("-q keeps duplicates quiet too in the count modes, since 5.5", "fping -c 2 -p 250 -q TWICE NOBODY",
       err=DUPLICATES, code=1)
differ("-q keeps duplicates quiet too in the count modes, since 5.5", "fping -C 2 -p 250 -q TWICE NOBODY",
       err="198.18.0.1  : T T\n198.18.99.1 : - -\n", code=1)
differ("-q keeps duplicates quiet too in the count modes, since 5.5", "fping -c 2 -p 250 -q -s TWICE NOBODY",
       err=DUPLICATES + block(targets=2, alive=1, timeouts=2, sent=4, received=4, other=0), code=1)

# Netdata
NETDATA_CHARTS = (
    "CHART fping.{name}_packets '' 'FPing Packets' packets '{host}' fping.packets line 110020 {every}\n"
    "DIMENSION xmt sent absolute 1 1\nDIMENSION rcv received absolute 1 1\n",
    "CHART fping.{name}_quality '' 'FPing Quality' percentage '{host}' fping.quality area 110010 {every}\n"
    "DIMENSION returned '' absolute 1 1\n",
    "CHART fping.{name}_latency '' 'FPing Latency' ms '{host}' fping.latency area 110000 {every}\n"
    "DIMENSION min minimum absolute 1 1000000\nDIMENSION max maximum absolute 1 1000000\n"
    "DIMENSION avg average absolute 1 1000000\n")


def netdata(host: str, sent: int, received: int, every: int, name: str = "") -> str:
    """The first report about a host."""
    name = name or "".join(c if c.isalnum() else "_" for c in host)
    packets, quality, latency = (chart.format(name=name, host=host, every=every) for chart in NETDATA_CHARTS)
    times = "SET min = T\nSET avg = T\nSET max = T\n" if received else ""
    return (f"{packets}BEGIN fping.{name}_packets\nSET xmt = {sent}\nSET rcv = {received}\nEND\n"
            f"{quality}BEGIN fping.{name}_quality\nSET returned = {received * 100 // sent}\nEND\n"
            f"{latency}BEGIN fping.{name}_latency\n{times}END\n")


differ("netdata's titles name no host since 5.2", "fping -N -Q 1 -c 4 -p 400 A S", code=1,
       out=netdata(A, 3, 3, 1) + netdata(S, 2, 0, 1),
       err=f"{A} : xmt/rcv/%loss = 4/4/0%, min/avg/max = T/T/T\n{S} : xmt/rcv/%loss = 4/0/100%\n")
differ("netdata's titles name no host since 5.2", "fping -N -A -Q 1 -c 4 -p 400 alive.lab.example A6",
       out=netdata(A, 3, 3, 1, "alive_lab_example") + netdata(A6, 3, 3, 1),
       err=f"{A}      : xmt/rcv/%loss = 4/4/0%, min/avg/max = T/T/T\n"
           f"{A6} : xmt/rcv/%loss = 4/4/0%, min/avg/max = T/T/T\n")
differ("netdata's titles name no host since 5.2", "fping -N -Q 0.7 -c 4 -p 300 alive.lab.example",
       out=netdata("alive.lab.example", 3, 3, 1),
       err="alive.lab.example : xmt/rcv/%loss = 4/4/0%, min/avg/max = T/T/T\n")
differ("netdata's titles name no host since 5.2", "fping -N -l -Q 1 -p 600 -i 60 A S + INT", code=1,
       out=netdata(A, 2, 2, 1) + netdata(S, 1, 0, 1),
       err=f"{A} : xmt/rcv/%loss = 3/3/0%, min/avg/max = T/T/T\n{S} : xmt/rcv/%loss = 2/0/100%\n")

differ("reports since the start, since 5.3", "fping -Q 1,cumulative -c 5 -p 420 A S", code=1,
       err=f"[CLOCK]\n{A} : xmt/rcv/%loss = 3/3/0%, min/avg/max = T/T/T\n{S} : xmt/rcv/%loss = 2/0/100%\n"
           f"[CLOCK]\n{A} : xmt/rcv/%loss = 5/5/0%, min/avg/max = T/T/T\n{S} : xmt/rcv/%loss = 4/0/100%\n"
           f"{A} : xmt/rcv/%loss = 5/5/0%, min/avg/max = T/T/T\n{S} : xmt/rcv/%loss = 5/0/100%\n")

# A sweep that is ended says what it found.
differ("SIGTERM ends it like SIGINT does, where fping says nothing", "fping -l -p 600 A + TERM", code=143,
       out=f"{REPLY}{A} : [1], 64 bytes, T ms (T avg, 0% loss)\n",
       err=f"\n{A} : xmt/rcv/%loss = 2/2/0%, min/avg/max = T/T/T\n")
differ("SIGTERM ends it like SIGINT does, where fping says nothing", "fping -c 9 -p 600 -q A + TERM", code=143,
       err=f"{A} : xmt/rcv/%loss = 2/2/0%, min/avg/max = T/T/T\n")

# A reply that comes late counts, and says so.
SLOW, LATE = "198.18.3.1", "counts as the answer of its probe, however late it is, while the run goes on"
differ(f"a reply {LATE}", "fping -t 0 A", out=alive(A))
differ(f"a reply {LATE}", "fping -r 1 -t 150 -s SLOW NOBODY", code=1,
       out=alive(SLOW) + unreachable("198.18.99.1"),
       err=block(targets=2, alive=1, timeouts=3, sent=4, received=1, other=0))
differ(f"a reply {LATE}", "fping -c 3 -p 200 SLOW",
       out=f"""{SLOW} : [0], timed out (NaN avg, 100% loss)
{SLOW} : [0], 64 bytes, T ms (T avg, 0% loss) (late)
{SLOW} : [1], timed out (T avg, 50% loss)
{SLOW} : [1], 64 bytes, T ms (T avg, 0% loss) (late)
{SLOW} : [2], timed out (T avg, 33% loss)
""", err=f"\n{SLOW} : xmt/rcv/%loss = 3/2/33%, min/avg/max = T/T/T\n")
differ(f"a reply {LATE}", "fping -c 3 -p 200 -q -s SLOW",
       err=f"{SLOW} : xmt/rcv/%loss = 3/2/33%, min/avg/max = T/T/T\n"
           + block(targets=1, alive=1, timeouts=3, sent=3, received=2, other=0))

# The order of a name's addresses is RFC 6724's: IPv4 comes before unique local addresses (fd00::/8).
MANY = ["198.19.1.11", "198.19.1.12", "fd00:e5:19:1::11"]
differ("a name's addresses are in RFC 6724's order", "fping -m -A many.lab.example", out=alive(*MANY))
differ("a name's addresses are in RFC 6724's order", "fping -m -A -d many.lab.example",
       out=alive(*(f"many.lab.example ({address})" for address in MANY)))
differ("a name's addresses are in RFC 6724's order", "fping -c 1 -p 200 -m -A many.lab.example",
       out="".join(f"{address:16} : [0], 64 bytes, T ms (T avg, 0% loss)\n" for address in MANY),
       err="\n" + "".join(f"{address:16} : xmt/rcv/%loss = 1/1/0%, min/avg/max = T/T/T\n" for address in MANY))

differ("-g has no largest network", "fping -q -i 0 -g 127.0.0.1 127.3.0.1")
differ("what is on its way when a signal comes counts as unanswered", "fping -q -s A S + INT", code=1,
       err=block(targets=2, alive=1, timeouts=2, sent=3, received=1, other=0))
differ("a loop says when sending begins to fail, and when it works again", "fping -l -p 600 -q EACCES A + INT", code=1,
       out=f"{A}  : [0], 64 bytes, T ms (T avg, 0% loss)\n{A}  : [1], 64 bytes, T ms (T avg, 0% loss)\n",
       err="fping: 198.19.66.1: error while sending ping: Permission denied (a prohibit route or a firewall stands in "
           "the way: see 'ip route get 198.19.66.1')\n"
           f"\n198.19.66.1 : xmt/rcv/%loss = 2/0/100%\n{A}  : xmt/rcv/%loss = 2/2/0%, min/avg/max = T/T/T\n")
differ("SIGQUIT says how far a sweep is, for it keeps no figures of single targets", "fping -r 2 A S + QUIT + INT",
       out=alive(A) + unreachable(S), err=PROGRESS, code=1)
differ("SIGQUIT says how far a sweep is, for it keeps no figures of single targets", "fping -u -r 2 A S + QUIT + INT",
       out=f"{S}\n", err=PROGRESS, code=1)

# Options that 5.1 does not have
ENOUGH = "Enough hosts reachable (required: 1, reachable: 1)\n"
differ("-X is of 5.2", "fping -X 1 -t 900 A S\nfping --fast-reachable=1 -q A", out=ENOUGH)
differ("-X is of 5.2", "fping -X 2 -r 0 -t 200 A S", code=1,
       out="Not enough hosts reachable (required: 2, reachable: 1)\n")
differ("-X is of 5.2", "fping -X 1 -a -t 900 A S", out=f"{A}\n{ENOUGH}")
differ("-X is of 5.2", "fping -X 0 A", err=USAGE, code=1)
differ("--print-ttl and --print-tos are of 5.3", "fping --print-ttl A A6",
       out=f"{A} is alive (TTL 63)\n{A6} is alive (TTL 63)\n")
differ("--print-ttl and --print-tos are of 5.3", "fping --print-tos --print-ttl -e A",
       out=f"{A} is alive (TOS 0) (TTL 63) (T ms)\n")
differ("--print-ttl and --print-tos are of 5.3", "fping --print-ttl -a -e A", out=f"{A} (TTL 63) (T ms)\n")
differ("--print-ttl and --print-tos are of 5.3", "fping --print-ttl --print-tos -c 1 -p 200 -i 60 A S", code=1,
       out=f"{A} : [0], 64 bytes, T ms (T avg, 0% loss) (TOS 0) (TTL 63)\n{S} : [0], timed out (NaN avg, 100% loss)\n",
       err=f"\n{SUMMARY}{S} : xmt/rcv/%loss = 1/0/100%\n")
differ("--timestamp-format is of 5.3", "fping -D --timestamp-format=iso -c 1 -p 200 -i 60 A S", code=1,
       out=f"[ISO] {REPLY}[ISO] {S} : [0], timed out (NaN avg, 100% loss)\n",
       err=f"\n{SUMMARY}{S} : xmt/rcv/%loss = 1/0/100%\n")
differ("--timestamp-format is of 5.3", "fping -D --timestamp-format=ctime -c 1 -p 200 A",
       out=f"[CTIME] {REPLY}", err=f"\n{SUMMARY}")
differ("--timestamp-format is of 5.3", "fping -D --timestamp-format=rfc3339 -c 1 -p 200 A",
       out=f"[RFC3339] {REPLY}", err=f"\n{SUMMARY}")
differ("--timestamp-format is of 5.3", "fping --timestamp-format=iso -c 1 -p 200 A", out=REPLY, err=f"\n{SUMMARY}")
differ("--timestamp-format is of 5.3", "fping --timestamp-format=nosuch A", err=USAGE, code=1)

TIMES = "timestamps: Originate=T Receive=T Transmit=T Localreceive=T"
differ("--icmp-timestamp is of 5.3", "fping --icmp-timestamp A", out=f"{A} is alive, {TIMES}\n")
differ("--icmp-timestamp is of 5.3", "fping --icmp-timestamp -a A", out=f"{A} {TIMES}\n")
differ("--icmp-timestamp is of 5.3", "fping --icmp-timestamp -c 1 -p 200 A",
       out=f"{A} : [0], 20 bytes, T ms (T avg, 0% loss), {TIMES}\n", err=f"\n{SUMMARY}")
differ("--icmp-timestamp is of 5.3", "fping -6 --icmp-timestamp A6", err="fping: ICMP Timestamp is IPv4 only\n", code=1)
differ("--icmp-timestamp is of 5.3", "fping --icmp-timestamp -b 20 A",
       err="fping: cannot change ICMP Timestamp size\n", code=1)

RESP = f'{{"resp": {{"host": "{A}", "seq": %d, "size": 64, "rtt": T}}}}\n'
TIMEOUT = f'{{"timeout": {{"host": "{S}", "seq": %d}}}}\n'
TIMES_J = '"rttMin": T, "rttAvg": T, "rttMax": T'
SUMMARY_J = f'{{"summary": {{"host": "{A}", "xmt": %d, "rcv": %d, "loss": 0, {TIMES_J}}}}}\n'
JSON = "-J is of 5.5"
differ(JSON, "fping -J A", err="fping: option -J, --json requires -c, -C, or -l\n", code=1)
differ(JSON, "fping -J -c 2 -p 250 -i 60 A S", code=1,
       out=RESP % 0 + RESP % 1 + TIMEOUT % 0 + TIMEOUT % 1 + SUMMARY_J % (2, 2)
           + f'{{"summary": {{"host": "{S}", "xmt": 2, "rcv": 0, "loss": 100}}}}\n')
differ(JSON, "fping -J -c 1 -p 200 -q -s A",
       out=SUMMARY_J % (1, 1) + '{"stats": {"targets": 1, "alive": 1, "unreachable": 0, "unknownAddresses": 0, '
           '"timeouts": 0, "icmpEchosSent": 1, "icmpEchoRepliesReceived": 1, "otherIcmpReceived": 0, '
           f'{TIMES_J}, "elapsed": T}}}}\n')
differ(JSON, "fping -J -C 2 -p 250 -q A S", code=1,
       out=f'{{"vSum": {{"host": "{A}", "values": [T, T]}}}}\n{{"vSum": {{"host": "{S}", "values": [null, null]}}}}\n')
differ(JSON, "fping -J -c 1 -p 200 -o -q S", code=1,
       out=f'{{"summary": {{"host": "{S}", "xmt": 1, "rcv": 0, "loss": 100, "outage(ms)": 200}}}}\n')
differ(JSON, "fping -J -c 1 -p 200 --print-ttl --print-tos A",
       out=RESP.replace("T}", 'T, "tos": 0, "ttl": 63}') % 0 + SUMMARY_J % (1, 1))
differ(JSON, "fping -J -D -c 1 -p 200 A",
       out=RESP.replace('{"host"', '{"timestamp": "TIME", "host"') % 0 + SUMMARY_J % (1, 1))
differ(JSON, "fping -J -Q 1 -c 3 -p 600 A",
       out=f'{{"intSum": {{"time": T,"host": "{A}", "xmt": 2, "rcv": 2, "loss": 0, {TIMES_J}}}}}\n'
           + SUMMARY_J % (3, 3))
differ(JSON, "fping -J -c 1 -p 200 -q nosuch.example A", code=2,
       out='{"warning": {"host": "nosuch.example", "message": "Temporary failure in name resolution"}}\n'
           + SUMMARY_J % (1, 1))
