#!/usr/bin/env python3
"""Writes the ONNX files of this folder with PyTorch's exporters, and what ONNX Runtime computes with them.

    pip install torch onnx onnxruntime onnxscript numpy
    python3 Tests/Fixtures/onnx/make_networks.py

Every network is written by the exporter that traces (opset 13) or by the newer one (opset 18 or newer); outputs.json holds inputs
and outputs of two samples each. Weights are random, with batch norm's statistics moved away from 0 and 1.
"""
import json
import pathlib

import numpy
import onnxruntime
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent


def lenet_300_100():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 60), nn.ReLU(), nn.Linear(60, 20), nn.ReLU(), nn.Linear(20, 10))


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 5, padding=2), nn.Conv2d(6, 16, 5)
        self.fc1, self.fc2, self.fc3 = nn.Linear(144, 60), nn.Linear(60, 42), nn.Linear(42, 10)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = torch.max_pool2d(torch.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x)))))


def vgg11(width=3):
    layers, channels = [], 3
    for size in [1, "M", 2, "M", 4, 4, "M", 8, 8, "M", 8, 8, "M"]:
        if size == "M":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(channels, size * width, 3, padding=1), nn.BatchNorm2d(size * width), nn.ReLU()]
            channels = size * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(channels, 10))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.shortcut(x))


class ResNet20(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        blocks, inputs = [], width
        for stage, outputs in enumerate([width, 2 * width, 4 * width]):
            for place in range(3):
                blocks.append(Block(inputs, outputs, 2 if stage and not place else 1))
                inputs = outputs
        self.blocks, self.fc = nn.Sequential(*blocks), nn.Linear(inputs, 10)

    def forward(self, x):
        return self.fc(self.blocks(self.stem(x)).mean((2, 3)))


def mobilenet(width=4):
    def pair(inputs, outputs, stride):
        return [nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False), nn.BatchNorm2d(inputs), nn.ReLU(),
                nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
    layers, inputs = [nn.Conv2d(3, 2 * width, 3, 1, 1, bias=False), nn.BatchNorm2d(2 * width), nn.ReLU()], 2 * width
    for outputs, stride in [(4, 1), (8, 2), (8, 1), (16, 2), (16, 1), (24, 2)]:
        layers += pair(inputs, outputs * width, stride)
        inputs = outputs * width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


# Name, network, sample, how it is written.
NETWORKS = [
    ("lenet-300-100", lenet_300_100(), (1, 8, 8), dict(dynamo=False, opset_version=9)),
    ("lenet-300-100-new", lenet_300_100(), (1, 8, 8), dict(dynamo=True)),
    ("lenet-5", LeNet5(), (1, 20, 20), dict(dynamo=False, opset_version=11)),
    ("lenet-5-new", LeNet5(), (1, 20, 20), dict(dynamo=True)),
    ("vgg-11", vgg11(), (3, 32, 32), dict(dynamo=False, opset_version=13, training=True)),
    ("vgg-11-new", vgg11(2), (3, 32, 32), dict(dynamo=True)),
    ("resnet-20", ResNet20(), (3, 16, 16), dict(dynamo=False, opset_version=17)),
    ("resnet-20-new", ResNet20(), (3, 16, 16), dict(dynamo=True)),
    ("mobilenet", mobilenet(), (3, 16, 16), dict(dynamo=False, opset_version=13, training=True)),
    ("mobilenet-new", mobilenet(), (3, 16, 16), dict(dynamo=True)),
]


def prepare(network):
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.2, 0.2)
    return network.eval()


def write(name, network, shape, how):
    path, how = FOLDER / f"{name}.onnx", dict(how)
    keeps_norms = how.pop("training", False)
    example = (torch.randn(2, *shape),)
    if how["dynamo"]:
        how["dynamic_shapes"] = ({0: torch.export.Dim("batch")},)
        how["external_data"] = False
    else:
        how["dynamic_axes"] = {"input": {0: "batch"}, "output": {0: "batch"}}
        if keeps_norms:
            how.update(training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
    torch.onnx.export(prepare(network), example, str(path), input_names=["input"], output_names=["output"], **how)
    inputs = torch.randn(2, *shape).numpy()
    outputs = onnxruntime.InferenceSession(str(path)).run(None, {"input": inputs})[0]
    return {"shape": list(shape), "inputs": [[float(f"{v:.4g}") for v in x.ravel()] for x in inputs], "path": path}


def main():
    torch.manual_seed(0)
    record = {}
    for name, network, shape, how in NETWORKS:
        case = write(name, network, shape, how)
        # Inputs as they are written, in decimals: the outputs are theirs.
        inputs = numpy.array(case["inputs"], dtype=numpy.float32).reshape(2, *shape)
        session = onnxruntime.InferenceSession(str(case.pop("path")))
        case["outputs"] = session.run(None, {"input": inputs})[0].tolist()
        record[name] = case
    (FOLDER / "outputs.json").write_text(json.dumps(record, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
