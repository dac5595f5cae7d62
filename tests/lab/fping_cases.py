"""The command lines that fping and our `fping` link both run, for test_fping_diff.py.

Whole words of a line that stand in WORDS are replaced; all else is as one types it after `fping`. The lines that
differ on purpose are in this table like all others: fping_differences.py says which they are, and why.
"""

import shlex
from dataclasses import dataclass

WORDS = {
    "A": "198.19.1.1", "B": "198.19.1.2", "LONG": "198.19.1.101",  # alive
    "S": "198.19.2.1", "T": "198.19.2.2",                          # silent
    "U": "198.19.3.1", "P": "198.19.4.1",                          # the router says: unreachable, prohibited
    "A6": "fd00:e5:19:1::1", "S6": "fd00:e5:19:2::1", "U6": "fd00:e5:19:3::1", "P6": "fd00:e5:19:4::1",
    "EPERM": "198.19.64.1", "EINVAL": "198.19.65.1", "EACCES": "198.19.66.1", "EHOSTUNREACH": "198.19.67.1",
    "ENETUNREACH": "198.19.68.1", "EACCES6": "fd00:e5:19:42::1", "BROADCAST": "240.1.255.255",
    # In the `tun` namespace, as fping_peer.toml has them.
    "TWICE": "198.18.0.1", "TWICE2": "198.18.0.2", "OTHER": "198.18.1.1", "OTHER-TWICE": "198.18.2.1",
    "SLOW": "198.18.3.1", "CUT": "198.18.4.1", "ERRORS": "198.18.6.1",
    "ERRORS6": "fd00:e5:6::1", "ANSWER-AND-ERROR": "198.18.7.1", "NOBODY": "198.18.99.1",
    # They answer the second probe that they get: each stands in one case only.
    "SECOND": "198.18.5.1", "SECOND2": "198.18.5.2", "SECOND3": "198.18.5.3",
}

FILES = {
    "two": "127.0.0.1\n127.0.0.2\n",
    "empty": "",
    "comments": "# first\n\n   \n127.0.0.1 # one\n127.0.0.2#two\n;three\n\t127.0.0.3 four five\n#six",
    "long": "x" * 200 + "\n127.0.0.1\n",
}


@dataclass(frozen=True)
class Case:
    line: str
    role: str = "scanner"
    stdin: str = ""
    # Seconds after the start, signal; one or more.
    signals: tuple[tuple[float, str], ...] = ()

    def __str__(self) -> str:
        kills = "".join(f" + {signal}" for _, signal in self.signals)
        return f"fping {self.line}{kills}" + (f" < {self.stdin!r}" if self.stdin else "")

    @property
    def words(self) -> list[str]:
        return [WORDS.get(word, word) for word in shlex.split(self.line)]


def cases(lines: str, **more) -> list[Case]:
    return [Case(line.strip(), **more) for line in lines.splitlines() if line.strip()]


# One probe and little patience, so that the silent hosts do not take the suite's time.
PLAIN = cases("""
    A
    A6
    A B A6
    A A
    S
    S6
    -r 0 -t 200 A S U P A6 S6
    -r 1 -t 150 S T B
    -r 2 -t 50 -B 2 -s S
    -r 2 -t 50 -B 1 -s S
    -r 1 -t 150 -i 60 S A T
    -i 0 A
    -i 0.5 A
    -t 1.5 S
    -t 0 A
    -p 0 A
    -p 1e2 A
    -B 1e0 A
    -r 100 A
    -T 5 A
    -R A
    -a -r 0 -t 200 A S U B
    -u -r 0 -t 200 A S U B
    -q -r 0 -t 200 A S U
    -q A B
    -a -q -r 0 -t 200 A S
    -u -q -r 0 -t 200 A S
    -Q 1 -r 0 -t 200 A S U
    -e -r 0 -t 200 A S A6
    -a -e A A6
    -u -e -r 0 -t 200 A S
    -D -r 0 -t 200 A S
    -o A
    -N A
    -s -r 0 -t 200 A S U
    -s -q A
    -s -a -r 0 -t 200 A S
    -s -u -r 0 -t 200 A S
    -x 1 -r 0 -t 200 A S
    -x 2 -r 0 -t 200 A S
    -x 1 -q -r 0 -t 200 A S
    -x 1 -a -r 0 -t 200 A S
    -x 1 -u -r 0 -t 200 A S
    -x 1 -e A
    -x 1 -s -r 0 -t 200 A S
    -x 1 -r 0 -t 200 U
    -r 0 -t 200 -H 1 A
    -r 0 -t 200 -q -H 1 A
    -H 2 A A6
    -r 0 -t 200 -s -H 1 A B
    -O 16 A A6
    -O 0x10 A
    -O 010 A
    -b 0 A
    -b 1400 A A6
    -b 4000 A A6
    -M A
    -M -b 2000 A
    -S 127.0.0.2 127.0.0.1
    -S ::1 127.0.0.1
    -I up0 A
    -I lo -r 0 -t 100 A
    -I '' A
""")

# Nothing leaves for these: what the kernel says, once, and no retry.
UNSENT = cases("""
    EPERM
    EINVAL A
    A EACCES B
    EHOSTUNREACH
    ENETUNREACH
    EACCES6
    BROADCAST
    -q EACCES
    -a EACCES A
    -u EACCES A
    -s EACCES
    -x 1 EACCES
    -e EACCES
    -c 2 -p 150 EACCES
    -c 2 -p 150 -q EACCES A
    -c 2 -p 150 -s EACCES A
    -c 2 -p 150 -o EACCES
    -C 2 -p 150 -q A EACCES
    -c 2 -p 150 -M -b 2000 A
""")

NAMES = cases("""
    alive.lab.example
    -A alive.lab.example
    -n alive.lab.example
    -d alive.lab.example
    -n A
    -d A
    -n -A A
    -A -d A
    -A -n alive.lab.example
    -n LONG
    -d LONG
    -A -n LONG
    -A LONG
    localhost
    -4 localhost
    -6 localhost
    -A localhost
    many.lab.example
    -m many.lab.example
    -m -A many.lab.example
    -4 -m -A many.lab.example
    -6 -m -A many.lab.example
    -m -d many.lab.example
    -m -A -d many.lab.example
    -m A
    -r 0 -t 200 unreachable.lab.example U
    -r 0 -t 200 -A unreachable.lab.example
    -r 0 -t 200 -n U
    127.1 2130706433 0x7f000001
    nosuch.example
    nosuch.example A
    A nosuch.example S -r 0 -t 200
    -q nosuch.example A
    -a nosuch.example A
    -u nosuch.example A
    -s nosuch.example A
    -s nosuch.example
    -x 1 nosuch.example
    -x 1 nosuch.example A
    -c 1 -p 150 nosuch.example A
    -c 1 -q nosuch.example A
    -C 1 -q nosuch.example
    -4 A6
    -6 A
    -4 alive6.lab.example
    127.0.0.1/24
    127.0.0.256
    fd00::zz
    fe80::1%nosuch
    ''
    '127.0.0.1 127.0.0.2'
    -
    -- A
    A -e
""")

SOURCES = [
    *cases("-f two\n-f empty\n-f comments\n-f nosuch\n-f .\n-f two A\n-f '' A\n-f long\n-c 1 -p 150 -f two"),
    *cases("-f -\n-c 1 -p 150\n-C 1 -q -p 150 -f -\n-f - A\n-q", stdin="127.0.0.1\n\n# no\n 127.0.0.2 two\n"),
    *cases("-a", stdin="127.0.0.1"),
    *cases("-f -\n-c 2", stdin=""),
    *cases("-s", stdin="nosuch.example\n127.0.0.1\n"),
    *cases("""
        -g 127.0.0.0/29
        -g 127.0.0.5/30
        -g 127.0.0.0/31
        -g 127.0.0.9/32
        -g 127.1/30
        -g 127.0.0.254 127.0.1.1
        -g 127.0.0.1 127.0.0.1
        -g 127.0.0.3 127.0.0.1
        -a -g 127.0.0.0/28
        -u -r 0 -t 200 -g 198.19.2.0/29
        -q -r 0 -t 200 -s -g 198.19.2.0/29
        -c 1 -p 150 -g 127.0.0.0/30
        -g
        -g A
        -g A B LONG
        -g 127.0.0.0/33
        -g 127.0.0.0/abc
        -g 127.0.0.0/
        -g 127.0.0.0/-1
        -g 127.0.0.0/30x
        -g nosuch.example/30
        -g localhost 127.0.0.3
        -g 127.0.0.1 nosuch.example
        -g 127.0.0.0/30 127.0.0.9
        -q -i 0 -g 127.0.0.1 127.3.0.1
        -g 127.0.0.1 ::1
        -g ::1 127.0.0.1
        -g fd00:e5:19:1::/126
        -g fd00:e5:19:1::1 fd00:e5:19:1::3
        -g fd00:e5:19:1::/64
        -g -6 127.0.0.0/30
        -g -f two 127.0.0.0/30
        -g -f two
    """),
]

OPTIONS = cases("""
    -h
    --help
    -h A
    -v
    --version
    -v -h
    -q -v A
    -c abc -h
    --nosuch
    -Z A
    -c
    --count
    --quiet=1 A
    --cou=2 A
    -4 -6 A
    -6 -4 A
    -4 -4 A
    -n -d A
    -d -n A
    -a -u A
    -a -u -c 1 A
    -c 1 -l A
    -l -C 1 A
    --count=1 --loop A
    -b 65488 127.0.0.1
    -b 65489 127.0.0.1
    -b 65507 127.0.0.1
    -b 65508 127.0.0.1
    -B 0.9 A
    -B 5.1 A
    -B 5 A
    -B -1 A
    -H 256 A
    -H 255 A
    -H -1 A
    -S nosuch A
    -S '' A
    -S 192.0.2.1 A
    -S 192.0.2.1 -c 1 -q A
    -I nosuch0 A
    --ipv4 --alive --elapsed A
    --quiet --stats A
    --size=100 --retry 0 --timeout=200 --interval=5 --backoff=1.5 --ttl=9 --tos=0 --random A
    -qs A
    -r0 -t200 -ai5 A S
""")

# What a number may not be; for each option that takes one.
BAD_NUMBERS = cases("\n".join(
    f"{option} {value} A"
    for option, values in {
        "-c": ("abc", "''", "0", "1x", "1.5", "1e3", "-1"), "-C": ("abc", "''", "0", "1x"),
        "-r": ("abc", "''", "1x", "1.5", "-1"), "-b": ("abc", "''", "1x", "-1"),
        # The empty word too is no number; here fping 5.1 takes what its stack holds.
        "-p": ("abc", "-1", "1x"), "-i": ("abc", "-1", "1x"), "-t": ("abc", "-1", "1x"), "-Q": ("abc", "-1", "1x"),
        "-B": ("abc", "''", "1x"), "-H": ("abc", "''", "0", "1x"),
        "-O": ("abc", "''", "256", "1x"), "-x": ("abc", "''", "0", "1x", "-1"),
    }.items() for value in values))

# Gaps of 60 ms between the targets and of 200 between the rounds: the order of the lines is certain.
COUNT = cases("""
    -c 1 A
    -c 2 -p 250 -i 60 A S
    -c 2 -p 250 -i 60 S A
    -c 2 -p 250 -i 60 A S A6 S6
    -c 3 -p 200 A LONG A6
    -c 2 -p 250 -i 60 -q A S
    -c 1 -q A
    -c 2 -p 200 A A
    -c 2 -p 250 -i 60 U P A
    -c 2 -p 250 -i 60 -q U A
    -c 1 -p 200 -H 1 A
    -c 3 -p 200 -t 600 -i 60 A S
    -c 3 -p 250 -t 60 -i 120 A S
    -c 2 -p 1000 -t 100 S
    -c 2 -p 200 -r 5 -B 3 S
    -c 2 -p 10 -i 150 A B
    -c 2 -p 250 -i 60 -o A S
    -c 2 -p 250 -i 60 -s A S
    -c 2 -p 250 -i 60 -q -o -s A S
    -c 2 -p 250 -i 60 -D A S
    -c 2 -p 250 -i 60 -e A S
    -c 2 -p 200 -b 1000 -R A A6
    -c 1 -p 200 -b 0 A
    -c 1 -p 200 -b 3 A
    -c 1 -p 200 -b 4000 A A6
    -c 2 -p 200 -n A
    -c 2 -p 200 -A alive.lab.example 127.0.0.1
    -c 2 -p 200 -A -d alive.lab.example LONG
    -c 1 -p 200 -m -A many.lab.example
    -c 2 -p 200 -M -O 16 A
    -c 1 -c 2 -p 200 A
    -c 3 -C 1 -p 200 A
    -C 1 -c 2 -p 200 A
    --count=2 --period=200 A
    -qc2 -p200 A
    -C 2 -p 250 -i 60 A S
    -C 3 -p 200 -q A S LONG
    -C 3 -p 200 -q -o -s A S
    -C 2 -p 250 -i 60 U
    -C 2 -p 250 -q U
    -c 2 -p 250 -i 60 -a A S
    -c 2 -p 250 -i 60 -u A S
    -c 1 -p 250 -i 60 -x 1 A S
    -c 1 -p 250 -i 60 -x 1 -q A S
    -c 1 -p 250 -x 2 -q -s A S
    -Q 1 -c 3 -p 400 A S
    -Q 1 -c 4 -p 400 -o A S
    -Q 1 -C 4 -p 400 A S
    -Q 1 -C 4 -p 400 -q -s A S
    -Q 0.7 -c 5 -p 300 A
    -Q 1 -c 2 -p 150 A
    -Q 0 -c 1 -p 150 A
    -Q 2 -Q 1 -c 3 -p 600 A
    -Q 1 -c 4 -p 400 -D A
    -Q 1,cumulative -c 5 -p 420 A S
    -Q 1,nonsense -c 4 -p 400 A
    -N -c 2 -p 150 A
    -N -Q 1 -c 4 -p 400 A S
    -N -A -Q 1 -c 4 -p 400 alive.lab.example A6
    -N -Q 0.7 -c 4 -p 300 alive.lab.example
""")

# Signals come in the middle between two events: nothing is due 250 ms before and after.
SIGNALS = [
    *cases("""
        -l -p 600 -i 60 A S
        -l -p 600 -i 60 -q A S
        -l -p 600 -a A
        -l -p 600 -D A
        -l -p 600 -o -s -i 60 A S
        -l -p 600 -x 1 -i 60 A S
        -l -p 600 -n A
        -N -l -p 600 A
        -c 9 -p 600 -i 60 A S
        -c 9 -p 600 -q -i 60 A S
        -C 9 -p 600 -i 60 A S
        -C 9 -p 600 -q -t 2000 -i 60 A S
        -C 9 -p 600 -q -i 60 A S
        A S
        -q -s A S
        -u A S T
        -x 2 A S
    """, signals=((0.93, "INT"),)),
    *cases("-l -p 600 U A\n-l -p 600 -q EACCES A", signals=((0.93, "INT"),)),
    *cases("""
        -l -Q 1 -p 600 -i 60 A S
        -l -Q 1 -p 600 -D -o -s A
        -N -l -Q 1 -p 600 -i 60 A S
    """, signals=((1.55, "INT"),)),
    *cases("""
        -l -p 600 -i 60 A S
        -l -p 600 -q -i 60 A S
        -c 3 -p 600 -q -i 60 A S
        -C 3 -p 600 -q -i 60 A S
        -r 2 A S
        -u -r 2 A S
    """, signals=((0.93, "QUIT"), (0.6, "INT"))),
    *cases("-c 4 -p 600 -i 60 A S", signals=((0.93, "QUIT"),)),
    *cases("-l -p 600 A\n-c 9 -p 600 -q A", signals=((0.93, "TERM"),)),
]

# A silent host comes last, so that what is late or twofold comes before the end.
ODD_REPLIES = cases("""
    -r 0 -t 250 TWICE NOBODY
    -r 0 -t 250 -a TWICE NOBODY
    -r 0 -t 250 -u TWICE NOBODY
    -r 0 -t 250 -q TWICE NOBODY
    -r 0 -t 250 -s TWICE NOBODY
    -r 0 -t 250 -A TWICE TWICE2 NOBODY
    -c 2 -p 250 -i 60 TWICE NOBODY
    -c 2 -p 250 -q TWICE NOBODY
    -C 2 -p 250 -q TWICE NOBODY
    -c 2 -p 250 -q -s TWICE NOBODY
    -r 0 -t 250 OTHER
    -r 0 -t 250 -e OTHER NOBODY
    -r 0 -t 250 -a OTHER
    -q OTHER
    -c 2 -p 200 OTHER
    -c 2 -p 200 -q OTHER
    -r 0 -t 250 OTHER-TWICE NOBODY
    -r 0 -t 100 SLOW
    -r 1 -t 150 -s SLOW NOBODY
    -r 1 -t 200 -B 3 SLOW
    -c 3 -p 200 SLOW
    -c 3 -p 200 -q -s SLOW
    -c 2 -p 150 -t 900 SLOW
    -c 2 -p 200 CUT
    -c 4 -p 200 SECOND
    -C 4 -p 200 -q SECOND2
    -r 1 -t 150 -s SECOND3
    -r 0 -t 200 ERRORS
    -r 0 -t 200 -q -s ERRORS
    -c 1 -p 200 ERRORS
    -c 1 -p 200 -q ERRORS
    -r 0 -t 200 -s ERRORS6
    -r 0 -t 200 ANSWER-AND-ERROR NOBODY
""", role="tun")

# Debian's fping is older than these: ours alone does them.
NEWER = cases("""
    -r 0 -t 200 U6 P6
    -r 0 -t 200 -s U6
    -r 0 -t 200 -q U6
    -c 1 -p 200 U6
    -r 0 -t 200 -H 1 A6
    -X 1 -t 900 A S
    -X 2 -r 0 -t 200 A S
    -X 1 -a -t 900 A S
    -X 0 A
    --fast-reachable=1 -q A
    --print-ttl A A6
    --print-tos --print-ttl -e A
    --print-ttl -a -e A
    --print-ttl --print-tos -c 1 -p 200 -i 60 A S
    -D --timestamp-format=iso -c 1 -p 200 -i 60 A S
    -D --timestamp-format=ctime -c 1 -p 200 A
    -D --timestamp-format=rfc3339 -c 1 -p 200 A
    --timestamp-format=iso -c 1 -p 200 A
    --timestamp-format=nosuch A
    --icmp-timestamp A
    --icmp-timestamp -a A
    --icmp-timestamp -c 1 -p 200 A
    -6 --icmp-timestamp A6
    --icmp-timestamp -b 20 A
    -J A
    -J -c 2 -p 250 -i 60 A S
    -J -c 1 -p 200 -q -s A
    -J -C 2 -p 250 -q A S
    -J -c 1 -p 200 -o -q S
    -J -c 1 -p 200 --print-ttl --print-tos A
    -J -D -c 1 -p 200 A
    -J -Q 1 -c 3 -p 600 A
    -J -c 1 -p 200 -q nosuch.example A
""")

CASES = [*PLAIN, *UNSENT, *NAMES, *SOURCES, *OPTIONS, *BAD_NUMBERS, *COUNT, *SIGNALS, *ODD_REPLIES, *NEWER]
