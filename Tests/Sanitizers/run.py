#!/usr/bin/env python3
"""Runs what Tombola does under a sanitizer's build of the command: the example of every experiment, attacks, kernels, inference, export.

    swift build -c release --scratch-path .build-address --sanitize address -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --product tombola
    Tests/Sanitizers/run.py .build-address/release/tombola
    swift build -c release --scratch-path .build-thread --sanitize thread --product tombola
    Tests/Sanitizers/run.py .build-thread/release/tombola

`make sanitize` does both, and the kernels alone and the exported C files under gcc's and clang's sanitizers. Undefined behaviour in C
traps, so it needs no run-time. Every command has two threads and must end with 0; what a sanitizer says is printed. --reference BINARY
runs each command with a build without a sanitizer, too, and compares the digests of tickets, which must be the same.
"""
import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

# Besides the experiments' own examples.
MORE = [
    ["find", "--data", "digits", "--model", "conv-s:0.25", "--steps", "6it", "--batch", "32", "--rounds", "1", "--fraction", "0.8"],
    ["find", "--data", "digits", "--model", "resnet-20:0.25", "--steps", "4it", "--batch", "16", "--rounds", "1", "--fraction", "0.9"],
    ["find", "--data", "digits", "--model", "mobilenet-v1:0.25", "--steps", "3it", "--batch", "16", "--rounds", "1", "--set", "validation=100"],
    ["boost", "--data", "digits", "--model", "conv-s:0.25", "--objective", "pgd:2", "--mask-objective", "fgsm", "--epsilon", "2/16", "--steps", "4it",
     "--warmup", "1it", "--batch", "32", "--rates", "0.05", "--early", "2it", "--set", "mask-steps=4it", "robust-samples=32", "trajectory=0"],
    ["find", "--data", "digits", "--model", "mlp:24,16", "--steps", "2ep", "--algorithm", "rigl", "--set", "batch=64"],
]
KERNELS = [
    ["bench", "kernels", "--linear", "64x32", "--batch", "32"],
    ["bench", "step", "--model", "conv-s:0.25", "--density", "0.1", "--batch", "16"],
    ["bench", "step", "--model", "lenet-300-100", "--density", "0.1", "--batch", "60"],
]


class Bench:
    def __init__(self, tombola, folder):
        self.tombola, self.folder = str(pathlib.Path(tombola).resolve()), folder
        folder.mkdir(parents=True)
        self.environment = {
            **os.environ, "SWIFT_BACKTRACE": "enable=no", "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:exitcode=99",
            "TSAN_OPTIONS": "halt_on_error=0:exitcode=98:second_deadlock_stack=1",
        }

    def run(self, words):
        return subprocess.run([self.tombola, *words], capture_output=True, text=True, errors="replace", cwd=self.folder, env=self.environment)

    def experiments(self):
        return [line.split()[0] for line in self.run(["list", "experiments"]).stdout.splitlines() if line.startswith("  ")]

    def example(self, verb):
        found = re.search(r"^Example: tombola (.*?)\n\n", self.run([verb, "--help"]).stdout, re.M | re.S)
        return shlex.split(found.group(1)) if found else None

    def digests(self):
        found = {}
        for path in sorted(self.folder.rglob("*.safetensors")):
            data = path.read_bytes()
            head = json.loads(data[8:8 + int.from_bytes(data[:8], "little")]).get("__metadata__", {})
            found[str(path.relative_to(self.folder))] = (head.get("digest"), head.get("trained_digest"))
        return found


def commands(bench):
    for verb in bench.experiments():
        words = bench.example(verb)
        if words:
            yield words + ["--threads", "2"]
    for words in MORE:
        yield words + ["--threads", "2"]


def of_tickets(bench):
    """What is done with tickets: of each kind of network one that was found before."""
    seen = set()
    for path in sorted(bench.folder.rglob("ticket*.safetensors")) + sorted(bench.folder.rglob("round-*.safetensors")):
        kind = path.parts[len(bench.folder.parts)] if len(path.parts) > len(bench.folder.parts) else ""
        name = str(path.relative_to(bench.folder))
        if "find-" not in name or name.split("find-")[1][:12] in seen or len(seen) == 3:
            continue
        seen.add(name.split("find-")[1][:12])
        stem = f"export-{len(seen)}"
        yield ["inspect", name]
        yield ["predict", name, "digits", "--output", f"{stem}.csv"]
        yield ["attack", name, "--epsilon", "2/16", "--attacks", "fgsm,pgd:3,apgd-ce,square,deepfool,fmn", "--samples", "24", "--threads", "2"]
        yield ["export", name, "--to", "c", "--output", f"{stem}.c"]
        yield ["export", name, "--to", "onnx", "--output", f"{stem}.onnx"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tombola")
    parser.add_argument("--reference")
    options = parser.parse_args()
    faults, count, began = 0, 0, time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(options.tombola, pathlib.Path(scratch).resolve() / "sanitized")
        plain = Bench(options.reference, pathlib.Path(scratch).resolve() / "plain") if options.reference else None

        def take(words):
            nonlocal faults, count
            start, done = time.monotonic(), bench.run(words)
            count += 1
            said = re.search(r"(WARNING: ThreadSanitizer|ERROR: AddressSanitizer|SUMMARY: \w+Sanitizer).*", done.stderr)
            if done.returncode != 0 or said:
                faults += 1
                print(f"FAULT   exit {done.returncode}: tombola {' '.join(words)}\n" + "\n".join((done.stderr or done.stdout).splitlines()[-60:]), flush=True)
            else:
                print(f"clean   {time.monotonic() - start:6.1f} s  tombola {' '.join(words)}"[:150], flush=True)
            if plain:
                plain.run(words)

        for words in commands(bench):
            take(words)
        for words in list(of_tickets(bench)):
            take(words)
        for words in KERNELS:
            take(words)
        if plain:
            mine, other = bench.digests(), plain.digests()
            differ = sorted(name for name in mine.keys() | other.keys() if mine.get(name) != other.get(name))
            print(f"{len(mine)} tickets, {len(differ)} differ from those of the build without a sanitizer")
            faults += len(differ)
    print(f"{count} commands in {time.monotonic() - began:.0f} s, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
