"""trace beside Debian's traceroute: over a chain of namespace routers, and behind a TUN device that plays a path."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import chainlab
from chainlab import BLACKHOLE, REFUSED, Chain, router
from conftest import AS_NOBODY
from labtools import HERE, TIME_LIMIT
from run_schema import check_traces
from traceroute_differences import DIFFERENCES

PLAIN, PLAIN6 = "240.16.1.9", "fd00:e5:240::9"
GOAL, GOAL6 = "198.18.0.1", "fd00:e5:180::1"
REFUSED_GOALS = {net.split("/")[0].removesuffix(".0").removesuffix("::") + ("::9" if ":" in net else ".9"): how
                 for net, how in REFUSED.items()}


@pytest.fixture(scope="module")
def chain(lab):
    if shutil.which("traceroute") is None:
        pytest.skip("'traceroute' is missing (package traceroute)")
    prefix = lab.prefix + "tr-"
    folder = Path("/etc/netns") / (prefix + "source")
    folder.mkdir(parents=True)
    (folder / "hosts").write_text(f"127.0.0.1 localhost\n{router(1)} first.example\n{router(3)} third.example\n{GOAL} goal.example\n")
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    try:
        with Chain(prefix, lab.binary) as made:
            yield made
    finally:
        shutil.rmtree(folder)


def masked(text: str) -> list[str]:
    """Lines without round trips, and without the blank that traceroute prints first."""
    return [re.sub(r"\d+\.\d{3} ms", "T ms", line).rstrip() for line in text.splitlines() if line]


class Runs:
    """Both programs in the source's namespace."""

    def __init__(self, where) -> None:
        self.where = where

    def call(self, *command: str, before=()) -> subprocess.CompletedProcess:
        return subprocess.run(self.where.inside("source", *before, *command), text=True, capture_output=True,
                              timeout=TIME_LIMIT, check=False, stdin=subprocess.DEVNULL)

    def ours(self, *arguments: str, code: int = 0, before=()) -> str:
        done = self.call(str(self.where.binary), "trace", *arguments, before=before)
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> list[dict]:
        # On a busy machine a wait that follows others' round trips is too short.
        if "-w" not in arguments:
            arguments = ("-w", "3,0,0", *arguments)
        paths = [json.loads(line) for line in self.ours("--json", *arguments, code=code).splitlines()]
        check_traces(paths)
        return paths

    def theirs(self, *arguments: str) -> list[str]:
        return masked(self.call("traceroute", *arguments).stdout)


@pytest.fixture
def runs(chain):
    return Runs(chain)


def senders(path: dict) -> list[set[str]]:
    return [{probe["from"] for probe in hop["probes"] if probe} for hop in path["hops"]]


# Beside traceroute.

SAME = [
    ("-I", "-n", PLAIN), ("-I", PLAIN), ("-U", "-n", PLAIN), ("-T", "-n", PLAIN), ("-I", "-n", "-q", "5", PLAIN),
    ("-I", "-n", "-f", "3", PLAIN), ("-I", "-n", "-f", "3", "-m", "4", PLAIN), ("-I", "-n", "-m", "2", PLAIN),
    ("-I", "-n", PLAIN6), ("-U", "-n", PLAIN6), ("-T", "-n", PLAIN6), ("-T", "-n", "-p", "443", PLAIN),
    ("-U", "-n", "-p", "40000", PLAIN), ("-I", "-n", "-t", "16", PLAIN), ("-I", "-n", "-s", "198.19.101.1", PLAIN),
    ("-I", "-n", "-i", "v1", PLAIN), ("-I", "-n", "-w", "1", "-m", "8", BLACKHOLE.replace(".0/24", ".9")),
    ("-I", "-n", "127.0.0.1"), ("-I", "-n", "198.19.101.1"), ("-U", "-n", router(1)), ("-I", "-q", "1", "goal.example"),
    *(("-I", "-n", goal) for goal in REFUSED_GOALS), *(("-U", "-n", goal) for goal in REFUSED_GOALS),
    *(("-T", "-n", goal) for goal in REFUSED_GOALS),
]


@pytest.mark.parametrize("arguments", SAME, ids=" ".join)
def test_lines_are_traceroutes(runs, arguments):
    # On a busy machine what others' round trips say is too little: traceroute loses answers then.
    patient = arguments if "-w" in arguments else ("-w", "3,0,0", *arguments)
    theirs = runs.theirs(*patient)
    done = runs.call(str(runs.where.binary), "trace", *patient)
    ours = masked(done.stdout)
    if arguments[-1] == "goal.example":  # whichever of the two
        theirs, ours = ([line.replace("198.19.104.2 (", "third.example (").replace(router(4), router(3)) for line in lines]
                        for lines in (theirs, ours))
    assert ours == theirs, done.stderr
    assert len(ours) > 1


def test_too_large_for_a_link(runs):
    theirs = runs.theirs("-I", "-n", "-w", "1,0,0", "-F", GOAL, "1450")
    ours = masked(runs.ours("-n", "-w", "1,0,0", "-F", "--size", "1450", GOAL, code=1))
    ours[3] = theirs[3]  # either of the pair
    assert ours == theirs
    assert ours[-1] == f" 6  {router(7)}  T ms !F-1400  T ms !F-1400  T ms !F-1400"


LISTEN = """
import socket
ears = [socket.create_server(("0.0.0.0", 8080)), socket.create_server(("::", 8080), family=socket.AF_INET6)]
print("ready", flush=True)
import time
time.sleep(60)
"""


def test_who_listens_says_syn_ack(runs):
    with subprocess.Popen(runs.where.inside("r5", sys.executable, "-c", LISTEN), stdout=subprocess.PIPE, text=True) as listener:
        try:
            assert listener.stdout.readline() == "ready\n"
            for target in (PLAIN, PLAIN6):
                arguments = ("-T", "-p", "8080", "-n", "-w", "3,0,0", target)
                assert masked(runs.ours(*arguments)) == runs.theirs(*arguments)
                last = runs.json("-T", "-p", "8080", target)[0]["hops"][-1]["probes"]
                assert [probe["answer"] for probe in last] == ["syn-ack"] * 3
                closed = runs.json("-T", "-p", "8081", target)[0]["hops"][-1]["probes"]
                assert [probe["answer"] for probe in closed] == ["reset"] * 3
        finally:
            listener.kill()


def test_exit_codes(runs):
    assert runs.ours("-n", PLAIN)
    assert runs.ours("-n", "198.18.201.9", code=1)
    assert runs.ours("-n", "no.such.example", code=2) == ""
    done = runs.call(str(runs.where.binary), "trace", "-n", PLAIN, before=AS_NOBODY)
    assert done.returncode == 4 and len(done.stderr.splitlines()) == 1 and "CAP_NET_RAW" in done.stderr, done


def test_what_cannot_be_sent_is_said_once(runs):
    done = runs.call(str(runs.where.binary), "trace", "-n", "203.0.113.9")
    assert done.stdout == "traceroute to 203.0.113.9 (203.0.113.9), 30 hops max, 60 byte packets\n"
    assert done.stderr.startswith("echosweep: cannot send to 203.0.113.9: ") and done.stderr.count("\n") == 1, done.stderr
    assert done.returncode == 1
    path = runs.json("203.0.113.9", code=1)[0]
    assert path["ending"] == "not-sent" and path["probes_sent"] == 0 and path["hops"] == []


# One flow, and several.

@pytest.mark.parametrize("protocol", ["-I", "-U", "-T"])
@pytest.mark.parametrize("prefix", ["198.18.0.", "fd00:e5:180::"])
def test_a_target_is_one_flow_and_multipath_several(runs, protocol, prefix):
    targets = [f"{prefix}{number}" for number in range(1, 42)]  # all on one side: 2^-40
    family = 6 if ":" in prefix else 4
    pair = {router(3, family), router(4, family)}
    single = [senders(path)[2] for path in runs.json("-n", protocol, "-q", "6", *targets)]
    assert all(len(hop) == 1 for hop in single), single
    assert set.union(*single) == pair, "targets differ in the path that they take"
    several = [senders(path)[2] for path in runs.json("-n", protocol, "--multipath", "-q", "10", *targets)]
    assert all(hop <= pair for hop in several)
    assert sum(hop == pair for hop in several) >= 30, several


def test_silent_routers_are_passed_over_quickly(runs):
    start = time.monotonic()
    path = runs.json("-n", "-w", "20,3,10", GOAL)[0]
    assert time.monotonic() - start < 20, "the answers behind it say how long it takes"
    assert path["ending"] == "reached" and path["distance"] == 6
    assert path["hops"][3]["probes"] == [None, None, None]


def test_one_target_is_not_asked_much_more_than_needed(runs):
    path = runs.json("-n", PLAIN)[0]
    assert 15 <= path["probes_sent"] < 90, path


# Many targets.

def true_hops(family: int = 4) -> list[set[str]]:
    return [{router(link, family)} for link in (1, 2, 3, 5)]


def check_all(paths, prefix: str, shared: bool = False) -> None:
    count = lost = 0
    for number, path in enumerate(paths):
        target = f"{prefix}.{number // 256}.{number % 256}"
        assert path["target"] == target, "in their order, each once"
        assert path["ending"] == "reached" and path["distance"] == 5, path
        assert senders(path) == [*true_hops(), {target}], path
        lost += sum(probe is None for hop in path["hops"] for probe in hop["probes"])
        assert shared or not any(hop.get("shared") for hop in path["hops"])
        count += 1
    assert count == 65536
    assert lost == 0


def test_65536_targets_exactly(runs):
    """Behind four hops, at 50,000 a second: each path is what it is, all three probes of each hop."""
    command = runs.where.inside("source", str(runs.where.binary), "trace", "-n", "--json", "-w", "3,0,0", "--rate", "50k", "240.16.0.0/16")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) as process:
        check_all(map(json.loads, process.stdout), "240.16")
    assert process.returncode == 0


def test_65536_targets_fast(runs):
    """The same hops with two probes a target, and the first routers are hardly asked."""
    command = runs.where.inside("source", str(runs.where.binary), "trace", "-n", "--json", "-w", "3,0,0", "--fast", "--rate", "50k", "240.16.0.0/16")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL) as process:
        paths = [json.loads(line) for line in process.stdout]
    assert process.returncode == 0
    check_all(paths, "240.16", shared=True)
    assert sum(path["probes_sent"] for path in paths) <= 65536 * 2.2
    asked_first = sum(not path["hops"][0].get("shared") for path in paths)
    assert asked_first <= 50, asked_first


def test_ctrl_c_prints_what_is_known(runs):
    process = subprocess.Popen(runs.where.inside("source", str(runs.where.binary), "trace", "-n", "--json", "--rate", "2k",
                                                 "-w", "0.2", "240.16.0.0/20"), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    with process:
        lines = [process.stdout.readline() for _ in range(5)]
        process.send_signal(2)
        lines += process.stdout.readlines()
        said = process.stderr.read()
    paths = [json.loads(line) for line in lines]
    assert process.returncode == 130
    assert 5 <= len(paths) < 4096
    assert {path["ending"] for path in paths} == {"reached", "stopped"}
    assert said == f"echosweep: ended by a signal: {4096 - len(paths):,} of 4,096 targets were not begun\n"


# Watch.

def await_sigint_handler(pid: int) -> None:
    """ip netns exec becomes the program, which catches SIGINT once it runs."""
    for _ in range(TIME_LIMIT * 100):
        caught = int(re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{pid}/status").read_text()).group(1), 16)
        if caught >> (2 - 1) & 1:
            return
        time.sleep(0.01)
    pytest.fail("nobody waits for SIGINT")


def test_watch_has_mtrs_hosts_and_figures(runs):
    if shutil.which("mtr") is None:
        pytest.skip("'mtr' is missing (package mtr-tiny)")
    target = PLAIN
    theirs = [line.split()[1:4] for line in runs.call("mtr", "-n", "--report", "-c", "3", "-i", "0.2", target).stdout.splitlines()[2:]]
    ours = [line.split()[1:4] for line in runs.ours("-n", "-w", "3,0,0", "--watch", "-c", "3", "--interval", "0.2", target).splitlines()[1:]]
    assert ours == [[host, loss, sent] for host, loss, sent in theirs]


def test_watch_shows_silence_as_loss(runs):
    hops = runs.json("-n", "--watch", "-c", "3", "--interval", "0.2", GOAL)[0]["hops"]
    assert [hop["loss_percent"] for hop in hops] == [0, 0, 0, 100, 0, 0]
    assert hops[3]["from"] == [] and "average_us" not in hops[3]
    assert all(0 < hop["best_us"] <= hop["average_us"] <= hop["worst_us"] for hop in hops if hop["from"])


def test_watch_ends_by_ctrl_c(runs):
    process = subprocess.Popen(runs.where.inside("source", str(runs.where.binary), "trace", "-n", "--watch", "--interval", "0.1",
                                                 PLAIN, GOAL), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    await_sigint_handler(process.pid)
    time.sleep(0.5)
    process.send_signal(2)
    out, err = process.communicate(timeout=TIME_LIMIT)
    assert process.returncode == 0 and err == "" and len(out.splitlines()) == 2 + 5 + 6, (out, err)
    assert int(out.splitlines()[1].split()[3]) >= 1


def test_watch_sees_both_of_a_pair(runs):
    hops = runs.json("-n", "--watch", "--multipath", "-c", "12", "--interval", "0.1", GOAL)[0]["hops"]
    assert {sender["address"] for sender in hops[2]["from"]} == {router(3), router(4)}


# A path that no Linux router is on.

@pytest.fixture(scope="module")
def played(lab):
    if shutil.which("traceroute") is None:
        pytest.skip("'traceroute' is missing (package traceroute)")
    name = lab.prefix + "played-source"
    subprocess.run(["ip", "netns", "add", name], check=True)
    process = None
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        process = subprocess.Popen(["ip", "netns", "exec", name, sys.executable, str(HERE / "path_peer.py")],
                                   stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"

        class Played:
            binary = lab.binary

            @staticmethod
            def inside(_role, *command):
                return ["ip", "netns", "exec", name, *command]

        yield Runs(Played())
    finally:
        if process:
            process.kill()
            process.wait()
            process.stdout.close()
        subprocess.run(["ip", "netns", "del", name], check=False)


@pytest.mark.parametrize("arguments", [("-I", "-n", "198.18.0.1"), ("-I", "-n", "-e", "198.18.1.1"), ("-I", "-n", "198.18.1.1"),
                                       ("-I", "-n", "198.18.3.1"), ("-I", "-n", "198.18.5.1")],
                         ids=" ".join)
def test_played_paths_are_traceroutes(played, arguments):
    patient = ("-w", "3,0,0", *arguments)
    assert masked(played.ours(*patient)) == played.theirs(*patient)


def test_mpls_labels(played):
    lines = masked(played.ours("-n", "-e", "-q", "1", "198.18.1.1"))
    assert lines[3] == " 3  198.18.255.3 <MPLS:L=16,E=1,S=0,T=1/L=17,E=0,S=1,T=2>  T ms"
    assert lines[4] == " 4  198.18.255.4 <2/1:0000000a,c0000201>  T ms"
    hop = played.json("-n", "-q", "1", "198.18.1.1")[0]["hops"][2]["probes"][0]
    assert hop["extensions"] == [{"class": 1, "type": 1, "mpls": [
        {"label": 16, "traffic_class": 1, "bottom": False, "ttl": 1}, {"label": 17, "traffic_class": 0, "bottom": True, "ttl": 2}]}]


@pytest.mark.parametrize("name", DIFFERENCES)
def test_differences_from_traceroute(played, name):
    their_arguments, theirs, our_arguments, ours = DIFFERENCES[name]
    their_lines, our_lines = played.theirs(*their_arguments), masked(played.ours(*our_arguments))
    assert set(theirs) <= set(their_lines) and set(ours) <= set(our_lines), (their_lines, our_lines)
    assert [line for line in their_lines if line not in theirs] == [line for line in our_lines if line not in ours]


def test_short_and_rewritten_quotes_give_round_trips(played):
    path = played.json("-n", "198.18.0.1")[0]
    assert all(0 < probe["rtt_us"] < 3_000_000 for hop in path["hops"] for probe in hop["probes"])
    path = played.json("-n", "198.18.5.1")[0]
    assert path["ending"] == "reached"
    assert all(probe["from"] == "198.18.255.3" and 0 < probe["rtt_us"] < 3_000_000 for probe in path["hops"][2]["probes"])


def test_duplicates_and_forgeries(played):
    path = played.json("-n", "198.18.3.1")[0]
    assert path["duplicates"] == 3 and path["ending"] == "reached"
    path = played.json("-n", "198.18.4.1")[0]
    assert senders(path) == [*({f"198.18.255.{number}"} for number in range(1, 6)), {"198.18.4.1"}], "no forged sender"


def test_a_reply_from_elsewhere_is_the_targets(played):
    path = played.json("-n", "198.18.2.1")[0]
    assert path["ending"] == "reached" and senders(path)[-1] == {"198.18.9.9"}
