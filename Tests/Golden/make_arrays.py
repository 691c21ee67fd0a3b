"""Writes Tests/Golden/arrays/: small files by numpy, zipfile and gzip, and what a reader must find in them.

Made with Python 3.11.7, numpy 2.4.6, scikit-learn 1.9.1. Run from the root of the repository:
    python3 Tests/Golden/make_arrays.py
"""

import gzip
import json
import os
import struct
import zipfile

import numpy as np
from sklearn.datasets import load_digits

OUT = "Tests/Golden/arrays"
os.makedirs(OUT + "/npy", exist_ok=True)
os.makedirs(OUT + "/idx", exist_ok=True)
expected = {}

# One archive per number format; the values are 0, 1, 2, 3, 100, 7 (truth values: is it not zero).
values = np.array([[0, 1], [2, 3], [100, 7]])
labels = np.array([0, 1, 1])
types = ["|b1", "|u1", "|i1"] + [order + kind for kind in ("u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8") for order in "<>"]
for name in types:
    array = values.astype(name)
    test = array[:1]
    file = "type-" + name.replace("|", "").replace("<", "little-").replace(">", "big-") + ".npz"
    np.savez(f"{OUT}/{file}", x_train=array, y_train=labels.astype(name), x_test=test, y_test=labels[:1].astype(name))

# Halves: normal, subnormal, largest, negative.
halves = np.array([[1 / 3, 6e-8], [65504, -1.5], [3e-5, -0.0]], dtype="<f2")
np.savez(f"{OUT}/halves.npz", x_train=halves, y_train=labels, x_test=halves[:1], y_test=labels[:1])
expected["halves"] = [float(v) for v in halves.astype(np.float64).ravel()]

# Colour images, channels last and first, compressed; the same samples.
random = np.random.default_rng(1)
images = random.integers(0, 256, (6, 4, 5, 3), dtype=np.uint8)
classes = np.array([0, 1, 2, 0, 1, 2], dtype=np.int64)
np.savez_compressed(f"{OUT}/channels-last.npz", x_train=images[:4], y_train=classes[:4], x_test=images[4:], y_test=classes[4:])
first = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
np.savez_compressed(f"{OUT}/channels-first.npz", x_train=first[:4], y_train=classes[:4], x_test=first[4:], y_test=classes[4:])
floats = first.astype(np.float32) / 100 - 1
np.savez_compressed(f"{OUT}/floats.npz", x_train=floats[:4], y_train=classes[:4], x_test=floats[4:], y_test=classes[4:])
expected["colour"] = first[:4].ravel().tolist()


def moments(array):
    array = array.astype(np.float64)
    return {"mean": array.mean((0, 2, 3)).tolist(), "deviation": array.std((0, 2, 3)).tolist()}


digits = load_digits()
expected["normalisation"] = {
    "colour": moments(first[:4] / 255),
    "floats": moments(floats[:4]),
    "digits": moments(digits.data[:1437].reshape(-1, 1, 8, 8) / 16),
}
expected["digits"] = {
    "trainSum": int(digits.data[:1437].sum()),
    "testSum": int(digits.data[1437:].sum()),
    "trainClasses": np.bincount(digits.target[:1437]).tolist(),
    "testClasses": np.bincount(digits.target[1437:]).tolist(),
    "lastSample": digits.data[-1].astype(int).tolist(),
}

# Header versions 1.0, 2.0 and 3.0 in a folder; Fortran order; zip64 fields everywhere.
grey = images[..., 0]
for name, array, version in [("x_train", grey[:4], (1, 0)), ("y_train", classes[:4], (2, 0)), ("x_test", grey[4:], (3, 0)), ("y_test", classes[4:], (1, 0))]:
    with open(f"{OUT}/npy/{name}.npy", "wb") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(array), version=version)
expected["grey"] = grey[:4].ravel().tolist()
np.savez(f"{OUT}/fortran.npz", x_train=np.asfortranarray(values), y_train=labels, x_test=np.asfortranarray(values[:2]), y_test=labels[:2])
cubes = np.asfortranarray(images)
np.savez(f"{OUT}/fortran-images.npz", x_train=cubes[:4].copy(order="F"), y_train=classes[:4], x_test=cubes[4:].copy(order="F"), y_test=classes[4:])
limits = zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 0, 0
np.savez(f"{OUT}/zip64.npz", x_train=values, y_train=labels, x_test=values[:2], y_test=labels[:2])
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = limits

# What people call and give their arrays: other names, no names, one set alone, words, rows with a one, objects.
names = ["cat", "dog", "\u00e9l\u00e9phant"]
words = np.array([names[c] for c in classes])
rgba = np.concatenate([images, images[..., :1]], -1).transpose(0, 2, 1, 3)
np.savez_compressed(f"{OUT}/medmnist.npz", train_images=grey[:3], train_labels=classes[:3, None].astype(np.uint8), val_images=grey[3:4], val_labels=classes[3:4, None].astype(np.uint8), test_images=grey[4:], test_labels=classes[4:, None].astype(np.uint8))
np.savez(f"{OUT}/unnamed.npz", grey[:4], classes[:4], grey[4:], classes[4:])
np.savez(f"{OUT}/unnamed-in-pairs.npz", grey[:4], grey[4:], classes[:4], classes[4:].astype(float))
np.savez(f"{OUT}/words.npz", X=np.repeat(rgba, 3, 0), y=np.repeat(words, 3), note=np.array(["made by hand"]))
np.savez(f"{OUT}/bytes.npz", images=np.repeat(rgba[..., 0], 3, 0), labels=np.repeat(np.char.encode(words, "utf-8"), 3))
np.savez(f"{OUT}/words-big.npz", train_x=grey[:4], train_y=words[:4].astype(">U9"), test_x=grey[4:], test_y=words[4:].astype(">U9"))
np.savez(f"{OUT}/one-hot.npz", xtrain=rgba[:4], ytrain=np.eye(3)[classes[:4]], xtest=rgba[4:], ytest=np.eye(3)[classes[4:]])
np.savez(f"{OUT}/objects.npz", x_train=grey[:4], y_train=words[:4].astype(object), x_test=grey[4:], y_test=words[4:].astype(object))

# A bomb: the header promises what the folder's array holds, 5 000 000 more bytes follow.
with zipfile.ZipFile(f"{OUT}/bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
    for name in ["x_train", "y_train"]:
        with open(f"{OUT}/npy/{name}.npy", "rb") as file:
            more = bytes(5_000_000 if name == "x_train" else 0)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), file.read() + more, zipfile.ZIP_DEFLATED)


def idx(array, code):
    header = struct.pack(">BBBB", 0, 0, code, array.ndim) + b"".join(struct.pack(">I", n) for n in array.shape)
    return header + array.tobytes()


def compress(content):
    return gzip.compress(content, 9, mtime=0)


# IDX: plain; gzip; gzip of two members; another spelling.
with open(f"{OUT}/idx/train-images-idx3-ubyte.gz", "wb") as file:
    content = idx(grey[:4], 8)
    file.write(compress(content[:30]) + compress(content[30:]))
with open(f"{OUT}/idx/train-labels.idx1-ubyte", "wb") as file:
    file.write(idx(classes[:4].astype(np.uint8), 8))
with open(f"{OUT}/idx/t10k-images-idx3-ubyte.gz", "wb") as file:
    file.write(compress(idx(grey[4:], 8)))
with open(f"{OUT}/idx/t10k-labels-idx1-int", "wb") as file:
    file.write(idx(classes[4:].astype(">i4"), 12))
with open(f"{OUT}/bomb.gz", "wb") as file:
    file.write(compress(idx(grey[:4], 8) + bytes(5_000_000)))


# The random streams, written again from the paper (Philox 4x32-10) and from RandomStream's description.
def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [p1 >> 32 ^ c[1] ^ k[0], p1 & 0xFFFFFFFF, p0 >> 32 ^ c[3] ^ k[1], p0 & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def permutation(seed, name, count):
    hashed = 0xCBF29CE484222325
    for byte in name.encode():
        hashed = (hashed ^ byte) * 0x100000001B3 % 2**64
    key = (seed & 0xFFFFFFFF, seed >> 32)

    def word(index):
        block = index >> 2
        return philox((block & 0xFFFFFFFF, block >> 32, hashed & 0xFFFFFFFF, hashed >> 32), key)[index & 3]

    order, index = list(range(count)), 0
    for i in range(count - 1, 0, -1):
        j = ((word(index) << 32 | word(index + 1)) * (i + 1)) >> 64
        index += 2
        order[i], order[j] = order[j], order[i]
    return order


expected["order"] = permutation(7, "data-order/epoch 3", 12)
expected["validation"] = sorted(permutation(5, "validation-split", 1437)[:144])

with open(f"{OUT}/expected.json", "w") as file:
    json.dump(expected, file, indent=1)
