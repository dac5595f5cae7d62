"""Killed at random moments and gone on with until it is done, a sweep is the one that nobody disturbed."""

import ipaddress
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

import peer
from labtools import PeerProcess, Sweep, expand

# A reply must come within it, however busy the machine: what a kill takes with it is asked for again from one timeout back.
TIMEOUT = 400
PACE = ("-r", "2", "-t", str(TIMEOUT), "-B", "1", "--drain", "700ms", "--rate", "2k")
SEED = 11
TARGETS = "198.18.0.0/21"
ANSWERING = ("198.18.0.0/23", "198.18.4.0/23")
LOSS = 0.3
PASSES = 3
KILLS = 25  # of each of the four kinds of run


@dataclass
class Killed:
    """A run that is killed until it is done; a checkpoint, a journal and all results in a folder of its own."""

    lab: object
    role: str
    folder: Path
    words: tuple[str, ...]
    kills: int = 0

    def __post_init__(self):
        self.folder.mkdir()
        self.checkpoint = self.folder / "run.checkpoint"

    def start(self, *more: str):
        option = "--resume" if self.checkpoint.exists() else "--checkpoint"
        return self.lab.start(option, str(self.checkpoint), *more, *self.words, role=self.role, folder=self.folder)

    def part(self, seconds: float, *more: str):
        """The next part, which is killed after that time; a sweep, if it came to its end before."""
        with self.start(*more) as running:
            try:
                running.process.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                running.process.kill()
            if running.process.wait() == -signal.SIGKILL:
                self.kills += 1
                return None
            if "this run is finished" in running.text(1):  # the part before was killed after its last word
                sweep = Sweep(running.args, running.process.returncode, "", "")
                sweep.read_json(running.json_file.read_text(encoding="utf-8"))
                sweep.check_lists()
                return sweep
            return running.finish()

    def to_its_end(self, chance: random.Random, shortest: float, longest: float):
        """The sweep, after as many kills as come in time."""
        while True:
            sweep = self.part(chance.uniform(shortest, longest), "--checkpoint-interval", chance.choice(("20ms", "100ms", "400ms")))
            if sweep is not None:
                check_sums(sweep)
                return sweep


def check_sums(sweep) -> None:
    """Beside what holds for every sweep (labtools), what the parts of one must agree on."""
    sums = sweep.accounting
    assert sum(sums["alive_by_pass"]) == sums["alive"], sums
    assert sums["alive"] <= sums["echo_replies"] - sums["extra"] + sums["neighbour_answers"], sums
    assert sums["echo_replies"] + sums["neighbour_answers"] <= sweep.probes, sums
    assert (sums["signal"], sums["stopped_by"], sums["capture_drops"]) == (0, "", 0), sums


def answering(loss: float) -> set[str]:
    """Who answers one of the passes."""
    return {address for address in expand(list(ANSWERING))
            if not all(loss and peer.is_lost(loss, SEED, number, ipaddress.ip_address(address).packed) for number in range(PASSES))}


@pytest.fixture
def network(lab, tmp_path):
    """Starts the TUN peer with that much loss by pass."""
    started = []

    def start(loss: float):
        file = tmp_path / "peer.toml"
        file.write_text(f"""description = "half of a /21, with loss by a hash of target and pass"
[peer]
seed = {SEED}
[[peer.rule]]
prefix = {list(ANSWERING)}
loss_by_pass = {loss}
[run]
args = []
[expect]
exit = 1
""")
        started.append(PeerProcess(lab, file, tmp_path).__enter__())

    yield start
    for process in started:
        process.__exit__()


@pytest.mark.parametrize("loss", [0.0, LOSS], ids=["no loss", "loss"])
def test_whole(lab, network, tmp_path, loss):
    network(loss)
    words = (*PACE, "--seed", "5", TARGETS)
    alive = answering(loss)
    assert 980 < len(alive) <= 1024 and (len(alive) < 1024) == (loss > 0)
    silent = expand([TARGETS]) - alive
    lab.sweep(*words, role="tun").expect_exactly(alive=alive, silent=silent)
    chance = random.Random(f"whole {loss}")
    kills, runs = 0, 0
    while kills < KILLS:
        runs += 1
        assert runs <= KILLS, "whatever one does, they are done before"
        run = Killed(lab, "tun", tmp_path / f"run{runs}", words)
        run.to_its_end(chance, 0.05, 1.5).expect_exactly(alive=alive, silent=silent)
        kills += run.kills


@pytest.mark.parametrize("loss", [0.0, LOSS], ids=["no loss", "loss"])
def test_sharded(lab, network, tmp_path, loss, binary):
    network(loss)
    alive = answering(loss)
    everybody = expand([TARGETS])
    chance = random.Random(f"sharded {loss}")
    kills, runs = 0, 0
    while kills < KILLS:
        runs += 1
        assert runs <= KILLS, "whatever one does, they are done before"
        found: dict[str, str] = {}
        files = []
        for index in (1, 2):
            words = (*PACE, "--seed", "6", "--shard", f"{index}/2", TARGETS)
            run = Killed(lab, "tun", tmp_path / f"run{runs}-{index}", words)
            sweep = run.to_its_end(chance, 0.05, 1.2)
            assert len(sweep.hosts) == 1024 and not found.keys() & sweep.hosts.keys()
            found |= {address: host["state"] for address, host in sweep.hosts.items()}
            files.append(str(run.folder / "run.json"))
            kills += run.kills
        assert found == {address: "alive" if address in alive else "silent" for address in everybody}
        merged = subprocess.run([str(binary), "merge", *files, "-o", str(tmp_path / "merged")], capture_output=True, text=True, check=False)
        assert (merged.stdout, merged.stderr, merged.returncode) == ("", "", 0)


def test_until_it_is_complete(lab, network, tmp_path):
    """How many passes it takes, it may judge anew; who answered one of them is alive."""
    network(LOSS)
    words = ("--complete", "99", *PACE[2:], "--seed", "7", TARGETS)
    chance = random.Random("complete")
    run = Killed(lab, "tun", tmp_path / "run", words)
    sweep = run.to_its_end(chance, 0.4, 2.0)
    passes = len(sweep.accounting["probes_by_pass"])
    assert run.kills and 2 <= passes <= 10
    alive = {address for address in expand(list(ANSWERING))
             if not all(peer.is_lost(LOSS, SEED, number, ipaddress.ip_address(address).packed) for number in range(passes))}
    sweep.expect_exactly(alive=alive, silent=expand([TARGETS]) - alive)
    assert sweep.accounting["missed_at_most"] <= 0.01 * len(alive) + 1


def fates(sweep) -> dict[str, tuple]:
    return {address: (host["state"], host["reason"], host.get("from")) for address, host in sweep.hosts.items()}


def test_why_they_are_not_alive(lab, tmp_path):
    """What routers say, and what this machine does not send: told before a kill or after it, it is the same."""
    words = ("--tx", "raw", "-r", "1", "-t", "200", "--drain", "500ms", "--rate", "800", "--seed", "3", "198.19.1.0/25", "198.19.2.0/26",
             "198.19.3.0/25", "198.19.4.0/26", "198.19.64.0/27", "198.19.65.0/27", "198.19.66.0/27", "198.19.67.0/27",
             "198.19.68.0/27", "fd00:e5:19:3::/122", "fd00:e5:19:41::/123")
    expected = lab.sweep(*words)
    assert {state: len(expected.in_state(state)) for state in ("alive", "silent", "unreachable", "unsent")} == {
        "alive": 128, "silent": 64, "unreachable": 256, "unsent": 192}
    chance = random.Random("fates")
    kills, runs = 0, 0
    while kills < 12:
        runs += 1
        assert runs <= 12, "whatever one does, they are done before"
        run = Killed(lab, "scanner", tmp_path / f"run{runs}", words)
        sweep = run.to_its_end(chance, 0.05, 1.0)
        assert fates(sweep) == fates(expected)
        kills += run.kills


def test_on_link(lab, tmp_path):
    """By ARP. Whose echo a kill took away is alive by ARP alone."""
    words = ("-r", "1", "-t", "300", "--drain", "500ms", "--rate", "400", "--seed", "3", "240.1.127.128/25", "240.1.128.0/25")
    alive, silent = expand(["240.1.127.128/25"]), expand(["240.1.128.0/25"])
    lab.sweep(*words).expect_exactly(alive=alive, silent=silent)
    chance = random.Random("on link")
    kills, runs = 0, 0
    while kills < 10:
        runs += 1
        assert runs <= 10, "whatever one does, they are done before"
        run = Killed(lab, "scanner", tmp_path / f"run{runs}", words)
        sweep = run.to_its_end(chance, 0.05, 1.2)
        sweep.expect_exactly(alive=alive, silent=silent)
        assert {sweep.hosts[address]["reason"] for address in alive} <= {"echo-reply", "arp-response"}
        kills += run.kills


def test_on_link_where_icmp_is_dropped(lab, tmp_path):
    """Alive by ARP alone, and each says so."""
    words = ("-r", "1", "-t", "300", "--drain", "500ms", "--rate", "400", "--seed", "3", "240.1.127.128/25", "240.1.128.0/26")
    alive, silent = expand(["240.1.127.128/25"]), expand(["240.1.128.0/26"])
    lab.run_inside("hosts", "nft", "-f", "-", input="""table inet quiet {
      chain input { type filter hook input priority 0; iifname "lan0" icmp type echo-request drop; }
    }""")
    try:
        expected = lab.sweep(*words)
        expected.expect_exactly(alive=alive, silent=silent)
        chance = random.Random("no echo")
        kills, runs = 0, 0
        while kills < 6:
            runs += 1
            assert runs <= 6, "whatever one does, they are done before"
            run = Killed(lab, "scanner", tmp_path / f"run{runs}", words)
            sweep = run.to_its_end(chance, 0.2, 1.2)
            assert fates(sweep) == fates(expected)
            kills += run.kills
    finally:
        lab.run_inside("hosts", "nft", "delete", "table", "inet", "quiet")


def test_killed_while_the_dead_are_written(lab, tmp_path):
    """A list of 65,536 takes its time; what stands in it already is cut off and written again."""
    dead, prefix = tmp_path / "dead", "198.18.0.0/16"
    words = ("-q", "-r", "0", "-t", "200", "--drain", "500ms", "--rate", "60k", "--seed", "3", "--dead-file", str(dead), prefix)
    run = Killed(lab, "scanner", tmp_path / "run", words)
    kills, torn = 0, 0
    for attempt in range(8):
        if attempt and run.checkpoint.read_bytes().find(b'"state":"finished"') > 0:
            break
        with run.start("--checkpoint-interval", "200ms") as running:
            before = time.monotonic() + 30
            # What the part before has written is cut off first.
            while running.process.poll() is None and time.monotonic() < before and running.lines_so_far() != 1:
                time.sleep(0.001)
            while running.process.poll() is None and time.monotonic() < before and dead.stat().st_size == 0:
                pass
            running.process.kill()
            kills += running.process.wait() == -signal.SIGKILL
        torn += 0 < len(dead.read_text().split()) < 65_536
    assert kills >= 1
    with run.start() as running:
        sweep = running.finish()
    check_sums(sweep)
    listed = dead.read_text().split()
    assert listed == [str(address) for address in ipaddress.ip_network(prefix)]
    assert sweep.accounting["alive"] == 0 and len(sweep.in_state("unreachable")) == 8192
    assert torn >= 1, "none was killed in the midst of the list"
