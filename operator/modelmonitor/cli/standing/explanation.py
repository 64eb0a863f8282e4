"""Why a monitor stands as it does, put together from its status and from Prometheus."""

import dataclasses
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modelmonitor import wire
from modelmonitor.api import ModelMonitor
from modelmonitor.cli.reaching.prometheus import NotAnswered, Prometheus
from modelmonitor.cli.standing import alerts, burning, reasons
from modelmonitor.cli.standing.alerts import Alert
from modelmonitor.cli.standing.burning import Burning
from modelmonitor.cli.standing.conditions import Trouble
from modelmonitor.cli.standing.monitor import UNSEEN, Json, Standing
from modelmonitor.errors import MonitorError
from modelmonitor.wire.profile import Profile

_WORST = 5
_STEPS = 6


@dataclass(frozen=True, slots=True)
class Numbers:
    """What Prometheus says; where it says nothing, why.

    Attributes
    ----------
    left
        The share of each error budget that is left.
    """

    alerts: Sequence[Alert] = ()
    burning: Sequence[Burning] = ()
    left: Json = dataclasses.field(default_factory=dict)
    silent: str = ""
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why, in the order in which one thing leads to another."""

    standing: Standing
    numbers: Numbers

    @property
    def verdict(self) -> str:
        """How it stands, in a sentence."""
        one = self.standing
        spent = [it["name"] for it in one.objectives if it["state"] == "Breached"]
        bad = [it for it in one.troubles if it.is_bad and it.type != "Breached"]
        if one.health == UNSEEN:
            return (
                "unseen: no operator has looked at it yet; is one running, and does it watch this namespace?"
            )
        if spent:
            return f"breached: the error budget is spent of {', '.join(spent)}"
        if bad:
            return f"not well: {bad[0].type} is {bad[0].status} ({bad[0].reason})"
        words = {"AtRisk": "at risk", "NoData": "not known", "Met": "well: every objective is met"}
        return words.get(one.health, "well: it has no objectives, and every condition is good")

    @property
    def causes(self) -> list[Trouble]:
        """The conditions that are not well, causes before effects."""
        return self.standing.troubles

    @property
    def worst(self) -> list[Json]:
        """The columns that have drifted, worst first."""
        return [it for it in self.standing.drift if it["state"] == "Drift"][:_WORST]

    @property
    def silent(self) -> list[tuple[str, str, str]]:
        """What has no data: its name, the reason in a word, and in a sentence."""
        blind = [it for it in self.standing.objectives if it["state"] == "NoData"]
        why = [(it["name"], str(it.get("reason", ""))) for it in blind]
        few = [it for it in self.standing.drift if it["state"] == "NoData"]
        return [(name, reason, reasons.words(reason, name)) for name, reason in why] + [
            (it["feature"], it.get("reason", ""), f"too few rows for a verdict: {it.get('samples', 0):,}")
            for it in few
        ]

    @property
    def steps(self) -> list[str]:
        """What to do next, the most urgent first."""
        return list(dict.fromkeys(self._steps()))[:_STEPS]

    def _steps(self) -> Iterator[str]:
        one = self.standing
        where = f"{one.name} -n {one.namespace}"
        for alert in (it for it in self.numbers.alerts if it.firing):
            about = f" ({alert.subject})" if alert.subject else ""
            yield f"{alert.name}{about} fires: {runbook(alert.name)}"
        for trouble in self.causes:
            if trouble.is_bad and trouble.type not in {"Breached", "Ready"}:
                yield f"{trouble.type}: {_remedy(trouble.message)}"
        if one.health in {"Breached", "AtRisk"} or self.worst:
            yield f"look at it: kubectl modelmonitor open {where}"
        if self.numbers.silent:
            yield self.numbers.silent
        if one.health == UNSEEN:
            yield "kubectl get deployments -A -l app.kubernetes.io/name=modelmonitor shows the operator"

    def document(self) -> dict[str, Any]:
        """Return it for programs."""
        numbers = self.numbers
        return {
            "namespace": self.standing.namespace,
            "name": self.standing.name,
            "verdict": self.verdict,
            "causes": [dataclasses.asdict(it) for it in self.causes],
            "objectives": list(self.standing.objectives),
            "burning": [{**dataclasses.asdict(it), "exceeds": it.exceeds} for it in numbers.burning],
            "drifted": self.worst,
            "labels": dict(self.standing.labels),
            "silent": [dict(zip(("name", "reason", "why"), it, strict=True)) for it in self.silent],
            "alerts": [{**dataclasses.asdict(it), "runbook": runbook(it.name)} for it in numbers.alerts],
            "prometheus": numbers.asked or None,
            "next": self.steps,
        }


def runbook(alert: str) -> str:
    """Return the address of the page about an alert."""
    return f"{wire.RUNBOOKS}/{alert}"


def numbers(monitor: ModelMonitor, profile: Profile | None, prometheus: Prometheus) -> Numbers:
    """Ask Prometheus for what is behind a status."""
    at, where = time.time(), prometheus.address.through or prometheus.address.name
    try:
        raised = alerts.raised(monitor.namespace, monitor.name, prometheus, at)
        burns = burning.burning(monitor, profile, prometheus, at)
        return Numbers(raised, burns, burning.left(monitor, prometheus, at), asked=where)
    except (NotAnswered, MonitorError) as error:
        return Numbers(silent=f"no numbers of Prometheus: {error}", asked=where)


def _remedy(message: str) -> str:
    """Return what a message says that is to be done; all of it where it says nothing such."""
    first = message.splitlines()[0] if message else ""
    return first.partition("; ")[2] or first
