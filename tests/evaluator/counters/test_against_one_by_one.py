"""Whatever comes in, the counters say what counting by hand says."""

import numpy as np
import pytest

from evaluator.counters import one_by_one, worlds
from evaluator.counters.worlds import Totals, key, totals, world
from modelmonitor.evaluator.counters import Counters
from modelmonitor.wire.config import Task

TASKS = pytest.mark.parametrize("task", Task)
CONSTANT = {"reference_count", "reference_metric", "score_edge", "evaluator_info"}


def agree(counted: Totals, expected: one_by_one.Found) -> None:
    """Every series is what was expected, and those of which nothing was expected are 0."""
    assert set(expected) <= set(counted), sorted(map(str, set(expected) - set(counted)))
    for series, value in counted.items():
        if series[0] not in CONSTANT:
            assert value == pytest.approx(expected[series], rel=1e-9, abs=1e-9), series


@TASKS
@pytest.mark.parametrize("sent", ["both", "scores", "predictions"])
@pytest.mark.parametrize("profile", [True, False], ids=["reference", "no reference"])
def test_live_predictions_count_as_by_hand(task: Task, sent: str, profile: bool) -> None:
    scheme, rng = world(task, profile=profile), np.random.default_rng(7)
    counters = Counters(scheme, "v1", "0.1.0")
    expected = one_by_one.Found()
    for size in (1, 64, 300):
        sample = worlds.rows(task, size, rng, scores=sent != "predictions", predictions=sent != "scores")
        counters.predicted(sample)
        expected += one_by_one.predicted(scheme, sample)
    agree(totals(counters), expected)
    assert expected


@TASKS
def test_matured_predictions_count_as_by_hand(task: Task) -> None:
    scheme, rng = world(task), np.random.default_rng(8)
    counters, source = Counters(scheme, "v1", "0.1.0"), Counters(scheme, "v1", "0.1.0")
    expected = one_by_one.Found()
    for size in (1, 200, 0):
        records = source.predicted(worlds.rows(task, size, rng))
        cohort = worlds.cohort(scheme, records, rng)
        counters.matured(cohort)
        largest = dict(expected)
        expected += one_by_one.matured(scheme, cohort)
        for segment in [it for it in largest if it[0] == "absolute_error_max"]:
            expected[segment] = max(largest[segment], expected[segment] - largest[segment])
    agree(totals(counters), expected)
    assert expected


@TASKS
def test_arrays_of_thousands_count_like_lists(task: Task) -> None:
    scheme, rng = world(task), np.random.default_rng(9)
    count = 9_001  # more than two blocks
    plain = worlds.rows(task, count, rng, predictions=task in {Task.REGRESSION, Task.RANKING})
    features = {"age": rng.normal(40, 20, count), "change": rng.integers(-3, 3, count).astype(np.float32)}
    arrays = {**features, "region": rng.integers(0, 9, count), "flat": rng.random(count) < 0.5}
    lists = {name: values.tolist() for name, values in arrays.items()}
    one, other = Counters(scheme, "v1", "0.1.0"), Counters(scheme, "v1", "0.1.0")
    for counters, columns in ((one, arrays), (other, lists)):
        sample = worlds.Rows(count, {**plain.features, **columns}, plain.predictions, plain.scores, plain.ids)
        counters.predicted(sample)
    assert totals(one) == totals(other)
    assert totals(one)[key("feature_invalid_total", feature="flat")] == count
