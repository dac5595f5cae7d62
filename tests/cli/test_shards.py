"""--shard and --rate-total: a part of a run, and the runs of all parts together."""

import json
import re

import pytest

from run_schema import check_lines
from test_map import SILENT, UNSWEPT, Picture, is_warm

STATES = ("alive", "unreachable", "silent", "unsent")
# 24 alive, 8 silent, 8 unreachable, 8 unsent.
MIXED = ("127.0.0.0/28", "fd00:e5::2:0/125", "198.18.3.0/29", "198.18.4.0/29", "198.18.5.0/29")


def shard(index: int, count: int, seed: int = 7) -> tuple[str, ...]:
    return ("--shard", f"{index}/{count}", "--seed", str(seed))


def lines_of(file) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def states_of(lines: list[dict]) -> dict[str, str]:
    """Each host and how it ended; each is listed once."""
    hosts = [(line["address"], line["state"]) for line in lines if line["type"] == "host"]
    assert len(dict(hosts)) == len(hosts)
    return dict(hosts)


class TestTargets:
    @pytest.mark.parametrize("count", [1, 2, 3, 7, 16, 67])
    @pytest.mark.parametrize("targets", [("127.0.0.0/24",), ("127.0.0.0/27",),
                                         ("127.0.0.1-100", "fd00:e5::2:0/121", "198.18.2.0/24", "--exclude", "198.18.2.64/26")])
    def test_one_after_the_other_they_are_the_whole(self, echosweep, targets, count):
        whole = echosweep("--list-targets", "--seed", "7", *targets).lines
        parts = [echosweep("--list-targets", *shard(index, count), *targets) for index in range(1, count + 1)]
        assert [line for part in parts for line in part.lines] == whole
        sizes = {len(part.lines) for part in parts}
        assert max(sizes) - min(sizes) <= 1
        assert {(part.err, part.code) for part in parts} == {("", 0)}

    def test_names_files_and_their_order(self, echosweep, write):
        write("targets", "many.example\n127.0.0.20\nseven.example\n198.18.2.5\n")
        options = ("--list-targets", "-m", "-f", "targets", "--exclude", "127.0.0.9")
        parts = [echosweep(*options, *shard(index, 3)).lines for index in (1, 2, 3)]
        assert sorted(parts[0] + parts[1] + parts[2]) == sorted(echosweep(*options, "--order", "input").lines)

    def test_the_seed_decides_which_they_are(self, echosweep):
        first, again, other = (set(echosweep("--list-targets", *shard(1, 2, seed), "127.0.0.0/24").lines) for seed in (1, 1, 2))
        assert first == again and 32 < len(first & other) < 96

    def test_as_many_as_there_can_be(self, echosweep):
        found = [echosweep("--list-targets", *shard(index, 65536), "127.1.0.0/16").lines for index in (1, 2, 40000, 65536)]
        assert {len(lines) for lines in found} == {1} and len({lines[0] for lines in found}) == 4

    @pytest.mark.parametrize("count", [2, 16])
    def test_each_is_spread_over_the_networks(self, echosweep, count):
        for index in (1, count):
            found = echosweep("--list-targets", *shard(index, count), "127.16.0.0/16").lines
            of_each = [sum(line.startswith(f"127.16.{high}.") for line in found) for high in range(256)]
            mean = 256 / count
            # Within six standard deviations of a fair draw.
            assert all(abs(number - mean) <= 6 * mean**0.5 for number in of_each), of_each


class TestDryRun:
    def test_tells_the_part(self, echosweep):
        result = echosweep("--dry-run", *shard(2, 3), "--rate-total", "300", "127.0.0.0/24")
        assert (result.err, result.code) == ("", 0)
        assert result.lines[1:3] == ["order     random, --seed 7", "shard     2 of 3: 85 of the targets"]
        assert "packets   85 if all answer, 170 if none does; " in result.out
        assert "rate      100 packets/s\ntime      850 ms if all answer, " in result.out

    def test_says_nothing_of_a_whole(self, echosweep):
        assert "shard" not in echosweep("--dry-run", "127.0.0.0/24").out
        assert "shard" not in echosweep("--dry-run", *shard(1, 1), "127.0.0.0/24").out


class TestErrors:
    def test_no_seed(self, echosweep):
        """The line gives one that may be used, a new one each time."""
        seeds = set()
        for _ in range(3):
            result = echosweep("--list-targets", "--shard", "2/3", "127.0.0.0/24")
            found = re.fullmatch(r"echosweep: --shard needs the seed that all shards share: add (--seed \d+)\n", result.err)
            assert found and (result.out, result.code) == ("", 3), result
            seeds.add(found[1])
        assert len(seeds) == 3
        parts = [echosweep("--list-targets", "--shard", f"{index}/3", *found[1].split(), "127.0.0.0/24") for index in (1, 2, 3)]
        assert [part.code for part in parts] == [0, 0, 0]
        assert len({line for part in parts for line in part.lines}) == 256

    @pytest.mark.parametrize("options,message", [
        ((*shard(1, 2), "--order", "input"), "--shard takes parts of the random order: not with --order input"),
        ((*shard(1, 2), "-c", "1"), "--shard is a sweep's: not with -c, -C or -l"),
        ((*shard(1, 2), "-C", "1"), "--shard is a sweep's: not with -c, -C or -l"),
        ((*shard(1, 2), "-l"), "--shard is a sweep's: not with -c, -C or -l"),
        (("--rate-total", "1k"), "--rate-total is shared by shards: add --shard, or use --rate")])
    def test_what_does_not_go_together(self, echosweep, options, message):
        result = echosweep(*options, "127.0.0.1")
        assert (result.out, result.err, result.code) == ("", f"echosweep: {message}\n", 3)

    @pytest.mark.parametrize("options,message", [
        (("--rate-total", "max"), "--rate-total: 'max' has no parts: give packets a second (1000, 10k, 1.5M)"),
        (("--rate-total", "auto"), "--rate-total: 'auto' has no parts: give packets a second (1000, 10k, 1.5M)"),
        (("--rate-total", "1k", "--rate", "1k"), "--rate excludes --rate-total"),
        (("--rate-total", "1k", "-i", "1"), "--interval excludes --rate-total")])
    def test_rates(self, echosweep, options, message):
        result = echosweep(*shard(1, 2), *options, "127.0.0.1")
        assert (result.out, result.err, result.code) == ("", f"echosweep: {message} (see echosweep --help)\n", 3)

    @pytest.mark.parametrize("word,message", [
        ("3", "'3' is not I/N, such as 3/16, or auto"), ("", "'' is not I/N, such as 3/16, or auto"),
        ("AUTO", "'AUTO' is not I/N, such as 3/16, or auto"),
        ("0/3", "which of 3 shards: '0' is not a whole number from 1 to 3"),
        ("4/3", "which of 3 shards: '4' is not a whole number from 1 to 3"),
        ("-1/3", "which of 3 shards: '-1' is not a whole number from 1 to 3"),
        ("/3", "which of 3 shards: '' is not a whole number from 1 to 3"),
        ("x/3", "which of 3 shards: 'x' is not a whole number from 1 to 3"),
        ("1/0", "the number of shards: '0' is not a whole number from 1 to 65536"),
        ("1/65537", "the number of shards: '65537' is not a whole number from 1 to 65536"),
        ("1/", "the number of shards: '' is not a whole number from 1 to 65536"),
        ("1/3/4", "the number of shards: '3/4' is not a whole number from 1 to 65536"),
        ("auto/0", "the number of shards: '0' is not a whole number from 1 to 65536")])
    def test_what_is_no_shard(self, echosweep, word, message):
        result = echosweep("--shard", word, "--seed", "7", "127.0.0.1")
        assert (result.out, result.err, result.code) == ("", f"echosweep: --shard: {message} (see echosweep --help)\n", 3)


def slurm(task: int, first: int, last: int, count: int, **more: str) -> dict[str, str]:
    return {"SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_TASK_MIN": str(first), "SLURM_ARRAY_TASK_MAX": str(last),
            "SLURM_ARRAY_TASK_COUNT": str(count)} | more


def mpi(rank: int, size: int) -> dict[str, str]:
    return {"OMPI_COMM_WORLD_RANK": str(rank), "OMPI_COMM_WORLD_SIZE": str(size)}


NOBODY = "auto: there is no Slurm array, Open MPI, Kubernetes indexed job or GNU parallel around us: give --shard I/N"


class TestAuto:
    """Which shard this is, by what runs us."""

    @pytest.mark.parametrize("word,variables,index,count,who", [
        ("auto", slurm(0, 0, 3, 4), 1, 4, "Slurm array task 0"), ("auto", slurm(4, 1, 4, 4), 4, 4, "Slurm array task 4"),
        ("auto", slurm(102, 100, 105, 6), 3, 6, "Slurm array task 102"),
        ("auto", slurm(9, 1, 13, 4, SLURM_ARRAY_TASK_STEP="4"), 3, 4, "Slurm array task 9"),
        ("auto/4", slurm(4, 1, 4, 4), 4, 4, "Slurm array task 4"), ("auto/8", slurm(7, 3, 7, 2), 7, 8, "Slurm array task 7"),
        ("auto", mpi(0, 2), 1, 2, "Open MPI rank 0"), ("auto", mpi(1, 2), 2, 2, "Open MPI rank 1"),
        ("auto/5", {"JOB_COMPLETION_INDEX": "0"}, 1, 5, "Kubernetes job index 0"),
        ("auto/5", {"JOB_COMPLETION_INDEX": "4"}, 5, 5, "Kubernetes job index 4"),
        ("auto/5", {"PARALLEL_SEQ": "1"}, 1, 5, "GNU parallel job 1"),
        ("auto/5", {"PARALLEL_SEQ": "5"}, 5, 5, "GNU parallel job 5")])
    def test_what_it_took_is_printed(self, echosweep, word, variables, index, count, who):
        result = echosweep("--list-targets", "--shard", word, "--seed", "7", "127.0.0.0/24", env=variables)
        assert (result.err, result.code) == (f"echosweep: shard {index} of {count} ({who})\n", 0)
        assert result.lines == echosweep("--list-targets", *shard(index, count), "127.0.0.0/24").lines

    def test_in_a_run(self, sweep, tmp_path):
        result = sweep("-q", "--json", "run.json", "--shard", "auto", "--seed", "7", "127.0.0.0/28", env=mpi(2, 3))
        assert (result.out, result.err, result.code) == ("", "echosweep: shard 3 of 3 (Open MPI rank 2)\n", 0)
        run = lines_of(tmp_path / "run.json")[0]
        assert re.fullmatch("[0-9a-f]{64}", run["shard"].pop("set"))
        assert (run["shard"], run["targets"]) == ({"index": 3, "count": 3}, 6)

    def test_its_variables_are_nothing_to_who_says_it_himself(self, echosweep):
        result = echosweep("--list-targets", *shard(1, 2), "127.0.0.0/28", env=slurm(4, 1, 4, 4))
        assert (result.err, len(result.lines)) == ("", 8)
        result = echosweep("--list-targets", "--seed", "7", "127.0.0.0/28", env=slurm(4, 1, 4, 4))
        assert (result.err, len(result.lines)) == ("", 16)

    @pytest.mark.parametrize("word,variables,message", [
        ("auto", {}, NOBODY), ("auto/4", {}, NOBODY),
        ("auto", {"JOB_COMPLETION_INDEX": "2"}, "auto: Kubernetes job index 2 does not say of how many: give --shard auto/N"),
        ("auto", {"PARALLEL_SEQ": "2"}, "auto: GNU parallel job 2 does not say of how many: give --shard auto/N"),
        ("auto/3", {"JOB_COMPLETION_INDEX": "3"}, "auto: Kubernetes job index 3 is none of 3 shards (1 to 65536)"),
        ("auto/3", {"PARALLEL_SEQ": "4"}, "auto: GNU parallel job 4 is none of 3 shards (1 to 65536)"),
        ("auto/3", {"PARALLEL_SEQ": "0"}, "auto: GNU parallel job 0 is none of 3 shards (1 to 65536)"),
        ("auto/3", slurm(4, 1, 4, 4), "Slurm array task 4 is none of 3 shards, which are numbered from 1"),
        ("auto/3", slurm(0, 0, 3, 4), "Slurm array task 0 is none of 3 shards, which are numbered from 1"),
        ("auto", slurm(7, 7, 7, 1), "an array of task 7 alone: is it one of several that runs again? Then give --shard auto/N"),
        ("auto", slurm(2, 1, 9, 4), "a Slurm array with gaps (4 tasks from 1 to 9): its tasks do not tell which shard they are; "
                                    "use --array=1-N, or give --shard I/N"),
        ("auto", {"SLURM_ARRAY_TASK_ID": "2"},
         "a Slurm array without SLURM_ARRAY_TASK_MIN, _MAX and _COUNT: give --shard I/N"),
        ("auto", slurm(2, 1, 4, 4) | mpi(0, 2), "auto: this is Slurm array task 2 and Open MPI rank 0: give --shard I/N"),
        ("auto/3", {"JOB_COMPLETION_INDEX": "two"},
         "the environment's JOB_COMPLETION_INDEX: 'two' is not a whole number from 0 to 4294967296")])
    def test_where_it_cannot_be_told(self, echosweep, word, variables, message):
        result = echosweep("--shard", word, "--seed", "7", "127.0.0.1", env=variables)
        assert (result.out, result.err, result.code) == ("", f"echosweep: --shard: {message}\n", 3)


class TestRuns:
    def test_each_accounts_for_its_own_targets(self, sweep, silent_network, unreachable_network, tmp_path):
        asked: dict[str, str] = {}
        for index in range(1, 6):
            result = sweep("-s", "-q", "--json", "run.json", *shard(index, 5), *MIXED)
            lines = lines_of(tmp_path / "run.json")
            check_lines(lines)
            run, sums, states = lines[0], lines[-1], states_of(lines)
            assert run["shard"] == {"index": index, "count": 5, "set": run["shard"]["set"]}
            assert (run["seed"], run["order"]) == (7, "random")
            assert run["targets"] == sums["targets"] == len(states) == 48 * index // 5 - 48 * (index - 1) // 5
            assert {state: sums[state] for state in STATES} == {state: [*states.values()].count(state) for state in STATES}
            assert f"accounting: {sums['targets']} targets = {sums['alive']} alive + " in result.err
            assert not asked.keys() & states.keys()
            asked |= states
        assert sweep("-q", "--json", "run.json", *MIXED).code == 1
        assert asked == states_of(lines_of(tmp_path / "run.json"))

    def test_lines_lists_and_exit_status_are_its_own(self, sweep, silent_network, tmp_path):
        targets = ("127.0.0.0/30", "198.18.3.0/30")
        for index in range(1, 9):
            (target,) = sweep("--list-targets", *shard(index, 8), *targets).lines
            alive = target.startswith("127.")
            result = sweep("--alive-file", "alive", "--dead-file", "dead", *shard(index, 8), *targets)
            assert (result.out, result.code) == ((f"{target} is alive\n", 0) if alive else (f"{target} is unreachable\n", 1))
            assert (tmp_path / "alive").read_text() + (tmp_path / "dead").read_text() == target + "\n"
            assert ((tmp_path / "dead").read_text() == "") == alive

    def test_the_dead_of_others_do_not_join_ours(self, sweep, silent_network, tmp_path):
        listed = []
        for index in (1, 2, 3):
            sweep("-q", "--ranges", "--dead-file", "dead", *shard(index, 3), "198.18.3.0/26")
            found = sweep("--list-targets", "--order", "input", "-f", "dead").lines
            assert sorted(found) == sorted(sweep("--list-targets", *shard(index, 3), "198.18.3.0/26").lines)
            assert "/" in (tmp_path / "dead").read_text(), "some do adjoin"
            listed += found
        assert sorted(listed) == sorted(f"198.18.3.{host}" for host in range(64))

    def test_a_map_shows_what_was_asked(self, sweep, silent_network, tmp_path):
        """In the same place on every shard's map; what others ask is not swept here."""
        for index in (1, 2):
            sweep("-q", "--map", "map.png", *shard(index, 2), "127.0.0.0-99")
            asked = sweep("--list-targets", *shard(index, 2), "127.0.0.0-99").lines
            mine = {int(address.rsplit(".", 1)[1]) for address in asked}
            picture = Picture((tmp_path / "map.png").read_bytes())
            for host in range(256):
                assert is_warm(picture.host(host)) if host in mine else picture.host(host) == UNSWEPT, host
        sweep("-q", *shard(1, 2), "198.18.3.0/24", "--map", "map.png")
        picture = Picture((tmp_path / "map.png").read_bytes())
        assert [picture.host(host) for host in range(256)].count(SILENT) == 128

    def test_a_map_of_both_families_counts_its_own(self, sweep):
        result = sweep("-q", "--map", "-", *shard(1, 2), "127.0.0.0/24", "fd00:e5::2:0/124")
        asked = sweep("--list-targets", *shard(1, 2), "127.0.0.0/24", "fd00:e5::2:0/124").lines
        hidden = sum(":" in address for address in asked)
        assert result.lines[0].startswith("127.0.0.0/24  136 targets")
        assert f"{hidden} IPv6 targets are not shown." in result.out

    def test_one_without_a_target_ends_well_in_every_format(self, echosweep, tmp_path):
        empty = next(index for index in range(1, 8) if not echosweep("--list-targets", *shard(index, 7), "127.0.0.1").out)
        result = echosweep("-s", *shard(empty, 7), "--json", "run.json", "--csv", "run.csv", "--xml", "run.xml", "--grepable",
                           "run.gnmap", "--pcap", "run.pcap", "--alive-file", "alive", "--dead-file", "dead", "--map", "map.png",
                           "--map", "-", "127.0.0.1")
        assert result.code == 0 and "accounting: 0 targets = 0 alive + 0 icmp-unreachable + 0 silent + 0 unsent\n" in result.err
        assert result.lines[0].startswith("127.0.0.0/24  0 targets, ")
        lines = lines_of(tmp_path / "run.json")
        check_lines(lines)
        assert [line["type"] for line in lines] == ["run", "accounting"]
        assert lines[0]["shard"] == {"index": empty, "count": 7, "set": lines[0]["shard"]["set"]}
        assert (lines[0]["targets"], lines[1]["targets"], lines[1]["probes"]) == (0, 0, 0)
        csv = (tmp_path / "run.csv").read_bytes()
        assert csv == b"address,name,state,reason,from,ttl,rtt_us,tries,sent,received,mac,count\r\n"
        assert '<hosts up="0" down="0" total="0"/>' in (tmp_path / "run.xml").read_text()
        assert (tmp_path / "run.gnmap").read_text().count("\n") == 2
        assert len((tmp_path / "run.pcap").read_bytes()) == 24
        assert (tmp_path / "alive").read_text() == (tmp_path / "dead").read_text() == ""
        picture = Picture((tmp_path / "map.png").read_bytes())
        assert picture.complete and {picture.host(host) for host in range(256)} == {UNSWEPT}
        assert echosweep("report", "run.json").out.count("targets      0\n") == 1

    @pytest.mark.parametrize("options,code", [
        (("-x", "1"), 1), (("-X", "1"), 1), (("--complete", "99"), 0), (("--rate", "auto"), 0), (("--rate", "max"), 0),
        (("-r", "3"), 0), (("--dry-run",), 0), (("--list-targets",), 0)])
    def test_one_without_a_target_has_nothing_to_wait_for(self, echosweep, options, code):
        empty = next(index for index in range(1, 8) if not echosweep("--list-targets", *shard(index, 7), "127.0.0.1").out)
        result = echosweep("-q", "--max-runtime", "20s", *options, *shard(empty, 7), "127.0.0.1")
        assert (result.err, result.code) == ("", code)

    def test_retries_and_rates_that_find_themselves(self, echosweep, silent_network, tmp_path):
        for options in (("-r", "2", "--rate", "max"), ("--complete", "99.9"), ("--rate", "auto", "-r", "1")):
            found: dict[str, str] = {}
            for index in (1, 2):
                echosweep("-q", "-t", "150", "--drain", "150ms", "--json", "run.json", *options, *shard(index, 2), "127.0.0.0/27",
                          "198.18.3.0/29")
                lines = lines_of(tmp_path / "run.json")
                check_lines(lines)
                assert all(line["tries"] >= 2 for line in lines if line.get("state") == "silent")
                found |= states_of(lines)
            assert [*found.values()].count("alive") == 32 and len(found) == 40, options


class TestRateTotal:
    @pytest.mark.parametrize("total,count,rate", [("1k", 2, 500), ("1k", 1, 1000), ("1M", 16, 62500), ("10", 16, 0.625)])
    def test_each_has_its_part(self, sweep, total, count, rate):
        result = sweep("--json", "-", "--rate-total", total, *shard(1, count), "127.0.0.1")
        run = json.loads(result.lines[0])
        check_lines([json.loads(line) for line in result.lines])
        assert (run["rate"], run["rate_mode"]) == (rate, "fixed")

    def test_is_the_rate_of_each_without_it(self, sweep):
        assert json.loads(sweep("--json", "-", "--rate", "1k", *shard(1, 2), "127.0.0.1").lines[0])["rate"] == 1000


class TestMerge:
    COUNT = 5

    @pytest.fixture
    def files(self, sweep, tmp_path) -> list[str]:
        for index in range(1, self.COUNT + 1):
            assert sweep("-q", "--json", f"s{index}.json", *shard(index, self.COUNT), "127.0.0.0/24").code == 0
        return [f"s{index}.json" for index in range(1, self.COUNT + 1)]

    def test_all_are_one_undisturbed_run(self, sweep, echosweep, files, tmp_path):
        assert sweep("-q", "--json", "one.json", "--seed", "7", "127.0.0.0/24").code == 0
        result = echosweep("merge", *reversed(files), "-o", "all.json")
        assert (result.out, result.err, result.code) == ("", "", 0)
        merged, one = lines_of(tmp_path / "all.json"), lines_of(tmp_path / "one.json")
        check_lines(merged, merged=True)
        assert states_of(merged) == states_of(one) and len(states_of(one)) == 256
        assert "shards" not in merged[0] and merged[0]["merged"] == self.COUNT
        for field in ("targets", "alive", "silent", "probes", "echo_replies"):
            assert merged[-1][field] == one[-1][field], field
        result = echosweep("diff", "--no-rtt", "all.json", "one.json")
        assert (result.out, result.err, result.code) == ("", "", 0)

    @pytest.mark.parametrize("gone,said", [((2,), "shard 2 of 5 missing"), ((1, 5), "shards 1, 5 of 5 missing"),
                                           ((2, 3, 4), "shards 2, 3, 4 of 5 missing")])
    def test_what_is_missing_is_named(self, echosweep, files, tmp_path, gone, said):
        there = [file for index, file in enumerate(files, 1) if index not in gone]
        result = echosweep("merge", *there, "-o", "part.json")
        assert (result.out, result.code) == ("", 1)
        assert result.err.startswith(f"echosweep: {said} (seed 7): ") and result.err.count("\n") == 1, result.err
        merged = lines_of(tmp_path / "part.json")
        check_lines(merged, merged=True)
        assert merged[0]["shards"] == {"count": 5, "indices": [index for index in range(1, 6) if index not in gone],
                                       "set": lines_of(tmp_path / there[0])[0]["shard"]["set"]}
        # Those that were missing can be added to it later.
        rest = [file for index, file in enumerate(files, 1) if index in gone]
        result = echosweep("merge", "part.json", *rest, "-o", "all.json")
        assert (result.err, result.code) == ("", 0)
        assert len(states_of(lines_of(tmp_path / "all.json"))) == 256

    def test_shards_of_other_targets_fill_no_gap(self, sweep, echosweep, files, tmp_path):
        sweep("-q", "--json", "other.json", *shard(2, self.COUNT), "127.0.1.0/24")
        result = echosweep("merge", *(file for file in files if file != "s2.json"), "other.json", "-o", "part.json")
        sets = [lines_of(tmp_path / file)[0]["shard"]["set"][:8] for file in ("s1.json", "other.json")]
        assert (result.out, result.code) == ("", 1)
        assert result.err.splitlines() == [
            f"echosweep: shard 2 of 5 missing (seed 7, targets {sets[0]}): its targets are not in the merged run",
            f"echosweep: shards 1, 3, 4, 5 of 5 missing (seed 7, targets {sets[1]}): "
            "their targets are not in the merged run"]

    def test_more_shards_than_targets(self, sweep, echosweep, tmp_path):
        for index in range(1, 8):
            sweep("-q", "--json", f"t{index}.json", *shard(index, 7), "127.0.0.0/30")
        result = echosweep("merge", *(f"t{index}.json" for index in range(1, 8)), "-o", "all.json")
        assert (result.err, result.code) == ("", 0)
        assert len(states_of(lines_of(tmp_path / "all.json"))) == 4
