"""What a cluster says of one monitor: its status, its children, its rules and alerts in Prometheus."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.session import MONITORS, Session, until

SYSTEM = "modelmonitor-system"
CHILDREN = "prometheusrules,configmaps,podmonitors,services,alertmanagerconfigs"


@dataclass(frozen=True)
class Alert:
    """An alert that is pending or firing, and since when, in seconds since 1970."""

    name: str
    state: str
    severity: str
    objective: str
    since: float
    summary: str


@dataclass(frozen=True)
class Monitored:
    """One monitor in a cluster."""

    session: Session
    namespace: str
    name: str

    def alerts(self) -> list[Alert]:
        """Return the monitor's alerts, pending or firing."""
        data = self._answer("alerts")
        return [_alert(one) for one in data["alerts"] if one["labels"].get("monitor") == self.name]

    def firing(self, name: str, objective: str = "") -> Alert | None:
        """Return the alert of this name, of an objective if it is about one, if it fires."""
        found = (it for it in self.alerts() if (it.name, it.objective) == (name, objective))
        return next((it for it in found if it.state == "firing"), None)

    def groups(self) -> list[dict[str, Any]]:
        """Return the monitor's groups of rules as Prometheus has them."""
        data = self._answer("rules")
        return [it for it in data["groups"] if f"/{self.namespace}-{self.name}-" in it["file"]]

    def unhealthy(self) -> dict[str, str]:
        """Return the rules that failed, with Prometheus' words."""
        rules = [rule for group in self.groups() for rule in group["rules"]]
        return {one["name"]: one.get("lastError", "") for one in rules if one["health"] == "err"}

    def value(self, query: str) -> float | None:
        """Return the one number that a query yields; None where it yields none."""
        answer = self.session.prometheus("query", query=query)
        return float(answer["result"][0]["value"][1]) if answer and answer["result"] else None

    def holder(self) -> str:
        """Return who leads: the name of a pod and of its process."""
        lease = self.session.get("lease", "modelmonitor", SYSTEM)
        return str(lease.get("spec", {}).get("holderIdentity", ""))

    def children(self) -> dict[str, str]:
        """Return the version of each child."""
        found = self.session.items(CHILDREN, self.namespace, f"modelmonitor.dev/monitor={self.name}")
        return {
            f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["resourceVersion"] for one in found
        }

    def states(self) -> dict[str, str]:
        """Return how each objective stands."""
        status = self.session.get(MONITORS, self.name, self.namespace).get("status", {})
        return {one["name"]: one["state"] for one in status.get("objectives", ())}

    def condition(self, kind: str) -> str:
        """Return the status of a condition of the monitor's present generation."""
        return str(self._condition(kind).get("status", ""))

    def reason(self, kind: str) -> str:
        """Return the reason of a condition."""
        return str(self._condition(kind).get("reason", ""))

    def message(self, kind: str) -> str:
        """Return the message of a condition."""
        return str(self._condition(kind).get("message", ""))

    def told(self, *kinds: str) -> str:
        """Write what conditions say."""
        return "; ".join(f"{it}={self.condition(it)} {self.reason(it)}: {self.message(it)}" for it in kinds)

    def table(self) -> str:
        """Return what kubectl shows."""
        lines = self.session.run("get", MONITORS, "-n", self.namespace).splitlines()
        return "\n".join(f"{'':8}{line}" for line in lines)

    def _answer(self, path: str) -> dict[str, Any]:
        """Ask Prometheus until it answers: silence would look like peace."""
        return dict(until(f"Prometheus tells {path}", 60, lambda: self.session.prometheus(path)))

    def _condition(self, kind: str) -> dict[str, Any]:
        monitor = self.session.get(MONITORS, self.name, self.namespace)
        generation = monitor.get("metadata", {}).get("generation")
        found = [one for one in monitor.get("status", {}).get("conditions", ()) if one["type"] == kind]
        return dict(found[0]) if found and found[0]["observedGeneration"] == generation else {}


def _alert(found: dict[str, Any]) -> Alert:
    labels = found["labels"]
    since = datetime.fromisoformat(found["activeAt"][:19] + "+00:00").timestamp()
    return Alert(
        labels["alertname"],
        found["state"],
        labels["severity"],
        labels.get("slo_name", ""),
        since,
        found["annotations"]["summary"],
    )
