#!/usr/bin/env python3
"""Writes masks.json: the weights that gradient criteria keep at initialisation, by PyTorch's autograd in float64.

    pip install torch numpy
    python3 Tests/Golden/make_masks.py            # writes masks.json beside this script

Scores are written from the papers' formulas; second derivatives are PyTorch's double backward. With w the initial
weights, m the mask so far, L the mean cross-entropy over all samples, and all gradients at w m:

    snip            |w g|, g = dL/dw                                           Lee et al. 2019, arXiv:1810.02340
    iterative-snip  the same in two passes, each on what the pass before left  de Jorge et al. 2021, arXiv:2006.09081
    force           the same, pruned weights scored too: they may come back    de Jorge et al. 2021
    grasp           w (H g) of L with outputs / 200, of weights alone; the highest stay    Wang et al. 2020, arXiv:2002.07376
    prospr          |w dL/dw| of L after three steps of descent at rate 0.1 of all that is trained from w
                                                                               Alizadeh et al. 2022, arXiv:2202.08132
    synflow         |w dR/dw| in two passes, R the sum of the outputs for an input of ones in the network of absolute
                    weights and scales, with biases and shifts 0               Tanaka et al. 2020, arXiv:2006.05467

Of N weights N - round((1 - density) N) stay, over all layers together; after the first of two passes the density is the
square root. Batch norm takes the statistics of the samples, in synflow running ones (0 and 1).

Initial weights are those of make_networks.py. Sample n has the label n mod 10 and the pixels 2 u(1, i) - 1 in float32,
which are then standardised: x m + s, rounded to float32, with m = 1 / deviation and s = -mean / deviation, in float32 too.

A mask is the base64 of a byte string: kept weights in ascending order, counted over all weight tensors in the order of
the network; each as the weights skipped since the one before, where a byte of 255 says 255 skipped and none kept.
"""
import base64
import json
import math
import os
import platform
import sys

import numpy as np
import torch
from torch import nn
from torch.func import functional_call
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from make_networks import fill  # noqa: E402
from make_training import uniform  # noqa: E402

SAMPLES, CLASSES, DENSITIES = 100, 10, [0.1, 0.05, 0.01]


def lenet(side):
    return nn.Sequential(nn.Flatten(), nn.Linear(side * side, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(),
                         nn.Linear(100, CLASSES))


def small_convolutions(side):
    layers, channels = [], 1
    for i, outputs in enumerate([8, 8, 16, 16]):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        layers += [nn.MaxPool2d(2)] if i % 2 == 1 else []
        channels = outputs
    features = channels * (side // 4) ** 2
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(features, 32), nn.ReLU(), nn.Linear(32, CLASSES))


NETWORKS = [("lenet-300-100", lenet, 14), ("conv-s:0.5", small_convolutions, 28)]


def samples(side):
    x = (2 * uniform(1, SAMPLES * side * side) - 1).astype(np.float32).astype(np.float64)
    mean, deviation = np.float64(np.float32(x.mean())), np.float64(np.float32(x.std()))
    x = (x * np.float64(np.float32(1 / deviation)) + np.float64(np.float32(-mean / deviation))).astype(np.float32)
    return torch.tensor(x.astype(np.float64).reshape(SAMPLES, 1, side, side)), torch.arange(SAMPLES) % CLASSES


class Scorer:
    def __init__(self, network, side):
        fill(network)
        self.network = network.double()
        self.x, self.labels = samples(side)
        self.start = {name: p.detach().clone() for name, p in network.named_parameters()}
        self.names = [name for name, p in self.start.items() if p.dim() > 1]
        self.count = sum(self.start[name].numel() for name in self.names)

    def flat(self, tensors):
        return torch.cat([t.reshape(-1) for t in tensors])

    @property
    def weights(self):
        return self.flat(self.start[name] for name in self.names)

    def masked(self, mask):
        """All parameters, those that the mask prunes zero, as leaves."""
        result, offset = {}, 0
        for name, p in self.start.items():
            if name in self.names:
                p = p * mask[offset:offset + p.numel()].reshape(p.shape)
                offset += p.numel()
            result[name] = p.clone().requires_grad_(True)
        return result

    def loss(self, parameters, temperature=1):
        self.network.train()
        return F.cross_entropy(functional_call(self.network, parameters, self.x) / temperature, self.labels)

    def gradient(self, loss, parameters, **options):
        return torch.autograd.grad(loss, [parameters[name] for name in self.names], **options)

    def snip(self, mask):
        parameters = self.masked(mask)
        return (self.weights * self.flat(self.gradient(self.loss(parameters), parameters))).abs()

    def grasp(self, mask):
        parameters = self.masked(mask)
        g = self.flat(self.gradient(self.loss(parameters, 200), parameters, create_graph=True))
        return self.weights * self.flat(self.gradient((g * g.detach()).sum(), parameters))

    def prospr(self, mask):
        start = self.masked(mask)
        parameters = dict(start)
        for _ in range(3):
            gradients = torch.autograd.grad(self.loss(parameters), list(parameters.values()), create_graph=True)
            parameters = {name: p - 0.1 * g for (name, p), g in zip(parameters.items(), gradients)}
        return (self.weights * self.flat(self.gradient(self.loss(parameters), start))).abs()

    def synflow(self, mask):
        self.network.eval()
        parameters = {name: p.detach().abs() for name, p in self.masked(mask).items()}
        for name in parameters:
            parameters[name] = torch.zeros_like(parameters[name]) if name.endswith("bias") else parameters[name]
            parameters[name].requires_grad_(True)
        # Buffers are fresh ones: the passes in training mode have moved the network's own.
        for name, buffer in self.network.named_buffers():
            if name.endswith("running_mean") or name.endswith("running_var"):
                parameters[name] = torch.full_like(buffer, float(name.endswith("running_var")))
        output = functional_call(self.network, parameters, torch.ones_like(self.x[:1])).sum()
        return (self.flat(parameters[name] for name in self.names) * self.flat(self.gradient(output, parameters))).abs()

    def keep(self, score, density, passes=1, regrows=False):
        mask = torch.ones(self.count, dtype=torch.float64)
        for k in range(1, passes + 1):
            scores = score(mask).detach()
            if not regrows:
                scores = torch.where(mask > 0, scores, -math.inf)
            removed = math.floor((1 - density ** (k / passes)) * self.count + 0.5)
            order = torch.sort(scores, descending=True, stable=True).indices
            mask = torch.zeros_like(mask)
            mask[order[:self.count - removed]] = 1
        return np.flatnonzero(mask.numpy())


def packed(kept):
    result, before = bytearray(), -1
    for place in kept:
        skipped, before = int(place) - before - 1, int(place)
        result += bytes([255]) * (skipped // 255) + bytes([skipped % 255])
    return base64.b64encode(bytes(result)).decode()


def run(model, network, side):
    scorer = Scorer(network(side), side)
    criteria = [("snip", scorer.snip, 1, False), ("iterative-snip", scorer.snip, 2, False),
                ("force", scorer.snip, 2, True), ("grasp", scorer.grasp, 1, False),
                ("prospr", scorer.prospr, 1, False), ("synflow", scorer.synflow, 2, False)]
    masks = []
    for name, score, passes, regrows in criteria:
        for density in DENSITIES:
            kept = scorer.keep(score, density, passes, regrows)
            masks.append({"criterion": name, "passes": passes, "density": density, "kept": len(kept),
                          "gaps": packed(kept)})
            print(f"{model:14s} {name:15s} {density:5.0%}: {len(kept)} of {scorer.count}", file=sys.stderr)
    return {"model": model, "side": side, "samples": SAMPLES, "weights": scorer.count, "masks": masks}


def main():
    made = {"script": "make_masks.py", "torch": torch.__version__.split("+")[0], "numpy": np.__version__,
            "python": platform.python_version()}
    networks = [run(*network) for network in NETWORKS]
    lines = []
    for network in networks:
        masks = ",\n".join(json.dumps(mask, separators=(",", ":")) for mask in network.pop("masks"))
        lines.append(json.dumps(network)[:-1] + f', "masks":[\n{masks}\n]}}')
    text = f'{{"made":{json.dumps(made)},\n"networks":[\n' + ",\n".join(lines) + "\n]}\n"
    json.loads(text)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "masks.json")
    with open(path, "w") as file:
        file.write(text)
    print(f"{path}: {len(text)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
