"""All pairs of a model's and a business series, judged together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from modelmonitor.api.duration import Duration
from modelmonitor.cli.correlation.asking import Floats, Span
from modelmonitor.stats import correlation
from modelmonitor.stats.correlation import Correlation, Direction

ALPHA = 0.05
"""Chance that one false find or more is among all that are found."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """What was looked at, NaN where there is no value."""

    name: str
    values: Floats
    higher_is_better: bool


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One series of the model with one of the business, and how they go together."""

    model: Series
    business: Series
    found: Correlation
    p_value: float
    """Corrected for lags and for all pairs; NaN if there are too few points."""
    direction: Direction

    @property
    def is_found(self) -> bool:
        """Whether there is more than chance in it."""
        return self.direction in (Direction.SAME, Direction.OPPOSITE)

    @property
    def better_together(self) -> bool:
        """Whether business is better when the model is, of a pair that is found."""
        same = self.model.higher_is_better == self.business.higher_is_better
        return same == (self.direction is Direction.SAME)


class Outcome(StrEnum):
    """What came of all pairs."""

    FOUND = "Found"
    NOTHING = "NothingFound"
    """Enough points in a pair at least, and nothing in any."""
    TOO_FEW = "TooFewPoints"
    """It is not known of any pair."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """All pairs, the surest first; business may follow the model by so many steps."""

    title: str
    span: Span
    most_lag: int
    pairs: tuple[Pair, ...]

    @property
    def outcome(self) -> Outcome:
        """What came of it."""
        if any(pair.is_found for pair in self.pairs):
            return Outcome.FOUND
        known = any(pair.direction is Direction.NONE for pair in self.pairs)
        return Outcome.NOTHING if known else Outcome.TOO_FEW

    def delay(self, pair: Pair) -> Duration:
        """Return how long after the model business follows."""
        return Duration(pair.found.lag * self.span.step.milliseconds)


def report(
    title: str, span: Span, most_lag: int, model: Sequence[Series], business: Sequence[Series]
) -> Report:
    """Compare every series of the model with every one of the business, and judge all pairs together."""
    pairs = [(one, other) for one in model for other in business]
    lags = range(most_lag + 1)
    found = [correlation.correlate(one.values, other.values, lags=lags) for one, other in pairs]
    corrected = correlation.holm([it.p_value for it in found])
    judged = zip(pairs, found, corrected, correlation.judge(found, alpha=ALPHA), strict=True)
    all_pairs = [Pair(*pair, it, float(p), direction) for pair, it, p, direction in judged]
    return Report(title, span, most_lag, tuple(sorted(all_pairs, key=_order)))


def sentences(told: Report) -> Iterator[str]:
    """Say what was found, or why nothing was, in words that promise no more than it is worth."""
    unknown = sum(pair.direction is Direction.INSUFFICIENT for pair in told.pairs)
    if told.outcome is Outcome.TOO_FEW:
        yield (
            f"Too few points: a pair needs {correlation.POINTS_NEEDED} steps with both values, more where "
            "values are much like those before. It is not known whether they go together."
        )
        return
    for pair in told.pairs:
        if pair.is_found:
            yield _sentence(told, pair)
    if told.outcome is Outcome.NOTHING:
        yield f"Nothing found: chance alone would make the best of {len(told.pairs)} pairs look as good."
    if unknown:
        yield f"Of {unknown} pairs it is not known: too few points."
    if told.outcome is Outcome.FOUND:
        yield "That two go together does not say that one causes the other: both may follow a third."


def _sentence(told: Report, pair: Pair) -> str:
    business = "better" if pair.better_together else "worse"
    when = f", {told.delay(pair)} later" if pair.found.lag else ""
    return f"When {pair.model.name} is better, {pair.business.name} is {business}{when}."


def _order(pair: Pair) -> tuple[bool, float, float]:
    known = pair.direction is not Direction.INSUFFICIENT
    return (not known, pair.p_value if known else 0.0, -pair.found.points)
