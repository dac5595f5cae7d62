"""Command lines that Debian's ping and ours are given side by side, in the lab's scanner namespace and in front of the TUN
peer; and where ours prints otherwise on purpose."""

import re

ALIVE, SILENT, UNREACHABLE, PROHIBITED = "198.19.1.1", "198.19.2.1", "198.19.3.1", "198.19.4.1"
ALIVE6, SILENT6, UNREACHABLE6, PROHIBITED6 = (f"fd00:e5:19:{net}::1" for net in (1, 2, 3, 4))

CASES = {
    "alive": f"-c 2 -i 0.2 {ALIVE}",
    "alive6": f"-c 2 -i 0.2 {ALIVE6}",
    "name": "-c 1 alive.lab.example",
    "name6": "-c 1 alive6.lab.example",
    "name-numeric": "-n -c 1 alive.lab.example",
    "old-form": "-c 1 127.1",
    "zero": "-c 1 0",
    "loopback": "-c 1 127.0.0.1",
    "loopback6": "-c 1 ::1",
    "silent": f"-c 1 -W 0.3 {SILENT}",
    "silent6": f"-c 1 -W 0.3 {SILENT6}",
    "outstanding": f"-O -c 3 -i 0.2 -W 0.3 {SILENT}",
    "unreachable": f"-c 2 -i 0.2 {UNREACHABLE}",
    "unreachable6": f"-c 2 -i 0.2 {UNREACHABLE6}",
    "prohibited": f"-c 1 {PROHIBITED}",
    "prohibited6": f"-c 1 {PROHIBITED6}",
    "ttl-exceeded": f"-c 1 -t 1 {ALIVE}",
    "hop-limit-exceeded": f"-c 1 -t 1 {ALIVE6}",
    "too-big": f"-c 1 -M do -s 2000 {ALIVE}",
    "too-big6": f"-c 1 -M do -s 2000 {ALIVE6}",
    "in-fragments": f"-c 1 -s 4000 {ALIVE}",
    "in-fragments6": f"-c 1 -s 4000 {ALIVE6}",
    "never-fragment": f"-c 1 -M do -s 1472 {ALIVE}",
    "longest": f"-c 1 -s 65507 {ALIVE}",
    "quiet": f"-q -c 2 -i 0.2 {ALIVE}",
    "quiet-unreachable": f"-q -c 1 {UNREACHABLE}",
    "time": f"-D -c 1 {ALIVE}",
    "time-unanswered": f"-D -O -c 2 -i 0.4 -W 0.3 {SILENT}",
    "interface": f"-c 1 -I up0 {ALIVE}",
    "interface6": f"-c 1 -I up0 {ALIVE6}",
    "interface-other": f"-c 1 -I lo -W 0.3 {ALIVE}",
    "source": f"-c 1 -I 198.19.0.1 {ALIVE}",
    "source6": f"-c 1 -I fd00:e5::1:1 {ALIVE6}",
    "sticky": f"-B -c 1 {ALIVE}",
    "preload": f"-l 3 -c 3 {ALIVE}",
    "preload-silent": f"-l 3 -c 3 -W 0.3 {SILENT}",
    "deadline": f"-w 1 -i 0.4 {ALIVE}",
    "deadline-silent": f"-w 1 -i 0.4 {SILENT}",
    "deadline-error": f"-w 5 {UNREACHABLE}",
    "deadline-count": f"-w 5 -c 2 -i 0.2 {ALIVE}",
    "deadline-too-few": f"-w 1 -c 9 -i 0.4 {SILENT}",
    "record-route": f"-R -c 2 -i 0.2 {ALIVE}",
    "timestamps": f"-T tsonly -c 1 {ALIVE}",
    "timestamps-of-whom": f"-T tsandaddr -c 1 {ALIVE}",
    "timestamps-of-one": f"-T tsprespec -c 1 198.19.0.2 {ALIVE}",
    "pattern": f"-p ff00 -c 1 {ALIVE}",
    "pattern-odd": f"-p a1b2c -c 1 {ALIVE}",
    "pattern-quiet": f"-q -p ff -c 1 {ALIVE}",
    "audible": f"-a -c 1 {ALIVE}",
    "flood": f"-f -c 20 {ALIVE}",
    "flood-quiet": f"-f -q -c 50 {ALIVE6}",
    "flood-silent": f"-f -w 1 -q {SILENT}",
    "flood-unreachable": f"-f -c 3 {UNREACHABLE}",
    "flow-label": f"-F 0x12345 -c 1 {ALIVE6}",
    "tos": f"-Q 0x20 -c 1 {ALIVE}",
    "mark": f"-m 7 -c 1 {ALIVE}",
    "identifier": f"-v -e 4711 -c 1 {ALIVE}",
    "no-loop": "-L -c 1 -W 0.3 -I up0 224.0.0.77",
    "debug": f"-d -c 1 {ALIVE}",
    "no-routing": "-r -c 1 198.19.0.2",
    "no-routing-far": f"-r -c 1 {ALIVE}",
    "may-fragment": f"-M dont -c 1 -s 2000 {ALIVE}",
    "want": f"-M want -c 1 -s 2000 {ALIVE}",
    "want6": f"-M want -c 1 -s 2000 {ALIVE6}",
    "send-buffer": f"-S 20000 -c 1 {ALIVE}",
    "data-of-15": f"-s 15 -c 1 {ALIVE}",
    "data-of-0": f"-s 0 -c 1 {ALIVE6}",
    "node-help": "-N help",
    "connected": f"-C -c 1 {ALIVE}",
    "user-time": f"-U -c 1 {ALIVE}",
    "data-of-16": f"-s 16 -c 1 {ALIVE}",
    "blackhole": "-c 1 198.19.65.1",
    "prohibit-route": "-c 1 198.19.66.1",
    "unreachable-route": "-c 1 198.19.67.1",
    "no-route": "-c 1 198.19.68.1",
    "no-route6": "-c 1 fd00:e5:19:44::1",
    "broadcast-refused": "-c 1 198.19.0.3",
    "broadcast": "-b -c 1 -W 0.3 198.19.0.3",
    "multicast6": "-c 1 ff02::1%up0",
    "link-local": "-c 1 fe80::e5:ff:fe00:102",
    "link-local-own": "-c 1 fe80::e5:ff:fe00:101",
    "all-nodes": "-c 1 ff02::1",
    "too-big-with-options": f"-c 1 -M do -s 1472 -R {ALIVE}",
    "flood-outstanding": f"-f -O -c 3 -W 0.3 {SILENT}",
    "not-permitted": "-c 1 -W 0.3 198.19.64.1",
    "nobody-on-the-link": "-c 1 -W 5 240.1.128.7",
    "nobody-on-the-link6": "-c 1 -W 5 fd00:e5:0:a::77",
    "adaptive": f"-A -q -c 20 {ALIVE}",
    "adaptive-silent": f"-A -q -c 2 -W 0.3 {SILENT}",
    # Mistakes.
    "nobody": "",
    "count-zero": "-c 0 h",
    "count-word": "-c abc h",
    "count-rubbish": "-c 5x h",
    "count-missing": "-c",
    "interval-long": "-i 1e10 h",
    "linger-long": "-W 1e10 h",
    "deadline-negative": "-w -1 h",
    "ttl-high": "-t 256 h",
    "size-negative": "-s -1 h",
    "preload-zero": "-l 0 h",
    "preload-high": "-l 65537 h",
    "tos-high": "-Q 256 h",
    "tos-word": "-Q abc h",
    "mark-negative": "-m -1 h",
    "path-mtu-word": "-M foo h",
    "both-families": "-4 -6 h",
    "wrong-family": "-4 ::1",
    "wrong-family6": "-6 127.0.0.1",
    "unknown-option": "-x h",
    "pattern-word": "-p xyz h",
    "interface-unknown": "-I nope 127.0.0.1",
    "interface-unknown6": "-I nope ::1",
    "source-foreign": "-I 192.0.2.1 127.0.0.1",
    "source-foreign6": "-I 2001:db8::1 ::1",
    "source-broken": "-I a:b ::1",
    "label-word": "-F abc ::1",
    "label-high": "-F 0x1fffff ::1",
    "timestamp-word": "-T foo h",
    "route-and-timestamps": "-R -T tsonly h",
    "name-unknown": "-c 1 nosuch.example",
    "name-octets": "-c 1 256.1.1.1",
    "sndbuf-zero": "-S 0 h",
}

# In front of the TUN peer. `HOST` is an address of the family that nobody else asks.
PEER_CASES = {
    "duplicate": ("-c 2 -i 0.2 HOST", {"copies": 2}),
    "truncated": ("-c 1 HOST", {"cut": 20}),
    "wrong-data": ("-c 1 HOST", {"change": [20, 33]}),
    "different-address": ("-c 1 HOST", {"reply_from": "next"}),
    "bad-checksum": ("-c 1 -W 0.3 HOST", {"answer": False, "garbage": ["bad-checksum"]}),
    "low-ttl": ("-c 1 HOST", {"ttl": 3}),
    "too-big-on-the-way": ("-c 2 -i 0.3 -M do -s 1400 HOST",
                           {"answer": False, "error": {"type": 3, "code": 4, "word": 1300}}),
    "net-unreachable": ("-c 1 HOST", {"answer": False, "error": {"type": 3, "code": 0, "quote": "8"}}),
    "parameter-problem": ("-c 1 HOST",
                          {"answer": False, "error": {"type": 12, "code": 0, "word": 0x14000000}}),
    "time-exceeded-reassembly": ("-c 1 -W 0.3 HOST", {"answer": False, "error": {"type": 11, "code": 1}}),
}


def masked(text: str) -> str:
    """Without what differs from run to run."""
    text = re.sub(r"time=[\d.]+ ms", "time=T ms", text)
    text = re.sub(r"flow 0x\w+", "flow LABEL", text)
    text = re.sub(r", time \d+ms", ", time Tms", text)
    text = re.sub(r"= [\d.]+/[\d.]+/[\d.]+/[\d.]+ ms", "= T/T/T/T ms", text)
    text = re.sub(r"ipg/ewma [\d.]+/[\d.]+ ms", "ipg/ewma T/T ms", text)
    text = re.sub(r"^\[\d{10}\.\d{6}\]", "[TIME]", text, flags=re.M)
    text = re.sub(r"\t\d+ absolute", "\tT absolute", text)
    return re.sub(r"^(\t[\d.]*\t?)-?\d{1,3}$", r"\1T", text, flags=re.M)


def usage_cut(text: str) -> str:
    """Of the whole list of options, which ping prints after some mistakes, ours shows where it is."""
    return re.sub(r"\n\nUsage\n.*", "\nping: see 'ping -h'\n", text, flags=re.S)


def first_line6(text: str) -> str:
    """IPv6's first line as newer versions of ping have it: with a blank, and the address alone in the parentheses."""
    text = re.sub(r"^PING (\S+?)\((\S+)\) (from|, flow|\d)", r"PING \1 (\2) \3", text, flags=re.M)
    return re.sub(r"^PING (\S+?)\(\S+ \((\S+)\)\) (from|, flow|\d)", r"PING \1 (\2) \3", text, flags=re.M)


# Name → (why, what the texts and exit code of ping become).
DIFFERENCES = {
    **{name: ("mistakes in the command line are 2, as all trouble, and never 1, which says that nobody answered",
              lambda out, err, code: (out, err, 2 if code == 1 else code))
       for name in ("nobody", "count-zero", "count-word", "count-rubbish", "deadline-negative", "ttl-high",
                    "size-negative", "preload-zero", "preload-high", "mark-negative", "sndbuf-zero")},
    **{name: ("ours knows when a request left where its data has no room for the time",
              lambda out, err, code: (re.sub(r"(ttl=63)$", r"\1 time=T ms", out, flags=re.M)[:-1]
                                      + "rtt min/avg/max/mdev = T/T/T/T ms\n", err, code))
       for name in ("data-of-15", "data-of-0")},
    **{name: ("ours says why the first request did not leave; theirs is silent until the second",
              lambda out, err, code, why=why: (out, f"ping: sendmsg: {why}\n", code))
       for name, why in (("no-routing-far", "Network is unreachable"), ("not-permitted", "Operation not permitted"))},
    **{name: ("ours says by which link it asks where nobody chose one",
              lambda out, err, code: (re.sub(r"^(PING \S+ \(\S+)\)", r"\1%up0)", out), err, code))
       for name in ("link-local", "link-local-own", "all-nodes")},
    "node-help": ("the words alone, with ours among them, and their values in capitals as everywhere",
                  lambda out, err, code: (
                      "-N asks a node for its names or addresses, about a subject:\n" + "".join(
                          line.replace("=addr", "=ADDRESS").replace("=name", "=NAME") + "\n"
                          for line in out.replace("  name\n", "  name\n  fqdn\n", 1).splitlines()
                          if line.startswith("  ") and line != "  help"), err, code)),
    "identifier": ("-v says nothing of the program's own descriptors and of the resolver",
                   lambda out, err, code: (re.sub(r"^ai->.*\n", "", out, flags=re.M),
                                           re.sub(r"^ping: sock4.*\n\n?", "", err, flags=re.M), code)),
}

# Name → what is left to chance: how many requests leave within a time; how many had left when an answer came, which
# ping first looks for after the last of its preload.
CHANCES = {"flood-silent": r"^\d+ packets", "adaptive-silent": r"^\d+ packets",
           **dict.fromkeys(("preload", "flood", "flood-quiet", "adaptive"), r", pipe \d+")}


def without_chances(name, out):
    return re.sub(CHANCES[name], "", out, flags=re.M) if name in CHANCES else out


STATISTICS = "\n--- HOST ping statistics ---\n"
# In front of the peer. Name → (why, what ours prints on standard output, its exit code).
PEER_DIFFERENCES = {
    "bad-checksum": (
        "Debian's build believes replies whose checksum is wrong; its own texts say otherwise",
        "PING HOST (HOST) 56(84) bytes of data.\n"
        "64 bytes from HOST: icmp_seq=1 ttl=64 time=T ms (BAD CHECKSUM!)\n" + STATISTICS +
        "1 packets transmitted, 0 received, +1 corrupted, 100% packet loss, time Tms\n\n", 1),
    "time-exceeded-reassembly": (
        "the kernel does not hand this one on to sockets that ask for errors; ours reads the packets",
        "PING HOST (HOST) 56(84) bytes of data.\n"
        "From HOST icmp_seq=1 Frag reassembly time exceeded\n" + STATISTICS +
        "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms\n\n", 1),
}
