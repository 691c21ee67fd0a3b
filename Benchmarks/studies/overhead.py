#!/usr/bin/env python3
"""What a search of LeNet-300-100 spends on anything but loading, training and evaluating: journal, records, tickets,
checkpoints, pruning; and, for the first seed alone, start and the digest of the data.

    python3 Benchmarks/studies/overhead.py --tombola .build/release/tombola
"""

import argparse
import json
import subprocess
import tempfile

CASES = [
    ("16 levels of 12 epochs", ["--rounds", "15", "--steps", "12ep"]),
    ("a round of 60 epochs, with checkpoints", ["--rounds", "1", "--steps", "60ep"]),
]


def search(tombola, words, seeds):
    """Seconds in all, and of them beside loading, training and evaluating."""
    with tempfile.TemporaryDirectory(prefix="overhead-") as scratch:
        run = subprocess.run(
            [tombola, "find", "--data", "fashion-mnist", "--controls", "none", "--threads", "1", "--json", "--seeds",
             str(seeds)] + words + ["--out", scratch], capture_output=True, text=True, check=True)
    seconds = json.loads(run.stdout)["seconds"]
    work = sum(seconds[phase] for phase in ("data", "dense", "ticket", "controls", "evaluation"))
    return seconds["total"], seconds["total"] - work


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", default=".build/release/tombola")
    args = parser.parse_args()
    for name, words in CASES:
        one, two = (search(args.tombola, words, seeds) for seeds in (1, 2))
        total, rest = two[0] - one[0], two[1] - one[1]
        print(f"{name}: {one[0]:.1f} s in all, {one[1]:.2f} s ({100 * one[1] / one[0]:.1f} %) beside the work; "
              f"a second seed: {rest:.2f} of {total:.1f} s ({100 * rest / total:.1f} %), without what starts once")


if __name__ == "__main__":
    main()
