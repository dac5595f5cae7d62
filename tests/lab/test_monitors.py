"""The monitoring systems that call fping, with our binary under that name: their command lines, and parsers that take
exactly what theirs take. Periods are shorter than theirs; all else is as they build it.

What each of them reads, by its sources: Zabbix src/libs/zbxicmpping, SmokePing's probes/FPing.pm, LibreNMS's
Data/Source/Fping and FpingResponse, monitoring-plugins' check_fping, netdata's fping.plugin, fireping's Probe/Ping.
"""

import functools
import os
import re
import shlex
import signal
import subprocess
import threading
from dataclasses import dataclass

import pytest

from labtools import TIME_LIMIT

ALIVE, ALSO_ALIVE, SILENT, UNREACHABLE = "198.19.1.1", "198.19.1.102", "198.19.2.1", "198.19.3.1"
ALIVE6, SILENT6 = "fd00:e5:19:1::1", "fd00:e5:19:2::1"
SOURCE = "198.19.0.1"


def within_their_timeouts(test):
    """Monitors wait some hundred milliseconds, which a busy machine may stand still for. That is no fault; a fault is there
    each time."""
    @functools.wraps(test)
    def up_to_three_times(*args, **kwargs):
        for _ in range(2):
            try:
                return test(*args, **kwargs)
            except AssertionError as error:
                print(f"once more: {error}")
        return test(*args, **kwargs)
    return up_to_three_times


class Monitor:
    """Runs shell commands in which `fping` is our binary, in an empty folder, in the scanner's namespace."""

    def __init__(self, lab, folder) -> None:
        self.lab, self.folder = lab, folder
        (folder / "bin").mkdir()
        (folder / "bin" / "fping").symlink_to(lab.binary)
        self.environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C"}

    def start(self, command: str, **more) -> subprocess.Popen:
        return subprocess.Popen(self.lab.inside("scanner", "sh", "-c", f"exec {command}"), cwd=self.folder, text=True,
                                env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def run(self, command: str, stdin: str = "") -> subprocess.CompletedProcess:
        with self.start(command, stdin=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(stdin, timeout=TIME_LIMIT)
            finally:
                process.kill()
        return subprocess.CompletedProcess(command, process.returncode, out, err)


@pytest.fixture
def monitor(lab, tmp_path):
    return Monitor(lab, tmp_path)


@dataclass
class ZabbixHost:
    """Zabbix's account of one host."""

    replied: list[bool]
    seconds: list[float]
    summaries: int = 0


def read_as_zabbix(text: str, hosts: list[str], count: int) -> dict[str, ZabbixHost]:
    """Lines that begin with `HOST ` and hold ` : `; the summary's n-th word counts if the n-th reply came."""
    found = {host: ZabbixHost([False] * count, []) for host in hosts}
    for line in text.splitlines():
        host, blank, _ = line.partition(" ")
        _, colon, rest = line.partition(" : ")
        if not blank or not colon or host not in found or "duplicate for" in rest:
            continue
        if rest.startswith("["):
            number = re.match(r"\[(\d+)", rest)
            if number and int(number[1]) < count and "[<-" not in rest and "timed out" not in rest:
                found[host].replied[int(number[1])] = True
            continue
        found[host].summaries += 1
        for replied, word in zip(found[host].replied, rest.split(" ")):
            if replied:
                found[host].seconds.append(float(word) / 1000)
    return found


@within_their_timeouts
def test_zabbix(monitor):
    """It looks the source address's option up in the help, tries -i0 and -6, then pings the hosts of a file."""
    options = re.findall(r"^\s*(-[IS])[\s,]", monitor.run("fping -h 2>&1").stdout, re.M)
    assert "-S" in options
    for command, host in ((f"fping -c1 -t50 -i0 {ALIVE}", ALIVE), (f"fping -6 -c1 -t50 {ALIVE6}", ALIVE6)):
        probed = monitor.run(f"{command} 2>&1").stdout
        assert host in probed and len(probed) < 1024

    hosts = [ALIVE, SILENT, UNREACHABLE, ALSO_ALIVE, ALIVE6]
    (monitor.folder / "zabbix_1.pinger").write_text("".join(host + "\n" for host in hosts), encoding="utf-8")
    output = monitor.run(f"fping -C3 -p200 -b68 -t200 -i0 -S{SOURCE} 2>&1 <zabbix_1.pinger").stdout
    found = read_as_zabbix(output, hosts, 3)
    for host in hosts:
        assert found[host].summaries == 1, output
        if host in (SILENT, UNREACHABLE):
            assert found[host].replied == [False] * 3 and not found[host].seconds, output
        else:
            assert found[host].replied == [True] * 3 and len(found[host].seconds) == 3, output
            assert all(0 < seconds < 0.2 for seconds in found[host].seconds), output


@within_their_timeouts
def test_smokeping(monitor):
    """At its start it wants to know fping's unit: the reply's time by the summary's. Then it reads standard error."""
    first = monitor.run("fping -C 1 localhost 2>&1").stdout
    unit = re.search(r"bytes, ([0-9.]+)\sms\s+.*\n.*\n.*:\s+([0-9.]+)", first)
    assert unit and float(unit[1]) == float(unit[2]) > 0, first

    hosts = [ALIVE, SILENT, ALIVE6, UNREACHABLE, ALSO_ALIVE]
    done = monitor.run(f"fping -C 5 -q -B1 -r1 -b1000 -t150 -i10 -p150 {' '.join(hosts)}")
    times = {}
    for line in done.stderr.splitlines():
        if not re.match(r"\S+\s+:\s+[\d.]", line):
            continue
        host, colon, *words = line.split()
        assert colon == ":"
        times[host] = sorted(float(word) for word in words if word[0].isdigit())
    assert set(times) == {ALIVE, ALSO_ALIVE, ALIVE6}, done.stderr
    assert all(len(each) == 5 and 0 < each[0] and each[-1] < 150 for each in times.values()), times
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == len(hosts)


LIBRENMS = re.compile(r"(\S+)\s*: (xmt/rcv/%loss = (\d+)/(\d+)/"
                      r"(?:(100)%|(\d+)%, min/avg/max = ([\d.]+)/([\d.]+)/([\d.]+))"
                      r"|Name or service not known|Temporary failure in name resolution)$")


@pytest.mark.parametrize(("family", "host", "code", "counts"), [
    ("-4", ALIVE, 0, ("3", "3", None, "0")), ("-6", ALIVE6, 0, ("3", "3", None, "0")),
    ("-4", SILENT, 1, ("3", "0", "100", None)), ("-6", SILENT6, 1, ("3", "0", "100", None)),
    ("-4", UNREACHABLE, 1, ("3", "0", "100", None))])
@within_their_timeouts
def test_librenms_asks_one_host(monitor, family, host, code, counts):
    done = monitor.run(f"fping {family} -e -q -c 3 -p 200 -t 200 -O 0 {host}")
    line = LIBRENMS.search(done.stderr)
    assert line, done.stderr
    assert line[1] == host and line.group(3, 4, 5, 6) == counts
    if code == 0:
        least, mean, most = (float(each) for each in line.group(7, 8, 9))
        assert 0 < least <= mean <= most < 200
    assert done.returncode == code


@within_their_timeouts
def test_librenms_asks_all_hosts(monitor):
    """Hosts come by standard input; of standard error, the lines count that fit."""
    hosts = [ALIVE, SILENT, "nosuch.example", ALIVE6, UNREACHABLE]
    done = monitor.run("fping -f - -e -t 300 -r 2 -O 0 -c 2 -p 300", stdin="".join(host + "\n" for host in hosts))
    found = {line[1]: line.group(3, 4) for line in map(LIBRENMS.search, done.stderr.splitlines()) if line}
    assert found == {ALIVE: ("2", "2"), ALIVE6: ("2", "2"), SILENT: ("2", "0"), UNREACHABLE: ("2", "0"),
                     "nosuch.example": (None, None)}
    assert done.returncode == 2


def read_as_check_fping(line: str) -> tuple[float, float | None] | None:
    """(loss, mean time) of a summary line; None for a line of another kind."""
    assert not any(word in line for word in ("not found", "is unreachable", "Unreachable", "is down")), line
    if "xmt/rcv/%loss" not in line:
        return None
    loss = float(re.match(r"\d+", line.partition("=")[2].split("/")[2])[0])
    times = line.partition("min/avg/max")[2].partition("=")[2].split("/")
    return loss, float(times[1]) if len(times) == 3 else None


def test_check_fping(monitor):
    """Both streams, line by line; the first summary decides."""
    done = monitor.run(f"fping -b 56 -c 1 {ALIVE}")
    results = [read_as_check_fping(line) for line in (done.stdout + done.stderr).splitlines()]
    assert results[:-1] == [None, None]
    loss, mean = results[-1]
    assert loss == 0 and 0 < mean < 1000
    done = monitor.run(f"fping -b 56 -c 1 {SILENT}")
    assert [read_as_check_fping(line) for line in (done.stdout + done.stderr).splitlines()][-1] == (100, None)
    done = monitor.run(f"fping -b 56 -c 1 {UNREACHABLE}")
    assert "Unreachable" in done.stderr.splitlines()[0]


class Netdata:
    """Netdata's end of the pipe: charts, their dimensions, and values for those and no others."""

    def __init__(self) -> None:
        self.charts: dict[str, set[str]] = {}
        self.values: list[tuple[str, dict[str, int]]] = []
        self.declaring = self.open = ""

    def read(self, line: str) -> None:
        word, *more = shlex.split(line)
        if word == "CHART":
            self.declaring, _name, _title, _units, _family, _context, kind, priority, every = more
            assert kind in ("line", "area") and int(priority) > 0 and int(every) == 1, line
            self.charts[self.declaring] = set()
        elif word == "DIMENSION":
            name, _shown, algorithm, multiplier, divisor = more
            assert algorithm == "absolute" and int(multiplier) == 1 and int(divisor) > 0, line
            self.charts[self.declaring].add(name)
        elif word == "BEGIN":
            self.open, = more
            self.values.append((self.open, {}))
            assert self.open in self.charts, line
        elif word == "SET":
            name, equals, value = more
            assert equals == "=" and name in self.charts[self.open], line
            self.values[-1][1][name] = int(value)
        else:
            assert (word, more) == ("END", []) and self.open, line
            self.open = ""


def test_netdata(monitor):
    """It reads the pipe as the lines come. A lost probe is one only after 5 s: a silent host was asked nothing yet."""
    hosts = {"alive.lab.example": "alive_lab_example", SILENT: "198_19_2_1"}
    netdata = Netdata()
    reports = 2
    wanted = reports * 3 * len(hosts)
    with monitor.start(f"fping -N -l -Q 1 -p 200 -R -b 56 -i 1 -r 0 -t 5000 {' '.join(hosts)}") as process:
        too_long = threading.Timer(TIME_LIMIT, process.kill)
        too_long.start()
        while sum(1 for _ in netdata.values) < wanted or netdata.open:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            netdata.read(line)
        assert process.poll() is None, "it ends by itself"
        too_long.cancel()
        process.send_signal(signal.SIGTERM)
    for host, name in hosts.items():
        packets, quality, latency = ([values for chart, values in netdata.values if chart == f"fping.{name}_{kind}"]
                                     for kind in ("packets", "quality", "latency"))
        assert len(packets) == len(quality) == len(latency) == reports
        if host == SILENT:
            assert packets == [{"xmt": 0, "rcv": 0}] * reports and latency == [{}] * reports
            continue
        for each in packets:
            assert each["xmt"] == each["rcv"] and 2 <= each["xmt"] <= 8
        assert quality == [{"returned": 100}] * reports
        for each in latency:
            assert 0 < each["min"] <= each["avg"] <= each["max"] < 200_000_000


@within_their_timeouts
def test_fireping(monitor):
    """Each line with a colon is the next target's: no other line may hold one."""
    hosts = [ALIVE, SILENT, UNREACHABLE, ALSO_ALIVE]
    output = monitor.run(f"fping -C 4 -p 150 -i 10 -r 0 {' '.join(hosts)} -q 2>&1").stdout
    found = [[part.strip() for part in line.split(":")] for line in output.splitlines() if ":" in line]
    assert [host for host, *_ in found] == hosts
    for host, values in found:
        words = values.replace("-", "-1").split(" ")
        assert len(words) == 4
        assert all((float(word) == -1) == (host in (SILENT, UNREACHABLE)) for word in words), output
