"""Small tickets of random images for the checks of exports, and what reads the files that the command writes."""
import json
import pathlib
import struct
import subprocess

import numpy


def tensors(path):
    data = pathlib.Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8:8 + length]), data[8 + length:]
    kinds = {"F32": numpy.float32, "I32": numpy.int32, "U8": numpy.uint8}
    return {name: numpy.frombuffer(body[e["data_offsets"][0]:e["data_offsets"][1]], kinds[e["dtype"]]).reshape(e["shape"])
            for name, e in header.items() if name != "__metadata__"}


class Tickets:
    def __init__(self, tombola, folder):
        self.tombola, self.folder = tombola, pathlib.Path(folder)

    def run(self, *words):
        done = subprocess.run([self.tombola, *map(str, words)], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"tombola {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    def make_data(self, shape):
        """Images in bytes: 120 to train on and 24 to test, of ten classes."""
        rng = numpy.random.default_rng(7)
        arrays = {}
        for part, count in [("train", 120), ("test", 24)]:
            labels = numpy.arange(count) % 10
            shades = (labels * 12).reshape(-1, 1, 1, 1)
            arrays[f"x_{part}"] = (rng.integers(0, 128, (count, *shape)) + shades).astype(numpy.uint8)
            arrays[f"y_{part}"] = labels
        numpy.savez(self.folder / "images.npz", **arrays)

    def ticket(self, name, model, data):
        """A ticket of half the weights after two steps of training, batch norm's statistics among what moved."""
        path = f"{name}.safetensors"
        self.run("find", "--data", data, "--model", model, "--rounds", 1, "--fraction", 0.5, "--steps", "2it", "--set", "rewind=1it",
                 "--batch", 16, "--controls", "none", "--seeds", 1, "--allocation", "layerwise", "--out", f"runs-{name}",
                 "--set", "validation=12")
        found = next((self.folder / f"runs-{name}").glob("find-*/seed-0/round-01.safetensors"))
        (self.folder / path).write_bytes(found.read_bytes())
        return path
