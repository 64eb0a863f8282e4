"""Memory is bounded: more rows take more time and not more room."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = """
import pathlib, sys
from modelmonitor.cli import main
try:
    main(["profile", sys.argv[1], "--quiet"])
except SystemExit as end:
    assert not end.code
lines = pathlib.Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""
COLUMNS = 20
ROWS = 1_000_000 if os.environ.get("MODELMONITOR_THOROUGH") else 300_000


def table(path: Path, rows: int) -> Path:
    """Write numbers of two digits and texts by repeating a block, which is quick to make."""
    random = np.random.default_rng(0)
    block = random.integers(10, 100, (10_000, COLUMNS))
    header = ",".join(f"c{number}" for number in range(COLUMNS)) + "\n"
    text = "".join(",".join([*map(str, row[:-1]), f"t{row[-1]}"]) + "\n" for row in block.tolist())
    with path.open("w") as file:
        file.write(header)
        for _ in range(rows // len(block)):
            file.write(text)
    return path


def peak(path: Path) -> int:
    """Return the MiB that profiling a file took at its peak, not that of its parent, as getrusage might."""
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=True
    )
    return int(ended.stdout) // 1024


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("memory")
    return table(folder / "small.csv", ROWS // 5), table(folder / "large.csv", ROWS)


def test_five_times_as_many_rows_take_as_much_memory(tables: tuple[Path, Path]) -> None:
    small, large = map(peak, tables)
    assert large < small + 60
    assert large < 250
