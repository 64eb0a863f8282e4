"""Which conditions of a monitor are not well."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ORDER = (
    *("OwnershipConflict", "GitOpsConflict", "RulesApplied", "DashboardsApplied", "RoutesApplied"),
    *("ReferenceReady", "EvaluatorsInjected", "TrafficEncrypted", "EvaluatorsFailing", "RulesLoaded"),
    *("DataFlowing", "LabelsFlowing", "Breached", "Remediating", "Ready"),
)
"""From cause to effect: what is wrong first explains what is wrong later."""
_BAD_WHEN_TRUE = frozenset(
    {"OwnershipConflict", "GitOpsConflict", "TrafficEncrypted", "EvaluatorsFailing", "Breached"}
)
_NEWS = frozenset({"Remediating"})
"""Neither good nor bad."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A condition that is bad, or not known."""

    type: str
    status: str
    reason: str
    message: str
    since: str

    @property
    def is_bad(self) -> bool:
        """Whether something is wrong; else it is only not known."""
        return self.status != "Unknown"


def troubles(status: Mapping[str, Any]) -> list[Trouble]:
    """Return the conditions that are not well, causes before effects."""
    found = [_trouble(one) for one in status.get("conditions", ()) if _is_trouble(one)]
    return sorted(found, key=lambda one: _place(one.type))


def ready(status: Mapping[str, Any]) -> str:
    """Return whether a monitor is ready: True, False, Unknown, or nothing if no operator has seen it."""
    return next((one["status"] for one in status.get("conditions", ()) if one["type"] == "Ready"), "")


def bad(found: Iterable[Trouble]) -> list[Trouble]:
    """Return those that are wrong, and not only unknown."""
    return [one for one in found if one.is_bad]


def _is_trouble(condition: Mapping[str, Any]) -> bool:
    name, status = condition["type"], condition["status"]
    if name in _NEWS:
        return False
    return bool(status == "Unknown" or (status == "True") == (name in _BAD_WHEN_TRUE))


def _trouble(condition: Mapping[str, Any]) -> Trouble:
    words = ("type", "status", "reason", "message", "lastTransitionTime")
    return Trouble(*(str(condition.get(word, "")) for word in words))


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)
