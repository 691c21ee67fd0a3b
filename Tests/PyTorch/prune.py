#!/usr/bin/env python3
"""Finds a mask by iterative magnitude pruning with torch.nn.utils.prune, and writes it with the weights that training started from.

    python3 Tests/PyTorch/prune.py --output pruned.safetensors
    tombola import pruned.safetensors --model lenet-300-100 --data fashion-mnist --output ticket.safetensors
    tombola certify ticket.safetensors

Trains LeNet-300-100 on Fashion-MNIST (Debian's package dataset-fashion-mnist), prunes a share of the survivors of all layers by
magnitude after each training, rewinds them to their first values, and writes the state_dict: `weight_orig`, the start, and
`weight_mask`. `--widths 24 --data FILE` does the same on what `tombola data export FILE --ticket TICKET` wrote. Needs torch,
safetensors and numpy.
"""
import argparse
import gzip
import pathlib

import numpy
import safetensors.numpy
import safetensors.torch
import torch
from torch.nn.utils import prune


def idx(path):
    """The numbers of an IDX file."""
    data = gzip.open(path).read()
    sizes = numpy.frombuffer(data, ">i4", data[3], 4)
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3]).reshape(sizes)


def samples(place):
    """Normalised training samples and labels."""
    if place.suffix == ".safetensors":
        arrays = safetensors.numpy.load_file(place)
        x, y = arrays["train.samples"], arrays["train.labels"]
        x = x.reshape(len(x), -1) * arrays["multiplier"] + arrays["shift"]
    else:
        x = idx(place / "train-images-idx3-ubyte.gz").reshape(-1, 784) / numpy.float32(255)
        y = idx(place / "train-labels-idx1-ubyte.gz")
        x = (x - x.mean()) / x.std()
    return torch.from_numpy(x.astype(numpy.float32)), torch.from_numpy(y.astype(numpy.int64))


def network(widths):
    layers = []
    for a, b in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def train(net, x, y, options, seed):
    optimizer = torch.optim.SGD(net.parameters(), options.lr)
    order = torch.Generator().manual_seed(seed)
    for _ in range(options.epochs):
        for batch in torch.randperm(len(x), generator=order).split(options.batch):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
            optimizer.step()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("/usr/share/datasets/fashion-mnist"))
    parser.add_argument("--widths", type=int, nargs="+", default=[300, 100])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--fraction", type=float, default=0.2, help="of the survivors, in each round")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    x, y = samples(options.data)
    net = network([x.shape[1], *options.widths, int(y.max()) + 1])
    linear = [(layer, "weight") for layer in net if isinstance(layer, torch.nn.Linear)]
    start = {name: values.clone() for name, values in net.state_dict().items()}

    def rewind():
        with torch.no_grad():
            for name, values in net.state_dict().items():
                if not name.endswith("_mask"):
                    values.copy_(start[name.removesuffix("_orig")])

    for number in range(options.rounds):
        train(net, x, y, options, options.seed + number)
        prune.global_unstructured(linear, prune.L1Unstructured, amount=options.fraction)
        rewind()
        left = sum(int(layer.weight_mask.sum()) for layer, _ in linear)
        print(f"round {number + 1}: {left} of {sum(layer.weight.numel() for layer, _ in linear)} weights left", flush=True)
    safetensors.torch.save_file({name: values.contiguous() for name, values in net.state_dict().items()}, options.output)


if __name__ == "__main__":
    main()
