"""Samples and labels as the library takes them."""
from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Optional

import numpy

from . import _library as lib


@dataclass(frozen=True)
class Dataset:
    """A data set as NumPy arrays.

    x: samples [n, channels, height, width], uint8 or float32 as they are stored; y: class indices [n], int32.
    """

    name: str
    x_train: numpy.ndarray
    y_train: numpy.ndarray
    x_test: numpy.ndarray
    y_test: numpy.ndarray
    class_names: tuple[str, ...]
    #: What one unit of a stored number is worth.
    pixel_scale: float


def dataset(name: str, *, data_dir: Optional[lib.PathLike] = None) -> Dataset:
    """A data set that the command knows: `digits` (built in), `fashion-mnist`, `csv:FILE`, ... as arrays.

    Raises: `MissingInputError` if its files are not there, `UsageError` for an unknown name, `BadDataError`.
    """
    held = lib.Handle("data", "tombola_data_named", name.encode(), None if data_dir is None else lib.path(data_dir))
    about = lib.answer("tombola_data_describe", held)
    parts = []
    for part in ["train", "test"]:
        x = numpy.empty((about[part], *about["shape"]), about["type"])
        y = numpy.empty(about[part], numpy.int32)
        lib.call("tombola_data_copy", held, part.encode(), x.ctypes.data,
                 y.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)))
        parts += [x, y]
    return Dataset(name, *parts, class_names=tuple(about["classNames"]), pixel_scale=about["pixelScale"])


def held(x: Any, y: Any, x_test: Any, y_test: Any, channels: Optional[str], test_share: Optional[float]) -> lib.Handle:
    """Samples and labels in the library's memory, copied once."""
    if (x_test is None) != (y_test is None):
        raise lib.UsageError("x_test and y_test belong together.")
    array, keep = lib.samples(x, channels)
    labels = _labels(y, "y")
    words: list[Any] = [ctypes.byref(array), _pointer(labels), len(labels), None, None, 0]
    if x_test is not None:
        test, keep_test = lib.samples(x_test, channels, "x_test")
        test_labels = _labels(y_test, "y_test")
        words[3:] = [ctypes.byref(test), _pointer(test_labels), len(test_labels)]
    if test_share is not None and not 0 < test_share < 1:
        raise lib.UsageError(f"test_share={test_share} is out of range: above 0 and below 1.")
    return lib.Handle("data", "tombola_data_from_arrays", *words, test_share or 0.0)


def _labels(y: Any, name: str) -> numpy.ndarray:
    labels = numpy.asarray(y)
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise lib.UsageError(f"{name} has shape {labels.shape} and type {labels.dtype}. Give one whole number a sample.")
    return numpy.ascontiguousarray(labels, numpy.int64)


def _pointer(labels: numpy.ndarray) -> Any:
    return labels.ctypes.data_as(ctypes.POINTER(ctypes.c_int64))
