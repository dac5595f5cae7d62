"""The structure check finds what it is there for: each rule broken once, in a small tree made for it."""

import pathlib
import tempfile
import unittest

import check

CLEAN = {
    "src/main.cpp": '#include "cli/app.hpp"\n',
    "src/CMakeLists.txt": "add_executable(echosweep main.cpp)\n",
    "src/cli/app.hpp": '#include "report/text_sink.hpp"\n#include "modes/sweep.hpp"\n',
    "src/modes/sweep.hpp": '#include "report/sink.hpp"\n#include "targets/target_set.hpp"\n',
    "src/report/sink.hpp": '#include <string>\n\n#include "report/record.hpp"\n',
    "src/report/record.hpp": '#include "core/address.hpp"\n',
    "src/report/text_sink.hpp": '#include "report/sink.hpp"\n',
    "src/targets/target_set.hpp": '#include "core/address.hpp"\n',
    "src/net/pcap_rx.hpp": "#include <pcap/pcap.h>\n",
    "src/core/address.hpp": "#pragma once\n",
    "src/core/address.cpp": '#include "core/address.hpp"\n',
    "src/core/CMakeLists.txt": "echosweep_folder(core\n  SOURCES address.cpp\n  USES fmt::fmt)\n",
}


def findings(changes):
    """What the check says of the clean tree with `changes` ({path: text}; None removes) laid over it."""
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for path, text in (CLEAN | changes).items():
            if text is not None:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
        return list(check.findings(root, None))


class Layout(unittest.TestCase):
    def test_a_clean_tree_passes(self):
        self.assertEqual(findings({}), [])

    def test_core_knows_nobody(self):
        found = findings({"src/core/address.hpp": '#pragma once\n#include "targets/target_set.hpp"\n'})
        self.assertEqual(found, ['src/core/address.hpp:2: core may not know targets ("targets/target_set.hpp")'])

    def test_sender_and_receiver_never_know_each_other(self):
        found = findings({"src/sender/pacer.hpp": '#include "receiver/reply.hpp"\n', "src/receiver/reply.hpp": "\n"})
        self.assertEqual(found, ['src/sender/pacer.hpp:1: sender may not know receiver ("receiver/reply.hpp")'])

    def test_modes_know_reports_interface_only(self):
        found = findings({"src/modes/sweep.hpp": '#include "report/text_sink.hpp"\n'})
        self.assertEqual(
            found, ['src/modes/sweep.hpp:1: modes may know report\'s interface only, not "report/text_sink.hpp"'])

    def test_modes_know_no_form_of_what_they_find(self):
        found = findings({"src/modes/mtu.hpp": '#include "mtu/finding.hpp"\n#include "mtu/line.hpp"\n',
                          "src/mtu/finding.hpp": "\n", "src/mtu/line.hpp": '#include "mtu/finding.hpp"\n'})
        self.assertEqual(found, ['src/modes/mtu.hpp:2: modes may know mtu\'s interface only, not "mtu/line.hpp"'])

    def test_results_know_reports_words_only(self):
        found = findings({"src/results/merge.hpp": '#include "report/record.hpp"\n#include "report/sink.hpp"\n'})
        self.assertEqual(
            found, ['src/results/merge.hpp:2: results may know report\'s interface only, not "report/sink.hpp"'])

    def test_modes_hold_no_privilege(self):
        found = findings({"src/modes/sweep.hpp": '  #  include "privilege/drop.hpp"\n', "src/privilege/drop.hpp": "\n"})
        self.assertEqual(found, ['src/modes/sweep.hpp:1: modes may not know privilege ("privilege/drop.hpp")'])

    def test_maps_and_pages_know_reports_alone(self):
        files = {"src/map/grid.hpp": '#include "report/record.hpp"\n', "src/html/page.hpp": '#include "report/record.hpp"\n'}
        self.assertEqual(findings(files), [])
        found = findings({"src/map/grid.hpp": '#include "targets/target_set.hpp"\n',
                          "src/html/page.hpp": '#include "map/grid.hpp"\n'} | {"src/map/font.hpp": "\n"})
        self.assertIn('src/map/grid.hpp:1: map may not know targets ("targets/target_set.hpp")', found)
        self.assertIn('src/html/page.hpp:1: html may not know map ("map/grid.hpp")', found)

    def test_libpcap_stays_in_net(self):
        for header in ("pcap.h", "pcap/pcap.h"):
            found = findings({"src/cli/app.hpp": f"#include <{header}>\n"})
            self.assertEqual(found, [f"src/cli/app.hpp:1: <{header}> belongs into net/ alone"])

    def test_paths_start_at_src(self):
        found = findings({"src/core/address.cpp": '#include "address.hpp"\n'})
        self.assertEqual(found, ['src/core/address.cpp:1: "address.hpp" is no file of src/ (paths start there)'])

    def test_a_new_folder_needs_a_place(self):
        found = findings({"src/util/strings.hpp": "\n"})
        self.assertEqual(found, ["src/util/strings.hpp: the folder 'util' has no place in the layout"])


class Files(unittest.TestCase):
    def test_length(self):
        self.assertEqual(findings({"src/core/address.hpp": "\n" * 399}), [])
        found = findings({"src/core/address.hpp": "\n" * 400})
        self.assertEqual(found, ["src/core/address.hpp: 400 lines: which second noun is hiding in there?"])

    def test_a_forgotten_source(self):
        found = findings({"src/core/clock.cpp": "\n"})
        self.assertEqual(found, ["src/core/clock.cpp: is not listed in src/core/CMakeLists.txt"])

    def test_a_source_in_a_comment_is_not_listed(self):
        found = findings({"src/core/CMakeLists.txt": "# address.cpp\n"})
        self.assertEqual(found, ["src/core/address.cpp: is not listed in src/core/CMakeLists.txt"])

    def test_a_source_that_does_not_exist(self):
        found = findings({"src/core/address.cpp": None, "src/core/other.cpp": "\n",
                          "src/core/CMakeLists.txt": "SOURCES address.cpp other.cpp\n"})
        self.assertEqual(found, ["src/core/CMakeLists.txt: names address.cpp, which does not exist"])

    def test_a_folder_without_cmake(self):
        found = findings({"tests/unit/core/clock_test.cpp": "\n"})
        self.assertEqual(found, ["tests/unit/core: has no CMakeLists.txt"])


class Options(unittest.TestCase):
    HELP = """Usage: echosweep [OPTIONS] [TARGET...]

Options:
  -h,--help                   Print this
  -t, --timeout TIME          Wait; see -B and
                              --drain
  --rate PPS|max REQUIRED     Packets a second
  --timestamp-format=FORMAT   ctime
  -B,--backoff F              1.5
"""
    MANUAL = """# OPTIONS

*-h*, *--help*
	Print this.

*-t*, *--timeout* _TIME_
	Wait: see *--drain*.
*--rate* _PPS_|*max*
	Packets.

*--timestamp-format* _FORMAT_
	How.

*-B*, *--backoff* _F_

# STATISTICS

*-s* prints them.
"""

    def test_help(self):
        expected = {("--help", "-h"), ("--timeout", "-t"), ("--rate",), ("--timestamp-format",), ("--backoff", "-B")}
        self.assertEqual(check.options_of_help(self.HELP), expected)

    def test_manual(self):
        expected = {("--help", "-h"), ("--timeout", "-t"), ("--rate",), ("--timestamp-format",), ("--backoff", "-B")}
        self.assertEqual(check.options_of_manual(self.MANUAL), expected)

    def test_the_two_are_compared_both_ways(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "man").mkdir()
            (root / "man/echosweep.1.scd").write_text("# OPTIONS\n*-a*, *--alive*\n*-q*\n", encoding="utf-8")
            program = root / "program"
            program.write_text("#!/bin/sh\necho '  -a          Alive'\necho '  -q          Quiet'\n", encoding="utf-8")
            program.chmod(0o755)
            self.assertEqual(list(check.check_options(root, str(program))), [
                "man/echosweep.1.scd: lacks -a as --help names it",
                "--help: lacks --alive, -a as the manual names it"])
            program.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
            self.assertEqual(list(check.check_options(root, str(program))), [f"{program} --help: exit code 3"])

    def test_subcommands_have_manuals_of_their_own(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            (root / "man").mkdir()
            (root / "man/echosweep-diff.1.scd").write_text("# OPTIONS\n*-q*\n", encoding="utf-8")
            program = root / "program"
            program.write_text("#!/bin/sh\n[ $1 = --help ] || { echo '  -x   Cross'; exit; }\n"
                               "echo 'Instead of TARGETs:'\necho '  diff  What'\necho '  merge  All'\n", encoding="utf-8")
            program.chmod(0o755)
            self.assertEqual(list(check.check_options(root, str(program))), [
                "man/echosweep-diff.1.scd: lacks -x as diff --help names it",
                "diff --help: lacks -q as the manual names it"])
            self.assertEqual(list(check.check_subcommands(root, str(program))), [
                "man/echosweep-merge.1.scd: does not exist, and --help lists merge"])


if __name__ == "__main__":
    unittest.main()
