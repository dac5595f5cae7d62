"""Tables, and the part of RESULTS.md that the comparison writes."""

import datetime
import os
import platform
import re
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

from comparison.measure import Run

BEGIN, END = "<!-- bench/compare writes from here -->", "<!-- to here -->"
PACKAGES = ("fping", "nmap", "masscan", "zmap", "libpcap0.8", "libxdp1", "clang")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> str:
    """A Markdown table that reads well as text; the first `words` columns, and a last one called note, to the left."""
    left = [i < words or column == "note" for i, column in enumerate(columns)]
    widths = [max(3, *(len(row[i]) for row in [columns, *rows])) for i in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        padded = [cell.ljust(w) if to_left else cell.rjust(w) for cell, w, to_left in zip(cells, widths, left)]
        return ("| " + " | ".join(padded) + " |").rstrip()

    rules = ["-" * (w + 2) if to_left else "-" * (w + 1) + ":" for w, to_left in zip(widths, left)]
    rule = "|" + "|".join(rules) + "|"
    return "\n".join([line(columns), rule, *map(line, rows)]) + "\n"


def spread(values: Sequence[float], digits: int = 2) -> str:
    """The median, and the least and the greatest."""
    middle = f"{statistics.median(values):.{digits}f}"
    return middle if len(values) == 1 else f"{middle} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def thousands(rate: float) -> str:
    return f"{rate / 1000:.0f}k"


def found_text(found: int, true: int) -> str:
    return f"{found} (all)" if found == true else f"{found} ({100 * found / true:.3f}%)"


def runs_table(runs: dict[str, list[Run]], true: int) -> str:
    """A line a tool: medians, with the spread of the wall time; of what was found the worst round."""
    rows = []
    base = None
    for name, all_runs in runs.items():
        if not all_runs:
            continue
        wall = statistics.median(r.wall for r in all_runs)
        base = base or wall
        rows.append([name, found_text(min(r.found for r in all_runs), true), str(max(r.wrong for r in all_runs)),
                     str(max(r.twice for r in all_runs)), spread([r.wall for r in all_runs]), f"{wall / base:.2f}",
                     f"{statistics.median(r.cpu for r in all_runs):.2f}",
                     f"{statistics.median(r.peak_kib for r in all_runs) / 1024:.1f}", str(len(all_runs)),
                     ", ".join(sorted({r.ended for r in all_runs} - {""}))])
    columns = ["tool", "found (worst)", "wrong", "twice", "wall s", "ratio", "CPU s", "peak MiB", "rounds", "note"]
    return table(columns, rows)


def quiet(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def field_of(file: str, pattern: str) -> str:
    hit = re.search(pattern, Path(file).read_text(encoding="utf-8"), re.M)
    return hit.group(1) if hit else "unknown"


def commit(source: Path) -> str:
    git = ("git", "-c", "safe.directory=*", "-C", str(source))
    name = quiet(*git, "rev-parse", "--short", "HEAD")
    if not name:
        return "unknown"
    changed = quiet(*git, "status", "--porcelain", "--untracked-files=no", "--", "src", "bench", ":!bench/RESULTS.md")
    return name + (" with local changes" if changed else "")


def machine(source: Path, program: str) -> str:
    """What it was measured on and with, in a few lines."""
    model = field_of("/proc/cpuinfo", r"^model name\s*:\s*(.+)$")
    memory = int(field_of("/proc/meminfo", r"^MemTotal:\s*(\d+)")) / (1 << 20)
    system = field_of("/etc/os-release", r'^PRETTY_NAME="?([^"\n]+)')
    versions = []
    for package in PACKAGES:
        version = quiet("dpkg-query", "-W", "-f", "${Version}", package)
        versions += [f"{package} {version}"] if version else []
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    return (f"Measured {today} at commit {commit(source)}, {quiet(program, '--version').splitlines()[0]}. "
            f"Machine: {os.cpu_count()} cores, {model}, {memory:.0f} GiB; "
            f"Linux {platform.release().split('-')[0]}, {system}. "
            f"{', '.join(versions) or 'No Debian packages'}. Load average at the start: {os.getloadavg()[0]:.1f}.\n")


def write_into(path: Path, text: str) -> None:
    """Puts the text between the two marks, and leaves the rest alone."""
    old = path.read_text(encoding="utf-8")
    begin, end = old.find(BEGIN), old.find(END)
    if begin < 0 or end < begin:
        raise ValueError(f"{path} lacks the marks '{BEGIN}' and '{END}'")
    path.write_text(old[:begin] + BEGIN + "\n\n" + text.strip() + "\n\n" + old[end:], encoding="utf-8")
