#!/usr/bin/env python3
"""Writes spiral.json: the first 20 losses of twelve masked networks on the cubist spiral, computed by PyTorch.

    pip install torch numpy
    python3 Tests/Golden/make_spiral.py            # writes spiral.json beside this script

The points are those of Zhang & Papyan 2024 (arXiv:2407.04075), computed here in NumPy from the formulas of
Sources/Datasets/CubistSpiral.swift, in float64, rounded to float32 at the end. The network is 2-w-w-w-1 with ReLU and
biases. Step k = 0, 1, ... takes the 128 points (7919 * (128 k + i)) mod 49982 for i = 0 ... 127. SGD with learning rate
0.1, momentum 0.9 and weight decay 5e-4 lowers the mean binary cross-entropy with logits.

Weights and masks come from the generator of make_training.py, u(s, i):

    weight  = Float32((2 u(100 + t, i) - 1) / sqrt(fan_in)), bias likewise, tensors t = 0, 1, 2 ... in order
    mask    = u(mask stream + t, i) < density, weights only; a hidden bias is masked where no weight reads its unit
"""
import json
import os
import platform
import sys

import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_training import spread, uniform  # noqa: E402

torch.set_num_threads(1)
STEPS, BATCH = 20, 128


def points():
    angle = np.pi + np.arange(17) * np.pi / 4
    angle = angle + 1.6 / 8 * 2 * np.pi
    direction = np.stack([np.cos(angle), np.sin(angle)], 1)
    centre = (10 * angle + np.pi)[:, None] * direction
    paths = [centre + 15 * direction, centre - 15 * direction]
    least = np.minimum(*[p.min(0) for p in paths])
    result, labels = [], []
    for label, path in enumerate(p - least for p in paths):
        length = np.sqrt(((path[1:] - path[:-1]) ** 2).sum(1))
        for i, count in enumerate((length / length.sum() * 25000).astype(int)):
            t = (np.arange(count) / (count - 1))[:, None]
            result.append(t * path[i] + (1 - t) * path[i + 1])
            labels += [label] * count
    x = np.concatenate(result)
    x = (x - x.mean(0)) / x.std(0, ddof=1)
    return x.astype(np.float32), np.array(labels, np.float32)


def network(width, density, stream):
    sizes, parameters, masks = [2, width, width, width, 1], [], []
    for layer, (i, o) in enumerate(zip(sizes, sizes[1:])):
        parameters.append(spread(100 + 2 * layer, o * i, 1 / np.sqrt(i)).reshape(o, i))
        parameters.append(spread(101 + 2 * layer, o, 1 / np.sqrt(i)))
        masks.append((uniform(stream + 2 * layer, o * i) < density).reshape(o, i).astype(np.float64))
        masks.append(np.ones(o))
    for layer in range(3):
        masks[2 * layer + 1] = (masks[2 * layer + 2].sum(0) > 0).astype(np.float64)
    return parameters, masks


def losses(x, y, width, density, stream, dtype):
    values, masks = network(width, density, stream)
    masks = [torch.tensor(m, dtype=dtype) for m in masks]
    parameters = [torch.tensor(v, dtype=dtype) * m for v, m in zip(values, masks)]
    for p in parameters:
        p.requires_grad_(True)
    optimizer = torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=5e-4, foreach=False)
    result = []
    for step in range(STEPS):
        index = (7919 * (BATCH * step + np.arange(BATCH))) % len(x)
        a, target = torch.tensor(x[index], dtype=dtype), torch.tensor(y[index], dtype=dtype)
        for layer in range(4):
            a = F.linear(a, parameters[2 * layer], parameters[2 * layer + 1])
            a = a if layer == 3 else torch.relu(a)
        loss = F.binary_cross_entropy_with_logits(a[:, 0], target)
        optimizer.zero_grad()
        loss.backward()
        for p, m in zip(parameters, masks):
            p.grad.mul_(m)
        optimizer.step()
        with torch.no_grad():
            for p, m in zip(parameters, masks):
                p.mul_(m)
        result.append(loss.item())
    return result


def main():
    x, y = points()
    cases = []
    for width, density in [(3, 0.9), (3, 0.75), (7, 0.6), (16, 0.3)]:
        for draw in range(3):
            stream = 1000 + 100 * draw + width
            wide = losses(x, y, width, density, stream, torch.float64)
            narrow = losses(x, y, width, density, stream, torch.float32)
            cases.append({
                "width": width, "density": density, "maskStream": stream, "losses64": wide,
                "largestDifference32": max(abs(a - b) for a, b in zip(wide, narrow)),
            })
    document = {
        "made": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
        "rate": 0.1, "momentum": 0.9, "weightDecay": 5e-4, "batch": BATCH, "multiplier": 7919, "points": len(x),
        "cases": cases,
    }
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "spiral.json"), "w") as file:
        rows = ",\n".join(json.dumps(case, separators=(",", ":")) for case in document.pop("cases"))
        file.write(json.dumps(document, separators=(",", ":"))[:-1] + ',"cases":[\n' + rows + "\n]}\n")


if __name__ == "__main__":
    main()
