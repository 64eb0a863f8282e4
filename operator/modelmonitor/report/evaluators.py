"""What evaluators say of themselves: whether they count, and whether against the reference of the rules."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from modelmonitor.api.status import Condition
from modelmonitor.report.outcome import Asked, Evidence, Outcome
from modelmonitor.report.sights import COUNTING, INVALID, OVER_BUDGET, UNCONFIGURED, Counted, Evaluators
from modelmonitor.report.verdict import Verdict, false, silent, true, unknown

GRACE = timedelta(minutes=5)
"""How long evaluators may take to a new reference: the kubelet syncs, they reload, Prometheus scrapes."""
_FAILURES = {
    OVER_BUDGET: (
        "EvaluatorsOverBudget",
        (
            "would make more series than maxSeries allows and count requests alone: name fewer segments, "
            "protected attributes or classes, or take a smaller reference"
        ),
    ),
    INVALID: (
        "EvaluatorsRefuse",
        "cannot use their config or reference and go on with the last good one, if there was one",
    ),
    UNCONFIGURED: (
        "EvaluatorsUnconfigured",
        "have no config and count requests alone: mount the ConfigMap <monitor>-evaluator into their pods",
    ),
}
_ASK = "why, says /v1/stats and the log of the container modelmonitor-evaluator"


def failing(outcome: Outcome) -> Verdict:
    """Judge whether evaluators do not count what they should: this one is bad when it is true."""
    if not outcome.asked.evaluators:
        return false("NothingPlanned", "the spec asks for nothing that evaluators count")
    if not isinstance(outcome.prometheus, Evidence):
        return silent(outcome.prometheus)
    counted = outcome.counted
    total = _number(counted.evaluators)
    for state, (reason, text) in _FAILURES.items():
        if number := _number(one for one in counted.evaluators if one.state == state):
            return true(reason, f"{number} of {_evaluators(total)} {text}; {_ASK}")
    if not total:
        missing = next((f": {one.failure}" for one in outcome.part("scrape") if one.failure), "")
        seen = f"Prometheus scrapes no evaluator of this monitor{missing or _strangers(counted)}"
        return unknown("NotSeen", seen)
    return false("Counting", f"{_evaluators(total)} count")


def referenced(outcome: Outcome, before: Condition | None, now: datetime) -> Verdict:
    """Judge whether the reference can be used, and is what evaluators count against."""
    if outcome.held is not None:
        return false(outcome.held.reason, str(outcome.held))
    asked = outcome.asked
    if not asked.reference:
        return true("NothingReferenced", "the spec names no reference")
    profile = f"profile {asked.profile} of ConfigMap {asked.reference}"
    counting = [one for one in outcome.counted.evaluators if one.state == COUNTING]
    others = [one for one in counting if one.profile != asked.profile]
    if others:
        hashes = ", ".join(sorted({one.profile or "none" for one in others})[:3])
        shares = f"{_number(others)} of {_evaluators(_number(counting))}: {hashes}"
        return _another(asked, shares, before, now)
    if counting:
        return true("Counted", f"evaluators count against {profile}")
    return true("Usable", f"{profile}; no evaluator is seen that counts against it")


def _another(asked: Asked, others: str, before: Condition | None, now: datetime) -> Verdict:
    """Wait for evaluators that count against another reference; then say that something is wrong."""
    waited = before is not None and before.reason == "RollingOut"
    since = before.last_transition_time if before is not None and waited else now
    late = (before is not None and before.reason == "NotCounted") or now - since >= GRACE
    said = f"expected evaluators to count against profile {asked.profile}, got another with {others}"
    if late:
        return false("NotCounted", f"{said}; is ConfigMap {asked.reference} mounted into their pods?")
    verdict = unknown("RollingOut", f"{said}; drift and quality are told of the others alone until then")
    return Verdict(verdict.status, verdict.reason, verdict.message, since)


def _number(evaluators: Iterable[Evaluators]) -> int:
    return sum(one.number for one in evaluators)


def _evaluators(number: int) -> str:
    return f"{number} evaluator{'s' * (number > 1)}"


def _strangers(counted: Counted) -> str:
    if not counted.strangers:
        return "; are there any, and does a PodMonitor select them?"
    return f"; {_evaluators(counted.strangers)} of the namespace know no monitor: without a usable config"
