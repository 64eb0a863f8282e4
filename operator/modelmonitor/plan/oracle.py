"""When a burn-rate alert fires, by arithmetic alone: the oracle that the generated rules are tested against.

The world of the oracle is simple enough to be exact. Scrapes and evaluations happen together, every
`step`. A clean history fills the windows; then, from one moment on, the share e of all events is bad,
for a while or for good. All times count from that moment, in seconds.

After x seconds a window of length L holds x of bad time, so its error ratio is e*x/L, and it crosses the
threshold q after L*q/e. One detail decides about whole minutes: Prometheus sees L/step samples in a
window, which lie only L - step apart, and extrapolates what they grew by to the whole window. The events
of before and after are extrapolated alike, so a counter that runs already reads e*x/(L - step): it
crosses after (L - step)*q/e. It does not extrapolate a counter below zero, so bad events whose counter
still stands at zero when the window begins read e*x/L. If that very counter is also part of the total (a
label tells bad from good), then the total lacks its share of the extrapolation, and the crossing comes
earlier by the factor 1 + q*step/(L - step). Samples that count for themselves (time slices, counts of
samples) read e*x/L.

When the bad events end after D seconds, the short window S is the first to fall to the threshold: its bad
time is what is left of it, D + S - t, less one step for counters. It is above the threshold until
D + (S - step)*(1 - q/e).
"""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import ceil, floor

from modelmonitor.plan.burnrate import Pair

CLOSE = Fraction(1, 1000)
"""Share of a step within which a crossing is too close to an evaluation: rounding decides, not the rule."""


class Counting(Enum):
    """What the bad events are read from."""

    FROM_ZERO = "a counter that stands at zero when the window begins, beside a counter of all"
    FROM_ZERO_WITHIN = "a counter that stands at zero when the window begins, itself a part of the total"
    RUNNING = "a counter that counts already"
    SAMPLES = "samples that count for themselves"


@dataclass(frozen=True, slots=True)
class Outage:
    """A constant share of bad events after a clean history.

    Attributes
    ----------
    ratio
        Share of bad events while it lasts, above 0 and up to 1.
    step
        Seconds between scrapes, and between evaluations; the windows are multiples of it.
    lasts
        Seconds, a multiple of the step; None: it does not end.
    """

    ratio: Fraction
    step: Fraction
    counting: Counting = Counting.RUNNING
    lasts: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one pair does in one outage, in seconds from its beginning; None: never, or without end.

    Attributes
    ----------
    crossing
        When the error ratio of the long window rises to the threshold.
    recovery
        When that of the short window falls to it.
    step
        The outage's.
    hold
        How long the expression must be true before the alert fires.
    """

    crossing: Fraction | None
    recovery: Fraction | None
    step: Fraction
    hold: Fraction

    @property
    def first_true(self) -> Fraction | None:
        """The first evaluation after the crossing."""
        return None if self.crossing is None else (floor(self.crossing / self.step) + 1) * self.step

    @property
    def last_true(self) -> Fraction | None:
        """The last evaluation before the recovery."""
        return None if self.recovery is None else (ceil(self.recovery / self.step) - 1) * self.step

    @property
    def firing(self) -> Fraction | None:
        """The first evaluation at which the alert fires; None: it does not."""
        if self.first_true is None:
            return None
        firing = self.first_true + ceil(self.hold / self.step) * self.step
        return None if self.last_true is not None and self.last_true < firing else firing

    @property
    def tied(self) -> bool:
        """Whether an evaluation is so close to a crossing that rounding decides what it sees."""
        steps = [time / self.step for time in (self.crossing, self.recovery) if time is not None]
        return any(abs(count - round(count)) < CLOSE for count in steps)


def forecast(pair: Pair, threshold: Fraction, outage: Outage) -> Forecast:
    """Say when a pair fires in an outage, and when it ends.

    Parameters
    ----------
    threshold
        The error ratio above which the pair burns: factor times budget.

    Examples
    --------
    One request in ten fails, the objective is 99.9 %, scrapes come every minute: the page comes in minute 11.

    >>> from modelmonitor.plan.burnrate import Duration, Severity
    >>> hour, hold = Duration.parse("1h"), Duration.parse("2m")
    >>> page = Pair("page-quick", Fraction("14.4"), hour, hold, Severity.CRITICAL)
    >>> forecast(page, Fraction("0.0144"), Outage(Fraction(1, 10), Fraction(60))).firing / 60
    Fraction(11, 1)
    """
    step, hold = outage.step, pair.hold.exact_seconds
    if outage.ratio <= threshold:
        return Forecast(None, None, step, hold)
    share = threshold / outage.ratio
    crossing = _length(pair.long.exact_seconds, threshold, outage) * share
    if outage.lasts is None:
        return Forecast(crossing, None, step, hold)
    if outage.lasts <= crossing:
        return Forecast(None, None, step, hold)
    short = pair.short.exact_seconds - (0 if outage.counting is Counting.SAMPLES else step)
    return Forecast(crossing, outage.lasts + short * (1 - share), step, hold)


def _length(long: Fraction, threshold: Fraction, outage: Outage) -> Fraction:
    """Return the length of a long window as the share of bad events in it sees it."""
    if outage.counting is Counting.RUNNING:
        return long - outage.step
    if outage.counting is Counting.FROM_ZERO_WITHIN:
        return long / (1 + threshold * outage.step / (long - outage.step))
    return long
