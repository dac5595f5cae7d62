"""The examples of the manual pages, run as they stand there, with the lab's addresses in place of those of documentation.

A page's examples run one after another in one folder. Of each is known what its output has; an example without such a row,
and a row without an example, fail."""

import os
import re
import subprocess
import sys

import pytest

from labtools import HERE, TIME_LIMIT

sys.path.insert(0, str(HERE.parent))
import icmp_packets as p  # noqa: E402

MANUALS = HERE.parents[1] / "man"
# In the order in which they are replaced.
IN_THE_LAB = {
    "192.0.2.0/24": "198.19.1.0/24", "192.0.2.": "198.19.1.", "198.51.100.": "198.19.2.", "203.0.113.": "198.19.3.",
    "2001:db8:9::1": "fd00:e5:19:1::1", "2001:db8::": "fd00:e5:19:1::", "www.example.org": "alive.lab.example",
    "eth0": "up0",
    # What would take a minute, an hour, or no end.
    "-w 60": "-w 1", "timeout 3600": "timeout 3", "sudo ": "",
    "echosweep listen --type unreachable": "timeout -s INT 3 echosweep listen --type unreachable",
}
ALL_ALIVE = r"(198\.19\.1\.\d+\n){254}"

# Page → its examples: how each begins, and what its output has, as a regular expression; or a file, and what that has.
EXAMPLES = {
    "echosweep": [
        ("echosweep 192.0.2.0/24", r"198\.19\.1\.7 is alive\n"),
        ("echosweep -a --rate 1k", "alive.txt: 198.19.1.7"),
        ("echosweep -f networks.txt", r"198\.19\.3\.7 is unreachable\n"),
        ("echosweep -q --xml", "sweep.csv: 198.19.1.7"),
        ("nmap -sV", "given 256 targets\n"),
        ("echosweep -u --reason", r"(?!.*198\.19\.1\.7)"),
        ("echosweep -a -g 192.0.2.0/24", ALL_ALIVE),
        ("echosweep -a -g 192.0.2.1 ", ALL_ALIVE),
        ("echosweep -a -s --complete", r"(?s)(?=.* 256 alive).*missed: +about 0"),
        ("echosweep -q --shard", 'shard-3.json: "shard":{'),
        ("echosweep merge", "15 of 16|missing"),
        ("if [ -e run.ck ]", "run.json: 198.19.3.7"),
        ("echosweep -q -X 1", ""),
    ],
    "echosweep-diff": [
        ("echosweep diff yesterday", r"mailed: - 198\.19\.1\.7 "),
        ("echosweep -q --json - -f", r"(?m)^- 198\.19\.3\.1 unreachable"),
    ],
    "echosweep-listen": [
        ("echosweep listen --type unreachable", r"ICMP time exceeded in-transit, .*\n"),
        ("timeout 3600", "nd.pcap: "),
        ("echosweep listen -r", r'"label": *16001'),
        ("echosweep listen -v", r"(?s)length 1208\n    IPv4\n.*total length: 1228.*5 packets captured"),
    ],
    "echosweep-mtu": [
        ("echosweep mtu --json 192", r"198\.19\.1\.7 1400 198\.19\.0\.2\n"),
        ("echosweep mtu -v --max", r"fd00:e5:19:1::1.*1420"),
        ("echosweep mtu --json -f", ""),
    ],
    "echosweep-ping": [
        ("echosweep ping -q -c 10", r"(?s)(10 packets transmitted, 10 received.*){3}"),
        ("echosweep ping -c 3 -M do", r"(?s)(1480 bytes from 198\.19\.1\.1: .*){3}"),
        ("sudo echosweep ping -c 4 --type", r"(?s)( offset=[+-]?\d+ ms.*){4}"),
        ("echosweep ping -w 60 -j", r"\d+\.\d+\n"),
    ],
    "echosweep-report": [
        ("echosweep --json -", r"198\.19\.1\.192/26"),
        ("echosweep report --html", "page.html: 198.19.1."),
    ],
    "echosweep-trace": [
        ("echosweep trace -T -p 443", r" 2 +alive\.lab\.example \(198\.19\.1\.1\) "),
        ("echosweep trace --multipath", r" 2 +198\.19\.1\.1 "),
        ("echosweep trace --fast", r"198\.19\.1\.7\t198\.19\.0\.2\n"),
    ],
}


# Programs that would do more than a test wants, and what takes their place.
STAND_INS = {"mail": "sed 's/^/mailed: /'", "nmap": 'echo "given $(wc -l <"$3") targets"'}
# Passes the scanner's interfaces while something listens.
TRAFFIC = """
while :; do
  ping -n -c 1 -s 1200 198.19.1.1; ping -n -c 1 -t 1 198.19.1.1; ping -n -c 1 -W 0.2 198.19.3.1; sleep 0.1
done
"""
NARROW = ("198.19.1.4/30", "via", "198.19.0.6")


def examples_of(page: str) -> list[str]:
    """Its command lines; those behind a `$` show what others would have had to make first, and are left out."""
    section = re.search(r"^# EXAMPLES\n(.*?)^# ", (MANUALS / f"{page}.1.scd").read_text(), re.M | re.S)
    blocks = re.findall(r"^```\n(.*?)^```", section[1], re.M | re.S)
    examples = []
    for block in blocks:
        if block.startswith("if "):
            examples.append(block.strip())
        elif not block.startswith("$ "):
            examples += block.splitlines()
    return [example.replace("\\\\", "\\") for example in examples]


@pytest.fixture(scope="module")
def traffic(lab):
    """Also: a part of the network behind a narrow link."""
    lab.run_inside("router", "ip", "route", "add", *NARROW, "mtu", "1400")
    with subprocess.Popen(lab.inside("scanner", "bash", "-c", TRAFFIC), stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield
        process.kill()
    lab.run_inside("router", "ip", "route", "del", *NARROW)


@pytest.fixture
def folder(lab, tmp_path):
    """What examples find: programs, lists, and what was swept before."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "echosweep").symlink_to(lab.binary)
    for name, what in STAND_INS.items():
        (programs / name).write_text(f"#!/bin/sh\n{what}\n")
        (programs / name).chmod(0o755)
    (tmp_path / "networks.txt").write_text("198.19.1.0/28\n198.19.3.7\n")
    (tmp_path / "hosts").write_text("198.19.1.1\n198.19.1.5\n")
    (tmp_path / "known.txt").write_text("198.19.1.1\n198.19.3.1\n")
    (tmp_path / "trace.pcap").write_bytes(p.pcap(p.RAW, [p.SAME_AS_TCPDUMP["extension"]]))
    for name, networks in (("yesterday", ["198.19.1.0/29"]), ("today", ["198.19.1.0/30"]), ("all", ["198.19.1.0/28"])):
        subprocess.run(lab.inside("scanner", str(lab.binary), "-q", "--json", f"{name}.json", *networks), cwd=tmp_path,
                       check=True, timeout=TIME_LIMIT)
    return tmp_path


@pytest.mark.parametrize("page", EXAMPLES)
def test_examples_do_what_they_say(lab, traffic, folder, page):
    examples = examples_of(page)
    assert [line[:len(start)] for line, (start, _) in zip(examples, EXAMPLES[page], strict=True)] == [
        start for start, _ in EXAMPLES[page]]
    env = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "TZ": "UTC", "NO_COLOR": "1"}
    for line, (_, wanted) in zip(examples, EXAMPLES[page]):
        for theirs, here in IN_THE_LAB.items():
            line = line.replace(theirs, here)
        done = subprocess.run(lab.inside("scanner", "bash", "-c", line), cwd=folder, env=env, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=TIME_LIMIT, check=False)
        said = done.stdout + done.stderr
        assert done.returncode in (0, 1, 124), (line, said)
        if file := re.match(r"(\S+\.\w+): (.*)", wanted):
            assert file[2].encode() in (folder / file[1]).read_bytes(), line
        else:
            assert re.search(wanted, said), (line, said)
        assert not re.search(r"(?i)usage:|-h'|unknown option|no such", said), (line, said)
