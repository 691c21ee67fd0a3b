"""Writes Sources/Datasets/Support/DigitsData.swift: the digits of scikit-learn, deflated, in base64.

Made with Python 3.11.7, scikit-learn 1.9.1, numpy 2.4.6. Run from the root of the repository:
    python3 Tests/Golden/make_digits.py
"""

import base64
import zlib

import numpy as np
from sklearn.datasets import load_digits

LINE = 200

digits = load_digits()
pixels = digits.data.astype(np.uint8)
labels = digits.target.astype(np.uint8)
assert pixels.shape == (1797, 64) and pixels.max() == 16 and np.array_equal(pixels, digits.data)

packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_FILTERED)
packed = packer.compress(pixels.tobytes() + labels.tobytes()) + packer.flush()
text = base64.b64encode(packed).decode()
lines = "\n".join("  " + text[i : i + LINE] for i in range(0, len(text), LINE))

with open("Sources/Datasets/Support/DigitsData.swift", "w") as file:
    file.write(
        "// swift-format-ignore-file\n"
        "/// Made by Tests/Golden/make_digits.py: base64 of the zlib data of 1 797 x 64 pixels, then 1 797 labels.\n"
        f'let digitsBase64 = """\n{lines}\n  """\n'
    )
