"""Models that answer what was recorded, and references that `modelmonitor profile` makes of their data."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from cli.running import Program
from evaluator import models


def replaying(folder: Path, recorded: Mapping[str, Any]) -> contextlib.AbstractContextManager[int]:
    """Serve recorded answers on a port of the loopback; see `replay_model`."""
    file = folder / "recorded.json"
    file.write_text(json.dumps(recorded))
    return models.running(Path(__file__).with_name("replay_model.py"), file)


def reference(file: Path, columns: Mapping[str, np.ndarray], *options: str) -> dict[str, Any]:
    """Write a table as CSV or Parquet, and return the profile that the program makes of it."""
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    (parquet.write_table if file.suffix == ".parquet" else csv.write_csv)(table, file)
    profile = file.with_suffix(".json")
    ended = Program(file.parent)("profile", file, "-o", profile, "--quiet", *options)
    assert ended.returncode == 0, ended.stderr
    return json.loads(profile.read_text())


def values(column: np.ndarray) -> list[Any]:
    """Return a column as JSON has it: NaN is missing, whole numbers of a column with NaN stay floats."""
    return [None if it != it else it for it in column.tolist()]  # noqa: PLR0124 - only NaN differs


def sizes(rows: int, seed: int) -> list[int]:
    """Cut rows into sizes of requests: as many single rows as batches of 2 to 200."""
    dice = np.random.default_rng(seed)
    found: list[int] = []
    while (left := rows - sum(found)) > 0:
        found.append(min(left, int(dice.choice([1, 1, 1, 2, 10, 64, 200]))))
    return found
