"""Every error that this package raises on purpose.

    MonitorError
    ├── SpecInvalid            the YAML asks for something that cannot work
    ├── TargetShared           an older monitor watches the same workload
    ├── ReferenceUnusable      the reference that a spec names cannot be used
    │   ├── ReferenceMissing   there is no such ConfigMap, or no profile in it
    │   └── ReferenceInvalid   what is there is no profile of this model
    ├── NotInjectable          no evaluator can be added to these pods; each has its reason
    ├── InternalError          a visit failed for a reason that nobody foresaw
    ├── ClusterError           the Kubernetes API did not do what we asked
    │   ├── Unreachable        nobody answered
    │   ├── Forbidden          we lack a permission, or are not known
    │   ├── KindMissing        the CRD of a child is not installed
    │   ├── OwnedByOther       a child's name is taken by an object that is not ours
    │   ├── Conflict           an object changed, or was made anew, since we read it
    │   │   └── FieldTaken     another manager set a field of somebody's object otherwise
    │   ├── Protected          a PodDisruptionBudget keeps a pod where it is
    │   └── NotLeading         another replica may be writing by now
    └── PrometheusError        Prometheus did not answer, or not with its API

An error knows its `reason` (the condition's, CamelCase) and when we look again
(`retry_after`, seconds; None means: at the next change or resync).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with an input, in the four words that help: where, expected, got, remedy."""

    path: str
    expected: str
    got: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{where}expected {self.expected}, got {self.got}{remedy}"


class MonitorError(Exception):
    """The root of this tree."""

    reason = "Failed"
    retry_after: float | None = None


class SpecInvalid(MonitorError):
    """A spec asks for something that cannot work; carries all its problems at once."""

    reason = "SpecInvalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class TargetShared(MonitorError):
    """An older monitor of the same namespace watches the same workload."""

    reason = "TargetShared"


class ReferenceUnusable(MonitorError):
    """The reference that a spec names cannot be used; carries all its problems where they are known."""

    def __init__(self, text: str, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(text)

    @classmethod
    def of(cls, *problems: Problem) -> Self:
        """Make the error of problems."""
        return cls("\n".join(map(str, problems)), problems)


class ReferenceMissing(ReferenceUnusable):
    """The ConfigMap that a spec names as its reference is not there, or holds no profile."""

    reason = "ReferenceMissing"


class ReferenceInvalid(ReferenceUnusable):
    """What a reference's ConfigMap holds is no profile, or that of a model of another task."""

    reason = "ReferenceInvalid"


class NotInjectable(MonitorError):
    """No evaluator can be added to the pods of a workload; the reason says what stands against it."""

    reason = "NotInjectable"

    def __init__(self, text: str, *, reason: str) -> None:
        self.reason = reason
        super().__init__(text)


class InternalError(MonitorError):
    """A visit failed for a reason that nobody foresaw: a bug of ours."""

    reason = "InternalError"
    retry_after: float | None = 60.0


class ClusterError(MonitorError):
    """The Kubernetes API refused or failed a call."""

    reason = "ApplyFailed"
    retry_after: float | None = 15.0


class Unreachable(ClusterError):
    """The Kubernetes API did not answer."""

    reason = "ApiUnreachable"


class Forbidden(ClusterError):
    """We may not do this, or are nobody whom the API knows.

    Attributes
    ----------
    said
        The message without what an operator's owner should do: people who ask for themselves do otherwise.
    who
        The user whom the API refused; empty: it does not say.
    """

    reason = "PermissionMissing"
    retry_after = 60.0

    def __init__(self, said: str, remedy: str = "", who: str = "") -> None:
        self.said, self.who = said, who
        super().__init__(f"{said}; {remedy}" if remedy else said)


class KindMissing(ClusterError):
    """The API server does not know this kind: its CRD is not installed."""

    reason = "KindMissing"
    retry_after = 60.0


class OwnedByOther(ClusterError):
    """An object of a child's name exists and is not ours."""

    reason = "OwnershipConflict"
    retry_after = 60.0


class Conflict(ClusterError):
    """An object changed, or was made anew, since we read it."""

    reason = "Conflict"
    retry_after = 1.0


class FieldTaken(Conflict):
    """A field that we would set on an object of somebody else's is set otherwise, by another manager."""

    reason = "OwnershipConflict"
    retry_after = 60.0


class Protected(ClusterError):
    """A PodDisruptionBudget keeps a pod from being evicted for now."""

    reason = "Protected"
    retry_after = 60.0


class NotLeading(ClusterError):
    """A replica that does not hold the lease must not write."""

    reason = "NotLeading"
    retry_after = None


class PrometheusError(MonitorError):
    """Prometheus did not answer, or answered something that is not its API."""

    reason = "PrometheusUnavailable"
    retry_after = 30.0
