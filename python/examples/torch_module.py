#!/usr/bin/env python3
"""A module trained in PyTorch is pruned by Tombola, and goes on in PyTorch with the same outputs.

    pip install ./python torch onnx && python3 python/examples/torch_module.py

The module is built and named as torchvision builds a ResNet (conv1, bn1, layer1.0.conv1, layer2.0.downsample.0, fc), and a VGG
(features.0, classifier.0), only narrow; one of torchvision's own works in the same way.
"""
import argparse
import copy
import pathlib
import sys
import tempfile

import numpy

import tombola

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit("torch_module.py: skipped, torch is not installed")


class BasicBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, width: int = 8, classes: int = 10) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = nn.Sequential(BasicBlock(width, width))
        self.layer2 = nn.Sequential(BasicBlock(width, 2 * width, 2))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(2 * width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.layer2(self.layer1(self.relu(self.bn1(self.conv1(x)))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class VGG(nn.Module):
    def __init__(self, width: int = 8, classes: int = 10) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2),
            nn.Conv2d(width, 2 * width, 3, padding=1), nn.BatchNorm2d(2 * width), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2))
        self.classifier = nn.Sequential(nn.Linear(8 * width, 32), nn.ReLU(True), nn.Dropout(), nn.Linear(32, classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


def train(module: nn.Module, x: torch.Tensor, y: torch.Tensor, epochs: int) -> None:
    optimiser = torch.optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
    module.train()
    for _ in range(epochs):
        for places in torch.randperm(len(x)).split(64):
            optimiser.zero_grad()
            nn.functional.cross_entropy(module(x[places]), y[places]).backward()
            optimiser.step()
    module.eval()


def outputs(module: nn.Module, x: torch.Tensor) -> numpy.ndarray:
    module.eval()
    with torch.no_grad():
        return module(x).numpy()


def differ(a: numpy.ndarray, b: numpy.ndarray) -> float:
    """The largest difference, in parts of the largest number."""
    return float(abs(a - b).max() / abs(a).max())


def round_trip(module: nn.Module, name: str, out: pathlib.Path, epochs: int) -> None:
    digits = tombola.dataset("digits")
    mean, deviation = 0.3, 0.4  # what the module was trained with, of pixels from 0 to 1
    def inputs(x: numpy.ndarray) -> numpy.ndarray:
        return ((x.astype(numpy.float32) / 16 - mean) / deviation).astype(numpy.float32)
    x, x_test = torch.from_numpy(inputs(digits.x_train)), torch.from_numpy(inputs(digits.x_test))
    y, y_test = torch.from_numpy(digits.y_train).long(), digits.y_test
    train(module, x, y, epochs)
    before = (outputs(module, x_test).argmax(1) == y_test).mean()
    trained = copy.deepcopy(module)

    # Into Tombola with its weights: two rounds of pruning, each fine-tuned.
    model = tombola.to_onnx(module, (1, 8, 8), out / f"{name}.onnx")
    search = tombola.find(
        inputs(digits.x_train), digits.y_train, x_test=inputs(digits.x_test), y_test=y_test, model=model,
        normalisation="none", retraining="finetune", rounds=2, fraction=0.5, steps=f"{epochs}ep", batch=64, lr=0.05, seeds=1,
        out=out, progress=False)
    ticket = tombola.load(search.tickets[0, 2])

    # The search began with the module's own weights.
    first = tombola.from_torch(trained).weights
    dense = tombola.load(search.folder / "seed-0" / "dense.safetensors").start
    assert all(numpy.array_equal(first[key], dense[key]) for key in first), "the search began with other weights"

    # Back into PyTorch: the same outputs, and masks that stay.
    tombola.to_torch(module, ticket)
    here = tombola.Predictor(ticket).outputs(inputs(digits.x_test))
    distance = differ(outputs(module, x_test), here)
    assert distance < 1e-5, f"{name}: outputs differ by {distance}"
    after = (here.argmax(1) == y_test).mean()
    train(module, x, y, 1)
    state = tombola.from_torch(module)
    for key, mask in ticket.masks.items():
        assert not numpy.any(state.weights[key][~mask]), f"{key}: a pruned weight came back"

    # What PyTorch made of it is a ticket again.
    again = ticket.with_state(state, out / f"{name}-again.safetensors")
    back = differ(outputs(module, x_test), tombola.Predictor(again).outputs(inputs(digits.x_test)))
    assert back < 1e-5, f"{name}: outputs differ by {back}"
    print(f"{name}: {100 * before:.1f} % dense in PyTorch, {100 * after:.1f} % at {100 * ticket.density:.0f} % of the weights; "
          f"outputs of both differ by {distance:.1e}, after training on in PyTorch by {back:.1e} of the largest")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        for module, name in [(ResNet(), "resnet"), (VGG(), "vgg")]:
            round_trip(module, name, pathlib.Path(folder), options.epochs)


if __name__ == "__main__":
    main()
