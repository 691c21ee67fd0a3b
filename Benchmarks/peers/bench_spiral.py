#!/usr/bin/env python3
"""Times a run of the spiral study (2-w-w-w-1, batch 128, 390 steps x 50 epochs) in PyTorch and here, side by side.

    pip install torch numpy
    python3 Benchmarks/peers/bench_spiral.py --tombola .build/release/tombola --width 3,8,16

Each is one process on one core, in alternating rounds; a figure is the median of the rounds, "quiet" the best of each.
PyTorch does what the paper's code does in a step: forward, binary cross-entropy with logits, backward, SGD with momentum
and weight decay, masks multiplied before and after, on batches that are in memory already and shuffled once an epoch. It
is timed over some epochs and its run is that rate times 19 500 steps; ours is timed over whole runs, with initial weights
and the evaluation of all 49 982 points.
"""
import argparse
import json
import statistics
import subprocess
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit("PyTorch is missing: pip install torch")

STEPS, BATCH, POINTS = 390, 128, 49982


def pytorch_step_seconds(width, epochs):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    x, y = torch.randn(POINTS, 2), (torch.rand(POINTS, 1) > 0.5).float()
    layers = [torch.nn.Linear(i, o) for i, o in zip([2, width, width, width], [width, width, width, 1])]
    weights = [layer.weight for layer in layers]
    masks = [torch.ones_like(w) for w in weights]
    parameters = [p for layer in layers for p in layer.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=5e-4)
    times = []
    for _ in range(epochs):
        start = time.perf_counter()
        order = torch.randperm(POINTS)
        for step in range(STEPS):
            index = order[step * BATCH:(step + 1) * BATCH]
            a, target = x[index], y[index]
            with torch.no_grad():
                for w, m in zip(weights, masks):
                    w.mul_(m)
            for i, layer in enumerate(layers):
                a = layer(a) if i == 3 else F.relu(layer(a))
            optimizer.zero_grad()
            F.binary_cross_entropy_with_logits(a, target).backward()
            optimizer.step()
            with torch.no_grad():
                for w, m in zip(weights, masks):
                    w.mul_(m)
        times.append((time.perf_counter() - start) / STEPS)
    return statistics.median(times)


def tombola_run_seconds(binary, width, seconds):
    out = subprocess.run([binary, "bench", "spiral", "--width", str(width), "--seconds", str(seconds), "--json"],
                         check=True, capture_output=True, text=True).stdout
    return json.loads(out)["rows"][0]["secondsPerRun"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tombola", default=".build/release/tombola")
    parser.add_argument("--width", default="3,8,16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=3, help="of PyTorch, in each round")
    parser.add_argument("--seconds", type=float, default=2, help="of our runs, in each round")
    options = parser.parse_args()
    print("| width | PyTorch, us a step | PyTorch, s a run | Tombola, us a step | Tombola, ms a run | ratio | quiet |")
    print("|---|---|---|---|---|---|---|")
    for width in map(int, options.width.split(",")):
        theirs, ours = [], []
        for _ in range(options.rounds):
            theirs.append(pytorch_step_seconds(width, options.epochs) * STEPS * 50)
            ours.append(tombola_run_seconds(options.tombola, width, options.seconds))
        a, b = statistics.median(theirs), statistics.median(ours)
        print(f"| {width} | {a / STEPS / 50 * 1e6:.0f} | {a:.2f} | {b / STEPS / 50 * 1e6:.3f} | {b * 1e3:.1f} "
              f"| {a / b:.0f}x | {min(theirs) / min(ours):.0f}x |", flush=True)


if __name__ == "__main__":
    main()
