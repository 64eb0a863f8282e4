"""What Prometheus shows: of objectives, of columns, of labels and of evaluators."""

from collections.abc import Mapping
from dataclasses import dataclass, field

COUNTING, INVALID, OVER_BUDGET, UNCONFIGURED = "counting", "invalid", "over_budget", "unconfigured"
"""What evaluators say that they do."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What Prometheus shows of one objective; of several groups, the worst.

    Attributes
    ----------
    remaining
        Share of the period's error budget that is left; None: not known.
    burning
        A burn-rate alert is pending or fires.
    absent
        The alert that nothing is measured any more is pending or fires.
    flowing
        There were events (or slices) in the last five minutes.
    """

    remaining: float | None = None
    burning: bool = False
    absent: bool = False
    flowing: bool = False


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a column is, in the unit of the distance that is critical: above 1 it has drifted.

    Attributes
    ----------
    excess
        None: too few rows for a verdict, and then the statistic is empty.
    critical
        In the unit of the statistic.
    """

    feature: str
    statistic: str = ""
    excess: float | None = None
    critical: float | None = None
    rows: float | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many columns have a verdict, how many of them have drifted, and how many have too few rows."""

    judged: int = 0
    drifting: int = 0
    insufficient: int = 0


@dataclass(frozen=True, slots=True)
class Evaluators:
    """Evaluators of one state that count against one profile; without one, the hash is empty."""

    state: str
    profile: str
    number: int


@dataclass(frozen=True, slots=True)
class Counted:
    """What Prometheus shows of what the evaluators of one monitor count.

    Attributes
    ----------
    distances
        Of the columns that have drifted the worst ten, or the three that are furthest away; then three of
        those without a verdict.
    verdicts
        By what drifts: Prediction, Features.
    coverage
        Share of the mature predictions that have a label; None: none has matured.
    lag
        Seconds within which half of the labels came.
    starved
        Quality metrics with too few rows for a verdict.
    strangers
        Evaluators of the namespace that do not know whose they are.
    encrypted
        TLS connections passed unread within the last 15 minutes.
    """

    distances: tuple[Distance, ...] = ()
    verdicts: Mapping[str, Verdicts] = field(default_factory=dict)
    coverage: float | None = None
    lag: float | None = None
    starved: frozenset[str] = frozenset()
    evaluators: tuple[Evaluators, ...] = ()
    strangers: int = 0
    encrypted: bool = False


NOTHING_COUNTED = Counted()
