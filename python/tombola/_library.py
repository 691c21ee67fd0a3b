"""The shared library and what it answers; tombola.h describes the functions."""
from __future__ import annotations

import ctypes
import json
import os
import pathlib
import sys
from ctypes import POINTER, Structure, c_char_p, c_double, c_float, c_int32, c_int64, c_void_p
from typing import Any, Callable, Optional, Union

import numpy

PathLike = Union[str, "os.PathLike[str]"]


class TombolaError(Exception):
    """What went wrong, and what to do about it."""

    code = 70


class UsageError(TombolaError, ValueError):
    """Settings or arguments that cannot be used."""

    code = 64


class BadDataError(TombolaError, ValueError):
    """Samples, or a file, that cannot be used."""

    code = 65


class MissingInputError(TombolaError, FileNotFoundError):
    """A file or a data set that is not there."""

    code = 66


class FailedError(TombolaError, RuntimeError):
    """Networks diverged or collapsed, and too little is left for a result."""

    code = 70


class CannotWriteError(TombolaError, OSError):
    """A file that cannot be written."""

    code = 73


class Interrupted(TombolaError):
    """The progress callback asked to stop; everything so far is saved, and the same call goes on."""

    code = 130


_ERRORS = {kind.code: kind for kind in [UsageError, BadDataError, MissingInputError, FailedError, CannotWriteError, Interrupted]}


class Array(Structure):
    """tombola_array: samples in memory."""

    _fields_ = [("values", c_void_p), ("type", c_int32), ("channels", c_int32), ("rank", c_int32), ("shape", c_int64 * 4)]


class ProgressStruct(Structure):
    """tombola_progress."""

    _fields_ = [("fraction", c_double), ("elapsed", c_double), ("left", c_double), ("stage", c_char_p),
                ("announcement", c_char_p)]


WATCH = ctypes.CFUNCTYPE(c_int32, POINTER(ProgressStruct), c_void_p)
_TEXT, _HANDLE, _FLOATS = POINTER(c_void_p), POINTER(c_void_p), POINTER(c_float)

# Arguments before the last, where the message of an error goes.
_SIGNATURES = {
    "tombola_data_from_arrays": [POINTER(Array), POINTER(c_int64), c_int64, POINTER(Array), POINTER(c_int64), c_int64,
                                 c_double, _HANDLE],
    "tombola_data_named": [c_char_p, c_char_p, _HANDLE],
    "tombola_data_describe": [c_void_p, _TEXT],
    "tombola_data_copy": [c_void_p, c_char_p, c_void_p, POINTER(c_int32)],
    "tombola_run": [c_char_p, c_char_p, c_void_p, WATCH, c_void_p, _TEXT],
    "tombola_ticket_open": [c_char_p, _HANDLE],
    "tombola_ticket_describe": [c_void_p, _TEXT],
    "tombola_ticket_copy": [c_void_p, c_char_p, c_int32, c_void_p, c_int64],
    "tombola_ticket_set": [c_void_p, c_char_p, c_int32, c_void_p, c_int64],
    "tombola_ticket_write": [c_void_p, c_char_p],
    "tombola_predictor_make": [c_void_p, c_char_p, _HANDLE],
    "tombola_predictor_describe": [c_void_p, _TEXT],
    "tombola_predict": [c_void_p, POINTER(Array), _FLOATS, _FLOATS],
}


def _open() -> ctypes.CDLL:
    name = "libTombolaC.dylib" if sys.platform == "darwin" else "libTombolaC.so"
    place = os.environ.get("TOMBOLA_LIBRARY") or str(pathlib.Path(__file__).with_name(name))
    if not os.path.exists(place):
        raise ImportError(f"There is no {place}. Install the package with 'pip install ./python' from a checkout, or build "
                          "the library (swift build -c release --product TombolaC) and name it in TOMBOLA_LIBRARY.")
    library = ctypes.CDLL(place)
    for function, arguments in _SIGNATURES.items():
        getattr(library, function).argtypes = [*arguments, _TEXT]
        getattr(library, function).restype = c_int32
    for function in ["tombola_free_text", "tombola_free_data", "tombola_free_ticket", "tombola_free_predictor"]:
        getattr(library, function).argtypes, getattr(library, function).restype = [c_void_p], None
    library.tombola_version.restype = c_char_p
    if library.tombola_interface_version() != 1:
        raise ImportError(f"{place} has another interface than this package; build it anew.")
    return library


library = _open()


def call(function: str, *arguments: Any) -> None:
    """Calls a function that can fail, without Python's lock.

    Raises: the `TombolaError` of its code.
    """
    message = c_void_p()
    code = getattr(library, function)(*arguments, ctypes.byref(message))
    if code != 0:
        raise _ERRORS.get(code, TombolaError)(_taken(message) or f"{function} failed ({code}).")


def answer(function: str, *arguments: Any) -> Any:
    """The JSON that a function answers with behind its arguments."""
    text = c_void_p()
    call(function, *arguments, ctypes.byref(text))
    return json.loads(_taken(text))


def _taken(text: c_void_p) -> str:
    """A text of the library's, which is freed."""
    if not text.value:
        return ""
    value = ctypes.string_at(text.value).decode()
    library.tombola_free_text(text)
    return value


class Handle:
    """What the library made, freed with this object, which stands for it as an argument and so outlives the call."""

    def __init__(self, kind: str, function: str, *arguments: Any) -> None:
        self._free: Callable[[c_void_p], None] = getattr(library, f"tombola_free_{kind}")
        self.pointer = c_void_p()
        call(function, *arguments, ctypes.byref(self.pointer))

    @property
    def _as_parameter_(self) -> c_void_p:
        return self.pointer

    def __del__(self) -> None:
        if getattr(self, "pointer", None):
            self._free(self.pointer)


def path(value: PathLike) -> bytes:
    return os.fsencode(value)


_CHANNELS = {None: 0, "first": 1, "last": 2}
_TYPES = {numpy.dtype(numpy.uint8): 1, numpy.dtype(numpy.float32): 2}


def samples(x: Any, channels: Optional[str], name: str = "x") -> tuple[Array, numpy.ndarray]:
    """The struct of an array, which must live as long as the second value does.

    Nothing is copied, unless the array is not C-contiguous.
    """
    if channels not in _CHANNELS:
        raise UsageError(f"channels={channels!r} is neither 'first' nor 'last'.")
    values = numpy.asarray(x)
    if values.dtype not in _TYPES:
        raise UsageError(f"{name} is {values.dtype}. Give uint8 (pixels worth 1/255) or float32: {name}.astype(numpy.float32).")
    if not 2 <= values.ndim <= 4:
        raise UsageError(f"{name} has the shape {values.shape}. Give samples as (n, features), (n, height, width), "
                         "(n, height, width, channels) or (n, channels, height, width).")
    values = numpy.ascontiguousarray(values)
    shape = (c_int64 * 4)(*values.shape)
    return Array(values.ctypes.data, _TYPES[values.dtype], _CHANNELS[channels], values.ndim, shape), values
