"""Flaws as rules: what is surely more frequent than tolerated, and nothing else."""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from modelmonitor import api
from modelmonitor.plan import data_quality, names
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import intervals, special, threshold
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType, Profile
from monitors import monitor
from promtool.judgements.counted import Rows, agrees, counters, truth
from promtool.runner import Ask, Json, Promtool, Simulation, firing

pytestmark = pytest.mark.promtool

HOUR = Fraction(3600)
ODD = 'a "quoted"\\back\nslash ✓ {{ $value }}'


@dataclass(frozen=True)
class Live:
    """A column of the reference, and live rows of each replica: with a value, and with each flaw."""

    column: Column
    values: Rows
    missing: Rows = (0, 0)
    beyond: Rows = (0, 0)
    """Out of range, or unseen."""
    invalid: Rows = (0, 0)

    @property
    def is_numeric(self) -> bool:
        return self.column.type is ColumnType.NUMERIC


def numeric(name: str, values: int, missing: int = 0) -> Column:
    half = values // 2
    return Column(
        name=name, type=ColumnType.NUMERIC, edges=(0.5,), counts=(half, values - half), missing=missing
    )


def categorical(name: str, values: int, unseen: int = 0, missing: int = 0) -> Column:
    cells = (values - unseen, unseen)
    return Column(name=name, type=ColumnType.CATEGORICAL, categories=("a",), counts=cells, missing=missing)


COLUMNS = (
    Live(numeric("fine", 10_000), (900, 1100)),
    Live(numeric("misses as ever", 9500, missing=500), (950, 1900), missing=(50, 100)),
    Live(numeric("misses more", 9500, missing=500), (900, 1700), missing=(100, 300)),
    Live(numeric("misses in one replica", 10_000), (0, 1900), missing=(1000, 0)),
    Live(numeric("invalid", 10_000), (990, 1000), missing=(20, 0), invalid=(20, 0)),
    Live(numeric("two invalid of a hundred", 10_000), (48, 50), missing=(1, 1), invalid=(1, 1)),
    Live(numeric("misses a little more", 10_000), (2000, 2000), missing=(30, 30)),
    Live(numeric("out of range", 10_000), (1000, 1000), beyond=(80, 60)),
    Live(numeric("out of a small range", 100), (1000, 1000), beyond=(40, 40)),
    Live(
        numeric("often missing, else beyond", 1000, missing=9000),
        (60, 40),
        missing=(500, 400),
        beyond=(60, 30),
    ),
    Live(categorical("unseen", 10_000), (1000, 1000), beyond=(80, 60)),
    Live(categorical("unseen as ever", 10_000, unseen=1000), (1000, 1000), beyond=(110, 100)),
    Live(categorical("all unseen", 10_000), (500, 500), beyond=(500, 500)),
    Live(categorical(ODD, 10_000), (100, 100), missing=(900, 900)),
    Live(numeric("no rows", 10_000), (0, 0)),
    Live(categorical("always missing", 10_000), (0, 0), missing=(700, 800)),
)
TOLERATED = {"missing": 0.01, "outOfRange": 0.02, "unseen": 0.01, "invalid": 0.001}
ASKED = {"missing": "1%", "outOfRange": "2%", "unseen": "1%", "invalid": "0.1%"}


def scope(window: str = "1h", columns: tuple[Live, ...] = COLUMNS, **spec: Any) -> Scope:
    profile = Profile(
        rows=10_000,
        task=Task.BINARY,
        columns=tuple(it.column for it in columns),
        classes=("no", "yes"),
    )
    body = monitor(
        model={"task": "BinaryClassification", "positiveClass": "yes"},
        reference={"configMapRef": {"name": "churn-reference"}},
        prometheus={"scrapeInterval": "60s"},
        dataQuality={"window": window, **ASKED},
        **spec,
    )
    return Scope.of(api.parse(body), profile)


def rules(of: Scope) -> list[Json]:
    return [group.to_dict() for group in data_quality.groups(of, Links("", "https://example.org/runbooks"))]


def counted(of: Scope, columns: tuple[Live, ...] = COLUMNS, minutes: int = 60) -> dict[str, str]:
    """What the evaluators count, and their reference."""
    series: dict[str, str] = {}
    for it in columns:
        name = it.column.name
        half = tuple(count // 2 for count in it.values)
        seen = tuple(count - bad for count, bad in zip(it.values, it.beyond, strict=True))
        parts: list[tuple[Any, dict[tuple[str, ...], Rows], str]] = [
            (families.FEATURE_MISSING, {(name,): it.missing}, ""),
            (families.FEATURE_INVALID, {(name,): it.invalid}, ""),
        ]
        if it.is_numeric:
            cells = {(name, "0.5"): half, (name, "+Inf"): it.values}
            parts += [
                (families.FEATURE_VALUE, cells, "_bucket"),
                (families.FEATURE_RANGE, {(name,): it.beyond}, ""),
            ]
        else:
            categories = {(name, "a"): seen, (name, "__other__"): it.beyond}
            parts += [(families.FEATURE_CATEGORY, categories, "")]
        for family, rows, part in parts:
            series |= counters(of, family, rows, part=part, minutes=minutes)
        series |= _reference(of, it.column)
    return series


def _reference(of: Scope, column: Column) -> dict[str, str]:
    cells = ("b00", "b01") if column.type is ColumnType.NUMERIC else ("c:a", "c:__other__")
    rows = dict(zip((*cells, "missing"), (*column.counts, column.missing), strict=True))
    found = {}
    for pod in ("churn-0", "churn-1"):
        for cell, count in rows.items():
            name = of.counted(families.REFERENCE_COUNT, feature=column.name, cell=cell)
            found[f'{name[:-1]},pod="{pod}"}}'] = f"{count}x10000"
    return found


def judged(of: Scope, columns: tuple[Live, ...] = COLUMNS) -> dict[tuple[tuple[str, str], ...], float]:
    """Say by numpy how many times the tolerated share is surely exceeded."""
    alpha = threshold.alpha_of_budget(1, 3 * len(columns), 240)
    z = -special.normal_quantile(alpha)
    found = {}
    for it in columns:
        values, missing, beyond, invalid = map(sum, (it.values, it.missing, it.beyond, it.invalid))
        known, absent = sum(it.column.counts), it.column.missing
        unseen = 0 if it.is_numeric else it.column.counts[1]
        kind = "outOfRange" if it.is_numeric else "unseen"
        exactly = intervals.Interval(*map(np.asarray, (0.0, 0.0, 0.0)))
        flaws = {
            "missing": (missing, values + missing, intervals.exact(absent, known + absent, z)),
            kind: (beyond, values, intervals.exact(unseen, known, z)),
            "invalid": (invalid, values + missing, exactly),
        }
        for flaw, (flawed, rows, reference) in flaws.items():
            if rows:
                sure = float(intervals.difference(intervals.exact(flawed, rows, z), reference).low)
                labels = {**of.identity, "feature": it.column.name, "flaw": flaw}
                found[tuple(labels.items())] = max(sure, 0.0) / TOLERATED[flaw]
    return found


RECORD = f"{names.DATA_QUALITY}1h"


def flaws_are_judged_as_numpy_does(make: Callable[[Scope], list[Json]]) -> Simulation:
    of = scope()
    series = {**counted(of), **truth(RECORD, judged(of))}
    return Simulation(make(of), series, agrees(RECORD, 2 * HOUR), step=HOUR, scrape=Fraction(60))


def test_what_is_surely_flawed_is_that_and_no_more() -> None:
    bad = {
        (dict(labels)["feature"], dict(labels)["flaw"])
        for labels, value in judged(scope()).items()
        if value > 1
    }
    assert bad == {
        ("misses more", "missing"),
        ("misses in one replica", "missing"),
        ("invalid", "invalid"),
        ("out of range", "outOfRange"),
        ("often missing, else beyond", "outOfRange"),
        ("unseen", "unseen"),
        ("all unseen", "unseen"),
        (ODD, "missing"),
        ("always missing", "missing"),
    }


def over_seven_hours_as_over_one(make: Callable[[Scope], list[Json]]) -> Simulation:
    """Steps of five minutes add up to what an increase over the window would be."""
    of = scope("7h")
    record = f"{names.DATA_QUALITY}7h"
    series = {**counted(of, minutes=7 * 60), **truth(record, judged(of))}
    asks = agrees(record, 9 * HOUR, within=1e-5)
    return Simulation(make(of), series, asks, step=HOUR / 12, scrape=Fraction(60))


def the_alert_names_the_worst(make: Callable[[Scope], list[Json]]) -> Simulation:
    """Two flawed columns alarm, the description has their shares; a third is fine."""
    columns = tuple(it for it in COLUMNS if it.column.name in {"fine", "misses more", ODD})
    of = scope(columns=columns)
    text = (
        "Flaws that are surely more frequent over the last 1h than tolerated: 2. The worst:"
        f"\n- {ODD}: missing in 90% (of the reference: 0%), surely 86.86 times what is tolerated beyond that"
        "\n- misses more: missing in 13.33% (of the reference: 5%), "
        "surely 5.639 times what is tolerated beyond that"
    )
    alert = {
        "alertname": names.DATA_QUALITY_ALERT,
        "eval_time": "2h",
        "exp_alerts": [
            {
                "exp_labels": {**of.identity, "severity": "warning"},
                "exp_annotations": {
                    "summary": "default/churn: values are flawed more often than tolerated",
                    "description": text,
                    "runbook_url": f"https://example.org/runbooks/{names.DATA_QUALITY_ALERT}",
                },
            }
        ],
    }
    series = counted(of, columns)
    return Simulation(make(of), series, [], step=HOUR, alerts=[alert], scrape=Fraction(60))


def what_is_tolerated_is_silent(make: Callable[[Scope], list[Json]]) -> Simulation:
    columns = tuple(
        it for it in COLUMNS if it.column.name in {"fine", "misses as ever", "misses a little more"}
    )
    of = scope(columns=columns)
    quiet = Ask(f"count_over_time({firing(names.DATA_QUALITY_ALERT)}[3h])", 3 * HOUR, {})
    there = Ask(f"count({RECORD})", 3 * HOUR, {"{}": 9})
    return Simulation(make(of), counted(of, columns), [quiet, there], step=HOUR / 4, scrape=Fraction(60))


def nothing_alarms_without_rows(make: Callable[[Scope], list[Json]]) -> Simulation:
    """The evaluators run, and nobody asks: no verdict, no NaN, no alarm."""
    columns = (Live(numeric("no rows", 1000, missing=10), (0, 0)), Live(categorical("none", 1000), (0, 0)))
    of = scope(columns=columns)
    asks = [Ask(RECORD, 2 * HOUR, {}), Ask(firing(names.DATA_QUALITY_ALERT), 2 * HOUR, {})]
    return Simulation(make(of), counted(of, columns), asks, step=HOUR, scrape=Fraction(60))


SCENARIOS = (
    flaws_are_judged_as_numpy_does,
    the_alert_names_the_worst,
    what_is_tolerated_is_silent,
    nothing_alarms_without_rows,
    over_seven_hours_as_over_one,
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda it: it.__name__)
def test_rules_do_what_they_should(scenario: Callable[..., Simulation], promtool: Promtool) -> None:
    assert promtool.run(scenario(rules)) == ""


def test_the_number_of_rules_does_not_depend_on_the_number_of_columns() -> None:
    many = tuple(Live(numeric(f"x{place}", 1000), (0, 0)) for place in range(200))
    assert (
        len(rules(scope(columns=many))[0]["rules"]) == len(rules(scope(columns=many[:1]))[0]["rules"]) <= 20
    )


def test_without_a_block_or_a_reference_there_are_no_rules() -> None:
    body = monitor(model={"task": "Regression"})
    assert data_quality.groups(Scope.of(api.parse(body), None), Links("", "")) == []


def _changed(record: str, old: str, new: str) -> Callable[[Scope], list[Json]]:
    def mutant(of: Scope) -> list[Json]:
        groups = copy.deepcopy(rules(of))
        for rule in (it for group in groups for it in group["rules"]):
            if rule.get("record", rule.get("alert", "")).startswith(record):
                rule["expr"] = re.sub(old, new, rule["expr"])
        return groups

    return mutant


MUTANTS = {
    "the reference's own share forgotten": _changed(
        names.DATA_QUALITY, r"reference_share1h\{[^}]*\} - sqrt", "reference_share1h * 0 - sqrt"
    ),
    "no significance": _changed(names.DATA_QUALITY, r"sqrt\(\(", "0 * sqrt(("),
    "the wrong limit": _changed(names.DATA_QUALITY, r"- sqrt\(\(", "+ sqrt(("),
    "the reference taken as exact": _changed(names.DATA_QUALITY, r" \+ \(\(1 - .* or ", " + (0 * "),
    "out of range exact as invalid": _changed(
        names.DATA_QUALITY, 'flaw!="invalid"', 'flaw!~"invalid|outOfRange"'
    ),
    "the range without its limit as missing": _changed(names.REFERENCE_FLAWED, r"0 \* sum", "sum"),
    "shares of replicas averaged": _changed(names.FLAWED, r"sum by", "avg by"),
    "unseen of all rows": _changed(names.REFERENCE_FLAW_ROWS, 'cell!="missing"', 'cell!="none"'),
    "missing of rows with a value": _changed(
        names.FLAW_ROWS, r"sum by \(feature\) \(increase\(modelmonitor_feature_missing_total[^)]*\)\) \+ ", ""
    ),
    "one tolerance for all": _changed(names.DATA_QUALITY, r"vector\(0.001\)", "vector(0.01)"),
    "all unseen, whatever the category": _changed(names.FLAWED, ',category="__other__"', ""),
    "no level of a budget": _changed(names.DATA_QUALITY, r"4\.[0-9]+ ", "1.645 "),
    "alarms at what is tolerated by half": _changed(names.DATA_QUALITY_ALERT, "> 1", "> 0"),
    "no steps of exactly five minutes": _changed(names.FLAWED, r"300 / 360 \* ", ""),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_mutant_is_killed(mutant: str, promtool: Promtool) -> None:
    make = MUTANTS[mutant]
    assert any(make(scope(window)) != rules(scope(window)) for window in ("1h", "7h")), "it is no mutant"
    assert promtool.check_groups(make(scope())) == "", "it dies of its syntax, which proves nothing"
    assert any(promtool.run(scenario(make)) for scenario in SCENARIOS), f"nothing notices {mutant}"
