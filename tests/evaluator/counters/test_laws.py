"""Counts add up, however rows are split, ordered or batched, and whoever counts them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluator.counters import worlds
from evaluator.counters.worlds import Totals, totals, world
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.records import Cohort
from modelmonitor.evaluator.rows import Rows, merge
from modelmonitor.wire.config import Task
from modelmonitor.wire.scheme import Scheme

SCHEMES = {task: world(task) for task in Task}
LARGEST = "absolute_error_max"


def chosen(sample: Rows, places: Any) -> Rows:
    """Some rows of a sample, in this order."""

    def pick(column: Any) -> Any:
        return None if column is None else [column[place] for place in places]

    features = {name: pick(column) for name, column in sample.features.items()}
    outputs = pick(sample.predictions), pick(sample.scores), pick(sample.ids)
    return Rows(len(places), features, *outputs, sample.time)


def part(cohort: Cohort, places: Any) -> Cohort:
    """Some rows of a cohort, in this order."""
    rest = (None if it is None else it[places] for it in (cohort.gains, cohort.ideal))
    return Cohort(cohort.records[places], cohort.explicit[places], cohort.actual[places], *rest)


def counted(scheme: Scheme, sample: Rows, seed: int, parts: list[list[int]], *, apart: bool) -> Totals:
    """Count a sample part by part, by one evaluator or by one for each part, predictions and truth alike."""
    records = Counters(scheme, "", "").predicted(sample)
    cohort = worlds.cohort(scheme, records, np.random.default_rng(seed))
    several = [Counters(scheme, "", "") for _ in (parts if apart else [0])] or [Counters(scheme, "", "")]
    for number, places in enumerate(parts):
        counters = several[number if apart else 0]
        counters.predicted(chosen(sample, places))
        counters.matured(part(cohort, places))
    found = totals(*several)
    return {series: value for series, value in found.items() if series[0] != LARGEST}


@pytest.mark.parametrize("task", Task)
@given(data=st.data())
@settings(max_examples=8)
def test_splitting_order_and_batches_change_nothing(task: Task, data: st.DataObject) -> None:
    size, seed = data.draw(st.integers(0, 40)), data.draw(st.integers(0, 2**32 - 1))
    order = data.draw(st.permutations(range(size)))
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=5)))
    parts = [list(order[start:stop]) for start, stop in zip([0, *cuts], [*cuts, size], strict=True)]
    scheme = SCHEMES[task]
    sample = worlds.rows(task, size, np.random.default_rng(seed))
    whole = counted(scheme, sample, seed, [list(range(size))], apart=False)
    for other in (
        counted(scheme, sample, seed, parts, apart=False),
        counted(scheme, sample, seed, parts, apart=True),
        counted(scheme, sample, seed, [[row] for row in range(size)], apart=False),
    ):
        assert other == {series: pytest.approx(value, rel=1e-9, abs=1e-9) for series, value in whole.items()}


@pytest.mark.parametrize("task", Task)
def test_every_series_is_born_at_0(task: Task) -> None:
    constant = {"reference_count", "reference_metric", "score_edge", "evaluator_info"}
    found = totals(Counters(SCHEMES[task], "", ""))
    assert not {series: value for series, value in found.items() if value and series[0] not in constant}
    assert any(series[0] == "confusion_total" for series in found) == (task in worlds.CLASSES)


@pytest.mark.parametrize("task", Task)
def test_requests_joined_to_one_batch_count_like_each_alone(task: Task) -> None:
    rng, scheme = np.random.default_rng(11), SCHEMES[task]
    parts = [
        worlds.rows(task, 7, rng),
        arrays(task, 5, rng),
        worlds.rows(task, 1, rng, scores=False),
        arrays(task, 9, rng),
    ]
    alone, joined = Counters(scheme, "", ""), Counters(scheme, "", "")
    records = np.concatenate([alone.predicted(sample) for sample in parts])
    assert joined.predicted(merge(parts)).tobytes() == records.tobytes()
    assert totals(joined) == totals(alone)


def arrays(task: Task, count: int, rng: np.random.Generator) -> Rows:
    """Predictions as binary tensors bring them."""
    scores = {
        Task.BINARY: rng.random(count).astype(np.float32),
        Task.MULTICLASS: rng.dirichlet((1, 1, 1), count).astype(np.float32),
    }
    predictions: dict[Task, Any] = {
        Task.BINARY: np.array(["yes", "no", "maybe"])[rng.integers(0, 3, count)],
        Task.MULTICLASS: np.where(rng.random(count) < 0.5, np.nan, 1.0).astype(np.float32),
        Task.REGRESSION: rng.normal(15, 5, count).astype(np.float32),
        Task.RANKING: rng.integers(0, 5, (count, 4)),
    }
    features = {"age": rng.integers(0, 90, count), "change": rng.normal(size=count).astype(np.float32)}
    return Rows(
        count,
        {**features, "plan": rng.integers(0, 2, count)},
        predictions[task],
        scores.get(task),
        None,
        1_795_000_000.0,
    )
