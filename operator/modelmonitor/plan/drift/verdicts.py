"""Verdicts: the distance that is surely too far, by how much it is exceeded, and where rows are too few.

Equal to `stats.drift.judge`, for all columns at once.
"""

import math
from dataclasses import dataclass
from fractions import Fraction

from modelmonitor.plan import names, promql
from modelmonitor.plan.drift import distances
from modelmonitor.plan.drift.look import Look, one_of
from modelmonitor.plan.rules import Recording
from modelmonitor.stats import special, threshold
from modelmonitor.stats.drift import Statistic

_PSI_IN_UNIT = {Statistic.PSI: 1, Statistic.CHI_SQUARED: 1, Statistic.JS: 8}
"""Statistics that follow the law of PSI, and how many of each PSI is."""


def recordings(look: Look, statistics: frozenset[Statistic], alpha: float) -> tuple[Recording, ...]:
    """Record what the asked statistics say of each column at the level `alpha`."""
    like_psi = statistics & _PSI_IN_UNIT.keys()
    laws = [_squares(look, like_psi, alpha)] if like_psi else []
    laws += [_ks(look, alpha)] if Statistic.KS in statistics else []
    excess = look.of(names.DRIFT_EXCESS)
    insufficient = f"0 * max by (feature, on) ({look.tolerance()}) + 1 unless on (feature) {excess}"
    return (
        *(look.recording(names.DRIFT_EXPECTED, law.expected) for law in laws if law.expected),
        look.recording(names.DRIFT_CRITICAL, "\nor ".join(law.critical for law in laws)),
        look.recording(names.DRIFT_EXCESS, "\nor ".join(_excess(look, law) for law in laws)),
        look.recording(names.DRIFT_INSUFFICIENT, insufficient),
    )


@dataclass(frozen=True, slots=True)
class _Law:
    """What is known of statistics that are at the tolerance.

    Attributes
    ----------
    those
        Matches the statistics.
    critical
        What they surely do not exceed.
    enough
        What must hold before they are judged.
    expected
        Their mean, in units of noise, where the critical value is made of it.
    """

    those: str
    critical: str
    enough: list[str]
    expected: str = ""


def _squares(look: Look, statistics: frozenset[Statistic], alpha: float) -> _Law:
    """Take the quantile of noncentral chi-squared, of which PSI, JS and chi-squared are multiples."""
    noise = f"(1 / ({look.rows} > 0) + 1 / ({look.reference_rows} > 0))"
    freedom = f"(clamp_min({look.cells}, 2) - 1)"
    expected, critical = [], []
    for unit in sorted({_PSI_IN_UNIT[it] for it in statistics}):
        those = one_of(names.STATISTIC, sorted(it for it in statistics if _PSI_IN_UNIT[it] == unit))
        times, over = (f"{unit} * ", f" / {unit}") if unit > 1 else ("", "")
        shift = f"{times}{look.tolerance(those)} / on (feature) group_left () {noise}"
        expected.append(f"{shift} + on (feature) group_left () {freedom}")
        quantile = _quantile(look.of(names.DRIFT_EXPECTED, those), freedom, alpha)
        critical.append(f"{quantile} * on (feature) group_left () {noise}{over}")
    enough = _enough(look.rows, look.reference_rows, look.cells)
    return _Law(f'{names.STATISTIC}!="KS"', "\nor ".join(critical), enough, "\nor ".join(expected))


def _quantile(mean: str, freedom: str, alpha: float) -> str:
    """Return the upper quantile of noncentral chi-squared as `stats.threshold` does; its mean is k + nc."""
    z = promql.number(Fraction(-special.normal_quantile(alpha)))
    c = f"(2 * (2 * {mean} - on (feature) group_left () {freedom}) / (9 * {mean} ^ 2))"
    return f"{mean} * (1 - {c} + {z} * sqrt({c})) ^ 3"


def _ks(look: Look, alpha: float) -> _Law:
    """Take the bound of Dvoretzky, Kiefer and Wolfowitz; missing rows and their cell do not count."""
    those = one_of(names.STATISTIC, [Statistic.KS])
    rows, reference_rows = distances.present(look.live), distances.present(look.reference)
    half = promql.number(Fraction(math.log(2 / alpha) / 2))
    bound = f"sqrt({half} * (1 / {rows} + 1 / {reference_rows}))"
    cells = f"count without (cell) ({distances.filled(look, distances.BETWEEN_EDGES)})"
    critical = f"{look.tolerance(those)} + on (feature) group_left () {bound}"
    return _Law(those, critical, _enough(rows, reference_rows, cells))


def _enough(rows: str, reference_rows: str, cells: str) -> list[str]:
    """Ask for rows in each filled cell, on both sides."""
    return [f"{side} >= {threshold.ROWS_PER_CELL} * clamp_min({cells}, 2)" for side in (rows, reference_rows)]


def _excess(look: Look, law: _Law) -> str:
    """Divide where rows are enough; drift is told sooner than that there is none."""
    distance, critical = (look.of(it, law.those) for it in (names.DRIFT_DISTANCE, names.DRIFT_CRITICAL))
    tolerance = look.tolerance(law.those)
    sure = f"{critical} < on (feature, statistic) group_left () {distance}"
    telling = f"{can_tell_none(critical, tolerance)} or {sure}"
    return f"{distance} / on (feature, statistic) group_right () {critical}" + "".join(
        f"\nand on (feature) ({condition})" for condition in (*law.enough, telling)
    )


def can_tell_none(critical: str, tolerance: str) -> str:
    """Return an expression of what rows are enough for, were there no drift, to say so."""
    return f"{critical} < 2 * {tolerance} or {tolerance} == 0"
