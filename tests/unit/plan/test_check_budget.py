"""A plan that evaluators would not count is refused, with what makes its series and what to leave out."""

import re
from dataclasses import replace
from typing import Any

import pytest
import yaml

from modelmonitor import plan
from modelmonitor.plan import evaluation, injection
from modelmonitor.series import budget
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Profile
from modelmonitor.wire.scheme import Scheme
from profiles import numeric, profile, values
from unit.plan.checking import of, problems, refused

BROAD = profile(
    columns=(numeric("age", 50), numeric("zip", 100), numeric("seen", 10)),
    segments=(values("country", *"abcdefghij"), values("plan", "basic", "gold")),
    groups=(values("sex", "f", "m"),),
)
MODEL = {"segments": ["country", "plan"], "protectedAttributes": ["sex"], "thresholds": [0.2, 0.4]}


def scheme(reference: Profile = BROAD, **model: Any) -> Scheme:
    return evaluation.evaluated(of(model=MODEL | model), reference)


def test_a_monitor_over_its_budget_is_refused_with_the_arithmetic_and_what_saves_most() -> None:
    said = refused(of(model=MODEL, capture={"maxSeries": 1000}), BROAD)
    whole = budget.series(scheme())
    assert said.startswith(
        f"spec.capture.maxSeries: expected at most 1,000 series a pod of the evaluator, got {whole:,}, "
    )
    assert "modelmonitor_score_by_actual: 1 classes x 2 truths x 15 segments x" in said
    without = whole - budget.series(scheme(segments=["plan"]))
    assert f"; leave out some of: segment country of 10 values ({without:,} series), " in said
    assert said.endswith("; or allow more")


def test_at_the_budget_nothing_is_refused_and_one_below_it_is() -> None:
    whole = budget.series(scheme())
    assert problems(of(model=MODEL, capture={"maxSeries": whole}), BROAD) == []
    assert len(problems(of(model=MODEL, capture={"maxSeries": whole - 1}), BROAD)) == 1


def test_each_saving_is_what_leaving_it_out_saves() -> None:
    found = {one.what: one.series for one in budget.savings(scheme())}
    whole = budget.series(scheme())
    assert found["segment plan of 2 values"] == whole - budget.series(scheme(segments=["country"]))
    assert found["attribute sex of 2 values"] == whole - budget.series(scheme(protectedAttributes=[]))
    narrow = replace(BROAD, columns=(numeric("age", 50), numeric("seen", 10)))
    assert found["feature zip of 100 cells"] == whole - budget.series(scheme(narrow))
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert min(found.values()) > 0


def test_thresholds_cost_series_where_the_reference_has_few_edges_of_scores() -> None:
    few = replace(BROAD, score_edges=(0.1, 0.5, 0.9))
    found = {one.what: one.series for one in budget.savings(scheme(few))}
    assert found["all thresholds"] == budget.series(scheme(few)) - budget.series(scheme(few, thresholds=[]))
    assert "all thresholds" not in {one.what for one in budget.savings(scheme())}, "cells make room for them"


def test_of_a_ranking_depths_can_be_left_out() -> None:
    ranked = of(Task.RANKING, model={"segments": ["plan"], "rankingDepths": [1, 5, 10]})
    found = {
        one.what: one.series for one in budget.savings(evaluation.evaluated(ranked, profile(Task.RANKING)))
    }
    assert found["all ranking depths but the last"] == 2 * 5 * 4, (
        "two depths of five families for four segments"
    )


def test_where_nothing_is_captured_the_path_is_that_of_the_model() -> None:
    many = replace(BROAD, columns=tuple(numeric(f"f{number}") for number in range(200)))
    said = refused(of(), many)
    assert said.startswith("spec.model: expected at most 2,000 series a pod of the evaluator, got ")
    assert re.search(r"; leave out some of: the 200 features together \([0-9,]+ series\), ", said)
    assert said.endswith("; or allow more by `capture: {injection: None, maxSeries: …}`")


def test_to_allow_more_where_nothing_is_captured_adds_no_second_evaluator() -> None:
    many = replace(BROAD, columns=tuple(numeric(f"f{number}") for number in range(200)))
    remedy = refused(of(), many).split("`")[1].replace("…", "100000")
    parsed = of(**yaml.safe_load(remedy))
    assert problems(parsed, many) == []
    assert injection.injection(parsed, plan.Settings(evaluator_image="evaluator:1")) is None


@pytest.mark.parametrize("more", [{"reference": None}, {"model": {"segments": ["nobody"]}}])
def test_what_contradicts_the_reference_is_told_without_any_number_of_series(more: dict[str, Any]) -> None:
    found = problems(of(capture={"maxSeries": 1}, drift={}, **more), BROAD)
    assert found
    assert not any("series" in it for it in found), found


def test_a_monitor_of_the_teams_own_series_has_no_budget() -> None:
    own = {"events": {"error": "sum(rate(bad[{{.window}}]))", "total": "sum(rate(all[{{.window}}]))"}}
    parsed = of(reference=None, objectives=[{"name": "own", "objective": 99, "sli": own}])
    assert not evaluation.is_evaluated(parsed)
    assert plan.check(parsed) == []
