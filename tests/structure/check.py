#!/usr/bin/env python3
"""Holds what no compiler holds: who may include whom, file lengths, listed sources, documented options.

  check.py --source DIR [--program PATH]

Prints a line a finding and exits 1; silent and 0 where all is well. --program adds the comparison of its
--help with the man page.
"""

import argparse
import pathlib
import re
import subprocess
import sys

# The layout of ARCHITECTURE.md. A folder may always include itself; main.cpp and cli tie everything together.
EVERYTHING = {"cli", "modes", "targets", "sender", "receiver", "packet", "net", "privilege", "map", "html", "report",
              "checkpoint", "results", "listen", "mtu", "ping", "trace", "core"}
MAY_INCLUDE = {
    "": EVERYTHING,
    "cli": EVERYTHING,
    "modes": {"targets", "sender", "receiver", "report", "mtu", "ping", "trace", "packet", "net", "core"},
    "sender": {"packet", "net", "core"},
    "receiver": {"packet", "net", "core"},
    "targets": {"core"},
    "map": {"report", "core"},
    "html": {"report", "core"},
    "results": {"report", "core"},
    "checkpoint": {"report", "core"},
    "listen": {"packet", "report", "core"},
    "mtu": {"report", "core"},
    "trace": {"listen", "packet", "report", "core"},
    "ping": {"packet", "report", "core"},
    "report": {"core"},
    "packet": {"core"},
    "net": {"packet", "core"},
    "privilege": {"core"},
    "core": set(),
}
# A mode knows what a result is, and of no format.
MODES_SEE_OF_REPORT = {"report/record.hpp", "report/accounting.hpp", "report/sink.hpp", "report/count_sink.hpp"}
# Results are read in the words and lines in which they were written, whatever sinks there are.
RESULTS_SEE_OF_REPORT = {"report/record.hpp", "report/accounting.hpp", "report/format.hpp", "report/json_lines.hpp"}
# What was heard, and a path, are written as all results are, and are none.
LISTEN_SEES_OF_REPORT = PING_SEES_OF_REPORT = {"report/escape.hpp", "report/fields.hpp", "report/json_lines.hpp"}
MTU_SEES_OF_REPORT = {"report/escape.hpp", "report/format.hpp", "report/json_lines.hpp"}
SEEN_OF_REPORT = {"listen": LISTEN_SEES_OF_REPORT, "trace": LISTEN_SEES_OF_REPORT, "mtu": MTU_SEES_OF_REPORT,
                  "ping": PING_SEES_OF_REPORT, "modes": MODES_SEE_OF_REPORT, "results": RESULTS_SEE_OF_REPORT}
# Of what is found out about a path, the words for people are none of a mode's business.
MODES_SEE_OF_MTU = {"mtu/finding.hpp"}
# A pcap_t* exists in one place only.
PCAP_FOLDER = "net"
LONGEST_FILE = 399

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')


def cxx_files(folder: pathlib.Path):
    return sorted(p for p in folder.rglob("*") if p.suffix in (".cpp", ".hpp"))


def check_includes(source: pathlib.Path):
    """Every #include of src/ against the table above."""
    src = source / "src"
    for path in cxx_files(src):
        parts = path.relative_to(src).parts
        folder = parts[0] if len(parts) > 1 else ""
        where = path.relative_to(source)
        if folder not in MAY_INCLUDE:
            yield f"{where}: the folder '{folder}' has no place in the layout"
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            ours, system = found.groups()
            if system:
                if re.match(r"pcap[./]", system) and folder != PCAP_FOLDER:
                    yield f"{where}:{number}: <{system}> belongs into {PCAP_FOLDER}/ alone"
                continue
            if not (src / ours).is_file():
                yield f"{where}:{number}: \"{ours}\" is no file of src/ (paths start there)"
                continue
            wanted = ours.split("/")[0]
            if wanted != folder and wanted not in MAY_INCLUDE[folder]:
                yield f"{where}:{number}: {folder or 'main.cpp'} may not know {wanted} (\"{ours}\")"
            elif folder in SEEN_OF_REPORT and wanted == "report" and ours not in SEEN_OF_REPORT[folder]:
                yield f"{where}:{number}: {folder} may know report's interface only, not \"{ours}\""
            elif folder == "modes" and wanted == "mtu" and ours not in MODES_SEE_OF_MTU:
                yield f"{where}:{number}: modes may know mtu's interface only, not \"{ours}\""


def check_lengths(source: pathlib.Path):
    for path in cxx_files(source / "src"):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > LONGEST_FILE:
            yield f"{path.relative_to(source)}: {lines} lines: which second noun is hiding in there?"


def check_sources_listed(source: pathlib.Path):
    """Each .cpp is named in the CMakeLists.txt of its folder, and each one named there exists."""
    for top in ("src", "tests/unit", "tests/support", "tests/fuzz", "bench"):
        for folder in sorted({p.parent for p in (source / top).rglob("*.cpp")}):
            lists = folder / "CMakeLists.txt"
            if not lists.is_file():
                yield f"{folder.relative_to(source)}: has no CMakeLists.txt"
                continue
            text = re.sub(r"#.*", "", lists.read_text(encoding="utf-8"))
            names = set(re.findall(r"[\w./-]+\.cpp", text))
            names |= {name + ".cpp" for name in re.findall(r"echosweep_(?:fuzzer|bench)\((\w+)", text)}
            present = {p.name for p in folder.glob("*.cpp")}
            for name in sorted(present - names):
                yield f"{(folder / name).relative_to(source)}: is not listed in {lists.relative_to(source)}"
            for name in sorted(n for n in names - present if not (folder / n).is_file()):
                yield f"{lists.relative_to(source)}: names {name}, which does not exist"


def options_of_help(text: str):
    """Sets of the names that each option goes by, from the lines of --help that start with a dash."""
    found = set()
    for line in text.splitlines():
        if not re.match(r" {1,8}-", line):  # deeper down stands a description that was wrapped
            continue
        # The names end where the argument or the description begins: two spaces, or a word without a dash.
        names = []
        for word in re.split(r"[,\s]+", line.strip()):
            name = re.match(r"(--[a-z0-9][a-z0-9-]*|-[A-Za-z0-9])(?:[=\[].*)?$", word)
            if not name:
                break
            names.append(name.group(1))
        found.add(tuple(sorted(names)))
    return found


def options_of_manual(text: str):
    """The same from the section OPTIONS of the scdoc source, where a line begins *-t*, *--timeout* _TIME_."""
    found = set()
    section = ""
    for line in text.splitlines():
        section = line[2:] if line.startswith("# ") else section
        if section != "OPTIONS" or not line.startswith("*-"):
            continue
        names = []
        for word in re.split(r",\s*|\s+", line):
            name = re.match(r"\*(--[a-z0-9][a-z0-9-]*|-[A-Za-z0-9])\*$", word)
            if not name:
                break
            names.append(name.group(1))
        if names:
            found.add(tuple(sorted(names)))
    return found


def check_options(source: pathlib.Path, program: str):
    """echosweep-diff.1.scd against `echosweep diff --help`, and so each manual that there is."""
    for manual in sorted((source / "man").glob("echosweep*.1.scd")):
        subcommand = manual.name.removesuffix(".1.scd").split("-")[1:]
        yield from check_manual(manual, [program, *subcommand, "--help"], source)


def check_manual(path: pathlib.Path, command: list[str], source: pathlib.Path):
    called = " ".join(command)
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode != 0:
        yield f"{called}: exit code {done.returncode}"
        return
    helped = options_of_help(done.stdout)
    manual = options_of_manual(path.read_text(encoding="utf-8"))
    shown = " ".join(command[1:])
    if not helped:
        yield f"{called}: names no options"
    for names in sorted(helped - manual):
        yield f"{path.relative_to(source)}: lacks {', '.join(names)} as {shown} names it"
    for names in sorted(manual - helped):
        yield f"{shown}: lacks {', '.join(names)} as the manual names it"


def check_subcommands(source: pathlib.Path, program: str):
    """Each subcommand that --help lists has a manual."""
    done = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=20, check=False)
    section = done.stdout.partition("Instead of TARGETs")[2]
    for name in re.findall(r"^  ([a-z]+) ", section, re.M):
        if not (source / f"man/echosweep-{name}.1.scd").is_file():
            yield f"man/echosweep-{name}.1.scd: does not exist, and --help lists {name}"


def findings(source: pathlib.Path, program: str | None):
    yield from check_includes(source)
    yield from check_lengths(source)
    yield from check_sources_listed(source)
    if program:
        yield from check_options(source, program)
        yield from check_subcommands(source, program)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--program")
    arguments = parser.parse_args()
    found = list(findings(arguments.source.resolve(), arguments.program))
    for line in found:
        print(line)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
