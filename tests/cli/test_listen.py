"""listen: files that these tests make, read back word for word; options, and what is said of mistakes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PROGRAM, TIME_LIMIT, call

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))
import icmp_packets as p  # noqa: E402
from listen_differences import DIFFERENCES  # noqa: E402

NO_CAPABILITIES = ("setpriv", "--bounding-set=-all", "--inh-caps=-all")
ECHO = "IP 192.0.2.1 > 192.0.2.2: ICMP echo request, id 1, seq 1, length 64"
ECHO6 = "IP6 2001:db8::1 > 2001:db8::2: ICMP6, echo request, id 1, seq 1, length 64"


@pytest.fixture
def listen(echosweep, write):
    """Reads a file of these packets (raw IP) with the arguments given."""

    def run(packets, *arguments, link=p.RAW, cut=None, **more):
        write("packets.pcap", p.pcap(link, [p.framed(link, packet) for packet in packets], cut=cut))
        return echosweep("listen", "-r", "packets.pcap", *arguments, **more)

    return run


@pytest.fixture
def tcpdump(tmp_path):
    """The lines that tcpdump makes of a file."""
    if shutil.which("tcpdump") is None:
        pytest.skip("'tcpdump' is missing (package tcpdump)")
    return lambda file, *more: call(["tcpdump", "-Z", "root", "-n", *more, "-r", file], cwd=tmp_path).out.splitlines()


def without_times(lines):
    return [line.split(" ", 1)[1] for line in lines]


class TestLines:
    def test_an_echo_of_each_family(self, listen):
        result = listen([p.echo4(), p.echo6()])
        assert (result.out, result.err, result.code) == (
            f"22:13:20.123456 {ECHO}\n22:13:21.123457 {ECHO6}\n", "", 0)

    def test_as_tcpdump_has_them(self, listen, tcpdump):
        result = listen(p.SAME_AS_TCPDUMP.values())
        assert result.lines == tcpdump("packets.pcap")
        assert len(result.lines) == len(p.SAME_AS_TCPDUMP) and result.code == 0

    def test_where_they_differ(self, listen, tcpdump):
        result = listen([packet for packet, _, _ in DIFFERENCES.values()])
        lines = [line for line in tcpdump("packets.pcap") if not line.startswith("\t")]  # the dump of a type
        assert without_times(lines) == [tcpdump for _, tcpdump, _ in DIFFERENCES.values()]
        assert without_times(result.lines) == [ours for _, _, ours in DIFFERENCES.values()]

    @pytest.mark.parametrize("link", [p.NULL, p.ETHERNET, p.RAW, p.SLL, p.SLL2])
    def test_each_link_type(self, listen, tcpdump, link):
        result = listen([p.echo4(), p.echo6()], link=link)
        where = "lo    In  " if link == p.SLL2 else ""
        assert without_times(result.lines) == [where + ECHO, where + ECHO6]
        assert result.lines == tcpdump("packets.pcap")

    def test_an_interface_without_a_name(self, echosweep, write):
        write("sll2.pcap", p.pcap(p.SLL2, [p.framed(p.SLL2, p.echo4(), interface=4711, kind=4)]))
        assert without_times(echosweep("listen", "-r", "sll2.pcap").lines) == ["if4711 Out " + ECHO]

    def test_vlan_tags_are_passed_over(self, echosweep, write):
        frame = p.framed(p.ETHERNET, p.echo4())
        write("vlan.pcap", p.pcap(p.ETHERNET, [frame[:12] + bytes.fromhex("8100000a") + frame[12:]]))
        assert without_times(echosweep("listen", "-r", "vlan.pcap").lines) == [ECHO]

    def test_what_is_no_icmp_is_left_out(self, listen):
        assert listen([p.ip4(p.udp(), protocol=17), p.ip6(p.tcp(), next_header=6)]).out == ""

    def test_a_reply_of_64_kib(self, listen):
        result = listen([p.echo4(0, payload=bytes(65507))], "-v")
        assert result.lines[0].endswith("ICMP echo reply, id 1, seq 1, length 65515")
        assert result.lines[-1].startswith("          ffe0: ")

    def test_hostile_packets_each_have_a_line(self, listen):
        echo = p.echo4()
        packets = [echo[:21], p.echo4(header_words=2), p.echo4(header_words=15, payload=b""), p.echo4(total=10),
                   p.echo4(total=9000), p.echo4(version=7), p.ip6(b"\x00" * 64, next_header=0),
                   p.error4(3, 3, quote=b"\xff" * 40), p.error4(11, 0, word=b"\0\xff\0\0"), echo[:15]]
        for arguments in ((), ("-v",), ("--json", "-v")):
            result = listen(packets, *arguments, link=p.ETHERNET)
            assert result.code == 0 and result.err == ""
        lines = listen(packets, link=p.ETHERNET).lines
        assert len(lines) == len(packets)
        assert "[bad IP header length]" in lines[1] and "[bad IP total length]" in lines[3]
        assert "truncated-ip - 8916 bytes missing!" in lines[4] and "[bad extension header]" in lines[6]
        assert [json.loads(line)["type"] for line in result.lines] == ["packet"] * len(packets)


class TestDetails:
    def test_every_field_of_an_error_with_labels(self, listen):
        result = listen([p.SAME_AS_TCPDUMP["extension"]], "-v")
        assert without_times(result.lines[:1]) == [
            "IP 198.51.100.1 > 192.0.2.1: ICMP time exceeded in-transit, length 148"]
        for line in ("        ttl: 64", "        type: 11 (time-exceeded)", "        quoted packet",
                     "                destination: 192.0.2.9", "                destination port: 33434",
                     "            object class 1, type 1",
                     "                MPLS label: 16001, traffic class 5, bottom 1, ttl 1"):
            assert line in result.lines, result.out

    def test_a_wrong_checksum(self, listen):
        assert "        checksum: 0xdead (wrong)" in listen([p.SAME_AS_TCPDUMP["wrong-checksum"]], "-v").lines
        assert "(not verified" in listen([p.echo4()], "-v", cut=60).out


class TestJson:
    def test_is_valid_whatever_comes(self, listen):
        result = listen(p.SAME_AS_TCPDUMP.values(), "--json", "-v")
        lines = [json.loads(line) for line in result.lines]
        assert len(lines) == len(p.SAME_AS_TCPDUMP)
        assert lines[0] == {
            "type": "packet", "time": "2023-11-14T22:13:20.123456Z",
            "ip": {"version": 4, "source": "192.0.2.1", "destination": "192.0.2.2", "total_length": 84, "tos": 0,
                   "ttl": 64, "protocol": 1, "identification": 0x1234, "dont_fragment": True},
            "icmp": {"type": 8, "code": 0, "name": "echo", "length": 64, "checksum_right": True, "id": 1, "seq": 1,
                     "payload_length": 56, "payload": p.PAYLOAD.hex()}}


    def test_node_information(self, listen):
        queries = [p.SAME_AS_TCPDUMP[name] for name in ("node-query-about-name", "node-query-about-ipv4", "node-reply")]
        nodes = [json.loads(line)["icmp"]["node"] for line in listen(queries, "--json").lines]
        nonce = {"flags": 0, "nonce": "0001020304050607", "query_type": 2}
        assert nodes == [{**nonce, "names": ["host.example."], "addresses": []},
                         {**nonce, "names": [], "addresses": ["192.0.2.9"]},
                         {**nonce, "names": ["host.example."], "addresses": []}]
        details = listen(queries[:1], "-v").lines
        for line in ("type: 139 (node-query)", "query type: 2 (DNS name)", "nonce: 0001020304050607",
                     "name: host.example."):
            assert "        " + line in details, details


class TestFilters:
    def chosen(self, listen, *arguments):
        """The names of the packets that these arguments let through."""
        result = listen(p.SAME_AS_TCPDUMP.values(), "--json", *arguments)
        assert result.code == 0, result.err
        names = list(p.SAME_AS_TCPDUMP)
        return [names[round(float(json.loads(line)["time"][17:19]) + 60 * float(json.loads(line)["time"][14:16])
                            - 13 * 60 - 20)] for line in result.lines]

    def test_by_type_in_both_families(self, listen):
        assert self.chosen(listen, "--type", "redirect,neighbour-solicitation") == [
            *(f"redirect-{code}" for code in range(5)), "neighbour-solicitation", "redirect6"]

    def test_too_big_is_fragmentation_needed_too(self, listen):
        assert self.chosen(listen, "--type", "too-big") == ["unreachable-4", "unreachable-mtu", "too-big"]

    def test_each_type_option_adds(self, listen):
        assert self.chosen(listen, "--type", "mask", "--type", "mask-reply") == ["mask", "mask-reply"]

    def test_by_host_quoted_ones_too(self, listen):
        """The quoted destination is 192.0.2.9 in every error."""
        chosen = self.chosen(listen, "--host", "192.0.2.9")
        assert "time-exceeded-0" in chosen and "echo" not in chosen and "echo6" not in chosen
        both = self.chosen(listen, "--host", "192.0.2.0/30", "--host", "2001:db8::/64")
        assert both == list(p.SAME_AS_TCPDUMP), "each of them is from, to or about one of these"
        assert self.chosen(listen, "--host", "203.0.113.0/24") == []

    def test_by_a_pcap_filter(self, listen):
        assert self.chosen(listen, "icmp[0]", "==", "13") == ["timestamp"]
        assert self.chosen(listen, "--type", "echo", "ip6") == [
            "echo6", "destination-options", "first-fragment6"]

    def test_count(self, listen):
        result = listen([p.echo4(sequence=n) for n in range(5)], "-c", "2")
        assert [line.split("seq ")[1] for line in result.lines] == ["0, length 64", "1, length 64"]
        assert result.code == 0


class TestFiles:
    def test_what_is_written_is_what_was_read(self, listen, tcpdump):
        result = listen(p.SAME_AS_TCPDUMP.values(), "-w", "copy.pcap", "-q", link=p.ETHERNET)
        assert (result.out, result.err, result.code) == ("", "", 0)
        copy = tcpdump("copy.pcap", "-x")
        assert copy == tcpdump("packets.pcap", "-x") and len(copy) > 100

    def test_to_standard_output_and_from_standard_input(self, listen, echosweep, tmp_path):
        listen([p.echo4(), p.echo6()])
        first = subprocess.run([PROGRAM, "listen", "-r", "packets.pcap", "-w", "-", "--type", "echo", "ip6"],
                               capture_output=True, cwd=tmp_path, timeout=TIME_LIMIT, check=True)
        assert first.stderr == b""
        second = echosweep("listen", "-r", "-", stdin=first.stdout)
        assert (without_times(second.lines), second.code) == ([ECHO6], 0)

    def test_a_file_that_breaks_off(self, echosweep, write):
        whole = p.pcap(p.RAW, [p.echo4(), p.echo6()])
        write("cut.pcap", whole[:-10])
        result = echosweep("listen", "-r", "cut.pcap")
        assert without_times(result.lines) == [ECHO] and result.code == 4
        assert len(result.err.splitlines()) == 1 and "truncated" in result.err

    def test_a_file_is_read_without_any_right(self, listen):
        assert without_times(listen([p.echo4()], prefix=NO_CAPABILITIES).lines) == [ECHO]

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
    def test_a_full_disk_is_one_line(self, listen):
        result = listen([p.echo4()], "-w", "/dev/full")
        assert result.code == 4
        assert result.err == ("echosweep: cannot write to /dev/full: No space left on device "
                              "(free some space there, or name a file on another disk)\n")

    def test_a_reader_who_leaves_ends_it_quietly(self, listen, tmp_path):
        listen([p.echo4()] * 5000)
        with subprocess.Popen([PROGRAM, "listen", "-r", "packets.pcap"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=tmp_path) as running:
            assert running.stdout.readline()
            running.stdout.close()
            assert running.stderr.read() == b""
            assert running.wait(timeout=TIME_LIMIT) == 141


MISTAKES = [
    (["--type", "ecko"], "'ecko' is no ICMP type; there are echo, echo-reply, "),
    (["--type", "time-exceded"], "'time-exceded' is no ICMP type (did you mean time-exceeded?); there are echo, "),
    (["--type", ""], "'' is no ICMP type; there are "),
    (["--host", "nowhere.example"], "'nowhere.example' is a name: give its address or prefix"),
    (["--host", "192.0.2.0/33"], "192.0.2.0/33"),
    (["--host", "fe80::1%lo"], "'fe80::1%lo' has a zone: give it without, and name the interface by -i"),
    (["-c", "0"], "'0' is not a whole number from 1 to "),
    (["-i", "nosuch0"], "-i: there is no interface 'nosuch0' (see 'ip link')"),
    (["-i", "lo", "-r", "packets.pcap"], "excludes"),
    (["-q", "--json"], "excludes"),
    (["-q", "-v"], "excludes"),
    (["-r", "packets.pcap", "-w", "-", "--json"], "-w -: standard output has the packets"),
    (["-r", "packets.pcap", "-w", "packets.pcap"], "packets.pcap is read: name another file for -w"),
    (["-r", "packets.pcap", "host", "and"], "the filter 'host and' is none: "),
    (["-r", "packets.pcap", "icmp) or (ip"], "the filter 'icmp) or (ip' is none: "),
    (["--jsn"], "unknown option --jsn (did you mean --json?)"),
]


class TestMistakes:
    @pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=[" ".join(words) for words, _ in MISTAKES])
    def test_each_is_one_line_and_exit_code_3(self, echosweep, write, arguments, said):
        write("packets.pcap", p.pcap(p.RAW, [p.echo4()]))
        result = echosweep("listen", *arguments)
        assert said in result.err.lower() if said == "excludes" else said in result.err
        assert (result.out, result.code, len(result.err.splitlines())) == ("", 3, 1)

    def test_a_file_that_is_not_there(self, echosweep):
        result = echosweep("listen", "-r", "nowhere.pcap")
        assert (result.out, result.err, result.code) == (
            "", "echosweep: cannot read nowhere.pcap: No such file or directory\n", 4)

    def test_a_file_that_is_none(self, echosweep, write):
        write("text", "This is no capture, but a sentence that is long enough.\n")
        result = echosweep("listen", "-r", "text")
        assert (result.out, result.code) == ("", 4) and result.err.startswith("echosweep: cannot read text: ")

    def test_a_link_type_of_another_kind(self, echosweep, write):
        write("usb.pcap", p.pcap(189, [b"\0" * 64]))
        result = echosweep("listen", "-r", "usb.pcap")
        assert (result.out, result.code) == ("", 4)
        assert "none of Ethernet, Linux cooked, raw IP and loopback" in result.err

    def test_without_rights_one_line_says_what_to_do(self, echosweep):
        result = echosweep("listen", prefix=NO_CAPABILITIES)
        assert (result.out, result.code, len(result.err.splitlines())) == ("", 4, 1)
        assert "sudo setcap cap_net_raw+ep" in result.err
