#!/usr/bin/env python3
"""Round trips through ONNX: what `tombola export --to onnx` writes must be what `tombola evaluate` computes.

    python3 Tests/Onnx/check.py TOMBOLA [--only WORDS]

For every model of the catalogue, twenty random graphs and one with heads that are joined a ticket is trained for two steps, pruned and exported: dense and sparse, of the
graphs without the normalisation as well. onnx.checker has to accept the file, ONNX Runtime has to give the outputs of `evaluate`
within 1e-5 of the largest, and read again as `--model onnx:FILE` the network has to give them too. Needs the Python packages numpy, onnx
and onnxruntime; where they are missing the script says so and ends well.
"""
import argparse
import pathlib
import random
import re
import sys
import tempfile

try:
    import numpy
    import onnx
    import onnxruntime
except ImportError as missing:
    print(f"Tests/Onnx/check.py: skipped, {missing.name} is not installed (pip install numpy onnx onnxruntime)")
    sys.exit(0)

from tickets import Tickets, tensors

LIMIT = 1e-5
# Models by the samples that they are tried on; narrow where the full width takes long.
NARROW = [("vgg-small", ""), ("vgg", ":0.125"), ("resnet-18", ":0.1"), ("resnet-34", ":0.1"), ("resnet", ":0.25"),
          ("mobilenet", ":0.25"), ("conv-s", ""), ("conv", ":0.25"), ("mlp", ":20,10"), ("bn-mlp", ":20,10")]
GRAPHS = 20


class Check(Tickets):
    def __init__(self, tombola, folder):
        super().__init__(tombola, folder)
        self.worst, self.failures, self.count = 0.0, [], 0

    def compare(self, name, what, file, inputs, expected):
        self.count += 1
        onnx.checker.check_model(str(file), full_check=True)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        found = session.run(None, {"input": inputs})[0]
        difference = float(numpy.abs(found - expected).max() / numpy.abs(expected).max())
        self.worst = max(self.worst, difference)
        if not difference <= LIMIT:
            self.failures.append(f"{name} ({what}): {difference:.2e}")

    def round_trip(self, name, model, data, is_thorough):
        ticket = self.ticket(name, model, data)
        self.run("evaluate", ticket, "--outputs", f"{name}.outputs")
        if not (self.folder / "samples").exists():
            # The same for all: they have one data set, split and normalisation.
            self.run("data", "export", "samples", "--ticket", ticket)
        expected, samples = tensors(self.folder / f"{name}.outputs")["outputs"], tensors(self.folder / "samples")
        stored = samples["test.samples"].astype(numpy.float32)
        if stored.shape[2:] == (1, 1):
            stored = stored.reshape(len(stored), -1)
        sides = (1, -1) + (1,) * (stored.ndim - 2)
        normal = stored * samples["multiplier"].reshape(sides) + samples["shift"].reshape(sides)
        ways = [("dense", [], stored), ("sparse", ["--sparse"], stored), ("normalised", ["--normalised"], normal)]
        for what, words, inputs in ways if is_thorough else ways[:2]:
            file = self.folder / f"{name}-{what}.onnx"
            self.run("export", ticket, "--to", "onnx", "--output", file, *words)
            self.compare(name, what, file, inputs, expected)
        for what in ["sparse", "normalised"] if is_thorough else ["sparse"]:
            self.run("import", f"onnx:{self.folder / f'{name}-{what}.onnx'}", "--data", data, "--output", f"{name}-again.safetensors",
                     "--set", "validation=12")
            self.run("evaluate", f"{name}-again.safetensors", "--outputs", f"{name}-again.outputs")
            again = tensors(self.folder / f"{name}-again.outputs")["outputs"]
            difference = float(numpy.abs(again - expected).max() / numpy.abs(expected).max())
            self.count += 1
            self.worst = max(self.worst, difference)
            if not difference <= LIMIT:
                self.failures.append(f"{name} (read again, {what}): {difference:.2e}")


def graph(seed):
    """A random graph file: convolutions, groups, batch norms, sums, pools, dropout, linear layers."""
    rng = random.Random(seed)
    nodes, channels, side, last = [], 3, 32, "input"

    def add(layer, **words):
        nonlocal last
        name = f"n{len(nodes)}"
        inputs = words.pop("inputs", [last])
        text = "".join(f", {key}: {value}" for key, value in words.items())
        nodes.append(f"  - {{name: {name}, layer: {layer}, inputs: [{', '.join(inputs)}]{text}}}")
        last = name

    for _ in range(rng.randint(1, 4)):
        outputs, kernel = rng.choice([4, 6, 8, 12]), rng.choice([1, 3, 5])
        stride = rng.choice([1, 1, 2]) if side >= 8 else 1
        padding = rng.randint(0, kernel // 2)
        if side + 2 * padding < kernel:
            kernel, padding = 1, 0
        groups = rng.choice([g for g in [1, 2, 3, 4] if channels % g == 0 and outputs % g == 0])
        add("convolution", outputs=outputs, kernel=kernel, stride=stride, padding=padding, groups=groups,
            bias=rng.choice(["true", "false"]))
        channels, side = outputs, (side + 2 * padding - kernel) // stride + 1
        if rng.random() < 0.6:
            add("batch-norm", affine=rng.choice(["true", "false"]))
        if rng.random() < 0.8:
            add("relu")
        if rng.random() < 0.5:
            entry = last
            for _ in range(rng.randint(1, 2)):
                add("convolution", outputs=channels, kernel=3, padding=1)
                add("relu")
            add("sum", inputs=[entry, last])
        if rng.random() < 0.2:
            add("dropout", probability=0.2)
        if side >= 6 and rng.random() < 0.6:
            size = rng.choice([2, 3])
            add(rng.choice(["max-pool", "average-pool"]), size=size)
            side //= size
    if rng.random() < 0.4:
        add("average-pool")
    for _ in range(rng.randint(0, 2)):
        add("linear", outputs=rng.choice([8, 16, 24]), bias=rng.choice(["true", "false"]))
        if rng.random() < 0.3:
            add("batch-norm")
        add("relu")
    add("linear", outputs="classes")
    return "nodes:\n" + "\n".join(nodes) + "\n"


HEADS = """nodes:
  - {name: conv, layer: convolution, outputs: 6, kernel: 3, stride: 4, padding: 1}
  - {name: relu, layer: relu}
  - {name: up, layer: upsample, factor: 3}
  - {name: fine, layer: convolution, outputs: 4, kernel: 3, padding: 1}
  - {name: small, layer: average-pool, size: 6}
  - {name: mean, layer: average-pool, inputs: relu}
  - {name: both, layer: join, inputs: [small, mean, relu]}
  - {name: fc, layer: linear, outputs: classes}
"""


def catalogue(check):
    """Every model of the catalogue by name, and with the arguments that make it narrow."""
    for line in check.run("list", "models").splitlines():
        name = line.split()[0]
        if name in ("graph", "onnx"):
            continue
        model = "wide-resnet-10-1" if name.startswith("wide-resnet") else name
        width = next((width for start, width in NARROW if model.startswith(start)), "")
        yield name, model + width


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tombola")
    parser.add_argument("--verbose", action="store_true", help="name every network")
    parser.add_argument("--only", default="", help="a regular expression: these networks alone")
    given = parser.parse_args()
    tombola = str(pathlib.Path(given.tombola).resolve())
    with tempfile.TemporaryDirectory() as folder:
        check = Check(tombola, folder)
        check.make_data((3, 32, 32))
        data = "npz:images.npz"
        cases = list(catalogue(check))
        for seed in range(GRAPHS):
            (pathlib.Path(folder) / f"graph-{seed}.yaml").write_text(graph(seed))
            cases.append((f"graph-{seed}", f"graph:graph-{seed}.yaml"))
        (pathlib.Path(folder) / "heads.yaml").write_text(HEADS)
        cases.append(("graph-heads", "graph:heads.yaml"))
        cases = [case for case in cases if re.search(given.only, case[0])]
        for name, model in cases:
            if given.verbose:
                print(f"{name}: {check.count} comparisons, {check.worst:.1e}", flush=True)
            try:
                check.round_trip(re.sub(r"[^a-z0-9-]", "-", name), model, data, is_thorough=name.startswith("graph"))
            except (RuntimeError, onnx.checker.ValidationError) as problem:
                check.failures.append(f"{name}: {problem}")
        print(f"ONNX round trips of {len(cases)} networks, {check.count} comparisons: largest difference {check.worst:.1e} "
              f"(limit {LIMIT}), {len(check.failures)} failures")
        for failure in check.failures:
            print("  " + failure)
        return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
