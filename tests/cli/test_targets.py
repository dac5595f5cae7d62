"""Which targets the words of a user make, and in which order: seen through --list-targets, which sends nothing."""

import ipaddress

import pytest


def network(text: str) -> list[str]:
    return [str(address) for address in ipaddress.ip_network(text)]


def between(first: str, last: str) -> list[str]:
    start, end = ipaddress.ip_address(first), ipaddress.ip_address(last)
    return [str(start + i) for i in range(int(end) - int(start) + 1)]


@pytest.fixture
def listed(echosweep):
    """The targets in input order; the run must be without complaints."""

    def run(*arguments, **more):
        result = echosweep("--list-targets", "--order", "input", *arguments, **more)
        assert (result.err, result.code) == ("", 0)
        return result.lines

    return run


FORMS = [
    (["192.0.2.1"], ["192.0.2.1"]),
    (["2001:db8::1"], ["2001:db8::1"]),
    (["2001:DB8:0:0:0:0:0:1"], ["2001:db8::1"]),
    (["192.0.2.0/30"], network("192.0.2.0/30")),
    (["192.0.2.3/30"], network("192.0.2.0/30")),
    (["192.0.2.7/32"], ["192.0.2.7"]),
    (["192.0.2.0/24"], network("192.0.2.0/24")),
    (["2001:db8::/120"], network("2001:db8::/120")),
    (["2001:db8::ff/126"], network("2001:db8::fc/126")),
    (["192.0.2.254-192.0.3.1"], between("192.0.2.254", "192.0.3.1")),
    (["2001:db8::fffe-2001:db8::1:1"], between("2001:db8::fffe", "2001:db8::1:1")),
    (["192.0.2.1-3"], between("192.0.2.1", "192.0.2.3")),
    (["192.0.2-3,7.1-2"], ["192.0.2.1", "192.0.2.2", "192.0.3.1", "192.0.3.2", "192.0.7.1", "192.0.7.2"]),
    (["192.0.2.253-"], between("192.0.2.253", "192.0.2.255")),
    (["192.0.2.-2"], between("192.0.2.0", "192.0.2.2")),
    (["192.0.2.*"], network("192.0.2.0/24")),
    (["seven.example"], ["127.0.0.7"]),
    (["-4", "many.example"], ["127.0.0.8"]),
    (["fe80::1%lo"], ["fe80::1%lo"]),
    (["192.0.2.9", "192.0.2.1", "192.0.2.5"], ["192.0.2.9", "192.0.2.1", "192.0.2.5"]),
    (["192.0.2.5", "2001:db8::5", "192.0.2.4"], ["192.0.2.5", "2001:db8::5", "192.0.2.4"]),
    (["-g", "192.0.2.0/29"], between("192.0.2.1", "192.0.2.6")),
    (["-g", "192.0.2.0/30"], between("192.0.2.1", "192.0.2.2")),
    (["-g", "192.0.2.0/31"], between("192.0.2.0", "192.0.2.1")),
    (["-g", "192.0.2.9/32"], ["192.0.2.9"]),
    (["-g", "2001:db8::/125"], between("2001:db8::1", "2001:db8::6")),
    (["-g", "2001:db8::/127"], between("2001:db8::", "2001:db8::1")),
    (["-g", "192.0.2.5", "192.0.2.8"], between("192.0.2.5", "192.0.2.8")),
    (["-g", "2001:db8::a", "2001:db8::c"], between("2001:db8::a", "2001:db8::c")),
]


@pytest.mark.parametrize("arguments,expected", FORMS, ids=lambda v: " ".join(v)[:40])
def test_form(listed, arguments, expected):
    assert listed(*arguments) == expected


class TestOnceEach:
    def test_a_repeated_address_keeps_its_first_place(self, listed):
        assert listed("192.0.2.3", "192.0.2.0/30", "192.0.2.1", "192.0.2.4") == [
            "192.0.2.3", "192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.4"]

    def test_multicast_only_where_named_singly(self, listed):
        assert listed("223.255.255.254-224.0.0.1") == ["223.255.255.254", "223.255.255.255"]
        assert listed("224.0.0.1") == ["224.0.0.1"]
        assert listed("ff02::1%lo") == ["ff02::1%lo"]

    def test_broadcast_only_where_named_singly(self, listed):
        assert listed("255.255.255.252/30") == between("255.255.255.252", "255.255.255.254")
        assert listed("255.255.255.255") == ["255.255.255.255"]
        # loopback's own: 127.255.255.255
        assert listed("127.255.255.252/30") == between("127.255.255.252", "127.255.255.254")


class TestNames:
    def test_all_addresses_of_a_name(self, echosweep):
        result = echosweep("-m", "--list-targets", "many.example")
        assert sorted(result.lines) == ["127.0.0.8", "127.0.0.9", "fd00:e5::2:8"]

    def test_of_one_family(self, listed):
        assert listed("-4", "-m", "many.example") == ["127.0.0.8", "127.0.0.9"]
        assert listed("-6", "-m", "many.example") == ["fd00:e5::2:8"]
        assert listed("-6", "many.example") == ["fd00:e5::2:8"]
        assert listed("-4", "many.example") == ["127.0.0.8"]


class TestFiles:
    def test_a_file_with_everything(self, listed, write):
        text = ("\ufeff# routers\r\n192.0.2.1\tthe first\r\n\r\n   192.0.2.9   # in the cellar\n"
                "192.0.2.4/31\n#192.0.2.77\nseven.example\n2001:db8::1-2001:db8::2\n192.0.2.20,30\n192.0.2.40")
        assert listed("-f", write("targets.txt", text)) == [
            "192.0.2.1", "192.0.2.9", "192.0.2.4", "192.0.2.5", "127.0.0.7", "2001:db8::1", "2001:db8::2",
            "192.0.2.20", "192.0.2.30", "192.0.2.40"]

    def test_several_files_and_arguments(self, listed, write):
        write("a.txt", "192.0.2.1\n")
        write("b.txt", "192.0.2.2\n")
        result = listed("-f", "a.txt", "--file", "b.txt", "192.0.2.3")
        assert sorted(result) == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]

    def test_a_long_file_is_read_in_pieces(self, listed, write):
        hosts = [f"198.18.{i >> 8}.{i & 255}" for i in range(65536)]
        lines = [host + "  # " + "." * (i % 61) + "\n" for i, host in enumerate(hosts)]
        assert sum(map(len, lines)) > 2 << 20
        assert listed("-f", write("long.txt", "".join(lines))) == hosts

    def test_standard_input_without_targets(self, listed):
        assert listed(stdin="192.0.2.1\n192.0.2.2\n") == ["192.0.2.1", "192.0.2.2"]

    def test_a_dash_is_standard_input(self, listed):
        assert listed("-f", "-", stdin="192.0.2.1\r\n192.0.2.2\r\n") == ["192.0.2.1", "192.0.2.2"]

    def test_standard_input_is_left_alone_where_targets_are_named(self, listed):
        assert listed("192.0.2.1", stdin="192.0.2.2\n") == ["192.0.2.1"]


class TestExclusion:
    def test_addresses_networks_and_ranges(self, listed):
        assert listed("192.0.2.0/28", "--exclude", "192.0.2.0,192.0.2.4/30", "--exclude", "192.0.2.9-192.0.2.14") == [
            "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.8", "192.0.2.15"]

    def test_a_name(self, listed):
        assert listed("127.0.0.6-127.0.0.8", "--exclude", "seven.example") == ["127.0.0.6", "127.0.0.8"]

    def test_a_name_stands_for_all_its_addresses(self, listed):
        assert listed("127.0.0.7-127.0.0.10", "fd00:e5::2:8", "--exclude", "many.example") == ["127.0.0.7", "127.0.0.10"]

    def test_a_single_target_too(self, listed):
        assert listed("192.0.2.1", "192.0.2.2", "--exclude", "192.0.2.0/31") == ["192.0.2.2"]

    def test_from_a_file(self, listed, write):
        write("not.txt", "# not these\n192.0.2.1,3\n192.0.2.6/31  # nor those\n")
        assert listed("192.0.2.0/29", "--exclude-file", "not.txt") == [
            "192.0.2.0", "192.0.2.2", "192.0.2.4", "192.0.2.5"]

    def test_a_bad_exclusion_sends_nothing(self, sweep):
        result = sweep("127.0.0.1", "--exclude", "192.0.2.0/33")
        assert (result.out, result.code) == ("", 2)
        assert result.err == "echosweep: --exclude: '192.0.2.0/33' has a prefix length above 32\n"

    def test_a_bad_line_of_a_file_sends_nothing(self, sweep, write):
        result = sweep("127.0.0.1", "--exclude-file", write("not.txt", "127.0.0.2\n127.0.0.300\n"))
        assert (result.out, result.code) == ("", 2)
        assert result.err == "echosweep: not.txt:2: '127.0.0.300' is not an address, a range or a name\n"

    def test_an_unknown_name_sends_nothing(self, sweep):
        result = sweep("127.0.0.1", "--exclude", "nosuch.example")
        assert (result.out, result.code) == ("", 2)
        assert result.err.startswith("echosweep: cannot exclude nosuch.example: ")

    def test_nothing_left(self, sweep):
        result = sweep("127.0.0.1", "--exclude", "127.0.0.0/8")
        assert (result.out, result.code) == ("", 2)
        assert result.err == "echosweep: no targets: nothing was named, or everything excluded\n"


class TestOrder:
    def test_random_by_default_and_each_target_once(self, echosweep):
        result = echosweep("--list-targets", "192.0.2.0/24")
        assert result.lines != network("192.0.2.0/24")
        assert sorted(result.lines) == sorted(network("192.0.2.0/24"))

    def test_a_seed_repeats_it(self, echosweep):
        first = echosweep("--list-targets", "--seed", "7", "192.0.2.0/24")
        again = echosweep("--list-targets", "--order", "random", "--seed", "7", "192.0.2.0/24")
        other = echosweep("--list-targets", "--seed", "8", "192.0.2.0/24")
        assert first.out == again.out
        assert first.out != other.out
        assert sorted(first.lines) == sorted(other.lines)

    def test_each_run_has_its_own(self, echosweep):
        assert echosweep("--list-targets", "192.0.2.0/24").out != echosweep("--list-targets", "192.0.2.0/24").out

    def test_results_follow_the_input_not_the_order_of_probing(self, sweep, silent_network):
        result = sweep("-u", "198.18.3.9", "198.18.3.1-198.18.3.5", "198.18.3.0")
        assert result.lines == ["198.18.3.9", *between("198.18.3.1", "198.18.3.5"), "198.18.3.0"]


class TestBadTargets:
    @pytest.mark.parametrize("text,why", [
        ("10.0.0.300", "'10.0.0.300' is not an address, a range or a name"),
        ("192.0.2", "'192.0.2' is not an address, a range or a name"),
        ("192.0.2.01", "'192.0.2.01' is not an address, a range or a name"),
        ("192.0.2.0/33", "'192.0.2.0/33' has a prefix length above 32"),
        ("2001:db8::/129", "'2001:db8::/129' has a prefix length above 128"),
        ("192.0.2.0/", "'192.0.2.0/' has a prefix length that is not a number"),
        ("192.0.2.0/x", "'192.0.2.0/x' has a prefix length that is not a number"),
        ("192.0.2.9-192.0.2.1", "'192.0.2.9-192.0.2.1' ends before it begins"),
        ("192.0.2.9-2001:db8::1", "'192.0.2.9-2001:db8::1' begins in one address family and ends in the other"),
        ("192.0.2.9-1", "'192.0.2.9-1' has an octet range that ends before it begins"),
        ("192.0.2.0-256", "'192.0.2.0-256' has an octet above 255"),
        ("2001:db8:::1", "'2001:db8:::1' is not an address, a range or a name"),
        ("fe80::1%nosuch0", "'fe80::1%nosuch0' names an interface that this machine does not have"),
        ("bad_name!", "'bad_name!' is not an address, a range or a name"),
        ("seven.example/24", "'seven.example/24' has a prefix length behind a name: only an address takes one"),
        ("", "'' is not an address, a range or a name"),
    ], ids=lambda v: v[:30])
    def test_on_the_command_line(self, sweep, text, why):
        result = sweep("127.0.0.1", text)
        assert (result.out, result.err, result.code) == ("", f"echosweep: {why}\n", 2)

    @pytest.mark.parametrize("words,why", [
        (["192.0.2.1"], "'192.0.2.1' is not a CIDR: -g takes one, or START END"),
        (["192.0.2.0/33"], "'192.0.2.0/33' has a prefix length above 32"),
        (["192.0.2.9", "192.0.2.1"], "'192.0.2.9-192.0.2.1' ends before it begins"),
        (["192.0.2.9", "there"], "'there' is not an address: -g takes START END, or one CIDR"),
        (["here", "192.0.2.9"], "'here' is not an address: -g takes START END, or one CIDR"),
    ], ids=lambda v: " ".join(v)[:30])
    def test_of_generate(self, sweep, words, why):
        result = sweep("-g", *words)
        assert (result.out, result.err, result.code) == ("", f"echosweep: {why}\n", 2)

    def test_the_line_of_a_file_is_named(self, sweep, write):
        write("targets.txt", "127.0.0.1\n# one\n\n127.0.0.256 tail\n127.0.0.2\n")
        result = sweep("-f", "targets.txt")
        assert (result.out, result.code) == ("", 2)
        assert result.err == "echosweep: targets.txt:4: '127.0.0.256' is not an address, a range or a name\n"

    def test_the_line_of_standard_input_is_named(self, sweep):
        result = sweep(stdin="127.0.0.1\n127.0.0.0/40\n")
        assert (result.out, result.code) == ("", 2)
        assert result.err == "echosweep: standard input:2: '127.0.0.0/40' has a prefix length above 32\n"

    def test_every_bad_line_up_to_ten(self, sweep, write):
        write("ten.txt", "".join(f"127.0.0.{300 + i}\n" for i in range(10)))
        result = sweep("-f", "ten.txt")
        assert result.code == 2
        assert result.err.splitlines() == [
            f"echosweep: ten.txt:{i + 1}: '127.0.0.{300 + i}' is not an address, a range or a name"
            for i in range(10)]

        write("many.txt", "".join(f"127.0.0.{300 + i}\n" for i in range(25)))
        result = sweep("-f", "many.txt")
        assert result.code == 2
        assert result.err.splitlines() == [
            f"echosweep: many.txt:{i + 1}: '127.0.0.{300 + i}' is not an address, a range or a name"
            for i in range(10)] + ["echosweep: and 15 more bad targets"]

    def test_bytes_that_are_no_text(self, sweep, write):
        write("binary.txt", b"127.0.0.1\n\xff\xfe\x00\n")
        result = sweep("-f", "binary.txt")
        assert (result.out, result.code) == ("", 2)
        assert result.err.startswith("echosweep: binary.txt:2: ")
        assert result.err.isascii() and result.err.count("\n") == 1

    def test_a_file_that_is_not_there(self, sweep):
        result = sweep("-f", "nosuch.txt")
        assert (result.out, result.code) == ("", 4)
        assert result.err == "echosweep: cannot read targets from nosuch.txt: No such file or directory\n"

    def test_a_file_without_lines_that_never_ends(self, sweep):
        result = sweep("-f", "/dev/zero")
        assert result.code == 4
        assert result.err == ("echosweep: cannot read targets from /dev/zero: no line ends within 1048576 bytes: "
                              "not a text file\n")

    def test_a_file_of_bad_lines_that_never_ends(self, sweep):
        result = sweep("-f", "/dev/urandom")
        assert result.code == 2
        assert len(result.err.splitlines()) == 11

    def test_a_folder(self, sweep):
        result = sweep("-f", "/")
        assert (result.out, result.code) == ("", 4)
        assert result.err == "echosweep: cannot read targets from /: Is a directory\n"

    def test_an_address_of_the_other_family(self, sweep):
        result = sweep("-4", "127.0.0.1", "::1")
        assert (result.out, result.err, result.code) == ("", "echosweep: '::1' is not IPv4, as -4 wants\n", 2)
        result = sweep("-6", "127.0.0.0/8")
        assert (result.out, result.err, result.code) == ("", "echosweep: '127.0.0.0/8' is not IPv6, as -6 wants\n", 2)

    def test_more_than_a_sweep_can_hold(self, echosweep):
        result = echosweep("2001:db8::/64")
        assert (result.out, result.code) == ("", 2)
        assert result.err == ("echosweep: 18446744073709551616 targets are too many for one sweep: its ledger would need "
                              "4 EiB of memory (at most 8589934592 targets, 2 GiB): name smaller ranges\n")


class TestUnresolvedNames:
    def test_the_rest_is_swept(self, sweep):
        result = sweep("nosuch.example", "127.0.0.1")
        assert result.out == "127.0.0.1 is alive\n"
        assert result.err.startswith("echosweep: nosuch.example: ") and result.err.count("\n") == 1
        assert result.code == 2

    def test_a_name_of_the_other_family(self, sweep):
        result = sweep("-4", "six.example", "127.0.0.1")
        assert result.out == "127.0.0.1 is alive\n"
        assert result.err.startswith("echosweep: six.example: ")
        assert result.code == 2

    def test_none_resolves(self, sweep):
        result = sweep("nosuch.example")
        assert result.out == ""
        assert result.code == 2
        assert result.err.startswith("echosweep: nosuch.example: ")
