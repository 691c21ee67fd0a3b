#!/usr/bin/env python3
"""Writes networks.json: parameter counts of convolutional networks, and their first training losses, by PyTorch.

    pip install torch numpy
    python3 Tests/Golden/make_networks.py            # writes networks.json beside this script

Initial weights, inputs and labels are not stored: they are functions of a stream and an index, see make_training.py.
Tensors are numbered t = 0, 1, 2 ... in the order in which the network's modules are made below; running statistics have
no number and start at 0 and 1.

    weight  = Float32((2 * u(100 + t, i) - 1) * sqrt(6 / fan_in))     [out, in] or [out, in, height, width], row-major
    bias    = Float32((2 * u(100 + t, i) - 1) * sqrt(1 / fan_in))
    scale   = Float32(0.5 + u(100 + t, i))                            of batch norm
    shift   = Float32((2 * u(100 + t, i) - 1) * 0.1)
    mask    = u(1000 + t, i) < density                                weights alone, and only if density < 1
    input   = 2 * u(k, i) - 1                                         batch of step k = 1, 2, ...
    label   = Int(u(50 + k, n) * 10)

SGD with momentum 0.9 and weight decay on everything that is trained. A masked run starts from weight * mask, masks the
gradient before and the weight after each step. The loss of step k is that of its batch before its update. `evaluation`
is the loss of the last batch after the last step, with running statistics.
"""
import json
import math
import os
import platform
import sys

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

from make_training import uniform

torch.set_num_threads(2)
torch.use_deterministic_algorithms(True)


class Paired(nn.Module):
    """Conv-2, 4, 6 and 8."""

    def __init__(self, pairs):
        super().__init__()
        self.convolutions, channels = nn.ModuleList(), 3
        for width in [64, 128, 256, 512][:pairs]:
            for _ in range(2):
                self.convolutions.append(nn.Conv2d(channels, width, 3, padding=1))
                channels = width
        side = 32 >> pairs
        sizes = [channels * side * side, 256, 256, 10]
        self.linear = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))

    def forward(self, x):
        for i, convolution in enumerate(self.convolutions):
            x = F.relu(convolution(x))
            if i % 2 == 1:
                x = F.max_pool2d(x, 2)
        x = x.flatten(1)
        for i, layer in enumerate(self.linear):
            x = layer(F.relu(x) if i else x)
        return x


class VGG(nn.Module):
    DEPTHS = {11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4]}

    def __init__(self, depth, normalised):
        super().__init__()
        layers, channels = [], 3
        for count, width in zip(self.DEPTHS[depth], [64, 128, 256, 512, 512]):
            for _ in range(count):
                layers.append(nn.Conv2d(channels, width, 3, padding=1))
                layers += [nn.BatchNorm2d(width)] if normalised else []
                layers.append(nn.ReLU())
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.layers = nn.Sequential(*layers)
        self.linear = nn.Linear(512, 10)

    def forward(self, x):
        return self.linear(self.layers(x).flatten(1))


def conv3(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)


class Block(nn.Module):
    """The shortcut's modules come first."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        self.conv1, self.bn1 = conv3(inputs, outputs, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = conv3(outputs, outputs), nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, widths, counts, width=1.0, inputs=3):
        super().__init__()
        widths = [max(1, math.floor(w * width + 0.5)) for w in widths]
        self.conv, self.bn, self.blocks, channels = conv3(inputs, widths[0]), nn.BatchNorm2d(widths[0]), nn.Sequential(), widths[0]
        for stage, (outputs, count) in enumerate(zip(widths, counts)):
            for i in range(count):
                self.blocks.append(Block(channels, outputs, 2 if stage > 0 and i == 0 else 1))
                channels = outputs
        self.linear = nn.Linear(channels, 10)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn(self.conv(x))))
        return self.linear(x.mean((2, 3)))


class WideBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.shortcut = None
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        self.conv1, self.bn2, self.conv2 = conv3(inputs, outputs, stride), nn.BatchNorm2d(outputs), conv3(outputs, outputs)

    def forward(self, x):
        y = F.relu(self.bn1(x))
        shortcut = x if self.shortcut is None else self.shortcut(y)
        return self.conv2(F.relu(self.bn2(self.conv1(y)))) + shortcut


class WideResNet(nn.Module):
    def __init__(self, depth, factor):
        super().__init__()
        self.conv, self.blocks, channels = conv3(3, 16), nn.Sequential(), 16
        for stage, outputs in enumerate([16 * factor, 32 * factor, 64 * factor]):
            for i in range((depth - 4) // 6):
                self.blocks.append(WideBlock(channels, outputs, 2 if stage > 0 and i == 0 else 1))
                channels = outputs
        self.bn, self.linear = nn.BatchNorm2d(channels), nn.Linear(channels, 10)

    def forward(self, x):
        x = F.relu(self.bn(self.blocks(self.conv(x))))
        return self.linear(x.mean((2, 3)))


class MobileNet(nn.Module):
    BLOCKS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]

    def __init__(self, width=1.0):
        super().__init__()
        scaled = lambda w: max(1, math.floor(w * width + 0.5))
        channels = scaled(32)
        layers = [conv3(3, channels), nn.BatchNorm2d(channels), nn.ReLU()]
        for outputs, stride in self.BLOCKS:
            outputs = scaled(outputs)
            layers += [nn.Conv2d(channels, channels, 3, stride, 1, groups=channels, bias=False),
                       nn.BatchNorm2d(channels), nn.ReLU(),
                       nn.Conv2d(channels, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
            channels = outputs
        self.layers, self.linear = nn.Sequential(*layers), nn.Linear(channels, 10)

    def forward(self, x):
        return self.linear(self.layers(x).mean((2, 3)))


def narrow(depth):
    return ResNet([16, 32, 64], [(depth - 2) // 6] * 3)


NETWORKS = {
    **{f"conv-{2 * n}": lambda n=n: Paired(n) for n in (1, 2, 3, 4)},
    **{f"vgg-{d}": lambda d=d: VGG(d, False) for d in VGG.DEPTHS},
    **{f"vgg-{d}-bn": lambda d=d: VGG(d, True) for d in VGG.DEPTHS},
    **{f"resnet-{d}": lambda d=d: narrow(d) for d in (20, 32, 44, 56, 110)},
    "resnet-18": lambda: ResNet([64, 128, 256, 512], [2, 2, 2, 2]),
    "resnet-34": lambda: ResNet([64, 128, 256, 512], [3, 4, 6, 3]),
    "wide-resnet-16-4": lambda: WideResNet(16, 4),
    "wide-resnet-28-10": lambda: WideResNet(28, 10),
    "mobilenet-v1": lambda: MobileNet(),
    "mobilenet-v1:0.25": lambda: MobileNet(0.25),
}


def fan_in(module):
    return module.weight[0].numel()


def fill(network):
    """Sets the initial weights; gives every trained tensor's number."""
    numbers, t = {}, 0
    for module in network.modules():
        if not isinstance(module, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)):
            continue
        for name, tensor in module.named_parameters(recurse=False):
            u = uniform(100 + t, tensor.numel())
            if isinstance(module, nn.BatchNorm2d):
                values = 0.5 + u if name == "weight" else (2 * u - 1) * 0.1
            else:
                values = (2 * u - 1) * math.sqrt((6 if name == "weight" else 1) / fan_in(module))
            with torch.no_grad():
                tensor.copy_(torch.tensor(values.astype(np.float32).reshape(tensor.shape)))
            numbers[tensor] = t
            t += 1
    return numbers


def train(name, batch, steps, lr, decay, density, dtype):
    network = NETWORKS[name]()
    numbers = fill(network)
    masks = {}
    if density < 1:
        masks = {p: torch.tensor((uniform(1000 + t, p.numel()) < density).reshape(p.shape)).to(dtype)
                 for p, t in numbers.items() if p.dim() > 1}
    network.to(dtype)
    with torch.no_grad():
        for p, m in masks.items():
            p.mul_(m)
    optimizer = torch.optim.SGD(network.parameters(), lr=lr, momentum=0.9, weight_decay=decay, foreach=False)
    losses = []
    for k in range(1, steps + 1):
        x = torch.tensor((2 * uniform(k, batch * 3072) - 1).reshape(batch, 3, 32, 32), dtype=dtype)
        label = torch.tensor((uniform(50 + k, batch) * 10).astype(np.int64))
        value = F.cross_entropy(network(x), label)
        optimizer.zero_grad()
        value.backward()
        for p, m in masks.items():
            p.grad.mul_(m)
        optimizer.step()
        with torch.no_grad():
            for p, m in masks.items():
                p.mul_(m)
        losses.append(value.item())
    network.eval()
    with torch.no_grad():
        return losses, F.cross_entropy(network(x), label).item()


def run(name, batch, lr, decay=1e-4, density=1, steps=10):
    arguments = (name, batch, steps, lr, decay, density)
    losses64, evaluation64 = train(*arguments, torch.float64)
    losses32, evaluation32 = train(*arguments, torch.float32)
    worst = max(abs(a - b) / abs(a) for a, b in zip(losses64 + [evaluation64], losses32 + [evaluation32]))
    print(f"{name:20s} loss {losses64[0]:.4f} -> {losses64[-1]:.4f}, evaluation {evaluation64:.4f}; "
          f"float32 differs by {worst:.1e}", file=sys.stderr)
    return {"model": name, "batch": batch, "rate": lr, "decay": decay, "density": density, "losses64": losses64,
            "evaluation64": evaluation64, "largestDifference32": worst}


def count(name):
    network = NETWORKS[name]()
    weights = sum(m.weight.numel() for m in network.modules() if isinstance(m, (nn.Conv2d, nn.Linear)))
    return {"model": name, "weights": weights, "parameters": sum(p.numel() for p in network.parameters())}


def lines(items):
    return "[\n" + ",\n".join(json.dumps(item, separators=(",", ":"), allow_nan=False) for item in items) + "\n]"


def main():
    made = {"script": "make_networks.py", "torch": torch.__version__.split("+")[0], "numpy": np.__version__,
            "python": platform.python_version()}
    counts = [count(name) for name in NETWORKS]
    runs = [
        run("conv-4", 20, 0.0005), run("vgg-11", 40, 0.0001), run("vgg-11-bn", 40, 0.0001), run("resnet-20", 20, 0.0005),
        run("resnet-20", 20, 0.001, density=0.2),
        run("mobilenet-v1:0.25", 20, 0.0001, steps=1), run("wide-resnet-16-4", 4, 0.002),
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks.json")
    text = f'{{"made":{json.dumps(made)},\n"counts":{lines(counts)},\n"runs":{lines(runs)}}}\n'
    json.loads(text)
    with open(path, "w") as file:
        file.write(text)
    print(f"{path}: {len(text)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
