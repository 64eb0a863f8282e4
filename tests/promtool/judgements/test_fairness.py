"""Fairness as rules: the gaps of `stats.fairness` with exact limits, and what is surely violated."""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from modelmonitor import api
from modelmonitor.plan import fairness, names
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import fairness as gaps
from modelmonitor.stats import intervals, threshold
from modelmonitor.stats.groups import Groups
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Profile, Slice
from monitors import monitor
from promtool.judgements.counted import agrees, counters, truth
from promtool.runner import Ask, Json, Promtool, Simulation, firing

pytestmark = pytest.mark.promtool

HOUR = Fraction(3600)
ODD = 'a "quoted"\\back\nslash ✓ $1 .*'
METRICS: Mapping[str, Callable[..., gaps.Gap]] = {
    "DisparateImpactRatio": gaps.demographic_parity_ratio,
    "DemographicParityDifference": gaps.demographic_parity_difference,
    "EqualOpportunityDifference": gaps.equal_opportunity_difference,
    "EqualisedOddsDifference": gaps.equalised_odds_difference,
}


@dataclass(frozen=True)
class Group:
    """Rows of a group by replica: selected and not, then labelled ones by truth and prediction."""

    selected: tuple[int, int]
    others: tuple[int, int]
    true: tuple[int, int] = (0, 0)
    missed: tuple[int, int] = (0, 0)
    false: tuple[int, int] = (0, 0)
    rejected: tuple[int, int] = (0, 0)


Attribute = Mapping[str, Group]
SEXES: Attribute = {
    "f": Group((300, 310), (700, 690), (90, 80), (40, 50), (30, 20), (200, 210)),
    "m": Group((150, 160), (850, 840), (60, 50), (70, 80), (20, 20), (200, 210)),
    "__other__": Group((500, 500), (0, 0), (100, 100), (0, 0), (100, 100), (0, 0)),
}
ODDS: Attribute = {
    "a": Group((300, 0), (700, 0), (90, 0), (40, 0), (30, 0), (200, 0)),
    ODD: Group((0, 40), (0, 60), (0, 20), (0, 20), (0, 15), (0, 20)),
    "few": Group((5, 5), (10, 9), (5, 5), (10, 9), (5, 5), (9, 9)),
    "enough": Group((5, 5), (10, 10), (10, 10), (10, 10), (10, 0), (10, 10)),
    "none selected": Group((0, 0), (100, 100), (0, 0), (50, 50), (0, 0), (20, 30)),
    "all selected": Group((100, 100), (0, 0), (50, 50), (0, 0), (20, 30), (0, 0)),
    "nobody": Group((0, 0), (0, 0)),
}
EMPTY: Attribute = {"x": Group((0, 0), (100, 100)), "y": Group((0, 0), (90, 90)), "z": Group((0, 0), (30, 9))}
ALONE: Attribute = {"x": Group((50, 50), (100, 100)), "y": Group((5, 5), (5, 5))}
HALF: Attribute = {  # enough actually positive rows in both, enough others in one
    "x": Group((50, 50), (100, 100), (50, 50), (50, 50), (20, 20), (30, 30)),
    "y": Group((50, 50), (100, 100), (30, 30), (50, 50), (2, 2), (10, 10)),
}
ATTRIBUTES: Mapping[str, Attribute] = {"sex": SEXES, ODD: ODDS, "empty": EMPTY, "alone": ALONE, "half": HALF}


def asked(attribute: str, metric: str, **fields: Any) -> Json:
    bound = {"atLeast": 0.8} if metric == "DisparateImpactRatio" else {"atMost": 0.1}
    return {"attribute": attribute, "metric": metric, "window": "1h", **bound, **fields}


EVERY = tuple(asked(attribute, metric) for attribute in ATTRIBUTES for metric in METRICS)


def scope(entries: Sequence[Json] = EVERY, attributes: Mapping[str, Attribute] = ATTRIBUTES) -> Scope:
    declared = {name: [it for it in groups if it != "__other__"] for name, groups in attributes.items()}
    slices = [Slice(column=name, values=tuple(it), counts=(9,) * len(it)) for name, it in declared.items()]
    profile = Profile(rows=10_000, task=Task.BINARY, classes=("no", "yes"), groups=tuple(slices))
    body = monitor(
        model={
            "task": "BinaryClassification",
            "positiveClass": "yes",
            "protectedAttributes": list(attributes),
        },
        reference={"configMapRef": {"name": "churn-reference"}},
        prometheus={"scrapeInterval": "60s"},
        fairness=list(entries),
    )
    return Scope.of(api.parse(body), profile)


def rules(of: Scope) -> list[Json]:
    return [group.to_dict() for group in fairness.groups(of, Links("", "https://example.org/runbooks"))]


def counted(of: Scope, attributes: Mapping[str, Attribute] = ATTRIBUTES, minutes: int = 60) -> dict[str, str]:
    """What the evaluators count; rows of undeclared classes are actually not positive."""
    rows: dict[tuple[str, ...], tuple[int, ...]] = {}
    selected: dict[tuple[str, ...], tuple[int, ...]] = {}
    confusion: dict[tuple[str, ...], tuple[int, ...]] = {}
    for attribute, groups in attributes.items():
        for name, it in groups.items():
            selected[attribute, name] = it.selected
            rows[attribute, name] = tuple(sum(both) for both in zip(it.selected, it.others, strict=True))
            confusion[attribute, name, "yes", "yes"] = it.true
            confusion[attribute, name, "yes", "no"] = it.missed
            confusion[attribute, name, "no", "yes"] = tuple(count // 2 for count in it.false)
            confusion[attribute, name, "__other__", "yes"] = tuple(count - count // 2 for count in it.false)
            confusion[attribute, name, "no", "no"] = it.rejected
    return {
        **counters(of, families.GROUP, rows, minutes=minutes),
        **counters(of, families.GROUP_SELECTED, selected, minutes=minutes),
        **counters(of, families.GROUP_CONFUSION, confusion, minutes=minutes),
    }


def told(attribute: Attribute) -> Groups:
    """The same as `stats` has it."""
    known = [name for name in attribute if name != "__other__"]
    found = [attribute[name] for name in known]
    selected = [[sum(it.others), sum(it.selected)] for it in found]
    confusion = [[[sum(it.rejected), sum(it.false)], [sum(it.missed), sum(it.true)]] for it in found]
    return Groups(tuple(known), np.array([*selected, [0, 0]]), np.array([*confusion, [[0, 0], [0, 0]]]))


def judged(
    of: Scope, attributes: Mapping[str, Attribute] = ATTRIBUTES
) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Say the gaps and their limits by numpy, where they are defined."""
    entries = of.monitor.spec.fairness
    alpha = min(0.02, threshold.alpha_of_budget(1, len(entries), 240))
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for entry in entries:
        metric = entry.metric.value
        gap = METRICS[metric](told(attributes[entry.attribute]), 1 - 2 * alpha, intervals.exact)
        labels = tuple({**of.identity, "attribute": entry.attribute, "metric": metric}.items())
        for record, value in zip(RECORDS, (gap.value, gap.low, gap.high), strict=True):
            if not np.isnan(value):
                found.setdefault(f"{record}{entry.window}", {})[labels] = value
    return found


RECORDS = (names.FAIRNESS, names.FAIRNESS_LOW, names.FAIRNESS_HIGH)
Make = Callable[[Scope], list[Json]]


def gaps_are_those_of_numpy(make: Make) -> Simulation:
    of = scope()
    expected = judged(of)
    series = counted(of)
    for record, values in expected.items():
        series |= truth(record, values)
    asks = [ask for record in expected for ask in agrees(record, 2 * HOUR)]
    return Simulation(make(of), series, asks, step=HOUR, scrape=Fraction(60))


def every_state_is_reached(make: Make) -> Simulation:
    """Violated alarms; met, uncertain and insufficient do not, and are told apart by the limits."""
    entries = (
        asked("sex", "DisparateImpactRatio", severity="critical"),
        asked("sex", "DemographicParityDifference", atMost=0.3),
        asked("sex", "EqualOpportunityDifference", atMost=0.2),
        asked("alone", "DemographicParityDifference"),
    )
    of = scope(entries)
    low, high = (f"{record}1h" for record in (names.FAIRNESS_LOW, names.FAIRNESS_HIGH))
    violated, *quiet = (
        {**of.identity, "attribute": it["attribute"], "metric": it["metric"]} for it in entries
    )
    fires = {firing(names.FAIRNESS_ALERT, severity="critical", **violated): 1.0}
    one = [of.recorded(record, labels) for record, labels in ((low, quiet[1]), (high, quiet[1]))]
    asks = [
        Ask(firing(names.FAIRNESS_ALERT), 2 * HOUR, fires),
        Ask(f"{of.recorded(high, quiet[0])} > 0.3", 2 * HOUR, {}),
        Ask(f"({one[0]} > 0.2) or ({one[1]} < 0.2)", 2 * HOUR, {}),
        Ask(of.recorded(high, quiet[2]), 2 * HOUR, {}),
        Ask(f"count({high})", 2 * HOUR, {"{}": 3}),
    ]
    return Simulation(make(of), counted(of), asks, step=HOUR, scrape=Fraction(60))


def the_alert_names_the_groups(make: Make) -> Simulation:
    of = scope((asked(ODD, "EqualisedOddsDifference", severity="info"),))
    text = (
        "Over the last 1h it is 1, surely at least 0.826, where at most 0.1 is accepted. "
        "Of the actually positive, predicted so: most all selected (100%) and least none selected (0%). "
        "Of the actually negative, predicted positive: "
        "most all selected (100%) and least none selected (0%). "
        "Groups of fewer than 30 rows are not compared."
    )
    labels = {**of.identity, "severity": "info", "attribute": ODD, "metric": "EqualisedOddsDifference"}
    what = f"EqualisedOddsDifference between groups of {ODD}"
    texts = {
        "summary": f"default/churn: {what} is beyond what is accepted",
        "description": text,
        "runbook_url": f"https://example.org/runbooks/{names.FAIRNESS_ALERT}",
    }
    alert = {
        "alertname": names.FAIRNESS_ALERT,
        "eval_time": "2h",
        "exp_alerts": [{"exp_labels": labels, "exp_annotations": texts}],
    }
    return Simulation(make(of), counted(of), [], step=HOUR, alerts=[alert], scrape=Fraction(60))


def gaps_over_long_windows_are_those_of_their_steps(make: Make) -> Simulation:
    of = scope([{**it, "window": "7h"} for it in EVERY if it["attribute"] in ("sex", "half")])
    expected = judged(of)
    series = counted(of, minutes=7 * 60)
    for record, values in expected.items():
        series |= truth(record, values)
    asks = [ask for record in expected for ask in agrees(record, 9 * HOUR, within=1e-5)]
    return Simulation(make(of), series, asks, step=HOUR / 12, scrape=Fraction(60))


def predictions_without_labels_have_no_odds(make: Make) -> Simulation:
    """Selection is judged when predictions are made; what needs the truth is absent, and never alarms."""
    unlabelled = {"sex": {name: Group(it.selected, it.others) for name, it in SEXES.items()}}
    of = scope([asked("sex", metric, atMost=0.001) for metric in list(METRICS)[1:]], unlabelled)
    told_of = f"count by (metric) ({names.FAIRNESS}1h)"
    asks = [Ask(told_of, 2 * HOUR, {'{metric="DemographicParityDifference"}': 1})]
    return Simulation(make(of), counted(of, unlabelled), asks, step=HOUR, scrape=Fraction(60))


SCENARIOS = (
    gaps_are_those_of_numpy,
    every_state_is_reached,
    the_alert_names_the_groups,
    predictions_without_labels_have_no_odds,
    gaps_over_long_windows_are_those_of_their_steps,
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda it: it.__name__)
def test_rules_do_what_they_should(scenario: Callable[..., Simulation], promtool: Promtool) -> None:
    assert promtool.run(scenario(rules)) == ""


def test_the_number_of_rules_does_not_depend_on_the_number_of_groups() -> None:
    many = {f"g{place}": Group((1, 1), (1, 1)) for place in range(30)}
    few, lots = (
        [len(group["rules"]) for group in rules(scope(EVERY[:4], {"sex": groups}))]
        for groups in (dict(list(many.items())[:2]), many)
    )
    assert few == lots
    assert max(few) <= 20


def test_a_model_without_protected_groups_has_no_rules() -> None:
    assert fairness.groups(Scope.of(api.parse(monitor()), None), Links("", "")) == []


def _changed(record: str, old: str, new: str | Callable[[re.Match[str]], str]) -> Make:
    def mutant(of: Scope) -> list[Json]:
        groups = copy.deepcopy(rules(of))
        for rule in (it for group in groups for it in group["rules"]):
            if re.match(record + "([0-9]|$)", rule.get("record", rule.get("alert", ""))):
                rule["expr"] = re.sub(old, new, rule["expr"])
        return groups

    return mutant


MUTANTS = {
    "pairs not corrected": _changed(
        names.GROUP_TAIL,
        r" / count by \(attribute, metric\) \(mod",
        " / 2 + 0 * count by (attribute, metric) (mod",
    ),
    "pairs in both orders counted twice": _changed(
        names.GROUP_TAIL, "2 \\* ln\\(([0-9.e-]+) /", r"2 * ln(0.5 * \1 /"
    ),
    "odds of one rate only": _changed(names.GROUP_TAIL, "(?s)\nand .*", ""),
    "no significance": _changed(names.FAIRNESS_ALERT, "gap_high1h|gap_low1h", "gap1h"),
    "the wrong limit": _changed(
        names.FAIRNESS_ALERT, "gap_(high|low)1h", lambda it: {"high": "gap_low1h", "low": "gap_high1h"}[it[1]]
    ),
    "the bound swapped": _changed(names.FAIRNESS_ALERT, "[<>]", lambda it: {"<": ">", ">": "<"}[it[0]]),
    "rates of replicas averaged": _changed(names.GROUP_HITS_COUNTED, "sum by", "avg by"),
    "undeclared groups compared": _changed(
        f"{names.GROUP_ROWS_COUNTED}|{names.GROUP_HITS_COUNTED}", r',group=~"(\\.|[^"\\])*"', ""
    ),
    "few rows compared": _changed(names.GROUP_RATE, "> 29.5", "> 20"),
    "undeclared classes left out": _changed(
        f"{names.GROUP_ROWS_COUNTED}|{names.GROUP_HITS_COUNTED}", 'actual!="yes"', 'actual="no"'
    ),
    "recall of the predicted": _changed(names.GROUP_ROWS_COUNTED, 'actual(!?=)"yes"', r'predicted\1"yes"'),
    "the mean gap": _changed(names.FAIRNESS, r"max by \(attribute, metric\)", "avg by (attribute, metric)"),
    "a limit of the widest rate alone": _changed(names.FAIRNESS_LOW, "max by", "min by"),
    "the smaller group alone blurs": _changed(names.FAIRNESS_HIGH, r"\) \^ 2 \+ ", ") ^ 2 + 0 * "),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_killed(mutant: str, promtool: Promtool) -> None:
    make = MUTANTS[mutant]
    assert make(scope()) != rules(scope()), "it is no mutant"
    assert promtool.check_groups(make(scope())) == "", "it dies of its syntax, which proves nothing"
    assert any(promtool.run(scenario(make)) for scenario in SCENARIOS), f"nothing notices {mutant}"
