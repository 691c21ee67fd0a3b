"""Winning lottery tickets on CPUs: sparse networks that train as well as the dense network around them.

    import tombola

    search = tombola.find(x, y, model="mlp:64", rounds=6, seeds=3)
    print(search)                                    # what the numbers show, with intervals
    probabilities = tombola.Predictor(search.ticket)(x)

The package holds the library of the command `tombola`; runs, tickets and bits are the same.
"""
from ._data import Dataset, dataset
from ._library import (
    BadDataError, CannotWriteError, FailedError, Interrupted, MissingInputError, TombolaError, UsageError, library,
)
from ._predictor import Predictor
from ._run import Progress, ProgressCallback, run
from ._search import Certificate, Condition, Curve, Interval, Lead, Search, certify, find
from ._tickets import State, Ticket, load
from ._torch import from_torch, to_onnx, to_torch

__version__: str = library.tombola_version().decode()

__all__ = [
    "BadDataError", "CannotWriteError", "Certificate", "Condition", "Curve", "Dataset", "FailedError", "Interrupted", "Interval",
    "Lead", "MissingInputError", "Predictor", "Progress", "ProgressCallback", "Search", "State", "Ticket", "TombolaError",
    "UsageError", "certify", "dataset", "find", "from_torch", "load", "run", "to_onnx", "to_torch",
]
