#!/usr/bin/env python3
"""Damages every kind of file that Tombola reads, and has the real command read it.

No input may end it by a signal, keep it for ten seconds, make it take 2 GB or give it an exit code that its help does not
name; messages are sentences, not traces. What carries a digest and was changed is refused or made anew: it never changes
what a command prints. Every input follows from the seed and its number alone, so that one is made again by --only NUMBER.

    python3 Tests/Fuzz/fuzz_files.py --tombola .build/release/tombola --inputs 20000
"""

import argparse
import collections
import http.client
import multiprocessing
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

import corpus
import mutations

PATIENCE = 10
MEMORY = 2 << 30
TRACES = re.compile(r"Fatal error|EncodingError|DecodingError|SIG[A-Z]{3,}|Error Domain=|\bnil\b while|Stack dump|Index out of range")


def exit_codes(tombola):
    """Those that the command's help names."""
    text = subprocess.run([tombola, "--help"], capture_output=True, text=True).stdout
    sentence = re.search(r"Exit codes:(.*?\))", " ".join(text.split())).group(1)
    return {int(code) for code in re.findall(r"\b(\d+) [a-z]", sentence)}


class Worker:
    def __init__(self, options, cases, corpus_folder, number, codes):
        self.options, self.cases, self.folder, self.codes = options, cases, pathlib.Path(corpus_folder), codes
        self.scratch = self.folder / f"worker-{number}"
        self.scratch.mkdir()
        self.server, self.code = None, 0
        # Commands inherit it.
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 28, 1 << 28))

    def input(self, number):
        """What is wrong with one input, in words; `None` if nothing is."""
        draw = random.Random(f"{self.options.seed}/{number}")
        case = draw.choice(self.cases)
        file = draw.choice(case.files)
        place = self.scratch / "place"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.folder / case.folder, place, symlinks=True)
        before = (place / file).read_bytes()
        other = self.folder / case.folder / draw.choice(case.files)
        data, is_signed = mutations.mutated(draw, before, file, [other.read_bytes()])
        if case.name == "images" and draw.random() < 0.2:
            self.rename(draw, place, file)
        else:
            (place / file).write_bytes(data)
        words = case.again if case.again and (not case.commands or draw.random() < 0.4) else draw.choice(case.commands)
        shown = corpus.filled(words, place, file)
        wrong = self.run(shown, place)
        wrong = wrong or self.accepted(case, words, file, before, data, is_signed, place)
        if not wrong and case.folder in (*corpus.RUNS, "sweep") and file.startswith("store/") and draw.random() < 0.3:
            shown = ["serve"]
            wrong = self.serve(file, data)
        if wrong and self.options.keep:
            kept = pathlib.Path(self.options.keep) / str(number)
            shutil.copytree(place, kept, dirs_exist_ok=True)
        return case.name, wrong and f"{file}, {wrong}: tombola {' '.join(shown)}"

    @staticmethod
    def rename(draw, place, file):
        path = place / file
        name = draw.choice(["x.png", ".hidden.png", "ä.png", "a\u0308.png", "x" * 200 + ".png", "train", "no-suffix", " .png", "\n.png"])
        if draw.random() < 0.3:
            path.unlink()
            draw.choice([path.mkdir, lambda: path.symlink_to(path), lambda: path.symlink_to("/dev/zero"), lambda: os.mkfifo(path)])()
        else:
            path.rename(path.with_name(name))

    # What a command does

    def run(self, words, place):
        """Runs it; what is wrong with how it ends."""
        try:
            done = subprocess.run([self.options.tombola] + words, cwd=place, stdin=subprocess.DEVNULL, capture_output=True,
                                  env={**os.environ, "SWIFT_BACKTRACE": "enable=no"}, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            return f"hangs for {PATIENCE} s"
        self.code, self.out = done.returncode, done.stdout.decode(errors="replace")
        text = done.stderr.decode(errors="replace")
        if self.code < 0 or self.code > 130:
            return f"dies of signal {-self.code if self.code < 0 else self.code - 128}: {last(text)}"
        if self.code not in self.codes:
            return f"has exit code {self.code}: {last(text)}"
        if self.code and not text.strip() or len(text) > 5000 or TRACES.search(text):
            return f"says {len(text)} bytes: {last(text)}"
        return None

    def accepted(self, case, words, file, before, data, is_signed, place):
        """Whether something was taken that a digest refuses."""
        if self.code or data == before:
            return None
        if case.name in ("npz", "idx.gz") and mutations.is_broken_archive(place / file):
            return "is taken although its check sum is wrong"
        wanted = case.wanted.get((tuple(words), file if "FILE" in words else None))
        if wanted is None or is_signed or not mutations.is_guarded(file, before, data, words):
            return None
        return None if corpus.plain(self.out) == wanted else "is taken although it was changed"

    # What the dashboard does

    def serve(self, file, data):
        """Asks a dashboard for the pages of a run while one of its files is damaged."""
        live = self.scratch / "live"
        if not live.exists():
            for name in (*corpus.RUNS, "sweep"):
                shutil.copytree(self.folder / name / "store", live, dirs_exist_ok=True)
        if self.server is None or self.server.poll() is not None:
            self.server = subprocess.Popen([self.options.tombola, "serve", "--out", str(live), "--port", "0"],
                                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.port = int(re.search(r":(\d+)/", self.server.stdout.readline()).group(1))
        path = live / pathlib.Path(file).relative_to("store")
        whole = path.read_bytes()
        self.replace(path, data)
        try:
            name = corpus.run_folder(live.parent, file).split("/")[1]
            targets = [f"/run/{name}", f"/run/{name}/charts", f"/run/{name}/masks", f"/compare?run={name}", "/"]
            for target in targets if not name.startswith("study-") else ["/sweep/fuzz", "/sweep-report/fuzz", "/sweeps"]:
                wrong = self.get(target)
                if wrong:
                    return f"{wrong} at {target}"
            return None
        finally:
            self.replace(path, whole)

    @staticmethod
    def replace(path, data):
        beside = path.with_name(".beside")
        beside.write_bytes(data)
        beside.rename(path)

    def get(self, target):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            return None if answer.status in (200, 404, 500) and text else f"answers {answer.status}"
        except OSError as error:
            if self.server.poll() is not None:
                return f"the dashboard dies ({self.server.returncode}): {last(self.server.stderr.read())}"
            return f"the dashboard does not answer: {error}"
        finally:
            connection.close()

    def stop(self):
        if self.server:
            self.server.kill()


def last(text):
    return (text.strip().splitlines() or [""])[-1][:200]


def work(options, cases, folder, number, codes, results):
    worker = Worker(options, cases, folder, number, codes)
    for i in options.numbers[number::options.jobs]:
        try:
            case, wrong = worker.input(i)
        except Exception:
            case, wrong = "the fuzzer itself", traceback.format_exc()
        results.put((i, case, worker.code, wrong))
    worker.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", default=".build/release/tombola")
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", type=int, nargs="+", help="these inputs alone")
    parser.add_argument("--cases", help="a regular expression: these kinds of files alone")
    parser.add_argument("--keep", help="a folder for the inputs that are wrong")
    options = parser.parse_args()
    options.tombola = str(pathlib.Path(options.tombola).resolve())
    options.numbers = options.only or range(options.inputs)
    options.jobs = min(options.jobs, len(options.numbers))
    with tempfile.TemporaryDirectory(prefix="tombola-fuzz-") as folder:
        began = time.monotonic()
        cases = [case for case in corpus.Maker(options.tombola, folder).make() if re.search(options.cases or "", case.name)]
        print(f"{sum(len(case.files) for case in cases)} files of {len(cases)} kinds, made in {time.monotonic() - began:.0f} s")
        results, codes = multiprocessing.Queue(), exit_codes(options.tombola)
        jobs = [multiprocessing.Process(target=work, args=(options, cases, folder, number, codes, results))
                for number in range(options.jobs)]
        began = time.monotonic()
        for job in jobs:
            job.start()
        wrong, ends = collections.defaultdict(list), collections.Counter()
        for _ in options.numbers:
            number, case, code, what = results.get()
            ends[code] += 1
            if what:
                kind = case, re.sub(r"[0-9a-f]{12}|\d+", "#", what.split(", ", 1)[1])[:100]
                wrong[kind].append(number)
                if len(wrong[kind]) == 1:
                    print(f"input {number}, {case}: {what}", flush=True)
        for job in jobs:
            job.join()
    for (case, what), found in sorted(wrong.items()):
        print(f"{len(found)} of {case}, {what}: inputs {' '.join(map(str, sorted(found)[:5]))}")
    print(f"{len(options.numbers)} inputs in {time.monotonic() - began:.0f} s, ends {dict(sorted(ends.items()))}: "
          f"{sum(map(len, wrong.values()))} wrong, of {len(wrong)} kinds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
