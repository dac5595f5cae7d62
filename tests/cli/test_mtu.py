"""mtu: its command line, on the loopback interface, where all packets fit."""

import json
import signal
import subprocess
import time

import pytest

from conftest import PROGRAM, TIME_LIMIT

NO_CAPABILITIES = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--")
QUICK = ("-r", "0", "-W", "1s")


def test_own_addresses_take_the_largest_packet_there_is(echosweep):
    result = echosweep("mtu", "127.0.0.1", "::1", "fd00:e5::2:5")
    assert sorted(result.lines) == sorted(f"{host}: 65535 (as here; 1 hop)" for host in (
        "127.0.0.1", "::1", "fd00:e5::2:5"))
    assert (result.err, result.code) == ("", 0)


def test_ranges_prefixes_names_and_files(echosweep, write):
    write("targets", "127.0.1.1-3 # three\n127.0.2.0/30\n")
    result = echosweep("mtu", "seven.example", "-f", "targets", "--exclude", "127.0.2.0,127.0.2.3")
    hosts = ["seven.example", *(f"127.0.1.{n}" for n in (1, 2, 3)), "127.0.2.1", "127.0.2.2"]
    assert sorted(result.lines) == sorted(f"{host}: 65535 (as here; 1 hop)" for host in hosts)
    assert result.code == 0


def test_targets_from_standard_input(echosweep):
    result = echosweep("mtu", "--max", "1000", stdin="127.0.0.3\n")
    assert result.out == "127.0.0.3: 1000 (no more was tried; 65535 here; 1 hop)\n"


def test_link_local_addresses_need_their_link(echosweep):
    result = echosweep("mtu", "fe80::1")
    assert (result.err, result.code) == ("echosweep: 'fe80::1' needs a zone (fe80::1%eth0), or -i\n", 2)


def test_a_family_alone(echosweep):
    assert echosweep("mtu", "-4", "many.example").lines == ["many.example: 65535 (as here; 1 hop)"]
    assert json.loads(echosweep("mtu", "--json", "-6", "many.example").out)["address"] == "fd00:e5::2:8"
    assert "is not IPv6" in echosweep("mtu", "-6", "127.0.0.1").err


@pytest.mark.parametrize(("most", "mtu"), [("1280", 1280), ("0x500", 1280), ("68", 68), ("65535", 65535)])
def test_the_largest_packet_that_is_tried(echosweep, most, mtu):
    assert json.loads(echosweep("mtu", "--json", "--max", most, "127.0.0.1").out)["mtu"] == mtu


def test_ipv6_is_never_tried_below_its_least(echosweep):
    assert json.loads(echosweep("mtu", "--json", "--max", "68", "::1").out)["mtu"] == 1280


def test_many_ipv6_targets_below_their_least(echosweep):
    found = [json.loads(line) for line in echosweep("mtu", "--json", "--max", "68", "fd00:e5::2:40/122").lines]
    assert [each["mtu"] for each in found] == [1280] * 64


def test_json_is_an_object_a_target(echosweep):
    result = echosweep("mtu", "--json", "seven.example")
    found = json.loads(result.out)
    assert found.pop("rtt_us") > 0
    assert found.pop("probes") >= 3, "more where one is asked again, on a slow machine"
    assert found == {"type": "mtu", "address": "127.0.0.7", "name": "seven.example", "outcome": "found", "mtu": 65535,
                     "found": "interface", "local_mtu": 65535, "hops": 1}
    assert result.code == 0


def test_each_step(echosweep):
    result = echosweep("mtu", "-v", "127.0.0.1")
    assert [line.split(" arrive")[0] for line in result.lines] == [
        "127.0.0.1: 68 bytes", "127.0.0.1: 65535 bytes", "127.0.0.1: 68 bytes, TTL 1:",
        "127.0.0.1: 65535 (as here; 1 hop)"]


def test_who_does_not_answer_makes_exit_code_1(echosweep, silent_network, unreachable_network):
    silent, unreachable = silent_network.replace("0/24", "7"), unreachable_network.replace("0/24", "7")
    result = echosweep("mtu", *QUICK, "-n", "127.0.0.1", silent, unreachable)
    assert sorted(result.lines) == sorted([
        "127.0.0.1: 65535 (as here; 1 hop)", f"{silent}: no reply",
        f"{unreachable}: host-unreachable (from {unreachable})"])
    assert result.code == 1
    found = json.loads(echosweep("mtu", *QUICK, "--json", silent).out)
    assert found == {"type": "mtu", "address": silent, "outcome": "silent", "local_mtu": 65535, "probes": 2}


def test_retries_are_sent(echosweep, silent_network):
    silent = silent_network.replace("0/24", "7")
    found = json.loads(echosweep("mtu", "-r", "2", "-W", "0.05", "--json", silent).out)
    assert found["probes"] == 6


def test_what_may_not_leave_says_why(echosweep):
    result = echosweep("mtu", *QUICK, "198.18.5.1", "198.18.9.9", "198.18.5.2")
    assert sorted(result.lines) == ["198.18.5.1: not sent: Permission denied",
                                    "198.18.5.2: not sent: Permission denied",
                                    "198.18.9.9: not sent: Network is unreachable"]
    assert sorted(result.err.splitlines()) == [
        "echosweep: 198.18.5.1: error while sending ping: Permission denied (a prohibit route or a firewall stands in "
        "the way: see 'ip route get 198.18.5.1')",
        "echosweep: 198.18.9.9: error while sending ping: Network is unreachable (this machine has no route there: see "
        "'ip route get 198.18.9.9')"]
    assert result.code == 1


def test_an_unknown_name_makes_exit_code_2(echosweep):
    result = echosweep("mtu", "127.0.0.1", "nowhere.example")
    assert result.lines == ["127.0.0.1: 65535 (as here; 1 hop)"]
    assert result.err.startswith("echosweep: nowhere.example: ") and result.code == 2


def test_source_address(echosweep):
    heard = subprocess.Popen([PROGRAM, "listen", "-i", "lo", "--type", "echo", "-c", "1", "--json", "src", "127.9.9.9"],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert heard.stderr.readline().startswith(b"echosweep: listening")
        assert echosweep("mtu", "-S", "127.9.9.9", "127.0.0.4").code == 0
        ip = json.loads(heard.stdout.readline())["ip"]
    finally:
        heard.kill()
        heard.communicate()
    assert (ip["source"], ip["destination"]) == ("127.9.9.9", "127.0.0.4")


def test_an_interface(echosweep):
    assert echosweep("mtu", "-i", "lo", "127.0.0.1").code == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(silent_network, tmp_path, how):
    with subprocess.Popen([PROGRAM, "mtu", "-W", "3600s", silent_network, "127.0.0.1"], cwd=tmp_path,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout.readline() == "127.0.0.1: 65535 (as here; 1 hop)\n"
        begin = time.monotonic()
        running.send_signal(how)
        out, err = running.communicate(timeout=TIME_LIMIT)
    assert running.returncode == 128 + how
    assert time.monotonic() - begin < 5
    assert (out, err) == ("", "echosweep: ended by a signal: 256 of 257 targets are not through\n")


def test_a_reader_who_leaves_ends_it_quietly(tmp_path):
    with subprocess.Popen([PROGRAM, "mtu", "127.0.0.0/16"], cwd=tmp_path, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as running:
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(timeout=TIME_LIMIT) == 141


MISTAKES = [
    (["--max", "67", "127.0.0.1"], "'67' is not a whole number from 68 to 65535"),
    (["--max", "65536", "127.0.0.1"], "'65536' is not a whole number from 68 to 65535"),
    (["-r", "21", "127.0.0.1"], "'21' is not a whole number from 0 to 20"),
    (["-W", "0", "127.0.0.1"], "'0' is not from 1 ms to an hour"),
    (["-W", "2h", "127.0.0.1"], "'2h' is not from 1 ms to an hour"),
    (["-W", "soon", "127.0.0.1"], "soon"),
    (["--rate", "auto", "127.0.0.1"], "'auto' is not a rate in packets a second (1000, 10k, 1.5M, max)"),
    (["-S", "here", "127.0.0.1"], "-S"),
    (["-4", "-6", "127.0.0.1"], "excludes"),
    (["-v", "--json", "127.0.0.1"], "excludes"),
    (["-i", "nosuch0", "127.0.0.1"], "-i: there is no interface 'nosuch0' (see 'ip link')"),
    (["-f", "-", "--exclude-file", "-"], "standard input can be read only once"),
    (["--jsn", "127.0.0.1"], "unknown option --jsn (did you mean --json?)"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
def test_each_mistake_is_one_line_and_exit_code_3(echosweep, arguments, said):
    result = echosweep("mtu", *arguments)
    assert said in result.err.lower() if said == "excludes" else said in result.err
    assert (result.out, result.code, len(result.err.splitlines())) == ("", 3, 1)


def test_too_many_targets(echosweep):
    result = echosweep("mtu", "127.0.0.0/8")
    assert (result.out, result.code) == ("", 2)
    assert result.err == "echosweep: 16,777,215 targets are too many for one search: 1,048,576 at most\n"


def test_without_rights_one_line_says_what_to_do(echosweep):
    result = echosweep("mtu", "127.0.0.1", prefix=NO_CAPABILITIES)
    assert (result.out, result.code, len(result.err.splitlines())) == ("", 4, 1)
    assert "sudo setcap cap_net_raw+ep" in result.err
