#!/usr/bin/env python3
"""Writes docs/schemas/NAME.json from records that experiments printed: python3 make_schemas.py NAME RESULT.json ...

A property that some object lacks is not required; keys that look like data (settings, seconds, figures, metrics, emptied, and
objects whose keys differ between places) stay open. Read what it wrote: it is documentation.
"""
import json, os, sys

OPEN = {"settings", "seconds", "figures", "metrics", "emptied"}


def kind(value):
    if value is None:
        return "null"
    return {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def merge(types):
    types = set(types)
    if "number" in types:
        types.discard("integer")
    types = sorted(types)
    return types[0] if len(types) == 1 else types


def schema(values, key=""):
    result = {"type": merge(kind(v) for v in values)}
    items = [x for v in values if isinstance(v, list) for x in v]
    if items:
        result["items"] = schema(items)
    objects = [v for v in values if isinstance(v, dict)]
    if objects and key in OPEN:
        result["additionalProperties"] = {"type": merge(kind(x) for v in objects for x in v.values()) if any(objects) else "number"}
    elif objects:
        names = sorted({k for v in objects for k in v})
        result["properties"] = {k: schema([v[k] for v in objects if k in v], k) for k in names}
        required = [k for k in names if all(k in v for v in objects)]
        if required:
            result["required"] = required
        result["additionalProperties"] = False
    # A whole number in one record may be a fraction in another.
    if result["type"] == "integer" and not (key.endswith(("Step", "Count", "Steps", "Samples", "Batches")) or key in (
            "step", "round", "remaining", "weights", "seed", "seeds", "bytes", "residentBytes", "copies", "classes")):
        result["type"] = "number"
    return result


name, files = sys.argv[1], sys.argv[2:]
records = [json.load(open(f)) for f in files]
for record in records:
    record.pop("sha256", None)  # of the file, no part of the record
root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"The record of tombola {name}"}
root.update(schema(records))
here = os.path.dirname(os.path.abspath(__file__))
target = os.path.join(here, "../Toy/toy.schema.json" if name == "toy" else f"../../docs/schemas/{name}.json")
os.makedirs(os.path.dirname(target), exist_ok=True)
json.dump(root, open(target, "w"), indent=1, sort_keys=True)
