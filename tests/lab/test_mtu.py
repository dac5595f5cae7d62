"""mtu over a chain of five routers, beside tracepath; and against a peer that lies."""

import ipaddress
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from chain import ALL_ERRORS, TOO_BIG, Chain
from conftest import AS_NOBODY
from labtools import TIME_LIMIT

# From the client on; IPv6 does not go over a link of 576 bytes.
MTUS4 = [1500, 1500, 1400, 1300, 576, 1500]
MTUS6 = [1500, 1500, 1400, 1300, 1280, 1500]
# Where nothing is lost but on purpose, less patience will do.
QUICK = ("-r", "2", "-W", "500ms")
FAR = {4: "198.19.0.9", 6: "fd00:e5:99::9"}


def router(family: int, hop: int) -> str:
    """By which address a router tells: that of the side on which packets come in."""
    return f"198.18.{hop - 1}.2" if family == 4 else str(ipaddress.ip_address(f"fd00:e5:{hop - 1}::2"))


@pytest.fixture(scope="module")
def chain4(lab):
    with Chain(lab.prefix + "m4", MTUS4) as chain:
        yield chain


@pytest.fixture(scope="module")
def chain6(lab):
    with Chain(lab.prefix + "m6", MTUS6) as chain:
        yield chain


@pytest.fixture(params=[4, 6], ids=["v4", "v6"])
def path(request, chain4, chain6):
    """Family, chain, and the MTUs of its links."""
    return (4, chain4, MTUS4) if request.param == 4 else (6, chain6, MTUS6)


@pytest.fixture
def mtu(lab):
    """Runs it in a chain's client; what it printed and its exit code."""

    def run(chain: Chain, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(chain.inside("client", str(lab.binary), "mtu", *arguments), text=True, check=False,
                              capture_output=True, timeout=TIME_LIMIT, stdin=subprocess.DEVNULL)
        assert (done.stderr, done.returncode) == ("", code)
        return done.stdout

    return run


def found_by(out: str) -> dict[str, dict]:
    found = [json.loads(line) for line in out.splitlines()]
    by_address = {each["address"]: each for each in found}
    assert len(by_address) == len(found), "a target is told of twice"
    return by_address


def test_each_router_and_the_target(path, mtu):
    family, chain, mtus = path
    targets = [router(family, hop) for hop in range(1, 7)] + [FAR[family]]
    found = found_by(mtu(chain, "--json", *targets))
    for hop, target in enumerate(targets, 1):
        hops = min(hop, 6)
        narrowest = min(mtus[:hops])
        each = found[target]
        assert (each["mtu"], each["hops"], each["local_mtu"]) == (narrowest, hops, 1500), each
        if narrowest == 1500:
            assert each["found"] == "interface" and "told_by" not in each
        else:
            # Who tells is in front of the narrow link.
            teller = mtus.index(narrowest)
            assert (each["found"], each["told_by"], each["told_hop"]) == ("told", router(family, teller), teller), each
        assert "black_hole" not in each and 0 < each["rtt_us"] < 5e6


def test_the_lines_and_each_step(path, mtu):
    family, chain, mtus = path
    far, small = FAR[family], 68 if family == 4 else 88
    line = f"{far}: {mtus[4]} (told by {router(family, 4)}, 4 hops away; 1500 here; 6 hops)"
    assert mtu(chain, "-n", far) == line + "\n"
    steps = [re.sub(r", [0-9.]+ ms$", "", each) for each in mtu(chain, "-v", "-n", far).splitlines()]
    assert steps == [f"{far}: {small} bytes arrive",
                     f"{far}: 1500 bytes are too big for {router(family, 2)}, 2 hops away, which takes 1400",
                     f"{far}: 1400 bytes are too big for {router(family, 3)}, 3 hops away, which takes 1300",
                     f"{far}: 1300 bytes are too big for {router(family, 4)}, 4 hops away, which takes {mtus[4]}",
                     f"{far}: {mtus[4]} bytes arrive",
                     f"{far}: {small} bytes, TTL 6: arrive",
                     f"{far}: {small} bytes, TTL 5: reach {router(family, 5)}", line]


def test_routers_have_names(path, mtu):
    family, chain, mtus = path
    far, named = FAR[family], f"r4.lab.example ({router(family, 4)})"
    assert mtu(chain, far) == f"{far}: {mtus[4]} (told by {named}, 4 hops away; 1500 here; 6 hops)\n"
    found = found_by(mtu(chain, "--json", far))[far]
    assert (found["told_by"], found["told_by_name"]) == (router(family, 4), "r4.lab.example")
    assert "told_by_name" not in found_by(mtu(chain, "-n", "--json", far))[far]


def test_targets_are_called_as_they_were_named(chain4, mtu):
    assert mtu(chain4, "-n", "far.lab.example").startswith("far.lab.example: 576 (")
    assert found_by(mtu(chain4, "--json", "far.lab.example"))["198.19.0.9"]["name"] == "far.lab.example"


def test_the_same_mtu_and_hops_as_tracepath(path, mtu):
    if shutil.which("tracepath") is None:
        pytest.skip("'tracepath' is missing (package iputils-tracepath)")
    family, chain, _ = path
    targets = [router(family, hop) for hop in range(1, 7)] + [FAR[family]]
    # Before and after: what the kernel has learned of a path must not keep our packets back.
    before = found_by(mtu(chain, "--json", *targets))
    for target in targets:
        theirs = chain.run("client", "tracepath", "-n", target, timeout=TIME_LIMIT).stdout
        resume = re.search(r"Resume: pmtu (\d+) hops (\d+) back \d+", theirs)
        assert resume, theirs
        assert [before[target]["mtu"], before[target]["hops"]] == list(map(int, resume.groups())), theirs
    after = found_by(mtu(chain, "--json", *targets))
    for each in (before, after):
        for found in each.values():
            del found["rtt_us"], found["probes"]  # one that comes late is asked again
    assert before == after


def test_a_black_hole_and_the_hop_after_which_it_begins(path, mtu):
    family, chain, _ = path
    behind = router(family, 3)
    with chain.drop("r2", TOO_BIG):
        found = found_by(mtu(chain, *QUICK, "--json", behind))[behind]
        assert (found["mtu"], found["found"]) == (1400, "searched"), found
        assert found["black_hole"] == {"size": 1401, "after": router(family, 2), "after_hop": 2}, found
        assert mtu(chain, *QUICK, behind) == (f"{behind}: 1400 (black hole: 1401 bytes get lost after {router(family, 2)}, "
                                      "2 hops away; 1500 here; 3 hops)\n")


def test_a_black_hole_in_front_of_a_router_that_tells(path, mtu):
    family, chain, mtus = path
    with chain.drop("r2", TOO_BIG):
        found = found_by(mtu(chain, *QUICK, "--json", FAR[family]))[FAR[family]]
    assert (found["mtu"], found["found"], found["told_by"]) == (mtus[4], "told", router(family, 4)), found
    assert 1400 < found["black_hole"].pop("size") <= 1500
    assert found["black_hole"] == {"after": router(family, 2), "after_hop": 2, "before_hop": 3}, found


def test_a_router_that_answers_nothing(path, mtu):
    family, chain, mtus = path
    behind = router(family, 5)
    with chain.drop("r1", ALL_ERRORS), chain.drop("r4", ALL_ERRORS):
        found = found_by(mtu(chain, *QUICK, "--json", behind))[behind]
        assert (found["mtu"], found["found"], found["hops"]) == (mtus[4], "searched", 5), found
        # r4 drops them, and nobody hears of it: r3 is the last that does.
        assert found["black_hole"] == {"size": mtus[4] + 1, "after": router(family, 3), "after_hop": 3}, found


def test_a_way_back_that_is_narrower(chain4, mtu):
    """Replies come back in fragments: only what gets there counts."""
    chain4.ip("target", ["route replace 198.18.0.0/24 via 198.18.5.1 mtu lock 552"])
    try:
        assert found_by(mtu(chain4, "--json", FAR[4]))[FAR[4]]["mtu"] == 576
    finally:
        chain4.ip("target", ["route replace 198.18.0.0/24 via 198.18.5.1"])


def test_a_way_back_that_is_narrower_and_told_so_ipv6(lab, mtu):
    """There the target learns it from a router, by the loss of its first large reply, and then sends fragments."""
    with Chain(lab.prefix + "m0", [1500] * 6) as chain:
        chain.ip("r3", ["route replace fd00:e5:0::/64 via fd00:e5:2::1 mtu 1300"])
        far = "fd00:e5:99::9"
        found = found_by(mtu(chain, "--json", far))[far]
        assert (found["mtu"], found["found"]) == (1500, "interface"), found
        assert found["probes"] >= 5, "one more than on a wide path: the large one was sent twice"


@pytest.mark.parametrize("narrow", [True, False], ids=["narrow", "wide"])
def test_over_a_thousand_targets(lab, mtu, chain6, narrow):
    """All of them at once, in a time that a handful would take one after the other."""
    begin = time.monotonic()
    targets = ["198.19.4.0-198.19.7.255", "fd00:e5:99::1:0/118"] if narrow else ["198.18.0.2"]
    found = found_by(mtu(chain6, "--json", "--rate", "20k", *targets))
    assert len(found) == (2048 if narrow else 1)
    for each in found.values():
        assert (each["mtu"], each["hops"]) == ((1280, 6) if narrow else (1500, 1)), each
    assert time.monotonic() - begin < 20


def test_a_thousand_targets_that_say_nothing(chain4, mtu):
    chain4.ip("target", ["route replace blackhole 198.19.128.0/17"])
    try:
        begin = time.monotonic()
        found = found_by(mtu(chain4, "--json", "-r", "2", "-W", "1s", "198.19.128.0/22", code=1))
        assert time.monotonic() - begin < 20
    finally:
        chain4.ip("target", ["route del blackhole 198.19.128.0/17"])
    assert len(found) == 1024
    # What routers told of their paths is kept: it has not arrived, but everybody who might pass it on says so.
    assert {(each["outcome"], each["mtu"], each["told_by"]) for each in found.values()} == {
        ("told", 576, router(4, 4))}


def test_a_router_that_limits_its_errors(chain4, mtu):
    """It tells a few; the others' silence is no black hole."""
    limited = ("icmp type destination-unreachable icmp code frag-needed limit rate over 5/second burst 5 packets drop",)
    with chain4.drop("r4", limited):
        found = found_by(mtu(chain4, "--json", "198.19.8.0/22"))
    assert len(found) == 1024
    assert {(each["mtu"], each["told_by"], "black_hole" in each) for each in found.values()} == {
        (576, router(4, 4), False)}
    ways = [each["found"] for each in found.values()]
    assert ways.count("told") < 100 and ways.count("elsewhere") > 900, ways


def test_source_and_interface(chain4, mtu):
    chain4.ip("client", ["addr add 198.18.0.77/24 dev out"])
    out = mtu(chain4, "-S", "198.18.0.77", "-i", "out", "198.18.0.2")
    assert out == "198.18.0.2: 1500 (as here; 1 hop)\n"


def test_an_unreachable_target(path, mtu):
    family, chain, _ = path
    nobody = "198.18.200.1" if family == 4 else "fd00:e5:200::1"
    word = "host-unreachable" if family == 4 else "no-route"
    last = "198.18.5.2" if family == 4 else "fd00:e5:5::2"
    assert mtu(chain, nobody, code=1) == f"{nobody}: {word} (from {last})\n"


# ---- rights, and its end ----------------------------------------------------------------------------------------


def test_it_holds_no_rights_while_it_searches(chain4, public_lab):
    chain4.ip("target", ["route replace blackhole 198.19.128.0/17"])
    with subprocess.Popen(chain4.inside("client", str(public_lab.binary), "mtu", "-W", "60", "198.18.0.2",
                                        "198.19.128.1"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as running:
        try:
            assert running.stdout.readline().startswith("198.18.0.2: 1500")
            status = dict(re.findall(r"^(\w+):\s*(.*)$", Path(f"/proc/{running.pid}/status").read_text(), re.M))
            running.send_signal(signal.SIGINT)
            _, err = running.communicate(timeout=TIME_LIMIT)
        finally:
            running.kill()
            chain4.ip("target", ["route del blackhole 198.19.128.0/17"])
    for capabilities in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
        assert int(status[capabilities], 16) == 0, status[capabilities]
    assert (running.returncode, err) == (130, "echosweep: ended by a signal: 1 of 2 targets are not through\n")


def test_names_that_do_not_come_are_waited_for_until_a_signal(chain4, lab):
    """The name server is one that says nothing."""
    chain4.ip("target", ["route replace blackhole 198.19.128.0/17"])
    resolv = chain4.etc() / "resolv.conf"
    before = resolv.read_text()
    resolv.write_text("nameserver 198.19.200.1\n")
    try:
        with subprocess.Popen(chain4.inside("client", str(lab.binary), "mtu", "-v", "198.18.2.2"), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
            try:
                while "TTL 2: reach" not in running.stdout.readline():
                    assert running.poll() is None, "that is the last that there is to learn"
                time.sleep(0.3)
                assert running.poll() is None, "it does not wait"
                running.send_signal(signal.SIGINT)
                begin = time.monotonic()
                out, err = running.communicate(timeout=TIME_LIMIT)
                assert time.monotonic() - begin < 4
            finally:
                running.kill()
    finally:
        resolv.write_text(before)
        chain4.ip("target", ["route del blackhole 198.19.128.0/17"])
    assert (out, err, running.returncode) == (
        "198.18.2.2: 1400 (told by 198.18.1.2, 2 hops away; 1500 here; 3 hops)\n", "", 130)


def test_without_any_right_one_line_says_what_to_do(chain4, public_lab):
    result = subprocess.run(chain4.inside("client", *AS_NOBODY, str(public_lab.binary), "mtu", "198.18.0.2"), text=True,
                            capture_output=True, timeout=TIME_LIMIT, check=False, env=os.environ)
    assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (4, "", 1)
    assert "sudo setcap cap_net_raw+ep" in result.stderr
