#!/usr/bin/env python3
"""Writes detector.json: ten steps of a small detector with all kinds of losses, by PyTorch in float64.

    pip install torch numpy
    python3 Tests/Golden/make_detector.py         # writes detector.json beside this script

The network is `ToyDetector` of Tests/TestSupport on 3x12x12: a convolution with batch norm and rectifier, a pool, a grid head of
6x6 places (presence, three classes, four sides of boxes), a head of two masks on the upsampled pool, and a heat-map on the
rectifier. Weights are those of make_networks.py (`fill`), sample after sample of step s = 1, 2, ... is spread(s, ., 1) of
make_training.py, and the targets come from its u(500 + s, output i of sample n: n * 720 + i), in float32 where they are not whole:

    presence   -1 (ignored) below 0.05, 1 below 0.2, else 0; every fifth sample has no 1
    classes    1 for the class (place + n) mod 3
    boxes      0.25 + 2.5 u
    masks      1 below 0.3, else 0; channel 1 of all samples but every third is empty
    heat-map   1 below 0.03, else 0.9 u^2

The losses are written here as the papers have them, with PyTorch's functions and its automatic derivatives, from the words of
`OutputLoss`. SGD with rate 0.02, momentum 0.9, decay 5e-4 on all parameters, batch 16; one run for each loss of boxes.
"""
import json
import os
import platform
import sys

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from make_networks import fill
from make_training import spread, uniform

BATCH, STEPS, SIDE, CELLS, CLASSES, OUTPUTS = 16, 10, 12, 6, 3, 720
RATE, MOMENTUM, DECAY = 0.02, 0.9, 5e-4


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(5)
        self.grid = nn.Conv2d(5, 1 + CLASSES + 4, 1)
        self.masks = nn.Conv2d(5, 2, 3, padding=1)
        self.heat = nn.Conv2d(5, 1, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.norm(self.conv(x)))
        small = F.max_pool2d(x, 2)
        masks = self.masks(F.interpolate(small, scale_factor=2, mode="nearest"))
        return torch.cat([part.flatten(1) for part in (self.grid(small), masks, self.heat(x))], 1)


def targets(step):
    u = uniform(500 + step, BATCH * OUTPUTS).reshape(BATCH, OUTPUTS)
    n, cells, places = np.arange(BATCH)[:, None], CELLS * CELLS, SIDE * SIDE
    made = np.zeros((BATCH, OUTPUTS))
    has = (n % 5 != 3)
    presence, boxes = u[:, :cells], u[:, 4 * cells:8 * cells]
    made[:, :cells] = np.where(presence < 0.05, -1, np.where((presence < 0.2) & has, 1, 0))
    for c in range(CLASSES):
        made[:, (1 + c) * cells:(2 + c) * cells] = (np.arange(cells)[None] + n) % CLASSES == c
    made[:, 4 * cells:8 * cells] = (0.25 + 2.5 * boxes).astype(np.float32)
    masks, heat = u[:, 8 * cells:8 * cells + 2 * places], u[:, 8 * cells + 2 * places:]
    filled = np.concatenate([np.ones((BATCH, places), bool), np.broadcast_to(n % 3 == 0, (BATCH, places))], 1)
    made[:, 8 * cells:8 * cells + 2 * places] = (masks < 0.3) & filled
    made[:, 8 * cells + 2 * places:] = np.where(heat < 0.03, 1, (0.9 * heat * heat).astype(np.float32))
    return torch.tensor(made)


def entropy(z, t, focus):
    """Summed over the sample's targets that count, by those that are 1."""
    t, counts = t.clamp(min=0), t >= 0
    loss = F.binary_cross_entropy_with_logits(z, t, reduction="none") * (z.sigmoid() - t).abs() ** focus
    return (loss * counts).sum() / max(1, int((t == 1).sum()))


def overlap(s, t):
    def area(box):
        return (box[0] + box[2]) * (box[1] + box[3])
    shared = area(torch.minimum(s, t))
    return 1 - shared / (area(s) + area(t) - shared)


def loss_of_sample(z, t, boxes):
    """Of one sample: [output]."""
    cells, places = CELLS * CELLS, SIDE * SIDE
    total = entropy(z[:cells], t[:cells], 0)
    at = torch.nonzero(t[:cells] == 1).flatten()
    if len(at):
        logits, classes = (x[cells:4 * cells].reshape(CLASSES, cells)[:, at] for x in (z, t))
        total = total + 0.5 * F.cross_entropy(logits.T, classes.argmax(0))
        sides = F.softplus(z[4 * cells:8 * cells].reshape(4, cells)[:, at])
        truth = t[4 * cells:8 * cells].reshape(4, cells)[:, at]
        each = overlap(sides, truth) if boxes == "iou" else (sides - truth).abs().mean(0)
        total = total + 2 * each.mean()
    masks, truth = (x[8 * cells:8 * cells + 2 * places].reshape(2, places) for x in (z, t))
    part = F.binary_cross_entropy_with_logits(masks, truth)
    p, filled = masks.sigmoid(), (truth > 0.5).any(1)
    dice = 1 - (2 * (p * truth).sum(1) + 1) / (p.sum(1) + truth.sum(1) + 1)
    if filled.any():
        part = part + dice[filled].mean()
    return total + 1.5 * part + 3 * entropy(z[8 * cells + 2 * places:], t[8 * cells + 2 * places:], 2)


def train(boxes, dtype):
    network = Detector()
    fill(network)
    network.to(dtype)
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY, foreach=False)
    losses = []
    for step in range(1, STEPS + 1):
        x = torch.tensor(spread(step, BATCH * 3 * SIDE * SIDE, 1)).reshape(BATCH, 3, SIDE, SIDE).to(dtype)
        z, t = network(x), targets(step).to(dtype)
        loss = sum(loss_of_sample(z[n], t[n], boxes) for n in range(BATCH)) / BATCH
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    last = [value for tensor in network.parameters() for value in tensor.detach().flatten().tolist()]
    running = [value for tensor in (network.norm.running_mean, network.norm.running_var) for value in tensor.tolist()]
    return losses, last, running


def main():
    torch.use_deterministic_algorithms(True)
    runs = []
    for boxes in ("iou", "l1"):
        losses, last, running = train(boxes, torch.float64)
        single = train(boxes, torch.float32)
        worst = max(abs(a - b) / abs(a) for a, b in zip(losses, single[0]))
        scale = max(map(abs, last))
        weights = max(abs(a - b) for a, b in zip(last, single[1])) / scale
        print(f"{boxes}: loss {losses[0]:.4f} -> {losses[-1]:.4f}; float32 differs by {worst:.1e}, weights by {weights:.1e}",
              file=sys.stderr)
        runs.append({"boxes": boxes, "losses64": losses, "parameters64": last, "running64": running,
                     "largestDifference32": worst})
    made = {"script": "make_detector.py", "torch": torch.__version__.split("+")[0], "numpy": np.__version__,
            "python": platform.python_version()}
    with open(os.path.join(HERE, "detector.json"), "w") as file:
        json.dump({"made": made, "rate": RATE, "decay": DECAY, "batch": BATCH, "runs": runs}, file, indent=0)
        file.write("\n")


if __name__ == "__main__":
    main()
