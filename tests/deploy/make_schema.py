#!/usr/bin/env python3
"""Writes tests/data/kubernetes.schema.json: the shape of the Kubernetes objects in deploy/kubernetes, as a JSON Schema.

  npm pack @kubernetes/client-node && tar xzf kubernetes-client-node-*.tgz
  tests/deploy/make_schema.py package >tests/data/kubernetes.schema.json

The client for JavaScript is generated from Kubernetes' OpenAPI document, and its models say of each field the name, the
type, and whether it may be missing. All fields of what can be reached from the three kinds below are taken; no other is
allowed, so that a misspelt one is found. What a field's words may be the models do not say: WORDS does, for ours.
"""

import json
import re
import sys
from pathlib import Path

KINDS = {"Job": "batch/v1", "PersistentVolumeClaim": "v1", "ConfigMap": "v1"}
WORDS = {
    ("V1JobSpec", "completionMode"): ["Indexed", "NonIndexed"],
    ("V1JobSpec", "podReplacementPolicy"): ["Failed", "TerminatingOrFailed"],
    ("V1PodFailurePolicyRule", "action"): ["Count", "FailIndex", "FailJob", "Ignore"],
    ("V1PodFailurePolicyOnExitCodesRequirement", "operator"): ["In", "NotIn"],
    ("V1PodSpec", "restartPolicy"): ["Always", "Never", "OnFailure"],
    ("V1SeccompProfile", "type"): ["Localhost", "RuntimeDefault", "Unconfined"],
    ("V1PodSecurityContext", "fsGroupChangePolicy"): ["Always", "OnRootMismatch"],
    ("V1TopologySpreadConstraint", "whenUnsatisfiable"): ["DoNotSchedule", "ScheduleAnyway"],
}
SIMPLE = {
    "string": {"type": "string"}, "number": {"type": "integer"}, "boolean": {"type": "boolean"}, "any": {}, "Date": {},
    "V1MicroTime": {}, "IntOrString": {"type": ["integer", "string"]}, "object": {"type": "object"},
}


def schema_of(kind: str) -> tuple[dict, set[str]]:
    """Of a type as the client writes it, and the models that it names."""
    if kind in SIMPLE:
        return SIMPLE[kind], set()
    inner = re.fullmatch(r"Array<(.+)>", kind)
    if inner:
        items, named = schema_of(inner[1])
        return {"type": "array", "items": items}, named
    inner = re.fullmatch(r"\{ \[key: string\]: (.+); \}", kind)
    if inner:
        values, named = schema_of(inner[1])
        return {"type": "object", "additionalProperties": values}, named
    return {"$ref": f"#/$defs/{kind}"}, {kind}


def model(folder: Path, name: str) -> tuple[dict, set[str]]:
    """A model's schema, and the models that it names."""
    text = (folder / f"{name}.js").read_text(encoding="utf-8")
    types = json.loads(re.search(r"attributeTypeMap = (\[.*?\n\]);", text, re.S)[1])
    declared = (folder / f"{name}.d.ts").read_text(encoding="utf-8")
    optional = dict(re.findall(r"^    '(\w+)'(\??): ", declared, re.M))
    properties, named = {}, set()
    for field in types:
        properties[field["baseName"]], more = schema_of(field["type"])
        named |= more
        words = WORDS.get((name, field["baseName"]))
        if words:
            properties[field["baseName"]] = {"enum": words}
    made = {"type": "object", "additionalProperties": False, "properties": properties}
    required = [field["baseName"] for field in types if not optional[field["name"]]]
    return made | ({"required": required} if required else {}), named


def main() -> None:
    package = Path(sys.argv[1])
    folder = package / "dist" / "gen" / "models"
    of = re.search(r"OpenAPI spec version: (\S+)", (folder / "V1Job.js").read_text(encoding="utf-8"))[1]
    client = json.loads((package / "package.json").read_text(encoding="utf-8"))
    definitions, missing = {}, {f"V1{kind}" for kind in KINDS}
    while missing:
        name = missing.pop()
        definitions[name], named = model(folder, name)
        missing |= named - set(definitions)
    for kind, version in KINDS.items():
        made = definitions[f"V1{kind}"]
        made["properties"] |= {"apiVersion": {"const": version}, "kind": {"const": kind}}
        made["required"] = sorted({"apiVersion", "kind", "metadata", *made.get("required", [])})
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": f"Kubernetes' API, {of}: made by tests/deploy/make_schema.py from {client['name']} {client['version']} "
                    f"({client['license']}), which is generated from Kubernetes' OpenAPI document.",
        "oneOf": [{"$ref": f"#/$defs/V1{kind}"} for kind in KINDS],
    }
    # A line for each model, so that what a newer version changes can be read.
    print(json.dumps(head)[:-1] + ', "$defs": {')
    print(",\n".join(f"{json.dumps(name)}: {json.dumps(made)}" for name, made in sorted(definitions.items())))
    print("}}")


if __name__ == "__main__":
    main()
