"""What Prometheus' answers mean for the conditions RulesLoaded and DataFlowing."""

from datetime import datetime, timedelta

from modelmonitor.api.status import Condition, ConditionStatus
from modelmonitor.report import absence
from modelmonitor.report.objectives import sight_of
from modelmonitor.report.outcome import Evidence, Outcome
from modelmonitor.report.verdict import Verdict, false, silent, true, unknown

GRACE = timedelta(minutes=3)
"""How long loading may take: prometheus-operator writes, the kubelet syncs, Prometheus reloads."""


def loaded(outcome: Outcome, applied: Verdict, before: Condition | None, now: datetime) -> Verdict:
    """Judge whether Prometheus evaluates the rules, and says that they are well."""
    found = outcome.prometheus
    if not outcome.part("rules"):
        return true("NothingPlanned", "the spec asks for no rules")
    if not isinstance(found, Evidence):
        return silent(found)
    if found.loading.missing:
        return _missing(outcome, found, applied, before, now)
    if found.loading.error:
        return false("RulesUnhealthy", f"Prometheus cannot evaluate {found.loading.error}")
    short = [
        one
        for one in outcome.promises
        if found.retention_seconds and one.window_seconds > found.retention_seconds
    ]
    if short:
        names = ", ".join(f"{one.name} ({one.window})" for one in short)
        return true(
            "RetentionTooShort",
            f"loaded, but Prometheus keeps samples for {found.retention}, less than the window of {names}: "
            "their budgets count what is kept alone; raise the retention, shorten the window, or let "
            "spec.prometheus.url name a long-term store",
        )
    return true("Loaded", "every group is loaded, every rule is well")


def flowing(outcome: Outcome, rules: ConditionStatus) -> Verdict:
    """Judge whether every objective is measured; `rules` says whether its rules are loaded."""
    found = outcome.prometheus
    if not outcome.promises:
        return true("NothingMeasured", "there are no objectives")
    if not isinstance(found, Evidence):
        return silent(found)
    if rules is not ConditionStatus.TRUE:
        return unknown("RulesNotLoaded", "without rules nothing is measured; see RulesLoaded")
    why: dict[str, list[str]] = {}
    for one in outcome.promises:
        sight = sight_of(outcome, one.name)
        if not sight.flowing:
            why.setdefault(absence.stillness(outcome, one, sight), []).append(one.name)
    if not why:
        return true("Flowing", "every objective had events in the last five minutes")
    reasons = sorted(why, key=list(absence.EXPLAINED).index)
    message = "\n".join(absence.EXPLAINED[reason].format(", ".join(why[reason])) for reason in reasons)
    return (false if reasons[0] in absence.FAILURES else unknown)(reasons[0], message)


def _missing(
    outcome: Outcome, found: Evidence, applied: Verdict, before: Condition | None, now: datetime
) -> Verdict:
    names, was = ", ".join(found.loading.missing), before.reason if before else ""
    if applied.status is not ConditionStatus.TRUE:
        return false("NotApplied", f"the rules are not applied, see RulesApplied; missing: {names}")
    since = before.last_transition_time if before and was == "Waiting" else now
    if was == "NotSelected" or now - since >= GRACE:
        return false("NotSelected", f"Prometheus has not loaded {names}; {_remedy(outcome)}")
    return Verdict(ConditionStatus.UNKNOWN, "Waiting", f"Prometheus has not loaded yet: {names}", since)


def _remedy(outcome: Outcome) -> str:
    if outcome.output == "ConfigMap":
        return "mount the rules' ConfigMaps into Prometheus and name their files under rule_files"
    return (
        f"its ruleSelector and ruleNamespaceSelector must select the rules, which carry {outcome.selectors}; "
        "set spec.prometheus.labels, or the operator's --rule-label, to what it selects by"
    )
