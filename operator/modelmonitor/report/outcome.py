"""What one visit to a monitor found and did: the input of every report."""

from dataclasses import dataclass

from modelmonitor.errors import MonitorError, PrometheusError


@dataclass(frozen=True, slots=True)
class ChildOutcome:
    """One planned child.

    Attributes
    ----------
    part
        What it carries: rules or a dashboard; the kind does not tell, for a ConfigMap can carry either.
    failure
        Why it is not as planned; None: it is.
    """

    kind: str
    name: str
    hash: str
    part: str
    failure: MonitorError | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """An objective, as far as a report needs it: the budget is the share of events that may be bad."""

    name: str
    budget: float
    window: str
    window_seconds: float


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
class Loading:
    """How the rules stand in Prometheus: the groups that are missing, the first error of the others."""

    missing: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What Prometheus says of one monitor; retention is in seconds, None where it cannot be told."""

    sights: dict[str, Sight]
    loading: Loading
    retention: str = ""
    retention_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one visit found and did.

    Attributes
    ----------
    refused
        Why the spec as a whole is not acted upon; children stay.
    prometheus
        What Prometheus says, or why it says nothing; None: no address is configured.
    pruning
        Why children that are no longer planned could not be removed.
    selectors
        The labels on the rules, by which Prometheus selects them.
    """

    generation: int
    refused: MonitorError | None = None
    suspended: bool = False
    children: tuple[ChildOutcome, ...] = ()
    promises: tuple[Promise, ...] = ()
    adaptations: tuple[str, ...] = ()
    prometheus: Evidence | PrometheusError | None = None
    pruning: MonitorError | None = None
    selectors: str = ""
    output: str = "PrometheusRule"

    def part(self, part: str) -> list[ChildOutcome]:
        """Return the children that carry rules, or dashboards."""
        return [child for child in self.children if child.part == part]
