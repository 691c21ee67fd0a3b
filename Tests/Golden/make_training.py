#!/usr/bin/env python3
"""Writes training.json: training trajectories and loss functions computed by PyTorch, in float64 and in float32.

    pip install torch numpy
    python3 Tests/Golden/make_training.py            # writes training.json beside this script

Nothing that a formula gives is stored. Every initial weight, mask, input and label is a function of a stream number s
and an index i (the position in row-major order), all in unsigned 32-bit arithmetic that wraps around:

    z = i + s * 0x9E3779B9
    z ^= z >> 16;  z *= 0x7FEB352D
    z ^= z >> 15;  z *= 0x846CA68B
    z ^= z >> 16
    u(s, i) = (z >> 8) * 2^-24                       # a multiple of 2^-24 in [0, 1)

Tensors of a network are numbered t = 0, 1, 2 ... = weight of layer 1, bias of layer 1, weight of layer 2, ...
A weight is [out, in] and row-major, a bias [out], as in torch.nn.Linear.

    weight  = Float32((2 * u(100 + t, i) - 1) * sqrt(6 / fan_in))     in double until the last rounding
    bias    = Float32((2 * u(100 + t, i) - 1) * sqrt(1 / fan_in))     fan_in of its layer
    mask    = u(streams.mask + t, i) < density                        weights only; biases are never masked
    input   = 2 * u(k, i) - 1                                         batch of step k = 1, 2, ...; exact in Float32
    label   = Int(u(50 + k, n) * classes)                             sample n of step k; two classes when the loss is
                                                                      binary, and the target is then 0.0 or 1.0

A masked run starts from weight * mask, multiplies each weight's gradient by its mask before the optimizer sees it, and
the weight by its mask after the step. Layers are separated by ReLU, the loss is the mean over the batch.
The loss of step k is that of its batch before its update; parameters are those after the last step.
"""
import json
import math
import os
import platform
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def words(stream, count):
    with np.errstate(over="ignore"):
        z = np.arange(count, dtype=np.uint32) + np.uint32(stream * 0x9E3779B9 % 2**32)
        z ^= z >> np.uint32(16)
        z *= np.uint32(0x7FEB352D)
        z ^= z >> np.uint32(15)
        z *= np.uint32(0x846CA68B)
        z ^= z >> np.uint32(16)
    return z


def uniform(stream, count):
    return (words(stream, count) >> np.uint32(8)).astype(np.float64) * 2.0**-24


def spread(stream, count, bound):
    """Float32 values between -bound and bound, as doubles."""
    return ((2 * uniform(stream, count) - 1) * bound).astype(np.float32).astype(np.float64)


def exact_sum(tensor):
    return math.fsum(tensor.detach().double().flatten().tolist())


def initial(sizes):
    tensors = []
    for layer, (i, o) in enumerate(zip(sizes, sizes[1:])):
        tensors.append((f"{layer}.weight", spread(100 + 2 * layer, o * i, math.sqrt(6 / i)).reshape(o, i)))
        tensors.append((f"{layer}.bias", spread(101 + 2 * layer, o, math.sqrt(1 / i))))
    return tensors


def make_optimizer(parameters, settings):
    if settings["kind"] == "sgd":
        return torch.optim.SGD(
            parameters, lr=settings["lr"], momentum=settings["momentum"], weight_decay=settings["weightDecay"],
            nesterov=settings["nesterov"], foreach=False)
    return torch.optim.Adam(
        parameters, lr=settings["lr"], betas=(settings["beta1"], settings["beta2"]), eps=settings["epsilon"],
        weight_decay=settings["weightDecay"], foreach=False)


def train(sizes, density, mask_stream, loss, optimizer, batch, steps, dtype):
    parameters = [torch.tensor(v, dtype=dtype, requires_grad=True) for _, v in initial(sizes)]
    masks = [None] * len(parameters)
    if density < 1:
        for t, p in enumerate(parameters):
            if p.dim() == 2:
                keep = uniform(mask_stream + t, p.numel()) < density
                masks[t] = torch.tensor(keep.reshape(p.shape), dtype=dtype)

    def apply_masks():
        with torch.no_grad():
            for p, m in zip(parameters, masks):
                if m is not None:
                    p.mul_(m)

    apply_masks()
    optimizer = make_optimizer(parameters, optimizer)
    losses = []
    for k in range(1, steps + 1):
        x = torch.tensor((2 * uniform(k, batch * sizes[0]) - 1).reshape(batch, sizes[0]), dtype=dtype)
        classes = 2 if loss == "binaryCrossEntropyWithLogits" else sizes[-1]
        label = torch.tensor((uniform(50 + k, batch) * classes).astype(np.int64))
        for t in range(0, len(parameters), 2):
            x = F.linear(x, parameters[t], parameters[t + 1])
            if t + 2 < len(parameters):
                x = F.relu(x)
        if loss == "softmaxCrossEntropy":
            value = F.cross_entropy(x, label)
        else:
            value = F.binary_cross_entropy_with_logits(x, label.to(dtype).unsqueeze(1))
        optimizer.zero_grad()
        value.backward()
        for p, m in zip(parameters, masks):
            if m is not None:
                p.grad.mul_(m)
        optimizer.step()
        apply_masks()
        losses.append(value.item())
    return losses, [p.detach() for p in parameters], masks


def run(name, sizes, density, mask_stream, loss, optimizer, batch, steps):
    arguments = (sizes, density, mask_stream, loss, optimizer, batch, steps)
    losses64, after64, masks = train(*arguments, torch.float64)
    losses32, after32, _ = train(*arguments, torch.float32)
    parameters = []
    for (tensor, start), p64, p32, mask in zip(initial(sizes), after64, after32, masks):
        count = p64.numel()
        stride = 1 if count <= 20 else 13 if count <= 1000 else 997 if mask is None else 97
        parameters.append({
            "name": tensor, "shape": list(p64.shape), "initialSum": math.fsum(start.flatten().tolist()),
            "nonzeros": count if mask is None else int(mask.sum().item()),
            "sum64": exact_sum(p64), "sum32": exact_sum(p32), "sumOfSquares64": exact_sum(p64 * p64),
            "largestDifference32": (p32.double() - p64).abs().max().item(),
            "stride": stride, "sample64": p64.flatten()[::stride].tolist(),
        })
    worst = max(abs(a - b) for a, b in zip(losses64, losses32))
    print(f"{name:36s} loss {losses64[0]:.4f} -> {losses64[-1]:.4f}  float32 differs by {worst:.1e} in the losses, "
          f"{max(p['largestDifference32'] for p in parameters):.1e} in the parameters", file=sys.stderr)
    return {
        "name": name, "layers": sizes, "density": density, "maskStream": mask_stream, "loss": loss, "batch": batch,
        "steps": steps, "optimizer": optimizer, "losses64": losses64, "losses32": losses32, "parameters": parameters,
    }


def sgd(lr, momentum=0.0, weight_decay=0.0, nesterov=False):
    return {"kind": "sgd", "lr": lr, "momentum": momentum, "weightDecay": weight_decay, "nesterov": nesterov}


def adam(lr, weight_decay=0.0):
    return {"kind": "adam", "lr": lr, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": weight_decay}


def trajectories():
    optimizers = {
        "sgd": sgd(0.1), "momentum": sgd(0.05, 0.9, 1e-4), "nesterov": sgd(0.05, 0.9, 1e-4, True),
        "adam": adam(1.2e-3), "adam-decay": adam(1.2e-3, 1e-4),
    }
    for density, label in ((1, "dense"), (0.1, "masked")):
        for name, optimizer in optimizers.items():
            yield run(f"lenet-300-100/{label}/{name}", [784, 300, 100, 10], density, 200, "softmaxCrossEntropy",
                      optimizer, 60, 10)
    for density, label in ((1, "dense"), (0.6, "masked")):
        yield run(f"tiny/{label}/momentum", [2, 3, 3, 3, 1], density, 300, "binaryCrossEntropyWithLogits",
                  sgd(0.05, 0.9, 5e-4), 128, 20)


def loss_case(kind, batch, classes, scale, stream):
    x = torch.tensor(spread(stream, batch * classes, scale).reshape(batch, classes), requires_grad=True)
    u = uniform(stream + 1, batch * classes)
    if kind in ("softmaxCrossEntropy", "multiClassHinge"):
        targets = torch.tensor((u[:batch] * classes).astype(np.int64))
        value = F.cross_entropy(x, targets) if kind == "softmaxCrossEntropy" else F.multi_margin_loss(x, targets)
    elif kind == "binaryCrossEntropyWithLogits":
        targets = torch.tensor((u * 2).astype(np.int64).astype(np.float64)).reshape(batch, classes)
        value = F.binary_cross_entropy_with_logits(x, targets)
    elif kind == "meanSquaredError":
        targets = torch.tensor((2 * u - 1)).reshape(batch, classes)
        value = F.mse_loss(x, targets)
    else:  # binaryHinge: targets -1 and 1
        targets = torch.tensor((u * 2).astype(np.int64).astype(np.float64) * 2 - 1).reshape(batch, classes)
        value = torch.clamp(1 - targets * x, min=0).mean()
    value.backward()
    return {
        "name": f"{kind}/{batch}x{classes}" + ("" if scale == 4 else f"/scale-{scale}"), "loss": kind, "batch": batch,
        "classes": classes, "logits": x.flatten().tolist(), "targets": targets.flatten().tolist(),
        "value64": value.item(), "gradient64": x.grad.flatten().tolist(),
    }


def losses():
    stream = 400
    for kind, widths in (("softmaxCrossEntropy", (3, 10)), ("binaryCrossEntropyWithLogits", (1, 3, 10)),
                         ("meanSquaredError", (1, 3, 10)), ("multiClassHinge", (3, 10)), ("binaryHinge", (1,))):
        for classes in widths:
            for batch in (5, 37):
                yield loss_case(kind, batch, classes, 4, stream)
                stream += 2
    for kind, classes in (("softmaxCrossEntropy", 10), ("binaryCrossEntropyWithLogits", 1)):
        yield loss_case(kind, 37, classes, 200, stream)  # overflows an exponential that is not shifted
        stream += 2


def lines(items):
    return "[\n" + ",\n".join(json.dumps(item, separators=(",", ":"), allow_nan=False) for item in items) + "\n]"


def main():
    made = {"script": "make_training.py", "torch": torch.__version__.split("+")[0], "numpy": np.__version__,
            "python": platform.python_version()}
    check = [{"stream": s, "words": words(s, 4).tolist(), "uniform": uniform(s, 4).tolist()} for s in (0, 1, 205)]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "training.json")
    text = (f'{{"made":{json.dumps(made)},\n"generator":{lines(check)},\n'
            f'"trajectories":{lines(list(trajectories()))},\n"losses":{lines(list(losses()))}}}\n')
    json.loads(text)
    with open(path, "w") as file:
        file.write(text)
    print(f"{path}: {len(text)} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
