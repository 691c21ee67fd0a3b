#!/usr/bin/env python3
"""Times a whole lottery-ticket search as OpenLTH runs it: its preset mnist_lenet_300_100, on Fashion-MNIST.

    pip install torch numpy
    python3 Benchmarks/peers/openlth_search.py --levels 16 --epochs 12

This restates the preset in plain PyTorch: SGD 0.1 without momentum, batch 128, Kaiming normal weights, biases as
nn.Linear draws them, images normalised with mean 0.1307 and deviation 0.3081, 20 % of the remaining weights pruned
globally by magnitude after each level with the output layer excluded, then back to the initial weights; masks multiplied
into the weights before every forward; the test set evaluated after each epoch. As in OpenLTH the number to prune counts
the excluded layer's weights, and one weight more goes.

It is generous to PyTorch: batches are rows of one tensor in memory, where OpenLTH decodes and normalises each image anew
in a DataLoader, and nothing is written to disk.
"""
import argparse
import gzip
import json
import math
import os
import struct
import sys
import time

try:
    import numpy as np
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError:
    sys.exit("PyTorch is missing: pip install torch numpy")

PRESET_LEVELS, PRESET_EPOCHS, BATCH = 16, 12, 128


def read_idx(path):
    with gzip.open(path) as file:
        data = file.read()
    dimensions = data[3]
    shape = struct.unpack(f">{dimensions}I", data[4:4 + 4 * dimensions])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def load(folder, part):
    try:
        images = read_idx(os.path.join(folder, f"{part}-images-idx3-ubyte.gz"))
        labels = read_idx(os.path.join(folder, f"{part}-labels-idx1-ubyte.gz"))
    except FileNotFoundError as error:
        sys.exit(f"{error.filename} is missing: name the folder of Fashion-MNIST's four .gz files with --data-dir")
    x = torch.from_numpy(images.astype(np.float32).reshape(len(images), -1) / 255)
    return (x - 0.1307) / 0.3081, torch.from_numpy(labels.astype(np.int64))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2, self.fc = nn.Linear(784, 300), nn.Linear(300, 100), nn.Linear(100, 10)
        for layer in (self.fc1, self.fc2, self.fc):
            nn.init.kaiming_normal_(layer.weight)
        self.masks = {name: torch.ones_like(p) for name, p in self.named_parameters() if p.dim() == 2}

    def forward(self, x):
        for name, p in self.named_parameters():
            if name in self.masks:
                p.data *= self.masks[name]
        return self.fc(F.relu(self.fc2(F.relu(self.fc1(x)))))

    def density(self):
        return sum(m.sum().item() for m in self.masks.values()) / sum(m.numel() for m in self.masks.values())


def pruned(model, fraction=0.2):
    """The masks of the next level."""
    count = math.ceil(fraction * sum(m.sum().item() for m in model.masks.values()))
    names = [name for name in model.masks if name != "fc.weight"]
    weights = dict(model.named_parameters())
    remaining = torch.cat([weights[n].detach()[model.masks[n] == 1].abs() for n in names])
    threshold = remaining.sort().values[count]
    masks = dict(model.masks)
    for n in names:
        masks[n] = model.masks[n] * (weights[n].detach().abs() > threshold).float()
    return masks


def accuracy(model, x, y):
    model.eval()
    with torch.no_grad():
        hits = sum((model(x[i:i + BATCH]).argmax(1) == y[i:i + BATCH]).sum().item() for i in range(0, len(x), BATCH))
    return 100 * hits / len(x)


class OutOfTime(Exception):
    pass


def train(model, data, epochs, seed, clock):
    x, y, test_x, test_y = data
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    result = None
    for epoch in range(epochs):
        start = time.perf_counter()
        order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed * 1000 + epoch))
        model.train()
        for i in range(0, len(x), BATCH):
            rows = order[i:i + BATCH]
            optimizer.zero_grad()
            F.cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()
        result = accuracy(model, test_x, test_y)
        clock["epochs"].append(time.perf_counter() - start)
        if clock["limit"] and time.perf_counter() - clock["start"] > clock["limit"]:
            raise OutOfTime
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--levels", type=int, default=PRESET_LEVELS, help="trainings, the dense one included (%(default)s)")
    parser.add_argument("--epochs", type=int, default=PRESET_EPOCHS, help="a level (%(default)s)")
    parser.add_argument("--limit-seconds", type=float, default=0, help="stop after the epoch that passes this, and extrapolate")
    parser.add_argument("--no-reinit", action="store_true", help="leave out the last ticket's re-initialised control")
    parser.add_argument("--data-dir", default="/usr/share/datasets/fashion-mnist")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", help="also write the results as JSON to this file")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = (*load(options.data_dir, "train"), *load(options.data_dir, "t10k"))

    torch.manual_seed(options.seed)
    model = LeNet()
    initial = {k: v.clone() for k, v in model.state_dict().items()}
    clock = {"start": time.perf_counter(), "limit": options.limit_seconds, "epochs": []}
    levels, reinitialised, complete = [], None, False
    print(f"PyTorch {torch.__version__}, {options.threads} threads, {options.levels} levels of {options.epochs} epochs\n")
    print("| level | density | test accuracy | seconds |\n|---|---|---|---|")
    try:
        for level in range(options.levels):
            start = time.perf_counter()
            if level > 0:
                model.masks = pruned(model)
                model.load_state_dict(initial)
            result = train(model, data, options.epochs, options.seed, clock)
            levels.append({"level": level, "density": model.density(), "testAccuracy": result,
                           "seconds": time.perf_counter() - start})
            print(f"| {level} | {100 * model.density():.2f} % | {result:.2f} % | {levels[-1]['seconds']:.1f} |", flush=True)
        complete = True
    except OutOfTime:
        pass
    search = time.perf_counter() - clock["start"]
    search_epochs = len(clock["epochs"])
    if complete and not options.no_reinit and options.levels > 1:
        try:
            masks = model.masks
            torch.manual_seed(options.seed + 1)
            model = LeNet()
            model.masks = masks
            reinitialised = train(model, data, options.epochs, options.seed, clock)
            print(f"| {options.levels - 1}, re-initialised | {100 * model.density():.2f} % | {reinitialised:.2f} % | |")
        except OutOfTime:
            pass
    per_epoch = sorted(clock["epochs"])[len(clock["epochs"]) // 2]
    preset = per_epoch * PRESET_LEVELS * PRESET_EPOCHS
    print(f"\n{search_epochs} epochs of the search took {search:.1f} s; {per_epoch:.2f} s an epoch (median); "
          + ("" if complete else f"{options.levels} levels of {options.epochs} epochs would take "
                                 f"{per_epoch * options.levels * options.epochs:.0f} s; ")
          + f"the preset's {PRESET_LEVELS} levels of {PRESET_EPOCHS} would take {preset:.0f} s")
    if complete and reinitialised is not None:
        print(f"final test accuracy at {100 * levels[-1]['density']:.2f} %: ticket {levels[-1]['testAccuracy']:.2f} %, "
              f"re-initialised {reinitialised:.2f} %")
    if options.output:
        with open(options.output, "w") as file:
            json.dump({"torch": torch.__version__, "threads": options.threads, "seed": options.seed,
                       "epochs": options.epochs, "complete": complete, "levels": levels,
                       "reinitialisedAccuracy": reinitialised, "searchSeconds": search, "secondsPerEpoch": per_epoch,
                       "presetSeconds": preset}, file, indent=1)
            file.write("\n")


main()
