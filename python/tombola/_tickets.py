"""Tickets as NumPy arrays."""
from __future__ import annotations

import os
import pathlib
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

import numpy

from . import _library as lib

_START, _TRAINED, _MASK = 1, 2, 3


@dataclass(frozen=True)
class State:
    """Weights and masks under the names of a PyTorch state_dict."""

    #: float32; zero where pruned.
    weights: Mapping[str, numpy.ndarray]
    #: bool, True where a weight lives; of tensors that are pruned, or could be.
    masks: Mapping[str, numpy.ndarray]


class Ticket:
    """A sparse network: its mask, the weights it starts from, and those that training gave it.

    `load` makes it. Arrays are read once, when they are asked for.
    """

    def __init__(self, path: lib.PathLike) -> None:
        #: The file.
        self.path = pathlib.Path(path)
        self._handle = lib.Handle("ticket", "tombola_ticket_open", lib.path(path))
        about = lib.answer("tombola_ticket_describe", self._handle)
        #: Shapes by name, in the network's order.
        self.shapes: dict[str, tuple[int, ...]] = {part["name"]: tuple(part["shape"]) for part in about["tensors"]}
        self._prunable = [part["name"] for part in about["tensors"] if part["prunable"]]
        #: SHA-256 of mask and start weights.
        self.digest: str = about["digest"]
        self.seed: int = about["seed"]
        self.round: int = about["round"]
        #: The step of training that `start` belongs to.
        self.start_step: int = about["startStep"]
        #: Surviving share, and number, of the prunable weights.
        self.density: float = about["density"]
        self.remaining: int = about["remaining"]
        #: The network's name, its input (channels, height, width) and how many outputs it has.
        self.network: str = about["network"]
        self.input_shape: tuple[int, int, int] = tuple(about["input"])
        self.outputs: int = about["outputs"]
        #: Of the search that found it, and what was measured.
        self.settings: dict[str, str] = about["settings"]
        self.metrics: dict[str, float] = about["metrics"]
        self._has_trained: bool = about["hasTrained"]
        self._kept: dict[int, dict[str, numpy.ndarray]] = {}

    @property
    def start(self) -> Mapping[str, numpy.ndarray]:
        """The weights that training starts from, float32, zero where pruned."""
        return self._read(_START, numpy.float32, self.shapes)

    @property
    def trained(self) -> Optional[Mapping[str, numpy.ndarray]]:
        """The weights after training; None in a compact ticket, which has none."""
        return self._read(_TRAINED, numpy.float32, self.shapes) if self._has_trained else None

    @property
    def masks(self) -> Mapping[str, numpy.ndarray]:
        """True where a weight lives, by the names of the tensors that can be pruned."""
        return self._read(_MASK, numpy.bool_, self._prunable)

    def state(self, weights: str = "trained") -> State:
        """Weights (trained or start) with the masks.

        Raises: `BadDataError` if it lacks them.
        """
        if weights not in ("trained", "start"):
            raise lib.UsageError(f"weights={weights!r} is neither 'trained' nor 'start'.")
        values = self.trained if weights == "trained" else self.start
        if values is None:
            raise lib.BadDataError(f"{self.path} holds no trained weights. Take weights='start', or train it first.")
        return State(values, self.masks)

    def with_state(self, state: State, path: lib.PathLike, *, weights: str = "trained") -> "Ticket":
        """Writes a ticket of this network with other weights and masks, such as those that PyTorch trained on, and loads it.

        What was measured with the old ones is left out of it.

        Raises: `UsageError` if names or shapes are not the ticket's, `BadDataError`, `CannotWriteError`.
        """
        check(self.shapes, {name: values.shape for name, values in state.weights.items()}, "the state")
        changed = Ticket(self.path)
        kind = {"trained": _TRAINED, "start": _START}[weights]
        for name in self._prunable:
            mask = state.masks.get(name)
            changed._set(name, _MASK, numpy.ones(self.shapes[name], numpy.uint8) if mask is None else mask)
        for name, values in state.weights.items():
            changed._set(name, kind, values)
        lib.call("tombola_ticket_write", changed._handle, lib.path(path))
        return load(path)

    def _set(self, name: str, kind: int, values: numpy.ndarray) -> None:
        array = numpy.ascontiguousarray(values, numpy.uint8 if kind == _MASK else numpy.float32)
        if array.shape != self.shapes[name]:
            raise lib.UsageError(f"{name} has the shape {array.shape}, not {self.shapes[name]}.")
        lib.call("tombola_ticket_set", self._handle, name.encode(), kind, array.ctypes.data, array.size)

    def _read(self, kind: int, dtype: Any, names: Any) -> Mapping[str, numpy.ndarray]:
        if kind not in self._kept:
            arrays = {}
            for name in names:
                array = numpy.empty(self.shapes[name], dtype)
                lib.call("tombola_ticket_copy", self._handle, name.encode(), kind, array.ctypes.data, array.size)
                array.flags.writeable = False
                arrays[name] = array
            self._kept[kind] = arrays
        return self._kept[kind]

    def __repr__(self) -> str:
        return f"<Ticket {self.network} at {100 * self.density:.2f} %, seed {self.seed}, {self.path}>"


def load(ticket: Union[lib.PathLike, Ticket]) -> Ticket:
    """A ticket's file as NumPy arrays under the names of a PyTorch state_dict, with what is known of it.

    Raises: `MissingInputError` if there is no file, `BadDataError` if it is no ticket.
    """
    return ticket if isinstance(ticket, Ticket) else Ticket(os.fspath(ticket))


def check(wanted: Mapping[str, tuple[int, ...]], found: Mapping[str, tuple[int, ...]], what: str) -> None:
    """Refuses other names or shapes, all at once."""
    missing = [name for name in wanted if name not in found]
    more = [name for name in found if name not in wanted]
    other = [f"{name} {tuple(found[name])}, not {wanted[name]}" for name in wanted
             if name in found and tuple(found[name]) != wanted[name]]
    lines = [f"{title}: {', '.join(names)}" for title, names in
             [("missing", missing), ("left over", more), ("of another shape", other)] if names]
    if lines:
        raise lib.UsageError(f"The ticket does not fit {what}. " + "; ".join(lines) + ".")
