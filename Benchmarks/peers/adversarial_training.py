"""Dense adversarial training (PGD-10, l-infinity) in PyTorch, beside `tombola boost`.

    python3 Benchmarks/peers/adversarial_training.py --data /usr/share/datasets/fashion-mnist --model conv-s:0.5 --lr 0.1

Prints, after every epoch, seconds of training so far, and accuracy on --held held-out samples: clean, FGSM and PGD-20. The
recipe is that of `tombola boost`: SGD, momentum 0.9, weight decay 1e-4, batch 128, warm-up from 0.1 of the rate over
--warmup epochs, times 0.1 after half and three quarters. Data are the IDX files of Fashion-MNIST, or the binary files of
CIFAR-10.
"""

import argparse
import gzip
import pathlib
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from models import make


def read(path):
    path = pathlib.Path(path)
    data = path.read_bytes() if path.exists() else pathlib.Path(f"{path}.gz").read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def load(folder):
    folder = pathlib.Path(folder)
    if any(folder.glob("data_batch_1.bin")):
        raw = b"".join(read(folder / f"data_batch_{i}.bin") for i in range(1, 6))
        rows = np.frombuffer(raw, np.uint8).reshape(-1, 3073)
        return rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0]
    images = np.frombuffer(read(folder / "train-images-idx3-ubyte"), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    return images, np.frombuffer(read(folder / "train-labels-idx1-ubyte"), np.uint8, offset=8)


def conv_s(channels, size, width):
    layers, inputs = [], channels
    for i, outputs in enumerate(round(width * n) for n in [16, 16, 32, 32]):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
        if i % 2:
            layers.append(nn.MaxPool2d(2))
        inputs = outputs
    hidden = round(width * 64)
    return nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(inputs * (size // 4) ** 2, hidden), nn.ReLU(), nn.Linear(hidden, 10))


class Normalised(nn.Module):
    """A network with the normalisation of its inputs, so that attacks see pixels."""

    def __init__(self, layers, mean, deviation):
        super().__init__()
        self.register_buffer("mean", mean.reshape(1, -1, 1, 1))
        self.register_buffer("deviation", deviation.reshape(1, -1, 1, 1))
        self.layers = layers

    def forward(self, x):
        return self.layers((x - self.mean) / self.deviation)


def attack(model, x, y, epsilon, step, steps, random_start):
    model.eval()
    p = (x + torch.empty_like(x).uniform_(-epsilon, epsilon)).clamp(0, 1) if random_start else x.clone()
    for _ in range(steps):
        p.requires_grad_(True)
        (g,) = torch.autograd.grad(F.cross_entropy(model(p), y), p)
        p = (p.detach() + step * g.sign()).clamp(x - epsilon, x + epsilon).clamp(0, 1)
    model.train()
    return p.detach()


def accuracy(model, x, y, epsilon=0.0, step=0.0, steps=0):
    right = 0
    for i in range(0, len(x), 128):
        a, b = x[i : i + 128], y[i : i + 128]
        p = attack(model, a, b, epsilon, step, steps, False) if steps else a
        model.eval()
        with torch.no_grad():
            right += (model(p).argmax(1) == b).sum().item()
        model.train()
    return 100 * right / len(x)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", default="conv-s:1", help="lenet-300-100, mlp:512,256 or conv-s:WIDTH")
    parser.add_argument("--samples", type=int, default=0)
    parser.add_argument("--held", type=int, default=512)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epsilon", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    images, labels = load(arguments.data)
    x, y = torch.tensor(images).float() / 255, torch.tensor(labels).long()
    held, rest = slice(0, arguments.held), slice(5000, 5000 + arguments.samples if arguments.samples else None)
    (hx, hy), (x, y) = (x[held], y[held]), (x[rest], y[rest])
    if arguments.model.startswith("conv-s:"):
        layers = conv_s(x.shape[1], x.shape[2], float(arguments.model.removeprefix("conv-s:")))
    else:
        layers = make(arguments.model, x.shape[1:])
    model = Normalised(layers, x.mean((0, 2, 3)), x.std((0, 2, 3)))
    optimizer = torch.optim.SGD(model.parameters(), arguments.lr, momentum=0.9, weight_decay=1e-4)
    per_epoch = (len(x) + 127) // 128
    total, warm, done, seconds = arguments.epochs * per_epoch, arguments.warmup * per_epoch, 0, 0.0
    epsilon = arguments.epsilon
    for epoch in range(arguments.epochs):
        order = torch.randperm(len(x))
        began = time.perf_counter()
        for i in range(0, len(x), 128):
            rate = arguments.lr * (0.1 + 0.9 * done / warm if done < warm else 1)
            rate *= 0.1 ** ((done >= total // 2) + (done >= total * 3 // 4))
            optimizer.param_groups[0]["lr"] = rate
            a, b = x[order[i : i + 128]], y[order[i : i + 128]]
            p = attack(model, a, b, epsilon, 2.5 * epsilon / arguments.steps, arguments.steps, True)
            optimizer.zero_grad()
            F.cross_entropy(model(p), b).backward()
            optimizer.step()
            done += 1
        seconds += time.perf_counter() - began
        print(
            f"epoch {epoch + 1}: {seconds:.1f} s, clean {accuracy(model, hx, hy):.1f},"
            f" FGSM {accuracy(model, hx, hy, epsilon, epsilon, 1):.1f},"
            f" PGD-20 {accuracy(model, hx, hy, epsilon, epsilon / 4, 20):.1f}", flush=True)


if __name__ == "__main__":
    main()
