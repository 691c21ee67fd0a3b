#!/usr/bin/env python3
"""Three small searches at every CPU level of this machine, with one thread and two: the digests of all trained networks must be
those of digests.json, beside this file. docs/reproducibility.md says what that shows.

digests.py TOMBOLA [--write]"""
import argparse, glob, hashlib, json, os, re, subprocess, sys, tempfile

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "digests.json")
SEARCHES = {
    "fully connected, two seeds": "find --data digits --model mlp:32,16 --rounds 2 --steps 2ep --seeds 2",
    "convolutions, SNIP, Adam": "find --data digits --model conv-2:0.1 --criterion snip --rounds 1 --fraction 0.8 --steps 20it "
                                "--rewind 5it --optimizer adam --lr 0.003 --controls reinit",
    "residual, batch norm, momentum": "find --data digits --model resnet-20:0.25 --algorithm one-shot --fraction 0.8 --rounds 1 "
                                      "--steps 10it --lr 0.05 --set momentum=0.9 schedule=cosine --controls none",
}


def digests(tombola, line, level, threads):
    """One digest over those of all networks that the search trained, in the order of their files."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([tombola, *line.split(), "--threads", str(threads), "--out", folder], check=True,
                       env=dict(os.environ, TOMBOLA_CPU=level), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        whole, count = hashlib.sha256(), 0
        for path in sorted(glob.glob(f"{folder}/find-*/seed-*/*.json"), key=lambda at: at.split("/")[-2:]):
            with open(path) as file:
                found = re.search(r'"parametersDigest"\s*:\s*"([0-9a-f]{64})"', file.read())
            if found:
                count += 1
                whole.update(f"{'/'.join(path.split('/')[-2:])} {found[1]}\n".encode())
    return {"networks": count, "sha256": whole.hexdigest()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tombola")
    parser.add_argument("--write", action="store_true", help="write the digests at the first level instead")
    options = parser.parse_args()
    listed = subprocess.run([options.tombola, "list", "cpu"], check=True, stdout=subprocess.PIPE, text=True).stdout
    levels = [row.split()[0] for row in listed.strip().split("\n") if "not on this machine" not in row]
    if options.write:
        known = {name: {"command": f"tombola {line}", **digests(options.tombola, line, levels[0], 1)} for name, line in SEARCHES.items()}
        with open(FILE, "w") as file:
            json.dump(known, file, indent=2)
            file.write("\n")
    with open(FILE) as file:
        known = json.load(file)
    wrong = 0
    for name, line in SEARCHES.items():
        for level in levels:
            for threads in (1, 2):
                found = digests(options.tombola, line, level, threads)
                same = all(found[key] == known[name][key] for key in found)
                wrong += not same
                print(f"{name}, {level}, {threads} threads: {found['networks']} networks, {found['sha256'][:16]}"
                      f"{'' if same else ' DIFFERS from ' + known[name]['sha256'][:16]}")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
