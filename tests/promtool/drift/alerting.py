"""Scenes of alerts: when they fire, when they end, and what they say."""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from modelmonitor.evaluator.statistics import recovered
from modelmonitor.plan import names
from modelmonitor.plan.drift import budget
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import drift
from promtool.drift import columns, monitors
from promtool.drift.monitors import Rules
from promtool.drift.replicas import Counts, Replica, counted
from promtool.runner import Ask, Json, Simulation

MINUTE, HOUR = Fraction(60), Fraction(3600)
ROWS = 3000
"""In an hour; against 10,000 of the reference a verdict about a tolerance of 0.1 needs half of them."""
GOOD = (300,) * 10 + (0,)
BAD = (30, 150, 180, 300, 300, 300, 420, 420, 450, 450, 0)
NAMES = ("age", columns.ODD, "c", "d", "e", "f", "@score")


def scope(**asked: Any) -> Scope:
    """Watch six features and the score."""
    return monitors.scope([columns.numeric(name, columns.EVEN) for name in NAMES], **asked)


def counts(of: Scope, bad: Sequence[str] = (), cells: Sequence[int] = BAD) -> Counts:
    """Give an hour in which some columns have drifted."""
    every = {column.name: column for column in of.scheme.watched}
    return {name: counted(column, cells if name in bad else GOOD) for name, column in every.items()}


def drift_that_ends(rules: Rules = monitors.rules) -> Simulation:
    """Let the score drift for an hour: the alert fires at once, and is kept for a window after the end."""
    of = scope()
    bad, good = counts(of, ["@score"]), counts(of)
    series = Replica(of.scheme, [(120, good), (60, bad), (240, good)]).series()
    fires = monitors.alert(of, "Prediction")
    one = {f'{fires.removesuffix("}")},severity="critical"}}': 1.0}
    excess = monitors.series(of, names.DRIFT_EXCESS, feature="@score")
    asks = [
        Ask(f"count_over_time({fires}[2h])", 2 * HOUR, {}),
        Ask(fires, 3 * HOUR, one),
        Ask(f"{excess} > 1", 3 * HOUR + 30 * MINUTE, {}),
        Ask(fires, 4 * HOUR + 10 * MINUTE, one),
        Ask(f"count_over_time({fires}[2h])", 7 * HOUR, {}),
        Ask(f"count_over_time({monitors.alert(of, 'Features')}[7h])", 7 * HOUR, {}),
    ]
    return Simulation(rules(of), series, asks, step=5 * MINUTE, scrape=MINUTE)


def told(of: Scope, on: str, severity: str, texts: Mapping[str, str], at: Fraction) -> Json:
    """Expect one alert that says so."""
    name = names.PREDICTION_DRIFT_ALERT if on == "Prediction" else names.FEATURE_DRIFT_ALERT
    links = {
        "runbook_url": f"https://example.org/runbooks/{name}",
        "dashboard_url": "https://grafana.example.org/d/mm-1",
    }
    expected = {"exp_labels": {"severity": severity, **of.identity}, "exp_annotations": {**texts, **links}}
    return {"eval_time": f"{at}s", "alertname": name, "exp_alerts": [expected]}


OVER = "Over the last 1h, compared with the reference: "
OF_FEATURES = (
    ". What the model is asked has changed. It does not say that answers are worse: look at "
    "ModelPredictionDrift and at quality."
)
OF_PREDICTIONS = (
    ". What the model answers has changed: either what it is asked has, or the model itself. It does not say "
    "that answers are wrong: quality tells that once labels are there."
)


def everything_drifts(rules: Rules = monitors.rules) -> Simulation:
    """Let all seven drift, each a little more than the one before: the worst five features are told."""
    of = scope(features={"tolerate": 0.1, "severity": "info"}, prediction={"severity": "warning"})
    live = {
        name: counted(columns.numeric(name, columns.EVEN), (30 - 3 * place, *BAD[1:-2], 450 + 3 * place, 0))
        for place, name in enumerate(NAMES)
    }
    series = Replica(of.scheme, [(60, live), (60, live)]).series()
    said = {one.column.name: _said(one, live) for one in budget.asked(of.monitor, of.scheme)}
    worst = "; ".join(said[name] for name in ("f", "e", "d", "c", columns.ODD))
    features = {
        "summary": "default/churn: features have surely drifted from the reference",
        "description": f"{OVER}{worst}{OF_FEATURES}",
    }
    predictions = {
        "summary": "default/churn: predictions have surely drifted from the reference",
        "description": f"{OVER}{said['@score']}{OF_PREDICTIONS}",
    }
    alerts = [
        told(of, "Features", "info", features, 2 * HOUR),
        told(of, "Prediction", "warning", predictions, 2 * HOUR),
    ]
    return Simulation(rules(of), series, [], step=HOUR, scrape=MINUTE, alerts=alerts)


def _said(asked: budget.Asked, live: Counts) -> str:
    """Tell a column's drift as an alert does; JSON quotes as Go does what is in these names."""
    name = asked.column.name
    finding = drift.judge(recovered.reference(asked.column), live[name], asked.rule)
    numbers = f"PSI {finding.value:.3g}, tolerated 0.1, critical {finding.critical:.3g}, {ROWS} rows"
    return f"{json.dumps(name, ensure_ascii=False)}: {numbers}"


def without_rows(rules: Rules = monitors.rules) -> Simulation:
    """Let a healthy evaluator count nothing: no distance, no alert, and it is told that nothing is known."""
    of = scope()
    series = Replica(of.scheme, [(60, {}), (60, {})]).series()
    asks = [
        *_nothing_judged(of, 2 * HOUR),
        *_no_alert(of, 2 * HOUR),
        *_insufficient(of, 2 * HOUR, len(NAMES)),
    ]
    return Simulation(rules(of), series, asks, step=HOUR, scrape=MINUTE)


def without_evaluator(rules: Rules = monitors.rules) -> Simulation:
    """Let the only evaluator go in the middle of a drift: nothing is judged, and nothing is said to be."""
    of = scope(features={"tolerate": 0.1})
    bad = counts(of, NAMES)
    series = Replica(of.scheme, [(60, bad), (60, bad)]).series()
    soon, late = 2 * HOUR + 10 * MINUTE, 4 * HOUR
    asks = [
        Ask(f"count({monitors.alert(of, 'Features')})", 2 * HOUR, {"{}": 1}),
        *_nothing_judged(of, soon),
        *_insufficient(of, soon, 0),
        *_nothing_judged(of, late),
        *_no_alert(of, late),
        *_insufficient(of, late, 0),
    ]
    return Simulation(rules(of), series, asks, step=10 * MINUTE, scrape=MINUTE)


def _nothing_judged(of: Scope, at: Fraction) -> list[Ask]:
    judged = (names.DRIFT_DISTANCE, names.DRIFT_CRITICAL, names.DRIFT_EXCESS)
    return [Ask(monitors.series(of, record), at, {}) for record in judged]


def _no_alert(of: Scope, at: Fraction) -> list[Ask]:
    return [Ask(monitors.alert(of, on), at, {}) for on in ("Prediction", "Features")]


def _insufficient(of: Scope, at: Fraction, columns: int) -> list[Ask]:
    """Ask how many columns have no verdict for want of rows."""
    told = monitors.series(of, names.DRIFT_INSUFFICIENT)
    return [Ask(f"{told} != 1", at, {}), Ask(f"count({told})", at, {"{}": columns} if columns else {})]
