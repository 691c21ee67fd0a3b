"""Searches for tickets, and certificates."""
from __future__ import annotations

import math
import pathlib
from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Union

import numpy

from . import _library as lib
from ._run import ProgressCallback, run
from ._tickets import Ticket, load

_CONTROLS = ["reinit", "shuffled"]


@dataclass(frozen=True)
class Interval:
    """A mean over seeds with its 95 % interval by Student's t (equal to the mean for one seed)."""

    mean: float
    low: float
    high: float
    #: One a seed.
    values: tuple[float, ...]

    @classmethod
    def _of(cls, record: Mapping[str, Any]) -> "Interval":
        return cls(record["mean"], record["low"], record["high"], tuple(record["values"]))


@dataclass(frozen=True)
class Curve:
    """Test accuracy of one kind of network over the rounds of a search, as shares of 1."""

    #: [round], falling.
    density: numpy.ndarray
    #: [round]
    mean: numpy.ndarray
    #: [round], ends of the 95 % intervals.
    low: numpy.ndarray
    high: numpy.ndarray
    #: [round, seed]
    values: numpy.ndarray


@dataclass(frozen=True)
class Search:
    """What a search found: `find` returns it."""

    #: What the numbers show, in sentences, with intervals.
    verdict: tuple[str, ...]
    #: By name: `dense` (the same at every density), `ticket`, `reinit` (its mask, other weights), `shuffled` (as many weights
    #: a layer, elsewhere), `random`, and other controls that were asked for.
    curves: Mapping[str, Curve]
    #: Surviving share of the weights, by round.
    densities: tuple[float, ...]
    #: The file of the recommended ticket: the sparsest of those that match the dense network; None if there is none.
    ticket_path: Optional[pathlib.Path]
    #: Files of all tickets, by seed and round (from 1).
    tickets: Mapping[tuple[int, int], pathlib.Path]
    #: The run folder, which the command reads too.
    folder: pathlib.Path
    #: The page with tables and charts.
    report: pathlib.Path
    #: Networks that could not be finished, in sentences.
    failures: tuple[str, ...]
    #: The whole record, as `tombola find --json` prints it.
    record: Mapping[str, Any] = field(repr=False)

    @property
    def ticket(self) -> Optional[Ticket]:
        """The recommended ticket; None if there is none."""
        return None if self.ticket_path is None else load(self.ticket_path)

    def __str__(self) -> str:
        return "\n".join(self.verdict)


def find(
    x: Any = None, y: Any = None, *, x_test: Any = None, y_test: Any = None, channels: Optional[str] = None,
    test_share: Optional[float] = None, data: Optional[str] = None, model: Optional[str] = None,
    rounds: Optional[int] = None, density: Optional[float] = None, seeds: int = 3, threads: Optional[int] = None,
    out: lib.PathLike = "runs", data_dir: Optional[lib.PathLike] = None,
    progress: Union[None, bool, ProgressCallback] = None, **settings: Any,
) -> Search:
    """Searches for winning tickets, beside their controls, as `tombola find` does.

    x: samples (n, features), (n, height, width), (n, height, width, channels) or (n, channels, height, width), uint8 (pixels
        worth 1/255) or float32 (values that count as they are); copied once. Where channels may stand first or last, say
        which: channels="first" or "last".
    y: class of each sample, whole numbers.
    x_test, y_test: to test with; without them a fifth (test_share) of each class is kept for that.
    data: a data set of the command in place of x and y: "digits", "fashion-mnist", "npz:FILE", ...
    model: "lenet-300-100", "mlp:64,32", "conv-4", "resnet-20", "onnx:FILE", ... (`tombola list models`)
    rounds, or density: how often a share (fraction, 0.2) of the weights goes, or which share is left at the end, of the layers
        that are pruned.
    seeds: how many searches; intervals are over them.
    out: the folder for run folders. Called again with the same arguments, what is done is not done again.
    progress: called as the run goes on, or True for a line on standard error (the default on a terminal), or False.
    settings: any setting of `tombola find`, with underscores: steps="3ep", batch=64, lr=0.1, exclude="output".

    Controls reinit and shuffled are always trained. Ctrl-C saves everything and raises KeyboardInterrupt.

    Raises: `UsageError`, `BadDataError`, `MissingInputError`, `FailedError`, `CannotWriteError`, `Interrupted`.
    """
    if density is not None:
        rounds, settings = _levels(density, rounds, settings)
    record = run(
        "find", {**settings, "model": model, "rounds": rounds, "data": data, "controls": _controls(settings.get("controls"))},
        x=x, y=y, x_test=x_test, y_test=y_test, channels=channels, test_share=test_share, seeds=seeds, threads=threads,
        out=out, data_dir=data_dir, progress=progress)
    return _search(record)


def _levels(density: float, rounds: Optional[int], settings: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """The rounds of the fraction that reach a density, with the fraction that reaches it exactly."""
    if rounds is not None:
        raise lib.UsageError("density and rounds say the same. Leave one of them out.")
    if not 0 < density < 1:
        raise lib.UsageError(f"density={density} is out of range: above 0 and below 1.")
    fraction = float(settings.get("fraction", 0.2))
    if not 0 < fraction < 1:
        raise lib.UsageError(f"fraction={fraction} is out of range: above 0 and below 1.")
    count = max(1, math.ceil(math.log(density) / math.log(1 - fraction) - 1e-9))
    return count, {**settings, "fraction": 1 - density ** (1 / count)}


def _controls(asked: Any) -> Any:
    """None for the usual ones, else what is asked with those that a claim needs."""
    if asked is None:
        return None
    names = [asked] if isinstance(asked, str) else list(asked)
    names = [name for text in names for name in text.split(",") if name != "none"]
    return [*names, *[name for name in _CONTROLS if name not in names]]


def _search(record: dict[str, Any]) -> Search:
    rounds, folder = record["rounds"], pathlib.Path(record["folder"])
    densities = [level["density"] for level in rounds]
    ignored = {"round", "remaining", "density", "layers", "inputConnections"}
    names = sorted({name for level in rounds for name in level if name not in ignored})
    curves = {"dense": _curve([(density, record["dense"]) for density in densities])}
    for name in names:
        curves[name] = _curve([(level["density"], level[name]) for level in rounds if name in level])
    tickets = {(seed, level["round"]): folder / f"seed-{seed}" / f"round-{level['round']:02d}.safetensors"
               for seed in record["seeds"] for level in rounds}
    return Search(
        verdict=tuple(record["verdict"]), curves=curves, densities=tuple(densities),
        ticket_path=pathlib.Path(record["ticket"]["path"]) if record.get("ticket") else None,
        tickets={key: file for key, file in tickets.items() if file.exists()}, folder=folder,
        report=folder / "report.html", failures=_failures(record), record=record)


def _curve(points: list[tuple[float, Mapping[str, Any]]]) -> Curve:
    accuracies = [Interval._of(arm["testAccuracy"]) for _, arm in points]
    return Curve(
        numpy.array([density for density, _ in points]), numpy.array([point.mean for point in accuracies]),
        numpy.array([point.low for point in accuracies]), numpy.array([point.high for point in accuracies]),
        numpy.array([point.values for point in accuracies]))


def _failures(record: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"seed {failure['seed']}, {failure['network']}: {failure['problem']}" for failure in record.get("failures", []))


@dataclass(frozen=True)
class Condition:
    """A condition of a certificate."""

    #: 1 to 5 as in Ma et al. 2021; 0 for what must hold before any of them means anything.
    number: int
    statement: str
    #: `holds`, `fails` or `undecided`.
    state: str
    #: What must be above the threshold, a share of 1.
    value: Interval
    threshold: float
    #: Probability of what was seen if it did not hold, after Holm's correction over the conditions.
    chance: float

    @classmethod
    def _of(cls, record: Mapping[str, Any]) -> "Condition":
        return cls(record["number"], record["statement"], record["state"], Interval._of(record["value"]), record["threshold"],
                   record["chanceIfFalse"])


@dataclass(frozen=True)
class Lead:
    """The ticket's lead in test accuracy over a control that no condition needs."""

    #: `random`, `shuffled`, ...
    control: str
    value: Interval
    #: Two-sided probability of as much if there were none, after Holm's correction over the controls.
    chance: float

    @classmethod
    def _of(cls, record: Mapping[str, Any]) -> "Lead":
        return cls(record["kind"], Interval._of(record["lead"]), record["chance"])


@dataclass(frozen=True)
class Certificate:
    """Whether a sub-network is a winning ticket: `certify` returns it."""

    #: Sentences for every density.
    verdict: tuple[str, ...]
    #: `jackpot`, `secondary prize`, `none` or `undecided`, by density.
    verdicts: Mapping[float, str]
    #: The five conditions of Ma et al. 2021 (arXiv:2107.00166), by density.
    conditions: Mapping[float, tuple[Condition, ...]]
    #: The ticket's leads over the other controls, by density.
    leads: Mapping[float, tuple[Lead, ...]]
    #: `tombola certify --verify` checks it by making everything again.
    path: pathlib.Path
    folder: pathlib.Path
    report: pathlib.Path
    failures: tuple[str, ...]
    #: The whole record, as `tombola certify --json` prints it.
    record: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return "\n".join(self.verdict)


def certify(
    ticket: Union[None, lib.PathLike, Ticket] = None, x: Any = None, y: Any = None, *, x_test: Any = None,
    y_test: Any = None, channels: Optional[str] = None, test_share: Optional[float] = None, data: Optional[str] = None,
    model: Optional[str] = None, seeds: int = 5, threads: Optional[int] = None, out: lib.PathLike = "runs",
    data_dir: Optional[lib.PathLike] = None, progress: Union[None, bool, ProgressCallback] = None, **settings: Any,
) -> Certificate:
    """Says with statistics whether a sub-network is a winning ticket, as `tombola certify` does.

    ticket: one that a search found, which is found and trained anew over seeds and learning rates, beside dense,
        re-initialised and small dense networks; or None for the tickets of the settings.
    x, y, ...: the arrays that it was found on, unless it was found on a data set of the command. See `find`.
    settings: any setting of `tombola certify`, with underscores: lr_sweep=[0.03, 0.1], at=[3, 6].

    Raises: as `find`.
    """
    if isinstance(ticket, Ticket):
        ticket = ticket.path
    record = run(
        "certify", {**settings, "ticket": ticket, "model": model, "data": data}, x=x, y=y, x_test=x_test, y_test=y_test,
        channels=channels, test_share=test_share, seeds=seeds, threads=threads, out=out, data_dir=data_dir, progress=progress)
    folder = pathlib.Path(record["folder"])
    levels = record["densities"]
    return Certificate(
        verdict=tuple(record["verdict"]), verdicts={level["density"]: level["verdict"] for level in levels},
        conditions={level["density"]: tuple(map(Condition._of, level["conditions"])) for level in levels},
        leads={level["density"]: tuple(map(Lead._of, level["checks"])) for level in levels},
        path=folder / "certificate.json", folder=folder, report=folder / "report.html", failures=_failures(record),
        record=record)
