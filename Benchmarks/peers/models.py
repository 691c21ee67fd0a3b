"""The networks of our catalogue as PyTorch users write them; masks do not change what PyTorch computes."""
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    """The basic residual block; a shortcut that changes shape is a strided 1x1 convolution with batch norm."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.shortcut(x))


def mlp(inputs, hidden, classes=10):
    layers, width = [nn.Flatten()], inputs
    for h in hidden:
        layers += [nn.Linear(width, h), nn.ReLU()]
        width = h
    return nn.Sequential(*layers, nn.Linear(width, classes))


def resnet(widths, blocks):
    layers, width = [nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()], widths[0]
    for stage, w in enumerate(widths):
        for b in range(blocks):
            layers.append(Block(width, w, 2 if stage > 0 and b == 0 else 1))
            width = w
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


def paired(*widths, hidden=256):
    """Conv-4 and Conv-6: pairs of convolutions, then three linear layers."""
    layers, width = [], 3
    for w in widths:
        layers += [nn.Conv2d(width, w, 3, 1, 1), nn.ReLU(), nn.Conv2d(w, w, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(2)]
        width = w
    layers += [nn.Flatten(), nn.Linear(width * (32 >> len(widths)) ** 2, hidden), nn.ReLU()]
    layers += [nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 10)]
    return nn.Sequential(*layers)


def vgg16():
    layers, width = [], 3
    for w in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if w == 0:
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(width, w, 3, 1, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU()]
            width = w
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10))


def make(name, shape, classes=10):
    """A network by its name in `tombola`, for inputs of `shape` (channels, height, width)."""
    if name.startswith("mlp:"):
        return mlp(shape[0] * shape[1] * shape[2], [int(w) for w in name[4:].split(",")], classes)
    return {
        "lenet-300-100": lambda: mlp(784, (300, 100)), "conv-4": lambda: paired(64, 128),
        "conv-4:0.5": lambda: paired(32, 64, hidden=128),
        "conv-6": lambda: paired(64, 128, 256), "vgg-16-bn": vgg16,
        "resnet-20": lambda: resnet((16, 32, 64), 3), "resnet-18": lambda: resnet((64, 128, 256, 512), 2),
    }[name]()
