#!/usr/bin/env python3
"""Times what a user would otherwise pick beside `tombola bench`, in one go on one machine.

    pip install torch
    pip install sparselab pybind11 && pip install --no-build-isolation sparseprop     # only for --cases layers
    python3 Benchmarks/peers/bench_peers.py --cases quick

Every case is timed in rounds (three by default): each PyTorch variant, then ours at each density, then again from the
start, so that a noisy neighbour hits both. A figure is the median over the rounds of each round's median; a ratio is
PyTorch's best variant over ours, from this run alone. If rounds differ by more than a quarter the machine was busy, which
hurts two threads that wait for each other most: such a ratio is marked with a star, and the "quiet" ratio beside it
compares the best round of each side. Quote a starred ratio never, and run again.

A step is forward, loss, backward and SGD with momentum 0.9 on one batch that is already in memory. PyTorch runs the
dense network without masks, which is generous: multiplying masks, as a PyTorch study must, only adds to it. The tiny
network does multiply them, as there the step is all overhead. Denormal numbers are flushed for PyTorch.

Writes a Markdown table to stdout and everything it measured to --output as JSON.
"""
import argparse
import datetime
import json
import os
import platform
import statistics
import sys
import warnings

try:
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError:
    sys.exit("PyTorch is missing: pip install torch")

from models import make
from tables import tables
from timing import Ours, median_seconds, noisy, processor, say, version, warm_up

DENSITIES = (1, 0.2, 0.1, 0.05, 0.02)
# name, shape, batch, densities, the ratios that we aim at
FC = (
    ("lenet-300-100", (1, 28, 28), 60, DENSITIES, {1: 2, 0.1: 10, 0.02: 25}),
    ("lenet-300-100", (1, 28, 28), 128, DENSITIES, {}),
    ("mlp:1024,1024,1024", (3, 32, 32), 128, DENSITIES, {1: 2, 0.05: 12}),
)
CONV = (
    ("conv-6", (3, 32, 32), 64, DENSITIES, {}),
    ("resnet-20", (3, 32, 32), 128, DENSITIES, {}),
    ("vgg-16-bn", (3, 32, 32), 128, DENSITIES, {}),
    ("resnet-18", (3, 32, 32), 64, DENSITIES, {}),
)
QUICK = (("lenet-300-100", (1, 28, 28), 60, (1, 0.1, 0.02), {1: 2, 0.1: 10, 0.02: 25}),)
TINY = ("mlp:3,3,3", (2, 1, 1), 128, (0.5,), {})
LAYERS = ((784, 300, 128), (1024, 1024, 128), (3072, 1024, 128))
LAYER_DENSITIES = (0.2, 0.1, 0.05, 0.02)
# input and output channels, height and width, batch; 3x3 kernels
CONV_LAYERS = ((64, 64, 32, 64), (128, 128, 16, 64), (256, 256, 8, 64), (16, 16, 32, 128), (64, 64, 8, 128))
CONV_LAYER_DENSITIES = (0.1, 0.05, 0.02)
TINY_TARGET = 3e-6


def torch_step(loss, x, optimizer, masks=()):
    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(x).backward()
        optimizer.step()
        if masks:
            with torch.no_grad():
                for p, m in masks:
                    p.mul_(m)
    return step


def torch_variants(name, shape, batch, classes, convolutional, masked, compile):
    """Steps by variant's name; a variant that cannot run maps to the reason."""
    torch.manual_seed(0)
    torch._dynamo.reset()
    variants = {}
    kinds = [("eager", False, {}, False), ("eager, fused SGD", False, {"fused": True}, False)]
    if convolutional:
        kinds.append(("channels-last", True, {"fused": True}, False))
    if compile:
        kinds.append(("compiled", False, {"fused": True}, True))
        if convolutional:
            kinds.append(("compiled channels-last", True, {"fused": True}, True))
    for kind, channels_last, options, compiled in kinds:
        try:
            model = make(name, shape, classes)
            x = torch.randn(batch, *shape)
            if channels_last:
                model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
            if classes == 1:
                target = torch.randint(0, 2, (batch, 1)).float()
                loss = lambda x, m=model, t=target: F.binary_cross_entropy_with_logits(m(x), t)
            else:
                target = torch.randint(0, classes, (batch,))
                loss = lambda x, m=model, t=target: F.cross_entropy(m(x), t)
            masks = [(p, (torch.rand_like(p) < 0.5).float()) for p in model.parameters() if p.dim() > 1] if masked else ()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9, **options)
            step = torch_step(torch.compile(loss) if compiled else loss, x, optimizer, masks)
            warm_up(step)
            variants[kind] = step
        except Exception as error:  # no C++ compiler, an unsupported option, ...
            variants[kind] = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            say(f"  PyTorch {kind} is unavailable: {variants[kind]}")
    return variants


def step_case(ours, options, case, classes=10, convolutional=False, tiny=False):
    name, shape, batch, densities, targets = case
    threads = 1 if tiny else options.threads
    torch.set_num_threads(threads)
    say(f"{name}, batch {batch}, {threads} thread{'s' if threads > 1 else ''}")
    variants = torch_variants(name, shape, batch, classes, convolutional, tiny, not options.no_compile)
    theirs = {kind: [] for kind, step in variants.items() if callable(step)}
    answers = {d: [] for d in densities}
    for _ in range(options.rounds):
        for kind in theirs:
            theirs[kind].append(median_seconds(variants[kind], options.seconds))
        for d in densities:
            arguments = ["step", "--model", name, "--input", "x".join(map(str, shape)), "--batch", batch,
                         "--density", d, "--threads", threads]
            answers[d].append(ours.run(*arguments, *(["--classes", 1, "--loss", "bce"] if classes == 1 else [])))
    medians = {kind: statistics.median(times) for kind, times in theirs.items()}
    best = min(medians, key=medians.get)
    rows = []
    for d in densities:
        good = [a for a in answers[d] if a is not None]
        mine = statistics.median(a["medianSeconds"] for a in good) if len(good) == options.rounds else None
        rows.append({
            "density": d, "medianSeconds": mine, "rounds": [a and a["medianSeconds"] for a in answers[d]],
            "nonzeros": good[0].get("nonzeros") if good else None,
            "flopsPerStep": good[0].get("flopsPerStep") if good else None,
            "ratio": mine and medians[best] / mine,
            "quietRatio": mine and min(map(min, theirs.values())) / min(a["medianSeconds"] for a in good),
            "noisy": noisy(theirs[best], [a["medianSeconds"] for a in good]), "targetRatio": targets.get(d),
            "targetSeconds": TINY_TARGET if tiny else None,
        })
    return {
        "kind": "step", "model": name, "input": shape, "batch": batch, "threads": threads,
        "pytorch": {"best": best, "medianSeconds": medians, "rounds": theirs,
                    "unavailable": {k: v for k, v in variants.items() if not callable(v)}},
        "tombola": rows,
    }


def layer_classes():
    """Constructors of a peer's linear layer from a masked nn.Linear, by the peer's name; or why there is none."""
    peers = {"PyTorch dense": lambda dense, density: dense}
    try:
        from sparseprop.modules import SparseLinear
        peers["SparseProp"] = lambda dense, density: SparseLinear.from_dense(dense)
    except Exception as error:
        peers["SparseProp"] = f"{type(error).__name__}: {error}"
    try:
        from sparselab.nn import SparseLinear as Lab
        peers["SparseLab"] = lambda dense, density: Lab(dense.in_features, dense.out_features, sparsity=1 - density)
    except Exception as error:
        peers["SparseLab"] = f"{type(error).__name__}: {error}"
    return peers


def convolution_classes():
    """The same for 3x3 convolutions; SparseProp has two kernels, of which the faster counts."""
    peers = {"PyTorch dense": lambda dense, density: dense}
    for name, over_outputs in (("SparseProp", False), ("SparseProp, over outputs", True)):
        try:
            from sparseprop.modules import SparseConv2d
            peers[name] = lambda dense, density, v=over_outputs: SparseConv2d.from_dense(dense, vectorizing_over_on=v)
        except Exception as error:
            peers[name] = f"{type(error).__name__}: {error}"
    return peers


def linear_case(ours, options, peers, inputs, outputs, batch, density):
    return layer_case(ours, options, peers, nn.Linear(inputs, outputs), (batch, inputs), f"{inputs}x{outputs}",
                      ["--linear", f"{inputs}x{outputs}"], density)


def convolution_case(ours, options, peers, inputs, outputs, size, batch, density):
    label = f"{inputs}x{outputs}x{size}x{size}"
    return layer_case(ours, options, peers, nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False),
                      (batch, inputs, size, size), f"3x3 {label}", ["--conv", label], density)


def layer_case(ours, options, peers, dense, shape, label, arguments, density):
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    batch = shape[0]
    say(f"{label}, batch {batch}, density {density}")
    dense.weight.data *= (torch.rand_like(dense.weight) < density).float()
    x = torch.randn(*shape, requires_grad=True)
    dy = torch.randn_like(dense(x))

    def both_ways(layer):
        parameters = [x, *layer.parameters()]

        def step():
            for p in parameters:
                p.grad = None
            layer(x).backward(dy)
        return step

    steps, unavailable = {}, {}
    for name, build in peers.items():
        if callable(build):
            try:
                steps[name] = both_ways(build(dense, density))
                warm_up(steps[name])
            except Exception as error:
                steps.pop(name, None)
                unavailable[name] = f"{type(error).__name__}: {error}"
        else:
            unavailable[name] = build
    rounds, answers = {name: [] for name in steps}, []
    for _ in range(options.rounds):
        for name, step in steps.items():
            rounds[name].append(median_seconds(step, options.seconds / 2))
        answers.append(ours.run("layer", *arguments, "--batch", batch, "--density", density,
                                "--threads", options.threads))
    medians = {name: statistics.median(times) for name, times in rounds.items()}
    mine = statistics.median(a["medianSeconds"] for a in answers) if None not in answers else None
    best = min(medians, key=medians.get)
    return {
        "kind": "layer", "layer": label, "batch": batch, "density": density, "threads": options.threads,
        "peers": {"best": best, "medianSeconds": medians, "rounds": rounds, "unavailable": unavailable},
        "tombola": {"medianSeconds": mine, "rounds": [a and a["medianSeconds"] for a in answers],
                    "ratio": mine and medians[best] / mine,
                    "quietRatio": mine and min(map(min, rounds.values())) / min(a["medianSeconds"] for a in answers),
                    "noisy": noisy(rounds[best], [a["medianSeconds"] for a in answers if a])},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", default=".build/release/tombola", help="the built command (%(default)s)")
    parser.add_argument("--peers-only", action="store_true", help="time the peers without us")
    parser.add_argument("--cases", default="quick", help="quick, fc, conv, tiny, layers, conv-layers, several with commas, or all (fc, tiny and layers)")
    parser.add_argument("--only", metavar="MODEL", help="leave out the steps of other models")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=None, help="per measurement (1, or 0.3 for quick)")
    parser.add_argument("--no-compile", action="store_true", help="leave out torch.compile, which takes up to a minute a network")
    parser.add_argument("--output", default=".build/peers.json", help="where the JSON goes (%(default)s)")
    options = parser.parse_args()
    cases = set(options.cases.split(","))
    if "all" in cases:
        cases |= {"fc", "tiny", "layers"}
    unknown = cases - {"quick", "fc", "conv", "tiny", "layers", "conv-layers", "all"}
    if unknown or options.rounds < 1 or options.threads < 1:
        parser.error(f"--cases knows no {', '.join(sorted(unknown))}" if unknown else "--rounds and --threads start at 1")
    options.seconds = options.seconds or (0.3 if cases == {"quick"} else 1.0)
    if not options.peers_only and not os.access(options.tombola, os.X_OK):
        sys.exit(f"no command at {options.tombola}: build it (swift build -c release), name it with --tombola, or pass --peers-only")
    steps = []
    if "fc" in cases or "quick" in cases:
        steps += [(case, {}) for case in (FC if "fc" in cases else QUICK)]
    if "conv" in cases:
        steps += [(case, {"convolutional": True}) for case in CONV]
    if "tiny" in cases or "quick" in cases:
        steps.append((TINY, {"classes": 1, "tiny": True}))
    if options.only and options.only not in [case[0] for case, _ in steps]:
        parser.error(f"--only {options.only}: these cases have {', '.join(dict.fromkeys(case[0] for case, _ in steps)) or 'no steps'}")
    warnings.filterwarnings("ignore")
    torch.set_flush_denormal(True)
    ours = Ours(None if options.peers_only else options.tombola)
    about = {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "processor": processor(),
        "threads": options.threads, "rounds": options.rounds, "secondsPerMeasurement": options.seconds,
        "python": platform.python_version(), "torch": torch.__version__,
        "sparseprop": version("sparseprop"), "sparselab": version("sparselab"),
    }
    print(f"{about['processor']}; PyTorch {about['torch']}, SparseProp {about['sparseprop'] or 'not installed'}, "
          f"SparseLab {about['sparselab'] or 'not installed'}, Python {about['python']}; "
          f"rounds: {options.rounds}, of {options.seconds:g} s a measurement", flush=True)
    results = [step_case(ours, options, case, **how) for case, how in steps if options.only in (None, case[0])]
    if "layers" in cases:
        peers = layer_classes()
        for name, build in peers.items():
            if not callable(build):
                say(f"{name} is unavailable: {build}")
        results += [linear_case(ours, options, peers, i, o, n, d) for i, o, n in LAYERS for d in LAYER_DENSITIES]
    if "conv-layers" in cases:
        peers = convolution_classes()
        for name, build in peers.items():
            if not callable(build):
                say(f"{name} is unavailable: {build}")
        results += [convolution_case(ours, options, peers, *layer, d)
                    for layer in CONV_LAYERS for d in CONV_LAYER_DENSITIES]
    tables(results)
    os.makedirs(os.path.dirname(os.path.abspath(options.output)), exist_ok=True)
    with open(options.output, "w") as file:
        json.dump({**about, "cases": results}, file, indent=1)
        file.write("\n")
    say(f"\nwrote {options.output}")


main()
