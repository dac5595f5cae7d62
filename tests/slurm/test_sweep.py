"""deploy/slurm on a real Slurm: a sweep as an array of tasks that are killed, put back and cancelled in their midst, and
what the merge job makes of them."""

import ipaddress
import json
from collections import Counter
from pathlib import Path

import pytest

from cluster import PREFIX, ROOT, SILENT, until
from run_schema import check_lines

DEPLOY = ROOT / "deploy" / "slurm"
SMALL = "240.77.0.0/21"
STATES = ("alive", "unreachable", "silent", "unsent")


def addresses(prefix: str) -> set[str]:
    return {str(address) for address in ipaddress.ip_network(prefix)}


class Sweep:
    """An array of tasks that deploy/slurm/submit has submitted, and its merge job."""

    def __init__(self, cluster, binary: Path, shards: str, *arguments: str, **variables: str) -> None:
        self.cluster = cluster
        self.binary = str(binary)
        self.before: dict[int, bytes] = {}  # by task: what was kept when it was last seen in its midst
        done = cluster.run(str(DEPLOY / "submit"), shards, *arguments, env={"ECHOSWEEP": str(binary), **variables})
        said = dict(line.split(None, 1) for line in done.stdout.splitlines() if line.split(None, 1)[1:])
        self.array = said["sweep"].split()[1].rstrip(",")
        self.merge = said["merge"].split()[1].rstrip(",")
        self.folder = Path(said["results"].split(":")[0])
        self.tasks = range(1, int(shards) + 1)

    def task(self, number: int) -> str:
        return f"{self.array}_{number}"

    def log(self, task: int) -> str:
        return (self.cluster.shared / f"echosweep-{self.array}_{task}.log").read_text(encoding="utf-8", errors="replace")

    def kept(self, task: int) -> bytes:
        """The results that the task's checkpoint knows of: these stay as they are, whatever happens to the task."""
        if not (self.folder / f"task-{task}.checkpoint").exists():
            return b""
        status = json.loads(self.cluster.query(self.binary, "status", "--json", str(self.folder / f"task-{task}.checkpoint")))
        results = self.folder / f"task-{task}.json"
        size = status.get("files", {}).get(str(results), {"size": 0})["size"]
        return results.read_bytes()[:size]

    def wait_for_midst(self, task: int) -> int:
        """Until the task's checkpoint knows of some results, and the task is not done; its process number."""
        def there() -> list[int]:
            self.before[task] = self.kept(task)
            return (self.before[task].count(b"\n") > 50 and self.processes(task)) or []
        return until(f"task {task} is in its midst", there, log=self.cluster.logs)[0]

    def processes(self, task: int) -> list[int]:
        return self.cluster.processes("--json", str(self.folder / f"task-{task}.json"), "--shard")

    def wait_for_restart(self, task: int, times: int = 1) -> None:
        until(f"task {task} was started again",
              lambda: int(self.cluster.job(self.task(task)).get("Restarts", "0")) >= times, log=self.cluster.logs)

    def wait_for_tasks(self, *tasks: int) -> None:
        for task in tasks or self.tasks:
            self.cluster.wait_for_state(self.task(task), "COMPLETED")

    def merge_again(self) -> None:
        script = str(DEPLOY / "merge.sbatch")
        self.merge = self.cluster.run("sbatch", "--parsable", script, str(self.folder),
                                      env={"ECHOSWEEP": self.binary}).stdout.strip()

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

    def expect_exactly(self, prefix: str, alive: set[str]) -> None:
        """Each address of the prefix once: these alive, the others silent."""
        for task, before in self.before.items():
            assert (self.folder / f"task-{task}.json").read_bytes().startswith(before), f"task {task} began anew"
        run, states, accounting = self.merged()
        assert {address for address, state in states.items() if state == "alive"} == alive
        assert {address for address, state in states.items() if state == "silent"} == addresses(prefix) - alive
        assert run["merged"] == len(self.tasks) and accounting["targets"] == len(addresses(prefix))


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
    sweep.expect_exactly(PREFIX, alive=addresses(PREFIX) - addresses(SILENT))
    report = (sweep.folder / "report.txt").read_text(encoding="utf-8")
    assert "240.77.0.0/24" in report, report


def test_a_cancelled_task_is_missed_and_may_go_on_later(submit, cluster):
    sweep = submit("4", "--rate-total", "400", "--checkpoint-interval", "500ms", SMALL)
    sweep.wait_for_midst(2)
    cluster.run("scancel", sweep.task(2))
    cluster.wait_for_state(sweep.task(2), "CANCELLED")
    sweep.wait_for_tasks(1, 3, 4)
    log = sweep.wait_for_merge("FAILED")
    assert "task-2 is not finished" in log and "task-1 " not in log, log
    assert cluster.job(sweep.task(2))["JobState"] == "CANCELLED", "it came back by itself"

    cluster.run("scontrol", "requeue", sweep.task(2))
    sweep.wait_for_tasks()
    sweep.merge_again()
    sweep.wait_for_merge("COMPLETED")
    sweep.expect_exactly(SMALL, alive=addresses(SMALL))


def test_a_shard_that_never_was_is_named(submit, cluster):
    sweep = submit("3", "--rate-total", "3k", SMALL)
    sweep.wait_for_tasks()
    sweep.wait_for_merge("COMPLETED")
    for file in sweep.folder.glob("task-3.*"):
        file.unlink()
    sweep.merge_again()
    log = sweep.wait_for_merge("FAILED")
    assert "missing" in log and "3" in log, log


def test_tasks_of_a_node_that_dies_go_on_elsewhere(submit, cluster):
    sweep = submit("4", "--rate-total", "400", "--checkpoint-interval", "500ms", SMALL)
    for task in sweep.tasks:
        sweep.wait_for_midst(task)
    node = cluster.job(sweep.task(1))["NodeList"]
    there = [task for task in sweep.tasks if cluster.job(sweep.task(task))["NodeList"] == node]
    cluster.node_dies(node)
    for task in there:
        sweep.wait_for_restart(task)
    sweep.wait_for_tasks()
    assert all(cluster.job(sweep.task(task))["NodeList"] != node for task in there)
    sweep.wait_for_merge("COMPLETED")
    sweep.expect_exactly(SMALL, alive=addresses(SMALL))
    cluster.start_nodes()
