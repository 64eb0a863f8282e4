"""What has drifted, worst first, and since when."""

from collections.abc import Iterator
from typing import Any

from modelmonitor.api.drift import DriftOn
from modelmonitor.plan import names, promql
from modelmonitor.plan.dashboards import panels, style, tables
from modelmonitor.plan.dashboards.shapes import About, Drawing, Line, Query, Scale, Section
from modelmonitor.plan.dashboards.subject import Records
from modelmonitor.plan.dashboards.tables import Column, Order

WORST = 6
_KEY = f"{names.FEATURE}, {names.STATISTIC}"


def sections(records: Records) -> Iterator[Section]:
    """Yield the ranking and the worst ones over time."""
    drift = records.scope.monitor.spec.drift
    if drift is None or not records.has(records.of_drift(names.DRIFT_EXCESS)):
        return
    against = "last week" if drift.against.value == "LastWeek" else "the reference"
    height = min(4 + len(records.scope.scheme.watched), 14)
    lines = (Line(height, (_ranking(records), _worst(records)), (15, 9)),)
    yield Section(lines, f"Drift · the last {drift.window} against {against}")


def verdict(records: Records) -> str:
    """Return of each column: 0 none, 1 drift of a feature, 2 of what the model answers, 3 too few rows."""
    excess = records.of_drift(names.DRIFT_EXCESS)
    found = [
        f"{how_bad} * ({records.of(excess, f'{names.ON}={promql.string(on)}')} > bool 1)"
        for how_bad, on in ((1, DriftOn.FEATURES), (2, DriftOn.PREDICTION))
    ]
    tolerance, few = (
        records.of(it) for it in (names.DRIFT_TOLERANCE, records.of_drift(names.DRIFT_INSUFFICIENT))
    )
    found.append(f"0 * {tolerance} + on ({names.FEATURE}, {names.ON}) group_left () 3 * {few}")
    return f"max by ({_KEY}) ({' or '.join(found)})"


def _ranking(records: Records) -> Any:
    about = About(
        "Ranking",
        "Every feature and what the model answers (@prediction, @score), the worst first. Distance: how far "
        "from what it is compared with. Tolerated: what you said is no matter. Critical: the distance that "
        "chance alone would not reach at these rows if drift were just tolerated. Excess: distance over "
        "critical. Normal: below 1. Above 1 it is drift. Too few rows: no verdict yet; more traffic or a "
        "longer window brings one.",
    )
    tolerance = records.of(names.DRIFT_TOLERANCE)

    def by_column(expr: str) -> str:
        return f"max by ({_KEY}) ({expr})"

    asked_of = f"on ({_KEY}) {tolerance}"
    distance = f"{records.of(records.of_drift(names.DRIFT_DISTANCE))} and {asked_of}"
    counted = records.of(records.of_drift(names.DRIFT_ROWS))
    rows = f"0 * {tolerance} + on ({names.FEATURE}) group_left () {counted}"
    number, limits = {"unit": "short", "decimals": 3}, style.thresholds(style.GOOD, (1, style.BAD))
    excess, critical = (records.of(records.of_drift(it)) for it in (names.DRIFT_EXCESS, names.DRIFT_CRITICAL))
    columns = (
        Column("Verdict", verdict(records), tables.word(style.judgements("no drift", "drift", "drift"))),
        Column("Excess", by_column(excess), tables.gauge(limits, "suffix:x", decimals=2, high=3)),
        Column("Distance", by_column(distance), number),
        Column("Tolerated", by_column(tolerance), number),
        Column("Critical", by_column(critical), number),
        Column("Rows", by_column(rows), tables.WHOLE),
    )
    labels = {names.FEATURE: "Feature", names.STATISTIC: "Statistic"}
    return tables.joined(about, labels, columns, Order("Excess", descending=True))


def _worst(records: Records) -> Any:
    about = About(
        "Worst over time",
        f"The excess of the {WORST} that are worst now. Normal: below the dashed line. A step is a new "
        "release, a broken caller or a changed source of data; a slow climb is the world that changes.",
    )
    excess = records.of(records.of_drift(names.DRIFT_EXCESS))
    now = f"topk({WORST}, max by ({_KEY}) ({excess} @ end()))"
    worst = Query(f"max by ({_KEY}) ({excess}) and {now}", f"{{{{{names.FEATURE}}}}}")
    drawing = Drawing(style.limits((1, style.BAD)))
    return panels.graph(about, [worst], Scale("suffix:x", 2, low=0, soft_high=1.2), drawing)
