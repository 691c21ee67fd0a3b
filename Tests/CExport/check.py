"""C files of tickets against `tombola predict`, on the whole test set.

    python3 Tests/CExport/check.py .build/release/tombola TICKET... [--samples 10000]

Every ticket is exported with floats and with int8 weights, compiled by what is there of gcc, clang and
arm-linux-gnueabihf-gcc (run under qemu) with -std=c99 -Wall -Wextra -Werror -pedantic, and run. With EXACT_FMA, and where the
machine fuses multiply-adds, outputs of float files must have the bits of the command, and those of int8 files the same bits
whatever compiled them; elsewhere they differ by rounding, which grows with the
number of layers, at most by 1e-5 of the largest. The first 500 samples also run under
the sanitizers of addresses and undefined behaviour, and on 32-bit ARM. `nm` must show nothing of the heap.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "Outsider"))
from read_ticket import read

MAIN = """
#include "net.h"
#include <stdio.h>
int main(void) {
  static %s x[NET_INPUTS];
  float y[NET_OUTPUTS];
  while (fread(x, sizeof x, 1, stdin) == 1) {
    predict(x, y);
    fwrite(y, sizeof y, 1, stdout);
  }
  return 0;
}
"""
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2"]
SANITIZED = ["-DEXACT_FMA", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
ARM = "arm-linux-gnueabihf-gcc"
# Under the sanitizers and under qemu.
FEW = 500
# Of the largest output: each step of a sum rounds twice without fused multiply-adds.
UNFUSED = 1e-5
# Name, compiler, options, what runs the program, whether bits must agree, samples at most.
WAYS = [
    ("gcc, exact", "gcc", ["-DEXACT_FMA"], [], True, None),
    ("gcc, fused", "gcc", ["-march=native"], [], True, None),
    ("gcc, unfused", "gcc", [], [], False, None),
    ("clang, exact", "clang", ["-DEXACT_FMA"], [], True, None),
    ("clang, unfused", "clang", ["-ffp-contract=off"], [], False, None),
    ("gcc, sanitized", "gcc", SANITIZED, [], True, FEW),
    ("clang, sanitized", "clang", SANITIZED, [], True, FEW),
    ("arm, exact", ARM, ["-DEXACT_FMA", "-static"], ["qemu-arm-static"], True, FEW),
    ("arm, unfused", ARM, ["-static"], ["qemu-arm-static"], False, FEW),
]
HEAP = {"malloc", "calloc", "realloc", "free", "alloca", "aligned_alloc", "posix_memalign"}


def run(command, **options):
    return subprocess.run(command, check=True, capture_output=True, **options).stdout


def outputs(way, folder, samples, classes):
    _, compiler, options, runner, _, most = way
    program = folder / "program"
    run([compiler, *STRICT, *options, folder / "net.c", folder / "main.c", "-o", program, "-lm"])
    answer = run([*runner, program], input=samples[:most].tobytes())
    return np.frombuffer(answer, "<f4").reshape(-1, classes)


def outside(folder, compiler):
    """What the compiled file wants from elsewhere."""
    run([compiler, *STRICT, "-c", folder / "net.c", "-o", folder / "net.o"])
    return {line.split()[-1] for line in run(["nm", "--undefined-only", folder / "net.o"]).decode().splitlines()}


def check(tombola, ticket, int8, count, chosen):
    failures = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        lines = run([tombola, "export", ticket, "--to", "c", "--output", folder / "net.c", "--set", f"int8={str(int8).lower()}"])
        print(f"{ticket}, {'int8' if int8 else 'float'}\n" + "\n".join("  " + l for l in lines.decode().splitlines()[2:]))
        run([tombola, "predict", ticket, "--output", folder / "ours.npz"])
        ours = np.load(folder / "ours.npz")
        run([tombola, "data", "export", folder / "data.safetensors", "--ticket", ticket])
        arrays, _ = read(str(folder / "data.safetensors"))
        samples = next(a for n, a in arrays.items() if n in ("test.samples", "test-samples", "test"))
        samples = samples.reshape(len(ours["labels"]), -1)[:count]
        (folder / "main.c").write_text(MAIN % ("uint8_t" if samples.dtype == np.uint8 else "float"))
        for compiler in filter(shutil.which, ["gcc", "clang", ARM]):
            wanted = outside(folder, compiler)
            failures += bool(wanted & HEAP)
            print(f"  {compiler}: no warning, wants {', '.join(sorted(wanted)) or 'nothing'} from outside"
                  + (" WRONG: heap" if wanted & HEAP else ""))
        exact = None if int8 else ours["outputs"]
        for way in WAYS:
            if chosen and way[0] not in chosen:
                continue
            if not shutil.which(way[1]) or not all(shutil.which(r) for r in way[3]):
                print(f"  {way[0]}: skipped, {way[1]} is not here")
                continue
            found = outputs(way, folder, samples, ours["outputs"].shape[1])
            if exact is None and way[4] and way[5] is None:
                exact = found
            # What an int8 file computes is known from its first exact program alone.
            want = (ours["outputs"] if exact is None else exact)[: len(found)]
            same, far = np.array_equal(found, want), np.abs(found - want).max() / max(1, np.abs(want).max())
            changed = int((found.argmax(1) != want.argmax(1)).sum())
            wrong = exact is not None and (not same if way[4] else far > UNFUSED)
            failures += wrong
            print(f"  {way[0]}: {len(found)} samples, {'same bits' if same else f'largest difference {far:.2g} of the largest'}, "
                  f"{changed} other predictions, accuracy {(found.argmax(1) == ours['labels'][: len(found)]).mean():.4f}"
                  + (" WRONG" if wrong else ""), flush=True)
    return failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tombola")
    parser.add_argument("tickets", nargs="+")
    parser.add_argument("--samples", type=int)
    parser.add_argument("--ways", help="some of the ways, with semicolons between them: 'gcc, fused;arm, exact'")
    parser.add_argument("--no-int8", action="store_true")
    options = parser.parse_args()
    failures = sum(check(options.tombola, t, int8, options.samples, (options.ways or "").split(";") if options.ways else None)
                   for t in options.tickets for int8 in ((False,) if options.no_int8 else (False, True)))
    print(f"{failures} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
