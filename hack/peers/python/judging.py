"""What the verdicts of all programs have in common: the same tables, one way to tell.

A judge is run as `python PROGRAM_judge.py FOLDER MOST`, in a process of its own and by the Python of the
program. `worlds.json` lists the worlds; `WORLD.npz` holds `reference` and `current`, both of shape
(repetitions, rows, columns); of a categorical world the values are codes. For each world the judge tells in
how many columns each of its rules finds drift, repetition by repetition, of at most MOST of them.
"""

import json
import pathlib
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Table:
    """One repetition of a world."""

    reference: np.ndarray
    current: np.ndarray
    categorical: bool

    @property
    def names(self) -> list[str]:
        """The columns, in order."""
        return [f"feature_{number}" for number in range(self.current.shape[1])]

    def texts(self, rows: np.ndarray) -> np.ndarray:
        """Return codes as the texts that categories are."""
        return np.char.add("c", rows.astype(int).astype(str)).astype(object)


Judge = Callable[[Table], dict[str, int]]
"""Returns by the name of each rule in how many columns it finds drift; -1 where it fails."""


def main(judge: Judge) -> None:
    """Judge all worlds and print the findings as JSON: world, rule, a number for each repetition."""
    folder, most = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    told: dict[str, dict[str, list[int]]] = {}
    for world in json.loads((folder / "worlds.json").read_text()):
        with np.load(folder / f"{world['name']}.npz") as data:
            pairs = list(zip(data["reference"][:most], data["current"][:most], strict=True))
        found: dict[str, list[int]] = {}
        for reference, current in pairs:
            for rule, number in judge(Table(reference, current, world["categorical"])).items():
                found.setdefault(rule, []).append(number)
        told[world["name"]] = found
        print(f"{world['name']}: {len(pairs)} repetitions", file=sys.stderr, flush=True)
    print(json.dumps(told))
