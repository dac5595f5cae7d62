"""Slurm on this one machine, for real: munged, slurmctld and a slurmd for each of its nodes, in a network namespace and a
temporary folder of their own, as root and without systemd. Nothing of it is seen by a Slurm that the machine may have.

In the namespace there is only loopback, and on it the whole of PREFIX: of that, SILENT does not answer. No packet of a
job can get anywhere else.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "lab")]
import signals_as_usual  # noqa: E402,F401
from namespaces import Namespaces  # noqa: E402

PREFIX = "240.77.0.0/16"
SILENT = "240.77.192.0/18"
# Each wait below has this limit at most; nothing waits for a time to pass.
TIME_LIMIT = 180
NODES = ("n1", "n2")
# Debian's packages of the programs that are needed.
NEEDED = {"munged": "munge", "slurmctld": "slurmctld", "slurmd": "slurmd", "sbatch": "slurm-client", "ip": "iproute2",
          "nft": "nftables"}

# Two CPUs for each task of the largest array: the machine has fewer, and a sweep at a low rate hardly needs one.
# A requeued job may start again when its credential has expired: two minutes later by default.
CONFIGURATION = """
ClusterName=echosweep-test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=1,sched_interval=2,sched_min_interval=100000
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=10
MinJobAge=3600
{nodes}
PartitionName=test Nodes={names} Default=YES State=UP OverSubscribe=NO
"""


def missing_need() -> str | None:
    """Why there can be no cluster here, if there cannot."""
    if os.geteuid() != 0:
        return "Slurm's daemons and a network namespace need root"
    for program, package in NEEDED.items():
        if shutil.which(program, path=search_path()) is None:
            return f"'{program}' is missing (package {package}: make test-slurm installs it)"
    return None


def search_path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def until(what: str, condition, limit: float = TIME_LIMIT, log=lambda: ""):
    """The first true result of `condition`; fails when there is none within the limit."""
    deadline = time.monotonic() + limit
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"waited {limit} s for this, and it did not come: {what}\n{log()}"
        time.sleep(0.1)


class Network(Namespaces):
    """One namespace, in which PREFIX is alive but for SILENT."""

    def __init__(self) -> None:
        super().__init__(f"s{os.getpid()}-", ("slurm",))

    def make(self) -> None:
        self.add("slurm", {"ipv4/icmp_ratelimit": 0})
        # Without an address beside 127.0.0.0/8 the resolver finds none to listen on (AI_ADDRCONFIG), and slurmctld ends.
        self.ip("slurm", [f"route add local {PREFIX} dev lo", "addr add 198.18.77.1/32 dev lo"])
        self.run("slurm", "nft", "-f", "-", input="\n".join((
            "table ip test {", "chain input {", "type filter hook input priority 0", f"ip daddr {SILENT} drop", "}", "}", "")))


class Cluster:
    """A context: the daemons run while it lasts, and are ended, each by its own process number, after that."""

    def __init__(self) -> None:
        self.network = Network()
        # Munge wants a folder that everybody may enter, and that belongs to root.
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-test-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.shared = self.folder / "shared"
        self.daemons: dict[str, subprocess.Popen] = {}
        # No trace of a Slurm job in which we may run ourselves, nor of who called sudo.
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("SLURM", "SBATCH", "SUDO_", "ECHOSWEEP"))}
        self.environment |= {"PATH": search_path(), "SLURM_CONF": str(self.folder / "slurm.conf"), "LC_ALL": "C.UTF-8",
                             "SLURM_TIME_FORMAT": "%s"}

    def __enter__(self) -> "Cluster":
        try:
            self.network.__enter__()
            self._configure()
            self._start_munge()
            self._daemon("slurmctld", "slurmctld", "-D")
            until("slurmctld answers", lambda: self._alive() and self.query("scontrol", "ping", check=False).find(" UP") >= 0,
                  log=self.logs)
            self.start_nodes()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        # What jobs left behind goes first, while there is somebody to do it; then the daemons, the last one first.
        if self.daemons and self._alive(complain=False):
            subprocess.run(self._inside("scancel", "--user=root"), env=self.environment, capture_output=True, timeout=60,
                           check=False)
            try:
                until("no job is left", lambda: not self.query("squeue", "--noheader", check=False).strip(), limit=60)
            except AssertionError as late:
                print(late, file=sys.stderr)
        for daemon in reversed(self.daemons.values()):
            self._end(daemon)
        # Jobs do not end with slurmd. Whoever is still in the namespace came there through us.
        for number in self.processes():
            self.kill(number)
        self.network.__exit__()
        if not os.environ.get("SLURM_TEST_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def _end(daemon: subprocess.Popen) -> None:
        if daemon.poll() is None:
            daemon.terminate()
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def _configure(self) -> None:
        for name in ("state", "shared", *("spool-" + node for node in NODES)):
            (self.folder / name).mkdir(mode=0o755)
        host = subprocess.run(["hostname", "-s"], check=True, capture_output=True, text=True).stdout.strip()
        nodes = "\n".join(f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={16820 + i} CPUs=32 RealMemory=16384 State=UNKNOWN"
                          for i, node in enumerate(NODES))
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(host=host, folder=self.folder, nodes=nodes, names=",".join(NODES)), encoding="utf-8")
        # Nothing here uses control groups, and a container may have none; by default slurmd looks for their mount, and ends.
        (self.folder / "cgroup.conf").write_text(f"CgroupPlugin=cgroup/v1\nCgroupMountpoint={self.folder}\n", encoding="utf-8")

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self._daemon("munged", "munged", "--foreground", "--force", f"--key-file={key}",
                     *(f"--{kind}={self.folder}/munge.{suffix}" for kind, suffix in (
                         ("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed"))))
        until("munged listens", lambda: self._alive() and (self.folder / "munge.socket").exists(), log=self.logs)

    def _inside(self, *command: str) -> list[str]:
        return self.network.inside("slurm", *command)

    def _daemon(self, name: str, *command: str) -> None:
        with open(self.folder / (name + ".out"), "wb") as out:
            self.daemons[name] = subprocess.Popen(self._inside(*command), env=self.environment, cwd=self.folder,
                                                  stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)

    def _alive(self, complain: bool = True) -> bool:
        dead = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
        assert not (dead and complain), f"ended by themselves: {dead}\n{self.logs()}"
        return not dead

    def logs(self) -> str:
        """The end of whatever the daemons and the jobs wrote."""
        files = sorted(self.folder.glob("*.out")) + sorted(self.folder.glob("*.log")) + sorted(self.shared.glob("**/*.log"))
        return "\n".join(f"---- {file.name}\n" + "\n".join(file.read_text(errors="replace").splitlines()[-25:])
                         for file in files if file.stat().st_size)

    # ---- what a person types ----

    def run(self, *command: str, check: bool = True, env: dict[str, str] | None = None,
            time_limit: float = TIME_LIMIT) -> subprocess.CompletedProcess:
        done = subprocess.run(self._inside(*command), env=self.environment | (env or {}), cwd=self.shared, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=time_limit, check=False)
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}\n{self.logs()}"
        return done

    def query(self, *command: str, check: bool = True) -> str:
        return self.run(*command, check=check).stdout

    def node_states(self) -> dict[str, str]:
        lines = self.query("sinfo", "--noheader", "--Node", "--format=%N %t", check=False).splitlines()
        return dict(line.split() for line in lines)

    def start_nodes(self) -> None:
        """Those that do not run."""
        for node in NODES:
            if "slurmd-" + node not in self.daemons:
                self._daemon("slurmd-" + node, "slurmd", "-D", "-N", node)
        until("all nodes are idle", lambda: self._alive() and self.node_states() == {node: "idle" for node in NODES},
              log=self.logs)

    def node_dies(self, node: str) -> None:
        """As when its power is cut: all that runs there is gone at once, without a word. The controller would find that
        out after SlurmdTimeout; here an operator tells it."""
        daemon = self.daemons.pop("slurmd-" + node)
        jobs = self.query("squeue", "--noheader", "--nodelist=" + node, "--format=%A").split()
        # Who would tell first. Slurm's steps put their job into their names: slurmstepd: [12.batch]
        for number in self.processes():
            if any(word.startswith("slurmstepd: [" + job + ".") for word in self.words_of(number) for job in jobs):
                self.kill(number)
        daemon.kill()
        daemon.wait()
        for number in self.processes():
            if f"SLURMD_NODENAME={node}" in self.words_of(number, "environ"):
                self.kill(number)
        self.run("scontrol", "update", "nodename=" + node, "state=down", "reason=died")

    def job(self, number: str) -> dict[str, str]:
        """What scontrol knows of a job, or of one task of an array (12_3)."""
        text = self.query("scontrol", "--oneliner", "show", "job", number)
        return dict(re.findall(r"(\w[\w/:]*)=(\S*)", text.splitlines()[0]))

    def wait_for_state(self, number: str, *states: str) -> dict[str, str]:
        def reached() -> dict[str, str] | None:
            self._alive()
            job = self.job(number)
            return job if job["JobState"] in states else None
        return until(f"job {number} is {' or '.join(states)}", reached,
                     log=lambda: f"{self.query('scontrol', 'show', 'job', number)}\n{self.logs()}")

    @staticmethod
    def words_of(process: int, what: str = "cmdline") -> list[str]:
        try:
            return Path(f"/proc/{process}/{what}").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return []

    def processes(self, *words: str) -> list[int]:
        """Whoever in the namespace has all these words in its command line."""
        inside = subprocess.run(["ip", "netns", "pids", self.network.ns("slurm")], capture_output=True, text=True, check=False)
        numbers = [int(number) for number in inside.stdout.split()]
        return [number for number in numbers if set(words) <= set(self.words_of(number))]

    @staticmethod
    def kill(number: int) -> None:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            pass
