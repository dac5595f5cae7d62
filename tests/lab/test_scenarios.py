"""Every scenario file of the TUN peer gives the stated result."""

import ipaddress

import pytest

import scenario
from labtools import HERE, STATES, PeerProcess, expand

FILES = sorted((HERE / "scenarios").glob("*.toml"))


def check_amount(what, expected, found):
    if isinstance(expected, dict):
        assert found >= expected.get("min", found), f"{what}: {found}, at least {expected['min']} expected"
        assert found <= expected.get("max", found), f"{what}: {found}, at most {expected['max']} expected"
    else:
        assert found == expected, f"{what}: {found}, {expected} expected"


def check_records(sweep, expect):
    """What the records of single targets say: reason, source, round trip time, TTL."""
    for prefix, reason in expect.get("reasons", {}).items():
        wrong = {a: sweep.hosts[a] for a in expand([prefix]) if sweep.hosts[a]["reason"] != reason}
        assert not wrong, f"reason '{reason}' expected: {list(wrong.values())[:3]}"
    for prefix, source in expect.get("from", {}).items():
        for address in expand([prefix]):
            due = str(ipaddress.ip_address(address) + 1) if source == "next" else source
            assert sweep.hosts[address]["from"] == due, sweep.hosts[address]
    for address in sweep.in_state("alive"):
        record = sweep.hosts[address]
        if "rtt" in expect:
            assert ("rtt_us" in record) == expect["rtt"], record
        if "rtt_us" in record:
            assert 0 < record["rtt_us"] < 5e6, record
        if "ttl" in expect:
            assert record["ttl"] == expect["ttl"], record


def check_peer(plan, sweep, seen):
    """What the other end of the wire saw fits what the scanner says that it did."""
    assert seen["bad_probes"] == 0, seen["faults"]
    assert seen["probes"] == sweep.probes, "the peer and the scanner count differently"
    assert set(seen["attempts"]) == {a for a, r in sweep.hosts.items() if r["tries"]}
    for address, record in sweep.hosts.items():
        attempts = seen["attempts"].get(address, 0)
        expected = record["tries"]
        assert attempts >= expected if record["state"] == "alive" else attempts == expected, f"{record}: {attempts} seen"
    for field, value in plan.expect.get("probe", {}).items():
        assert seen["looks"][field] == [value], f"{field}: {seen['looks'][field]}"
    for what, amount in plan.expect.get("peer", {}).items():
        check_amount(what, amount, seen[what])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scenario(lab, file, tmp_path):
    plan = scenario.load(file)
    with PeerProcess(lab, file, tmp_path) as peer:
        sweep = lab.sweep(*plan.args, role="tun")
        seen = peer.stop()
    expect = plan.expect
    sweep.expect_exactly(**{state: expand(expect.get(state, [])) for state in STATES})
    assert sweep.exit == expect["exit"], sweep.stderr
    assert sweep.accounting["capture_drops"] == 0
    for what, amount in expect.get("counts", {}).items():
        check_amount(what, amount, sweep.accounting[what])
    check_records(sweep, expect)
    for text in expect.get("stderr", []):
        assert text in sweep.stderr
    for text in expect.get("stdout", []):
        assert text in sweep.stdout
    check_peer(plan, sweep, seen)


def test_there_are_scenarios():
    assert len(FILES) >= 18
