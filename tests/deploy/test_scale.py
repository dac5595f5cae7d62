"""docs/scale.md: its tables are calculated, and here is how."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
IPV4 = 3702257664
TARGETS = {"a /24": 256, "a /16": 2**16, "a /12": 2**20, "a /8": 2**24, "IPv4": IPV4}
WIRE = 84  # bytes
UNITS = {"k": 1e3, "M": 1e6, "GB": 1e9, "MB": 1e6, "kB": 1e3, "MiB": 2**20, "min": 60, "s": 1, "h": 3600, "d": 86400, "/s": 1,
         "k/s": 1e3, "M/s": 1e6}


def table(heading: str) -> tuple[list[str], list[list[str]]]:
    """The first table behind that line; the names of its columns, and its rows."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in re.search(r"^\|.*?(?=\n\n)", TEXT[TEXT.index(heading):], re.M | re.S)[0].splitlines()]
    return rows[0], rows[2:]


def number(text: str) -> float:
    figure, unit = re.fullmatch(r"([\d,.]+) ?([A-Za-z/]*)", text).groups()
    return float(figure.replace(",", "")) * (UNITS[unit] if unit else 1)


def expect(text: str, wanted: float) -> None:
    """As far as it is rounded: to 5%, or by half of its last digit."""
    last = number(re.sub(r"\d(?=\D*$)", "1", re.sub(r"\d(?=.*\d)", "0", text)))
    assert abs(number(text) - wanted) <= max(0.05 * wanted, 0.51 * last), f"{text}, and it is {wanted:g}"


def targets(cell: str) -> int:
    return next(count for name, count in TARGETS.items() if cell.startswith(name))


def test_rates_and_links():
    for rate, megabits, _ in table("The default is 10,000")[1]:
        expect(megabits, number(rate) * WIRE * 8 / 1e6)


def test_how_long_it_takes():
    names, rows = table("## How long it takes")
    for row in rows:
        count = targets(row[0])
        assert number(row[1]) == count and number(row[2]) == 2 * count
        expect(row[3], 2 * count * WIRE)
        for name, cell in zip(names[4:], row[4:]):
            if cell != "–":
                expect(cell, 2 * count / number(name))


def test_many_machines():
    for machines, each, together, time, sent, megabits, once in table("And that last row")[1]:
        rate = number(machines) * number(each)
        expect(together, rate)
        expect(time, 2 * IPV4 / rate)
        expect(sent, 2 * IPV4 * WIRE / number(machines))
        expect(megabits, number(each) * WIRE * 8 / 1e6)
        expect(once, IPV4 / 256 / rate)


def test_politeness():
    names, rows = table("## How polite it is")
    for row in rows:
        for name, cell in zip(names[1:], row[1:]):
            expect(cell, number(name) * 256 / targets(row[0]))


def test_memory():
    for row in table("Memory: 2 bits")[1]:
        for cell, shards in zip(row[1:], (1, 16, 64)):
            expect(cell, targets(row[0]) / 4 / shards)


def test_links_lead_to_files():
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXT):
        assert (ROOT / "docs" / link).exists(), link


def test_only_documentation_addresses():
    for address in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", TEXT):
        assert address.startswith(("192.0.2.", "198.51.100.", "203.0.113.")) or address == "0.0.0.0", address
