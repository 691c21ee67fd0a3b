#!/usr/bin/env python3
"""Scores of `tombola score` beside those of pycocotools, on random and adversarial detections.

    python3 Tests/Detection/check.py TOMBOLA [--scenes 30] [--seed 1] [--task boxes]

For each task and kind of scene (ties, crowds, images without objects or detections, doubled detections, more than the limit, overlaps
that are thresholds to the bit, areas on the edges of the ranges): `--scenes` scenes of eight files of detections. Every number has to
be that of pycocotools within 1e-6. Needs the Python packages numpy and pycocotools; without them the script says so and ends well.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import pycocotools  # noqa: F401
except ImportError as missing:
    print(f"Tests/Detection/check.py: skipped, {missing.name} is not installed (pip install numpy pycocotools)")
    sys.exit(0)

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import cases
import reference

LIMIT = 1e-6
FILES = 8


def compare(name, ours, theirs, failures):
    """The difference of two numbers; None fits None alone."""
    if (ours is None) != (theirs is None) or ours is not None and not abs(ours - theirs) <= LIMIT:
        failures.append(f"{name}: {ours}, pycocotools has {theirs}")
        return 0.0
    return 0.0 if ours is None else abs(ours - theirs)


def values(figure, count):
    return [None] * count if figure is None else figure["values"]


def check(tombola, folder, rng, task, kind, label):
    """Compared files, compared numbers, the largest difference, failures."""
    truth, shapes, keypoints = cases.scene(rng, task, kind)
    results = [cases.detections(rng, task, kind, truth, shapes, keypoints) for _ in range(FILES)]
    (folder / "truth.json").write_text(json.dumps(truth))
    names = [f"seed-{i}.json" for i in range(FILES)]
    for name, rows in zip(names, results):
        (folder / name).write_text(json.dumps(rows))
    failures, largest, numbers = [], 0.0, 0
    # Separately where a measure exists for some files alone: an interval is given of all or none.
    expected = [reference.expected(truth, rows, task, keypoints) for rows in results]
    groups = {}
    for name, answer in zip(names, expected):
        missing = tuple(sorted(k for k, v in answer["measures"].items() if v is None))
        groups.setdefault(missing, []).append((name, answer))
    for group in groups.values():
        words = [tombola, "score", "truth.json", *[name for name, _ in group], "--task", task, "--json"]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            return FILES, numbers, largest, [f"{label}: {done.stderr.strip()}"]
        report = json.loads(done.stdout)
        if set(report["measures"]) != set(group[0][1]["measures"]):
            failures.append(f"{label}: measures {sorted(report['measures'])}")
            continue
        for i, (file, answer) in enumerate(group):
            pairs = [(k, values(report["measures"][k], len(group))[i], v) for k, v in answer["measures"].items()]
            for category in report["categories"]:
                theirs = answer["classes"][str(category["id"])]
                pairs.append(("objects", category["objects"], theirs["objects"]))
                pairs += [(f"{category['id']} {k}", values(category["measures"][k], len(group))[i], theirs[k])
                          for k in ["AP", "AP50", "AP75", "AR"]]
            for name, ours, other in pairs:
                largest = max(largest, compare(f"{label} {file} {name}", ours, other, failures))
            numbers += len(pairs)
    return FILES, numbers, largest, failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tombola")
    parser.add_argument("--scenes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--task")
    arguments = parser.parse_args()
    tombola = str(pathlib.Path(arguments.tombola).resolve())
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for t, task in enumerate(reference.KIND):
            if arguments.task not in (None, task):
                continue
            files, numbers, largest, failures = 0, 0, 0.0, []
            for k, kind in enumerate(cases.KINDS):
                for number in range(arguments.scenes):
                    rng = numpy.random.default_rng([arguments.seed, t, k, number])
                    done = check(tombola, pathlib.Path(folder), rng, task, kind, f"{task} {kind} {number}")
                    files, numbers, largest = files + done[0], numbers + done[1], max(largest, done[2])
                    failures += done[3]
            print(f"{task}: {files} files of detections, {numbers} numbers, largest difference {largest:.1e}, "
                  f"{len(failures)} failures")
            for line in failures[:20]:
                print("  " + line)
            failed = failed or bool(failures)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
