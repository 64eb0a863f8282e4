"""What the jobs of all programs have in common: the same data, one stopwatch, one way to tell.

A job is run as `python PROGRAM_count.py JOB FOLDER CURRENT`, in a process of its own and by the Python of the
program. It is done once with a few rows first, so that what a program loads late is loaded; then all rows
are handed over in memory, in the form that the program takes, before the clock runs.
"""

import contextlib
import json
import pathlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

BATCH_ROWS, GATHERED_ROWS = 1000, 64
FEW_ROWS = 2000


@dataclass(frozen=True)
class Data:
    """A reference, what came after it, and the scores that go with the latter."""

    reference: np.ndarray
    current: np.ndarray
    scores: np.ndarray

    @property
    def names(self) -> list[str]:
        """The columns, in order."""
        return [f"feature_{number}" for number in range(self.current.shape[1])]

    def few(self) -> "Data":
        """Return the first rows of it."""
        return Data(self.reference[:FEW_ROWS], self.current[:FEW_ROWS], self.scores[:FEW_ROWS])

    def dicts(self) -> list[dict[str, float]]:
        """Return the current rows as a program that serves a model has them."""
        return [dict(zip(self.names, row, strict=True)) for row in self.current.tolist()]


class Clock:
    """Adds up the time of each stage of a job: seconds, and seconds of CPU in all threads."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done within."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        taken = self.stages.setdefault(name, {"wall": 0.0, "cpu": 0.0})
        taken["wall"] += time.perf_counter() - wall
        taken["cpu"] += time.process_time() - cpu


Job = Callable[[Data, Clock], dict[str, int]]
"""Times its stages (`reference`, `count`, `judge`); returns the rows that were counted and what drifted."""


def main(jobs: dict[str, Job]) -> None:
    """Do the job that was asked for and print what it took as JSON: seconds, MiB, and what it found."""
    imported = {"cpu": time.process_time(), "memory": peak()}
    job, folder, current = jobs[sys.argv[1]], pathlib.Path(sys.argv[2]), sys.argv[3]
    data = Data(*(np.load(folder / f"{name}.npy") for name in ("reference", current, "scores")))
    job(data.few(), Clock())
    clock = Clock()
    found = job(data, clock)
    if found.get("rows", len(data.current)) != len(data.current):
        raise SystemExit(f"{sys.argv[0]}: expected {len(data.current)} rows counted, got {found['rows']}")
    print(json.dumps({"imported": imported, "peak": peak(), "stages": clock.stages, "found": found}))


def peak() -> float:
    """Return the most memory that this process had, in MiB.

    As the kernel keeps it for this program alone: the resource module's figure begins with its parent's.
    """
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
