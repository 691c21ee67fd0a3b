"""Writes attacks.json: perturbed samples of small fixed networks in float64, as FGSM and PGD of PyTorch make them.

Run from the root of the repository: python3 Tests/Golden/make_attacks.py
"""

import json
import sys

import numpy as np
import torch
import torch.nn.functional as F

MASK = 0xFFFFFFFF
MEAN, DEVIATION = 0.5, 0.3


def word(stream, index):
    z = (index + stream * 0x9E3779B9) & MASK
    z ^= z >> 16
    z = (z * 0x7FEB352D) & MASK
    z ^= z >> 15
    z = (z * 0x846CA68B) & MASK
    return z ^ z >> 16


def uniform(stream, count):
    return np.array([(word(stream, i) >> 8) * 2.0**-24 for i in range(count)])


def spread(stream, shape, bound):
    count = int(np.prod(shape))
    values = ((2 * uniform(stream, count) - 1) * bound).astype(np.float32).astype(np.float64)
    return torch.tensor(values).reshape(shape)


def perceptron(x, parameters):
    w1, b1, w2, b2 = parameters
    z = (x - MEAN) / DEVIATION
    return F.relu(z.flatten(1) @ w1.T + b1) @ w2.T + b2


def convolutional(x, parameters):
    w1, b1, w2, b2 = parameters
    z = (x - MEAN) / DEVIATION
    h = F.max_pool2d(F.relu(F.conv2d(z, w1, b1, padding=1)), 2)
    return h.flatten(1) @ w2.T + b2


NETWORKS = {
    "perceptron": (perceptron, (1, 3, 4), [((17, 12), 0.4), ((17,), 0.2), ((5, 17), 0.5), ((5,), 0.2)]),
    "convolutional": (convolutional, (2, 4, 6), [((3, 2, 3, 3), 0.4), ((3,), 0.2), ((4, 18), 0.5), ((4,), 0.2)]),
}


def gradient(network, parameters, x, labels, smallest):
    x = x.clone().requires_grad_(True)
    F.cross_entropy(network(x, parameters), labels, reduction="sum").backward()
    smallest.append(float(x.grad.abs()[x.grad != 0].min() / x.grad.abs().max()))
    return x.grad


def project(x, clean, ball, epsilon):
    if ball == "linf":
        x = torch.clamp(x, clean - epsilon, clean + epsilon)
    else:
        d = x - clean
        length = d.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)
        x = clean + d * torch.clamp(epsilon / length.clamp_min(1e-300), max=1)
    return torch.clamp(x, 0, 1)


def attack(network, parameters, clean, labels, ball, epsilon, step, steps, smallest):
    x = clean.clone()
    for _ in range(steps):
        g = gradient(network, parameters, x, labels, smallest)
        if ball == "linf":
            x = x + step * g.sign()
        else:
            x = x + step * g / g.flatten(1).norm(dim=1).reshape(-1, 1, 1, 1)
        x = project(x, clean, ball, epsilon)
    return x


def main():
    cases = []
    for name, (network, shape, tensors) in NETWORKS.items():
        parameters = [spread(10 + i, s, bound) for i, (s, bound) in enumerate(tensors)]
        count = 9
        clean = torch.tensor(uniform(3, count * int(np.prod(shape))).astype(np.float32).astype(np.float64))
        clean = clean.reshape(count, *shape)
        classes = tensors[-1][0][0]
        labels = torch.tensor([word(4, i) % classes for i in range(count)])
        smallest = []
        for ball, epsilon in (("linf", 0.1), ("l2", 0.5)):
            for kind, step, steps in (("fgsm", epsilon, 1), ("pgd", 0.25 * epsilon, 10)):
                x = attack(network, parameters, clean, labels, ball, epsilon, step, steps, smallest)
                cases.append(
                    {
                        "network": name,
                        "attack": kind,
                        "ball": ball,
                        "epsilon": epsilon,
                        "step": step,
                        "steps": steps,
                        "pixels": [round(float(v), 9) for v in x.flatten()],
                    }
                )
        print(name, "smallest gradient relative to the largest:", min(smallest))
    result = {
        "versions": {"python": sys.version.split()[0], "torch": torch.__version__, "numpy": np.__version__},
        "cases": cases,
    }
    with open("Tests/Golden/attacks.json", "w") as file:
        json.dump(result, file)
        file.write("\n")


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    main()
