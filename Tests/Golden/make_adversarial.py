#!/usr/bin/env python3
"""Writes adversarial.json: the losses of 20 steps of PGD-10 adversarial training of conv-s:0.5, by PyTorch in float64.

    pip install torch numpy
    python3 Tests/Golden/make_adversarial.py         # writes adversarial.json beside this script

Nothing but the losses is stored. With u of make_training.py, pixel i of sample n of class c = word(4, n) mod 10 is

    Float32(0.5 * u(7, 432 c + i) + 0.5 * u(3, 432 n + i))                      3 x 12 x 12, 500 samples

The rest are streams of docs/random-streams.md, drawn here by the reader of Tests/Outsider: the split (20 samples for
validation, split seed 4), initial weights (torch-uniform, seed 5), and, of the order seed 6, the order of the samples and the
random start of every attack: u of word 4 (432 index + pixel) of `attack/train/step N`, index being that in the split.

PGD: ten steps of epsilon / 4 = 0.0075 along the sign of the gradient, with the running statistics of batch norm, projected on
the ball of 0.03 and on the lowest to the highest pixel. The update: batch statistics, SGD with rate 0.02, momentum 0.9, decay
5e-4 on all parameters, batch 32. The networks see (pixel - mean) / deviation of the training split's channels.

Of nearly three million signs one that falls the other way moves the losses after it by about a hundredth, in PyTorch's own
float32 as well: at most of the rates and batches that were tried it does so. These are settings at which it does not.
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
sys.path.insert(0, os.path.join(HERE, "..", "Outsider"))
from make_attacks import uniform, word
from read_ticket import drawn, draws

SAMPLES, HELD, BATCH, STEPS, PIXELS = 500, 20, 32, 20, 432
EPSILON, STEP, ROUNDS = 0.03, 0.0075, 10
RATE, MOMENTUM, DECAY = 0.02, 0.9, 5e-4


def permutation(seed, name, count):
    order = list(range(count))
    for i, number in zip(range(count - 1, 0, -1), draws(seed, name, count - 1)):
        j = int(number) * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def noise(step, indices):
    """Uniform in -1 to 1, one number a pixel."""
    pairs = draws(6, f"attack/train/step {step}", 2 * SAMPLES * PIXELS)
    first = (pairs[::2] >> np.uint64(32)).astype(np.int64) >> 8
    return (first * 2.0**-23 - 1).reshape(SAMPLES, PIXELS)[indices]


class Network(nn.Module):
    """conv-s at half width."""

    def __init__(self, dtype):
        super().__init__()
        widths = [8, 8, 16, 16]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in zip([3] + widths, widths))
        self.norms = nn.ModuleList(nn.BatchNorm2d(w) for w in widths)
        self.linear = nn.ModuleList([nn.Linear(16 * 9, 32), nn.Linear(32, 10)])
        with torch.no_grad():
            for names, modules in ((("conv1", "conv2", "conv3", "conv4"), self.convolutions), (("fc1", "fc2"), self.linear)):
                for name, module in zip(names, modules):
                    fan = module.weight[0].numel()
                    for part, tensor in module.named_parameters():
                        values = drawn("torch-uniform", 5, name, part, tensor.shape, fan, 0).astype(np.float32)
                        tensor.copy_(torch.tensor(values.reshape(tensor.shape)))
        self.to(dtype)

    def forward(self, x):
        for i, (convolution, norm) in enumerate(zip(self.convolutions, self.norms)):
            x = F.relu(norm(convolution(x)))
            if i % 2 == 1:
                x = F.max_pool2d(x, 2)
        first, second = self.linear
        return second(F.relu(first(x.flatten(1))))


def train(dtype):
    labels = np.array([word(4, n) % 10 for n in range(SAMPLES)])
    base, own = uniform(7, 10 * PIXELS).reshape(10, PIXELS), uniform(3, SAMPLES * PIXELS).reshape(SAMPLES, PIXELS)
    pixels = (0.5 * base[labels] + 0.5 * own).astype(np.float32).astype(np.float64)
    low, high = pixels.min(), pixels.max()
    held = set(permutation(4, "validation-split", SAMPLES)[:HELD])
    kept = [n for n in range(SAMPLES) if n not in held]
    pixels, labels = pixels[kept], labels[kept]
    channels = pixels.reshape(len(kept), 3, -1)
    shape = (1, 3, 1, 1)
    mean = torch.tensor(channels.mean((0, 2)).astype(np.float32), dtype=dtype).reshape(shape)
    deviation = torch.tensor(channels.std((0, 2)).astype(np.float32), dtype=dtype).reshape(shape)

    network = Network(dtype)
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY, foreach=False)
    losses, perEpoch = [], len(kept) // BATCH
    assert len(kept) % BATCH == 0
    for step in range(STEPS):
        epoch, place = divmod(step, perEpoch)
        order = permutation(6, f"data-order/epoch {epoch}", len(kept))[place * BATCH:][:BATCH]
        clean = torch.tensor(pixels[order], dtype=dtype).reshape(-1, 3, 12, 12)
        label = torch.tensor(labels[order])
        start = torch.tensor(noise(step, order), dtype=dtype).reshape(clean.shape)

        def project(x):
            return torch.clamp(torch.minimum(torch.maximum(x, clean - EPSILON), clean + EPSILON), low, high)

        network.eval()
        x = project(clean + EPSILON * start)
        for _ in range(ROUNDS):
            x.requires_grad_(True)
            loss = F.cross_entropy(network((x - mean) / deviation), label, reduction="sum")
            x = project((x + STEP * torch.autograd.grad(loss, x)[0].sign()).detach())
        network.train()
        loss = F.cross_entropy(network((x - mean) / deviation), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def main():
    torch.use_deterministic_algorithms(True)
    exact, single = train(torch.float64), train(torch.float32)
    worst = max(abs(a - b) / abs(a) for a, b in zip(exact, single))
    print(f"loss {exact[0]:.4f} -> {exact[-1]:.4f}; float32 differs by {worst:.1e}", file=sys.stderr)
    made = {"script": "make_adversarial.py", "torch": torch.__version__.split("+")[0], "numpy": np.__version__,
            "python": platform.python_version()}
    with open(os.path.join(HERE, "adversarial.json"), "w") as file:
        json.dump({"made": made, "losses64": exact, "largestDifference32": worst}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
