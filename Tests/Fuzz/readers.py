#!/usr/bin/env python3
"""Runs the readers of Tests/Fuzz/Readers under libFuzzer, with the address sanitizer, two at a time.

    TOMBOLA_FUZZ=1 swift build -c release --scratch-path .build-fuzz --sanitize fuzzer --sanitize address --product fuzz-readers
    python3 Tests/Fuzz/readers.py --tombola .build/release/tombola --seconds 60              every reader for a minute
    python3 Tests/Fuzz/readers.py --tombola ... --seconds 600 --readers onnx csv --keep      and keep what reached new code

Inputs start from Tests/Fuzz/Corpus and from files that the command writes here. A crash, a trap, an error that is not meant for users,
ten seconds or two gigabytes for one input end a reader; the input is left in the working folder, and the script ends with 1. The
count of executions is printed by reader. --keep puts the smallest set of inputs that reaches the same code into Tests/Fuzz/Corpus, which
`FuzzTests` reads again in every build.
"""
import argparse
import concurrent.futures
import gzip
import io
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time

import corpus

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "Tests" / "Fuzz" / "Corpus"
READERS = ["idx", "npy", "npz", "gzip", "tar", "csv", "cifar", "safetensors", "ticket", "seeds", "curves", "journal", "yaml", "graph",
           "onnx", "coco", "detections", "records", "identity", "settings", "sweep", "index", "table", "http"]
# Inputs that are kept are no longer than this, and no more than so many.
LONGEST, MOST = 4096, 60


def unsealed(text):
    """A stored file without its digest, which would keep every change from being read."""
    return re.sub(rb'"sha256":"[0-9a-f]{64}",?', b"", text, count=1)


def database(folder, statements):
    """The bytes of a small SQLite file."""
    path = folder / "made.sqlite"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA page_size = 512")
    connection.executescript(statements)
    connection.close()
    return path.read_bytes()


def seeds(tombola, folder):
    """Real files by reader, [(name, bytes)]."""
    maker = corpus.Maker(tombola, folder)
    for name in ("find", "certify", "connect"):
        maker.store(name, corpus.RUNS[name])
    maker.alone()
    maker.data()
    maker.texts()
    maker.onnx()
    maker.state_dicts()
    files = [path for path in folder.rglob("*") if path.is_file()]
    golden = ROOT / "Tests" / "Golden" / "arrays"
    found = {name: [] for name in READERS}

    def add(reader, data):
        if len(data) <= 1 << 20:
            found[reader].append(data)

    for path in files + sorted(golden.rglob("*")):
        if not path.is_file():
            continue
        data, name = path.read_bytes(), path.name
        if "idx" in name and "-ubyte" in name:
            add("idx", data)
        if name.endswith(".gz"):
            add("gzip", data)
        if name.endswith(".npz"):
            add("npz", data)
        if name.endswith(".npy"):
            add("npy", data)
        if name.endswith(".csv"):
            add("csv", data)
        if name.endswith(".safetensors"):
            add("safetensors", unsealed(data))
            add("ticket", unsealed(data))
        if name.endswith(".onnx"):
            add("onnx", data)
        if name.endswith(".yaml"):
            add("yaml", data)
            add("graph", data)
        if name.startswith("seed-") and name.endswith(".json"):
            add("seeds", unsealed(data))
        if name == "journal.jsonl":
            add("journal", data[:2000])
        if name.startswith("round-") and name.endswith(".json"):
            curve = json.loads(data).get("curve")
            if curve:
                add("curves", json.dumps(curve).encode())
        if name == "run.json":
            add("identity", unsealed(data))
        if name.startswith("round-") and name.endswith(".json") and "testAccuracy" in data.decode(errors="replace"):
            add("records", unsealed(data))
    for text in ("steps=5ep\nlr=0.1\nschedule=step\nmilestones=2ep,3ep\nmodel=mlp:300,100", "data=cifar-10\nbatch=128\ncontrols=reinit,shuffled\nobjective=pgd:10\nepsilon=8/255"):
        add("settings", text.encode())
    add("sweep", b"name: a\nexperiment: toy\nsettings: {data: digits, steps: 2ep}\nseeds: 0-2\ngrid: {lr: [0.1, 0.01], densities: [[0.5], [0.1]]}\nskip: [{lr: 0.1}]\nbaseline: {lr: 0.01}")
    add("detections", b'[{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 3], "score": 0.5}]')
    add("index", database(folder, "CREATE TABLE about (identity TEXT); INSERT INTO about VALUES ('fuzz');"
        "CREATE TABLE runs (name TEXT PRIMARY KEY, stamp INTEGER, seal INTEGER, verb TEXT) WITHOUT ROWID; INSERT INTO runs VALUES ('a', 1, 2, 'find')"))
    add("table", database(folder, "CREATE TABLE runs (run TEXT PRIMARY KEY, accuracy REAL, steps INTEGER, seal INTEGER) WITHOUT ROWID;"
        "INSERT INTO runs VALUES ('a', 0.5, 3, 4); CREATE TABLE sessions (start REAL, seconds REAL, runs INTEGER, threads INTEGER, command TEXT);"
        "INSERT INTO sessions VALUES (1, 2, 3, 4, 'x')"))
    add("npy", corpus.npy("<f4", (2, 3), bytes(24)))
    add("cifar", b"".join(bytes([i]) + bytes(range(256)) * 12 for i in range(2)))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, count in (("x/a.bin", 16), ("x/other", 40), ("b.bin", 700)):
            entry = tarfile.TarInfo(name)
            entry.size = count
            tar.addfile(entry, io.BytesIO(bytes(count)))
    add("tar", archive.getvalue())
    add("tar", gzip.compress(archive.getvalue(), mtime=0))
    image = {"id": 1, "width": 8, "height": 6, "file_name": "a.png"}
    category = {"id": 1, "name": "a", "keypoints": ["p", "q"]}
    shape = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 3], "area": 12, "iscrowd": 0, "keypoints": [1, 1, 2, 3, 3, 1], "num_keypoints": 2}
    for mask in ([[1, 1, 5, 1, 5, 4, 1, 4]], {"size": [6, 8], "counts": [7, 3, 38]}, {"size": [6, 8], "counts": "73V1"}):
        add("coco", json.dumps({"images": [image], "categories": [category], "annotations": [{**shape, "segmentation": mask}]}).encode())
    add("http", b"GET /run/find-1/mask?round=2&x=a%20b+c HTTP/1.1\r\nHost: localhost:8080\r\nCookie: a=b\r\nConnection: close")
    add("http", b"HEAD / HTTP/1.0\r\nContent-Length: 0")
    return found


def fuzz(reader, options, folder):
    """Executions, lines that say what was found."""
    place, kept = folder / reader, CORPUS / reader
    place.mkdir(parents=True, exist_ok=True)
    words = [options.binary, f"-max_total_time={options.seconds}", f"-runs={options.executions}", "-max_len=65536", "-timeout=10", "-rss_limit_mb=2048",
             "-print_final_stats=1", f"-artifact_prefix={os.getcwd()}/fuzz-{reader}-", f"-seed={options.seed}", str(place)]
    if kept.is_dir():
        words.append(str(kept))
    environment = {**os.environ, "TOMBOLA_READER": reader, "ASAN_OPTIONS": "detect_leaks=0"}
    began = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", env=environment)
    count = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    executions = int(count.group(1)) if count else 0
    covered = re.findall(r"cov: (\d+)", done.stderr)
    print(f"{reader:12} {executions:12,} executions, {time.monotonic() - began:6.1f} s, {covered[-1] if covered else '?':>6} edges" + ("" if done.returncode == 0 else "  FOUND SOMETHING"), flush=True)
    lines = [] if done.returncode == 0 else [f"{reader}: ended with {done.returncode}"] + done.stderr.splitlines()[-25:]
    if options.keep and done.returncode == 0:
        keep(reader, options, folder, environment)
    return executions, lines


def keep(reader, options, folder, environment):
    """Merges what was reached into the smallest committed set."""
    merged = folder / f"{reader}-merged"
    merged.mkdir()
    words = [options.binary, "-merge=1", f"-max_len={LONGEST}", "-timeout=10", "-rss_limit_mb=2048", str(merged), str(folder / reader)]
    if (CORPUS / reader).is_dir():
        words.append(str(CORPUS / reader))
    subprocess.run(words, capture_output=True, env=environment)
    files = sorted((path for path in merged.iterdir() if path.stat().st_size <= LONGEST), key=lambda path: (path.stat().st_size, path.name))
    shutil.rmtree(CORPUS / reader, ignore_errors=True)
    (CORPUS / reader).mkdir(parents=True)
    # Of too many, small and large ones alike.
    for path in files if len(files) <= MOST else [files[i * (len(files) - 1) // (MOST - 1)] for i in range(MOST)]:
        shutil.copy(path, CORPUS / reader / path.name[:16])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", required=True)
    parser.add_argument("--binary", default=str(ROOT / ".build-fuzz" / "release" / "fuzz-readers"))
    parser.add_argument("--seconds", type=int, default=60, help="for each reader; 0 for no limit")
    parser.add_argument("--executions", type=int, default=-1, help="for each reader; -1 for no limit")
    parser.add_argument("--readers", nargs="*", default=READERS, choices=READERS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    options.tombola = str(pathlib.Path(options.tombola).resolve())
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "made").mkdir()
        for reader, inputs in seeds(options.tombola, scratch / "made").items():
            (scratch / "corpora" / reader).mkdir(parents=True)
            for number, data in enumerate(inputs):
                (scratch / "corpora" / reader / f"seed-{number}").write_bytes(data)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(lambda reader: fuzz(reader, options, scratch / "corpora"), options.readers))
    print(f"{sum(count for count, _ in results):,} executions in all")
    found = [line for _, lines in results for line in lines]
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
