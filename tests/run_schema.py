"""Whether lines are as the schemas say: of --json and of merge, of diff --json, of trace --json."""

import json
from pathlib import Path

import jsonschema

SCHEMA = Path(__file__).resolve().parents[1] / "schema" / "echosweep-run.schema.json"
# One validation takes half a millisecond, and a sweep may have millions of lines: of those that have the same
# fields, and the same words in them, so many are looked at.
ALIKE = 20

_definitions = json.loads(SCHEMA.read_text(encoding="utf-8"))
jsonschema.Draft202012Validator.check_schema(_definitions)
# The kind of a line is asked for by name: what is wrong with it would else drown in what makes it no other kind.
_validators = {kind: jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": _definitions["$defs"]})
               for kind in ("run", "host", "range", "accounting", "merged_run", "merged_accounting")}
DIFF_SCHEMA = SCHEMA.with_name("echosweep-diff.schema.json")
_changes = jsonschema.Draft202012Validator(json.loads(DIFF_SCHEMA.read_text(encoding="utf-8")))
_changes.check_schema(_changes.schema)
_traces = jsonschema.Draft202012Validator(json.loads(SCHEMA.with_name("echosweep-trace.schema.json").read_text(encoding="utf-8")))
_traces.check_schema(_traces.schema)


def expect_valid(validator: jsonschema.Draft202012Validator, line: dict) -> None:
    found = next(iter(validator.iter_errors(line)), None)
    assert found is None, f"{found.message} at {found.json_path} of {line}"


class LineChecker:
    """Checks line by line, and the order of the kinds. `merged`: of a file that `echosweep merge` made."""

    def __init__(self, merged: bool = False) -> None:
        self.seen: dict[tuple, int] = {}
        self.merged = merged

    def check(self, line: dict) -> None:
        assert line.get("type") in _validators, line
        kind = (line["type"], line.get("state"), line.get("reason"), *line)
        self.seen[kind] = self.seen.get(kind, 0) + 1
        if self.seen[kind] <= ALIKE:
            is_merged = self.merged and line["type"] in ("run", "accounting")
            expect_valid(_validators["merged_" * is_merged + line["type"]], line)


def check_lines(lines: list[dict], whole: bool = True, merged: bool = False) -> None:
    """All lines of a file; `whole`: of a run that came to its end."""
    checker = LineChecker(merged)
    for line in lines:
        checker.check(line)
    kinds = [line["type"] for line in lines]
    assert kinds[0] == "run" and "run" not in kinds[1:]
    assert "accounting" not in kinds[:-1] and (kinds[-1] == "accounting" or not whole)


def check_changes(lines: list[dict]) -> None:
    """All lines of `echosweep diff --json`."""
    for line in lines:
        expect_valid(_changes, line)


def check_traces(lines: list[dict]) -> None:
    """All lines of `echosweep trace --json`."""
    for line in lines:
        expect_valid(_traces, line)
