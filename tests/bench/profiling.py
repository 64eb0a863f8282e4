"""How fast `modelmonitor profile` is on tables of 50 columns, and what memory it takes.

python3 tests/bench/profiling.py [--rows 1000000] [--runs 3]

Half of the numbers are normal, half are amounts with two decimals; one column in ten holds texts; two are a
target and its score. Each run is a process of its own, which tells its CPU time and its peak.
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "build" / "bench"
COLUMNS, PART = 50, 100_000
FORMATS = ("csv", "parquet")
_PROGRAM = """
import pathlib, sys, time
from modelmonitor.cli import main
try:
    main(["profile", sys.argv[1], "--target", "target", "--score", "score", "--quiet"])
except SystemExit as end:
    assert not end.code
status = pathlib.Path("/proc/self/status").read_text().splitlines()
print(time.process_time(), next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


@dataclass(frozen=True)
class Run:
    """What one run took: seconds, seconds of CPU, MiB."""

    wall: float
    cpu: float
    memory: float


def parts(rows: int) -> Iterator[pa.RecordBatch]:
    """Make the table, some rows at a time."""
    random = np.random.default_rng(1)
    texts = np.array([f"value{number:02}" for number in range(20)])
    for start in range(0, rows, PART):
        size = min(PART, rows - start)
        columns: dict[str, Any] = {}
        for number in range(COLUMNS - 2):
            if number % 10 == 0:
                columns[f"text{number}"] = texts[random.integers(0, 20, size)]
            elif number % 2:
                columns[f"normal{number}"] = random.normal(size=size)
            else:
                columns[f"amount{number}"] = random.gamma(2, 50, size).round(2)
        columns["score"] = random.beta(2, 3, size).round(6)
        columns["target"] = (random.random(size) < columns["score"]).astype(np.int64)
        yield pa.record_batch(columns)


def write(folder: Path, rows: int) -> dict[str, Path]:
    """Write the table in both formats."""
    paths = {kind: folder / f"table.{kind}" for kind in FORMATS}
    batches = parts(rows)
    first = next(batches)
    with (
        csv.CSVWriter(paths["csv"], first.schema) as as_csv,
        parquet.ParquetWriter(paths["parquet"], first.schema) as as_parquet,
    ):
        for batch in itertools.chain([first], batches):
            as_csv.write(batch)
            as_parquet.write_batch(batch)
    return paths


def once(path: Path) -> Run:
    """Profile a table in a process of its own."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, path], stdout=subprocess.PIPE, text=True)
    told, _ = process.communicate()
    wall = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{path}: ended with status {process.returncode}")
    cpu, memory = map(float, told.split())
    return Run(wall, cpu, memory / 1024)


def summary(taken: list[Run], rows: int, size: int) -> dict[str, Any]:
    """Return medians, and rows in a second."""
    medians = {name: statistics.median(asdict(run)[name] for run in taken) for name in asdict(taken[0])}
    pace = {"rows_per_second": rows / medians["wall"], "rows_per_cpu_second": rows / medians["cpu"]}
    return {"bytes": size, **medians, **pace, "runs": [asdict(run) for run in taken]}


def table(rows: int, results: dict[str, dict[str, Any]]) -> str:
    """Write the results for people."""
    lines = [f"{rows:,} rows x {COLUMNS}        MB   wall s    CPU s      rows/s   rows/CPU s   peak MiB"]
    for kind, it in results.items():
        numbers = (
            f"{it['bytes'] / 1e6:10.0f} {it['wall']:8.1f} {it['cpu']:8.1f} {it['rows_per_second']:11,.0f}"
        )
        lines.append(f"  {kind:12}{numbers} {it['rows_per_cpu_second']:12,.0f} {it['memory']:10.0f}")
    return "\n".join(lines)


def main() -> None:
    """Measure both formats; print a table, keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    wanted = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": os.getloadavg()}
    with tempfile.TemporaryDirectory() as folder:
        paths = write(Path(folder), wanted.rows)
        taken: dict[str, list[Run]] = {kind: [] for kind in FORMATS}
        for _ in range(wanted.runs):
            for kind, path in paths.items():
                taken[kind].append(once(path))
        results = {
            kind: summary(runs, wanted.rows, paths[kind].stat().st_size) for kind, runs in taken.items()
        }
    print(table(wanted.rows, results))
    path = RESULTS / "profiling.json"
    path.write_text(
        json.dumps({"machine": machine, "rows": wanted.rows, "results": results}, indent=2) + "\n"
    )
    print(f"numbers: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
