"""ModelMonitor's own part: the counters of the evaluator, as its pipeline fills them."""

import asyncio
from collections.abc import Sequence

import measuring
import numpy as np

from modelmonitor.evaluator import rows as rows_
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.ingest import table
from modelmonitor.evaluator.join import Join
from modelmonitor.evaluator.join.memory import MemoryStore
from modelmonitor.evaluator.rows import Rows, Values
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.evaluator.statistics.drift import FALSE_ALARMS_PER_MONTH, LOOK_SECONDS, drifts
from modelmonitor.stats import drift, threshold
from modelmonitor.stats.edges import edges_from_quantiles
from modelmonitor.stats.histogram import Histogram
from modelmonitor.wire import families
from modelmonitor.wire.config import EvaluatorConfig, Labels, Model, Task
from modelmonitor.wire.names import FEATURE_SCORE
from modelmonitor.wire.profile import Column, ColumnType, Profile
from modelmonitor.wire.scheme import Scheme, scheme

SERVED = 1.7e9
FLUSH_BATCHES = 16


def reference(data: measuring.Data) -> Scheme:
    """Make the reference of all columns and the score, of ten cells each."""
    columns = [_column(name, data.reference[:, place]) for place, name in enumerate(data.names)]
    profile = Profile(
        rows=len(data.reference),
        columns=tuple(columns),
        score=_column(FEATURE_SCORE, data.scores),
        score_edges=tuple(edges_from_quantiles(data.scores, 64).tolist()),
        classes=("0", "1"),
    )
    config = EvaluatorConfig(
        monitor="bench", model=Model(task=Task.BINARY), labels=Labels(max_bytes=256 << 20), max_series=10_000
    )
    return scheme(config, profile)


def _column(name: str, values: np.ndarray) -> Column:
    counted = Histogram.empty(edges_from_quantiles(values)).count(values)
    return Column(
        name=name, type=ColumnType.NUMERIC, edges=counted.edges, counts=tuple(counted.counts.tolist()),
        minimum=float(values.min()), maximum=float(values.max()),
    )  # fmt: skip


def batches(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Count arrays of some rows each."""
    return _arrays(data, clock, measuring.BATCH_ROWS)


def whole(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Count all rows as one batch."""
    return _arrays(data, clock, len(data.current))


def _arrays(data: measuring.Data, clock: measuring.Clock, size: int) -> dict[str, int]:
    columns = {name: np.ascontiguousarray(data.current[:, place]) for place, name in enumerate(data.names)}
    with clock.stage("reference"):
        known = reference(data)
        counters = Counters(known, "v1", "bench")
    with clock.stage("count"):
        for start in range(0, len(data.current), size):
            part = slice(start, start + size)
            features: dict[str, Values] = {name: values[part] for name, values in columns.items()}
            scores = data.scores[part]
            counters.predicted(Rows(len(scores), features, None, scores, None, SERVED))
    return _judged(counters, known, clock)


def rows(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    """Count rows that come one at a time, and remember their ids until their truth comes."""
    return asyncio.run(_rows(data, clock))


async def _rows(data: measuring.Data, clock: measuring.Clock) -> dict[str, int]:
    dicts, scores = data.dicts(), data.scores.tolist()
    ids = [f"order-{number}" for number in range(len(dicts))]
    with clock.stage("reference"):
        known = reference(data)
        counters = Counters(known, "v1", "bench")
        join = Join(MemoryStore(256 << 20, 60.0), known, lambda: SERVED)
    with clock.stage("count"):
        waiting: list[Rows] = []
        for number, (features, score, id_) in enumerate(zip(dicts, scores, ids, strict=True), 1):
            waiting.append(Rows(1, table.records([features]), None, [score], [id_], SERVED))
            if len(waiting) == measuring.GATHERED_ROWS or number == len(dicts):
                _take(counters, join, waiting)
                waiting.clear()
            if number % (FLUSH_BATCHES * measuring.GATHERED_ROWS) == 0:
                await join.flush()
        await join.flush()
    remembered = await join.pending()
    await join.abandon()
    return {**_judged(counters, known, clock), "rows": remembered}


def _take(counters: Counters, join: Join, parts: Sequence[Rows]) -> None:
    join.remember(counters.predicted(rows_.merge(parts)))


def _judged(counters: Counters, known: Scheme, clock: measuring.Clock) -> dict[str, int]:
    with clock.stage("judge"):
        told = list(drifts(counters.bank, known))
    features = {column.name for column in known.columns}
    return {
        "rows": int(counters.bank[families.PREDICTIONS].sum()),
        "drifted": sum(one["verdict"] == "Drift" for one in told if one["feature"] in features),
        "beyond noise": _beyond_noise(counters, known),
    }


def _beyond_noise(counters: Counters, known: Scheme) -> int:
    """Return how many columns have surely moved at all: the verdict of a monitor that tolerates nothing."""
    alpha = threshold.alpha_of_budget(FALSE_ALARMS_PER_MONTH, len(known.columns), LOOK_SECONDS)
    rule = drift.Rule(drift.Statistic.PSI, 0.0, alpha)
    live = recovered.distributions(counters.bank, known)
    findings = [drift.judge(recovered.reference(it), live[it.name], rule) for it in known.columns]
    return sum(finding.verdict is drift.Verdict.DRIFT for finding in findings)


if __name__ == "__main__":
    measuring.main({"batches": batches, "whole": whole, "rows": rows})
