#!/usr/bin/env python3
"""Tickets as NumPy arrays and as PyTorch state_dicts: every bit of the ticket, and its accuracy.

    python3 Tests/PyTorch/check.py TOMBOLA

Trains small networks (a perceptron, batch norm, convolutions), exports them as `safetensors` and `npz`, and compares
bits with the ticket's own file. With torch installed the state_dict is loaded with `load_state_dict(strict=True)`, with and
without `torch.nn.utils.prune`, and has to give the accuracy of `tombola evaluate`. Needs numpy; what is missing is skipped aloud.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import numpy
except ImportError:
    print("Tests/PyTorch/check.py: skipped, numpy is not installed")
    sys.exit(0)
try:
    import torch
    from torch.nn.utils import prune
except ImportError:
    torch = None


def tensors(path):
    """Arrays of a safetensors file by name."""
    data = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    kinds = {"F32": numpy.float32, "I32": numpy.int32, "U8": numpy.uint8}
    return {name: numpy.frombuffer(body[slice(*entry["data_offsets"])], kinds[entry["dtype"]]).reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def run(tombola, folder, *words, status=0):
    done = subprocess.run([tombola, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == status, f"tombola {' '.join(words)}: {done.returncode}, {done.stderr}"
    return done.stdout if status == 0 else done.stderr


def same(a, b):
    return a.shape == b.shape and a.tobytes() == b.tobytes()


def check(tombola, folder, model):
    """Exports one ticket in every form and returns its state_dict and masks."""
    run(tombola, folder, "train", "--data", "digits", "--model", model, "--steps", "2ep", "--batch", "64", "--threads", "2",
        "--save", "t.safetensors")
    out = ["--normalised", "--output"]
    run(tombola, folder, "export", "t.safetensors", "--to", "safetensors", *out, "net.safetensors")
    run(tombola, folder, "export", "t.safetensors", "--to", "safetensors", "--set", "pruned=true", *out, "pruned.safetensors")
    run(tombola, folder, "export", "t.safetensors", "--to", "npz", *out, "net.npz")
    refused = run(tombola, folder, "export", "t.safetensors", "--to", "npz", "--output", "x.npz", status=64)
    assert "--normalised" in refused, refused
    state, masks = tensors(folder / "net.safetensors"), tensors(folder / "net-mask.safetensors")
    pruned, arrays = tensors(folder / "pruned.safetensors"), numpy.load(folder / "net.npz")
    assert set(arrays.files) == set(state) | set(masks)
    for name, values in state.items():
        assert same(arrays[name], values), name
        assert same(pruned[f"{name}_orig" if f"{name}_mask" in masks else name], values), name
    for name, mask in masks.items():
        assert same(arrays[name], mask) and same(pruned[name], mask), name
        assert set(numpy.unique(mask)) <= {0.0, 1.0}
        assert not numpy.any(state[name.removesuffix("_mask")][mask == 0])
    flat = numpy.concatenate([values.ravel() for values in state.values()])
    own = tensors(folder / "t.safetensors")
    assert any(same(numpy.sort(flat), numpy.sort(values.ravel())) for values in own.values() if values.dtype == numpy.float32
               and values.size == flat.size), f"{model}: not the ticket's weights"
    return state, masks, pruned


def perceptron():
    net = torch.nn.Sequential()
    net.add_module("fc1", torch.nn.Linear(64, 24))
    net.add_module("relu1", torch.nn.ReLU())
    net.add_module("fc2", torch.nn.Linear(24, 10))
    return net


def main():
    tombola = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for model in ["bn-mlp:16", "conv-2:0.25", "mlp:24"]:
            state, masks, pruned = check(tombola, folder, model)
        print("PyTorch forms: bits of safetensors and npz agree for 3 models")
        if torch is None:
            print("PyTorch forms: load_state_dict skipped, torch is not installed")
            return
        run(tombola, folder, "data", "export", "data.safetensors", "--ticket", "t.safetensors")
        own = json.loads(run(tombola, folder, "evaluate", "t.safetensors", "--json"))["testAccuracy"]
        as_torch = {key: torch.from_numpy(values.copy()) for key, values in state.items()}
        net = perceptron()
        net.load_state_dict(as_torch, strict=True)
        with_masks = perceptron()
        for part in [with_masks.fc1, with_masks.fc2]:
            prune.identity(part, "weight")
        with_masks.load_state_dict({key: torch.from_numpy(values.copy()) for key, values in pruned.items()}, strict=True)
        data = tensors(folder / "data.safetensors")
        x = torch.from_numpy(data["test.samples"].reshape(-1, 64) * data["multiplier"] + data["shift"])
        accuracy = float((net(x).argmax(1).numpy() == data["test.labels"]).mean())
        assert abs(accuracy - own) < 1e-6, f"{accuracy} in PyTorch, {own} in tombola"
        assert torch.equal(net(x), with_masks(x))
        assert all(same(state[key], values.numpy()) for key, values in net.state_dict().items())
        print("PyTorch forms: load_state_dict takes both files, strictly, and gives every bit back")


if __name__ == "__main__":
    main()
