"""Whether alerts reach the people whom a monitor names: its routes applied, their Secrets there, taken."""

from collections.abc import Sequence

from modelmonitor.errors import KindMissing
from modelmonitor.report.outcome import Need, Outcome
from modelmonitor.report.verdict import Verdict, false, true, unknown

REMEDY = "install prometheus-operator, or leave spec.alerts out and route in Alertmanager's own configuration"


def applied(outcome: Outcome) -> Verdict:
    """Judge whether the routes of a monitor are in force, as far as can be seen from outside."""
    if outcome.routing.needs:
        return _needed(outcome.routing.needs)
    children = outcome.part("routes")
    if not children:
        return true("NothingPlanned", "the spec names nobody; alerts go where your Alertmanager sends them")
    for child in children:
        if child.failure is not None:
            remedy = f": {REMEDY}" if isinstance(child.failure, KindMissing) else ""
            return false(child.failure.reason, f"{child.failure}{remedy}")
    return _taken(outcome)


def _needed(needs: Sequence[Need]) -> Verdict:
    """Say which Secrets are missing, for want of which no route is applied."""
    absent = [one for one in needs if not one.is_there]
    said = [
        f"{one.path}: expected Secret {one.secret} with key {one.key}, got "
        f"{'none of this key' if one.is_there else 'none'}"
        for one in needs
    ]
    remedy = "until they are there, and hold something, no route of this monitor is applied"
    return false("SecretMissing" if absent else "SecretKeyMissing", "\n".join([*said, remedy]))


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
