"""What a plan refuses of a monitor and its reference, and how much traffic it says that verdicts need."""

import re
from typing import Any

import pytest

from modelmonitor import plan
from modelmonitor.plan import resolution
from modelmonitor.plan.drift import budget
from modelmonitor.plan.resolution import Resolution
from modelmonitor.plan.scope import Scope
from modelmonitor.wire.config import Task
from monitors import objective
from profiles import categorical, numeric, profile, values
from unit.plan.checking import FAIR, of, problems, refused, sli

ODD = ('a "quoted"\\back', "zwei\nZeilen", "größe ✓", "{{.window}}", "o'clock")


@pytest.mark.parametrize("task", Task)
def test_nothing_is_wrong_with_a_monitor_that_asks_for_what_there_is(task: Task) -> None:
    metric = {Task.REGRESSION: {"metric": "MAE", "atMost": 3}, Task.RANKING: {"metric": "HitRate@5"}}
    judged = task in (Task.BINARY, Task.MULTICLASS)
    parsed = of(
        task,
        model={"segments": ["plan"], "protectedAttributes": ["sex"]},
        objectives=sli(quality=metric.get(task, {"metric": "Accuracy"})),
        drift={"overrides": [{"feature": "age", "statistic": "KS", "tolerate": 0.1}]},
        degradation=None if task is Task.RANKING else {},
        dataQuality={},
        fairness=[FAIR] if judged else [],
    )
    assert problems(parsed, profile(task)) == []


def test_a_reference_that_is_not_at_hand_is_asked_for() -> None:
    (found,) = problems(of(drift={}, fairness=[]), None)
    assert found == (
        "spec.reference.configMapRef: expected the profile in ConfigMap churn-reference of namespace "
        "default, got none; write it with `modelmonitor profile` and give its file, too, or with --reference"
    )


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        ("spec.drift", {"drift": {}}),
        ("spec.degradation", {"degradation": {}}),
        ("spec.dataQuality", {"dataQuality": {}}),
        ("spec.model.segments", {"model": {"segments": ["plan"]}}),
        ("spec.model.protectedAttributes", {"model": {"protectedAttributes": ["sex"]}}),
        ("spec.fairness", {"model": {"protectedAttributes": ["sex"]}, "fairness": [FAIR]}),
    ],
)
def test_a_comparison_without_a_reference_is_refused(path: str, spec: dict[str, Any]) -> None:
    found = problems(of(Task.REGRESSION, reference=None, labels={}, **spec), None)
    expected = (
        f"{path}: expected a reference to compare with, got none; "
        "write one with `modelmonitor profile` and name it in spec.reference.configMapRef"
    )
    assert expected in found
    assert all("a reference to compare with" in it for it in found), found


@pytest.mark.parametrize(
    ("model", "answer"),
    [
        (
            {"segments": ["plan", "age"]},
            "spec.model.segments[1]: expected one of plan, got age; remove it, or",
        ),
        (
            {"protectedAttributes": ["plan"]},
            "spec.model.protectedAttributes[0]: expected one of region, sex, go",
        ),
        (
            {"classes": ["no", "maybe"], "positiveClass": "no"},
            "spec.model.classes: expected no, yes, got no, ma",
        ),
        ({"positiveClass": "ja"}, "spec.model.positiveClass: expected one of no, yes, got ja"),
        (
            {"classes": ["a", "b", "c"], "positiveClass": "a"},
            "spec.model.classes: expected two of them, got 3",
        ),
        ({"classes": ["__other__", "yes"]}, "spec.model.classes: expected names other than __other__, got"),
    ],
)
def test_what_contradicts_the_reference_is_told_where_it_was_written(model: Any, answer: str) -> None:
    assert refused(of(model=model)).startswith(answer)


def test_the_reference_of_another_task_is_refused() -> None:
    found = problems(of(Task.REGRESSION), profile(Task.BINARY))
    assert found == [
        "spec.model.task: expected BinaryClassification, as the reference has, got Regression",
    ]


def test_silence_that_means_no_class_is_refused() -> None:
    assert refused(of(labels={"implicit": "nope"})).startswith(
        "spec.labels.implicit: expected one of no, yes"
    )
    said = refused(of(Task.REGRESSION, labels={"implicit": "no"}))
    assert said == "spec.labels.implicit: expected a number, as a regression predicts, got 'no'"
    assert problems(of(Task.REGRESSION, labels={"implicit": "0.0"}), profile(Task.REGRESSION)) == []


@pytest.mark.parametrize("name", ODD)
def test_classes_columns_and_groups_may_be_called_anything(name: str) -> None:
    reference = profile(
        columns=(numeric(name), categorical(f"{name}2", name, "gold")),
        prediction=categorical("said", "no", name),
        classes=("no", name),
        segments=(values(name, name, "b"),),
        groups=(values(name, name, "b"),),
    )
    parsed = of(
        model={"positiveClass": name, "segments": [name], "protectedAttributes": [name]},
        drift={"overrides": [{"feature": name, "tolerate": 0.3}]},
        fairness=[FAIR | {"attribute": name}],
        objectives=sli(quality={"metric": "Recall"}),
    )
    assert problems(parsed, reference) == []
    assert plan.plan(parsed, profile=reference).manifests


def test_500_features_are_taken_and_1000_are_refused_with_the_arithmetic() -> None:
    many = tuple(numeric(f"f{number}") for number in range(1000))
    roomy = of(capture={"maxSeries": 20_000})
    assert problems(roomy, profile(columns=many[:500])) == []
    assert refused(roomy, profile(columns=many)) == (
        "spec.reference.configMapRef: expected a reference of at most 500 features, got 1,000 with 10,000 "
        "cells: 2 x 10,000 + 4 x 1,000 = 24,000 series a pod; "
        "write it anew with --exclude, or with the features that matter"
    )


def test_20_values_of_a_segment_are_taken_and_10000_are_refused_with_the_arithmetic() -> None:
    names = [f"v{number}" for number in range(10_000)]
    parsed = of(model={"segments": ["plan"]}, capture={"maxSeries": 20_000})
    assert problems(parsed, profile(segments=(values("plan", *names[:20]),))) == []
    assert refused(parsed, profile(segments=(values("plan", *names),))) == (
        "spec.model.segments[0]: expected a column of at most 20 values, got 10,000 of plan: with all "
        "others, 10,001 times the series of the whole; write the reference with fewer, the rest counts as one"
    )


def test_20_groups_of_an_attribute_are_taken_and_21_are_refused() -> None:
    names = [f"v{number}" for number in range(21)]
    parsed = of(model={"protectedAttributes": ["sex"]}, capture={"maxSeries": 20_000})
    assert problems(parsed, profile(groups=(values("sex", *names[:20]),))) == []
    said = refused(parsed, profile(groups=(values("sex", *names),)))
    assert said.startswith(
        "spec.model.protectedAttributes[0]: expected a column of at most 20 values, got 21 of"
    )


def test_an_override_of_an_unknown_feature_names_the_one_that_was_meant() -> None:
    said = refused(of(drift={"overrides": [{"feature": "agee", "tolerate": 0.1}]}))
    assert said == (
        "spec.drift.overrides[0].feature: expected a column of the reference (age, plan, @prediction, "
        "@score), got 'agee'; did you mean 'age'?"
    )
    parsed = of(drift={"overrides": [{"feature": "@score", "statistic": "KS", "tolerate": 0.1}]})
    assert problems(parsed, profile()) == []


def test_ks_of_categories_is_refused_with_what_to_override() -> None:
    said = refused(of(drift={"features": {"statistic": "KS"}}))
    assert said == (
        "spec.drift.features.statistic: expected PSI, JS or ChiSquared for categories, which have no order "
        "(plan), got KS; write one of them, or override each: {feature: plan, statistic: PSI, tolerate: 0.2}"
    )
    overrides = [{"feature": "plan", "tolerate": 0.2}]
    assert problems(of(drift={"features": {"statistic": "KS"}, "overrides": overrides}), profile()) == []
    said = refused(of(drift={"overrides": [{"feature": "plan", "statistic": "KS", "tolerate": 0.2}]}))
    assert said.startswith("spec.drift.overrides[0].statistic: expected PSI, JS or ChiSquared for categories")
    assert said.endswith("; write one of them")
    assert "{feature: @prediction, " in refused(of(drift={"prediction": {"statistic": "KS"}}))


def test_a_tolerance_that_no_traffic_resolves_is_refused_with_numbers_that_are_true() -> None:
    def tolerating(tolerance: float, rows: int = 200) -> list[str]:
        parsed = of(drift={"prediction": {"tolerate": 9}, "features": {"tolerate": tolerance}})
        return problems(parsed, profile(rows=rows))

    (said,) = tolerating(0.2)
    found = re.fullmatch(
        r"spec\.drift\.features\.tolerate: expected a tolerance that this reference can resolve, got 0\.2 "
        r"\(PSI\) on age and 1 more: with 200 rows in 10 cells, at a false-alarm level of 2\.3e-05 a look, "
        r"no traffic is enough; tolerate at least ([0-9.]+), or write the reference from many more than "
        r"([0-9,]+) rows",
        said,
    )
    assert found, said
    least, rows = float(found[1]), int(found[2].replace(",", ""))
    assert tolerating(least) == []
    assert tolerating(least - 0.02) != []
    assert tolerating(0.2, rows) == []
    assert tolerating(0.2, rows - 1) != []


def test_against_last_week_no_reference_is_too_small() -> None:
    assert problems(of(drift={"against": "LastWeek", "window": "7d"}), profile(rows=200)) == []
    said = refused(of(drift={"against": "LastWeek", "window": "8d"}))
    assert said.startswith("spec.drift.window: expected at most 7d against LastWeek, got 8d")


@pytest.mark.parametrize(("statistic", "most"), [("KS", "1"), ("JS", "0.693")])
def test_a_tolerance_that_nothing_exceeds_is_refused(statistic: str, most: str) -> None:
    override = {"feature": "age", "statistic": statistic, "tolerate": 1}
    said = refused(of(drift={"overrides": [override]}))
    assert said == (
        f"spec.drift.overrides[0].tolerate: expected less than {most}, the largest {statistic} there is, got "
        "1; no drift would ever alarm"
    )


def test_drift_as_an_objective_needs_drift_and_what_drifts() -> None:
    said = refused(of(objectives=sli(drift={"of": "Features"})))
    assert said.startswith(
        "spec.objectives[0].sli.drift: expected a block spec.drift, which says what drift is, got"
    )
    objectives = [objective("a", objective=95, sli={"drift": {"of": "Prediction"}})]
    said = refused(of(Task.RANKING, drift={}, objectives=objectives))
    assert said.startswith(
        "spec.objectives[0].sli.drift.of: expected a reference with predictions or scores, got"
    )
    said = refused(of(drift={}), profile(columns=(), prediction=None, score=None))
    assert said.startswith("spec.drift: expected a reference with columns to watch, got one with none")


def test_everything_that_is_wrong_comes_at_once() -> None:
    parsed = of(
        model={"segments": ["color"], "costs": {"falsePositive": 1, "falseNegative": 1}},
        objectives=[
            objective("a", objective=95, sli={"quality": {"metric": "MAE"}}),
            objective("b", objective=95, sli={"events": {"error": "sum(", "total": "a"}}),
        ],
        drift={"window": "14d", "against": "LastWeek"},
        business=[{"name": "a", "query": "b"}],
        fairness=[FAIR],
    )
    assert sorted({it.split(":")[0] for it in problems(parsed, profile())}) == [
        "spec.business[0].query",
        "spec.drift.window",
        "spec.fairness[0].attribute",
        "spec.model.segments[0]",
        "spec.objectives[0].sli.quality.metric",
        "spec.objectives[1].sli.events.error",
        "spec.objectives[1].sli.events.total",
    ]


def test_the_traffic_that_verdicts_need_is_what_they_ask_for() -> None:
    """`stats.drift` is asked at the very number that is told, and one row below."""
    parsed, reference = of(drift={"window": "2h"}), profile()
    told = resolution.traffic(parsed, reference)
    scheme = Scope.of(parsed, reference).scheme
    needed = {one.column.name: Resolution(one).needed for one in budget.asked(parsed, scheme)}
    assert told == [
        f"drift: a verdict on @score needs {needed['@score']:,} predictions in 2h",
        f"drift: a verdict on age needs {needed['age']:,} predictions in 2h, more than on any other feature",
    ]
    assert resolution.traffic(of(), reference) == []


def test_a_look_is_a_twelfth_of_a_window_and_its_level_pays_for_all_columns() -> None:
    parsed, reference = of(drift={"window": "24m", "falseAlarmsPerMonth": 2}), profile()
    scheme = Scope.of(parsed, reference).scheme
    assert str(budget.interval(parsed.spec.drift.window)) == "2m"
    looks = 30 * 24 * 30
    assert budget.alpha(parsed, scheme) * looks * len(scheme.watched) == pytest.approx(2)


def test_of_500_features_that_are_too_uncertain_the_worst_is_told() -> None:
    reference = profile(columns=tuple(numeric(f"f{number}", rows=100 + number) for number in range(500)))
    said = refused(of(drift={"prediction": {"tolerate": 1}}, capture={"maxSeries": 20_000}), reference)
    assert " on f0 and 499 more: with 100 rows in 10 cells" in said
