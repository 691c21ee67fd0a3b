#!/usr/bin/env python3
"""Does a walk of CONTRIBUTING.md, or a tutorial of docs/tutorials, by its text alone, with a clone of its own, and says how long each
part took.

    walk.py NUMBER [--keep]      1: a criterion, 2: an attack, 3: a model, 4: an experiment
    walk.py TUTORIAL [--keep]    own-data, own-criterion, own-study

A block whose first line names a path is written there; a block `line PATH after "TEXT"` puts its lines behind the one
that begins so; a block `sh` is run by a shell that stops at the first failure. Tutorials write a package beside the clone and run its
commands in it.
"""
import argparse, os, re, shutil, subprocess, sys, tempfile, time

TUTORIALS = ("own-data", "own-criterion", "own-study")
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("walk", choices=("1", "2", "3", "4", *TUTORIALS))
parser.add_argument("--keep", action="store_true", help="leave the clone")
options = parser.parse_args()

root = subprocess.check_output(["git", "rev-parse", "--show-toplevel"], text=True, cwd=os.path.dirname(os.path.abspath(__file__))).strip()
clone = os.path.join(tempfile.mkdtemp(prefix="walk-"), "tombola")
subprocess.check_call(["git", "clone", "--quiet", root, clone])
tutorial = options.walk if options.walk in TUTORIALS else None
text = open(os.path.join(clone, f"docs/tutorials/{tutorial}.md" if tutorial else "CONTRIBUTING.md")).read()
walk = text if tutorial else re.search(rf"### Walk {options.walk}: .*?(?=\n### )", text, re.S).group(0)
# Where paths begin, and where commands run.
base = os.path.dirname(clone) if tutorial else clone
print(walk.splitlines()[0], "in", base)
prose = re.sub(r"^```.*?^```$", "", walk, flags=re.S | re.M)
typed = sum(len(body) for head, body in re.findall(r"^```(\w[^\n]*)\n(.*?)^```$", walk, re.S | re.M) if not head.startswith("text"))
print(f"  {len(prose.split())} words to read, {typed} characters to type or copy")

began = time.time()
for head, body in re.findall(r"^```(\w[^\n]*)\n(.*?)^```$", walk, re.S | re.M):
    kind, _, rest = head.partition(" ")
    if kind == "line":
        path, anchor = re.match(r'(\S+) after "(.*)"$', rest).groups()
        place = os.path.join(base, path)
        lines = open(place).read().split("\n")
        at = next((i for i, line in enumerate(lines) if line.startswith(anchor)), None)
        if at is None:
            sys.exit(f"{path} has no line that begins with {anchor!r}")
        lines[at + 1:at + 1] = body.rstrip("\n").split("\n")
        open(place, "w").write("\n".join(lines))
        print(f"  a line in {path}")
    elif rest:
        os.makedirs(os.path.join(base, os.path.dirname(rest)), exist_ok=True)
        open(os.path.join(base, rest), "w").write(body)
        print(f"  wrote {rest}")
    elif kind == "sh":
        for command in re.sub(r"\\\n", "", body).strip().split("\n"):
            start = time.time()
            folder = os.path.join(base, tutorial) if tutorial and not command.startswith("mkdir") else base
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=folder, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            print(f"  {time.time() - start:6.1f} s  {command[:100]}")
            # A tutorial shows a refusal as well.
            if done.returncode != 0 and not (tutorial and done.returncode == 64):
                print(done.stdout[-4000:])
                sys.exit(f"failed with {done.returncode}; see {clone}")
            print("\n".join("            " + line for line in done.stdout.strip().split("\n")[-3:]))
print(f"done in {time.time() - began:.0f} s")
if not options.keep:
    shutil.rmtree(os.path.dirname(clone))
