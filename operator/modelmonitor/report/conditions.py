"""The conditions of a monitor. Every known one is set on the first visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from modelmonitor.api.status import (
    LONGEST_MESSAGE,
    Condition,
    ConditionStatus,
    LabelsStatus,
    ModelMonitorStatus,
    ObjectiveState,
    ObjectiveStatus,
)
from modelmonitor.errors import FieldTaken, KindMissing, OwnedByOther, SpecInvalid
from modelmonitor.report import evaluators, evidence, injection, labels, routes
from modelmonitor.report.outcome import ChildOutcome, Outcome
from modelmonitor.report.verdict import Verdict, false, true, unknown

TYPES = (
    "Ready",
    "RulesApplied",
    "RulesLoaded",
    "DashboardsApplied",
    "RoutesApplied",
    "ReferenceReady",
    "EvaluatorsInjected",
    "EvaluatorsFailing",
    "TrafficEncrypted",
    "DataFlowing",
    "LabelsFlowing",
    "Breached",
    "OwnershipConflict",
)
_GENERATED = frozenset(
    {
        "RulesApplied",
        "RulesLoaded",
        "DashboardsApplied",
        "RoutesApplied",
        "EvaluatorsInjected",
        "OwnershipConflict",
    }
)
"""Speak of what was generated, or done by it: they stay while a monitor waits for its reference."""
_MORE = " … (more: modelmonitor validate)"


@dataclass(frozen=True, slots=True)
class Told:
    """What the same status tells beside the conditions."""

    objectives: Sequence[ObjectiveStatus]
    labels: LabelsStatus | None


def conditions(
    previous: ModelMonitorStatus, outcome: Outcome, told: Told, now: datetime
) -> tuple[Condition, ...]:
    """Return all conditions after a visit that looked at everything, or at all but its reference."""
    before = _by_type(previous)
    clock = _Clock(before, outcome.generation, now)
    made = _of_generated(outcome, before, clock)
    verdicts = {
        "Ready": false(outcome.held.reason, str(outcome.held)) if outcome.held else _ready(outcome),
        "ReferenceReady": evaluators.referenced(outcome, before.get("ReferenceReady"), now),
        "EvaluatorsFailing": injection.failing(outcome),
        "TrafficEncrypted": injection.encrypted(outcome),
        "DataFlowing": evidence.flowing(outcome, made["RulesLoaded"].status),
        "LabelsFlowing": labels.flowing(outcome, told.labels),
        "Breached": _breached(told.objectives),
    }
    fresh = {name: clock.condition(name, verdict) for name, verdict in verdicts.items()}
    return tuple({**made, **fresh}[name] for name in TYPES)


def _of_generated(outcome: Outcome, before: dict[str, Condition], clock: "_Clock") -> dict[str, Condition]:
    if outcome.held is not None:
        unseen = unknown(outcome.held.reason, "nothing was generated yet; see Ready")
        return {name: before.get(name) or clock.condition(name, unseen) for name in _GENERATED}
    rules = _applied(outcome, "rules")
    verdicts = {
        "RulesApplied": rules,
        "RulesLoaded": evidence.loaded(outcome, rules, before.get("RulesLoaded"), clock.now),
        "DashboardsApplied": _applied(outcome, "dashboard"),
        "RoutesApplied": routes.applied(outcome),
        "EvaluatorsInjected": injection.injected(outcome),
        "OwnershipConflict": _conflict(outcome),
    }
    return {name: clock.condition(name, verdict) for name, verdict in verdicts.items()}


def kept(previous: ModelMonitorStatus, outcome: Outcome, now: datetime) -> tuple[Condition, ...]:
    """Return the conditions after a visit that generated nothing: Ready says why.

    Whether evaluators fail is told as it is seen, for they go on; the other conditions stay.
    """
    before = _by_type(previous)
    clock = _Clock(before, outcome.generation, now)
    ready = _refused(outcome)
    unseen = unknown(ready.reason, "not looked at yet; see Ready")
    stay = {name: before.get(name) or clock.condition(name, unseen) for name in TYPES}
    seen = {"Ready": ready}
    if (failing := injection.still_failing(outcome, before.get("EvaluatorsFailing"))) is not None:
        seen["EvaluatorsFailing"] = failing
    fresh = {name: clock.condition(name, verdict) for name, verdict in seen.items()}
    return tuple({**stay, **fresh}[name] for name in TYPES)


def _refused(outcome: Outcome) -> Verdict:
    if outcome.refused is None:
        return unknown(
            "Suspended",
            "nothing is written while suspended but what keeps evaluators from stopping models; rules and "
            "dashboards stay as they are",
        )
    message = str(outcome.refused)
    if isinstance(outcome.refused, SpecInvalid) and len(message) > LONGEST_MESSAGE:
        message = message[: LONGEST_MESSAGE - len(_MORE)] + _MORE
    return false(outcome.refused.reason, message)


def _ready(outcome: Outcome) -> Verdict:
    if outcome.pruning is not None:
        return false(outcome.pruning.reason, str(outcome.pruning))
    for part in ("rules", "dashboard", "config", "labels"):
        verdict = _applied(outcome, part)
        if verdict.status is ConditionStatus.FALSE:
            return verdict
    for child in (*outcome.part("scrape"), *outcome.part("routes")):
        if child.failure is not None and not isinstance(child.failure, KindMissing):
            return false(child.failure.reason, str(child.failure))
    return true("Reconciled", f"{_count(outcome.children)} as planned")


def _applied(outcome: Outcome, part: str) -> Verdict:
    children = outcome.part(part)
    failed = [child for child in children if child.failure is not None]
    if failed:
        reason = next(child.failure.reason for child in failed if child.failure)
        messages = dict.fromkeys(_with_remedy(child) for child in failed)
        return false(reason, "\n".join(messages))
    if not children:
        return true("NothingPlanned", f"the spec asks for no {part}{'' if part == 'rules' else 's'}")
    return true("Applied", _count(children))


def _with_remedy(child: ChildOutcome) -> str:
    if isinstance(child.failure, KindMissing) and child.kind == "PrometheusRule":
        return f"{child.failure}: install prometheus-operator, or set spec.prometheus.output: ConfigMap"
    return str(child.failure)


def _count(children: Sequence[ChildOutcome]) -> str:
    kinds = [child.kind for child in children]
    counted = [f"{kinds.count(kind)} {kind}{'s' * (kinds.count(kind) > 1)}" for kind in dict.fromkeys(kinds)]
    return " and ".join(counted) or "nothing"


def _breached(states: Sequence[ObjectiveStatus]) -> Verdict:
    breached = [one.name for one in states if one.state is ObjectiveState.BREACHED]
    if breached:
        return true("BudgetSpent", f"the error budget is spent of: {', '.join(breached)}")
    blind = [one.name for one in states if one.state is ObjectiveState.NO_DATA]
    if blind:
        return unknown("NoData", f"not known of: {', '.join(blind)}")
    return false(
        "BudgetLeft", "every objective has error budget left" if states else "there are no objectives"
    )


def _conflict(outcome: Outcome) -> Verdict:
    taken = [str(child.failure) for child in outcome.children if isinstance(child.failure, OwnedByOther)]
    if taken:
        return true("NameTaken", "\n".join(taken))
    if isinstance(outcome.pods.failure, FieldTaken):
        return true("FieldTaken", str(outcome.pods.failure))
    return false("NoConflict", "every name is free or ours")


def _by_type(status: ModelMonitorStatus) -> dict[str, Condition]:
    return {one.type: one for one in status.conditions}


@dataclass(frozen=True, slots=True)
class _Clock:
    """Conditions keep the time of their last change."""

    before: dict[str, Condition]
    generation: int
    now: datetime

    def condition(self, name: str, verdict: Verdict) -> Condition:
        was = self.before.get(name)
        unchanged = was is not None and was.status is verdict.status
        since = was.last_transition_time if was is not None and unchanged else self.now
        return Condition(
            type=name,
            status=verdict.status,
            reason=verdict.reason,
            message=verdict.message,
            last_transition_time=verdict.since or since,
            observed_generation=self.generation,
        )
