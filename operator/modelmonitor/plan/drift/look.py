"""One look at all watched columns: the records of a monitor over its drift window."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from modelmonitor.api.drift import Against, Drift
from modelmonitor.api.duration import Duration
from modelmonitor.plan import names, promql
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import Scope

WEEK = Duration.parse("7d")
_META = str.maketrans({character: f"\\{character}" for character in r"\.+*?()|[]{}^$"})


@dataclass(frozen=True)
class Look:
    """What is compared with what, and how its records are named, labelled and selected."""

    scope: Scope
    drift: Drift

    @property
    def window(self) -> Duration:
        """How much of the recent past is compared."""
        return self.drift.window

    @property
    def with_last_week(self) -> bool:
        """Whether live counts are compared with those of a week ago, which are random, too."""
        return self.drift.against is Against.LAST_WEEK

    def recording(self, record: str, expr: str, labels: Mapping[str, str] | None = None) -> Recording:
        """Record an expression over the window."""
        return Recording(f"{record}{self.window}", expr, {**self.scope.identity, **(labels or {})})

    def of(self, record: str, *matchers: str) -> str:
        """Select a record over the window."""
        return narrowed(self.scope.recorded(f"{record}{self.window}"), *matchers)

    def tolerance(self, *matchers: str) -> str:
        """Select what is tolerated of each column."""
        return narrowed(self.scope.recorded(names.DRIFT_TOLERANCE), *matchers)

    @cached_property
    def live(self) -> str:
        """The rows of each cell."""
        return self.of(names.FEATURE_CELL)

    @cached_property
    def reference(self) -> str:
        """The rows of each cell of what live ones are compared with."""
        return self.of(names.REFERENCE_CELL)

    @cached_property
    def rows(self) -> str:
        """The live rows of each column."""
        return self.of(names.DRIFT_ROWS)

    @cached_property
    def reference_rows(self) -> str:
        """The rows that the live ones of each column are compared with."""
        return self.of(names.DRIFT_REFERENCE_ROWS)

    @cached_property
    def cells(self) -> str:
        """How many cells of each column have a row on a side."""
        return self.of(names.DRIFT_CELLS)


def narrowed(selector: str, *matchers: str) -> str:
    """Add matchers to a selector that has some.

    Examples
    --------
    >>> narrowed('up{job="a"}', 'le!=""', one_of("path", ["x", "y"]))
    'up{job="a",le!="",path=~"x|y"}'
    """
    return ",".join([selector.removesuffix("}"), *matchers]) + "}"


def one_of(label: str, values: Iterable[str], *, negated: bool = False) -> str:
    """Match a label that is (or is not) one of these, letter by letter."""
    pattern = "|".join(value.translate(_META) for value in values)
    return f"{label}{'!~' if negated else '=~'}{promql.string(pattern)}"
