"""The `fping` link without any right: with ping sockets it does what fping does, without them it says so.

Debian's fping 5.1 is no model here: over ping sockets it loses every reply, which 5.2 mended.
"""

import subprocess

import pytest

from conftest import AS_NOBODY, NOBODY
from labtools import TIME_LIMIT

ALIVE, SILENT, UNREACHABLE, ALIVE6 = "198.19.1.1", "198.19.2.1", "198.19.3.1", "fd00:e5:19:1::1"


@pytest.fixture
def fping(public_lab):
    link = public_lab.binary.with_name("fping")
    link.symlink_to(public_lab.binary)

    def run(*arguments: str) -> subprocess.CompletedProcess:
        # The name alone, as a shell finds it.
        return subprocess.run(
            public_lab.inside("scanner", *AS_NOBODY, "env", f"PATH={link.parent}:/usr/bin:/bin", "fping", *arguments),
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=TIME_LIMIT, check=False)

    return run


@pytest.mark.parametrize("arguments", [[ALIVE], ["-q", ALIVE], ["-c", "1", "-q", ALIVE], ["-l", "-Q", "1", ALIVE]],
                         ids=" ".join)
def test_without_ping_sockets_it_says_so(fping, arguments):
    done = fping(*arguments)
    assert done.returncode == 4
    assert done.stdout == ""
    line, = done.stderr.splitlines()
    assert line.startswith("fping: ")


def test_without_ping_sockets_it_still_tells_what_it_is(fping):
    assert fping("-h").stdout.startswith("Usage: fping [options] [targets...]\n\n")
    assert fping("-v").stdout.startswith("fping: Version 5.")
    wrong = fping("-Z")
    assert wrong.stderr == "fping: invalid option -- 'Z'\nsee 'fping -h' for usage information\n"
    assert wrong.returncode == 1


def test_a_sweep_over_ping_sockets(fping, ping_sockets):
    ping_sockets(f"{NOBODY} {NOBODY}")
    done = fping("-r", "0", "-t", "1000", ALIVE, SILENT, ALIVE6, UNREACHABLE)
    assert done.stdout == (f"{ALIVE} is alive\n{ALIVE6} is alive\n"
                           f"{SILENT} is unreachable\n{UNREACHABLE} is unreachable\n")
    assert done.returncode == 1


def test_counts_over_ping_sockets(fping, ping_sockets):
    ping_sockets(f"{NOBODY} {NOBODY}")
    done = fping("-c", "3", "-q", "-p", "250", "-t", "2000", ALIVE, SILENT, ALIVE6)
    heads = [line.partition(", min/avg/max = ")[0] for line in done.stderr.splitlines()]
    assert heads == [f"{ALIVE}      : xmt/rcv/%loss = 3/3/0%", f"{SILENT}      : xmt/rcv/%loss = 3/0/100%",
                     f"{ALIVE6} : xmt/rcv/%loss = 3/3/0%"]
    assert (done.stdout, done.returncode) == ("", 1)
