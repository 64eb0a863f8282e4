"""Pure reporting: `status` turns what one visit found, and the previous status, into the new one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from modelmonitor.api.status import Child, ModelMonitorStatus
from modelmonitor.report import conditions, drift, injection, labels, objectives
from modelmonitor.report.outcome import Outcome

MOST_CHILDREN = 20

__all__ = ["Outcome", "differs", "read", "status"]


def read(status: Any) -> ModelMonitorStatus:
    """Return the status of an object; an empty one when there is none, or none that can be read."""
    try:
        return ModelMonitorStatus.model_validate(status or {})
    except ValidationError:
        return ModelMonitorStatus()


def status(previous: ModelMonitorStatus, outcome: Outcome, now: datetime) -> ModelMonitorStatus:
    """Return the status after a visit.

    What the visit did not look at (because the spec is refused, or the monitor suspended) stays as it was.
    """
    now = now.replace(microsecond=0)
    if outcome.refused or outcome.suspended:
        kept = conditions.kept(previous, outcome, now)
        return previous.model_copy(update={"observed_generation": outcome.generation, "conditions": kept})
    states = objectives.states(previous, outcome, now)
    told = labels.status(previous.labels, outcome)
    seen = previous.model_copy(
        update={
            "observed_generation": outcome.generation,
            "conditions": conditions.conditions(previous, outcome, conditions.Told(states, told), now),
            "objectives": states,
            "drift": drift.statuses(previous.drift, outcome),
            "labels": told,
            "summary": objectives.summary(states, drift.summary(outcome)),
        }
    )
    return seen if outcome.held else seen.model_copy(update=_generated(outcome))


def _generated(outcome: Outcome) -> dict[str, Any]:
    """Say what was generated, and done by it; while a monitor is held, that stays as it was."""
    return {
        "children": tuple(
            Child(kind=child.kind, name=child.name, hash=child.hash)
            for child in outcome.children[:MOST_CHILDREN]
            if child.failure is None
        ),
        "adaptations": outcome.adaptations[:50],
        "evaluators": injection.status(outcome),
    }


def differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether more than numbers and wording differs: this is told at once, the rest once a minute."""
    return bool(_essence(old) != _essence(new))


def _essence(status: Mapping[str, Any]) -> Any:
    return (
        status.get("observedGeneration"),
        [(one["type"], one["status"], one["reason"]) for one in status.get("conditions", ())],
        [(one["name"], one["state"], one.get("reason")) for one in status.get("objectives", ())],
        {one["feature"] for one in status.get("drift", ()) if one["state"] == "Drift"},
        status.get("children", []),
        status.get("adaptations", []),
        (status.get("evaluators") or {}).get("evictedAt"),
    )
