#!/usr/bin/env python3
"""Does a walk of CONTRIBUTING.md by its text alone, in a clone of its own, and says how long each part took.

    walk.py NUMBER [--keep]      1: a criterion, 2: an attack, 3: a model, 4: an experiment

A block whose first line names a path is written there; a block `line PATH after "TEXT"` puts its lines behind the one
that begins so; a block `sh` is run by a shell that stops at the first failure.
"""
import argparse, os, re, shutil, subprocess, sys, tempfile, time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("number", type=int, choices=(1, 2, 3, 4))
parser.add_argument("--keep", action="store_true", help="leave the clone")
options = parser.parse_args()

root = subprocess.check_output(["git", "rev-parse", "--show-toplevel"], text=True, cwd=os.path.dirname(os.path.abspath(__file__))).strip()
clone = os.path.join(tempfile.mkdtemp(prefix="walk-"), "tombola")
subprocess.check_call(["git", "clone", "--quiet", root, clone])
text = open(os.path.join(clone, "CONTRIBUTING.md")).read()
walk = re.search(rf"### Walk {options.number}: .*?(?=\n### )", text, re.S).group(0)
print(walk.splitlines()[0], "in", clone)

began = time.time()
for head, body in re.findall(r"^```(\w[^\n]*)\n(.*?)^```$", walk, re.S | re.M):
    kind, _, rest = head.partition(" ")
    if kind == "line":
        path, anchor = re.match(r'(\S+) after "(.*)"$', rest).groups()
        place = os.path.join(clone, path)
        lines = open(place).read().split("\n")
        at = next((i for i, line in enumerate(lines) if line.startswith(anchor)), None)
        if at is None:
            sys.exit(f"{path} has no line that begins with {anchor!r}")
        lines[at + 1:at + 1] = body.rstrip("\n").split("\n")
        open(place, "w").write("\n".join(lines))
        print(f"  a line in {path}")
    elif rest:
        os.makedirs(os.path.join(clone, os.path.dirname(rest)), exist_ok=True)
        open(os.path.join(clone, rest), "w").write(body)
        print(f"  wrote {rest}")
    elif kind == "sh":
        for command in re.sub(r"\\\n", "", body).strip().split("\n"):
            start = time.time()
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=clone, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            print(f"  {time.time() - start:6.1f} s  {command[:100]}")
            if done.returncode != 0:
                print(done.stdout[-4000:])
                sys.exit(f"failed with {done.returncode}; see {clone}")
            print("\n".join("            " + line for line in done.stdout.strip().split("\n")[-3:]))
print(f"done in {time.time() - began:.0f} s")
if not options.keep:
    shutil.rmtree(os.path.dirname(clone))
