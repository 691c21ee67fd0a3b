#!/usr/bin/env python3
"""The Python package over a built library, beside the built command.

    python3 python/tests/check.py TOMBOLA LIBRARY

Needs numpy, without which it says so and skips; the tests of PyTorch skip without torch and onnx.
"""
import os
import pathlib
import sys
import unittest

try:
    import numpy  # noqa: F401
except ImportError:
    print("python/tests/check.py: skipped, numpy is not installed")
    sys.exit(0)


def main():
    here = pathlib.Path(__file__).resolve().parent
    os.environ["TOMBOLA"], os.environ["TOMBOLA_LIBRARY"] = (str(pathlib.Path(word).resolve()) for word in sys.argv[1:3])
    os.environ["PYTHONPATH"] = os.pathsep.join([str(here.parent), os.environ.get("PYTHONPATH", "")])
    sys.path[:0] = [str(here.parent), str(here)]
    result = unittest.TextTestRunner().run(unittest.defaultTestLoader.discover(str(here)))
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}")
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
