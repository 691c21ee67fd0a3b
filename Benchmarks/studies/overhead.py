#!/usr/bin/env python3
"""What a search of LeNet-300-100 spends on anything but loading, training and evaluating: journal, records, tickets,
checkpoints, pruning, the digest of the data.

    python3 Benchmarks/studies/overhead.py --tombola .build/release/tombola
"""

import argparse
import json
import subprocess
import tempfile

CASES = [
    ("12 rounds of 4 epochs", ["--rounds", "12", "--steps", "4ep"]),
    ("a round of 60 epochs, with checkpoints", ["--rounds", "1", "--steps", "60ep"]),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", default=".build/release/tombola")
    args = parser.parse_args()
    for name, words in CASES:
        with tempfile.TemporaryDirectory(prefix="overhead-") as scratch:
            search = subprocess.run(
                [args.tombola, "find", "--data", "fashion-mnist", "--controls", "none", "--threads", "1", "--json"]
                + words + ["--out", scratch], capture_output=True, text=True, check=True)
        seconds = json.loads(search.stdout)["seconds"]
        work = sum(seconds[phase] for phase in ("data", "dense", "ticket", "controls", "evaluation"))
        rest = seconds["total"] - work
        print(f"{name}: {seconds['total']:.1f} s in all, {rest:.2f} s ({100 * rest / seconds['total']:.1f} %) beside the work")


if __name__ == "__main__":
    main()
