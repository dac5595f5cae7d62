"""Rights are given up before the first packet, and are not needed where ping sockets are allowed."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from conftest import AS_NOBODY, NOBODY
from labtools import TIME_LIMIT, expand

LONG = ["-q", "--rate", "20k", "240.16.0.0/14"]


def task_status(pid: int) -> list[dict[str, str]]:
    """/proc/PID/task/*/status of every thread."""
    return [dict(re.findall(r"^(\w+):\s*(.*)$", file.read_text(), re.M))
            for file in Path(f"/proc/{pid}/task").glob("*/status")]


@pytest.mark.parametrize(("env", "uid"), [({}, 0), ({"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY)}, NOBODY)],
                         ids=["root", "sudo"])
def test_a_running_sweep_holds_no_rights(public_lab, env, uid):
    with public_lab.start(*LONG, env=env) as running:
        running.wait_for_lines(2_000)
        tasks = task_status(running.process.pid)
        running.process.terminate()
        running.finish()
    assert len(tasks) >= 3, "sender, receiver and main thread"
    for status in tasks:
        for capabilities in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            assert int(status[capabilities], 16) == 0, f"{status['Name']}: {capabilities} {status[capabilities]}"
        assert status["Uid"].split() == [str(uid)] * 4, status["Uid"]
        assert status["Gid"].split() == [str(uid)] * 4, status["Gid"]
        if uid:
            assert set(status["Groups"].split()) <= {str(uid)}, status["Groups"]


def test_under_sudo_files_belong_to_the_user(public_lab, public_folder):
    own = public_folder / "own"
    own.mkdir(mode=0o700)
    os.chown(own, NOBODY, NOBODY)
    sweep = public_lab.sweep("-r", "1", "-t", "200ms", "--alive-file", str(own / "ok.txt"), "--dead-file",
                             str(own / "no.txt"), "198.19.1.0/28", "198.19.2.0/28",
                             env={"SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY)})
    sweep.expect_exactly(alive=expand(["198.19.1.0/28"]), silent=expand(["198.19.2.0/28"]))
    for name, expected in (("ok.txt", "198.19.1.0/28"), ("no.txt", "198.19.2.0/28")):
        owner = (own / name).stat()
        assert (owner.st_uid, owner.st_gid) == (NOBODY, NOBODY)
        assert set((own / name).read_text().split()) == expand([expected])


def test_under_sudo_a_folder_of_root_is_closed(public_lab, public_folder):
    """Were the file made before the rights are given up, a user could overwrite root's files through sudo."""
    closed = public_folder / "closed"
    closed.mkdir(mode=0o755)
    result = subprocess.run(public_lab.inside("scanner", str(public_lab.binary), "--alive-file",
                                              str(closed / "ok.txt"), "198.19.1.1"),
                            env={**os.environ, "SUDO_UID": str(NOBODY), "SUDO_GID": str(NOBODY)}, text=True,
                            capture_output=True, timeout=TIME_LIMIT, check=False)
    assert result.returncode == 4, result.stderr
    assert "Permission denied" in result.stderr and "ok.txt" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (closed / "ok.txt").exists()


@pytest.mark.parametrize(("alive", "silent"), [("198.19.1.0/24", "198.19.2.0/26"),
                                              ("fd00:e5:19:1::/120", "fd00:e5:19:2::/122")])
def test_unprivileged_finds_the_same(public_lab, ping_sockets, alive, silent):
    ping_sockets("0 2147483647")
    sweep = public_lab.sweep("-a", "-r", "1", "-t", "300ms", "--rate", "2k", alive, silent, before=AS_NOBODY)
    sweep.expect_exactly(alive=expand([alive]), silent=expand([silent]))
    assert set(sweep.stdout.split()) == expand([alive])
    assert sweep.exit == 1


def test_unprivileged_and_unreachable_hosts(public_lab, ping_sockets):
    """An error about one target fails the send to the next: the next one must not pay for it."""
    ping_sockets("0 2147483647")
    sweep = public_lab.sweep("-r", "1", "-t", "300ms", "--rate", "2k", "198.19.1.0/24", "198.19.3.0/24",
                             before=AS_NOBODY)
    assert sweep.in_state("alive") == expand(["198.19.1.0/24"])
    assert sweep.in_state("unreachable") <= expand(["198.19.3.0/24"])
    assert not sweep.in_state("unsent")


def test_without_any_right_one_line_says_how(public_lab, ping_sockets):
    ping_sockets("1 0")
    result = subprocess.run(public_lab.inside("scanner", *AS_NOBODY, str(public_lab.binary), "198.19.1.1"), text=True,
                            capture_output=True, timeout=TIME_LIMIT, check=False)
    assert result.returncode == 4
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert "setcap" in result.stderr and "ping_group_range" in result.stderr


def test_file_capability_is_enough(public_lab):
    setcap = shutil.which("setcap") or "/usr/sbin/setcap"
    if not Path(setcap).exists():
        pytest.skip("'setcap' is missing (package libcap2-bin)")
    if subprocess.run([setcap, "cap_net_raw+ep", str(public_lab.binary)], check=False).returncode:
        pytest.skip("this file system keeps no file capabilities")
    sweep = public_lab.sweep("-r", "1", "-t", "200ms", "198.19.1.0/28", "198.19.3.0/28", before=AS_NOBODY)
    sweep.expect_exactly(alive=expand(["198.19.1.0/28"]), unreachable=expand(["198.19.3.0/28"]))


def test_the_binary_is_not_setuid(lab):
    assert not lab.binary.stat().st_mode & stat.S_ISUID
