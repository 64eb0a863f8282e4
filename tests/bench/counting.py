"""What counting costs: values and predictions a second, a request, a scrape, memory.

python3 tests/bench/counting.py [--runs 7]

One process, one core, time of the processor; each figure is the median of the runs. The model has 20 numeric
features of 10 cells, a score, a segment column and a protected one; every prediction has an id.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "operator"))
import numpy as np  # noqa: E402 - reads the environment

from modelmonitor.evaluator import exposition  # noqa: E402
from modelmonitor.evaluator.counters import Counters  # noqa: E402
from modelmonitor.evaluator.counters.bank import Bank  # noqa: E402
from modelmonitor.evaluator.counters.features import Features  # noqa: E402
from modelmonitor.evaluator.exchange import Exchange, Outcome  # noqa: E402
from modelmonitor.evaluator.records import Cohort  # noqa: E402
from modelmonitor.evaluator.rows import Rows  # noqa: E402
from modelmonitor.series import budget  # noqa: E402
from modelmonitor.series.declared import declared  # noqa: E402
from modelmonitor.wire.config import EvaluatorConfig, Model, Task  # noqa: E402
from modelmonitor.wire.profile import Column, ColumnType, Profile, Slice  # noqa: E402
from modelmonitor.wire.scheme import Scheme, scheme  # noqa: E402

RESULTS = ROOT / "build" / "bench"
FEATURES = 20


@dataclass(frozen=True)
class Figure:
    """One line of the table; a goal may be a lower or an upper bound."""

    name: str
    value: float
    unit: str
    goal: str = ""


def model(features: int = FEATURES, segments: int = 6) -> Scheme:
    """A binary model of ordinary size."""
    edges = tuple(np.linspace(-1.3, 1.3, 9).round(3).tolist())
    columns = tuple(
        Column(
            name=f"feature_{number}",
            type=ColumnType.NUMERIC,
            edges=edges,
            counts=(1000,) * 10,
            minimum=-4,
            maximum=4,
        )
        for number in range(features)
    )
    score = Column(name="score", type=ColumnType.NUMERIC, edges=(0.1, 0.3, 0.5, 0.7, 0.9), counts=(1,) * 6)
    values = tuple(f"value-{number}" for number in range(segments))
    slices = tuple(Slice(column=name, values=values, counts=(1,) * segments) for name in ("region", "sex"))
    profile = Profile(rows=10_000, columns=columns, score=score, segments=slices[:1], groups=slices[1:])
    judged = Model(task=Task.BINARY, segments=("region",), protected_attributes=("sex",))
    config = EvaluatorConfig(monitor="bench", model=judged, latency_thresholds=(0.1, 0.2), max_series=100_000)
    return scheme(config, profile)


def rows(count: int, *, lists: bool) -> Rows:
    """Predictions, as arrays (binary tensors) or as lists (JSON)."""
    rng = np.random.default_rng(1)
    columns = {f"feature_{number}": rng.normal(size=count) for number in range(FEATURES)}
    scores = rng.random(count)
    texts = {name: [f"value-{at}" for at in rng.integers(0, 7, count)] for name in ("region", "sex")}
    numbers = {name: it.tolist() if lists else it for name, it in columns.items()}
    ids = [f"order-{number}" for number in range(count)]
    return Rows(count, {**numbers, **texts}, None, scores.tolist() if lists else scores, ids, 1.0)


def seconds(step: Callable[[], object], runs: int, enough: float = 0.2) -> float:
    """Return what one step takes: the median over runs, each long enough to be measured."""
    step()
    start = time.process_time()
    step()
    repeats = max(1, int(enough / max(time.process_time() - start, 1e-9)))
    times = []
    for _ in range(runs):
        start = time.process_time()
        for _ in range(repeats):
            step()
        times.append((time.process_time() - start) / repeats)
    return statistics.median(times)


def figures(runs: int) -> list[Figure]:
    """Measure everything."""
    scheme_ = model()
    counters = Counters(scheme_, "v1", "bench")
    values = FEATURES * 1e-6
    features = Features(Bank(declared(scheme_), {}, ""), scheme_)
    arrays, lists, few = rows(100_000, lists=False), rows(100_000, lists=True), rows(64, lists=True)
    one = rows(1, lists=True)
    exchange = Exchange("POST", "/", {}, b"x" * 300, 200, {}, b"x" * 30, Outcome.OK, 0.0, 0.0123)
    found = [
        Figure(
            "bins, arrays of 100,000 rows",
            arrays.count * values / seconds(lambda: features.count(arrays.features, arrays.count), runs),
            "M values/s",
            ">= 20",
        ),
        Figure(
            "bins, lists of 100,000 rows",
            lists.count * values / seconds(lambda: features.count(lists.features, lists.count), runs),
            "M values/s",
        ),
        Figure(
            "all accounting, arrays of 100,000 rows",
            arrays.count / seconds(lambda: counters.predicted(arrays), runs) / 1e3,
            "k predictions/s",
            ">= 100",
        ),
        Figure(
            "all accounting, lists of 64 rows",
            64 / seconds(lambda: counters.predicted(few), runs) / 1e3,
            "k predictions/s",
        ),
        Figure("a micro-batch of 64 rows", seconds(lambda: counters.predicted(few), runs) * 1e6, "us"),
        Figure("a single row", seconds(lambda: counters.predicted(one), runs) * 1e6, "us"),
        Figure(
            "an exchange in passing",
            seconds(lambda: counters.traffic.passed(exchange, predicts=True), runs) * 1e6,
            "us",
        ),
    ]
    records = counters.predicted(arrays)
    actual = np.random.default_rng(2).integers(0, 2, len(records)).astype(np.float64)
    cohort = Cohort(records, np.ones(len(records), np.bool_), actual)
    found.append(
        Figure("a cohort of 100,000 rows", seconds(lambda: counters.matured(cohort), runs) * 1e3, "ms")
    )
    return found + _scrapes(runs)


def _scrapes(runs: int) -> list[Figure]:
    """Measure scrapes of about 2,000 series, and what they weigh."""
    scheme_ = model(features=38, segments=7)
    counters = Counters(scheme_, "6f9c8d7b4", "0.1.0")
    imported, grown = _memory()
    counters.predicted(rows(1000, lists=False))
    series = budget.series(scheme_)
    plain = lambda: exposition.render([counters], openmetrics=True)  # noqa: E731
    zipped = lambda: exposition.body([counters], exposition.Form(openmetrics=True, gzip=True))  # noqa: E731
    return [
        Figure("series of that scrape", series, ""),
        Figure("a scrape, plain", seconds(plain, runs) * 1e3, "ms", "< 15"),
        Figure("a scrape, gzip", seconds(zipped, runs) * 1e3, "ms", "< 15"),
        Figure("size of it, plain and gzip", len(plain()) / 1024, f"KiB, {len(zipped()) / 1024:.0f} KiB"),
        Figure("memory of a process that imports counters", imported / 2**20, "MiB"),
        Figure("what counters and 1,000 scrapes add to it", grown / 2**20, "MiB"),
    ]


def _memory() -> tuple[int, int]:
    """Return what a process of its own weighs at the start, and what its counters add to that."""
    done = subprocess.run([sys.executable, __file__, "--weigh"], check=True, capture_output=True, text=True)
    imported, grown = done.stdout.split()
    return int(imported), int(grown)


def _weigh() -> None:
    before = _resident()
    counters = Counters(model(features=38, segments=7), "6f9c8d7b4", "0.1.0")
    sample = rows(64, lists=True)
    for _ in range(1000):
        counters.predicted(sample)
        exposition.body([counters], exposition.Form(openmetrics=True, gzip=True))
    print(before, _resident() - before)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Measure, print a table and keep it as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--weigh", action="store_true", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.weigh:
        _weigh()
        return
    found = figures(wanted.runs)
    for one in found:
        print(f"{one.name:44}{one.value:10,.2f} {one.unit:18}{one.goal}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    document = [{"name": one.name, "value": one.value, "unit": one.unit, "goal": one.goal} for one in found]
    (RESULTS / "counting.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
