"""Where whylogs, Evidently and Scouter do what the evaluator's counters do: the same job, the same data.

python3 tests/bench/peers.py [--runs 3] [--rows 100000] [--single-rows 20000]

Each run is a process of its own, by the Python of the program; runs of all programs alternate. The data are
in memory, in the form that each program takes, before a clock runs. Ratios are of CPU time in all threads,
which a busy machine does not change much. What each program decides is shown beside what it costs; no figure
passes or fails. ModelMonitor counts a score too, and of single rows remembers the ids; no other program does.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "hack"))
import environments  # noqa: E402 - from hack/, which is no package
import progress  # noqa: E402

RESULTS = ROOT / "build" / "bench"
PEERS = ROOT / "hack" / "peers" / "python"
FEATURES, SHIFT = 20, 0.2
QUIET = {
    "DO_NOT_TRACK": "1", "ITERATIVE_DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "1",
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
}  # fmt: skip
"""No program reports its use to its makers, none has more threads than its own code starts."""

OURS = "modelmonitor"
Result = dict[str, Any]


@dataclass(frozen=True)
class Program:
    """A program at a job; `rule` says by what it finds drift, `ours` which of our jobs it is held against."""

    maker: str
    job: str
    title: str
    rule: str
    ours: str

    @property
    def key(self) -> str:
        """Tell it from all others."""
        return f"{self.maker} {self.job}"


_TOLERANCE, _KS = "PSI surely above 0.2, what /v1/stats tolerates", "KS of sketches, p < .05"
BATCHES = (
    Program(OURS, "batches", "ModelMonitor, 1,000 rows a batch", _TOLERANCE, "batches"),
    Program("whylogs", "batches", "whylogs, 1,000 rows a batch", _KS, "batches"),
    Program(OURS, "whole", "ModelMonitor, all rows at once", _TOLERANCE, "whole"),
    Program("whylogs", "whole", "whylogs, all rows at once", _KS, "whole"),
    Program("evidently", "preset", "Evidently, DataDriftPreset", "Wasserstein / sd >= 0.1", "whole"),
    Program("evidently", "psi", "Evidently, its PSI alone", "PSI >= 0.1", "whole"),
    Program("scouter", "whole", "Scouter, PSI", "PSI > chi-squared(.95) / rows", "whole"),
)
SINGLE = (
    Program(OURS, "rows", "ModelMonitor, 64 gathered, ids remembered", "", "rows"),
    Program("whylogs", "gathered", "whylogs, 64 gathered", "", "rows"),
    Program("whylogs", "rows", "whylogs, a rolling logger", "", "rows"),
)


def write(folder: Path, rows: int, current: int) -> Path:
    """Write a reference of so many rows, current rows like it and others that moved, and scores."""
    random = np.random.default_rng(20)
    folder.mkdir()
    for name, count, mean in (("reference", rows, 0.0), ("same", current, 0.0), ("shifted", current, SHIFT)):
        np.save(folder / f"{name}.npy", random.normal(mean, 1.0, (count, FEATURES)))
    np.save(folder / "scores.npy", random.beta(2, 5, current))
    return folder


def pythons() -> dict[str, Path]:
    """Return the Python of each program that can be installed here, and say which cannot."""
    found = {OURS: Path(sys.executable)}
    for maker in ("whylogs", "evidently", "scouter"):
        try:
            found[maker] = environments.python(PEERS / f"{maker}.txt")
        except progress.CommandError as error:
            first, *_, log = str(error).splitlines()
            print(f"{maker}: left out, it cannot be installed here ({first.partition(';')[0]}; {log})")
    return found


def once(python: Path, program: Program, folder: Path, current: str) -> Result:
    """Let a program do its job in a process of its own."""
    environment = {
        name: it for name, it in os.environ.items() if name not in ("PYTHONPATH", "PYTHONWARNINGS")
    }
    script = PEERS / f"{program.maker}_count.py"
    done = subprocess.run(
        [python, script, program.job, folder, current],
        env=environment | QUIET, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{program.key}: ended with status {done.returncode}\n{done.stderr[-2000:]}")
    told: Result = json.loads(done.stdout.splitlines()[-1])
    return told


def measure(
    programs: Sequence[Program], where: dict[str, Path], folder: Path, runs: int
) -> dict[str, Result]:
    """Run all programs in turn and summarise each; the first turn, on rows that moved, is not timed."""
    programs = [program for program in programs if program.maker in where]
    taken: dict[str, list[Result]] = {program.key: [] for program in programs}
    for turn in range(runs + 1):
        for number, program in enumerate(programs, 1):
            _show(f"{program.key}: turn {turn} of {runs}, program {number} of {len(programs)}")
            current = "same" if turn else "shifted"
            taken[program.key].append(once(where[program.maker], program, folder, current))
    _show("")
    return {name: _summary(shifted, same) for name, (shifted, *same) in taken.items()}


def _summary(shifted: Result, same: Sequence[Result]) -> Result:
    def median(*path: str) -> float:
        return statistics.median(_at(one, path) for one in same)

    return {
        "reference": median("stages", "reference", "wall"),
        "wall": statistics.median(_to_verdict(one, "wall") for one in same),
        "cpu": statistics.median(_to_verdict(one, "cpu") for one in same),
        "imported": {"cpu": median("imported", "cpu"), "memory": median("imported", "memory")},
        "peak": median("peak"),
        "found": {"same": [one["found"] for one in same], "shifted": shifted["found"]},
        "runs": [one["stages"] for one in same],
    }


def _at(result: Any, path: Sequence[str]) -> float:
    for name in path:
        result = result.get(name, {})
    return float(result or 0.0)


def _to_verdict(result: Result, what: str) -> float:
    return _at(result, ("stages", "count", what)) + _at(result, ("stages", "judge", what))


_HEAD = "{:42}{:>10}{:>12}{:>8}{:>12}{:>9}{:>9}{:>7}"


def table(programs: Sequence[Program], results: dict[str, Result], amount: float, unit: str) -> str:
    """Write what each program took for people; `amount` is what was counted, in `unit`."""
    lines = [
        _HEAD.format("", "reference", "to verdict", "CPU", unit, "CPU as", "imports", "peak"),
        _HEAD.format("", "s", "s", "s", "/CPU s", "ours x", "MiB", "MiB"),
    ]
    for program in programs:
        if program.key in results:
            row, ours = results[program.key], results[f"{OURS} {program.ours}"]
            reference = f"{row['reference']:.2f}" if row["reference"] else "-"
            took, ratio = f"{row['wall']:12.3f}{row['cpu']:8.3f}", row["cpu"] / ours["cpu"]
            memory = f"{row['imported']['memory']:9.0f}{row['peak']:7.0f}"
            rate = f"{amount / row['cpu']:12,.2f}{ratio:9.1f}"
            lines.append(f"{program.title:42}{reference:>10}{took}{rate}{memory}")
    return "\n".join(lines)


def decisions(results: dict[str, Result]) -> str:
    """Write in how many columns each program found drift."""
    lines = [f"{'drift found, columns of ' + str(FEATURES):42}{'none is':>12}{f'{SHIFT} sd is':>12}   by"]
    for program in BATCHES:
        if program.key in results:
            found = results[program.key]["found"]
            lines.append(_decision(program.title, found, "drifted", program.rule))
            if program.maker == OURS:
                lines.append(
                    _decision("  if nothing is tolerated", found, "beyond noise", "PSI surely above noise")
                )
    return "\n".join(lines)


def _decision(title: str, found: Result, name: str, rule: str) -> str:
    same, shifted = {one[name] for one in found["same"]}, found["shifted"][name]
    seen = str(same.pop()) if len(same) == 1 else f"{min(same)} to {max(same)}"
    return f"{title:42}{seen:>12}{shifted:>12}   {rule}"


def _show(line: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, print tables, keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--single-rows", type=int, default=20_000)
    wanted = parser.parse_args()
    rows, single_rows = wanted.rows, wanted.single_rows
    where = pythons()
    print(f"counting beside peers, {wanted.runs} runs each, alternating; a few minutes", file=sys.stderr)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "load": os.getloadavg()}
    with tempfile.TemporaryDirectory() as name:
        batch = measure(BATCHES, where, write(Path(name, "batch"), rows, rows), wanted.runs)
        single = measure(SINGLE, where, write(Path(name, "single"), rows, single_rows), wanted.runs)
    print(
        f"{rows:,} rows of {FEATURES} columns against a reference of as many; medians of {wanted.runs} runs"
    )
    print(table(BATCHES, batch, rows * FEATURES / 1e6, "M values"))
    print(f"\n{single_rows:,} rows, one at a time (Evidently has no such way; Scouter's leads to its server)")
    print(table(SINGLE, single, single_rows / 1e3, "k rows"))
    print(f"\n{decisions(batch)}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "peers.json"
    document = {
        "machine": machine,
        "rows": rows,
        "single_rows": single_rows,
        "batch": batch,
        "single": single,
    }
    path.write_text(json.dumps(document, indent=2) + "\n")
    print(f"numbers: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
