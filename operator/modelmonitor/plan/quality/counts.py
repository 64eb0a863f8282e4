"""Counts of matured predictions over a window: what formulas of quality are made from.

A formula does not know where its counts come from: the counters themselves, records of five minutes, or those
of the window that is told. All replicas are added up before anything is divided.
"""

from collections.abc import Callable
from dataclasses import dataclass

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names
from modelmonitor.plan.quality import sources
from modelmonitor.plan.quality.sources import Matcher, Matchers, Not
from modelmonitor.plan.scope import FIVE_MINUTES, LONGEST_DIRECT, Scope
from modelmonitor.wire import families
from modelmonitor.wire.families import Family

_SHORTEST_LOOK_BACK = Duration(2 * FIVE_MINUTES.milliseconds)
"""For cells of the score, which are recorded every five minutes."""
_EVERYTHING = {names.SEGMENT: ""}
Read = Callable[[Family, Matchers], str]
"""Gives the series of a family that match, each with its count."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of one monitor.

    Attributes
    ----------
    keep
        What every count is apart for beside its own labels: `segment`, `version`, or nothing.
    look_back
        How long cells of the score are remembered after all evaluators have gone.
    has_lower
        Whether the scores below each cell are counted, too, under the label `edge`.
    """

    scope: Scope
    read: Read
    keep: tuple[str, ...]
    look_back: Duration
    has_lower: bool = False

    def by(self, *labels: str) -> str:
        """Return the labels of a count by these, as a list."""
        return ", ".join((*labels, *self.keep))

    def of(self, family: Family, *labels: str, **matchers: Matcher) -> str:
        """Return a count by labels; of a histogram its cumulative cells."""
        return f"sum by ({self.by(*labels)}) ({self.read(family, matchers)})"

    def largest_error(self) -> str:
        """Return the largest absolute error; no sample where there was none."""
        return f"max by ({self.by()}) ({self.read(families.ABSOLUTE_ERROR_MAX, {})})"

    def cells(self, *labels: str, **matchers: Matcher) -> str:
        """Return the middle of each cell of the score by `le`, `below` or `threshold`."""
        return f"max by ({', '.join(labels)}) ({sources.cells(self.scope, self.look_back, matchers)})"


def over(scope: Scope, window: Duration) -> Counts:
    """Return the counts of everything over a window, from its records if there are some."""
    if window == scope.quality_window and window > LONGEST_DIRECT:
        return of_window(scope, window)
    found = reader(scope, window)

    def read(family: Family, matchers: Matchers) -> str:
        return found(family, {**_EVERYTHING, **matchers})

    return Counts(scope, read, (), max(window, _SHORTEST_LOOK_BACK))


def reader(scope: Scope, window: Duration) -> Read:
    """Return what reads counts over a window, apart by replica: long ones are sums of five minutes."""

    def read(family: Family, matchers: Matchers) -> str:
        of_largest = family is families.ABSOLUTE_ERROR_MAX
        if window <= LONGEST_DIRECT:
            fold, series = "increase", sources.counters(scope, family, matchers)
        else:
            fold, series = "sum_over_time", sources.records(scope, family, FIVE_MINUTES, matchers)
        return f"{'max_over_time' if of_largest else fold}({series}[{window}])"

    return read


def rates(scope: Scope) -> Counts:
    """Return the counts of everything as events per second over `[{{.window}}]`."""

    def read(family: Family, matchers: Matchers) -> str:
        return f"rate({sources.counters(scope, family, {**_EVERYTHING, **matchers})}[{{{{.window}}}}])"

    return Counts(scope, read, (), _SHORTEST_LOOK_BACK)


def of_window(scope: Scope, window: Duration) -> Counts:
    """Return the counts of everything over a window, from its records."""
    return _recorded(scope, window, (), {names.SEGMENT: "", names.MODEL_VERSION: ""})


def by_slice(scope: Scope, window: Duration) -> Counts:
    """Return the counts of a window by segment and by version, from its records."""
    return _recorded(scope, window, (names.SEGMENT, names.MODEL_VERSION), {})


def by_segment(scope: Scope, window: Duration) -> Counts:
    """Return the counts of a window by segment, from its records."""
    return _recorded(scope, window, (names.SEGMENT,), {names.MODEL_VERSION: ""})


def by_version(scope: Scope, window: Duration) -> Counts:
    """Return the counts of a window by version of the model, from its records."""
    return _recorded(scope, window, (names.MODEL_VERSION,), {names.SEGMENT: "", names.MODEL_VERSION: Not("")})


def _recorded(scope: Scope, window: Duration, keep: tuple[str, ...], slices: Matchers) -> Counts:
    def read(family: Family, matchers: Matchers) -> str:
        return sources.records(scope, family, window, {**slices, **matchers})

    return Counts(scope, read, keep, max(window, _SHORTEST_LOOK_BACK), has_lower=True)
