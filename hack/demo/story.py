"""The acts of the story, each of which fails if it does not end as it must."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from demo import forgetting, live
from demo.mailbox import Mailbox, Message
from demo.monitored import SYSTEM, Alert, Monitored
from demo.session import MONITORS, StoryError, until
from demo.stack import ROOT, Stage
from demo.timeline import Passage, Timeline
from demo.workload import DEPLOYMENT, NAME, NAMESPACE, REPLICAS, Workload
from modelmonitor import api
from modelmonitor.plan import burnrate, names, oracle

MONITOR = Path(__file__).parent / "monitor" / "flights.yaml"
BUILD = ROOT / "build" / "demo"
ERRORS = Fraction(1, 2)
SCRAPE = Fraction(5)
CERTAIN_ERRORS = Fraction(4, 10)
"""What half of the requests comes to at the least, by chance, within any window of the story."""
OBSERVED_WITHIN = 15.0
"""Seconds between an alert and our seeing it: unaligned scrapes and evaluations, and our own polling."""
PROFILE = "--target late --prediction prediction --score score --positive-class late"
EXCESS = 'modelmonitor:drift:excess12m{namespace="demo",monitor="flights",feature="@score",statistic="PSI"}'
"""How near the score is to the drift that would alarm, which is at 1."""
ACCURACY = '1 - max without (slo_window) (slo:sli_error:ratio_rate30s{slo_id="demo/flights/accurate"})'


@dataclass
class Story:
    """A stage, and what has happened on it."""

    stage: Stage
    timeline: Timeline = field(default_factory=Timeline)
    pods: dict[str, Any] = field(default_factory=dict)
    """The template of the model's pods before anything happened."""
    times: dict[str, float] = field(default_factory=dict)
    """When what happened, in seconds since 1970."""

    def __post_init__(self) -> None:
        self.session = self.stage.session
        self.monitor = Monitored(self.session, NAMESPACE, NAME)
        self.model = Workload(self.session)
        self.mailbox = Mailbox(self.session)

    def begin(self) -> None:
        """Start from nothing: autumn, a sound model, no monitor, and nobody who remembers an earlier one."""
        if forgetting.forget(self.session):
            self.timeline.waiting("what is left of an earlier story is forgotten")
        self.model.season("autumn")
        self.pods = self.model.template()
        self.mailbox.empty()
        until("an answer to every request of ten seconds", 120, self.model.answers)
        self.timeline.note(f"{REPLICAS} replicas of the model answer the airport; nobody watches them")

    def profile_the_reference(self) -> None:
        """What the model saw and did in October, when it was known to be good, becomes its reference."""
        table = self.model.read("zcat", "reference.csv.gz")
        BUILD.mkdir(parents=True, exist_ok=True)
        reference = BUILD / "flights-reference.yaml"
        command = [sys.executable, "-m", "modelmonitor", "profile", "-", *PROFILE.split(), "--quiet"]
        command += ["--namespace", NAMESPACE, "-o", str(reference)]
        done = subprocess.run(command, input=table, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StoryError(f"modelmonitor profile: expected a reference, got: {done.stderr.strip()}")
        self.session.apply(reference.read_text())
        rows = table.count("\n") - 1
        self.timeline.note(f"modelmonitor profile: {rows:,} predictions of October become the reference")

    def apply_the_monitor(self) -> None:
        """One YAML: evaluators in all pods, rules and routes where they belong, and no request lost."""
        self.session.run("apply", "-f", MONITOR)
        self.times["applied"] = self.timeline.note("kubectl apply: one ModelMonitor")
        self._await_condition("EvaluatorsInjected", 180)
        self.model.await_pods(evaluators=True)
        self.timeline.note(f"each of the {REPLICAS} replicas has an evaluator, by a rolling restart")
        self._await_condition("RulesLoaded", 180)
        self._await_condition("RoutesApplied", 60)
        if sick := self.monitor.unhealthy():
            raise StoryError(f"expected healthy rules, got {sick}")
        rules = sum(len(group["rules"]) for group in self.monitor.groups())
        self.timeline.note(f"Prometheus has loaded {rules} rules, Alertmanager the routes")
        if failed := self.model.failed_since(self.times["applied"]):
            raise StoryError(f"expected no request lost by the injection, got: {failed}")

    def see_nothing_fire(self) -> None:
        """While nothing is wrong, verdicts are given and nobody is told anything."""
        self.timeline.waiting("drift is looked at once a minute")
        excess = until("a verdict on the score's drift", 180, lambda: self.monitor.value(EXCESS))
        accuracy = until("a value of the accuracy", 120, lambda: self.monitor.value(ACCURACY))
        self._await_condition("DataFlowing", 60)
        if alerts := self.monitor.alerts():
            raise StoryError(f"expected no alert before anything is wrong, got {alerts}")
        if messages := self.mailbox.messages():
            raise StoryError(f"expected that nobody was told anything, got {messages}")
        self.timeline.note(
            f"all is well: drift at {excess:.0%} of what would alarm, {accuracy:.0%} foretold rightly, "
            "no alert, no message"
        )

    def let_storms_come(self) -> None:
        """December's snow storms: other inputs, and a model that does not know them."""
        self.model.season("storms")
        self.times["storms"] = self.timeline.note("the storms of December 2013 begin, as they were")

    def refuse_an_invalid_edit(self) -> None:
        """An edit that cannot work changes nothing that is there; the monitor says what is wrong."""
        before = self.monitor.children()
        wrong = [{"op": "replace", "path": "/spec/objectives/0/pairs/0/factor", "value": 200}]
        self.session.run("patch", MONITORS, NAME, "-n", NAMESPACE, "--type=json", "-p", json.dumps(wrong))
        until("Ready with reason SpecInvalid", 30, lambda: self.monitor.reason("Ready") == "SpecInvalid")
        said = self.monitor.message("Ready").partition(";")[0]
        self._unchanged(before, "an invalid edit")
        self.session.run("apply", "-f", MONITOR)
        until("Ready is True again", 30, lambda: self.monitor.condition("Ready") == "True")
        self.timeline.note(f"an edit that could never fire is refused, the rules stay: {said}")

    def kill_the_operator(self) -> None:
        """Without its operator nothing stops: the rules stay, another pod takes over."""
        before, holder = self.monitor.children(), self.monitor.holder()
        pods = [pod["metadata"]["name"] for pod in self.session.items("pods", SYSTEM)]
        leading = next(pod for pod in pods if holder.startswith(pod))
        self.session.run("delete", "pod", leading, "-n", SYSTEM, "--grace-period=0", "--force")
        until("another pod holds the Lease", 40, lambda: self.monitor.holder() not in {"", holder})
        self._unchanged(before, "the death of the operator")
        self.timeline.note("the operator's leading pod is killed: another took over, nothing was missed")

    def see_drift_told(self) -> None:
        """The answers have drifted, surely: a warning, to Slack and by mail."""
        alert = self._await_alert(names.PREDICTION_DRIFT_ALERT, "", 300)
        self.timeline.note(f"drift: {alert.summary}", alert.since)
        message = self._await_message("slack", "predictions have surely drifted", 120)
        self._await_message("mail", "WARNING", 60)
        self._passed("the storms begin", "storms", alert, message, "Slack and mail")

    def see_quality_fall(self) -> None:
        """Labels tell, late, that the model is wrong too often."""
        alert = self._await_alert(names.BURN_ALERT, "accurate", 300)
        self.timeline.note(f"quality: {alert.summary}", alert.since)

    def see_quality_told(self) -> None:
        """That is a page."""
        alert = self._await_alert(names.BURN_ALERT, "accurate", 30)
        message = self._await_message("pagerduty", "objective accurate", 90)
        self._passed("the storms begin", "storms", alert, message, "PagerDuty")

    def release_a_fault(self) -> None:
        """A release that fails half of the requests."""
        self.model.release("set", "env", DEPLOYMENT, f"ERRORS={float(ERRORS)}")
        self.times["fault"] = self.timeline.note("a new release is out: it fails half of the requests")

    def see_availability_told(self) -> None:
        """The page comes no later than arithmetic says."""
        limit = self.limit()
        self.timeline.waiting(f"by arithmetic the alert fires {limit:.0f} s later at the latest")
        alert = self._await_alert(names.BURN_ALERT, "available", limit)
        self.timeline.note(f"availability: {alert.summary}", alert.since)
        message = self._await_message("pagerduty", "objective available", 90)
        self._passed("a faulty release", "fault", alert, message, "PagerDuty")

    def recover(self) -> None:
        """The release is taken back, and the storms are over."""
        self.model.season("january")
        self.model.release("rollout", "undo", DEPLOYMENT)
        self.times["recovery"] = self.timeline.note("the release is rolled back; the storms are over")

    def see_pages_end(self) -> None:
        """Both pages end; the warning about drift is kept for its window, as drift has no end of a moment."""
        until("no page fires", 240, lambda: not self._pages())
        self.timeline.note("no page fires any more")

    def see_the_end_told(self) -> None:
        """PagerDuty is told that both incidents are over."""
        self.timeline.waiting("the end of a page is told when its group's five minutes are over")
        for objective in ("accurate", "available"):
            message = self._await_message("pagerduty", f"objective {objective}", 400, resolved=True)
            self.timeline.note(f"PagerDuty: {message.title}", message.at)
        pages = [one for one in self.mailbox.messages() if one.receiver == "pagerduty"]
        if len(pages) != 4:
            raise StoryError(f"expected two incidents, each opened and closed once, got {pages}")

    def show_the_live_page(self) -> None:
        """The dashboards, without Grafana."""
        saved = [it.relative_to(ROOT) for it in live.page(self.session, NAMESPACE, NAME, BUILD)]
        self.timeline.note(f"the dashboards of the whole story: {', '.join(map(str, saved))}")

    def delete_the_monitor(self) -> None:
        """What the monitor became goes with it; the model's Deployment is as it was, to the letter."""
        self.session.run("delete", "-f", MONITOR, "--timeout=30s")
        until("every child is gone", 60, lambda: not self.monitor.children())
        self.model.await_pods(evaluators=False)
        if (now := self.model.template()) != self.pods:
            raise StoryError(f"expected the pods' template as it was, {self.pods}, got {now}")
        until("Prometheus has forgotten the rules", 120, lambda: not self.monitor.groups())
        self.timeline.note("the monitor is deleted: rules, routes and evaluators are gone, the model goes on")

    def limit(self) -> float:
        """Return the seconds within which the page must be seen to fire; less history makes it sooner."""
        parsed = api.parse(yaml.safe_load(MONITOR.read_text()))
        objective = next(it for it in parsed.spec.objectives if it.name == "available")
        (pair,) = burnrate.explicit_pairs(objective.pairs or (), objective.window)
        outage = oracle.Outage(CERTAIN_ERRORS, SCRAPE, oracle.Counting.FROM_ZERO)
        found = oracle.forecast(pair, pair.threshold(burnrate.budget(objective)), outage)
        return float(found.firing or 0) + OBSERVED_WITHIN

    def _await_condition(self, kind: str, seconds: float) -> None:
        try:
            until(f"{kind} is True", seconds, lambda: self.monitor.condition(kind) == "True")
        except StoryError as late:
            raise StoryError(f"{late}, got {self.monitor.told(kind)}") from late

    def _await_alert(self, name: str, objective: str, seconds: float) -> Alert:
        what = " ".join(filter(None, (name, objective)))
        return until(f"{what} fires", seconds, lambda: self.monitor.firing(name, objective))

    def _await_message(self, receiver: str, about: str, seconds: float, *, resolved: bool = False) -> Message:
        what = f"a message to {receiver} about: {about}"
        return until(what, seconds, lambda: self.mailbox.first(receiver, about, resolved=resolved))

    def _passed(self, event: str, began: str, alert: Alert, message: Message, to: str) -> None:
        self.timeline.note(f"{to}: {message.title}", message.at)
        self.timeline.passages.append(Passage(event, self.times[began], alert.since, message.at, to))

    def _pages(self) -> list[Alert]:
        return [it for it in self.monitor.alerts() if (it.severity, it.state) == ("critical", "firing")]

    def _unchanged(self, before: dict[str, str], after: str) -> None:
        if (now := self.monitor.children()) != before:
            raise StoryError(f"expected the children untouched by {after}, got {now}, had {before}")
