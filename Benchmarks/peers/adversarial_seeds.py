"""Adversarial training from many seeds in Tombola and in PyTorch, each from its own initial weights and from the other's.

    python3 Benchmarks/peers/adversarial_seeds.py --tombola .build/release/tombola --seeds 8 --data-dir FOLDER

conv-s:0.5 on 4,000 images of CIFAR-10, four epochs of PGD-10 (8/255), rate 0.05, times 0.1 after two and three epochs; both see
the same training and validation images with the same normalisation, each in an order and with random starts of its own.
Prints PGD-20 accuracy on the 500 validation images after the last step, and the differences between the four groups with
95 % intervals (Welch's, over seeds). PyTorch's weights are handed over as a ticket with a full mask.
"""
import argparse
import hashlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "Tests" / "Outsider"))
from adversarial_training import Normalised, accuracy, attack, conv_s
from read_ticket import read

EPSILON, BATCH, EPOCHS, RATE = 8 / 255, 128, 4, 0.05
DATA = ["training-samples=4000", "validation=500"]
RECIPE = DATA + ["initializer=torch-uniform", "objective=pgd:10", "epsilon=8/255", "robust-samples=500", "momentum=0.9",
                 "weight-decay=1e-4", "schedule=step:2ep,3ep", f"evaluate={EPOCHS}ep"]


def tensors(layers):
    """In the order of a ticket: weights, biases, and running statistics behind batch norm's scale and shift."""
    return [t for name, t in layers.state_dict().items() if not name.endswith("num_batches_tracked")]


def start(options, seed, saved):
    """A ticket file with the initial weights of a seed."""
    command = [options.tombola, "train", "--data", "cifar-10", "--model", "conv-s:0.5", "--steps", "1it", "--lr", str(RATE),
               "--seed", str(seed), "--save", saved, "--data-dir", options.data_dir, "--set", *DATA, "initializer=torch-uniform"]
    subprocess.run(command, check=True, capture_output=True)


def ours(options, seed, ticket):
    """PGD-20 accuracy after training from the seed's own initial weights, and from the ticket's."""
    command = [options.tombola, "train", ticket, "--steps", f"{EPOCHS}ep", "--lr", str(RATE), "--seed", str(seed), "--threads", "1",
               "--controls", "none", "--json", "--data-dir", options.data_dir, "--set", *RECIPE]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    arms = {arm["name"]: 100 * arm["curve"][-1]["validationPGD"] for arm in answer["arms"]}
    return arms["dense"], arms["ticket"]


def write_ticket(template, path, layers):
    """A ticket as `template`, with these weights at its start."""
    arrays, about = read(template)
    start = np.concatenate([t.detach().numpy().astype("<f4").ravel() for t in tensors(layers)])
    assert start.size == arrays["start"].size
    about = {k: v for k, v in about.items() if k not in ("sha256", "trained_digest")}
    about["digest"] = hashlib.sha256(arrays["mask"].tobytes() + start.tobytes()).hexdigest()
    mask, header, end = arrays["mask"], {"__metadata__": about}, 0
    for name, array, kind in (("mask", mask, "U8"), ("start", start, "F32")):
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    pathlib.Path(path).write_bytes(len(text).to_bytes(8, "little") + text + mask.tobytes() + start.tobytes())


def theirs(data, layers, seed):
    """PGD-20 accuracy after training from these weights."""
    torch.manual_seed(1000 + seed)
    (x, y), (hx, hy), mean, deviation = data
    model = Normalised(layers, mean, deviation)
    optimizer = torch.optim.SGD(model.parameters(), RATE, momentum=0.9, weight_decay=1e-4)
    total, done = EPOCHS * -(-len(x) // BATCH), 0
    for _ in range(EPOCHS):
        order = torch.randperm(len(x))
        for i in range(0, len(x), BATCH):
            optimizer.param_groups[0]["lr"] = RATE * 0.1 ** ((done >= total // 2) + (done >= total * 3 // 4))
            a, b = x[order[i:i + BATCH]], y[order[i:i + BATCH]]
            p = attack(model, a, b, EPSILON, EPSILON / 4, 10, True)
            optimizer.zero_grad()
            F.cross_entropy(model(p), b).backward()
            optimizer.step()
            done += 1
    return accuracy(model, hx, hy, EPSILON, EPSILON / 4, 20)


def difference(a, b):
    """Mean and half of the 95 % interval; 2.15 is Student's t of about 14 degrees of freedom."""
    half = 2.15 * (statistics.variance(a) / len(a) + statistics.variance(b) / len(b)) ** 0.5
    return f"{statistics.mean(a) - statistics.mean(b):+.2f} ± {half:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tombola", default=".build/release/tombola")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--seeds", type=int, default=8)
    options = parser.parse_args()
    torch.set_num_threads(1)
    folder = tempfile.mkdtemp()
    exported = os.path.join(folder, "data.safetensors")
    subprocess.run([options.tombola, "data", "export", exported, "--data", "cifar-10", "--data-dir", options.data_dir,
                    "--set", *DATA], check=True, capture_output=True)
    arrays, _ = read(exported)
    images, labels = torch.tensor(arrays["train.samples"].astype(np.float32) / 255), torch.tensor(arrays["train.labels"]).long()
    places = [torch.tensor(arrays[f"{split}.indices"]).long() for split in ("train", "validation")]
    data = [(images[p], labels[p]) for p in places] + [torch.tensor(arrays["mean"]), torch.tensor(arrays["deviation"])]
    groups = {name: [] for name in ("ours", "ours from theirs", "theirs", "theirs from ours")}
    for seed in range(options.seeds):
        saved, ticket = os.path.join(folder, "ours.safetensors"), os.path.join(folder, "theirs.safetensors")
        start(options, seed, saved)
        torch.manual_seed(seed)
        layers, same = conv_s(3, 32, 0.5), conv_s(3, 32, 0.5)
        write_ticket(saved, ticket, layers)
        weights, at = read(saved)[0]["start"], 0
        with torch.no_grad():
            for tensor in tensors(same):
                tensor.copy_(torch.tensor(weights[at:at + tensor.numel()].reshape(tensor.shape)))
                at += tensor.numel()
        for name, value in zip(("ours", "ours from theirs"), ours(options, seed, ticket)):
            groups[name].append(value)
        groups["theirs"].append(theirs(data, layers, seed))
        groups["theirs from ours"].append(theirs(data, same, seed))
        print(f"seed {seed}: " + ", ".join(f"{name} {values[-1]:.1f}" for name, values in groups.items()), flush=True)
    for name, values in groups.items():
        print(f"{name}: {statistics.mean(values):.2f}, deviation {statistics.stdev(values) if len(values) > 1 else 0:.2f}")
    mine, other = groups["ours"] + groups["ours from theirs"], groups["theirs"] + groups["theirs from ours"]
    print("Tombola - PyTorch:", difference(mine, other))
    print("our draws - PyTorch's:", difference(groups["ours"] + groups["theirs from ours"], groups["ours from theirs"] + groups["theirs"]))


if __name__ == "__main__":
    main()
