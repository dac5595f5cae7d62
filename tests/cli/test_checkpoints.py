"""--checkpoint and --resume: killed, stopped or out of disk at any moment, a run that goes on is one undisturbed run."""

import csv
import hashlib
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import PROGRAM, TIME_LIMIT, call
from run_schema import check_lines

# 512 alive, 64 silent, 64 unreachable, 32 unsent.
MIXED = ("127.9.0.0/23", "198.18.3.0/26", "198.18.4.0/26", "198.18.5.0/27")
TARGETS = 672
# Slow enough to have a middle: two thirds of a second for the first pass.
PACE = ("--rate", "1000", "-r", "1", "-t", "100", "--drain", "200ms")
OFTEN = ("--checkpoint-interval", "50ms")
FILES = ("--json", "run.json", "--csv", "run.csv", "--alive-file", "alive", "--dead-file", "dead", "--grepable", "run.gnmap",
         "--xml", "run.xml")
STATES = ("alive", "unreachable", "silent", "unsent")
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}
KILLS = 12  # of each kind of run
FIRST_LINE = b"echosweep checkpoint 1\n"


# ---- what a run left behind


def lines_of(file: Path) -> list[dict]:
    text = file.read_text(encoding="utf-8")
    assert text.endswith("\n"), f"{file.name} ends in the middle of a line"
    return [json.loads(line) for line in text.splitlines()]


def each_once(pairs) -> dict:
    """As a dictionary, where nothing is there twice."""
    pairs = list(pairs)
    keys = [key for key, *_ in pairs]
    assert len(set(keys)) == len(keys), sorted({key for key in keys if keys.count(key) > 1})
    return {key: tuple(rest) for key, *rest in pairs}


@dataclass
class Results:
    """Who is what, by each output."""

    json: dict
    csv: dict
    alive: dict
    dead: str
    grepable: dict
    xml: dict
    text: dict


def read_results(folder: Path) -> Results:
    lines = lines_of(folder / "run.json")
    check_lines(lines)
    with open(folder / "run.csv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    grepable = (folder / "run.gnmap").read_text().splitlines()
    assert grepable[0].startswith("# Nmap ") and grepable[-1].startswith("# Nmap done at ")
    hosts = ElementTree.parse(folder / "run.xml").getroot().findall("host")
    return Results(
        json=each_once((line.get("address", line.get("prefix")), line["state"], line["reason"], line.get("from"), line["tries"]
                        if line["state"] != "alive" else 1) for line in lines[1:-1]),
        csv=each_once((row["address"], row["state"], row["reason"]) for row in table),
        alive=each_once((line,) for line in (folder / "alive").read_text().splitlines()),
        dead=(folder / "dead").read_text(),
        grepable=each_once(re.fullmatch(r"Host: (\S+) \(\)\tStatus: (\w+)", line).groups() for line in grepable[1:-1]),
        xml=each_once((host.find("address").get("addr"), host.find("status").get("state"), host.find("status").get("reason"))
                      for host in hosts),
        # A part says again what the one before had said after its last checkpoint, and who was dead at its end.
        text=dict(line.split(" is ") for line in (folder / "out").read_text().splitlines()))


def check_accounting(folder: Path, targets: int = TARGETS) -> dict:
    """It adds up, by itself and with the lines before it."""
    lines = lines_of(folder / "run.json")
    sums = lines[-1]
    assert sum(sums[state] for state in STATES) == sums["targets"] == lines[0]["targets"] == targets, sums
    for state in STATES:
        listed = sum(line.get("count", 1) for line in lines[1:-1] if line["state"] == state)
        assert listed == sums[state], (state, listed, sums)
    assert sum(sums["alive_by_pass"]) == sums["alive"], sums
    assert sums["probes"] == sum(sums["probes_by_pass"]) >= sum(sums["transmitted"].values()), sums
    # Nobody answers what was not sent.
    assert sums["alive"] <= sums["echo_replies"] - sums["extra"] + sums["neighbour_answers"] <= sums["probes"], sums
    assert sums["probes_by_pass"][0] >= sums["targets"] - sums["unsent"], sums
    assert sums["rtt_count"] <= sums["echo_replies"], sums
    return sums


def head_of(checkpoint: Path) -> dict:
    """What the file says, by a reader of our own."""
    data = checkpoint.read_bytes()
    assert data.startswith(FIRST_LINE)
    size, length = struct.unpack_from("<QQ", data, len(FIRST_LINE))
    assert size == len(data)
    assert hashlib.blake2b(data[:-32], digest_size=32).digest() == data[-32:]
    at = len(FIRST_LINE) + 16
    return json.loads(data[at:at + length])


def snapshot(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


# ---- a run of several parts


class Kept:
    """A run in a folder of its own: each part goes on where the one before ended. Standard output goes to the file `out`."""

    def __init__(self, folder: Path, *words: str, checkpoint: str = "run.checkpoint") -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.words, self.name = folder, words, checkpoint
        self.checkpoint = folder / checkpoint
        self.err = ""

    def start(self, *more: str, alone: bool = False) -> subprocess.Popen:
        """The next part. `alone`: by --resume FILE and no word more."""
        if not self.checkpoint.exists():
            words = ("--checkpoint", self.name, *self.words, *more)
        else:
            words = ("--resume", self.name) if alone else ("--resume", self.name, *self.words, *more)
        with open(self.folder / "out", "ab") as out, open(self.folder / "err", "ab") as err:
            return subprocess.Popen([PROGRAM, *words], cwd=self.folder, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=err)

    def finish(self, *more: str, alone: bool = False) -> int:
        """The exit code of a part that nobody disturbs."""
        return self.end(self.start(*more, alone=alone))

    def end(self, process: subprocess.Popen) -> int:
        try:
            return process.wait(timeout=TIME_LIMIT)
        finally:
            process.kill()
            process.wait()

    def kill_after(self, seconds: float, *more: str, alone: bool = False) -> bool:
        """Whether it came in time; else the run is over."""
        process = self.start(*more, alone=alone)
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        return process.wait() == -signal.SIGKILL

    def wait_for_hosts(self, process: subprocess.Popen, count: int) -> None:
        """Until this part has found so many: more are in the JSON file than its checkpoint began with, and its end is cut off."""
        if self.checkpoint.exists():
            count += head_of(self.checkpoint)["journal"]["hosts"]
        deadline = time.monotonic() + TIME_LIMIT / 2
        file = self.folder / "run.json"
        while True:
            lines = file.read_bytes() if file.exists() else b""
            if lines.count(b"\n") > count and b'"accounting"' not in lines:
                return
            assert process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.005)

    def said(self) -> str:
        return (self.folder / "err").read_text()

    def state(self) -> str:
        return head_of(self.checkpoint)["state"]


@pytest.fixture
def kept(tmp_path):
    """Makes such runs, all of which are over at the end."""
    number = 0

    def make(*words: str, **more) -> Kept:
        nonlocal number
        number += 1
        return Kept(tmp_path / f"run{number}", *words, **more)

    return make


_undisturbed: dict[tuple, Results] = {}


@pytest.fixture
def undisturbed(tmp_path):
    """The results of the same words in one go, and without --checkpoint."""

    def run(*words: str) -> Results:
        if words not in _undisturbed:
            folder = tmp_path / "undisturbed"
            folder.mkdir()
            result = call([PROGRAM, *words], cwd=folder)
            assert result.code == 1, result
            (folder / "out").write_text(result.out)
            check_accounting(folder)
            _undisturbed[words] = read_results(folder)
            shutil.rmtree(folder)
        return _undisturbed[words]

    return run


def expect_the_same(run: Kept, expected: Results) -> None:
    """Each target once in each output, and as in one undisturbed run."""
    found = read_results(run.folder)
    for name, value in vars(expected).items():
        assert getattr(found, name) == value, name
    check_accounting(run.folder)
    head = head_of(run.checkpoint)
    assert (head["state"], head["exit_code"]) == ("finished", 1)
    # A kill may have come between the two.
    assert not journal_of(run).exists() or "this run is finished" in run.said()


# ---- kills


@pytest.mark.parametrize("options", [("--seed", "7"), ("--seed", "8", "--order", "input"), ("--seed", "9", "--ranges"),
                                     ("--seed", "10", "--reason", "--rate", "3000")], ids=lambda options: options[2:] or "plain")
def test_killed_at_any_moment(kept, undisturbed, silent_network, unreachable_network, options):
    words = (*PACE, *options, *FILES, *MIXED) if "--rate" not in options else (*PACE[2:], *options, *FILES, *MIXED)
    expected = undisturbed(*words)
    chance = random.Random(f"kills {options}")
    kills, runs = 0, 0
    while kills < KILLS:
        runs += 1
        assert runs <= 4 * KILLS, "whatever one does, they are done before"
        run = kept(*words)
        # Every millisecond: then most kills meet one that is being written.
        interval = ("--checkpoint-interval", chance.choice(("50ms", "1ms")))
        while run.kill_after(chance.uniform(0, 0.5), *interval, alone=chance.random() < 0.5):
            kills += 1
        expect_the_same(run, expected)


def test_killed_while_the_end_is_written(kept, undisturbed, silent_network, unreachable_network):
    """The lists of the others, the last lines, the XML file, the last checkpoint."""
    words = (*PACE, "--seed", "7", *FILES, *MIXED)
    expected = undisturbed(*words)
    chance = random.Random("ends")
    kills, runs = 0, 0
    while kills < KILLS // 2:
        runs += 1
        assert runs <= 8 * KILLS, "whatever one does, they are done before"
        run = kept(*words)
        process = run.start(*OFTEN)
        dead = run.folder / "dead"
        while process.poll() is None and not (dead.exists() and dead.stat().st_size):
            time.sleep(0.0002)
        time.sleep(chance.choice((0, 0.0005, 0.002)))
        process.kill()
        kills += run.end(process) == -signal.SIGKILL
        assert run.finish() == 1
        expect_the_same(run, expected)


# ---- stops


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("times", [1, 2])
def test_stopped_by_a_signal(kept, undisturbed, silent_network, unreachable_network, number, times):
    words = ("--rate", "400", *PACE[2:], "--seed", "7", *FILES, *MIXED)
    run = kept(*words)
    for hosts in (60, 40):
        process = run.start(*OFTEN)
        run.wait_for_hosts(process, hosts)
        for _ in range(times):
            process.send_signal(number)
        assert run.end(process) == 128 + number
        assert run.state() == "stopped"
        # Its results are whole, as those of any run that was stopped.
        check_lines(lines_of(run.folder / "run.json"))
        sums = lines_of(run.folder / "run.json")[-1]
        assert sums["signal"] == number and sum(sums[state] for state in STATES) == TARGETS
        assert sums["unsent"] > 32
    assert run.finish(alone=True) == 1
    expect_the_same(run, undisturbed(*words))
    assert lines_of(run.folder / "run.json")[-1]["signal"] == 0


def test_stopped_by_max_packets(kept, undisturbed, silent_network, unreachable_network):
    words = (*PACE, "--seed", "7", *FILES, *MIXED)
    run = kept(*words)
    assert run.finish(*OFTEN, "--max-packets", "150") == 1
    assert run.state() == "stopped"
    assert check_accounting(run.folder)["stopped_by"] == "--max-packets"
    # Alone: under the same limit, which is each part's.
    assert run.finish(alone=True) == 1
    assert run.state() == "stopped"
    sums = check_accounting(run.folder)
    assert sums["stopped_by"] == "--max-packets" and 150 < sums["probes"] <= 300
    assert run.finish("--max-packets", "200") == 1
    assert run.state() == "stopped"
    assert run.finish() == 1
    expect_the_same(run, undisturbed(*words))
    assert lines_of(run.folder / "run.json")[-1]["stopped_by"] == ""


def test_stopped_by_max_runtime(kept, undisturbed, silent_network, unreachable_network):
    words = (*PACE, "--seed", "7", *FILES, *MIXED)
    run = kept(*words)
    assert run.finish(*OFTEN, "--max-runtime", "200ms") == 1
    assert run.state() == "stopped"
    assert check_accounting(run.folder)["stopped_by"] == "--max-runtime"
    assert run.finish("--max-runtime", "1h") == 1
    expect_the_same(run, undisturbed(*words))


def test_a_part_that_adds_no_time_does_no_harm(kept, undisturbed, silent_network, unreachable_network):
    """Killed again and again before it has sent anything."""
    words = (*PACE, "--seed", "7", *FILES, *MIXED)
    run = kept(*words)
    assert run.finish(*OFTEN, "--max-packets", "300") == 1
    for _ in range(5):
        run.kill_after(0.02, *OFTEN)
    assert run.finish(*OFTEN) == 1
    expect_the_same(run, undisturbed(*words))


# ---- standard output


def test_what_others_wrote_to_the_file_stays(kept, undisturbed, silent_network, unreachable_network):
    """With >> a run begins in the midst of a file."""
    words = (*PACE, "--seed", "7", *FILES, *MIXED)
    run = kept(*words)
    (run.folder / "out").write_text("somebody else's\n")
    for delay in (0.05, 0.1, 0.3):
        run.kill_after(delay, *OFTEN)
        assert (run.folder / "out").read_text().startswith("somebody else's\n")
    assert run.finish(*OFTEN) == 1
    mine = (run.folder / "out").read_text().removeprefix("somebody else's\n")
    (run.folder / "out").write_text(mine)
    expect_the_same(run, undisturbed(*words))


def test_nobody_found_yet(kept):
    """The file has nothing of ours in it, and keeps what it has."""
    run = kept("-r", "0", "--rate", "1", "--drain", "1ms", "198.18.5.0/24")
    (run.folder / "out").write_text("somebody else's\n")
    for _ in range(3):
        run.kill_after(0.2, *OFTEN)
    assert run.checkpoint.exists()
    assert (run.folder / "out").read_text() == "somebody else's\n"


def test_standard_output_that_is_no_file(kept, silent_network, tmp_path):
    """A reader of a pipe is not told again what an earlier part has told."""
    run = kept(*PACE, *OFTEN, "--seed", "7", "127.9.0.0/24", "198.18.3.0/28")
    words = [PROGRAM, "--checkpoint", "run.checkpoint", *run.words]
    first = call([*words, "--max-packets", "100"], cwd=run.folder)
    second = call([PROGRAM, "--resume", "run.checkpoint", *run.words], cwd=run.folder)
    alive = [line for line in first.lines + second.lines if line.endswith(" is alive")]
    assert len(first.lines) > 50 and sorted(alive) == sorted(f"127.9.0.{host} is alive" for host in range(256))
    assert (second.err, second.code) == ("", 1)


def test_json_on_standard_output(kept):
    """Each part is whole, and of a host that is alive it is told once."""
    run = kept(*PACE, "--seed", "7", "--json", "-", "127.9.0.0/24")
    out = run.folder / "out"
    alive = []
    for words in (("--max-packets", "100"), ("--max-packets", "50"), ()):
        before = len(out.read_text()) if out.exists() else 0
        assert run.finish(*words) == (1 if words else 0), run.said()
        lines = [json.loads(line) for line in out.read_text()[before:].splitlines()]
        check_lines(lines)
        alive += [line["address"] for line in lines[1:-1] if line["state"] == "alive"]
    assert sorted(alive) == sorted(f"127.9.0.{host}" for host in range(256))


def test_standard_output_to_a_new_file_has_everything(kept):
    run = kept(*PACE, "--seed", "7", "127.9.0.0/24")
    assert run.finish("--max-packets", "100") == 1
    (run.folder / "out").unlink()
    assert run.finish() == 0
    assert sorted((run.folder / "out").read_text().splitlines()) == sorted(f"127.9.0.{host} is alive" for host in range(256))


# ---- what a run is gone on with


@pytest.fixture(scope="module")
def stopped_once(tmp_path_factory):
    """The folder of a run that --max-packets stopped, in every format; and its words."""
    if "CLI_NETWORK" not in os.environ:
        pytest.skip("no network namespace may be made here")
    folder = tmp_path_factory.mktemp("stopped")
    (folder / "targets").write_text("127.9.0.0/25\n198.18.5.0/28\n")
    (folder / "not").write_text("127.9.0.9\n")
    run = Kept(folder, *PACE, "--seed", "7", "-f", "targets", "--exclude-file", "not", "--states", "alive,unsent", *FILES)
    assert run.finish("--max-packets", "60") == 1, run.said()
    return folder, run.words


@pytest.fixture
def stopped(stopped_once):
    """The same for each test."""
    folder, words = stopped_once
    before = snapshot(folder)
    yield Kept(folder, *words)
    for file in folder.iterdir():
        file.unlink()
    for name, data in before.items():
        (folder / name).write_bytes(data)


def refused(run: Kept, *words: str, stdin: str | None = None) -> tuple[str, int]:
    """The one line that is said, and the exit code. Nothing is written, whatever the words."""
    before = snapshot(run.folder)
    result = call([PROGRAM, *words], cwd=run.folder, stdin=stdin)
    assert snapshot(run.folder) == before, words
    assert result.out == "" and result.code not in (0, 1), result
    assert re.fullmatch(r"echosweep: [^\n]+\n", result.err), result.err
    return result.err.removeprefix("echosweep: ").removesuffix("\n"), result.code


def without(words: tuple[str, ...], option: str) -> tuple[str, ...]:
    at = words.index(option)
    return words[:at] + words[at + 2:]


@pytest.mark.parametrize("alone", [True, False])
def test_goes_on(stopped, alone):
    assert stopped.state() == "stopped"
    started = lines_of(stopped.folder / "run.json")[0]["started"]
    code = stopped.finish(alone=alone)
    while stopped.state() == "stopped":
        code = stopped.finish(alone=alone)
    assert code == 1
    lines = lines_of(stopped.folder / "run.json")
    check_lines(lines)
    assert lines[0]["started"] == started and lines[0]["seed"] == 7
    found = each_once((line["address"], line["state"]) for line in lines[1:-1])
    assert [*found.values()].count(("alive",)) == 127 and [*found.values()].count(("unsent",)) == 16


@pytest.mark.parametrize("option,words", [
    ("--shard", ("--shard", "1/2")), ("--order", ("--order", "input")), ("--timeout", ("-t", "101")), ("--retry", ("-r", "2")),
    ("--retry", ("-r", "0")), ("--backoff", ("-B", "2")), ("--arp", ("--arp",)), ("--no-arp", ("--no-arp",)),
    ("--check-source", ("--check-source",)), ("--ranges", ("--ranges",)), ("--guess", ("--guess",)), ("--rdns", ("-d",)),
    ("--name", ("-n",)), ("--addr", ("-A",)), ("--ttl", ("-H", "32")), ("--tos", ("-O", "8")), ("--size", ("-b", "56")),
    ("--iface", ("-I", "lo")), ("--src", ("-S", "127.0.0.1")), ("--dontfrag", ("-M",)),
    ("--fwmark", ("-k", "5")), ("--tx", ("--tx", "raw")), ("--random", ("-R",)), ("--states", ("--states", "alive")), ("--json", ("--json", "other")),
    ("--csv", ("--csv", "other")), ("--xml", ("--xml", "other")), ("--grepable", ("--grepable", "other")),
    ("--alive-file", ("--alive-file", "other")), ("--dead-file", ("--dead-file", "other")), ("--map", ("--map", "other.png"))])
def test_an_option_that_matters_is_another(stopped, option, words):
    long = {"-t": "-t", "-r": "-r"}.get(words[0], words[0])
    kept_words = without(stopped.words, long) if long in stopped.words else stopped.words
    message, code = refused(stopped, "--resume", stopped.name, *kept_words, *words)
    assert code == 3 and message.startswith(f"--resume run.checkpoint: {option} is "), message
    assert message.endswith(" when the run began: leave it as it was")


@pytest.mark.parametrize("option", ["-r", "-t", "--states", "--json", "--csv", "--xml", "--grepable", "--alive-file", "--dead-file"])
def test_an_option_that_matters_is_left_out(stopped, option):
    name = {"-r": "--retry", "-t": "--timeout"}.get(option, option)
    changed = without(stopped.words, option)
    if option == "-r":  # whose default is 1
        changed += ("--complete", "99")
    message, code = refused(stopped, "--resume", stopped.name, *changed)
    assert code == 3 and message.startswith(f"--resume run.checkpoint: {name} is "), message


def test_another_number_of_passes(kept):
    run = kept(*without(PACE, "-r"), "--complete", "90", "--seed", "7", "127.9.0.0/25")
    assert run.finish("--max-packets", "60") == 1
    message, code = refused(run, "--resume", run.name, *run.words, "--max-passes", "5")
    assert (message, code) == ("--resume run.checkpoint: --max-passes is 5 here, and was 10 when the run began: leave it as it was", 3)


def test_another_seed(stopped):
    message, code = refused(stopped, "--resume", stopped.name, *without(stopped.words, "--seed"), "--seed", "8")
    assert (message, code) == ("--resume run.checkpoint: --seed is 8 here, and was 7", 3)


def test_a_seed_is_remembered(kept):
    """Chosen by the first part, and not named by the second."""
    run = kept(*PACE, "--json", "run.json", "127.9.0.0/25")
    assert run.finish("--max-packets", "60") == 1
    seed = lines_of(run.folder / "run.json")[0]["seed"]
    assert run.finish() == 0
    assert lines_of(run.folder / "run.json")[0]["seed"] == seed


def test_what_does_not_matter_may_change(stopped):
    words = without(stopped.words, "--rate")
    result = call([PROGRAM, "--resume", stopped.name, *words, "--rate", "5k", "-q", "--no-progress"], cwd=stopped.folder)
    assert (result.out, result.code) == ("", 1), result
    assert stopped.state() == "finished"


@pytest.mark.parametrize("name", ["targets", "not"])
def test_a_file_of_targets_has_changed(stopped, name):
    with open(stopped.folder / name, "a", encoding="utf-8") as file:
        file.write("127.9.0.77\n127.9.1.1\n")
    for words in (stopped.words, ()):
        message, code = refused(stopped, "--resume", stopped.name, *words)
        assert (message, code) == (
            f"--resume run.checkpoint: {name} has changed since the run began: put it back as it was, or begin anew", 3)


def test_a_file_with_another_comment_has_the_same_targets(stopped):
    with open(stopped.folder / "targets", "a", encoding="utf-8") as file:
        file.write("# nothing more\n127.9.0.5\n")
    assert stopped.finish() == 1 and stopped.state() == "finished"


def test_a_file_of_targets_is_gone(stopped):
    (stopped.folder / "targets").unlink()
    message, code = refused(stopped, "--resume", stopped.name)
    assert "targets" in message and code != 0


@pytest.mark.parametrize("words", [("--exclude", "127.9.0.1"), ("127.9.1.1",)])
def test_other_targets(stopped, words):
    message, code = refused(stopped, "--resume", stopped.name, *stopped.words, *words)
    assert message.startswith("--resume run.checkpoint: the targets are not those of the run, which had 143: ") and code == 3


def test_targets_from_standard_input(kept):
    run = kept(*PACE, "--seed", "7", "--json", "run.json", "-q", "-f", "-")
    targets = "127.9.0.0/25\n"
    first = call([PROGRAM, "--checkpoint", run.name, *run.words, "--max-packets", "60"], stdin=targets, cwd=run.folder)
    assert first.code == 1 and run.state() == "stopped"
    message, code = refused(run, "--resume", run.name, *run.words, stdin=targets + "127.9.1.1\n")
    assert "other lines of standard input" in message and code == 3
    message, code = refused(run, "--resume", run.name, *run.words, stdin="")
    assert code in (2, 3)
    second = call([PROGRAM, "--resume", run.name, *run.words, "--max-packets", "60"], stdin=targets, cwd=run.folder)
    assert second.code == 1 and run.state() == "stopped", second
    second = call([PROGRAM, "--resume", run.name, *run.words], stdin=targets, cwd=run.folder)
    assert second.code == 0 and run.state() == "finished", second
    check_lines(lines_of(run.folder / "run.json"))


# ---- damage


def journal_of(run: Kept) -> Path:
    return run.folder / (run.name + ".hosts")


def test_the_journal_is_missing(stopped):
    journal_of(stopped).unlink()
    message, _ = refused(stopped, "--resume", stopped.name)
    assert "run.checkpoint.hosts" in message


def test_the_journal_is_another_runs(stopped, kept):
    other = kept(*PACE, "--seed", "7", "127.9.0.0/24")
    assert other.finish("--max-packets", "200") == 1
    shutil.copy(journal_of(other), journal_of(stopped))
    message, _ = refused(stopped, "--resume", stopped.name)
    assert message.startswith("run.checkpoint.hosts is the journal of another run than the checkpoint's")


def test_the_journal_lacks_what_the_checkpoint_counts_on(stopped):
    whole = journal_of(stopped).read_bytes()
    counted = head_of(stopped.checkpoint)["journal"]["hosts"]
    assert counted > 10 and len(whole) == 64 * (counted + 1)
    cuts = [0, 1, 63, 64, 65, 128, len(whole) // 2, len(whole) - 64, len(whole) - 1]
    for cut in cuts:
        journal_of(stopped).write_bytes(whole[:cut])
        message, _ = refused(stopped, "--resume", stopped.name)
        assert message.startswith("run.checkpoint.hosts is "), message
    for place in [*range(0, 128, 5), len(whole) - 30]:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        journal_of(stopped).write_bytes(flipped)
        message, _ = refused(stopped, "--resume", stopped.name)
        assert message.startswith("run.checkpoint.hosts is "), (place, message)


@pytest.mark.parametrize("tail", [b"\0" * 64, b"\xff" * 100, b"x"], ids=["zeros", "ones", "short"])
def test_a_torn_entry_behind_them_is_nothing(stopped, tail):
    with open(journal_of(stopped), "ab") as file:
        file.write(tail)
    assert stopped.finish() == 1 and stopped.state() == "finished"
    assert len((stopped.folder / "alive").read_text().split()) == 127


def test_hosts_found_after_the_checkpoint(kept, undisturbed, silent_network, unreachable_network):
    """With the journal's tail they are not asked again; without it they are found again."""
    words = (*PACE, "--seed", "7", *FILES, *MIXED)
    for keep_tail in (True, False):
        run = kept(*words)
        process = run.start("--checkpoint-interval", "1h")
        run.wait_for_hosts(process, 200)
        process.kill()
        assert run.end(process) == -signal.SIGKILL
        assert head_of(run.checkpoint)["journal"]["hosts"] == 0
        found = journal_of(run).stat().st_size // 64 - 1
        assert found >= 200
        if not keep_tail:
            os.truncate(journal_of(run), 64)
        assert run.finish() == 1
        expect_the_same(run, undisturbed(*words))
        assert "capture: " not in run.said()


def test_the_checkpoint_is_damaged(stopped):
    """Cut off anywhere, or with a bit that is another."""
    whole = stopped.checkpoint.read_bytes()
    before = snapshot(stopped.folder)
    del before[stopped.name]
    # Some of them: unit tests take all.
    broken = [whole[:size] for size in [*range(0, 48, 3), *range(48, len(whole), 101), len(whole) - 1]]
    for place in [*range(48), *range(48, len(whole), 23), *range(len(whole) - 32, len(whole), 3)]:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << place % 8
        broken.append(bytes(flipped))
    for data in [*broken, whole + b"\0", b""]:
        stopped.checkpoint.write_bytes(data)
        result = call([PROGRAM, "--resume", stopped.name], cwd=stopped.folder)
        assert re.fullmatch(r"echosweep: [^\n]*run\.checkpoint[^\n]*\n", result.err), (result.err, data)
        assert (result.out, result.code) == ("", 4), (result, data)
    after = snapshot(stopped.folder)
    assert after.pop(stopped.name) == b"" and after == before
    stopped.checkpoint.write_bytes(whole)
    assert stopped.finish() == 1 and stopped.state() == "finished"


@pytest.mark.parametrize("words", [("--resume", "nothing"), ("--resume", "."), ("--resume", "/dev/null"), ("--resume", "targets"),
                                   ("--resume", "run.checkpoint.hosts"), ("--resume", "")])
def test_what_is_no_checkpoint(stopped, words):
    for more in ((), stopped.words):
        message, code = refused(stopped, *words, *more)
        assert code in (3, 4), message


@pytest.mark.parametrize("name", ["run.json", "run.csv", "alive", "dead", "run.gnmap"])
def test_an_output_file_is_no_longer_what_it_was(stopped, name, undisturbed):
    file = stopped.folder / name
    whole = file.read_bytes()
    size = head_of(stopped.checkpoint)["files"][name]["size"]
    for harm in ("cut", "gone"):
        if harm == "gone":
            file.unlink()
        elif size == 0:
            continue
        else:
            file.write_bytes(whole[:size - 1])
        result = call([PROGRAM, "--resume", stopped.name], cwd=stopped.folder)
        assert re.fullmatch(rf"echosweep: [^\n]*{re.escape(name)}[^\n]*\n", result.err), result.err
        assert (result.out, result.code) == ("", 4)
        assert file.exists() == (harm == "cut")
        # Put back as it was, it is gone on with, and the others are none the worse.
        file.write_bytes(whole)
    assert stopped.finish() == 1 and stopped.state() == "finished"
    lines = lines_of(stopped.folder / "run.json")
    check_lines(lines)
    alive = {line["address"] for line in lines[1:-1] if line["state"] == "alive"}
    assert len(alive) == 127 and len(lines) == 2 + 127 + 16
    assert sorted((stopped.folder / "alive").read_text().split()) == sorted(alive)
    assert len((stopped.folder / "run.csv").read_text().splitlines()) == 1 + 127 + 16


def test_two_at_once(kept):
    """The second is told, and harms nothing."""
    run = kept(*PACE, "--seed", "7", "--json", "run.json", "127.9.0.0/24")
    process = run.start(*OFTEN)
    run.wait_for_hosts(process, 20)
    result = call([PROGRAM, "--resume", run.name], cwd=run.folder)
    was_over = run.state() == "finished"
    assert run.end(process) == 0
    if not was_over:
        assert result.code == 4 and "run.checkpoint.hosts is in use: another run writes to it" in result.err, result
    lines = lines_of(run.folder / "run.json")
    check_lines(lines)
    assert len(each_once((line["address"],) for line in lines[1:-1])) == 256


# ---- errors


def test_a_run_that_version_1_began_goes_on(echosweep, sweep, silent_network, unreachable_network, tmp_path):
    """tests/data/sweep-v1, which nobody changes: what a kill left of a run of the program that wrote version 1 first."""
    shutil.copytree(Path(__file__).parent.parent / "data" / "sweep-v1", tmp_path, dirs_exist_ok=True)
    targets = ("--seed", "5", "--shard", "2/2", "127.9.0.0/25", "198.18.3.0/29", "198.18.4.0/29")
    files = ("--json", "run.json", "--csv", "run.csv", "--alive-file", "alive.txt")
    result = echosweep("--resume", "run.ck", "-q", *files, "-t", "200", "-r", "1", *targets)
    assert (result.out, result.err, result.code) == ("", "", 1)
    sweep("-q", "-r", "1", "--json", "one.json", *targets)

    def states(lines: list[dict]) -> dict:
        return each_once((line["address"], line["state"], line["reason"]) for line in lines[1:-1])

    lines, whole = lines_of(tmp_path / "run.json"), lines_of(tmp_path / "one.json")
    check_lines(lines)
    assert states(lines) == states(whole) and len(states(lines)) == 72
    assert check_accounting(tmp_path, 72)["alive"] == whole[-1]["alive"]
    alive = {address for address, (state, _) in states(lines).items() if state == "alive"}
    assert each_once((line,) for line in (tmp_path / "alive.txt").read_text().splitlines()).keys() == alive
    with open(tmp_path / "run.csv", encoding="utf-8", newline="") as file:
        assert each_once((row["address"], row["state"], row["reason"]) for row in csv.DictReader(file)) == states(lines)


def test_a_checkpoint_is_not_overwritten(stopped):
    message, code = refused(stopped, "--checkpoint", stopped.name, *stopped.words)
    assert (message, code) == ("--checkpoint: run.checkpoint is there already: --resume run.checkpoint goes on with it, or remove it", 3)


@pytest.mark.parametrize("code,targets", [(1, ("127.9.0.0/28", "198.18.5.1")), (0, ("127.9.0.0/28",))])
def test_a_finished_run(kept, code, targets):
    run = kept(*PACE, *FILES, *targets)
    assert run.finish() == code
    before = snapshot(run.folder)
    for words in ((), run.words):
        result = call([PROGRAM, "--resume", run.name, *words], cwd=run.folder)
        assert (result.out, result.code) == ("", code)
        assert result.err == "echosweep: run.checkpoint: this run is finished, and its results are where they belong\n"
        assert snapshot(run.folder) == before


@pytest.mark.parametrize("option", ["--checkpoint", "--resume"])
@pytest.mark.parametrize("words,message", [
    (("-c", "1"), "is a sweep's: not with -c, -C or -l"), (("-C", "1"), "is a sweep's: not with -c, -C or -l"),
    (("-l",), "is a sweep's: not with -c, -C or -l"), (("--pcap", "kept.pcap"), "does not keep packets: not with --pcap"),
    (("--icmp-timestamp",), "does not keep times of day: not with --icmp-timestamp")])
def test_what_does_not_go_together(stopped, option, words, message):
    file = stopped.name if option == "--resume" else "new"
    assert refused(stopped, option, file, *words, "127.0.0.1") == (f"{option} {message}", 3)


def test_checkpoint_and_resume_at_once(stopped):
    message, code = refused(stopped, "--checkpoint", "new", "--resume", stopped.name, "127.0.0.1")
    assert message.startswith("--resume excludes --checkpoint") or message.startswith("--checkpoint excludes --resume")
    assert code == 3


@pytest.mark.parametrize("words,message", [
    (("--checkpoint-interval", "1s"), "--checkpoint-interval says how often --checkpoint FILE is written: add it"),
    (("--checkpoint", "new", "--checkpoint-interval", "0s"), "--checkpoint-interval: '0s' is less than 1 ms (see echosweep --help)"),
    (("--checkpoint", "new", "--checkpoint-interval", "1"), None)])
def test_intervals(stopped, words, message):
    said, code = refused(stopped, *words, "127.0.0.1")
    assert code == 3 and (said == message or message is None), said


def test_fping_knows_none(tmp_path):
    (tmp_path / "fping").symlink_to(PROGRAM)
    for words in (("--checkpoint", "new"), ("--resume", "new")):
        result = call([tmp_path / "fping", *words, "127.0.0.1"], cwd=tmp_path)
        assert result.out == "" and result.code != 0 and words[0].lstrip("-") in result.err, result
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("file", ["run.json", "./run.json", "alive", "run.xml"])
def test_a_file_has_one_use(tmp_path, file):
    """An output is neither the checkpoint nor the journal beside it."""
    words = ("-r", "0", "--json", "run.json", "--alive-file", "alive", "--xml", "run.xml", "127.9.0.0/30")
    result = call([PROGRAM, "--checkpoint", file, *words], cwd=tmp_path)
    assert (result.out, result.code) == ("", 3) and re.fullmatch(r"echosweep: [^\n]+ is wanted for the checkpoint[^\n]+\n", result.err)
    assert list(tmp_path.iterdir()) == []
    result = call([PROGRAM, "--checkpoint", "c", "--json", "c.hosts", "127.9.0.0/30"], cwd=tmp_path)
    assert (result.out, result.code) == ("", 3) and result.err.startswith("echosweep: c.hosts is wanted for the checkpoint"), result
    assert list(tmp_path.iterdir()) == []


def test_somebody_elses_file_beside_the_checkpoint_stays(tmp_path):
    """The journal has a name that nobody chose."""
    targets = tmp_path / "lab.hosts"
    targets.write_text("127.9.0.0/30\n")
    for words in (("-f", "lab.hosts"), ("127.9.0.1",)):
        result = call([PROGRAM, "--checkpoint", "lab", "-r", "0", *words], cwd=tmp_path)
        assert result.out == "" and result.code in (3, 4) and re.fullmatch(r"echosweep: [^\n]*lab\.hosts [^\n]+\n", result.err), result
        assert targets.read_text() == "127.9.0.0/30\n"
    targets.write_bytes(b"echosweep journal 1\n of a run that was killed before its first checkpoint")
    assert call([PROGRAM, "--checkpoint", "lab", "-r", "0", "127.9.0.1"], cwd=tmp_path).code == 0


def probes_heard() -> int:
    names, values = [line.split()[1:] for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Icmp:")]
    return int(dict(zip(names, values))["InEchos"])


@pytest.mark.parametrize("file", ["no/such/folder/c", "/sys/c", "-", "", ".", "out/"])
def test_where_no_checkpoint_can_be(tmp_path, file):
    """Nothing is sent, and no output is touched."""
    (tmp_path / "run.json").write_text("of yesterday\n")
    before = probes_heard()
    result = call([PROGRAM, "--checkpoint", file, "--json", "run.json", "127.9.0.0/28"], cwd=tmp_path)
    assert result.out == "" and result.code in (3, 4) and re.fullmatch(r"echosweep: [^\n]+\n", result.err), result
    assert probes_heard() == before
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("run.json", "of yesterday\n")]


# ---- full disks


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)], capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    with open(folder / "filler", "ab", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass


@pytest.mark.parametrize("targets", [MIXED, ("127.9.0.0/28", *MIXED[1:])], ids=["journal", "checkpoint"])
def test_the_disk_is_full(kept, small_disk, silent_network, unreachable_network, targets):
    """For the journal too, or where that has room enough in its first block for the checkpoint alone."""
    words = (*PACE, "--seed", "7", "--rate", "400", *FILES, *targets)[2:]
    count = TARGETS if targets is MIXED else TARGETS - 512 + 16
    run = kept(*words, checkpoint=str(small_disk / "c"))
    process = run.start(*OFTEN)
    run.wait_for_hosts(process, 5)
    fill(small_disk)
    assert run.end(process) == 4
    said = [line for line in run.said().splitlines() if "198.18.5." not in line]
    # Once each, of the checkpoint and of the journal while the run goes on, and of the last checkpoint at its end.
    assert 2 <= len(said) == len(set(said)) <= 3, said
    full = r"echosweep: cannot write to \S+/disk/c(\.hosts)?: No space left on device \([^\n]+\)"
    assert all(re.fullmatch(full + ": the checkpoint before stays, and the run goes on", line) for line in said[:-1]), said
    assert re.fullmatch(full, said[-1]), said
    # The results are whole all the same.
    assert check_accounting(run.folder, count)["alive"] == count - 160
    results = snapshot(run.folder)
    assert run.state() == "running"
    # And what stayed on the disk can be gone on with, when there is room again.
    (small_disk / "filler").unlink()
    assert run.finish() == 1
    assert run.state() == "finished"
    check_accounting(run.folder, count)
    for name in ("alive", "run.gnmap"):
        assert sorted((run.folder / name).read_text().splitlines()[1:-1]) == sorted(results[name].decode().splitlines()[1:-1])
    assert (run.folder / "dead").read_bytes() == results["dead"]


def test_the_disk_is_full_for_a_while(kept, small_disk, silent_network, unreachable_network):
    """A later checkpoint is as good as any."""
    run = kept(*PACE[2:], "--rate", "200", "--seed", "7", *FILES, "127.9.0.0/28", *MIXED[1:], checkpoint=str(small_disk / "c"))
    process = run.start(*OFTEN)
    run.wait_for_hosts(process, 2)
    fill(small_disk)
    deadline = time.monotonic() + TIME_LIMIT / 2
    while "the checkpoint before stays" not in run.said():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    (small_disk / "filler").unlink()
    assert run.end(process) == 1
    assert run.state() == "finished" and run.said().count("stays") == 1
    check_accounting(run.folder, TARGETS - 512 + 16)


def test_the_journal_is_removed_while_the_run_goes_on(kept, silent_network, unreachable_network):
    """What is found goes to the files all the same, and is told of once."""
    run = kept(*PACE[2:], "--rate", "200", "--seed", "7", *FILES, "127.9.0.0/28", *MIXED[1:])
    process = run.start(*OFTEN)
    run.wait_for_hosts(process, 2)
    journal_of(run).unlink()
    assert run.end(process) == 1, run.said()
    assert run.said().count("the checkpoint before stays") == 1
    check_accounting(run.folder, TARGETS - 512 + 16)
    assert run.state() == "finished"
