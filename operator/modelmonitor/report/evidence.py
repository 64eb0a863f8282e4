"""What Prometheus' answers mean for the conditions RulesLoaded and DataFlowing."""

from datetime import datetime, timedelta

from modelmonitor.api.status import Condition, ConditionStatus
from modelmonitor.errors import PrometheusError
from modelmonitor.report.objectives import sight_of
from modelmonitor.report.outcome import Evidence, Outcome
from modelmonitor.report.verdict import Verdict, false, true, unknown

GRACE = timedelta(minutes=3)
"""How long loading may take: prometheus-operator writes, the kubelet syncs, Prometheus reloads."""


def loaded(outcome: Outcome, applied: Verdict, before: Condition | None, now: datetime) -> Verdict:
    """Judge whether Prometheus evaluates the rules, and says that they are well."""
    found = outcome.prometheus
    if not outcome.promises:
        return true("NothingPlanned", "the spec asks for no rules")
    if not isinstance(found, Evidence):
        return _silent(found)
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


def flowing(outcome: Outcome, rules: Verdict) -> Verdict:
    """Judge whether every objective is measured."""
    found = outcome.prometheus
    if not outcome.promises:
        return true("NothingMeasured", "there are no objectives")
    if not isinstance(found, Evidence):
        return _silent(found)
    if rules.status is not ConditionStatus.TRUE:
        return unknown("RulesNotLoaded", "without rules nothing is measured; see RulesLoaded")
    still = [one.name for one in outcome.promises if not sight_of(outcome, one.name).flowing]
    if not still:
        return true("Flowing", "every objective had events in the last five minutes")
    absent = [name for name in still if sight_of(outcome, name).absent]
    if absent:
        return false(
            "NoSeries",
            f"Prometheus has no series that these objectives are measured by: {', '.join(absent)}; "
            "is the target scraped, do the selectors fit?",
        )
    return false("NoTraffic", f"no events in the last five minutes: {', '.join(still)}")


def _silent(found: PrometheusError | None) -> Verdict:
    if found is None:
        return unknown(
            "PrometheusNotConfigured",
            "no address of Prometheus is known; set the operator's --prometheus-url or spec.prometheus.url",
        )
    return unknown(found.reason, str(found))


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
