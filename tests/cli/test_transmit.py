"""--tx, --arp, --no-arp: how packets leave, and whom that can reach. (What they do on a link, the lab shows.)"""

import json
import re

import pytest

from conftest import QUICK
from test_options import NO_CAPABILITIES


@pytest.mark.parametrize("value", ["", "Raw", "socket", "raw,packet", "af_xdp"])
def test_bad_way(echosweep, value):
    result = echosweep("--tx", value, "127.0.0.1")
    assert (result.out, result.code) == ("", 3)
    assert result.err == f"echosweep: --tx: '{value}' is none of auto, raw, packet, xdp (see echosweep --help)\n"


@pytest.mark.parametrize("arguments,why", [
    (["--arp", "--no-arp"], "--arp excludes --no-arp (see echosweep --help)"),
    (["--no-arp", "--arp"], "--arp excludes --no-arp (see echosweep --help)"),
    (["--arp", "--tx", "raw"], "--arp needs frames: not with --tx raw"),
    (["--arp", "-b", "1233"], "--arp takes a payload of 1232 bytes at most: larger packets may need fragments, which "
                              "only the kernel makes"),
    (["--tx", "packet", "-b", "1233"], "--tx packet or xdp takes a payload of 1232 bytes at most: larger packets may "
                                       "need fragments, which only the kernel makes"),
    (["--tx", "xdp", "-b", "65507"], "--tx packet or xdp takes a payload of 1232 bytes at most: larger packets may "
                                     "need fragments, which only the kernel makes"),
    (["--tx"], "--tx: 1 required auto|raw|packet|xdp missing (see echosweep --help)"),
], ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_what_does_not_go_together(echosweep, arguments, why):
    result = echosweep("127.0.0.1", *arguments)
    assert (result.out, result.code) == ("", 3)
    assert result.err.startswith(f"echosweep: {why}") and result.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--tx", "packet", "-b", "1232"], ["-b", "4000"], ["--tx", "raw", "-b", "4000"],
                                       ["--tx", "auto", "--no-arp"], ["--tx", "raw", "--no-arp"]], ids=" ".join)
def test_what_does(sweep, arguments):
    result = sweep(*arguments, "127.0.0.1")
    assert (result.out, result.err, result.code) == ("127.0.0.1 is alive\n", "", 0)


@pytest.mark.parametrize("way", ["auto", "raw", "packet"])
def test_loopback_has_no_frames(sweep, tmp_path, way):
    """Its packets are the kernel's to send, whatever was asked for."""
    result = sweep("-s", "--tx", way, "--json", "run.json", "127.0.0.0/28", "::1")
    assert result.code == 0
    assert "\ntransmit: 17 by raw\n" in result.err
    assert "neighbours:" not in result.err
    sums = json.loads((tmp_path / "run.json").read_text().splitlines()[-1])
    assert sums["transmitted"] == {"raw": 17}
    assert (sums["neighbour_requests"], sums["neighbour_answers"]) == (0, 0)


def test_arp_asks_nobody_elsewhere(sweep, tmp_path):
    result = sweep("-s", "--arp", "--reason", "--json", "run.json", "127.0.0.1", "198.18.2.1", "fd00:e5::2:1")
    assert result.code == 1
    assert result.lines == [f"{target} is unreachable (unsent: not on a link of ours)"
                            for target in ("127.0.0.1", "198.18.2.1", "fd00:e5::2:1")]
    told = [line for line in result.err.splitlines() if line.startswith("echosweep: ")]
    assert len(told) == 1 and re.fullmatch(
        r"echosweep: \S+: error while sending ping: not on a link of ours "
        r"\(--arp asks directly attached networks only\)", told[0])
    assert "probes: 0 sent" in result.err and "transmit:" not in result.err
    assert json.loads((tmp_path / "run.json").read_text().splitlines()[-1])["transmitted"] == {}


@pytest.mark.parametrize("arguments", [["--arp"], ["--tx", "packet"], ["--tx", "xdp"]], ids=" ".join)
def test_frames_need_privilege(echosweep, arguments):
    """And no ICMP socket takes their place without a word."""
    result = echosweep(*QUICK, *arguments, "127.0.0.1", prefix=NO_CAPABILITIES)
    assert (result.out, result.code) == ("", 4)
    assert result.err.startswith("echosweep: cannot open a ") and "CAP_NET_RAW" in result.err
    assert result.err.count("\n") == 1
