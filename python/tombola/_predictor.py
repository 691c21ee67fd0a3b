"""Predictions."""
from __future__ import annotations

import ctypes
import json
import os
from typing import Any, Optional, Union

import numpy

from . import _library as lib
from ._tickets import Ticket, load


class Predictor:
    """A ticket's network for samples in memory; its bits are those of `tombola predict`.

    Batch norm is folded and dead units are gone. Python's lock is released meanwhile; calls from several threads wait for one
    another, predictors of their own run side by side.

    ticket: a file or what `load` gave.
    weights: "trained" or "start".
    normalised: whether samples come as the network was trained on them (float32), not as its data set stores them.
    batch: the largest number of samples that run together. threads: None for all cores; the bits are the same.
    data_dir: where the ticket's data set lies. A ticket found on a data set of the command needs it for the normalisation;
        one found on arrays says that by itself.

    Raises: `UsageError`, `BadDataError`, `MissingInputError`.
    """

    def __init__(
        self, ticket: Union[lib.PathLike, Ticket], *, weights: str = "trained", normalised: bool = False, batch: int = 64,
        threads: Optional[int] = None, data_dir: Optional[lib.PathLike] = None,
    ) -> None:
        options = {"weights": weights, "normalised": normalised, "batch": batch, "threads": threads,
                   "dataFolder": None if data_dir is None else os.fspath(data_dir)}
        self._handle = lib.Handle(
            "predictor", "tombola_predictor_make", load(ticket)._handle, json.dumps(options).encode())
        about = lib.answer("tombola_predictor_describe", self._handle)
        #: (channels, height, width)
        self.input_shape: tuple[int, int, int] = tuple(about["input"])
        #: What x must be: uint8 or float32.
        self.dtype = numpy.dtype(about["type"])
        #: How many classes have probabilities.
        self.classes: int = about["classes"]
        self._outputs: int = about["outputs"]

    def __call__(self, x: Any, *, channels: Optional[str] = None) -> numpy.ndarray:
        """Probabilities [n, classes], float32.

        x: samples [n, ...] of the network's shape; C-contiguous arrays are read where they lie.
        """
        return self._run(x, channels, True, self.classes)

    def outputs(self, x: Any, *, channels: Optional[str] = None) -> numpy.ndarray:
        """Outputs before softmax [n, outputs], float32."""
        return self._run(x, channels, False, self._outputs)

    def predict(self, x: Any, *, channels: Optional[str] = None) -> numpy.ndarray:
        """The most probable class of each sample [n]."""
        return self(x, channels=channels).argmax(1)

    def _run(self, x: Any, channels: Optional[str], is_probabilities: bool, width: int) -> numpy.ndarray:
        array, keep = lib.samples(x, channels)
        result = numpy.empty((len(keep), width), numpy.float32)
        place = result.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        lib.call("tombola_predict", self._handle, ctypes.byref(array),
                 place if is_probabilities else None, None if is_probabilities else place)
        return result
