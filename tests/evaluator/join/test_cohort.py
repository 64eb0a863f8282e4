"""What counters are given of matured records."""

import math

import numpy as np
import pytest

from evaluator.join.waiting import a_scheme, records
from modelmonitor.evaluator.join import cohort, layouts, truth
from modelmonitor.evaluator.records import NO_ITEM, Cohort, key
from modelmonitor.wire.config import Task
from modelmonitor.wire.scheme import Scheme


def matured(scheme: Scheme, *actuals: object) -> Cohort:
    """A cohort of as many records; an actual of `...` is silence."""
    rows = records([str(number) for number in range(len(actuals))], scheme=scheme)
    labels = [None if it is ... else truth.encode(scheme.task, it) for it in actuals]
    return cohort.cohort(scheme, rows.tobytes(), labels)


def test_classes_are_codes_in_the_order_of_the_scheme_and_others_come_last() -> None:
    found = matured(a_scheme(Task.MULTICLASS), "c", "a", "zebra", ..., "b")
    assert np.array_equal(found.actual, [2, 0, 3, math.nan, 1], equal_nan=True)
    assert found.explicit.tolist() == [True, True, True, False, True]
    assert found.gains is found.ideal is None


def test_values_are_values() -> None:
    found = matured(a_scheme(Task.REGRESSION), 1.5, ..., -2)
    assert np.array_equal(found.actual, [1.5, math.nan, -2.0], equal_nan=True)


def test_silence_is_a_label_where_the_config_says_so_and_told_apart_from_a_sent_one() -> None:
    found = matured(a_scheme(implicit="0"), 1, ..., 0)
    assert found.actual.tolist() == [1.0, 0.0, 0.0]
    assert found.explicit.tolist() == [True, False, True]


def test_silence_may_be_a_number() -> None:
    assert matured(a_scheme(Task.REGRESSION, implicit="0.5"), ...).actual.tolist() == [0.5]
    assert np.isnan(matured(a_scheme(Task.REGRESSION, implicit="no"), ...).actual).all()


def test_silence_of_a_ranking_is_that_nothing_was_relevant() -> None:
    found = matured(a_scheme(Task.RANKING, implicit="nothing"), ..., ["x"])
    assert found.actual.tolist() == [0.0, 1.0]
    assert found.explicit.tolist() == [False, True]
    assert np.isnan(matured(a_scheme(Task.RANKING), ...).actual).all()


def test_a_label_that_was_sent_for_another_task_is_none() -> None:
    scheme = a_scheme()
    number = truth.encode(Task.REGRESSION, 1.0)
    found = cohort.cohort(scheme, records(["a"]).tobytes(), [number])
    assert math.isnan(found.actual[0])
    assert not found.explicit[0]


def ranked(*items: str) -> np.ndarray:
    return np.array([key(item) if item else NO_ITEM for item in items], np.uint64)


def test_gains_follow_the_ranks_and_the_ideal_is_made_of_all_relevant_items() -> None:
    scheme = a_scheme(Task.RANKING)
    rows = records(["q1", "q2"], scheme=scheme)
    rows["items"][0] = ranked("a", "b", "c", "d", "e")
    rows["items"][1] = ranked("a", "b", "", "", "")
    relevant = [{"b": 2.0, "e": 1.0, "x": 3.0, "y": 0.5, "z": 0.25, "w": 0.125}, ["c"]]
    labels = [truth.encode(Task.RANKING, one) for one in relevant]
    found = cohort.cohort(scheme, rows.tobytes(), labels)
    assert found.gains is not None
    assert found.ideal is not None
    assert found.actual.tolist() == [6.0, 1.0]
    assert found.gains.tolist() == [[0, 2.0, 0, 0, 1.0], [0, 0, 0, 0, 0]]
    assert found.ideal.tolist() == [[3.0, 2.0, 1.0, 0.5, 0.25], [1.0, 0, 0, 0, 0]]


def test_an_item_that_is_ranked_twice_gains_once() -> None:
    scheme = a_scheme(Task.RANKING)
    rows = records(["q"], scheme=scheme)
    rows["items"][0] = ranked("b", "a", "a", "b", "a")
    found = cohort.cohort(scheme, rows.tobytes(), [truth.encode(Task.RANKING, {"a": 3})])
    assert found.gains is not None
    assert found.gains.tolist() == [[0, 3.0, 0, 0, 0]]


@pytest.mark.parametrize("size", [1, 25, 27])
def test_bytes_of_another_layout_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=r"records|buffer"):
        cohort.cohort(a_scheme(), b"x" * size, [None])


@pytest.mark.parametrize("task", list(Task))
def test_a_scheme_is_the_same_once_it_was_written_and_read(task: Task) -> None:
    scheme = a_scheme(task, implicit="a" if task is Task.MULTICLASS else "0", sampling=0.5)
    found = layouts.read(layouts.write(scheme).text)
    assert found == scheme
    assert found is not None
    assert found.hash == scheme.hash == layouts.write(scheme).hash


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"config": {}, "profile": null}', b"\xff", b"[" * 100_000]
)
def test_a_layout_that_another_version_wrote_is_none(text: bytes) -> None:
    assert layouts.read(text) is None
