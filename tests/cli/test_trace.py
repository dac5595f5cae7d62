"""trace: targets on this machine, whose path is one hop; options, and what is said of mistakes."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios

import pytest

from conftest import PROGRAM, TIME_LIMIT
from run_schema import check_traces

NO_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")


@pytest.fixture
def trace(echosweep):
    return lambda *arguments, **more: echosweep("trace", *arguments, **more)


def masked(text):
    return re.sub(r"\d+\.\d{3} ms", "T ms", text)


class TestLines:
    @pytest.mark.parametrize("protocol", ["-I", "-U", "-T"])
    @pytest.mark.parametrize("target,size", [("127.0.0.1", 60), ("::1", 80)])
    def test_this_machine_is_one_hop_away(self, trace, protocol, target, size):
        run = trace(protocol, "-n", target)
        assert masked(run.out) == (f"traceroute to {target} ({target}), 30 hops max, {size} byte packets\n"
                                   f" 1  {target}  T ms  T ms  T ms\n")
        assert (run.err, run.code) == ("", 0)

    def test_names(self, trace):
        run = trace("-q", "1", "localhost", "-4")
        assert masked(run.out) == ("traceroute to localhost (127.0.0.1), 30 hops max, 60 byte packets\n"
                                   " 1  localhost (127.0.0.1)  T ms\n")

    def test_many_targets_in_their_order(self, trace, write):
        name = write("targets", "127.0.0.9\n127.0.0.7\n")
        run = trace("-n", "-q", "1", "--json", "127.0.0.64/28", "--file", name, "--exclude", "127.0.0.70,127.0.0.71")
        paths = [json.loads(line) for line in run.lines]
        assert [path["target"] for path in paths] == [
            *(f"127.0.0.{number}" for number in range(64, 80) if number not in (70, 71)), "127.0.0.9", "127.0.0.7"]
        assert all(path["ending"] == "reached" and path["distance"] == 1 for path in paths)

    def test_standard_input_where_there_are_no_targets(self, trace):
        assert len(trace("-n", stdin="127.0.0.1\n127.0.0.2\n").lines) == 4

    def test_silence(self, trace, silent_network):
        run = trace("-n", "-m", "2", "-w", "0.2", silent_network.replace(".0/24", ".9"))
        assert run.lines[1:] == [" 1  * * *", " 2  * * *"]
        assert run.code == 1

    def test_larger_packets(self, trace):
        assert trace("-n", "--size", "1200", "127.0.0.1").lines[0].endswith("1200 byte packets")
        assert trace("-n", "-U", "--size", "1200", "::1").lines[0].endswith("1200 byte packets")


class TestJson:
    def test_all_facts(self, trace):
        run = trace("-T", "-p", "9", "-q", "2", "--json", "localhost", "-4")
        path = json.loads(run.out)
        check_traces([path])
        assert {key: path[key] for key in ("type", "target", "name", "protocol", "port", "max_ttl", "ending", "distance")} == {
            "type": "trace", "target": "127.0.0.1", "name": "localhost", "protocol": "tcp", "port": 9, "max_ttl": 30,
            "ending": "reached", "distance": 1}
        for probe in path["hops"][0]["probes"]:
            assert probe["answer"] == "reset" and probe["name"] == "localhost" and probe["ttl"] == 64
            assert 0 <= probe["rtt_us"] < 1e6


class TestWatch:
    def test_report(self, trace):
        run = trace("-n", "--watch", "-c", "3", "--interval", "0.1", "127.0.0.1", "127.0.0.2")
        assert run.code == 0
        assert run.lines[0].split() == ["127.0.0.1", "Loss%", "Snt", "Last", "Avg", "Best", "Wrst", "StDev"]
        assert re.fullmatch(r"  1\. 127\.0\.0\.1 +0\.0% +3( +\d+\.\d){5}", run.lines[1])
        assert run.lines[2].startswith("127.0.0.2 ") and len(run.lines) == 4

    def test_json(self, trace):
        run = trace("-n", "--watch", "-c", "2", "--interval", "100ms", "--json", "127.0.0.1")
        check_traces([json.loads(run.out)])
        hop = json.loads(run.out)["hops"][0]
        assert (hop["sent"], hop["received"], hop["loss_percent"]) == (2, 2, 0)

    def test_a_terminal_is_drawn_over(self):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
        with subprocess.Popen([PROGRAM, "trace", "-n", "--watch", "-c", "3", "--interval", "0.3", "127.0.0.1"],
                              stdout=follower, stdin=subprocess.DEVNULL) as running:
            os.close(follower)
            text = b""
            while True:
                try:
                    data = os.read(leader, 65536)
                except OSError:  # how Linux says that the other side is closed
                    break
                if not data:
                    break
                text += data
            assert running.wait(timeout=TIME_LIMIT) == 0
        os.close(leader)
        frames = text.decode().split("\x1b[2A\r")  # two lines up
        assert len(frames) >= 3, text
        assert any("  1. 127.0.0.1 " in frame for frame in frames)
        assert re.search(r" 0\.0% +3 ", frames[-1])


    def test_a_window_that_changes_its_size_is_drawn_anew(self):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
        with subprocess.Popen([PROGRAM, "trace", "-n", "--watch", "-c", "20", "--interval", "0.3", "127.0.0.1"],
                              stdout=follower, stdin=subprocess.DEVNULL) as running:
            text = b""
            while b"127.0.0.1" not in text:
                text += os.read(leader, 65536)
            assert b"\x1b[H\x1b[J" not in text
            fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 70, 0, 0))
            os.close(follower)
            try:
                while b"\x1b[H\x1b[J" not in text:
                    text += os.read(leader, 65536)
            finally:
                running.terminate()
                os.close(leader)


class TestMistakes:
    @pytest.mark.parametrize("arguments,said", [
        (("-p", "80", "127.0.0.1"), "-p: ICMP has no ports: add -U or -T"),
        (("-f", "9", "-m", "4", "127.0.0.1"), "-f 9 is behind the last hop, -m 4"),
        (("-q", "11", "127.0.0.1"), "--queries"),
        (("-m", "256", "127.0.0.1"), "--max-hops"),
        (("--size", "59", "127.0.0.1"), "--size"),
        (("-w", "0", "127.0.0.1"), "outside 1ms to 1m"),
        (("-w", "5,x", "127.0.0.1"), "x"),
        (("-i", "nosuch0", "127.0.0.1"), "-i: there is no interface 'nosuch0'"),
        (("-U", "-T", "127.0.0.1"), "exclude"),
        (("--fast", "--multipath", "127.0.0.1"), "--fast shows one path"),
        (("-c", "3", "127.0.0.1"), "--watch"),
        (("--watch", "-q", "5", "127.0.0.1"), "--watch"),
        (("--watch", "--interval", "10ms", "127.0.0.1"), "outside 100ms to 1h"),
        (("-T", "--size", "100", "127.0.0.1"), "exclude"),
        (("-e", "--json", "127.0.0.1"), "-e: JSON has the extensions anyway"),
        (("--jsno", "127.0.0.1"), "did you mean --json?"),
    ])
    def test_options(self, trace, arguments, said):
        run = trace(*arguments)
        assert (run.out, run.code, run.err.count("\n")) == ("", 3, 1), run
        assert run.err.startswith("echosweep: ") and said in run.err

    def test_targets(self, trace):
        run = trace("198.18.0.256")
        assert (run.out, run.code, run.err.count("\n")) == ("", 2, 1), run
        run = trace("fe80::1")
        assert "needs a zone (fe80::1%eth0), or -i" in run.err and run.code == 2

    def test_too_many_to_watch(self, trace):
        run = trace("--watch", "127.1.0.0/24")
        assert run.err == "echosweep: --watch shows 100 targets at most, and these are 256\n" and run.code == 2

    def test_without_privileges(self, trace):
        run = trace("-n", "127.0.0.1", prefix=NO_CAPABILITIES)
        assert (run.out, run.code, run.err.count("\n")) == ("", 4, 1), run
        assert "CAP_NET_RAW" in run.err

    def test_a_reader_who_leaves(self, trace):
        run = trace("-n", "127.0.0.0/20", prefix=("sh", "-c", '"$@" | head -n 1', "sh"))
        assert run.err == "" and len(run.lines) == 1
