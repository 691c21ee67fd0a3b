#!/usr/bin/env python3
"""Writes detection.json: scenes with what pycocotools says of them, and masks with what it makes of them.

    pip install numpy pycocotools
    python3 Tests/Golden/make_detection.py
"""
import json
import pathlib
import sys
from importlib.metadata import version

import numpy
from pycocotools import mask as masks

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "Detection"))
import cases
import reference


def scores(task, t):
    """The smallest scene of every kind among some that say something, with its answers."""
    for k, kind in enumerate(cases.KINDS):
        options = []
        for number in range(40):
            rng = numpy.random.default_rng([77, t, k, number])
            truth, shapes, keypoints = cases.scene(rng, task, kind)
            results = cases.detections(rng, task, kind, truth, shapes, keypoints)
            if len(truth["annotations"]) < 5:
                continue
            case = {"task": task, "kind": kind, "annotations": truth, "detections": results,
                    "expected": reference.expected(truth, results, task, keypoints)}
            if kind != "nothing" and not 0.1 < (case["expected"]["measures"]["AP"] or 0) < 0.9:
                continue
            options.append((len(json.dumps(case)), number, case))
        yield min(options)[2]


def shapes():
    """Polygons as masks; their union with the next one, their intersection, and overlaps."""
    rng = numpy.random.default_rng(5)
    size = {"height": 37, "width": 53}
    parts = [[0, 0, 0, 37, 53, 37, 53, 0], [5, 5, 5, 5, 5, 5], [2.5, 2.5, 2.5, 7.5, 7.5, 7.5, 7.5, 2.5], [-9, -9, -9, 60, 80, 20],
             [0.1, 0.1, 0.1, 0.3, 0.3, 0.3], [10, 3, 10, 30, 11, 30, 11, 3], [3, 10, 30, 10, 30, 11], [-5, 4, -1, 8, -2, 20],
             [52.4, 1, 60, 1, 60, 30, 52.4, 30], [1, 36.2, 1, 44, 40, 44, 40, 36.2]]
    for _ in range(40):
        corners = int(rng.integers(3, 12))
        spread = rng.normal(0, rng.choice([3, 12]), 2 * corners) + numpy.tile(rng.uniform(-3, 50, 2), corners)
        parts.append([round(float(v), int(rng.choice([0, 1, 3]))) for v in spread])
    found = [masks.frPyObjects([part], size["height"], size["width"])[0] for part in parts]
    for i, (part, mask) in enumerate(zip(parts, found)):
        other = found[(i + 1) % len(found)]
        yield {"polygon": part, "text": mask["counts"].decode(), "lengths": cases.lengths_of(mask)["counts"],
               "area": int(masks.area(mask)), "box": [float(v) for v in masks.toBbox(mask)] if masks.area(mask) else [0, 0, 0, 0],
               "union": masks.merge([mask, other])["counts"].decode(),
               "intersection": masks.merge([mask, other], True)["counts"].decode(),
               "overlap": float(masks.iou([mask], [other], [0])[0][0]),
               "crowdOverlap": float(masks.iou([mask], [other], [1])[0][0])}


def main():
    made = {"script": "make_detection.py", "pycocotools": version("pycocotools"), "numpy": version("numpy"),
            "python": sys.version.split()[0]}
    found = list(shapes())
    tasks = [case for t, task in enumerate(reference.KIND) for case in scores(task, t)]
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in tasks)
    rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in found)
    text = f'{{"made":{json.dumps(made)},\n"size":[37,53],\n"masks":[\n{rows}],\n"scenes":[\n{lines}]}}\n'
    json.loads(text)
    (HERE / "detection.json").write_text(text)


main()
