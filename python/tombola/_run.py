"""Runs, their progress, and how they are stopped."""
from __future__ import annotations

import json
import os
import signal
import sys
import threading
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional, Union

from . import _data, _library as lib


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    #: Of the work, from 0 to 1.
    fraction: float
    #: Seconds since it began.
    elapsed: float
    #: Estimated seconds; None before anything can be said.
    left: Optional[float]
    #: What was worked on last.
    stage: str
    #: What is said of the data before the work starts.
    announcement: str


#: Called about ten times a second by the thread that called; returning False, or raising, ends the run with everything saved.
ProgressCallback = Callable[[Progress], Any]


class _Line:
    """A live line on standard error."""

    def __init__(self) -> None:
        self._told = False

    def __call__(self, progress: Progress) -> None:
        if progress.announcement and not self._told:
            self._told = True
            print(f"\r\x1b[K{progress.announcement}", file=sys.stderr)
        left = "" if progress.left is None else f", about {progress.left:.0f} s left"
        sys.stderr.write(f"\r\x1b[K{100 * progress.fraction:3.0f} %  {progress.stage}  {progress.elapsed:.0f} s{left}")
        sys.stderr.flush()

    def end(self) -> None:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


class _Watch:
    """What the library calls while it runs. Ctrl-C is noted, saved for, and told once the run has ended."""

    def __init__(self, callback: Optional[ProgressCallback]) -> None:
        self._callback = callback
        self.error: Optional[BaseException] = None
        self.is_interrupted = False
        self.function = lib.WATCH(self._watch)

    def _watch(self, pointer: Any, _context: Any) -> int:
        try:
            if self._callback is not None and self._callback(self._progress(pointer.contents)) is False:
                return 1
        except BaseException as error:  # told by the thread that called
            self.error = error
        return int(self.is_interrupted or self.error is not None)

    @staticmethod
    def _progress(now: lib.ProgressStruct) -> Progress:
        return Progress(now.fraction, now.elapsed, None if now.left < 0 else now.left, now.stage.decode(),
                        now.announcement.decode())

    def note_signal(self, _number: int, _frame: Any) -> None:
        self.is_interrupted = True


def run(
    experiment: str, settings: Mapping[str, Any], *, x: Any = None, y: Any = None, x_test: Any = None, y_test: Any = None,
    channels: Optional[str] = None, test_share: Optional[float] = None, seeds: Optional[int] = None,
    threads: Optional[int] = None, out: lib.PathLike = "runs", data_dir: Optional[lib.PathLike] = None,
    progress: Union[None, bool, ProgressCallback] = None,
) -> dict[str, Any]:
    """The record of an experiment of the command, which is run, or gone on with."""
    data = None
    if x is not None or y is not None:
        if x is None or y is None:
            raise lib.UsageError("x and y belong together.")
        data = _data.held(x, y, x_test, y_test, channels, test_share)
    elif any(value is not None for value in [x_test, y_test, channels, test_share]):
        raise lib.UsageError("x_test, y_test, channels and test_share belong to x and y, which are not given.")
    words = {key.replace("_", "-"): text(value) for key, value in settings.items() if value is not None}
    request = {"settings": words, "seeds": seeds, "threads": threads, "output": os.fspath(out),
               "dataFolder": None if data_dir is None else os.fspath(data_dir)}
    if data is not None:
        request["reproduce"] = _call(experiment, words, seeds)
    line = _Line() if progress is True or (progress is None and sys.stderr.isatty()) else None
    watch = _Watch(progress if callable(progress) else line)
    is_main = threading.current_thread() is threading.main_thread()
    # One that was not set from Python cannot be put back.
    previous = signal.getsignal(signal.SIGINT) if is_main else None
    if previous is signal.SIG_IGN:
        previous = None
    if previous is not None:
        signal.signal(signal.SIGINT, watch.note_signal)
    try:
        return lib.answer("tombola_run", experiment.encode(), json.dumps(request).encode(),
                          data, watch.function, None)
    finally:
        if line is not None:
            line.end()
        if previous is not None:
            signal.signal(signal.SIGINT, previous)
        if watch.error is not None:
            raise watch.error
        if watch.is_interrupted:
            if callable(previous):
                previous(signal.SIGINT, None)
            else:
                os.kill(os.getpid(), signal.SIGINT)


def text(value: Any) -> str:
    """A setting's value as one word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(text(part) for part in value)
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def _call(experiment: str, words: Mapping[str, str], seeds: Optional[int]) -> str:
    given = "".join(f", {key.replace('-', '_')}={value!r}" for key, value in sorted(words.items()))
    return f"tombola.{experiment}(x=x, y=y{given}{'' if seeds is None else f', seeds={seeds}'})"
