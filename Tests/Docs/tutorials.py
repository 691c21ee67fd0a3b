#!/usr/bin/env python3
"""Is the code of docs/tutorials/*.md that which is compiled, and does it print what they say?

    python3 Tests/Docs/tutorials.py [.build/release]

A block whose first line names a file (```swift own-study/Sources/main.swift) must be that file of Tests/Tutorials, word for word, and
every file there must stand in its tutorial. With the folder of a build, the commands of blocks `sh` that call what a tutorial builds
are run, in order and in one folder; a block `text` behind one must be lines that it prints, with `...` for what is left out.
"""
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES, CODE = ROOT / "docs" / "tutorials", ROOT / "Tests" / "Tutorials"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.S | re.M)


def blocks(name):
    """(kind, file or None, text), in order."""
    return [(m[1], m[2], m[3]) for m in BLOCK.finditer((PAGES / f"{name}.md").read_text())]


def commands(text):
    """The lines of a block `sh`, continued ones joined."""
    return re.sub(r" *\\\n *", " ", text).strip().split("\n")


def files(name):
    """What is wrong with the code of a tutorial."""
    shown = {}
    for kind, path, text in blocks(name):
        if kind == "swift":
            if path is None:
                yield "a block of Swift names no file"
            else:
                shown[path] = text
                if f"\n`{path}`:\n\n```swift {path}\n" not in (PAGES / f"{name}.md").read_text():
                    yield f"the reader is not told that a block is {path}"
    kept = {str(at.relative_to(CODE)): at.read_text() for at in sorted((CODE / name).rglob("*.swift"))}
    for path in sorted(shown.keys() | kept.keys()):
        if shown.get(path) != kept.get(path):
            where = "in the tutorial alone" if path not in kept else "in Tests/Tutorials alone" if path not in shown else "not the same in both"
            yield f"{path} is {where}"


def is_printed(expected, printed):
    """Whether the lines stand in the output in this order; `...` in a line stands for anything, as a line for any lines."""
    pattern = ""
    for line in expected.strip("\n").split("\n"):
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part.rstrip()) for part in line.split("...")) + r"[ ]*\n"
    return re.search("^" + pattern, printed, re.M) is not None


def outputs(name, build):
    """Runs what a tutorial says, and what is wrong with the outputs that it shows."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / ".build").mkdir()
        (pathlib.Path(folder) / ".build" / "release").symlink_to(build)
        printed = ""
        for kind, _, text in blocks(name):
            if kind == "sh":
                for line in commands(text):
                    if f".build/release/{name}" not in line:
                        continue
                    done = subprocess.run(["bash", "-c", line], cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                    printed = done.stdout
                    if done.returncode not in (0, 64):
                        yield f"{line}\n  ends with {done.returncode}: {printed[-500:]}"
            elif kind == "text" and not is_printed(text, printed):
                yield f"what is shown is not what is printed, which is:\n{printed}"


def main():
    build = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    wrong, names, began = 0, sorted(at.stem for at in PAGES.glob("own-*.md")), time.monotonic()
    if names != sorted(at.name for at in CODE.iterdir()):
        sys.exit(f"the tutorials are {names}; Tests/Tutorials has others")
    for name in names:
        for problem in [*files(name), *(outputs(name, build) if build else [])]:
            wrong += 1
            print(f"docs/tutorials/{name}.md: {problem}")
    print(f"{len(names)} tutorials; {wrong} objections ({time.monotonic() - began:.1f} s)")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
