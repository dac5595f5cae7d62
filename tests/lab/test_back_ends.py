"""Each way to send finds the same, and the accounting names it."""

import pytest

from labtools import expand

ALIVE = ["198.19.1.0/24", "fd00:e5:19:1::/120"]
SILENT = ["198.19.2.0/28", "fd00:e5:19:2::/124"]
PROBES = 2 * (256 + 16) + 2 * 16  # with one retry of the silent


@pytest.mark.parametrize("back_end", ["raw", "packet", "xdp"])
def test_back_ends_agree(lab, back_end):
    sweep = lab.sweep("--tx", back_end, "--rate", "5k", "-r", "1", "-t", "2s", *ALIVE, *SILENT)
    sweep.expect_exactly(alive=expand(ALIVE), silent=expand(SILENT))
    sent = sweep.accounting["transmitted"]
    assert set(sent) == {back_end}, "nothing fell back"
    # The questions for the gateways' MAC addresses are the only packets that are no probes.
    assert PROBES <= sent[back_end] <= PROBES + 8


@pytest.mark.parametrize("back_end", ["packet", "xdp"])
def test_what_frames_cannot_reach_goes_by_raw(lab, back_end):
    sweep = lab.sweep("--tx", back_end, "-r", "0", "127.0.0.0/28", "198.19.1.0/28")
    sweep.expect_exactly(alive=expand(["127.0.0.0/28", "198.19.1.0/28"]))
    assert sweep.accounting["transmitted"]["raw"] == 16
    assert sweep.accounting["transmitted"][back_end] >= 16


@pytest.mark.parametrize("back_end", ["raw", "packet", "xdp"])
def test_as_fast_as_it_goes_nothing_is_lost(lab, back_end):
    sweep = lab.sweep("--tx", back_end, "--rate", "max", "-r", "0", "127.0.0.0/24", "240.2.0.0/24", *ALIVE)
    sweep.expect_exactly(alive=expand(["127.0.0.0/24", "240.2.0.0/24", *ALIVE]))
    assert sweep.accounting["extra"] == 0


def test_where_there_is_no_xdp_one_line_says_so(lab):
    """Here: no memory may be locked for its rings."""
    no_memory = ("setpriv", "--bounding-set=-ipc_lock", "prlimit", "--memlock=0")
    sweep = lab.sweep("--tx", "xdp", "-r", "0", "198.19.1.0/28", before=no_memory)
    sweep.expect_exactly(alive=expand(["198.19.1.0/28"]))
    assert set(sweep.accounting["transmitted"]) == {"packet"}
    said = [line for line in sweep.stderr.splitlines() if line.endswith("; sending by packet socket")]
    assert len(said) == 1
