"""What the command-line tests share: one run of the program, and the rule that nothing leaves this machine."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run_schema
import signals_as_usual  # noqa: E402,F401

PROGRAM = os.environ.get("ECHOSWEEP", "")
TIME_LIMIT = 60

# The tests of one process run one after the other, and so few targets need no patience.
QUICK = ("-r", "0", "-t", "200", "--drain", "200ms")


@dataclass(frozen=True)
class Run:
    """What a program left behind."""

    out: str
    err: str
    code: int

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def call(command, *, stdin: str | bytes | None = None, env: dict[str, str] | None = None, cwd=None) -> Run:
    """Runs `command` to its end. `stdin`: what it reads there; nothing at all by default."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"} | (env or {})
    done = subprocess.run([str(word) for word in command], input=data if data is not None else b"", cwd=cwd,
                          capture_output=True, timeout=TIME_LIMIT, env=environment, check=False)
    return Run(done.stdout.decode(), done.stderr.decode(), done.returncode)


@pytest.fixture
def echosweep(tmp_path):
    """Runs the program under test, in an empty folder, with the arguments given."""

    def run(*arguments, prefix=(), **more) -> Run:
        more.setdefault("cwd", tmp_path)
        return call([*prefix, PROGRAM, *arguments], **more)

    return run


@pytest.fixture
def sweep(echosweep):
    """The same without the waiting: one probe a target."""
    return lambda *arguments, **more: echosweep(*QUICK, *arguments, **more)


def _made_by_nft(network: str) -> str:
    if "CLI_HAS_NFT" not in os.environ:
        pytest.skip("no nft here, or it may not be used: a network that does not answer cannot be made")
    return network


@pytest.fixture
def silent_network():
    return _made_by_nft("198.18.3.0/24")


@pytest.fixture
def unreachable_network():
    return _made_by_nft("198.18.4.0/24")


@pytest.fixture
def write(tmp_path):
    """Makes a file of that text in the folder where the program runs; the result is its name."""

    def file(name: str, text: str | bytes) -> str:
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    return file


def pytest_collection_modifyitems(items):
    if "CLI_NETWORK" not in os.environ:
        reason = "no network namespace may be made here (run tests/cli/run as root, or allow user namespaces)"
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_sessionfinish(session):
    """Where CI is set, a skipped test is a failed one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter.stats.get("skipped") and session.exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter):
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        terminalreporter.write_line(f"skipped: {report.nodeid}: {reason}")
