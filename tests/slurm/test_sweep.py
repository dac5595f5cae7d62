"""deploy/slurm on a real Slurm: a sweep as an array of tasks that are killed, put back and cancelled in their midst, and
what the merge job makes of them."""

import ipaddress
import json
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from cluster import PREFIX, ROOT, SILENT, TIME_LIMIT, until
from run_schema import check_lines

DEPLOY = ROOT / "deploy" / "slurm"
STATES = ("alive", "unreachable", "silent", "unsent")


def addresses(prefix: str) -> set[str]:
    return {str(address) for address in ipaddress.ip_network(prefix)}


class Sweep:
    """An array of tasks that deploy/slurm/submit has submitted, and its merge job."""

    def __init__(self, cluster, binary: Path, shards: str, *arguments: str, **variables: str) -> None:
        self.cluster = cluster
        done = cluster.run(str(DEPLOY / "submit"), shards, *arguments, env={"ECHOSWEEP": str(binary), **variables})
        said = dict(line.split(None, 1) for line in done.stdout.splitlines() if line.split(None, 1)[1:])
        self.array = said["sweep"].split()[1].rstrip(",")
        self.merge = said["merge"].split()[1].rstrip(",")
        self.folder = Path(said["results"].split(":")[0])
        self.tasks = range(1, int(shards) + 1)

    def task(self, number: int) -> str:
        return f"{self.array}_{number}"

    def lines_of(self, task: int) -> int:
        file = self.folder / f"task-{task}.json"
        return file.read_bytes().count(b"\n") if file.exists() else 0

    def log(self, task: int) -> str:
        return (self.cluster.shared / f"echosweep-{self.array}_{task}.log").read_text(encoding="utf-8", errors="replace")

    def position(self, task: int) -> Path:
        return self.folder / f"task-{task}.checkpoint"

    def wait_for_midst(self, task: int) -> int:
        """Until the task has a checkpoint and some results, and is not done; its process number."""
        def there() -> list[int]:
            return (self.position(task).exists() and self.lines_of(task) > 100 and self.processes(task)) or []
        return until(f"task {task} is in its midst", there, log=self.cluster.logs)[0]

    def processes(self, task: int) -> list[int]:
        return self.cluster.processes("--json", str(self.folder / f"task-{task}.json"), "--shard")

    def wait_for_restart(self, task: int, times: int = 1) -> None:
        until(f"task {task} was started again",
              lambda: int(self.cluster.job(self.task(task)).get("Restarts", "0")) >= times, log=self.cluster.logs)

    def wait_for_tasks(self, *tasks: int) -> None:
        for task in tasks or self.tasks:
            self.cluster.wait_for_state(self.task(task), "COMPLETED")

    def wait_for_merge(self, state: str) -> str:
        """The merge job's log."""
        job = self.cluster.wait_for_state(self.merge, "COMPLETED", "FAILED", "CANCELLED")
        log = (self.cluster.shared / f"echosweep-{self.merge}-merge.log").read_text(encoding="utf-8")
        assert job["JobState"] == state, f"{job}\n{log}\n{self.cluster.logs()}"
        return log

    def merged(self) -> tuple[dict, Counter, dict]:
        """The run, its hosts' states by address, and the accounting; checked for what always holds."""
        records = [json.loads(line) for line in (self.folder / "all.json").read_text(encoding="utf-8").splitlines()]
        check_lines(records, merged=True)
        run, hosts, accounting = records[0], records[1:-1], records[-1]
        states = {host["address"]: host["state"] for host in hosts}
        assert len(states) == len(hosts), "a host is listed twice"
        assert sum(accounting[state] for state in STATES) == accounting["targets"] == len(hosts)
        for state in STATES:
            assert accounting[state] == sum(1 for one in states.values() if one == state), state
        return run, states, accounting


@pytest.fixture
def submit(cluster, binary):
    """Submits; whatever is left of it is cancelled after the test, that the next one has the nodes to itself."""
    made = []

    def start(shards: str, *arguments: str, **variables: str) -> Sweep:
        made.append(Sweep(cluster, binary, shards, *arguments, **variables))
        return made[-1]

    yield start
    for sweep in made:
        cluster.run("scancel", sweep.array, sweep.merge, check=False)
    until("no job is left", lambda: not cluster.query("squeue", "--noheader").strip(), log=cluster.logs)


def test_killed_and_requeued_tasks_go_on_and_the_merged_sweep_is_exact(submit, cluster):
    sweep = submit("16", "--rate-total", "4800", "--checkpoint-interval", "500ms", PREFIX)

    # The kernel kills the sweep (as for want of memory): the script puts the task back.
    cluster.kill(sweep.wait_for_midst(3))
    # An operator puts one back; so does Slurm when it preempts.
    sweep.wait_for_midst(7)
    cluster.run("scontrol", "requeue", sweep.task(7))
    # The time is up, as Slurm tells it to a script that has asked for it.
    sweep.wait_for_midst(11)
    cluster.run("scancel", "--batch", "--signal=USR1", sweep.task(11))
    for task in (3, 7, 11):
        sweep.wait_for_restart(task)

    sweep.wait_for_tasks()
    for task in (3, 7, 11):
        assert f"shard {task} of 16 (Slurm array task {task})" in sweep.log(task)
    assert "the sweep was killed (exit code 137): back into the queue (restart 1)" in sweep.log(3)
    assert "its time is up: back into the queue (restart 1)" in sweep.log(11)
    assert "back into the queue" not in sweep.log(7)

    log = sweep.wait_for_merge("COMPLETED")
    assert "16 shards" in log and "missing" not in log, log
    run, states, accounting = sweep.merged()
    silent = addresses(SILENT)
    assert {address for address, state in states.items() if state == "alive"} == addresses(PREFIX) - silent
    assert {address for address, state in states.items() if state == "silent"} == silent
    assert run["merged"] == 16 and accounting["targets"] == 65536
    report = (sweep.folder / "report.txt").read_text(encoding="utf-8")
    assert "240.77.0.0/24" in report, report
