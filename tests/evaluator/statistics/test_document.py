"""The document of /v1/stats: right numbers, and reasons where there are none."""

import asyncio
import json
from typing import Any

import numpy as np
import pytest

from evaluator.counters import worlds
from evaluator.counters.test_traffic import exchange
from evaluator.counters.worlds import world
from modelmonitor.evaluator import statistics
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.records import Cohort
from modelmonitor.evaluator.rows import Rows
from modelmonitor.wire.config import Task
from modelmonitor.wire.loss import Loss
from modelmonitor.wire.scheme import Scheme

NOW = 1_795_000_000.0


def document(counters: Counters) -> dict[str, Any]:
    """The document, after a trip through JSON that takes no NaN."""
    return json.loads(json.dumps(statistics.document(counters, NOW), allow_nan=False))


def judged(scheme: Scheme, rows: Rows, actual: Any) -> dict[str, Any]:
    """The document once rows have matured with these labels; NaN is none."""
    counters = Counters(scheme, "v1", "0.1.0")
    labels = np.array(actual, np.float64)
    counters.matured(Cohort(counters.predicted(rows), ~np.isnan(labels), labels))
    return document(counters)


def binary(count: int, seed: int = 3) -> tuple[Rows, Any, Any]:
    """Rows with scores that mean something, their scores and truth."""
    rng = np.random.default_rng(seed)
    scores = rng.choice([0.05, 0.2, 0.4, 0.6, 0.9], count)
    features = {"region": rng.choice(["north", "moon"], count), "sex": ["f", "m"] * (count // 2)}
    return Rows(count, features, scores=scores), scores, rng.random(count) < scores


@pytest.mark.parametrize("profile", [True, False], ids=["reference", "no reference"])
@pytest.mark.parametrize("task", Task)
def test_without_data_every_number_is_null_with_a_reason(task: Task, profile: bool) -> None:
    found = document(Counters(world(task, profile=profile), "v1", "0.1.0"))
    assert found["coverage"]["share"] is None
    assert found["coverage"]["state"] == "NoData"
    for segment in found["quality"]:
        assert segment["rows"] == 0
        for name, metric in segment["metrics"].items():
            assert metric["value"] is None, name
            assert metric["why"] == "no labelled prediction has matured yet"
    assert {one["verdict"] for one in found["drift"]} <= {"Insufficient"}
    assert all("why" in one for one in found["drift"])


@pytest.mark.parametrize("task", Task)
def test_whatever_was_counted_the_document_is_json(task: Task) -> None:
    scheme, rng = world(task), np.random.default_rng(4)
    counters = Counters(scheme, "v1", "0.1.0")
    counters.matured(worlds.cohort(scheme, counters.predicted(worlds.rows(task, 500, rng)), rng))
    found = document(counters)
    assert found["predictions"]["count"] == 500
    assert [one["segment"] for one in found["quality"]] == [
        "", "region=north", f"region={worlds.ODD}", "region=__other__"
    ]  # fmt: skip
    assert sum(one["rows"] for one in found["quality"][1:]) == found["quality"][0]["rows"]


def test_quality_of_classes_is_that_of_the_rows() -> None:
    rows, scores, truth = binary(2000)
    found = judged(world(Task.BINARY), rows, truth)
    everything, chosen = found["quality"][0], scores >= 0.5
    metrics = {name: it["value"] for name, it in everything["metrics"].items()}
    assert metrics["Accuracy"] == pytest.approx((chosen == truth).mean())
    assert metrics["Precision"] == pytest.approx(truth[chosen].mean())
    assert metrics["Recall"] == pytest.approx(chosen[truth].mean())
    assert metrics["Brier"] == pytest.approx(((scores - truth) ** 2).mean())
    assert metrics["LogLoss"] == pytest.approx(-np.log(np.where(truth, scores, 1 - scores)).mean())
    pairs = np.subtract.outer(scores[truth], scores[~truth])
    assert metrics["RocAuc"] == pytest.approx(((pairs > 0) + (pairs == 0) / 2).mean(), abs=1e-3)
    at = {it["threshold"]: it["recall"] for it in everything["thresholds"]}
    assert at == {it: pytest.approx((scores >= it)[truth].mean()) for it in (0.3, 0.5, 0.7)}
    assert everything["confusion"]["yes"] == {
        "no": (truth & ~chosen).sum(), "yes": (truth & chosen).sum(), "__other__": 0
    }  # fmt: skip
    north = rows.features["region"] == np.array("north")
    assert found["quality"][1]["metrics"]["Accuracy"]["value"] == pytest.approx(
        (chosen == truth)[north].mean()
    )
    assert everything["metrics"]["Accuracy"]["reference"] == 0.875
    assert "reference" not in everything["metrics"]["Recall"]


def test_auc_of_one_class_is_no_number_and_says_why() -> None:
    metrics = judged(world(Task.BINARY), Rows(3, {}, scores=[0.1, 0.6, 0.9]), [1, 1, 1])["quality"][0][
        "metrics"
    ]
    assert metrics["RocAuc"] == {"value": None, "why": "it needs rows of the class and rows of others"}
    assert metrics["Recall"]["value"] == pytest.approx(2 / 3)


def test_quality_of_numbers_is_that_of_the_rows() -> None:
    rng = np.random.default_rng(5)
    actual = rng.normal(15, 5, 1000)
    predicted = actual + rng.normal(0.5, 2, 1000)
    metrics = judged(world(Task.REGRESSION), Rows(1000, {}, predicted), actual)["quality"][0]["metrics"]
    error = predicted - actual
    for name, value in {
        "MAE": np.abs(error).mean(),
        "RMSE": np.sqrt((error**2).mean()),
        "MAPE": np.abs(error / actual).mean(),
        "R2": 1 - (error**2).sum() / ((actual - actual.mean()) ** 2).sum(),
        "Bias": error.mean(),
        "MaxError": np.abs(error).max(),
    }.items():
        assert metrics[name]["value"] == pytest.approx(value), name
    assert metrics["MedianError"]["value"] == pytest.approx(np.median(np.abs(error)), abs=4)


def test_quality_of_rankings_is_told_at_each_depth() -> None:
    counters = Counters(world(Task.RANKING), "v1", "0.1.0")
    records = counters.predicted(Rows(2, {}, [["a", "b", "c"], ["d"]]))
    gains, ideal = np.array([[1.0, 0, 0], [0, 0, 0]]), np.array([[1.0, 1, 1], [0, 0, 0]])
    counters.matured(Cohort(records, np.ones(2, np.bool_), np.array([5.0, 0.0]), gains, ideal))
    found = document(counters)["quality"][0]
    assert (found["rows"], found["withoutRelevant"]) == (2, 1)
    metrics = {name: it["value"] for name, it in found["metrics"].items()}
    assert (metrics["MRR"], metrics["HitRate@3"], metrics["Recall@3"]) == (1, 1, 0.2)
    assert metrics["NDCG@3"] == pytest.approx(1 / (1 + 1 / np.log2(3) + 0.5))


def test_drift_is_ranked_and_a_verdict_waits_for_rows() -> None:
    counters = Counters(world(Task.BINARY), "v1", "0.1.0")
    rng = np.random.default_rng(6)
    usual = rng.choice([17.0, 25.0, 40.0, 70.0], 5000, p=[0.05, 0.2, 0.6, 0.15])
    moved = rng.normal(3, 1, 5000)
    features = {"age": usual, "change": moved, "flat": np.full(5000, 3.0), "plan": ["basic"] * 5000}
    counters.predicted(Rows(5000, features, ["no"] * 5000, [0.1] * 5000))
    drift = {one["feature"]: one for one in document(counters)["drift"]}
    assert next(iter(drift)) == "change"
    assert drift["change"]["psi"] > 1
    assert drift["change"]["ks"] == pytest.approx(1 - 32 / 102, abs=0.002)
    assert drift["age"]["psi"] < 0.2  # the reference misses 2 of 102, this sample none
    assert drift["age"]["verdict"] == "Insufficient"
    assert drift["age"]["why"] == "the reference has too few rows"
    assert drift["flat"]["psi"] == 0
    assert "ks" not in drift["plan"]


def test_coverage_is_judged_by_what_has_matured() -> None:
    for labelled, state in ((9, "Good"), (8, "Warning"), (5, "Warning"), (4, "Critical"), (0, "Critical")):
        actual = [1.0] * labelled + [np.nan] * (10 - labelled)
        coverage = judged(world(Task.BINARY), Rows(10, {}, ["yes"] * 10), actual)["coverage"]
        assert (coverage["share"], coverage["state"]) == (labelled / 10, state)
        assert (coverage["matured"], coverage["explicit"], coverage["implicit"]) == (10, labelled, 0)


def test_fairness_has_limits_and_reasons() -> None:
    count = 400
    sex = ["f"] * 200 + ["m"] * 200
    chosen = ["yes"] * 160 + ["no"] * 40 + ["yes"] * 60 + ["no"] * 140
    found = judged(world(Task.BINARY), Rows(count, {"sex": sex}, chosen), [1.0] * count)["fairness"]
    by_sex, by_region = found
    assert [(one["group"], one["selectionRate"], one["truePositiveRate"]) for one in by_sex["groups"]] == [
        ("f", 0.8, 0.8), ("m", 0.3, 0.3)
    ]  # fmt: skip
    gap = by_sex["gaps"]["demographicParityDifference"]
    assert gap["value"] == pytest.approx(0.5)
    assert gap["low"] < 0.5 < gap["high"]
    assert (gap["least"], gap["most"]) == ("m", "f")
    assert by_sex["fourFifths"] == "Violated"
    assert by_region["gaps"]["demographicParityRatio"]["value"] is None
    assert "fewer than two groups" in by_region["gaps"]["demographicParityRatio"]["why"]
    assert by_region["fourFifths"] == "Insufficient"


def test_traffic_tells_outcomes_percentiles_and_thresholds() -> None:
    counters = Counters(world(Task.BINARY), "v1", "0.1.0")
    for _ in range(99):
        counters.traffic.passed(exchange(seconds=0.045), predicts=True)
    counters.traffic.passed(exchange(seconds=7.0), predicts=True)
    counters.traffic.passed(exchange(), predicts=False)
    counters.lost(Loss.MALFORMED, 3)
    found = document(counters)
    traffic = found["traffic"]
    assert (traffic["requests"], traffic["passthrough"]) == (100, 1)
    assert traffic["byOutcome"] == {"ok": 100, "error": 0, "timeout": 0, "rejected": 0}
    assert traffic["byCode"] == {"2xx": 100}
    assert 0.04 < traffic["seconds"]["p50"] < traffic["seconds"]["p95"] <= 0.05
    assert traffic["thresholds"] == [
        {"seconds": 0.05, "within": 99, "of": 100}, {"seconds": 0.1, "within": 99, "of": 100}
    ]  # fmt: skip
    assert traffic["modelUp"] is None
    assert found["losses"] == {"malformed": 3}
    assert found["time"] == "2026-11-18T11:06:40+00:00"


@pytest.mark.parametrize("task", Task)
async def test_told_gradually_it_is_the_same(task: Task) -> None:
    scheme, rng = world(task), np.random.default_rng(4)
    counters = Counters(scheme, "v1", "0.1.0")
    counters.matured(worlds.cohort(scheme, counters.predicted(worlds.rows(task, 50, rng)), rng))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    meanwhile = asyncio.create_task(others())
    found = await statistics.gradually(counters, NOW)
    meanwhile.cancel()
    assert found == statistics.document(counters, NOW)
    assert turns >= len(found["quality"]) + len(found["drift"]) + len(found["fairness"])


def test_without_a_scheme_only_requests_are_told() -> None:
    found = document(Counters(None, "v1", "0.1.0"))
    assert found["state"] == "unconfigured"
    assert found["traffic"]["requests"] == 0
    assert "quality" not in found
