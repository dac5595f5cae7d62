"""--map and --watch: the picture, and the map in characters."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import time
import zlib

import pytest

from conftest import PROGRAM, QUICK

SILENT = (0x30, 0x38, 0x43)
UNREACHABLE = (0x2F, 0x6F, 0xE4)
UNSENT = (0x86, 0x8B, 0x93)
UNSWEPT = (0x05, 0x06, 0x08)

# Of a /24 in the picture: its first cell, and what a cell and a block of 4 x 4 of them take.
LEFT, TOP = 24, 24 + 78 + 20
CELL, BLOCK_RIGHT, BLOCK_DOWN = 64, 256 + 8, 256 + 8 + 20


def wait_until(holds):
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


class Picture:
    """A PNG, read without the library that wrote it: RGB, 8 bits, not interlaced."""

    def __init__(self, data: bytes):
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        compressed, position = b"", 8
        self.complete = False
        while position < len(data):
            size, kind = struct.unpack(">I4s", data[position:position + 8])
            body = data[position + 8:position + 8 + size]
            crc = struct.unpack(">I", data[position + 8 + size:position + 12 + size])[0]
            assert zlib.crc32(kind + body) == crc
            if kind == b"IHDR":
                self.width, self.height, *form = struct.unpack(">IIBBBBB", body)
                assert form == [8, 2, 0, 0, 0]
            elif kind == b"IDAT":
                compressed += body
            self.complete |= kind == b"IEND"
            position += 12 + size
        self.rows = self._unfilter(zlib.decompress(compressed))

    def _unfilter(self, data: bytes) -> list[bytes]:
        rows, stride = [], 3 * self.width
        above = bytes(stride)
        for start in range(0, len(data), stride + 1):
            kind, row = data[start], bytearray(data[start + 1:start + 1 + stride])
            for i in range(stride):
                left = row[i - 3] if i >= 3 else 0
                corner = above[i - 3] if i >= 3 else 0
                if kind == 1:
                    guess = left
                elif kind == 2:
                    guess = above[i]
                elif kind == 3:
                    guess = (left + above[i]) // 2
                elif kind == 4:
                    estimate = left + above[i] - corner
                    guess = min((left, above[i], corner), key=lambda value: abs(estimate - value))
                else:
                    break
                row[i] = (row[i] + guess) & 0xFF
            above = bytes(row)
            rows.append(above)
        return rows

    def at(self, x: int, y: int) -> tuple[int, int, int]:
        return tuple(self.rows[y][3 * x:3 * x + 3])

    def host(self, number: int) -> tuple[int, int, int]:
        """The colour of a host of a /24, off the number and the marks in its cell."""
        column, row = place(number)
        x = LEFT + column // 4 * BLOCK_RIGHT + column % 4 * CELL
        y = TOP + row // 4 * BLOCK_DOWN + row % 4 * CELL
        return self.at(x + 5, y + 8)


def place(index: int) -> tuple[int, int]:
    """Where a host of a /24 lies: the curve as the textbooks write it, with its axes swapped."""
    x = y = 0
    side = 1
    while side < 16:
        right = 1 & (index // 2)
        up = 1 & (index ^ right)
        if up == 0:
            if right == 1:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        x += side * right
        y += side * up
        index //= 4
        side *= 2
    return y, x


def is_warm(colour) -> bool:
    """Alive, with a round trip time."""
    red, green, blue = colour
    return red > 0x90 and red >= green > blue


class TestPicture:
    def test_shows_each_host_where_it_belongs(self, sweep, tmp_path, silent_network, unreachable_network):
        result = sweep("-q", "--map", "map.png", "127.0.0.0-9", "127.0.0.20", "--exclude", "127.0.0.7")
        assert (result.out, result.err, result.code) == ("", "", 0)
        picture = Picture((tmp_path / "map.png").read_bytes())
        assert picture.complete
        for number in range(256):
            alive = number in (*range(7), 8, 9, 20)
            colour = picture.host(number)
            assert is_warm(colour) if alive else colour == UNSWEPT, number

    def test_states(self, sweep, tmp_path, silent_network, unreachable_network):
        sweep("-q", "--map", "silent.png", "198.18.3.16/28")
        sweep("-q", "--map", "unreachable.png", "198.18.4.16/28")
        sweep("-q", "--map", "unsent.png", "198.18.5.16/28")
        for name, expected in (("silent", SILENT), ("unreachable", UNREACHABLE), ("unsent", UNSENT)):
            picture = Picture((tmp_path / f"{name}.png").read_bytes())
            assert {picture.host(number) for number in range(16, 32)} == {expected}, name
            assert {picture.host(number) for number in range(16)} == {UNSWEPT}, name

    def test_of_both_families_shows_the_larger(self, sweep, tmp_path):
        result = sweep("-q", "--map", "-", "127.0.0.1", "fd00:e5::2:0/125")
        assert result.lines[0].startswith("fd00:e5::2:0/120  9 targets")
        assert "1 IPv4 target is not shown." in result.out

    def test_takes_the_place_of_an_older_one_whole(self, sweep, tmp_path, write):
        write("map.png", "old")
        (tmp_path / "map.png").chmod(0o640)
        (tmp_path / "link.png").symlink_to("map.png")
        assert sweep("-q", "--map", "link.png", "127.0.0.1").code == 0
        assert Picture((tmp_path / "map.png").read_bytes()).complete
        assert (tmp_path / "link.png").is_symlink()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["link.png", "map.png"]

    def test_several_at_once(self, sweep, tmp_path):
        result = sweep("-q", "--map", "a.png", "--map", "-", "--map", "b.png", "127.0.0.1")
        assert result.lines[0].startswith("127.0.0.0/24  1 target,")
        assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()

    def test_after_an_interrupt_shows_what_is_known(self, tmp_path):
        process = subprocess.Popen([PROGRAM, "-q", "--rate", "50", "--drain", "200ms", "--map", "map.png", "--order", "input",
                                    "--alive-file", "up.txt", "127.0.0.0/24"], cwd=tmp_path)
        up = tmp_path / "up.txt"
        wait_until(lambda: up.exists() and "127.0.0.1\n" in up.read_text())
        assert not (tmp_path / "map.png").exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        picture = Picture((tmp_path / "map.png").read_bytes())
        assert picture.complete
        assert is_warm(picture.host(1))
        assert picture.host(255) == UNSENT

    def test_after_a_kill_is_not_there(self, tmp_path):
        process = subprocess.Popen([PROGRAM, "-q", "--rate", "100", "--map", "map.png", "127.0.0.0/24"], cwd=tmp_path)
        wait_until(lambda: list(tmp_path.glob("map.png.part-*")))
        process.kill()
        process.wait(timeout=20)
        assert not (tmp_path / "map.png").exists()


class TestFailures:
    def test_a_full_disk_is_told_and_the_others_go_on(self, sweep, tmp_path):
        result = sweep("-a", "--map", "/dev/full", "--map", "map.png", "--json", "run.json", "127.0.0.1")
        assert result.code == 4
        assert result.out == "127.0.0.1\n"
        assert result.err == ("echosweep: cannot write to /dev/full: No space left on device (free some space there, or "
                              "name a file on another disk)\n")
        assert Picture((tmp_path / "map.png").read_bytes()).complete
        assert '"accounting"' in (tmp_path / "run.json").read_text()

    @pytest.mark.parametrize("path", ["nowhere/map.png", "."])
    def test_a_wrong_path_is_told_before_anything_is_sent(self, sweep, path):
        result = sweep("--map", path, "127.0.0.1")
        assert (result.out, result.code) == ("", 4)
        assert re.fullmatch(rf"echosweep: cannot \w+ {re.escape(path)}: [^\n]+\n", result.err)

    @pytest.mark.parametrize("arguments", [
        ("--map", "x", "--map", "x"),
        ("--map", "x", "--json", "x"),
        ("--map", "-", "--json", "-"),
    ])
    def test_each_output_has_a_file_of_its_own(self, sweep, arguments):
        result = sweep(*arguments, "127.0.0.1")
        assert result.code == 3
        assert "give each output a file of its own" in result.err

    def test_not_with_counts(self, echosweep):
        assert echosweep("-c", "1", "--map", "x", "127.0.0.1").err == (
            "echosweep: --map is for sweeps: not with -c, -C or -l\n")

    def test_a_reader_who_leaves_ends_it_quietly(self, tmp_path):
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {PROGRAM} -r 0 --drain 200ms -a --map - 127.0.0.0/20 | head -n 1"],
                              capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
        assert done.stderr == ""
        assert len(done.stdout.splitlines()) == 1


class TestInCharacters:
    def test_without_a_terminal_in_shades(self, sweep):
        result = sweep("-q", "--map", "-", "127.0.0.0-15", env={"COLUMNS": "40"})
        lines = result.lines
        assert lines[0] == "127.0.0.0/24"
        assert re.fullmatch(r"16 targets, \d{4}-\d\d-\d\d \d\d:\d\d UTC, \d\.\d s", lines[1])
        assert lines[2] == "127.0.0.0/26    127.0.0.64/26"
        for line in lines[3:7]:
            assert re.fullmatch("[█▓▒░]{8}", line)
        assert lines[7] == ""
        assert "\x1b" not in result.out

    def test_80_columns_where_nobody_says(self, sweep):
        result = sweep("-q", "--map", "-", "127.0.0.0/24", env={"LC_ALL": "C.UTF-8"})
        assert max(len(line) for line in result.lines) in range(64, 81)

    def test_comes_after_the_lines(self, sweep):
        result = sweep("--map", "-", "127.0.0.1")
        assert result.lines[0] == "127.0.0.1 is alive"
        assert result.lines[1].startswith("127.0.0.0/24")


class Terminal:
    """Runs the program on a terminal of this size, and keeps what it showed."""

    def __init__(self, *arguments, columns=80, rows=40, stdout=None, env=None):
        import fcntl
        import termios

        self.master, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(terminal)
        self.terminal = terminal
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"} | (env or {})
        self.process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                        stdout=stdout if stdout is not None else terminal, stderr=terminal,
                                        env=environment)
        self.bytes = b""

    def wait(self) -> int:
        import termios

        deadline = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        self.read(0.05)
        assert termios.tcgetattr(self.terminal) == self.before
        return self.process.wait(timeout=1)

    def read(self, seconds: float):
        """Whatever is shown in that time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                self.bytes += os.read(self.master, 65536)

    @property
    def shown(self) -> str:
        return self.bytes.decode()


class TestInATerminal:
    def test_in_256_colours(self):
        terminal = Terminal(*QUICK, "-q", "--map", "-", "127.0.0.0/24")
        assert terminal.wait() == 0
        assert re.search("\x1b\\[38;5;\\d+;48;5;\\d+m▀", terminal.shown)

    def test_without_colour_where_it_is_not_wanted(self):
        terminal = Terminal(*QUICK, "-q", "--no-progress", "--map", "-", "127.0.0.0/24", env={"NO_COLOR": "1"})
        assert terminal.wait() == 0
        assert "▀" not in terminal.shown
        assert "█" in terminal.shown

    def test_watch_draws_in_place_and_leaves_the_map(self):
        terminal = Terminal("-r", "0", "--drain", "200ms", "--rate", "200", "--watch", "127.0.0.0/24")
        assert terminal.wait() == 0
        assert "is alive" not in terminal.shown
        frames = terminal.shown.count("127.0.0.0/24")
        assert 4 <= frames <= 12  # 1.3 s and the drain, four a second
        assert "no answer yet" in terminal.shown
        assert "silent 0" in terminal.shown.rpartition("127.0.0.0/24")[2]
        ups = {int(lines) for lines in re.findall(r"\r\x1b\[(\d+)A", terminal.shown)}
        assert ups and max(ups) < 40

    def test_results_go_into_a_file_meanwhile(self, tmp_path):
        with (tmp_path / "alive").open("w") as file:
            terminal = Terminal(*QUICK, "-a", "--watch", "127.0.0.0/28", stdout=file)
            assert terminal.wait() == 0
        assert len((tmp_path / "alive").read_text().splitlines()) == 16
        assert "▀" in terminal.shown

    def test_an_interrupt_leaves_the_terminal_as_it_was(self):
        terminal = Terminal("--rate", "50", "--drain", "100ms", "--watch", "127.0.0.0/24")
        terminal.read(0.6)
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.wait() == 130
        assert "interrupted" in terminal.shown
        assert terminal.shown.endswith("\n\x1b[J")

    def test_watch_needs_a_terminal(self, sweep):
        result = sweep("--watch", "127.0.0.1")
        assert (result.out, result.code) == ("", 3)
        assert result.err == (
            "echosweep: --watch draws on a terminal, and standard error is none (--map - draws at the end)\n")

    def test_watch_shares_the_terminal_with_no_other_output(self):
        terminal = Terminal("--watch", "--json", "-", "127.0.0.1")
        assert terminal.wait() == 3
        assert "send them into a file" in terminal.shown
