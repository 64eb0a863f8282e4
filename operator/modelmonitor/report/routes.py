"""Whether alerts reach the people whom a monitor names: its routes applied, their Secrets there, taken."""

from collections.abc import Sequence

from modelmonitor.api.status import ConditionStatus
from modelmonitor.errors import KindMissing
from modelmonitor.report.outcome import Need, Outcome
from modelmonitor.report.verdict import Verdict, false, true, unknown

REMEDY = "install prometheus-operator, or leave spec.alerts out and route in Alertmanager's own configuration"


def applied(outcome: Outcome) -> Verdict:
    """Judge whether the routes of a monitor are in force, as far as can be seen from outside."""
    needs = outcome.routing.needs
    if any(one.withholds for one in needs):
        return _needed(needs)
    children = outcome.part("routes")
    if not children:
        return true("NothingPlanned", "the spec names nobody; alerts go where your Alertmanager sends them")
    for child in children:
        if child.failure is not None:
            remedy = f": {REMEDY}" if isinstance(child.failure, KindMissing) else ""
            return false(child.failure.reason, f"{child.failure}{remedy}")
    verdict = _taken(outcome)  # who is told nothing at all has to know that first
    return _needed(needs) if needs and verdict.status is not ConditionStatus.FALSE else verdict


def _needed(needs: Sequence[Need]) -> Verdict:
    """Say which Secrets are missing or malformed, and whether any route is applied all the same."""
    absent, keyless = any(not one.is_there for one in needs), any(not one.flaw for one in needs)
    reason = "SecretMissing" if absent else "SecretKeyMissing" if keyless else "SecretMalformed"
    flawed, withheld = any(one.flaw for one in needs), any(one.withholds for one in needs)
    remedy = "write such values with `printf %s`, or by --from-literal: `echo` adds a line break; "
    end = "until then no route of this monitor is applied" if withheld else "the other receivers are told"
    return false(reason, "\n".join([*map(_lacking, needs), f"{remedy if flawed else ''}{end}"]))


def _lacking(one: Need) -> str:
    if one.flaw:
        return (
            f"{one.path}: expected nothing but the value in key {one.key} of Secret {one.secret}, got "
            f"{one.flaw}"
        )
    got = "none of this key, or an empty one" if one.is_there else "none"
    return f"{one.path}: expected Secret {one.secret} with key {one.key}, got {got}"


def _taken(outcome: Outcome) -> Verdict:
    found = outcome.routing
    if found.unseen is not None:
        return unknown(
            found.unseen.reason, f"applied, but whether an Alertmanager takes it is not known: {found.unseen}"
        )
    if not found.alertmanagers:
        return false(
            "NotSelected",
            "expected an Alertmanager of prometheus-operator, got none in the cluster; create one",
        )
    if not found.taking:
        return false(
            "NotSelected",
            f"expected an Alertmanager that selects an AlertmanagerConfig of this namespace with the labels "
            f"{found.labels}; got none of {', '.join(found.alertmanagers)}; set spec.alerts.labels to what "
            "its alertmanagerConfigSelector asks for, or let its alertmanagerConfigNamespaceSelector take "
            "this namespace",
        )
    unchecked = f"; Secrets were not checked: {found.unchecked}" if found.unchecked else ""
    return true("Applied", f"taken by {', '.join(found.taking)}{unchecked}")
