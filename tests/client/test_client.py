"""What arrives at the evaluator, and what the model notices of it: nothing."""

import asyncio
import copy
import datetime as dt
import decimal
import inspect
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from client.evaluators import Evaluator
from modelmonitor.client import Monitor

OPERATOR = Path(__file__).parents[2] / "operator"
CHURN = {"age": 41, "plan": "pro", "active": True, "income": 51.5, "note": None}


def sent(monitor: Monitor, evaluator: Evaluator) -> list[dict]:
    assert monitor.flush(20)
    assert monitor.dropped == 0
    return evaluator.rows


def test_a_prediction_arrives_with_all_that_was_said_of_it(evaluator):
    monitor = Monitor(evaluator.url)
    monitor.observe(CHURN, "churn", 0.83, id="8d2f", time=1764158400.0)
    assert sent(monitor, evaluator) == [
        {"features": CHURN, "prediction": "churn", "score": 0.83, "id": "8d2f", "time": 1764158400.0}
    ]


def test_what_is_not_said_is_left_out_but_for_the_time(evaluator):
    monitor = Monitor(evaluator.url)
    monitor.observe({})
    (row,) = sent(monitor, evaluator)
    assert set(row) == {"features", "time"}
    assert row["time"] > 1.7e9


def test_scores_of_several_classes_and_ranked_items_keep_their_form(evaluator):
    monitor = Monitor(evaluator.url)
    monitor.observe({"a": 1}, "b", {"a": 0.2, "b": 0.8})
    monitor.observe({"a": 1}, 2, [0.1, 0.2, 0.7])
    monitor.observe({"user": 7}, ["film-3", "film-1"])
    rows = sent(monitor, evaluator)
    assert [row.get("score") for row in rows] == [{"a": 0.2, "b": 0.8}, [0.1, 0.2, 0.7], None]
    assert rows[2]["prediction"] == ["film-3", "film-1"]


def test_numbers_of_numpy_become_plain_ones(evaluator):
    monitor = Monitor(evaluator.url)
    features = {
        "f32": np.float32(0.5), "f64": np.float64(0.25), "i": np.int64(3), "b": np.bool_(True),
        "s": np.str_("x"), "array": np.array([1, 2]), "scalar": np.array(7), np.int8(4): 1,
    }  # fmt: skip
    monitor.observe(features, np.array([1]), np.array([[0.25, 0.75]]), id=np.int64(12))
    (row,) = sent(monitor, evaluator)
    assert row["features"] == {
        "f32": 0.5, "f64": 0.25, "i": 3, "b": True, "s": "x", "array": [1, 2], "scalar": 7, "4": 1
    }  # fmt: skip
    assert (row["prediction"], row["score"], row["id"]) == (1, [0.25, 0.75], "12")


def test_what_is_not_finite_becomes_null_or_the_largest_number(evaluator):
    monitor = Monitor(evaluator.url)
    features = {"a": float("nan"), "b": np.float32("nan"), "c": [1.0, np.nan], "d": np.inf, "e": -np.inf}
    monitor.observe(features, float("nan"))
    (row,) = sent(monitor, evaluator)
    largest = sys.float_info.max
    assert row["features"] == {"a": None, "b": None, "c": [1.0, None], "d": largest, "e": -largest}
    assert row["prediction"] is None


def test_dates_decimals_bytes_and_broken_texts_become_json(evaluator):
    monitor = Monitor(evaluator.url)
    features = {
        "date": dt.date(2026, 11, 26), "span": dt.timedelta(minutes=2), "set": {5},
        "price": decimal.Decimal("1.5"), "bytes": b"\xff", "text": "\ud800é", (1, 2): 0,
    }  # fmt: skip
    monitor.observe(features)
    (row,) = sent(monitor, evaluator)
    assert row["features"] == {
        "date": "2026-11-26", "span": 120.0, "set": [5], "price": 1.5, "bytes": "\ufffd", "text": "?é",
        "(1, 2)": 0,
    }  # fmt: skip


def test_a_batch_is_a_row_for_each_of_its_predictions(evaluator):
    monitor = Monitor(evaluator.url)
    monitor.observe([{"a": 1}, {"a": 2}], np.array([0, 1]), np.array([0.1, 0.9]), id=["x", "y"], time=5)
    assert sent(monitor, evaluator) == [
        {"features": {"a": 1}, "prediction": 0, "score": 0.1, "id": "x", "time": 5},
        {"features": {"a": 2}, "prediction": 1, "score": 0.9, "id": "y", "time": 5},
    ]


class Series:
    """A row as pandas gives it: no Mapping, but `to_dict`."""

    def __init__(self, **values):
        self.values = values

    def to_dict(self):
        return self.values


class Frame:
    """A DataFrame as far as the client looks at it."""

    def __init__(self, **columns):
        self.data = {name: np.array(values) for name, values in columns.items()}
        self.columns = list(columns)

    def __len__(self):
        return len(self.data[self.columns[0]])

    def __getitem__(self, name):
        return self.data[name]

    def to_dict(self):
        raise AssertionError("slow")


def test_rows_and_frames_of_pandas_are_taken_as_they_are(evaluator):
    monitor = Monitor(evaluator.url)
    monitor.observe(Series(a=1, b="x"), 1)
    monitor.observe(Frame(a=[1, 2], b=["x", "y"]), np.array([0, 1]))
    rows = sent(monitor, evaluator)
    assert [row["features"] for row in rows] == [{"a": 1, "b": "x"}, {"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    assert [row["prediction"] for row in rows] == [1, 0, 1]


def test_changing_the_features_afterwards_changes_nothing(evaluator):
    monitor = Monitor(evaluator.url)
    features, scores = {"a": 1}, np.array([0.1, 0.9])
    monitor.observe(features, "x", scores)
    features["a"], scores[0] = 2, 0.5
    (row,) = sent(monitor, evaluator)
    assert (row["features"], row["score"]) == ({"a": 1}, [0.1, 0.9])


def test_many_rows_travel_together(evaluator):
    monitor = Monitor(evaluator.url)
    for number in range(1000):
        monitor.observe({"number": number})
    rows = sent(monitor, evaluator)
    assert [row["features"]["number"] for row in rows] == list(range(1000))
    assert evaluator.requests < 20


def test_a_body_stays_below_what_an_evaluator_takes(evaluator):
    monitor = Monitor(evaluator.url)
    for _ in range(20):
        monitor.observe({"text": "x" * 100_000})
    assert len(sent(monitor, evaluator)) == 20
    assert evaluator.requests >= 4


def test_a_watched_function_is_observed_and_stays_what_it_was(evaluator):
    monitor = Monitor(evaluator.url)

    @monitor.watch()
    def predict(features: dict, *, threshold: float = 0.5) -> int:
        """Predict."""
        features["seen"] = True
        return int(features["a"] > threshold)

    assert [predict({"a": 0.7}), predict(features={"a": 0.7}, threshold=0.9)] == [1, 0]
    assert (predict.__name__, predict.__doc__) == ("predict", "Predict.")
    assert [(row["features"], row["prediction"]) for row in sent(monitor, evaluator)] == [
        ({"a": 0.7}, 1),
        ({"a": 0.7}, 0),
    ]


async def test_a_watched_coroutine_function_stays_one(evaluator):
    monitor = Monitor(evaluator.url)

    @monitor.watch(
        features=lambda request: request["rows"], id=lambda request: request["ids"],
        prediction=lambda answer: answer["labels"], score=lambda answer: answer["scores"],
    )  # fmt: skip
    async def predict(request):
        await asyncio.sleep(0)
        return {"labels": [0, 1], "scores": [0.2, 0.8]}

    assert inspect.iscoroutinefunction(predict)
    await asyncio.gather(
        *(predict({"rows": [{"a": 1}, {"a": 2}], "ids": [f"{at}x", f"{at}y"]}) for at in range(9))
    )
    rows = await asyncio.to_thread(sent, monitor, evaluator)
    assert sorted(row["id"] for row in rows) == sorted(f"{at}{it}" for at in range(9) for it in "xy")
    assert {row["score"] for row in rows} == {0.2, 0.8}


def test_a_method_is_watched_by_telling_where_its_features_are(evaluator):
    monitor = Monitor(evaluator.url)

    class Model:
        @monitor.watch(features=lambda _, features: features)
        def predict(self, features):
            return features["a"]

    assert Model().predict({"a": 3}) == 3
    assert sent(monitor, evaluator)[0]["prediction"] == 3


def test_a_model_that_fails_is_not_observed_and_fails_as_before(evaluator):
    monitor = Monitor(evaluator.url)

    @monitor.watch()
    def predict(features):
        raise LookupError("no such customer")

    with pytest.raises(LookupError, match="no such customer"):
        predict({"a": 1})
    with pytest.raises(LookupError), monitor.predicting({"a": 1}):
        raise LookupError
    assert sent(monitor, evaluator) == []


def test_a_block_is_observed_with_what_it_set(evaluator):
    monitor = Monitor(evaluator.url)
    with monitor.predicting({"a": 1}, id="i") as seen:
        seen.prediction = "yes"
        seen.score = 0.75
    (row,) = sent(monitor, evaluator)
    assert (row["features"], row["prediction"], row["score"], row["id"]) == ({"a": 1}, "yes", 0.75, "i")


def test_threads_lose_nothing(evaluator):
    monitor = Monitor(evaluator.url, limit=100_000)

    def work(thread):
        for number in range(500):
            monitor.observe({"n": number}, id=f"{thread}-{number}")

    threads = [threading.Thread(target=work, args=(it,)) for it in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({row["id"] for row in sent(monitor, evaluator)}) == len(evaluator.rows) == 4000


def test_a_model_that_holds_a_monitor_can_be_copied_and_pickled(evaluator):
    monitor = Monitor(evaluator.url)
    monitor.observe({"copy": 0})
    for number, other in enumerate([copy.deepcopy(monitor), pickle.loads(pickle.dumps(monitor))], start=1):  # noqa: S301
        other.observe({"copy": number})
        assert other.flush(20)
    assert monitor.flush(20)
    assert sorted(row["features"]["copy"] for row in evaluator.rows) == [0, 1, 2]


def test_it_imports_only_the_standard_library():
    program = (
        f"import sys; sys.path.insert(0, {str(OPERATOR)!r}); import modelmonitor.client; "
        "print(*sorted({name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names)); "
        "print(*sorted(name for name in sys.modules if name.startswith('modelmonitor')))"
    )
    answer = subprocess.run(
        [sys.executable, "-IS", "-c", program], capture_output=True, text=True, check=True
    )
    foreign, ours = answer.stdout.splitlines()
    assert set(foreign.split()) <= {"modelmonitor", "__main__"}
    assert all(name == "modelmonitor" or name.startswith("modelmonitor.client") for name in ours.split())
