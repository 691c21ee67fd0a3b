#!/usr/bin/env python3
"""Measures the run store with tens of thousands of synthetic run folders: index rebuild, a filtered list, the dashboard.

    python3 Benchmarks/studies/scale.py --tombola .build/release/tombola --runs 50000

Every folder has what a search of 12 rounds with three controls leaves at its top: run.json and the summary of a seed.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import time
import urllib.request

MODELS = ["lenet-300-100", "mlp:512,256", "resnet-20", "conv-6"]
CRITERIA = ["magnitude", "random", "snip", "synflow"]


def summary(seed, draw):
    stages, density = [], 1.0
    for round in range(13):
        for arm in ["dense"] if round == 0 else ["ticket", "reinit", "shuffled", "random"]:
            name = "dense" if round == 0 else f"round-{round:02}" + ("" if arm == "ticket" else f".{arm}")
            accuracy = 0.88 - 0.002 * round + draw.gauss(0, 0.003)
            stages.append({
                "name": name, "round": round, "arm": arm, "remaining": int(266200 * density), "density": density,
                "testAccuracy": accuracy, "validationAccuracy": accuracy, "earlyStopStep": 4000,
                "earlyStopTestAccuracy": accuracy, "digest": hashlib.sha256(f"{seed}{name}".encode()).hexdigest()})
        density *= 0.8
    return {"format": 1, "seed": seed, "stages": stages, "seconds": 60.0, "residentBytes": 10**8, "finished": 1.7e9}


def make(store, count, settings):
    draw, past = random.Random(0), time.time() - 3600
    for i in range(count):
        own = dict(settings, model=MODELS[i % 4], criterion=CRITERIA[i // 4 % 4], lr=str((i % 37 + 1) / 100))
        folder = store / f"find-{hashlib.sha256(str(i).encode()).hexdigest()[:12]}"
        (folder / "seed-0").mkdir(parents=True)
        (folder / "run.json").write_text(
            json.dumps({"command": "find", "format": 1, "settings": own, "reproduce": "tombola find"}))
        (folder / "seed-0.json").write_text(json.dumps(summary(0, draw)))
        os.utime(folder, (past, past))


def timed(words):
    start = time.time()
    answer = subprocess.run(words, capture_output=True, text=True, check=True)
    return time.time() - start, answer.stdout


def best(words, times=5):
    return min(timed(words)[0] for _ in range(times))


def page(address):
    start = time.time()
    with urllib.request.urlopen(address) as answer:
        size = len(answer.read())
    return time.time() - start, size


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", default=".build/release/tombola")
    parser.add_argument("--runs", type=int, default=50_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scale-") as scratch:
        store = pathlib.Path(scratch)
        listed = timed([args.tombola, "list", "settings"])[1]
        settings = dict(re.findall(r"^ *([a-z-]+) .*\[(.*)\]$", listed, re.MULTILINE))
        start = time.time()
        make(store, args.runs, settings)
        print(f"{args.runs} folders made in {time.time() - start:.0f} s")
        tombola = [args.tombola, "runs", "list", "--out", str(store)]
        rebuild, _ = timed(tombola + ["--rebuild", "--limit", "1"])
        print(f"index rebuilt in {rebuild:.1f} s, {os.path.getsize(store / '.index.sqlite') / 1e6:.0f} MB")
        for words in [["model=resnet-20", "density<0.1"], ["model=resnet-20", "lr>0.2", "accuracy>0.86", "--sort", "-accuracy"], []]:
            print(f"runs list {' '.join(words)}: {best(tombola + words):.2f} s")
        server = subprocess.Popen(
            [args.tombola, "serve", "--port", "0", "--out", str(store)], stdout=subprocess.PIPE, text=True)
        start = time.time()
        address = server.stdout.readline().strip()
        print(f"dashboard up after {time.time() - start:.2f} s")
        try:
            seconds, size = page(address)
            print(f"first page: {seconds:.2f} s, {size // 1000} kB")
            for query in ["?q=model%3Dresnet-20+density%3C0.1&sort=-accuracy", "?page=900&sort=name"]:
                print(f"page {query}: {min(page(address + query)[0] for _ in range(3)):.2f} s")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
