"""Each watched column against the reference, since these counters began."""

from collections.abc import Iterator

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.evaluator.statistics.telling import Document, told
from modelmonitor.series import declared
from modelmonitor.stats import contingency, cumulative, divergence, drift, threshold
from modelmonitor.stats.drift import Rule, Statistic
from modelmonitor.stats.histogram import Histogram
from modelmonitor.wire import families
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE
from modelmonitor.wire.profile import Column, ColumnType
from modelmonitor.wire.scheme import Scheme

TOLERATED, TOLERATED_OF_OUTPUTS = 0.2, 0.1
"""PSI; a monitor's own tolerances are in its rules, which this process does not know."""
FALSE_ALARMS_PER_MONTH, LOOK_SECONDS = 1.0, 300.0


def drifts(bank: Bank, scheme: Scheme) -> Iterator[Document]:
    """Yield how far each column has moved; `why` says what a missing verdict waits for."""
    columns = declared.ordered(scheme)
    if not columns:
        return
    alpha = threshold.alpha_of_budget(FALSE_ALARMS_PER_MONTH, len(columns), LOOK_SECONDS)
    live = recovered.distributions(bank, scheme)
    for place, column in enumerate(columns):
        yield {**_distances(column, live[column.name], alpha), **_flaws(bank, column, place)}


def _distances(column: Column, live: recovered.Distribution, alpha: float) -> Document:
    known = recovered.reference(column)
    outputs = column.name in (FEATURE_PREDICTION, FEATURE_SCORE)
    rule = Rule(Statistic.PSI, TOLERATED_OF_OUTPUTS if outputs else TOLERATED, alpha)
    finding = drift.judge(known, live, rule)
    js = divergence.js_divergence(known.cells, live.cells)
    chi = contingency.chi_squared(known.cells, live.cells)
    found = {
        "feature": column.name,
        "type": column.type.value,
        "rows": live.rows,
        "verdict": finding.verdict.value,
        "psi": told(finding.value),
        "critical": told(finding.critical),
        "tolerated": rule.tolerance,
        "rowsNeeded": finding.rows_needed,
        "js": told(js),
        "chiSquared": {"value": told(chi.statistic), "freedom": chi.freedom, "pValue": told(chi.p_value)},
        "lInfinity": told(divergence.l_infinity(known.cells, live.cells)),
    }
    if isinstance(known, Histogram) and isinstance(live, Histogram):
        found["ks"] = told(cumulative.ks(known, live))
    if finding.verdict is drift.Verdict.INSUFFICIENT:
        needed = finding.rows_needed
        found["why"] = f"a verdict needs {needed} rows" if needed else "the reference has too few rows"
    return found


def _flaws(bank: Bank, column: Column, place: int) -> Document:
    """Tell what is wrong with values: counts of rows."""
    found = {
        "missing": int(bank[families.FEATURE_MISSING][place]),
        "invalid": int(bank[families.FEATURE_INVALID][place]),
    }
    if column.type is ColumnType.NUMERIC:
        found["outOfRange"] = int(bank[families.FEATURE_RANGE][place])
    return found
