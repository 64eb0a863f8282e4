"""Who cries wolf, and who sleeps: verdicts of drift beside peers, on the same tables.

python3 tests/bench/verdicts.py [--repetitions 50] [--of-slow-peers 20]

Each world is made anew for each repetition, 20 columns a table. Without drift a column should be flagged in 5
of 100 cases where a rule says .05, and hardly ever where it does not; with drift, as often as can be. A
verdict that is not given for want of rows counts as no alarm. No figure passes or fails here; tests hold our
own rates to their bounds.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "hack"))
import environments  # noqa: E402 - from hack/, which is no package
import progress  # noqa: E402

RESULTS = ROOT / "build" / "bench"
PEERS = ROOT / "hack" / "peers" / "python"
COLUMNS = 20
QUIET = {"DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "1", "NML_DISABLE_USAGE_LOGGING": "1"}
"""No program reports its use to its makers."""
SLOW = ("evidently", "nannyml", "whylogs")
MAKERS = ("modelmonitor", "alibidetect", "scouter", *SLOW)

Rows = NDArray[np.float64]
Make = Callable[[np.random.Generator, int, bool], Rows]
"""Makes so many rows of `COLUMNS` columns, of the reference or (True) of what came after it."""
Findings = dict[str, dict[str, list[int]]]


@dataclass(frozen=True)
class World:
    """A kind of data: what it is called, rows of the reference and after it, how they are made."""

    name: str
    title: str
    reference: int
    current: int
    make: Make
    drifts: bool = False
    categorical: bool = False


def normal(shift: float = 0.0) -> Make:
    """Make standard normal columns that move by so many standard deviations."""
    return lambda rng, rows, later: rng.normal(shift * later, 1.0, (rows, COLUMNS))


def lognormal(sigma: float) -> Make:
    """Make columns with a heavy tail."""
    return lambda rng, rows, _: rng.lognormal(0.0, sigma, (rows, COLUMNS))


def ties(rng: np.random.Generator, rows: int, later: bool) -> Rows:
    """Make small whole numbers, most of them 0."""
    del later
    return rng.poisson(0.7, (rows, COLUMNS)).astype(float)


def categories(number: int, skew: float = 0.0) -> Make:
    """Make codes of so many categories, equal or by Zipf's law."""
    weights = np.arange(1, number + 1, dtype=float) ** -skew
    shares = weights / weights.sum()
    return lambda rng, rows, _: rng.choice(number, (rows, COLUMNS), p=shares).astype(float)


def with_outlier(make: Make) -> Make:
    """Put a million into one row of what comes after the reference."""

    def made(rng: np.random.Generator, rows: int, later: bool) -> Rows:
        table = make(rng, rows, later)
        table[0] = 1e6 if later else table[0]
        return table

    return made


def with_missing(rng: np.random.Generator, rows: int, later: bool) -> Rows:
    """Lose half of the values after the reference."""
    table = rng.normal(size=(rows, COLUMNS))
    table[rng.random(table.shape) < 0.5 * later] = math.nan
    return table


def with_infinite(rng: np.random.Generator, rows: int, later: bool) -> Rows:
    """Put one infinite value after the reference."""
    table = rng.normal(size=(rows, COLUMNS))
    table[0] = math.inf if later else table[0]
    return table


def constant(rng: np.random.Generator, rows: int, later: bool) -> Rows:
    """Make columns of one value."""
    del rng, later
    return np.full((rows, COLUMNS), 3.0)


WORLDS = (
    World("normal", "normal, 1,000 / 1,000", 1000, 1000, normal()),
    World("few", "normal, 5,000 / 200", 5000, 200, normal()),
    World("many", "normal, 1,000 / 10,000", 1000, 10_000, normal()),
    World("heavy", "lognormal (sigma 3), 5,000 / 1,000", 5000, 1000, lognormal(3.0)),
    World("ties", "whole numbers, 1,000 / 1,000", 1000, 1000, ties),
    World("five", "5 categories, 500 / 5,000", 500, 5000, categories(5), categorical=True),
    World("twenty", "20 categories, 1,000 / 1,000", 1000, 1000, categories(20), categorical=True),
    World("zipf", "50 categories by Zipf, 5,000 / 5,000", 5000, 5000, categories(50, 1.0), categorical=True),
    World("constant", "one value, 1,000 / 1,000", 1000, 1000, constant),
    World("outlier", "normal, one value of a million", 1000, 1000, with_outlier(normal())),
    World("infinite", "normal, one infinite value", 1000, 1000, with_infinite),
    World("shift1", "moved by .1 sd, 1,000 / 10,000", 1000, 10_000, normal(0.1), drifts=True),
    World("shift2", "moved by .2 sd, 1,000 / 10,000", 1000, 10_000, normal(0.2), drifts=True),
    World("shift3", "moved by .3 sd, 1,000 / 10,000", 1000, 10_000, normal(0.3), drifts=True),
    World(
        "hidden", "moved by 1 sd, one value of a million", 1000, 1000, with_outlier(normal(1.0)), drifts=True
    ),
    World("missing", "half of the values missing", 1000, 1000, with_missing, drifts=True),
)


def write(folder: Path, repetitions: int) -> None:
    """Write all worlds as the judges read them."""
    rng = np.random.default_rng(2026)
    for world in WORLDS:
        tables = [
            (world.make(rng, world.reference, False), world.make(rng, world.current, True))
            for _ in range(repetitions)
        ]
        reference, current = (np.stack(it) for it in zip(*tables, strict=True))
        np.savez(folder / f"{world.name}.npz", reference=reference, current=current)
    listed = [{"name": world.name, "categorical": world.categorical} for world in WORLDS]
    (folder / "worlds.json").write_text(json.dumps(listed))


def judged(maker: str, folder: Path, most: int) -> Findings | None:
    """Let a program judge all worlds; None if it cannot be installed here."""
    try:
        own = maker == "modelmonitor"
        python = Path(sys.executable) if own else environments.python(PEERS / f"{maker}.txt")
    except progress.CommandError as error:
        print(f"{maker}: left out, it cannot be installed here ({str(error).splitlines()[0]})")
        return None
    print(f"{maker} judges", file=sys.stderr)
    environment = {
        it: value for it, value in os.environ.items() if it not in ("PYTHONPATH", "PYTHONWARNINGS")
    }
    done = subprocess.run(
        [python, "-W", "ignore", PEERS / f"{maker}_judge.py", folder, str(most)],
        env=environment | QUIET, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{maker}: ended with status {done.returncode}\n{done.stderr[-2000:]}")
    told: Findings = json.loads(done.stdout.splitlines()[-1])
    return told


def rates(numbers: Iterable[int]) -> tuple[float, float] | None:
    """Return the share of columns and of tables that were flagged; None if the program failed."""
    found = list(numbers)
    if min(found) < 0:
        return None
    return sum(found) / len(found) / COLUMNS, sum(it > 0 for it in found) / len(found)


def table(found: dict[str, Findings], *, drifts: bool) -> str:
    """Write the share of columns, and of tables with any, that each rule flags."""
    worlds = [world for world in WORLDS if world.drifts == drifts]
    lines = [("drift: the higher the better" if drifts else "no drift: the lower the better")]
    lines += [f"{number:4}  {world.title}" for number, world in enumerate(worlds, 1)]
    lines.append(
        f"{'columns (tables), percent':52}" + "".join(f"{it:>11}" for it in range(1, len(worlds) + 1))
    )
    for maker, worlds_found in found.items():
        rules = dict.fromkeys(rule for world in worlds for rule in worlds_found[world.name])
        for rule in rules:
            cells = (_cell(worlds_found[world.name].get(rule)) for world in worlds)
            lines.append(f"{f'{maker}: {rule}':52}" + "".join(f"{it:>11}" for it in cells))
    return "\n".join(lines)


def _cell(numbers: list[int] | None) -> str:
    if numbers is None:
        return "-"
    found = rates(numbers)
    return "fails" if found is None else f"{found[0] * 100:.1f} ({found[1] * 100:.0f})"


def main() -> None:
    """Judge, print both tables, keep the numbers as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repetitions", type=int, default=50)
    parser.add_argument("--of-slow-peers", type=int, default=20)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, wanted.repetitions)
        most = {maker: wanted.of_slow_peers if maker in SLOW else wanted.repetitions for maker in MAKERS}
        answers = {maker: judged(maker, folder, most[maker]) for maker in MAKERS}
    found = {maker: answer for maker, answer in answers.items() if answer is not None}
    print(
        f"{COLUMNS} columns a table, {wanted.repetitions} tables "
        f"({wanted.of_slow_peers} for {', '.join(SLOW)})"
    )
    print(table(found, drifts=False))
    print()
    print(table(found, drifts=True))
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "verdicts.json"
    path.write_text(json.dumps(found, indent=2) + "\n")
    print(f"numbers: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
