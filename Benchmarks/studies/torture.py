#!/usr/bin/env python3
"""Kills a sweep, or a verb, at random moments until it is done, and compares it with one that nobody disturbed.

Every kill is a SIGKILL to the sweep or to one of its runs. In the end all arms must have the digests of the undisturbed
sweep, no training may be done twice, no file may be unreadable. A sweep that is done before all kills is followed by
another in a new store, until there were as many as asked. With --full-disk the sweep works on a small tmpfs that fills
up in the middle (root only); with --index the index over the runs is deleted or overwritten between kills.

With --verbs commands are killed in place of a sweep, every one as often as asked; in the end their folders must hold the same
files, arrays, records, tables and results. `all` are those below and the example of every other experiment's help; --command
takes any other, quoted. With --hazards each is also interrupted and goes on, once each: on a full disk, in a read-only folder, with files
that are cut short, with files from the future (a clock set back), without descriptors or memory to spare. It must end well or with a
documented code, and the next start must come to the same end (root, for mounts).

    python3 Benchmarks/studies/torture.py --tombola .build/release/tombola --runs 200 --kills 100 --index
    python3 Benchmarks/studies/torture.py --tombola .build/release/tombola --verbs all --kills 50 --hazards
    python3 Benchmarks/studies/torture.py --tombola .build/release/tombola --command "ood --set data=digits model=mlp:16 steps=40ep"
"""

import argparse
import json
import os
import pathlib
import random
import re
import resource
import shlex
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures"))
from compare import folder_facts  # noqa: E402

STUDY = """name: torture
settings: {{data: digits, model: "mlp:{width}", rounds: 2, steps: {steps}, controls: reinit, fraction: 0.5}}
seeds: {seeds}
grid:
  criterion: [magnitude, random]
  lr: [0.05, 0.1]
"""


SMALL = "data=digits model=mlp:32,16 batch=64"
# Two seconds or so each.
VERBS = {
    "find": f"find --seeds 2 --set {SMALL} steps=60ep rounds=4 controls=reinit,shuffled rewind=5it",
    "boost": f"boost --set {SMALL} steps=90ep warmup=5it rates=0.05,0.1 early=5it trajectory=1",
    "sift": "sift --set data=digits+share:0.5 model=bn-mlp:24,16 steps=1200it rewind=4it rounds=2 batch=64 draws=4",
    "spiral prune": "spiral prune --set data=cubist-spiral:5000 steps=150ep width=4 weights=20,10 method=imp,rigl,snip",
    "connect": f"connect --set {SMALL} steps=120ep at=0,1ep points=4 train-samples=300",
    "certify": f"certify --set {SMALL} steps=6ep evaluate=5it rounds=2 fraction=0.5 lr-sweep=0.1,0.3",
    "criteria": f"criteria --set {SMALL} steps=45ep grid=magnitude,one factors=none,fisher@init also=synflow densities=0.2,0.05",
}


# Exit codes that the documents give to what cannot be done (docs/runs.md).
DOCUMENTED = {64, 65, 66, 70, 71, 73, 74, 75}


def examples(tombola):
    """The example of each experiment's help that is not among the verbs above."""
    listed = subprocess.run([tombola, "list", "experiments"], capture_output=True, text=True, check=True).stdout
    found = {}
    for name in [line.split()[0] for line in listed.splitlines() if line.startswith("  ")]:
        text = subprocess.run([tombola, name, "--help"], capture_output=True, text=True, check=True).stdout
        example = re.search(r"^Example: tombola (.*?)\n\n", text, re.M | re.S)
        if example and name not in VERBS:
            found[name] = " ".join(example.group(1).split())
    return found


def command(arguments, tombola, store, **options):
    words = [tombola] + arguments + ["--out", str(store)]
    return subprocess.run(words, capture_output=True, text=True, **options)


def children_of(store):
    """Processes of runs that work in the store, those whose sweep is gone among them."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(store).encode() in words and b"unit" in words:
                found.append(int(entry.name))
    return found


def kill(process):
    try:
        os.kill(process, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


def damage_index(store, draw):
    index = store / ".index.sqlite"
    choice = draw.random()
    try:
        if choice < 0.4:
            index.unlink()
        elif choice < 0.7:
            index.write_bytes(b"no table")
        else:
            data = bytearray(index.read_bytes())
            for i in range(len(data) // 3, len(data) // 2):
                data[i] = draw.randrange(256)
            index.write_bytes(bytes(data))
    except OSError:
        pass


def torment(args, study, store, draw, killed):
    """Kills until the sweep ends by itself; returns the number of kills so far."""
    sweep = None
    deadline = time.time() + args.longest
    while time.time() < deadline:
        if sweep is None or sweep.poll() is not None:
            if sweep is not None and sweep.returncode in (0, 65):
                return killed
            if sweep is not None and sweep.returncode == 73:
                enlarge(args, store)
            words = [args.tombola, "sweep", str(study), "--out", str(store), "--cores", str(args.cores), "--retry"]
            sweep = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.02, args.pause))
        if killed < args.kills:
            victims = children_of(store) + [sweep.pid]
            killed += kill(draw.choice(victims))
            if args.index:
                damage_index(store, draw)
                listed = command(["runs", "list", "--json"], args.tombola, store)
                assert listed.returncode in (0, 73), listed.stderr
    sys.exit("the sweep did not end in time")


def enlarge(args, store):
    args.fillings += 1
    subprocess.run(["mount", "-o", "remount,size=1g", str(store)], check=True)


def check_files(store, kept=()):
    """Every JSON file reads, no training is done twice, nothing is left over but what is kept."""
    trained, read = 0, 0
    for path in sorted(store.rglob("*")):
        if path.suffix == ".json":
            json.loads(path.read_text())
            read += 1
        if path.name == "journal.jsonl":
            stages = []
            for line in path.read_text().splitlines():
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if event["kind"] == "trained":
                    stages.append(event["stage"])
            assert len(stages) == len(set(stages)), f"{path}: done twice: {stages}"
            trained += len(stages)
        if path.suffix == ".sqlite" and not path.name.startswith("."):
            with sqlite3.connect(path) as table:
                trained += table.execute("SELECT count(DISTINCT run) FROM runs").fetchone()[0]
        assert not path.name.endswith(".tmp"), f"{path} is left over"
        assert path.name in kept or not path.name.startswith("checkpoint-"), f"{path} is left over"
    return read, trained


def digests(result):
    return {arm["label"]: (arm["digest"], arm["seeds"]) for arm in result["arms"]}


def torment_verb(args, verb, line, root, draw):
    """Starts and kills a command as often as asked, in a new store whenever it has come to its end."""
    line = re.sub(r"steps=(\d+)", lambda steps: f"steps={max(1, round(args.length * int(steps[1])))}", line)
    words = shlex.split(line) + ["--threads", str(args.cores)]
    calm = root / "calm"
    calm.mkdir(parents=True)
    start = time.time()
    assert command(words, args.tombola, calm).returncode == 0
    undisturbed, wanted = time.time() - start, facts_of(calm)
    kept = {path.name for path in calm.rglob("checkpoint-*")}
    killed = trained = stores = unharmed = 0
    start = time.time()
    while killed < args.kills:
        wild, stores, last = root / f"wild-{stores}", stores + 1, killed
        while True:
            job = subprocess.Popen([args.tombola] + words + ["--out", str(wild)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
            if killed < args.kills:
                time.sleep(draw.uniform(0.03, 0.8 * undisturbed))
                job.kill()
            if job.wait() == 0:
                break
            assert job.returncode == -signal.SIGKILL, f"{verb} ends with {job.returncode}"
            killed += 1
        compare(verb, facts_of(wild), wanted)
        trained += check_files(wild, kept)[1]
        # Where other work has ended since, a run may be done before its kill.
        unharmed = 0 if killed > last else unharmed + 1
        assert unharmed < 5 or killed == args.kills, f"{verb} is too short to be killed: use a greater --length"
    if args.kills:
        print(f"{verb}: {killed} kills over {stores} runs of {undisturbed:.2f} s: same files and digests; {trained} trainings noted, none "
              f"twice; {time.time() - start:.0f} s", flush=True)
    if args.hazards:
        ends = {name: endure(args, words, root / name, hazard, undisturbed, wanted, draw) for name, hazard in HAZARDS.items()}
        print(f"{verb}: " + ", ".join(f"{name} {end}" for name, end in ends.items()) + "; then the same files and digests", flush=True)


def compare(what, found, wanted):
    if found == wanted:
        return
    names, others = (set(facts.get("files", "").split()) for facts in (found, wanted))
    facts = sorted(str(fact) for fact in found.keys() | wanted.keys() if fact != "files" and found.get(fact) != wanted.get(fact))
    sys.exit(f"{what}: files too many {sorted(names - others)}, too few {sorted(others - names)}; other facts {facts[:8]}")


def begin(args, words, store, undisturbed, draw):
    """Starts a command and kills it in the middle of its work."""
    job = subprocess.Popen([args.tombola] + words + ["--out", str(store)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(draw.uniform(0.3, 0.7) * undisturbed)
    job.kill()
    job.wait()


def endure(args, words, store, hazard, undisturbed, wanted, draw):
    """A command that was interrupted, its next start under a hazard, and the one after that: how the second ended."""
    store.mkdir(parents=True)
    if hazard is full_disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(store)], check=True)
    try:
        begin(args, words, store, undisturbed, draw)
        ended = hazard(args, words, store, draw)
        assert ended == 0 or ended in DOCUMENTED or (hazard is little_memory and ended < 0), f"{hazard.__name__}: exit {ended}"
        last = command(words, args.tombola, store)
        assert last.returncode == 0, f"after {hazard.__name__}: exit {last.returncode}: {last.stderr}"
        compare(hazard.__name__, facts_of(store), wanted)
        return "no matter" if ended == 0 else f"exit {ended}" if ended > 0 else f"signal {-ended}"
    finally:
        if hazard is full_disk:
            subprocess.run(["umount", "-l", str(store)], check=False)


def full_disk(args, words, store, draw):
    filler = store / ".filler"
    free = os.statvfs(store)
    filler.write_bytes(bytes(max(0, free.f_bavail * free.f_frsize - 4096)))
    ended = command(words, args.tombola, store).returncode
    filler.unlink()
    return ended


def read_only(args, words, store, draw):
    subprocess.run(["mount", "--bind", str(store), str(store)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(store)], check=True)
        return command(words, args.tombola, store).returncode
    finally:
        subprocess.run(["umount", "-l", str(store)], check=True)


def torn_files(args, words, store, draw):
    """A third of the files loses its end, as on a machine that lost its power."""
    for path in sorted(path for path in store.rglob("*") if path.is_file() and not path.name.startswith("checkpoint-")):
        if path.name not in ("run.json", "journal.jsonl") and draw.random() < 0.34:
            os.truncate(path, draw.randrange(path.stat().st_size + 1))
    return command(words, args.tombola, store).returncode


def clock_set_back(args, words, store, draw):
    """Everything that is there was written a year from now."""
    for path in store.rglob("*"):
        os.utime(path, (time.time() + 3.2e7,) * 2)
    return command(words, args.tombola, store).returncode


def few_descriptors(args, words, store, draw):
    return command(words, args.tombola, store, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (14, 14))).returncode


def little_memory(args, words, store, draw):
    return command(words, args.tombola, store, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (180 << 20, 180 << 20)),
                   env={**os.environ, "SWIFT_BACKTRACE": "enable=no"}).returncode


HAZARDS = {
    "full disk": full_disk, "read-only folder": read_only, "torn files": torn_files, "clock set back": clock_set_back,
    "14 descriptors": few_descriptors, "180 MB of memory": little_memory,
}


def facts_of(store):
    """The digests of everything in the store but journals, which tell of every start."""
    facts = {"files": " ".join(sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.name[:1] != "."))}
    folder_facts(facts, str(store))
    return {fact: value for fact, value in facts.items() if fact[0] != "journal"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", default=".build/release/tombola")
    parser.add_argument("--runs", type=int, default=200, help="a multiple of 4")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--pause", type=float, default=0.25, help="most seconds between kills")
    parser.add_argument("--width", default="24,16")
    parser.add_argument("--steps", default="2ep")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--index", action="store_true")
    parser.add_argument("--full-disk", help="size of the tmpfs that fills up: 6m")
    parser.add_argument("--verbs", nargs="+", help="kill these in place of a sweep: all, or names of experiments")
    parser.add_argument("--command", help="kill this one: words behind 'tombola', without --out and --threads")
    parser.add_argument("--hazards", action="store_true", help="of the verbs: full disks, read-only folders and others as well")
    parser.add_argument("--length", type=float, default=1, help="of the verbs' trainings")
    parser.add_argument("--longest", type=float, default=1800, help="seconds")
    args = parser.parse_args()
    args.fillings = 0
    draw = random.Random(args.seed)
    with tempfile.TemporaryDirectory(prefix="torture-") as scratch:
        root = pathlib.Path(scratch)
        known = VERBS if not args.verbs or set(args.verbs) <= set(VERBS) else {**VERBS, **examples(args.tombola)}
        chosen = list(known) if args.verbs and "all" in args.verbs else args.verbs or []
        if unknown := [verb for verb in chosen if verb not in known]:
            sys.exit(f"there is no {' and no '.join(unknown)}: choose among all, {', '.join(known)}")
        for verb in chosen:
            torment_verb(args, verb, known[verb], root / verb, draw)
        if args.command:
            torment_verb(args, shlex.split(args.command)[0], args.command, root / "command", draw)
        if args.verbs or args.command:
            return
        study = root / "study.yaml"
        study.write_text(STUDY.format(seeds=args.runs // 4, width=args.width, steps=args.steps))
        calm = root / "calm"
        calm.mkdir()
        start = time.time()
        sweep = command(["sweep", str(study), "--json", "--cores", str(args.cores)], args.tombola, calm)
        assert sweep.returncode == 0, sweep.stderr
        wanted, undisturbed = json.loads(sweep.stdout), time.time() - start
        print(f"undisturbed: {undisturbed:.0f} s")
        killed = 0
        while killed < args.kills:
            killed = torment_one(args, study, root / f"wild-{killed}", draw, killed, wanted)


def torment_one(args, study, wild, draw, killed, wanted):
    """One sweep to its end among kills, and the comparison; returns the number of kills so far."""
    wild.mkdir()
    if args.full_disk:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={args.full_disk}", "tmpfs", str(wild)], check=True)
    try:
        start, before = time.time(), args.fillings
        killed = torment(args, study, wild, draw, killed)
        sweep = command(["sweep", str(study), "--json", "--retry", "--cores", str(args.cores)], args.tombola, wild)
        assert sweep.returncode == 0, sweep.stderr
        found = json.loads(sweep.stdout)
        assert command(["runs", "clean", "--yes"], args.tombola, wild).returncode == 0
        read, trained = check_files(wild)
        assert digests(found) == digests(wanted), "the digests differ"
        assert found["done"] == wanted["done"] == args.runs and found["failed"] == found["missing"] == 0
        assert not args.full_disk or args.fillings > before, "the disk never was full: make it smaller"
        print(
            f"{args.runs} runs, {killed} kills, disk full {args.fillings - before} times: same digests; {read} JSON files "
            f"read, {trained} trainings noted, none twice; {time.time() - start:.0f} s")
        return killed
    finally:
        if args.full_disk:
            subprocess.run(["umount", "-l", str(wild)], check=False)


if __name__ == "__main__":
    main()
