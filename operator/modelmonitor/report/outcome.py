"""What one visit to a monitor found and did: the input of every report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from modelmonitor.decide.coverage import Coverage
from modelmonitor.decide.halt import Halt
from modelmonitor.errors import MonitorError, PrometheusError
from modelmonitor.report.sights import NOTHING_COUNTED, Counted, Sight


@dataclass(frozen=True, slots=True)
class ChildOutcome:
    """One planned child.

    Attributes
    ----------
    part
        What it is for: rules, a dashboard, the evaluators' config, scrapes, senders of labels; the kind does
        not tell, for a ConfigMap can carry any of the first three.
    failure
        Why it is not as planned; None: it is.
    """

    kind: str
    name: str
    hash: str
    part: str
    failure: MonitorError | None = None


class Basis(StrEnum):
    """What an objective is measured by."""

    OWN = "own"
    """Series of the user's."""
    REQUESTS = "requests"
    """What evaluators count of requests."""
    QUALITY = "quality"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Promise:
    """An objective, as far as a report needs it: the budget is the share of events that may be bad.

    Attributes
    ----------
    measure
        Of quality the metric; of drift what drifts, Prediction or Features.
    """

    name: str
    budget: float
    window: str
    window_seconds: float
    basis: Basis = Basis.OWN
    measure: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a spec asks for, as far as conditions need it.

    Attributes
    ----------
    reference
        Name of the reference's ConfigMap; empty: none is named.
    profile
        Hash of the reference that the rules go by; empty: there is none.
    local_store
        Whether predictions wait for their labels in the memory of each pod.
    proxied
        Whether evaluators read what passes between callers and the model.
    """

    evaluators: bool = False
    labels: bool = False
    local_store: bool = False
    proxied: bool = False
    drift: bool = False
    reference: str = ""
    profile: str = ""


NOTHING_CAPTURED = Coverage(good=True, reason="NotAsked", message="the spec captures nothing")


@dataclass(frozen=True, slots=True)
class Pods:
    """What was found of the pods of the target, and done to them.

    Attributes
    ----------
    asked
        Whether the spec captures at all.
    replicas
        How many pods the target should have; 0 where it was not looked at.
    halt
        Why new pods get no evaluator for now.
    evicted_at
        When a pod was last evicted for want of an evaluator; None: never, or all have one.
    failure
        What kept us from looking or acting.
    """

    coverage: Coverage = NOTHING_CAPTURED
    asked: bool = False
    replicas: int = 0
    halt: Halt | None = None
    evicted_at: datetime | None = None
    failure: MonitorError | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A key of a Secret that a route needs and that is not there, or does not hold what it should.

    Attributes
    ----------
    is_there
        Whether the Secret is.
    flaw
        What is in the value that does not belong there; empty: there is no value.
    withholds
        Whether no route may be applied because of it.
    """

    path: str
    secret: str
    key: str
    is_there: bool = True
    flaw: str = ""
    withholds: bool = True


@dataclass(frozen=True, slots=True)
class Routing:
    """What was found of what the routes need.

    Attributes
    ----------
    unchecked
        Why Secrets were not looked at.
    unseen
        Why Alertmanagers were not.
    labels
        Those of the AlertmanagerConfig, by which it is selected.
    alertmanagers, taking
        All Alertmanagers there are, and those that take the routes.
    """

    needs: tuple[Need, ...] = ()
    unchecked: MonitorError | None = None
    unseen: MonitorError | None = None
    labels: str = ""
    alertmanagers: tuple[str, ...] = ()
    taking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loading:
    """How the rules stand in Prometheus: the groups that are missing, the first error of the others."""

    missing: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What Prometheus says of one monitor; retention is in seconds, None where it cannot be told."""

    sights: Mapping[str, Sight]
    loading: Loading
    retention: str = ""
    retention_seconds: float | None = None
    counted: Counted = NOTHING_COUNTED


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one visit found and did.

    Attributes
    ----------
    refused
        Why the spec as a whole is not acted upon; children stay.
    held
        Why nothing was generated for a spec that is fine: its reference cannot be used. Children stay, too,
        and objectives go on.
    prometheus
        What Prometheus says, or why it says nothing; None: no address is configured.
    pruning
        Why children that are no longer planned could not be removed.
    selectors
        The labels on the rules, by which Prometheus selects them.
    """

    generation: int
    refused: MonitorError | None = None
    held: MonitorError | None = None
    suspended: bool = False
    children: tuple[ChildOutcome, ...] = ()
    promises: tuple[Promise, ...] = ()
    adaptations: tuple[str, ...] = ()
    prometheus: Evidence | PrometheusError | None = None
    pruning: MonitorError | None = None
    selectors: str = ""
    output: str = "PrometheusRule"
    asked: Asked = Asked()
    pods: Pods = Pods()
    routing: Routing = Routing()

    def part(self, part: str) -> list[ChildOutcome]:
        """Return the children of one part."""
        return [child for child in self.children if child.part == part]

    @property
    def counted(self) -> Counted:
        """What Prometheus shows of what evaluators count; nothing, unless it answered."""
        return self.prometheus.counted if isinstance(self.prometheus, Evidence) else NOTHING_COUNTED
