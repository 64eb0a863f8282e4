"""Whether what is asked about drift can be answered: by these columns, from this reference, ever."""

import math
from collections.abc import Iterator, Sequence

from modelmonitor.api import ModelMonitor
from modelmonitor.api.drift import Against, Drift, DriftOn
from modelmonitor.api.duration import Duration
from modelmonitor.api.problems import meant
from modelmonitor.errors import Problem
from modelmonitor.plan.drift import budget
from modelmonitor.plan.drift.budget import Asked
from modelmonitor.plan.resolution import Resolution
from modelmonitor.stats.drift import Statistic
from modelmonitor.wire.profile import ColumnType
from modelmonitor.wire.scheme import Scheme

WEEK = Duration.parse("7d")
_LARGEST = {Statistic.KS: 1.0, Statistic.JS: math.log(2)}
"""What a distance can be at most; PSI and chi-squared have no bound."""
_SHOWN = 5


def problems(monitor: ModelMonitor, scheme: Scheme | None) -> Iterator[Problem]:
    """Yield every reason why a verdict on drift would be wrong or could never be given.

    Parameters
    ----------
    scheme
        None where it is not known, for other reasons: then only the monitor itself is looked at.
    """
    drift = monitor.spec.drift
    for position, objective in enumerate(monitor.spec.objectives):
        if objective.sli.drift and drift is None:
            path, remedy = f"spec.objectives[{position}].sli.drift", "add it: drift: {}"
            yield Problem(path, "a block spec.drift, which says what drift is", "none", remedy)
    if drift is None:
        return
    if drift.against is Against.LAST_WEEK and drift.window > WEEK:
        remedy = "a window must not overlap what it is compared with: shorten it"
        yield Problem("spec.drift.window", f"at most {WEEK} against LastWeek", str(drift.window), remedy)
    if scheme is not None and scheme.profile is not None:
        yield from _of_columns(monitor, drift, scheme)


def _of_columns(monitor: ModelMonitor, drift: Drift, scheme: Scheme) -> Iterator[Problem]:
    asked = budget.asked(monitor, scheme)
    if not asked:
        remedy = "write it anew from what the model is given and says"
        yield Problem("spec.drift", "a reference with columns to watch", "one with none", remedy)
    yield from _unknown(drift, [one.column.name for one in asked])
    yield from _unwatched(monitor, asked)
    for path, block in _by_place(asked).items():
        found = [*_unordered(path, block), *_out_of_reach(path, block[0])]
        yield from found or ([] if drift.against is Against.LAST_WEEK else _unresolved(path, block))


def _by_place(asked: Sequence[Asked]) -> dict[str, list[Asked]]:
    """Put together what is asked of columns by one place of the spec."""
    places: dict[str, list[Asked]] = {}
    for one in asked:
        block = "prediction" if one.on is DriftOn.PREDICTION else "features"
        path = f"spec.drift.{block}" if one.override is None else f"spec.drift.overrides[{one.override}]"
        places.setdefault(path, []).append(one)
    return places


def _unknown(drift: Drift, names: Sequence[str]) -> Iterator[Problem]:
    for position, override in enumerate(drift.overrides):
        if override.feature not in names:
            more = ", …" if len(names) > _SHOWN else ""
            expected = f"a column of the reference ({', '.join(names[:_SHOWN])}{more})"
            remedy = meant(override.feature, names) or "correct the name, or remove it"
            path = f"spec.drift.overrides[{position}].feature"
            yield Problem(path, expected, repr(override.feature), remedy)


def _unwatched(monitor: ModelMonitor, asked: Sequence[Asked]) -> Iterator[Problem]:
    """Refuse objectives on the drift of what the reference does not have."""
    watched = {one.on for one in asked}
    for position, objective in enumerate(monitor.spec.objectives):
        if objective.sli.drift and objective.sli.drift.on not in watched:
            what = "predictions or scores" if objective.sli.drift.on is DriftOn.PREDICTION else "features"
            path, remedy = (
                f"spec.objectives[{position}].sli.drift.of",
                "write it with them, or choose the other",
            )
            yield Problem(path, f"a reference with {what}", "one without", remedy)


def _unordered(path: str, block: Sequence[Asked]) -> Iterator[Problem]:
    names = [one.column.name for one in block if one.column.type is ColumnType.CATEGORICAL]
    if block[0].rule.statistic is not Statistic.KS or not names:
        return
    shown = f"{', '.join(names[:_SHOWN])}{' and others' if len(names) > _SHOWN else ''}"
    expected = f"PSI, JS or ChiSquared for categories, which have no order ({shown})"
    remedy = "write one of them"
    if block[0].override is None:
        tolerance = f"{block[0].rule.tolerance:g}"
        remedy += f", or override each: {{feature: {names[0]}, statistic: PSI, tolerate: {tolerance}}}"
    yield Problem(f"{path}.statistic", expected, "KS", remedy)


def _out_of_reach(path: str, one: Asked) -> Iterator[Problem]:
    most = _LARGEST.get(one.rule.statistic, math.inf)
    if one.rule.tolerance >= most:
        expected = f"less than {most:.3g}, the largest {one.rule.statistic} there is"
        yield Problem(f"{path}.tolerate", expected, f"{one.rule.tolerance:g}", "no drift would ever alarm")


def _unresolved(path: str, block: Sequence[Asked]) -> Iterator[Problem]:
    """Refuse a tolerance that no number of predictions resolves: the reference itself is too uncertain."""
    lost = [it for it in map(Resolution, block) if it.needed is None]
    if not lost:
        return
    worst = max(lost, key=lambda it: it.rows_needed / max(1, it.rows))
    rule, more = worst.asked.rule, f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    got = (
        f"{rule.tolerance:g} ({rule.statistic}) on {worst.asked.column.name}{more}: with {worst.rows:,} rows "
        f"in {worst.cells} cells, at a false-alarm level of {rule.alpha:.2g} a look, no traffic is enough"
    )
    remedy = (
        f"tolerate at least {worst.least_tolerance:g}, "
        f"or write the reference from many more than {worst.rows_needed:,} rows"
    )
    yield Problem(f"{path}.tolerate", "a tolerance that this reference can resolve", got, remedy)
