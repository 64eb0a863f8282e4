"""Monitors that ask for drift, their rules, and what must come out of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from modelmonitor import api
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.evaluator.statistics.recovered import Distribution
from modelmonitor.plan import drift, names, promql
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.drift import budget
from modelmonitor.plan.rules import Group
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import contingency, cumulative, divergence, threshold
from modelmonitor.stats import drift as verdicts
from modelmonitor.stats.drift import Statistic, Verdict
from modelmonitor.stats.histogram import Histogram
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import Column, ColumnType, Profile
from monitors import monitor
from promtool.runner import Json

LINKS = Links("", "https://example.org/runbooks")
PREDICTION = Column(
    name="predicted", type=ColumnType.CATEGORICAL, categories=("no", "yes"), counts=(8000, 2000, 0)
)
SCORE = Column(name="score", type=ColumnType.NUMERIC, edges=(0.2, 0.5, 0.8), counts=(4000, 3000, 2000, 1000))


def profile(columns: Sequence[Column], **fields: Any) -> Profile:
    """Give a reference of a model of two classes."""
    own = {"prediction": PREDICTION, "score": SCORE} | fields
    return Profile(rows=10_000, task=Task.BINARY, columns=tuple(columns), classes=("no", "yes"), **own)


def scope(reference: Profile, scrape: str = "60s", **asked: Any) -> Scope:
    """Hold a monitor that asks this of drift against a reference."""
    body = monitor(
        model={"task": "BinaryClassification", "positiveClass": "yes"},
        reference={"configMapRef": {"name": "churn-reference"}},
        prometheus={"scrapeInterval": scrape},
        drift=asked,
    )
    return Scope.of(api.parse(body), reference)


def rules(of: Scope) -> list[Json]:
    """Give the groups of its rules as Prometheus reads them."""
    return [group.to_dict() for group in groups(of)]


def groups(of: Scope) -> list[Group]:
    """Give the groups of its rules."""
    return drift.groups(of, LINKS)


def series(of: Scope, record: str, **labels: str) -> str:
    """Name one series of a record over the drift window."""
    window = of.monitor.spec.drift.window if of.monitor.spec.drift else ""
    suffix = "" if record == names.DRIFT_TOLERANCE else f"{window}"
    return promql.selector(f"{record}{suffix}", {**of.identity, **labels})


Values = dict[str, float]


def distances(of: Scope, live: Mapping[str, Distribution]) -> Values:
    """Give the distances of all columns that have rows on both sides, by numpy."""
    found: Values = {}
    for column in of.scheme.watched:
        known, own = recovered.reference(column), live[column.name]
        with np.errstate(invalid="ignore"):
            values = {
                Statistic.PSI: divergence.psi(known.cells, own.cells),
                Statistic.JS: divergence.js_divergence(known.cells, own.cells),
                Statistic.CHI_SQUARED: contingency.chi_squared(known.cells, own.cells).statistic
                * float(threshold.noise(known.rows, own.rows)),
            }
        if isinstance(known, Histogram) and isinstance(own, Histogram):
            values[Statistic.KS] = cumulative.ks(known, own)
        for statistic, value in values.items():
            labels = {names.FEATURE: column.name, names.STATISTIC: statistic.value}
            if not np.isnan(value):
                found[series(of, names.DRIFT_DISTANCE, **labels)] = value
    return found


def judged(of: Scope, live: Mapping[str, Distribution]) -> tuple[Values, Values, Values]:
    """Give critical distances, excesses and what is insufficient, by `stats.drift.judge`."""
    critical: Values = {}
    excess: Values = {}
    insufficient: Values = {}
    for one in budget.asked(of.monitor, of.scheme):
        column, rule = one.column, one.rule
        if rule.statistic is Statistic.KS and column.type is ColumnType.CATEGORICAL:
            continue
        finding = verdicts.judge(recovered.reference(column), live[column.name], rule)
        where = {names.FEATURE: column.name, names.ON: one.on.value}
        more = {**where, names.STATISTIC: rule.statistic.value}
        if np.isfinite(finding.critical):
            critical[series(of, names.DRIFT_CRITICAL, **more)] = finding.critical
        if finding.verdict is Verdict.INSUFFICIENT:
            insufficient[series(of, names.DRIFT_INSUFFICIENT, **where)] = 1
        else:
            excess[series(of, names.DRIFT_EXCESS, **more)] = finding.value / finding.critical
    return critical, excess, insufficient
