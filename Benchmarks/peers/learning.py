#!/usr/bin/env python3
"""Dense training in PyTorch by the recipe of a `tombola find`: does a network learn as much there?

    python3 Benchmarks/peers/learning.py --data cifar-10-batches-bin --model resnet-20 --lr 0.1 --batch 128 --epochs 5
    tombola find --data cifar-10 --model resnet-20 --batch 128 --lr 0.1 --steps 5ep --set momentum=0.9 \\
      weight-decay=0.0001 schedule=cosine training-samples=10000

SGD with momentum 0.9 and weight decay 1e-4 on everything that is trained, a cosine from --lr to 0 by steps, weights
N(0, 2 / fan-in), biases 0, channels normalised by the mean and deviation of the training images, no augmentation. Prints
the test accuracy of every seed at the end of training, and their mean with half of its 95 % interval.
"""

import argparse
import math
import pathlib
import statistics
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from models import make

STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}


def load(folder):
    def rows(names):
        raw = b"".join((pathlib.Path(folder) / name).read_bytes() for name in names)
        return np.frombuffer(raw, np.uint8).reshape(-1, 3073)

    def split(data):
        return torch.tensor(data[:, 1:].reshape(-1, 3, 32, 32) / np.float32(255)), torch.tensor(data[:, 0].astype(int))

    return *split(rows(f"data_batch_{i}.bin" for i in range(1, 6))), *split(rows(["test_batch.bin"]))


def start(network):
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.normal_(module.weight, 0, math.sqrt(2 / module.weight[0].numel()))
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def train(args, images, labels, test_images, test_labels, seed):
    torch.manual_seed(seed)
    chosen = torch.randperm(len(images))[:args.samples]
    images, labels = images[chosen], labels[chosen]
    mean, deviation = images.mean((0, 2, 3), keepdim=True), images.std((0, 2, 3), keepdim=True)
    images, test_images = (images - mean) / deviation, (test_images - mean) / deviation
    network = make(args.model, (3, 32, 32))
    start(network)
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(network.parameters(), lr=args.lr, momentum=0.9, weight_decay=1e-4)
    per_epoch = -(-len(images) // args.batch)
    total, step = per_epoch * args.epochs, 0
    for _ in range(args.epochs):
        for chunk in torch.randperm(len(images)).split(args.batch):
            for group in optimizer.param_groups:
                group["lr"] = args.lr * 0.5 * (1 + math.cos(math.pi * step / total))
            loss = F.cross_entropy(network(images[chunk].contiguous(memory_format=torch.channels_last)), labels[chunk])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    network.eval()
    with torch.no_grad():
        right = sum((network(x).argmax(1) == y).sum().item() for x, y in zip(test_images.split(500), test_labels.split(500)))
    return 100 * right / len(test_labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder with the binary files of CIFAR-10")
    parser.add_argument("--model", default="resnet-20")
    parser.add_argument("--samples", type=int, default=10000)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    data, found = load(args.data), []
    for seed in range(args.seeds):
        began = time.time()
        found.append(train(args, *data, seed))
        print(f"seed {seed}: {found[-1]:.2f} %, {time.time() - began:.0f} s", flush=True)
    half = STUDENT.get(len(found), 1.96) * statistics.stdev(found) / math.sqrt(len(found)) if len(found) > 1 else 0
    print(f"{args.model}: {statistics.mean(found):.2f} ± {half:.2f} %")


if __name__ == "__main__":
    main()
