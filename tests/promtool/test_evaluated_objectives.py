"""Objectives on what evaluators count mean what they say, from raw counters of replicas that restart."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from promtool import evaluated, evaluated_worlds
from promtool.evaluated import WRITES
from promtool.evaluated_mutants import MUTANTS
from promtool.evaluated_worlds import CLASSES, REGRESSION, SHARES
from promtool.runner import Json, Promtool, Simulation
from promtool.worlds import Rules

pytestmark = pytest.mark.promtool

SCENARIOS = (
    evaluated.callers_mistakes_neither_burn_nor_dilute,
    evaluated.replicas_are_added_up_before_anything_is_divided,
    evaluated.nothing_but_rejections_is_no_data,
    evaluated.without_labels_quality_has_no_events,
    evaluated.an_undeclared_class_is_never_right,
    evaluated.slices_are_judged_by_counters,
    evaluated.drift_is_judged_by_the_worst_column_that_has_a_verdict,
    evaluated.one_bad_value_of_six_hours_fires_nothing,
)
TELLING: dict[str, tuple[Json, Json, str]] = {
    "availability": (
        {"availability": {}},
        CLASSES,
        evaluated_worlds.series(evaluated_worlds.REQUESTS, 'outcome="ok"', "a"),
    ),
    "latency": (
        {"latency": {"below": "100ms"}},
        CLASSES,
        evaluated_worlds.series(evaluated_worlds.TIMED, 'threshold="0.1"', "a"),
    ),
    "accuracy": (
        {"quality": {"metric": "Accuracy"}},
        CLASSES,
        evaluated_worlds.series(evaluated_worlds.CONFUSION, 'actual="yes",predicted="no"', "a"),
    ),
    "errors": (
        evaluated_worlds.MEASURED,
        REGRESSION,
        evaluated_worlds.series("modelmonitor_scored_total", "", "a"),
    ),
    "drift": (
        {"drift": {"of": "Features"}},
        REGRESSION,
        evaluated_worlds.missing("age"),
    ),
}
"""Indicators, and one of the counters that are there as long as an evaluator is scraped."""


GOLDEN = Path(__file__).parents[1] / "unit" / "plan" / "golden" / "objectives.rules.yaml"


def passes(promtool: Promtool, simulation: Simulation) -> None:
    if complaints := promtool.run(simulation):
        pytest.fail(complaints, pytrace=False)


@pytest.mark.parametrize("kind", SHARES)
def test_the_ratio_is_that_of_arithmetic(kind: str, promtool: Promtool) -> None:
    passes(promtool, evaluated.ratio_is_that_of_arithmetic(evaluated_worlds.rules, kind))


@pytest.mark.parametrize("kind", WRITES)
def test_the_page_comes_and_goes_when_the_closed_form_says(kind: str, promtool: Promtool) -> None:
    passes(promtool, evaluated.a_page_comes_on_time(evaluated_worlds.rules, kind))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda it: it.__name__)
def test_the_rules_say_what_happened(scenario: Callable[[Rules], Simulation], promtool: Promtool) -> None:
    passes(promtool, scenario(evaluated_worlds.rules))


@pytest.mark.parametrize("kind", TELLING)
def test_absence_is_told_when_evaluators_are_gone(kind: str, promtool: Promtool) -> None:
    passes(promtool, evaluated.absence_of_evaluators_is_told(evaluated_worlds.rules, *TELLING[kind]))


def test_promtool_accepts_the_golden_rules(promtool: Promtool) -> None:
    assert promtool.check_groups(yaml.safe_load(GOLDEN.read_text())["groups"]) == ""


KILLERS: tuple[Callable[[Rules], Simulation], ...] = (
    *(functools.partial(evaluated.ratio_is_that_of_arithmetic, kind=kind) for kind in SHARES),
    *SCENARIOS,
)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_killed(mutant: str, promtool: Promtool, mutants_killed: dict[str, str]) -> None:
    make = MUTANTS[mutant]
    for killer in KILLERS:
        wrong, right = killer(make), killer(evaluated_worlds.rules)
        if wrong.groups != right.groups and promtool.run(wrong):
            assert promtool.check_groups(wrong.rule_dicts()) == "", "it dies of its syntax"
            mutants_killed[mutant] = _name(killer)
            return
    pytest.fail(f"{mutant}: no scenario notices it")


def _name(killer: Callable[[Rules], Simulation]) -> str:
    if isinstance(killer, functools.partial):
        return f"{killer.func.__name__}: {killer.keywords['kind']}"
    return killer.__name__
