#!/usr/bin/env python3
"""Are the commands in README.md and docs/ true? Every one is held against what tombola says of its verbs, options, values and
settings; with --run, those that stand in blocks are started as well, in a folder that has what they read.

run_commands.py TOMBOLA [--run] [--seconds S]

A started command may take --seconds; then it is interrupted as by Ctrl-C, which must be answered as documented (130). What
names a data set that is not on this machine is skipped with a sentence. Ends with 1 where a command is wrong or fails."""
import argparse, collections, glob, json, os, re, shutil, signal, subprocess, sys, tempfile, time
import documented
from documented import ROOT

# What the pages leave to the reader.
NAMES = {"TICKET": "ticket.safetensors", "NAME": "rates", "FILE": "out.file", "ANNOTATIONS": "instances.json",
         "STUDY": "study.yaml", "NETWORK": "resnet-20:0.25"}
# Words that end a command's start without its being wrong here.
ABSENT = re.compile(r"The data set \S+ is not complete|There is no program s(batch|queue|cancel)|sbatch failed|squeue failed|scancel failed")
STUDY = """name: rates
settings: {data: digits, model: 'mlp:12', rounds: 2, steps: 2ep, controls: none}
seeds: 2
grid: {lr: [0.05, 0.1]}
"""


class Folder:
    """A folder with what documented commands read: a ticket, runs, a study, a table, images, networks."""

    def __init__(self, tombola, path):
        self.tombola, self.path = tombola, path
        for name, text in {"study.yaml": STUDY}.items():
            self.write(name, text)
        rows = "".join(f"{i % 7},{i % 5},{i % 3},{'a' if i % 2 else 'b'}\n" for i in range(200))
        self.write("measurements.csv", "x,y,z,class\n" + rows)
        images = os.path.join(ROOT, "Tests/Golden/images")
        for part, count in (("train", 24), ("test", 8)):
            for kind in "ab":
                os.makedirs(os.path.join(path, f"photos/{part}/{kind}"))
                for i in range(count):
                    shutil.copy(f"{images}/{('rgb', 'palette-8')[i % 2]}.png", os.path.join(path, f"photos/{part}/{kind}/{i}.png"))
        fixtures = os.path.join(ROOT, "Tests/Fixtures")
        os.makedirs(os.path.join(path, "Tests"))
        for name in ("Fixtures", "Golden"):
            os.symlink(os.path.join(ROOT, "Tests", name), os.path.join(path, "Tests", name))
        shutil.copy(f"{fixtures}/onnx/lenet-300-100.onnx", os.path.join(path, "net.onnx"))
        self.run("find --data digits --model mlp:24,16 --rounds 2 --steps 4ep --seeds 2 --controls none")
        self.run("sweep study.yaml")
        found = glob.glob(os.path.join(path, "runs/find-*/seed-0/round-01.safetensors"))
        shutil.copy(found[0], os.path.join(path, "ticket.safetensors"))
        self.runs = sorted(os.path.basename(at) for at in glob.glob(os.path.join(path, "runs/find-*")))

    def write(self, name, text):
        with open(os.path.join(self.path, name), "w") as file:
            file.write(text)

    def run(self, line):
        done = subprocess.run([self.tombola, *line.split()], cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            sys.exit(f"tombola {line} ends with {done.returncode}: {done.stdout.decode()[:500]}")

    def has(self, words):
        """Whether all files that the words name are here, but those that the command makes."""
        for before, word in zip(["", *words], words):
            place = re.sub(r"^(\w+:)+", "", word.split("=")[-1])
            made = before in ("--output", "--to", "--save", "--csv", "--out", "--compact")
            if re.search(r"\.(safetensors|npz|json|csv|yaml|onnx|pt)$|^photos$|/", place) and not made and "*" not in place:
                if re.fullmatch(r"[\d./,-]+", place):
                    continue
                if not all(os.path.exists(os.path.join(self.path, at)) for at in place.split(",")):
                    return place
        return None

    def start(self, words, seconds):
        """Exit code, or None where it was interrupted and said so; what it printed."""
        words = [self.runs[0] if w == "RUN" else NAMES.get(w, w) for w in words]
        words = [w for word in words for w in (sorted(glob.glob(word, root_dir=self.path)) or [word])]
        process = subprocess.Popen([self.tombola, *words], cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            out, _ = process.communicate(timeout=seconds)
            return process.returncode, out.decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        try:
            out, _ = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            return -9, "does not answer to an interruption within a minute"
        return (None if process.returncode in (130, 143, -2) else process.returncode), out.decode(errors="replace")

# What must be objected to, or the check checks nothing.
FALSE = ["tombola fnd", "tombola runs lst", "tombola find --roundz 3", "tombola find --rounds", "tombola find --set roundz=3",
         "tombola inspect a b", "tombola sweep study.yaml --engine slrm"]


def run_all(tombola, commands, seconds):
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(tombola, path)
        for command in commands:
            absent = folder.has([NAMES.get(w, w) for w in command.words])
            if absent or re.search(r"\.\.\.|…|\bID\b|<", command.text) or "serve" in command.words[:1]:
                counts["not started: reads what is not here"] += 1
                print(f"not started: {command}" + (f" ({absent} is not here)" if absent else ""))
                continue
            status, out = folder.start(command.words, seconds)
            if status == 0:
                counts["ended well"] += 1
            elif status is None:
                counts[f"worked for {seconds} s and were interrupted"] += 1
            elif ABSENT.search(out):
                counts["skipped: need data or Slurm that is not here"] += 1
                print(f"skipped: {command}")
            else:
                counts["FAILED"] += 1
                print(f"FAILED with {status}: {command}\n  {out.strip()[:400]}")
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tombola")
    parser.add_argument("--run", action="store_true", help="start the commands as well")
    parser.add_argument("--seconds", type=float, default=5, help="how long one may take before it is interrupted")
    options = parser.parse_args()
    tombola, began = os.path.abspath(options.tombola), time.monotonic()
    root, known, keys = documented.dump(tombola), list(documented.commands()), {}

    def settings(path):
        name = path[0]
        if name not in keys:
            done = subprocess.run([tombola, "list", "settings", name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            keys[name] = set(re.findall(r"^  (\S+) ", done.stdout, re.M)) if done.returncode == 0 else set()
        return keys[name]

    wrong = 0
    for text in FALSE:
        if not all(documented.objections(root, c, settings) for c in documented.of_page("", ["    " + text])):
            wrong += 1
            print(f"this script finds nothing wrong with {text}")
    for command in known:
        for objection in documented.objections(root, command, settings):
            wrong += 1
            print(f"{command}\n  {objection}")
    blocks = [c for c in known if c.whole]
    print(f"{len(known)} commands, {len(blocks)} of them in blocks; {wrong} objections ({time.monotonic() - began:.1f} s)")
    if options.run:
        counts = run_all(tombola, blocks, options.seconds)
        print("; ".join(f"{n} {what}" for what, n in counts.most_common()) + f" ({time.monotonic() - began:.0f} s)")
        wrong += counts["FAILED"]
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
