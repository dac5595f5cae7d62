"""listen, live: what passes the scanner's interfaces, beside tcpdump and tshark, which read what it wrote."""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import AS_NOBODY, NOBODY
from labtools import TIME_LIMIT

ALIVE, UNREACHABLE = "198.19.1.1", "198.19.3.1"
ALIVE6, UNREACHABLE6 = "fd00:e5:19:1::1", "fd00:e5:19:3::1"


class Listening:
    """`echosweep listen` in the scanner's namespace, from the moment its capture is open; a context."""

    def __init__(self, lab, *arguments, before=(), env=None):
        self.lab = lab
        self.process = subprocess.Popen(
            lab.inside("scanner", *before, str(lab.binary), "listen", *arguments), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "TZ": "UTC", **(env or {})})
        self.lines: list[str] = []
        self.rest = b""
        first = self.process.stderr.readline().decode()
        assert first.startswith("echosweep: listening on "), first + self.process.stderr.read().decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def wait_for(self, wanted: str, count: int = 1) -> None:
        """Until that many lines have these words."""
        deadline = time.monotonic() + TIME_LIMIT
        while sum(wanted in line for line in self.lines) < count:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self.process.stdout], [], [], left)[0], (wanted, self.lines)
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, (wanted, self.lines, self.process.stderr.read())
            *whole, self.rest = (self.rest + data).split(b"\n")
            self.lines += [line.decode() for line in whole]

    def finish(self, stop_with=signal.SIGINT) -> str:
        """Ends it, with all that is still to come; what standard error says last."""
        if stop_with is not None:
            self.process.send_signal(stop_with)
        out, err = self.process.communicate(timeout=TIME_LIMIT)
        self.lines += (self.rest + out).decode().splitlines()
        assert self.process.returncode == 0, err
        return err.decode()


def needs(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"'{tool}' is missing (package {tool})")


def ping(lab, *arguments) -> None:
    """Its exit code says whether there was an answer, which is not what these tests ask."""
    subprocess.run(lab.inside("scanner", "ping", "-n", "-q", "-i", "0.2", "-w", "10", *arguments), check=False,
                   capture_output=True, timeout=TIME_LIMIT)


def make_traffic(lab, heard: Listening) -> None:
    for alive, unreachable in ((ALIVE, UNREACHABLE), (ALIVE6, UNREACHABLE6)):
        ping(lab, "-c", "3", alive)
        ping(lab, "-c", "1", "-s", "1000", alive)
        ping(lab, "-c", "1", "-t", "1", alive)
        ping(lab, "-c", "1", unreachable)
    heard.wait_for("ICMP echo reply, ", 4)
    heard.wait_for("ICMP time exceeded in-transit, ")
    heard.wait_for(f"ICMP host {UNREACHABLE} unreachable, ")
    heard.wait_for("ICMP6, echo reply, ", 4)
    heard.wait_for(f"ICMP6, time exceeded in-transit for {ALIVE6}, ")
    heard.wait_for("ICMP6, destination unreachable, ")


def test_each_packet_as_tcpdump_and_tshark_have_it(lab, tmp_path):
    needs("tcpdump", "tshark")
    file = tmp_path / "heard.pcap"
    with Listening(lab, "-w", str(file)) as heard:
        make_traffic(lab, heard)
        said = heard.finish()
    assert said == f"echosweep: {len(heard.lines)} packets captured, 0 dropped by the kernel\n"
    read = lab.run_inside("scanner", "env", "TZ=UTC", "tcpdump", "-Z", "root", "-n", "-r", str(file))
    assert read.stdout.splitlines() == heard.lines
    fields = ("frame.len", "ip.src", "ipv6.src", "icmp.type", "icmpv6.type", "icmp.seq", "icmpv6.echo.sequence_number")
    shown = lab.run_inside("scanner", "tshark", "-n", "-r", str(file), "-T", "fields", "-E", "occurrence=f",
                           *(word for name in fields for word in ("-e", name))).stdout.splitlines()
    ours = lab.run_inside("scanner", str(lab.binary), "listen", "-r", str(file), "--json").stdout.splitlines()
    assert len(ours) == len(shown) == len(heard.lines)
    for line, theirs in zip(map(json.loads, ours), (each.split("\t") for each in shown)):
        theirs = dict(zip(fields, theirs))
        v4 = line["ip"]["version"] == 4
        assert int(theirs["frame.len"]) == line["ip"]["total_length"] + 20, "behind a cooked header of 20 bytes"
        assert theirs["ip.src" if v4 else "ipv6.src"] == line["ip"]["source"]
        assert int(theirs["icmp.type" if v4 else "icmpv6.type"]) == line["icmp"]["type"]
        assert line["icmp"]["checksum_right"] is True, line
        if line["icmp"]["name"] in ("echo", "echo-reply"):
            assert int(theirs["icmp.seq" if v4 else "icmpv6.echo.sequence_number"]) == line["icmp"]["seq"]


def test_one_interface_one_type_one_host(lab):
    with Listening(lab, "-i", "lo", "--type", "echo", "--host", "127.0.0.5", "-c", "2") as heard:
        ping(lab, "-c", "1", "127.0.0.4")
        ping(lab, "-c", "2", "127.0.0.5")
        said = heard.finish(stop_with=None)
    assert "2 packets captured" in said
    assert [re.sub(r"^\S+ (IP .*), id .*", r"\1", line) for line in heard.lines] == [
        "IP 127.0.0.1 > 127.0.0.5: ICMP echo request"] * 2


def test_reports_of_listeners_stand_behind_options(lab):
    """libpcap's own `icmp6` would miss them."""
    join = ("import socket; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); "
            "s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, socket.inet_pton(socket.AF_INET6, 'ff02::4711')"
            " + socket.if_nametoindex([n for _, n in socket.if_nameindex() if n != 'lo'][0]).to_bytes(4, 'little')); "
            "input()")
    with Listening(lab, "--type", "listener-report-v2") as heard:
        with subprocess.Popen(lab.inside("scanner", sys.executable, "-c", join), stdin=subprocess.PIPE) as joined:
            heard.wait_for("HBH ICMP6, multicast listener report v2, ")
            joined.communicate(b"\n")
        heard.finish()


def test_sigterm_ends_it_as_well(lab):
    with Listening(lab) as heard:
        ping(lab, "-c", "1", ALIVE)
        heard.wait_for("ICMP echo reply, ")
        assert heard.finish(signal.SIGTERM).endswith(" 0 dropped by the kernel\n")


def test_a_reader_who_leaves_ends_it_before_the_next_packet(lab):
    with Listening(lab, "--host", ALIVE) as heard:
        ping(lab, "-c", "1", ALIVE)
        heard.wait_for("ICMP echo request, ")
        heard.process.stdout.close()
        assert heard.process.stderr.read() == b""
        assert heard.process.wait(timeout=TIME_LIMIT) == 141


@pytest.mark.parametrize(("env", "uid"), [({}, 0), ({"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY)}, NOBODY)],
                         ids=["root", "sudo"])
def test_it_holds_no_rights_while_it_listens(public_lab, public_folder, env, uid):
    own = public_folder / "own"
    own.mkdir(mode=0o700)
    os.chown(own, uid, uid)
    with Listening(public_lab, "-w", str(own / "heard.pcap"), env=env) as heard:
        status = dict(re.findall(r"^(\w+):\s*(.*)$", Path(f"/proc/{heard.process.pid}/status").read_text(), re.M))
        ping(public_lab, "-c", "1", ALIVE)
        heard.wait_for("ICMP echo reply, ")
        heard.finish()
    for capabilities in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        assert int(status[capabilities], 16) == 0, status[capabilities]
    assert status["Uid"].split() == [str(uid)] * 4
    assert (own / "heard.pcap").stat().st_uid == uid


def test_without_any_right_one_line_says_what_to_do(public_lab):
    result = subprocess.run(public_lab.inside("scanner", *AS_NOBODY, str(public_lab.binary), "listen"), text=True,
                            capture_output=True, timeout=TIME_LIMIT, check=False)
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (4, "", 1)
    assert "sudo setcap cap_net_raw+ep" in result.stderr
