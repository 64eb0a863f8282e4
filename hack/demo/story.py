"""The acts of the story, each of which fails if it does not end as it must."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from demo import fault, stack
from demo.session import StoryError, until
from demo.stack import Stage
from demo.timeline import Timeline
from modelmonitor import api, plan
from modelmonitor.plan import oracle

NAMESPACE, NAME = "demo", "breast-cancer"
MONITOR = Path(__file__).with_name("monitor.yaml")
GROUPS = 6
"""Three for each of the two objectives."""
ERRORS = Fraction(1, 2)
SCRAPE = Fraction(5)
CERTAIN_ERRORS = Fraction(4, 10)
"""What half of the requests comes to at the least, by chance, within any window of the story."""
OBSERVED_WITHIN = 15.0
"""Seconds between an alert and our seeing it: unaligned scrapes and evaluations, and our own polling."""


@dataclass
class Story:
    """A stage, and what has happened on it."""

    stage: Stage
    timeline: Timeline = field(default_factory=Timeline)
    broke: float = 0.0
    fired: dict[str, float] = field(default_factory=dict)
    """Seconds from the break until each pair of the objective availability fired."""

    def begin(self) -> None:
        """Start from nothing: a sound model, no monitor, and a Prometheus that remembers no earlier one."""
        self.switch("--heal")
        self.stage.session.run("delete", "modelmonitors", "--all", "-n", NAMESPACE)
        if stack.scraped(
            self.stage.session, f'last_over_time(slo:sli_total:increase5m{{monitor="{NAME}"}}[1h])'
        ):
            self.timeline.waiting("Prometheus forgets the story that was told before")
            self.stage.session.run("delete", "pod", "prometheus-demo-0", "-n", "monitoring")
            stack.await_ready(self.stage)

    def apply_the_monitor(self) -> None:
        """One YAML: the rules appear in Prometheus, healthy."""
        self.stage.session.run("apply", "-f", MONITOR)
        self.timeline.note("kubectl apply: one ModelMonitor with two objectives")
        until("the condition RulesLoaded is True", 180, lambda: self.condition("RulesLoaded") == "True")
        groups = self.groups()
        sick = self.unhealthy("ok", "unknown")
        if len(groups) != GROUPS or sick:
            raise StoryError(f"expected {GROUPS} groups of healthy rules, got {len(groups)}, sick: {sick}")
        rules = sum(len(group["rules"]) for group in groups)
        self.timeline.note(f"Prometheus has loaded {rules} rules in {len(groups)} groups")

    def refuse_an_invalid_edit(self) -> None:
        """An edit that cannot work changes nothing that is there; the monitor says what is wrong."""
        before = self.children()
        wrong = [{"op": "replace", "path": "/spec/objectives/0/pairs/0/factor", "value": 200}]
        self.stage.session.run("patch", "mm", NAME, "-n", NAMESPACE, "--type=json", "-p", json.dumps(wrong))
        until("Ready is False with reason SpecInvalid", 30, lambda: self.reason("Ready") == "SpecInvalid")
        self.timeline.note(
            "an edit that could never fire is refused: " + self.message("Ready").partition(";")[0]
        )
        if self.children() != before:
            raise StoryError(
                f"expected the children untouched by an invalid edit, got {self.children()}, had {before}"
            )
        self.stage.session.run("apply", "-f", MONITOR)
        until("Ready is True again", 30, lambda: self.condition("Ready") == "True")
        self.timeline.note("the edit is taken back; the old rules were in place all the time")

    def see_objectives_met(self) -> None:
        """While the model works, its objectives are met."""
        self.timeline.waiting(
            "the error budget is recorded every five minutes: up to five minutes for the first"
        )
        until("every rule is evaluated and well", 420, lambda: not self.unhealthy("ok"))
        met = {"availability": "Met", "fast": "Met"}
        until(f"the status says {met}", 60, lambda: self.states() == met)
        self.timeline.note("all rules are evaluated, both objectives are met:\n" + self.table())

    def break_the_model(self) -> None:
        """Half of the requests fail from now on."""
        firing = [alert for alert in self.alerts() if alert["state"] == "firing"]
        if firing:
            raise StoryError(f"expected no alert before anything is wrong, got {firing}")
        self.switch("--errors", str(float(ERRORS)))
        self.broke = self.timeline.note("the model breaks: half of its requests fail")
        self.fired.clear()

    def see_alerts_fire(self) -> None:
        """Every pair fires no later than arithmetic says, the page before the ticket."""
        limits = self.limits()
        self.timeline.waiting(f"by arithmetic the alerts fire within {shown(limits)} at the latest")
        until(f"firing: {', '.join(limits)}", max(limits.values()), lambda: self.watch() >= limits.keys())
        late = {pair: self.fired[pair] for pair in limits if self.fired[pair] > limits[pair]}
        if late or self.fired["page-quick"] >= self.fired["ticket-slow"]:
            raise StoryError(
                f"expected the page, then the ticket, within {shown(limits)}, got {shown(self.fired)}"
            )
        if bystanders := {alert["labels"]["slo_name"] for alert in self.alerts()} - {"availability"}:
            raise StoryError(f"expected alerts of the objective availability alone, got {bystanders}")

    def kill_the_operator(self) -> None:
        """Without its operator nothing stops: the rules stay, another pod takes over."""
        before, holder = self.children(), self.holder()
        pods = [pod["metadata"]["name"] for pod in self.stage.session.items("pods", stack.SYSTEM)]
        leading = next(pod for pod in pods if holder.startswith(pod))
        self.stage.session.run("delete", "pod", leading, "-n", stack.SYSTEM, "--grace-period=0", "--force")
        self.timeline.note(f"the operator's leading pod is killed ({leading})")
        until("another pod holds the Lease", 30, lambda: self.holder() not in {"", holder})
        if self.children() != before:
            raise StoryError(f"expected the children untouched, got {self.children()}, had {before}")
        if not any(alert["state"] == "firing" for alert in self.alerts()):
            raise StoryError("expected the alerts to go on firing without the operator, got none")
        self.timeline.note(f"{self.holder()} has taken over; rules and alerts never noticed")

    def see_the_breach(self) -> None:
        """The monitor itself says that the promise is broken."""
        self.timeline.waiting("the budget is recorded every five minutes: up to five minutes for the breach")
        until("availability is Breached", 420, lambda: self.states().get("availability") == "Breached")
        until("the condition Breached is True", 30, lambda: self.condition("Breached") == "True")
        self.timeline.note("the error budget is spent:\n" + self.table())

    def heal_the_model(self) -> None:
        """The errors end, and the alerts soon after."""
        self.switch("--heal")
        healed = self.timeline.note("the model is healed")
        until(
            "no alert fires",
            240,
            lambda: not [alert for alert in self.alerts() if alert["state"] == "firing"],
        )
        seconds = self.timeline.note("all alerts are resolved") - healed
        limit = max(float(pair.short.exact_seconds) for pair in self.pairs()) + OBSERVED_WITHIN
        if seconds > limit:
            raise StoryError(f"expected the alerts to end within {limit:.0f} s, got {seconds:.0f} s")

    def delete_the_monitor(self) -> None:
        """What the monitor became goes with it."""
        self.stage.session.run("delete", "-f", MONITOR, "--timeout=30s")
        until("every child is gone", 60, lambda: not self.children())
        until("Prometheus has forgotten the rules", 120, lambda: not self.groups())
        self.timeline.note("the monitor is deleted, and its rules and dashboards with it")

    def watch(self) -> set[str]:
        """Note which pairs have begun to fire since the break; return all that fire."""
        for alert in self.alerts():
            pair = alert["labels"].get("pair", "")
            if alert["state"] == "firing" and pair not in self.fired:
                text = f"{alert['labels']['severity']}: {alert['annotations']['summary']} (pair {pair})"
                self.fired[pair] = self.timeline.note(text) - self.broke
        return set(self.fired)

    def limits(self) -> dict[str, float]:
        """Return the seconds within which each pair must be seen to fire; less history makes it sooner."""
        slo = self.slo()
        outage = oracle.Outage(CERTAIN_ERRORS, SCRAPE, oracle.Counting.FROM_ZERO)
        forecasts = {
            pair.name: oracle.forecast(pair, pair.threshold(slo.budget), outage) for pair in slo.pairs
        }
        return {name: float(one.firing or 0) + OBSERVED_WITHIN for name, one in forecasts.items()}

    def slo(self) -> Any:
        """Return the objective availability as it is planned."""
        return plan.objectives(api.parse(yaml.safe_load(MONITOR.read_text())))[0]

    def pairs(self) -> Any:
        """Return the pairs of the objective availability."""
        return self.slo().pairs

    def switch(self, *arguments: str) -> None:
        """Turn the fault switch of every replica."""
        try:
            fault.switch([str(word) for word in self.stage.session.command], arguments)
        except subprocess.CalledProcessError as failure:
            raise StoryError(
                f"the fault switch: expected success, got: {failure.stderr.strip()}"
            ) from failure

    def unhealthy(self, *healthy: str) -> dict[str, str]:
        """Return the rules that are in another state than these, with Prometheus' words."""
        rules = [rule for group in self.groups() for rule in group["rules"]]
        return {one["name"]: one.get("lastError", "") for one in rules if one["health"] not in healthy}

    def alerts(self) -> list[dict[str, Any]]:
        """Return the monitor's alerts, pending or firing."""
        data = self.stage.session.prometheus("alerts") or {"alerts": []}
        return [alert for alert in data["alerts"] if alert["labels"].get("monitor") == NAME]

    def groups(self) -> list[dict[str, Any]]:
        """Return the monitor's groups of rules as Prometheus has them."""
        data = self.stage.session.prometheus("rules") or {"groups": []}
        return [group for group in data["groups"] if f"{NAMESPACE}-{NAME}-slo" in group["file"]]

    def holder(self) -> str:
        """Return who leads: the name of a pod and of its process."""
        lease = self.stage.session.get("lease", "modelmonitor", stack.SYSTEM)
        return str(lease.get("spec", {}).get("holderIdentity", ""))

    def children(self) -> dict[str, str]:
        """Return the version of each child."""
        owned = f"modelmonitor.dev/monitor={NAME}"
        kinds = ("prometheusrules", "configmaps")
        found = [item for kind in kinds for item in self.stage.session.items(kind, NAMESPACE, owned)]
        return {
            f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["resourceVersion"] for one in found
        }

    def status(self) -> dict[str, Any]:
        """Return the monitor's status."""
        return dict(self.stage.session.get("modelmonitor", NAME, NAMESPACE).get("status", {}))

    def states(self) -> dict[str, str]:
        """Return how each objective stands."""
        return {one["name"]: one["state"] for one in self.status().get("objectives", ())}

    def condition(self, kind: str) -> str:
        """Return the status of a condition of the monitor's present generation."""
        return str(self._condition(kind).get("status", ""))

    def reason(self, kind: str) -> str:
        """Return the reason of a condition."""
        return str(self._condition(kind).get("reason", ""))

    def message(self, kind: str) -> str:
        """Return the message of a condition."""
        return str(self._condition(kind).get("message", ""))

    def table(self) -> str:
        """Return what kubectl shows."""
        lines = self.stage.session.run("get", "modelmonitors", "-n", NAMESPACE).splitlines()
        return "\n".join(f"{'':9}{line}" for line in lines)

    def _condition(self, kind: str) -> dict[str, Any]:
        monitor = self.stage.session.get("modelmonitor", NAME, NAMESPACE)
        generation = monitor.get("metadata", {}).get("generation")
        found = [one for one in monitor.get("status", {}).get("conditions", ()) if one["type"] == kind]
        return dict(found[0]) if found and found[0]["observedGeneration"] == generation else {}


def shown(seconds: Mapping[str, float]) -> str:
    """Write times of pairs as people read them."""
    return ", ".join(
        f"{pair} {time_:.0f} s" for pair, time_ in sorted(seconds.items(), key=lambda one: one[1])
    )
