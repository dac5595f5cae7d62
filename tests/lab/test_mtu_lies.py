"""mtu against a peer that lies about what is too big, or says nothing of it."""

import json
from pathlib import Path

import pytest

from labtools import TIME_LIMIT, PeerProcess

# Where nothing is lost but on purpose, less patience will do.
QUICK = ("-r", "2", "-W", "500ms")
HEAD = 'description = "mtu"\n[run]\nargs = []\n[expect]\n'
# Only 1,300 bytes get through, and whoever says so says it in some way of his own.
NARROW = """
[[peer.rule]]
prefix = ["198.18.0.0/16", "fd00:e5:18::/48"]
above = 1300
answer = false
{errors}
[[peer.rule]]
prefix = ["198.18.0.0/16", "fd00:e5:18::/48"]
"""
# All get through, and somebody says that they do not, each time.
WIDE = """
[[peer.rule]]
prefix = ["198.18.0.0/16", "fd00:e5:18::/48"]
{errors}
"""


def too_big(family: int, mtu: int, quote: str = "8", alter: str = "") -> str:
    kind = "type = 3\ncode = 4" if family == 4 else "type = 2\ncode = 0"
    source = "198.18.255.1" if family == 4 else "fd00:e5:18::ffff"
    return (f'[[peer.rule.error]]\n{kind}\nword = {mtu}\nquote = "{quote}"\nfrom = "{source}"\n'
            + (f'alter = ["{alter}"]\n' if alter else ""))


class Lie:
    """A peer that says this, and what is found then, as JSON and with each step."""

    def __init__(self, lab, tmp_path: Path) -> None:
        self.lab, self.folder = lab, tmp_path

    def __call__(self, scenario: str, target: str, *arguments: str) -> tuple[dict, str]:
        file = self.folder / "mtu.toml"
        file.write_text(HEAD + scenario)
        with PeerProcess(self.lab, file, self.folder) as peer:
            outs = [self.lab.run_inside("tun", str(self.lab.binary), "mtu", "-n", *arguments, how, target,
                                        timeout=TIME_LIMIT).stdout for how in ("--json", "-v")]
            seen = peer.stop()
        assert seen["bad_probes"] == 0, seen["faults"]
        return json.loads(outs[0]), outs[1]


@pytest.fixture
def lie(lab, tmp_path):
    return Lie(lab, tmp_path)


TUN = {4: "198.18.1.1", 6: "fd00:e5:18::1"}
FAMILIES = pytest.mark.parametrize("family", [4, 6])


@FAMILIES
@pytest.mark.parametrize("quote", ["8", "full"])
def test_what_is_told_is_believed_when_it_arrives(lie, family, quote):
    found, _ = lie(NARROW.format(errors=too_big(family, 1300, quote)), TUN[family])
    assert (found["mtu"], found["found"]) == (1300, "told"), found
    assert found["told_by"] == ("198.18.255.1" if family == 4 else "fd00:e5:18::ffff")


@FAMILIES
@pytest.mark.parametrize("word", [0, 1, 67, 1500, 1501, 9000, 65535, "too little"])
def test_an_mtu_that_cannot_be_is_not_believed(lie, family, word):
    """0 (routers from before RFC 1191), too little, too much: the search goes on without it."""
    told = (67 if family == 4 else 1279) if word == "too little" else word
    found, steps = lie(NARROW.format(errors=too_big(family, told)), TUN[family])
    assert (found["mtu"], found["found"]) == (1300, "searched"), found
    assert "told_by" in found and "black_hole" not in found
    expected = "which tells no MTU" if told == 0 else f"which tells {told}: that cannot be"
    assert expected in steps, steps


@FAMILIES
@pytest.mark.parametrize("alter", ["identifier", "sequence", "destination"])
def test_an_error_about_what_we_did_not_send_misleads_nobody(lie, family, alter):
    found, steps = lie(WIDE.format(errors=too_big(family, 1280 if family == 6 else 600, "8", alter)), TUN[family])
    assert (found["mtu"], found["found"]) == (1500, "interface") and found["probes"] >= 3, found
    assert "too big" not in steps


@FAMILIES
def test_a_reply_overrules_whatever_is_said(lie, family):
    """Somebody on the path sees our packets, lets them pass, and lies."""
    found, _ = lie(WIDE.format(errors=too_big(family, 1280)), TUN[family])
    assert (found["mtu"], found["found"]) == (1500, "interface"), found


@FAMILIES
def test_nothing_is_said_at_all(lie, family):
    found, _ = lie(NARROW.format(errors=""), TUN[family], *QUICK)
    assert (found["mtu"], found["found"], found["black_hole"]["size"]) == (1300, "searched", 1301), found


@FAMILIES
def test_replies_that_come_back_cut(lie, family):
    scenario = WIDE.format(errors="") + "cut = 56\n"
    found, steps = lie(scenario, TUN[family])
    assert (found["mtu"], found["cut"]) == (1500, True), found
    assert "replies come back cut" in steps


@FAMILIES
def test_loss_on_the_way(lie, family):
    scenario = NARROW.format(errors=too_big(family, 1300)).replace("above", "loss = 0.2\nabove")
    found, _ = lie(scenario + "loss = 0.2\n", TUN[family], "-r", "6", "-W", "200ms")
    assert found["mtu"] == 1300, found


@FAMILIES
@pytest.mark.parametrize("garbage", ["truncated", "random", "short-quote", "bad-checksum"])
def test_rubbish_besides(lie, family, garbage):
    scenario = WIDE.format(errors="").replace("prefix", f'garbage = ["{garbage}"]\nprefix')
    found, _ = lie(scenario, TUN[family])
    assert (found["mtu"], found["probes"]) == (1500, 3), found
