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


@pytest.mark.parametrize(("chosen", "framed"), [("auto", "packet"), ("raw", "raw"), ("packet", "packet"), ("xdp", "xdp")])
def test_a_dry_run_names_them(lab, chosen, framed):
    """And what a packet takes on the wire: 38 bytes more than IP's, of at least 46 (IEEE 802.3)."""
    targets = ["198.19.1.0/24", "fd00:e5:19:1::/120", "240.1.0.0/28", "127.0.0.0/30"]
    said = lab.run_inside("scanner", str(lab.binary), "--dry-run", "--tx", chosen, *targets).stdout
    routes = [line.removeprefix("routes").strip() for line in said.splitlines() if ", by " in line]
    ways = {line.split("-")[0]: line for line in routes}
    assert "via 198.19.0.2 " in ways["198.19.1.0"]
    assert ways["198.19.1.0"].endswith(f", by {framed}, 84 bytes on the wire each")
    assert ways["fd00:e5:19:1::"].endswith(f", by {framed}, 104 bytes on the wire each")
    asked = "512 at a time by the kernel's neighbour table" if framed == "raw" else "asked by ARP first"
    assert f", directly attached: {asked}" in ways["240.1.0.0"]
    assert ways["127.0.0.0"].endswith(", by raw, 46 bytes each")
