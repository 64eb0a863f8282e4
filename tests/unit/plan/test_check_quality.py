"""What a plan refuses about quality, costs, groups, windows and business queries."""

from typing import Any

import pytest

from modelmonitor import plan
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Metric
from profiles import profile
from unit.plan.checking import FAIR, of, problems, refused, sli


@pytest.mark.parametrize(
    ("task", "quality", "answer"),
    [
        (
            Task.BINARY,
            {"metric": "MAE", "atMost": 1},
            ".metric: expected a metric of BinaryClassification (Acc",
        ),
        (
            Task.RANKING,
            {"metric": "RocAuc", "atLeast": 1},
            ".metric: expected a metric of Ranking (MRR, NDCG@K",
        ),
        (
            Task.RANKING,
            {"metric": "NDCG@7", "atLeast": 1},
            ".metric: expected a depth of spec.model.rankingDept",
        ),
        (
            Task.BINARY,
            {"metric": "RocAuc"},
            ": expected atLeast, for RocAuc is no share of predictions, got no",
        ),
        (
            Task.REGRESSION,
            {"metric": "MAE"},
            ": expected atMost, for MAE is no share of predictions, got no b",
        ),
        (
            Task.RANKING,
            {"metric": "Recall@5"},
            ": expected atLeast, for Recall@5 is no share of predictions, g",
        ),
        (
            Task.REGRESSION,
            {"metric": "MAE", "atLeast": 1},
            ".atLeast: expected atMost: less of MAE is better, ",
        ),
        (
            Task.BINARY,
            {"metric": "F1", "atMost": 1},
            ".atMost: expected atLeast: more of F1 is better, got atM",
        ),
        (
            Task.BINARY,
            {"metric": "RocAuc", "atLeast": 80},
            ".atLeast: expected at most 1, the best RocAuc there is, got 80; write a share, such as 0.8",
        ),
        (
            Task.REGRESSION,
            {"metric": "MAE", "atMost": -1},
            ".atMost: expected at least 0, the best MAE there is",
        ),
    ],
)
def test_a_metric_that_is_none_of_the_task_or_on_its_wrong_side_is_refused(
    task: Task, quality: dict[str, Any], answer: str
) -> None:
    said = refused(of(task, objectives=sli(quality=quality)))
    assert said.startswith(f"spec.objectives[0].sli.quality{answer}"), said


def test_r2_needs_the_mean_of_the_target() -> None:
    asked = sli(quality={"metric": "R2", "atLeast": 0.5})
    assert problems(of(Task.REGRESSION, objectives=asked), profile(Task.REGRESSION)) == []
    for parsed, reference in (
        (of(Task.REGRESSION, objectives=asked), profile(Task.REGRESSION, target_mean=None)),
        (of(Task.REGRESSION, objectives=asked, reference=None), None),
    ):
        (said,) = problems(parsed, reference)
        assert said.startswith(
            "spec.objectives[0].sli.quality.metric: expected a reference with the mean of the"
        )


@pytest.mark.parametrize(
    ("metrics", "known", "answer"),
    [
        (
            [],
            {},
            "spec.degradation: expected a reference with quality to compare with, got one without; write it",
        ),
        (
            ["Brier"],
            {"Accuracy": 0.9},
            "spec.degradation.metrics[0]: expected a metric of the reference (Accu",
        ),
        (
            ["Brier"],
            {"Brier": 0.0},
            "spec.degradation.metrics[0]: expected a metric whose baseline is not 0, g",
        ),
        (
            ["MAE"],
            {"MAE": 1.0},
            "spec.degradation.metrics[0]: expected a metric of BinaryClassification (Accur",
        ),
    ],
)
def test_degradation_needs_a_baseline(metrics: list[str], known: dict[str, float], answer: str) -> None:
    told = tuple(Metric(name=name, value=value, rows=100) for name, value in known.items())
    assert refused(of(degradation={"metrics": metrics}), profile(metrics=told)).startswith(answer)


def test_a_degradation_of_which_nothing_would_be_judged_is_refused() -> None:
    """Silence that looks like good quality."""
    scores = (Metric(name="LogLoss", value=0.4, rows=100), Metric(name="RocAuc", value=0.0, rows=100))
    said = refused(of(degradation={}), profile(metrics=scores))
    assert said.startswith(
        "spec.degradation: expected a reference with one of Accuracy, F1, RocAuc (not 0), for nothing else "
        "is judged unasked, got one with LogLoss, RocAuc; write the reference"
    )
    assert problems(of(degradation={"metrics": ["LogLoss"]}), profile(metrics=scores)) == []


def test_of_a_ranking_nobody_is_sent_for_a_baseline_that_no_tool_writes() -> None:
    assert "use objectives with atLeast" in refused(of(Task.RANKING, degradation={}))


def test_costs_are_those_of_two_classes() -> None:
    said = refused(of(Task.REGRESSION, model={"costs": {"falsePositive": 1, "falseNegative": 5}}))
    assert said.startswith(
        "spec.model.costs: expected costs of a BinaryClassification alone, got those of a Reg"
    )


@pytest.mark.parametrize(
    ("task", "model", "entry", "answer"),
    [
        (
            Task.BINARY,
            {},
            {},
            "attribute: expected one of spec.model.protectedAttributes (none), got 'sex'; add",
        ),
        (
            Task.BINARY,
            {"protectedAttributes": ["region"]},
            {"attribute": "region"},
            "attribute: expected an attribute of at least 2 groups, got region with north alone; there is",
        ),
        (
            Task.MULTICLASS,
            {"protectedAttributes": ["sex"], "positiveClass": "d"},
            {},
            "metric: expected a model with the positive class d, got classes a, b, c; correct spec.model",
        ),
        (
            Task.REGRESSION,
            {"protectedAttributes": ["sex"]},
            {},
            "metric: expected a model with the positive class 1, got classes none, of a Regression",
        ),
    ],
)
def test_groups_that_cannot_be_compared_are_refused(task: Task, model: Any, entry: Any, answer: str) -> None:
    said = refused(of(task, model=model, fairness=[FAIR | entry]))
    assert said.startswith(f"spec.fairness[0].{answer}"), said


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        ("spec.drift.window", {"drift": {"window": "12m"}}),
        ("spec.degradation.window", {"degradation": {"window": "12m"}}),
        ("spec.dataQuality.window", {"dataQuality": {"window": "12m"}}),
        (
            "spec.fairness[0].window",
            {"fairness": [FAIR | {"window": "12m"}], "model": {"protectedAttributes": ["sex"]}},
        ),
    ],
)
def test_a_window_of_too_few_scrapes_is_refused(path: str, spec: dict[str, Any]) -> None:
    assert problems(of(**spec, prometheus={"scrapeInterval": "3m"}), profile()) == []
    said = refused(of(**spec, prometheus={"scrapeInterval": "3m1s"}))
    assert said.startswith(f"{path}: expected at least 4 scrapes (3m1s each), got 12m; lengthen it")


def test_latency_beyond_the_evaluators_clock_needs_a_histogram() -> None:
    assert problems(of(objectives=sli(latency={"below": "1h"})), profile()) == []
    said = refused(of(objectives=sli(latency={"below": "1h1s"})))
    assert said.startswith(
        "spec.objectives[0].sli.latency.below: expected at most 1h by the evaluator's clock, g"
    )
    own = {"below": "2h", "histogram": "h", "selector": 'a="b"'}
    assert problems(of(objectives=sli(latency=own)), profile()) == []


@pytest.mark.parametrize(
    "query",
    [
        "sum(increase(revenue_total[1d])) / sum(increase(users_total[1d]))",
        "scalar(revenue)",
        "42",
        "max by () (revenue)",
        "sum(revenue) or vector(0)",
        "round(avg_over_time(sum(revenue)[1h:5m]), 0.1)",
    ],
)
def test_a_business_query_yields_one_series(query: str) -> None:
    assert problems(of(business=[{"name": "a", "query": query}]), profile()) == []


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("revenue", "one series without labels, got 'revenue'; put sum(...), avg(...) or max(...) around it"),
        ("sum by (plan) (revenue)", "one series without labels, got"),
        ("sum without (pod) (revenue)", "one series without labels, got"),
        ("topk(1, revenue)", "one series without labels, got"),
        ("sum(a) / b", "one series without labels, got"),
        ("revenue[1d]", "one series without labels, got"),
        ("sum(", "PromQL, got line 1, column 4"),
        (
            "sum(increase(a[{{.window}}]))",
            "a measurement without {{.window}}, got one with it; write its own",
        ),
    ],
)
def test_a_business_query_of_another_form_is_refused(query: str, answer: str) -> None:
    said = refused(of(business=[{"name": "a", "query": query}]))
    assert said.startswith(f"spec.business[0].query: expected {answer}"), said


def test_business_metrics_alone_are_recorded_without_an_evaluator() -> None:
    own = [{"name": "revenue_per_user", "query": "sum(revenue) / sum(users)"}]
    made = plan.plan(of(Task.REGRESSION, reference=None, business=own)).manifests
    assert [it["metadata"]["name"] for it in made] == ["churn-quality"]
    (said,) = problems(of(Task.MULTICLASS, reference=None, business=own), None)
    assert said.startswith(
        "spec.model.classes: expected the names of the classes, got none; add them, or a ref"
    )
