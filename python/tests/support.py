"""What the tests share: the digits as arrays, the command, small searches."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import numpy

import tombola

QUICK = dict(model="mlp:24,16", rounds=2, steps="4ep", batch=64, seeds=1, progress=False)


def digits():
    """All digits (n, 8, 8), uint8, and their classes."""
    data = tombola.dataset("digits")
    return numpy.concatenate([data.x_train, data.x_test])[:, 0], numpy.concatenate([data.y_train, data.y_test])


def command(*words):
    """What the command prints."""
    done = subprocess.run([os.environ["TOMBOLA"], *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


class Case(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.out = pathlib.Path(self._folder.name)

    def tearDown(self):
        self._folder.cleanup()

    def find(self, x=None, y=None, **more):
        return tombola.find(x, y, out=self.out, **{**QUICK, **more})

    def find_by_command(self, **more):
        options = {**QUICK, **more}
        words = ["find", "--out", self.out, "--json", "--seeds", options.pop("seeds")]
        options.pop("progress")
        for key, value in options.items():
            words += ["--set", f"{key.replace('_', '-')}={value}"]
        return json.loads(command(*words))
