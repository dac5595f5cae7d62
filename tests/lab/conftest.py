"""Builds one lab for the whole session, under a prefix of its own, and removes it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from labtools import HERE, Lab

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
NEEDED_TOOLS = {"ip": "iproute2", "tc": "iproute2", "nft": "nftables", "awk": "mawk",
                "setpriv": "util-linux", "unshare": "util-linux"}


def _missing_need() -> str | None:
    if os.geteuid() != 0:
        return "network namespaces need root"
    if not Path("/dev/net/tun").exists():
        return "this kernel has no TUN device (/dev/net/tun)"
    for tool, package in NEEDED_TOOLS.items():
        if subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True, check=False).returncode:
            return f"'{tool}' is missing (package {package})"
    return None


@pytest.fixture(scope="session")
def binary() -> Path:
    """The scanner: $ECHOSWEEP, or the release build."""
    path = Path(os.environ.get("ECHOSWEEP") or HERE.parents[1] / "build" / "release" / "echosweep").resolve()
    if not os.access(path, os.X_OK):
        pytest.fail(f"there is no scanner at {path} (build it, or set ECHOSWEEP)", pytrace=False)
    return path


@pytest.fixture(scope="session")
def debians_ping() -> str:
    path = shutil.which("ping")
    if path is None or b"iputils" not in subprocess.run([path, "-V"], capture_output=True, check=False).stdout:
        pytest.skip("iputils' ping is missing (package iputils-ping)")
    return path


@pytest.fixture(scope="session")
def lab(binary):
    reason = _missing_need()
    if reason:
        pytest.skip(reason)
    made = Lab(os.environ.get("LAB_PREFIX") or f"t{os.getpid()}-", binary)
    up = subprocess.run([str(HERE / "lab"), "--prefix", made.prefix, "up"], capture_output=True, text=True,
                        check=False)
    if up.returncode != 0:
        pytest.fail(f"the lab does not come up: {up.stderr}", pytrace=False)
    yield made
    made.command("down")


@pytest.fixture
def public_lab(lab, public_folder):
    """The lab with a copy of the scanner that other users can reach."""
    copy = public_folder / "echosweep"
    shutil.copy(lab.binary, copy)
    copy.chmod(0o755)
    return Lab(lab.prefix, copy)


@pytest.fixture
def public_folder():
    folder = Path(subprocess.run(["mktemp", "-d", "/tmp/lab-XXXXXX"], check=True, text=True,
                                 capture_output=True).stdout.strip())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ping_sockets(lab):
    def allow(groups: str) -> None:
        lab.run_inside("scanner", "sh", "-c", f"echo '{groups}' > /proc/sys/net/ipv4/ping_group_range")
    yield allow
    allow("1 0")
