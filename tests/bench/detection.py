"""How soon real drift is found, and how often none is: verdicts beside River's detectors and a dummy.

python3 tests/bench/detection.py

Real streams, each with a reference that ends before it begins. A window slides over the stream and is judged
twelve times within its length, at the level of one false alarm in 30 days of looks every five minutes, over
all columns that are watched. A detector of River sees one row after the other, with its defaults. The dummy
alarms every so many rows whatever comes: a detector that is no better is none. No figure passes or fails.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[2]
for folder in ("hack", "tests", "operator"):
    sys.path.insert(0, str(ROOT / folder))
import environments  # noqa: E402 - from hack/, which is no package
import progress  # noqa: E402
from modelmonitor.stats import degradation, drift, threshold  # noqa: E402 - from the source tree
from modelmonitor.stats.degradation import Level, Tolerated  # noqa: E402
from modelmonitor.stats.drift import Rule, Statistic, Verdict  # noqa: E402
from modelmonitor.stats.edges import edges_from_quantiles  # noqa: E402
from modelmonitor.stats.histogram import Histogram  # noqa: E402
from realdata import packages  # noqa: E402

RESULTS = ROOT / "build" / "bench"
PEERS = ROOT / "hack" / "peers" / "python"
COLUMNS = 20
ALPHA = threshold.alpha_of_budget(1.0, features=COLUMNS, interval=300)
LOOKS_A_WINDOW, DUMMY_EVERY = 12, 2000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stream:
    """Numbers (or errors, 0 or 1) in order of time, the reference before them, and where they change.

    Attributes
    ----------
    change
        The first row after a change that is known to be there; None: there is none.
    """

    name: str
    title: str
    reference: Floats
    values: Floats
    window: int
    change: int | None
    of_errors: bool = False


def elec2() -> Iterator[Stream]:
    """Give the price of electricity, and the errors of a model that was fitted to the first fifth of it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = packages.elec2()
    features = np.column_stack([data[f"feat_{number}"].astype(float) for number in range(1, 7)])
    fitted, target = len(features) // 5, data["target"].astype(str)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    model.fit(features[:fitted], target[:fitted])
    errors = (model.predict(features) != target).astype(float)
    price = features[:, 1]
    yield Stream("price", "Elec2: price", price[:fitted], price[fitted:], 960, 0)
    known, later = errors[:fitted], errors[fitted:]
    yield Stream("errors", "Elec2: a model's errors", known, later, 960, fitted, of_errors=True)


def carloan() -> Iterator[Stream]:
    """Give the value of cars, which moves after half of the analysis."""
    data = packages.carloan()
    known, later = (it["car_value"].astype(float) for it in (data.reference, data.analysis))
    yield Stream("cars", "car loan: value of the car", known, later, 2000, 25_000)


def flights() -> Iterator[Stream]:
    """Give delays at arrival, held against January: from June on storms, in September calm."""
    data = packages.flights()
    order = np.lexsort((data["day"], data["month"]))
    month, delay = data["month"][order], data["arr_delay"][order].astype(float)
    month, delay = month[~np.isnan(delay)], delay[~np.isnan(delay)]
    later = month > 1
    september = int(np.flatnonzero(month[later] == 9)[0])
    yield Stream("delays", "flights: delay, September", delay[~later], delay[later], 6000, september)


def census() -> Iterator[Stream]:
    """Give three years of the census in the order of the years: nothing changes."""
    data, rng = packages.census(), np.random.default_rng(2016)
    order = np.argsort(data.analysis["year"].astype(int) + rng.random(len(data.analysis["year"])))
    for name, title in (("AGEP", "age"), ("predicted_probability", "score")):
        known, later = data.reference[name].astype(float), data.analysis[name].astype(float)[order]
        yield Stream(f"census-{title}", f"census: {title}", known, later, 2000, None)
    predicted = data.analysis["prediction"].astype(int)[order]
    wrong = (predicted != data.targets["employed"].astype(int)[order]).astype(float)
    known = (data.reference["prediction"].astype(int) != data.reference["employed"].astype(int)).astype(float)
    yield Stream("census-errors", "census: errors", known, wrong, 2000, None, of_errors=True)


def judged(stream: Stream, rule: Rule) -> list[int]:
    """Return the rows at which drift of a column is sure."""
    edges = edges_from_quantiles(stream.reference)
    empty = Histogram.empty(edges)
    known = empty.count(stream.reference)
    return [
        end
        for end, window in _windows(stream)
        if drift.judge(known, empty.count(window), rule).verdict is Verdict.DRIFT
    ]


def degraded(stream: Stream) -> list[int]:
    """Return the rows at which a share of right answers is surely 5 percent lower than the reference's."""
    baseline = 1 - float(stream.reference.mean())
    return [
        end
        for end, window in _windows(stream)
        if degradation.judge_share(
            int(len(window) - window.sum()), len(window), baseline, Tolerated(alpha=ALPHA)
        ).level
        in (Level.WARNING, Level.CRITICAL)
    ]


def _windows(stream: Stream) -> Iterator[tuple[int, Floats]]:
    for end in range(stream.window, len(stream.values) + 1, stream.window // LOOKS_A_WINDOW):
        yield end - 1, stream.values[end - stream.window : end]


RULES: dict[str, Callable[[Stream], list[int]]] = {
    "ours: PSI surely above 0.1": lambda it: judged(it, Rule(Statistic.PSI, 0.1, ALPHA)),
    "ours: PSI above noise": lambda it: judged(it, Rule(Statistic.PSI, 0.0, ALPHA)),
}


def ours(stream: Stream) -> dict[str, list[int]]:
    """Return at which rows our rules and the dummy alarm."""
    dummy = {
        f"a dummy, every {DUMMY_EVERY:,} rows": list(range(DUMMY_EVERY, len(stream.values), DUMMY_EVERY))
    }
    if stream.of_errors:
        return {"ours: accuracy surely 5 % lower": degraded(stream), **dummy}
    return {**{name: rule(stream) for name, rule in RULES.items()}, **dummy}


def of_river(streams: Sequence[Stream], folder: Path) -> dict[str, dict[str, list[int]]]:
    """Return the same of River's detectors; nothing if it cannot be installed here."""
    try:
        python = environments.python(PEERS / "river.txt")
    except progress.CommandError as error:
        print(f"river: left out, it cannot be installed here ({str(error).splitlines()[0]})")
        return {}
    for stream in streams:
        np.save(folder / f"{stream.name}.npy", stream.values)
    (folder / "streams.json").write_text(json.dumps({it.name: it.of_errors for it in streams}))
    print("River sees every row of every stream (a minute)", file=sys.stderr)
    done = subprocess.run(
        [python, PEERS / "river_detect.py", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"river: ended with status {done.returncode}\n{done.stderr[-2000:]}")
    told: dict[str, dict[str, list[int]]] = json.loads(done.stdout)
    return told


def line(stream: Stream, title: str, alarms: Sequence[int]) -> str:
    """Write alarms before the change, how far apart, and how many rows after it the first one comes.

    Alarms of one sliding window that follow each other are one.
    """
    change = len(stream.values) if stream.change is None else stream.change
    false = [row for row in _apart(alarms, stream.window) if row < change]
    after = [row - change for row in alarms if row >= change]
    each = f"1 in {change // len(false):,} rows" if false else "none"
    delay = "-" if stream.change is None else f"{after[0]:,}" if after else "never"
    return f"  {title:36}{len(false):8}{each:>20}{delay:>12}"


def _apart(alarms: Sequence[int], window: int) -> Iterator[int]:
    last = -window
    for row in alarms:
        if row - last >= window:
            yield row
            last = row


def main() -> None:
    """Judge every stream, print a table for each, keep the numbers as JSON."""
    streams = [*elec2(), *carloan(), *flights(), *census()]
    with tempfile.TemporaryDirectory() as name:
        theirs = of_river(streams, Path(name))
    told = {}
    for stream in streams:
        found = {**ours(stream), **theirs.get(stream.name, {})}
        told[stream.name] = found
        where = "no change" if stream.change is None else f"change at row {stream.change:,}"
        print(f"{stream.title}: {len(stream.values):,} rows, {where}; windows of {stream.window:,} rows")
        print(f"  {'':36}{'false':>8}{'that is':>20}{'delay, rows':>12}")
        print("\n".join(line(stream, title, alarms) for title, alarms in found.items()), end="\n\n")
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "detection.json"
    path.write_text(json.dumps(told) + "\n")
    print(f"numbers: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
