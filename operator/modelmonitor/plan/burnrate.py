"""Multi-window burn rates: which pairs of windows an objective gets, and how fast the budget must burn.

With B = 1 - objective and the period P, a pair (long window L, short window S = L/12, factor F) fires
when the error ratio exceeds F*B in both windows. F = f*P/L spends the share f of the period's budget
within L. Where F*B would come near 1 the alert could hardly ever fire: then f is kept and the window
adapted (docs/design, "Alerts that can fire").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from math import ceil, floor

from modelmonitor.api.duration import Duration
from modelmonitor.api.v1alpha1 import BurnPair, Objective, Severity

HOUR = Fraction(3600)
DAY = 24 * HOUR
STEP = Fraction(720)  # adapted long windows are multiples of 12 min, so that short ones are whole minutes
WINDOWS = tuple(Duration.parse(text) for text in ("5m", "30m", "1h", "2h", "6h", "1d", "3d"))
SHORTEST_PERIOD = Duration.parse("7d")
CEILING = Fraction(8, 10)
"""Highest threshold, as an error ratio, that a standard pair may have."""
CEILING_OF_PREDICTIONS = Fraction(5, 10)
"""The same for predictions that are right or wrong: whoever guesses one of two classes errs half the time."""
MOST_PERCENT = 50
"""Percent of the budget that the slowest pair may let burn where a bad value lasts long."""


@dataclass(frozen=True)
class Pair:
    """One burn-rate alert: `factor` times the sustainable error ratio over `long` and `short`."""

    name: str
    factor: Fraction
    long: Duration
    hold: Duration
    severity: Severity
    adapted: str = ""

    def __hash__(self) -> int:
        return hash(
            (self.name, self.long.milliseconds)
        )  # a fraction's own takes longer than what is looked up

    @cached_property
    def short(self) -> Duration:
        """The short window, a twelfth of the long one: it ends the alert soon after the burn ends."""
        return Duration(self.long.milliseconds // 12)

    def threshold(self, budget: Fraction) -> Fraction:
        """Return the error ratio above which the pair burns."""
        return self.factor * budget


@dataclass(frozen=True, slots=True)
class _Standard:
    name: str
    share: Fraction
    long: Fraction
    hold: Duration
    severity: Severity


_STANDARD = (
    _Standard("page-quick", Fraction(2, 100), HOUR, Duration.parse("2m"), Severity.CRITICAL),
    _Standard("page-slow", Fraction(5, 100), 6 * HOUR, Duration.parse("15m"), Severity.CRITICAL),
    _Standard("ticket-quick", Fraction(10, 100), DAY, Duration.parse("1h"), Severity.WARNING),
    _Standard("ticket-slow", Fraction(10, 100), 3 * DAY, Duration.parse("3h"), Severity.WARNING),
)


def budget(objective: Objective) -> Fraction:
    """Return the share of events that may be bad: 0.001 for an objective of 99.9 percent."""
    return budget_of(objective.objective)


@lru_cache(maxsize=256)
def budget_of(percent: Decimal) -> Fraction:
    """Return the share of events that may be bad where so many percent are to be good."""
    return 1 - Fraction(percent) / 100


def ceiling(objective: Objective) -> Fraction:
    """Return the highest threshold, as an error ratio, of an objective: a collapse must surely cross it."""
    quality = objective.sli.quality
    return CEILING_OF_PREDICTIONS if quality and not quality.is_bounded else CEILING


def bad_time(objective: Objective, pair: Pair) -> Fraction:
    """Return the seconds of nothing but bad slices after which a pair fires."""
    return pair.threshold(budget(objective)) * pair.long.exact_seconds


def standard_pairs(objective: Objective) -> tuple[Pair, ...]:
    """Return the four standard pairs, each adapted so that it can fire, less those that another covers."""
    return _standard_pairs(objective.objective, objective.window, ceiling(objective))


def lasting_pairs(objective: Objective, lasts: Duration) -> tuple[Pair, ...]:
    """Return the standard pairs that one bad value of a measurement, which lasts so long, cannot fire.

    If there is none, the slowest one lets a larger share of the budget burn, in whole percent and up to half
    of it; if that is not enough, there is no pair.
    """
    pairs = standard_pairs(objective)
    lasting = tuple(pair for pair in pairs if bad_time(objective, pair) >= lasts.exact_seconds)
    return lasting or _slowest(objective, lasts)


def longest_value(objective: Objective) -> Fraction:
    """Return the seconds that one bad value may last, at the most, for the objective to have an alert."""
    return Fraction(MOST_PERCENT, 100) * budget(objective) * objective.window.exact_seconds


def _slowest(objective: Objective, lasts: Duration) -> tuple[Pair, ...]:
    period = objective.window.exact_seconds
    percent = ceil(100 * lasts.exact_seconds / (budget(objective) * period))
    if percent > MOST_PERCENT:
        return ()
    slowest = replace(_STANDARD[-1], share=Fraction(percent, 100))
    pair = _adapt(slowest, budget(objective), period, ceiling(objective))
    standard = Duration.of(_STANDARD[-1].share * budget(objective) * period)
    note = (
        f"fires after {Duration.of(bad_time(objective, pair))} of bad slices, which are {percent} % of the "
        f"budget, in place of {standard}: one bad value lasts {lasts}"
    )
    return (replace(pair, adapted="; ".join(filter(None, (note, pair.adapted)))),)


@lru_cache(maxsize=256)  # thousands of objectives promise one of a few percentages over one of a few periods
def _standard_pairs(percent: Decimal, period: Duration, ceiling: Fraction) -> tuple[Pair, ...]:
    kept: list[Pair] = []
    for standard in _STANDARD:
        pair = _adapt(standard, budget_of(percent), period.exact_seconds, ceiling)
        if not _covered(pair, kept):
            kept.append(pair)
    return tuple(kept)


def adaptations(pairs: Iterable[Pair], dropped: Mapping[str, str] | None = None) -> list[str]:
    """Say in which way these standard pairs differ from the four that everybody knows, and why.

    Parameters
    ----------
    dropped
        Why a pair is left out, by its name, where that is not because another one fires no later.
    """
    reasons = dict.fromkeys((it.name for it in _STANDARD), "another pair fires no later") | dict(
        dropped or {}
    )
    by_name = {pair.name: pair for pair in pairs}
    notes = [f"{pair.name}: {pair.adapted}" for pair in by_name.values() if pair.adapted]
    left_out = {name: reason for name, reason in reasons.items() if name not in by_name}
    return notes + [f"{name}: left out, because {reason}" for name, reason in left_out.items()]


def explicit_pairs(pairs: Iterable[BurnPair], period: Duration) -> tuple[Pair, ...]:
    """Return the pairs that the user wrote, with the factor that a budget share stands for."""
    return tuple(
        Pair(pair.name, _factor(pair, period), pair.long, pair.for_, pair.severity) for pair in pairs
    )


def _factor(pair: BurnPair, period: Duration) -> Fraction:
    if pair.factor is not None:
        return Fraction(pair.factor)
    assert pair.budget_share is not None  # noqa: S101 - the model holds exactly one of the two
    return pair.budget_share * period.exact_seconds / pair.long.exact_seconds


def _adapt(standard: _Standard, budget: Fraction, period: Fraction, ceiling: Fraction) -> Pair:
    spend = standard.share * period
    wanted, highest = spend / standard.long, ceiling / budget
    factor, long = min(max(wanted, Fraction(1)), highest), standard.long
    if factor != wanted:
        round_to_step = ceil if factor == highest else floor
        long = max(round_to_step(spend / factor / STEP) * STEP, HOUR)
        factor = min(spend / long, highest)
    severity, note = _severity(standard, factor, period), ""
    if long != standard.long or severity != standard.severity:
        note = _explain(standard, wanted * budget, Duration.of(long), severity)
    return Pair(standard.name, factor, Duration.of(long), standard.hold, severity, note)


def _severity(standard: _Standard, factor: Fraction, period: Fraction) -> Severity:
    """Page nobody for a burn that leaves the budget alive for ten days."""
    slow = period / factor >= min(10 * DAY, period)
    return Severity.WARNING if slow and standard.severity is Severity.CRITICAL else standard.severity


def _explain(standard: _Standard, threshold: Fraction, long: Duration, severity: Severity) -> str:
    notes = []
    if long.exact_seconds != standard.long:
        why = (
            f"over {Duration.of(standard.long)} it would need an error ratio of {float(threshold):.3g}"
            if long.exact_seconds > standard.long
            else f"over {Duration.of(standard.long)} it would burn slower than the budget allows"
        )
        notes.append(f"window {long} in place of {Duration.of(standard.long)}: {why}")
    if severity is not standard.severity:
        notes.append(
            f"{severity} in place of {standard.severity}: at this rate the budget lasts ten days or more"
        )
    return "; ".join(notes)


def _covered(pair: Pair, kept: Iterable[Pair]) -> bool:
    return any(one.long <= pair.long and one.factor <= Fraction(101, 100) * pair.factor for one in kept)
