"""What numpy says of counts, as series beside the rules' own: promtool itself compares to the last bit."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from modelmonitor.api.drift import Against
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.plan import names
from modelmonitor.plan.drift import budget
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import contingency, cumulative, divergence, drift, threshold
from modelmonitor.stats.drift import Statistic, Verdict
from modelmonitor.stats.histogram import Histogram
from modelmonitor.wire.profile import ColumnType
from promtool.drift import monitors
from promtool.drift.replicas import Counts
from promtool.runner import Ask

Values = dict[str, float]
Distances = Callable[[recovered.Distribution, recovered.Distribution], float]


def _chi_squared(reference: recovered.Distribution, live: recovered.Distribution) -> float:
    s = float(threshold.noise(live.rows, reference.rows))
    return s * contingency.chi_squared(reference.cells, live.cells).statistic if np.isfinite(s) else np.nan


def _ks(reference: recovered.Distribution, live: recovered.Distribution) -> float:
    if isinstance(reference, Histogram) and isinstance(live, Histogram):
        return cumulative.ks(reference, live)
    return np.nan


DISTANCES: dict[Statistic, Distances] = {
    Statistic.PSI: lambda reference, live: divergence.psi(reference.cells, live.cells),
    Statistic.JS: lambda reference, live: divergence.js_divergence(reference.cells, live.cells),
    Statistic.CHI_SQUARED: _chi_squared,
    Statistic.KS: _ks,
}


def series(of: Scope, live: Counts, reference: Counts | None = None, *, samples: int = 120) -> dict[str, str]:
    """Give what the records about drift must be, as series of so many samples.

    Parameters
    ----------
    reference
        What the live counts are compared with; by default the profile.
    """
    known = reference or {one.name: recovered.reference(one) for one in of.scheme.watched}
    values = {**_distances(of, live, known), **_judged(of, live, known)}
    return {f"truth:{name}": f"{float(value)!r}x{samples}" for name, value in values.items()}


def asks(of: Scope, at: Fraction) -> list[Ask]:
    """Ask that each record is its truth to a millionth, with no series more or less."""
    return [ask for record in RECORDS for ask in _asks(monitors.series(of, record), at)]


RECORDS = (names.DRIFT_DISTANCE, names.DRIFT_CRITICAL, names.DRIFT_EXCESS, names.DRIFT_INSUFFICIENT)


def _asks(found: str, at: Fraction) -> list[Ask]:
    known = f"truth:{found}"
    queries = (
        f"abs({found} - {known}) > 1e-6 * abs({known}) + 1e-9",
        f"{found} unless {known}",
        f"{known} unless {found}",
    )
    return [Ask(query, at, {}) for query in queries]


def _distances(of: Scope, live: Counts, known: Counts) -> Values:
    found = {
        (column.name, statistic.value): distance(known[column.name], live[column.name])
        for column in of.scheme.watched
        for statistic, distance in DISTANCES.items()
    }
    return {
        monitors.series(of, names.DRIFT_DISTANCE, feature=feature, statistic=statistic): value
        for (feature, statistic), value in found.items()
        if not np.isnan(value)
    }


def _judged(of: Scope, live: Counts, known: Counts) -> Values:
    found: Values = {}
    for one in budget.asked(of.monitor, of.scheme):
        feature, rule, on = one.column.name, one.rule, one.on.value
        if rule.statistic is Statistic.KS and one.column.type is ColumnType.CATEGORICAL:
            found[monitors.series(of, names.DRIFT_INSUFFICIENT, feature=feature, on=on)] = 1
            continue  # checks refuse it: categories have no order
        finding = drift.judge(known[feature], live[feature], rule)
        labels = {"feature": feature, "on": on, "statistic": rule.statistic.value}
        if np.isfinite(finding.critical):
            found[monitors.series(of, names.DRIFT_CRITICAL, **labels)] = finding.critical
        starved = _last_week(of) and _starved(known[feature], live[feature], rule.statistic)
        if finding.verdict is Verdict.INSUFFICIENT or starved:
            found[monitors.series(of, names.DRIFT_INSUFFICIENT, feature=feature, on=on)] = 1
        else:
            found[monitors.series(of, names.DRIFT_EXCESS, **labels)] = finding.value / finding.critical
    return found


def _last_week(of: Scope) -> bool:
    return bool(of.monitor.spec.drift and of.monitor.spec.drift.against is Against.LAST_WEEK)


def _starved(known: recovered.Distribution, live: recovered.Distribution, statistic: Statistic) -> bool:
    """Tell whether last week has too few rows: it is a window, too, and needs as many as the live one."""
    sides = [side.counts if statistic is Statistic.KS else side.cells for side in (known, live)]
    filled = int(np.count_nonzero(sides[0] + sides[1]))
    return bool(sides[0].sum() < threshold.ROWS_PER_CELL * max(2, filled))
