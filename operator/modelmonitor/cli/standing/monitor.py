"""One monitor as the API serves it, read for people: whatever is absent is unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modelmonitor.cli.standing import conditions
from modelmonitor.cli.standing.conditions import Trouble

Json = Mapping[str, Any]
_REPORTED = ("summary", "objectives", "drift", "labels", "evaluators")
UNSEEN = "Unseen"
"""Health of a monitor that no operator has looked at."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A monitor and how it stands."""

    body: Json

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(self.body["metadata"]["namespace"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["metadata"]["name"])

    @property
    def spec(self) -> Json:
        """What was asked for."""
        spec: Json = self.body.get("spec") or {}
        return spec

    @property
    def status(self) -> Json:
        """What the operator reports; empty until it has looked."""
        status: Json = self.body.get("status") or {}
        return status

    @property
    def target(self) -> str:
        """Kind and name of the workload."""
        target = self.spec.get("targetRef") or {}
        return f"{target.get('kind', 'Deployment')}/{target.get('name', '?')}"

    @property
    def task(self) -> str:
        """What the model predicts."""
        return str((self.spec.get("model") or {}).get("task", ""))

    @property
    def ready(self) -> str:
        """True, False, Unknown, or nothing."""
        return conditions.ready(self.status)

    @property
    def health(self) -> str:
        """The worst state of all objectives; Unseen before the first visit."""
        return self._summed("health") or ("" if self.status.get("conditions") else UNSEEN)

    @property
    def kept(self) -> str:
        """How many objectives are met, of all."""
        return self._summed("objectives")

    @property
    def budget(self) -> str:
        """The smallest share of an error budget that is left."""
        return self._summed("budget")

    @property
    def drifted(self) -> str:
        """How many columns have drifted."""
        return self._summed("drift")

    @property
    def evaluators(self) -> str:
        """How many pods have an evaluator, of all; empty where the spec captures nothing."""
        found = self.status.get("evaluators")
        return f"{found.get('injected', 0)}/{found.get('pods', 0)}" if found else ""

    @property
    def objectives(self) -> Sequence[Json]:
        """How each objective stands."""
        return list(self.status.get("objectives") or ())

    @property
    def drift(self) -> Sequence[Json]:
        """The columns that are furthest away, worst first."""
        return list(self.status.get("drift") or ())

    @property
    def labels(self) -> Json:
        """How much of the truth is known."""
        labels: Json = self.status.get("labels") or {}
        return labels

    @property
    def children(self) -> Sequence[Json]:
        """What the operator made."""
        return list(self.status.get("children") or ())

    @property
    def troubles(self) -> list[Trouble]:
        """The conditions that are not well, causes first."""
        return conditions.troubles(self.status)

    @property
    def is_outdated(self) -> bool:
        """Whether the spec has changed since the operator looked."""
        generation = self.body["metadata"].get("generation", 0)
        return bool(self.status) and int(self.status.get("observedGeneration", 0)) < int(generation)

    @property
    def is_well(self) -> bool:
        """Whether nothing is breached, and no condition is bad; what is unknown is no reason for alarm."""
        return self.health not in {"Breached", UNSEEN} and not conditions.bad(self.troubles)

    def age(self, now: datetime) -> str:
        """Return how long ago it was made."""
        return since(self.body["metadata"].get("creationTimestamp", ""), now)

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "target": self.target,
            "ready": self.ready or None,
            "health": self.health or None,
            "well": self.is_well,
            **{part: self.status.get(part) for part in _REPORTED},
            "troubles": [
                {"type": it.type, "status": it.status, "reason": it.reason, "message": it.message}
                for it in self.troubles
            ],
            "children": [{"kind": it.get("kind"), "name": it.get("name")} for it in self.children],
        }

    def _summed(self, word: str) -> str:
        return str((self.status.get("summary") or {}).get(word, ""))


def since(timestamp: str, now: datetime) -> str:
    """Write how long ago something was, in the one or two units that kubectl would take.

    >>> now = datetime.fromisoformat("2026-11-26T12:05:00Z")
    >>> since("2026-11-26T10:00:00Z", now), since("2026-11-01T10:00:00Z", now), since("", now)
    ('125m', '25d', '')
    """
    if not timestamp:
        return ""
    seconds = max(0, int((now - datetime.fromisoformat(timestamp)).total_seconds()))
    for unit, size, least in (("d", 86_400, 3), ("h", 3_600, 3), ("m", 60, 2)):
        if seconds >= least * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
