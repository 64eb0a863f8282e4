"""One objective becomes rules: error ratios, burn-rate alerts, the error budget of the period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from math import ceil

from modelmonitor.api import ModelMonitor
from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import Objective
from modelmonitor.plan import burnrate, names, promql, sli, slices
from modelmonitor.plan.burnrate import Pair
from modelmonitor.plan.indicator import Indicator
from modelmonitor.plan.rules import Group, Recording
from modelmonitor.plan.scope import FIVE_MINUTES, LONGEST_DIRECT, Scope

EXTRAPOLATION = Fraction(102, 100)
"""An increase is extrapolated to the ends of its range: two percent above what was counted."""


@dataclass(frozen=True)
class Slo:
    """An objective with everything that its rules, alerts and dashboards are made from."""

    monitor: ModelMonitor
    objective: Objective
    pairs: tuple[Pair, ...]
    indicator: Indicator
    scope: Scope | None = None
    """The monitor held against its reference; None: evaluators count nothing for it."""

    @cached_property
    def identity(self) -> dict[str, str]:
        """The static labels of its series."""
        return names.identity(self.monitor, self.objective)

    @cached_property
    def budget(self) -> Fraction:
        """The share of events that may be bad."""
        return burnrate.budget(self.objective)

    @property
    def period(self) -> Duration:
        """The period of the error budget."""
        return self.objective.window

    def series(self, record: str) -> str:
        """Select the objective's own series of a record."""
        return f"{record}{self._own}"

    @cached_property
    def _own(self) -> str:
        return promql.selector("", {names.SLO_ID: self.identity[names.SLO_ID]})

    def least_events(self, pair: Pair) -> int:
        """Return how many events the long window must hold for a pair to fire; 0: no such guard."""
        if self.objective.min_events != "Auto":
            return int(self.objective.min_events)
        return _least(pair, self.objective.objective, slices.is_sliced(self.objective))


@lru_cache(maxsize=1024)
def _least(pair: Pair, percent: Decimal, in_slices: bool) -> int:
    slack = Fraction(1) if in_slices else EXTRAPOLATION
    return ceil(slack / pair.threshold(burnrate.budget_of(percent)))


def slo(monitor: ModelMonitor, objective: Objective, scope: Scope | None = None) -> Slo:
    """Put together an objective whose queries and pairs have been checked.

    Parameters
    ----------
    scope
        The monitor held against its reference, for what evaluators count.
    """
    lasts = slices.value_lasts(monitor, objective)
    if objective.pairs is None:
        pairs = burnrate.lasting_pairs(objective, lasts)
    else:
        pairs = burnrate.explicit_pairs(objective.pairs, objective.window)
    identity, scrape = names.identity(monitor, objective), monitor.spec.prometheus.scrape_interval
    return Slo(monitor, objective, pairs, sli.indicator(objective, identity, scrape, scope), scope)


def is_long(slo: Slo, window: Duration) -> bool:
    """Tell whether rules over a window are evaluated more rarely than others."""
    return slo.indicator.long_interval is not None and window > LONGEST_DIRECT


def recordings(slo: Slo, pairs: Sequence[Pair], recorded: Sequence[Pair] = ()) -> tuple[Recording, ...]:
    """Record what the burn-rate alerts of pairs compare, in the order in which it is needed.

    Parameters
    ----------
    recorded
        Pairs whose windows are recorded already.
    """
    windows = sorted(_windows(pairs) - _windows(recorded))
    guarded = dict.fromkeys(pair.long for pair in pairs if slo.least_events(pair))
    guards = (guard for window in guarded if (guard := slo.indicator.guard(window)))
    sources = () if recorded else slo.indicator.sources()
    return (*sources, *guards, *(_ratio(slo, window, is_counted=window in guarded) for window in windows))


def other_windows(slo: Slo, *, long: bool) -> tuple[Recording, ...]:
    """Record the standard windows that no other rule does: dashboards and other tools count on them."""
    taken = {slo.period, *_windows(slo.pairs)}
    free = (window for window in burnrate.WINDOWS if window not in taken)
    return tuple(_ratio(slo, window) for window in free if is_long(slo, window) == long)


def value_groups(slo: Slo) -> list[Group]:
    """Record a value that is measured more rarely than it is judged in a group of its own."""
    found = slo.indicator.rare_value()
    return [Group(f"{slo.objective.name}-value", (found[0],), found[1])] if found else []


def period_group(slo: Slo) -> Group:
    """Record the error ratio of the whole period, from increments: numerators and denominators apart."""
    good, total = slo.series(names.GOOD_5M), slo.series(names.TOTAL_5M)
    rules = (
        Recording(names.TOTAL_5M, slo.indicator.total_5m(), slo.identity),
        Recording(names.GOOD_5M, slo.indicator.good_5m(), slo.identity),
        Recording(names.error_ratio(slo.period), _period_ratio(slo, good, total), _windowed(slo, slo.period)),
        *other_windows(slo, long=True),
    )
    return Group(f"{slo.objective.name}-period", rules, FIVE_MINUTES)


def facts(slo: Slo) -> tuple[Recording, ...]:
    """Record the objective and how its budget is doing, under the names that dashboards of Sloth use."""
    good, budget, days = _constants(slo.objective.objective, slo.period)
    current = f"max without ({names.SLO_WINDOW}) ({slo.series(names.error_ratio(FIVE_MINUTES))})"
    period = f"max without ({names.SLO_WINDOW}) ({slo.series(names.error_ratio(slo.period))})"
    expressions = {
        names.OBJECTIVE: f"vector({good})",
        names.ERROR_BUDGET: f"vector({budget})",
        names.PERIOD_DAYS: f"vector({days})",
        names.CURRENT_BURN: f"{current} / {budget}",
        names.PERIOD_BURN: f"{period} / {budget}",
        names.BUDGET_REMAINING: f"1 - {slo.series(names.PERIOD_BURN)}",
    }
    return tuple(Recording(record, expression, slo.identity) for record, expression in expressions.items())


@lru_cache(maxsize=256)
def _constants(percent: Decimal, period: Duration) -> tuple[str, str, str]:
    """Write the objective and its budget, both as ratios, and the days of the period."""
    budget = burnrate.budget_of(percent)
    days = period.exact_seconds / burnrate.DAY
    return promql.number(1 - budget), promql.number(budget), promql.number(days)


def _windows(pairs: Iterable[Pair]) -> set[Duration]:
    return {window for pair in pairs for window in (pair.short, pair.long)}


def _ratio(slo: Slo, window: Duration, *, is_counted: bool = False) -> Recording:
    ratio = slo.indicator.error_ratio(window, is_counted=is_counted)
    return Recording(names.error_ratio(window), ratio, _windowed(slo, window))


def _windowed(slo: Slo, window: Duration) -> dict[str, str]:
    return {**slo.identity, names.SLO_WINDOW: str(window)}


def _period_ratio(slo: Slo, good: str, total: str) -> str:
    goods, totals = f"sum_over_time({good}[{slo.period}])", f"sum_over_time({total}[{slo.period}])"
    if slo.indicator.grouping is None:
        return f"1 - {goods} / ({totals} > 0)"
    labels = ", ".join((*names.IDENTITY, *slo.indicator.grouping))
    return f"1 - sum by ({labels}) ({goods}) / on ({labels}) (sum by ({labels}) ({totals}) > 0)"


def adaptations(slo: Slo) -> list[str]:
    """Say in which way the pairs of an objective that names none differ from the usual four, and why."""
    if slo.objective.pairs is not None:
        return []
    lasts = slices.value_lasts(slo.monitor, slo.objective)
    kept = {pair.name for pair in slo.pairs}
    dropped = {
        pair.name: f"one bad value lasts {lasts}, it would fire after {_bad_time(slo, pair)}"
        for pair in burnrate.standard_pairs(slo.objective)
        if pair.name not in kept
    }
    return burnrate.adaptations(slo.pairs, dropped)


def _bad_time(slo: Slo, pair: Pair) -> Duration:
    return Duration.of(burnrate.bad_time(slo.objective, pair))
