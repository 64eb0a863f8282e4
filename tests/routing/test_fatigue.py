"""How many messages people get: each way to be told too much has its number here.

What fires is what Prometheus makes of the plan's own rules, or a list of alerts; whom it reaches, and how
often, is what a real Alertmanager makes of it. It has no clock of its own to turn: the paces of its
configuration (wait, interval, repeat), and the minutes of what fires, are shortened by the same factor.
"""

import os
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import tools
from modelmonitor import api, plan
from modelmonitor.plan.rules import Alert as Rule
from promtool.pods import together
from promtool.runner import Promtool, counter
from routing import texts, timelines
from routing.alertmanagers import Alertmanager
from routing.conftest import Configured, Start
from routing.inbox import Inbox, Json
from routing.prometheuses import Prometheus
from routing.replays import replay

pytestmark = [pytest.mark.apiserver, pytest.mark.promtool]

thorough = pytest.mark.skipif(not os.environ.get("MODELMONITOR_THOROUGH"), reason="takes half a minute")
MINUTE = 0.1
PACE = MINUTE / 60
BURN = "ModelSLOErrorBudgetBurn"
PAGER = {"pagerDuty": {"routingKey": texts.secret("oncall")}}
SLACK = {"slack": {"apiURL": texts.secret("slack"), "channel": "#ml"}}
ROUTES = {"critical": PAGER, "warning": SLACK}
COUNTER = {"counter": "requests", "selector": 'job="churn"', "badSelector": 'code="500"'}


@pytest.fixture(scope="module")
def promtool(tmp_path_factory: pytest.TempPathFactory) -> Promtool:
    return Promtool(tools.binary("promtool"), tmp_path_factory.mktemp("timelines"))


def planned(name: str, sli: Json, **more: Any) -> plan.Plan:
    """Plan a monitor with one objective; scraped every 30 s, as the series are."""
    spec = {
        "targetRef": {"name": "churn"},
        "model": {"task": "BinaryClassification"},
        "objectives": [{"name": "availability", "objective": 99.9, "sli": sli} | more],
        "alerts": {"routes": ROUTES},
    }
    about = {"name": name, "namespace": "ml"}
    body = {
        "apiVersion": "modelmonitor.dev/v1alpha1",
        "kind": "ModelMonitor",
        "metadata": about,
        "spec": spec,
    }
    return plan.plan(api.parse(body), texts.SETTINGS)


def incidents(inbox: Inbox) -> dict[str, list[str]]:
    """Give what happened to each incident, in order, repetitions left out: those wake nobody."""
    found: dict[str, list[str]] = {}
    for one in inbox.of("pagerduty"):
        events = found.setdefault(one.body["dedup_key"], [])
        if events[-1:] != [one.body["event_action"]]:
            events.append(one.body["event_action"])
    return found


@thorough
def test_a_model_that_flaps_for_an_hour_is_one_page_and_one_ticket(
    inbox: Inbox, configured: Configured, start: Start, promtool: Promtool
) -> None:
    """Six minutes with 6.7 % errors, six without, five times over: the quick pair alone fires three times."""
    made = planned("flapping", {"availability": COUNTER})
    bad = [(12, 20 if phase % 2 == 0 else 0) for phase in range(10)]
    series = {
        'requests{job="churn",code="500"}': counter((120, 0), *bad, (300, 0)),
        'requests{job="churn",code="200"}': counter((720, 300)),
    }
    minutes = timelines.firing(promtool, made.groups, series, 200)
    quick = [any(one.get("pair") == "page-quick" for one in alerts) for alerts in minutes]
    assert sum(now and not before for before, now in pairwise(quick)) == 3
    replay(start(configured(made, PACE)), minutes, MINUTE)
    time.sleep(30 * MINUTE)
    assert list(incidents(inbox).values()) == [["trigger", "resolve"]]
    assert len(inbox.of("slack")) <= 2, "a ticket, once the page has ended, and the end of it"


def pod(name: str, since: int, until: int) -> dict[str, str]:
    """A pod that serves from one half-minute to another, 10 requests a second; it goes with its series."""
    about = f'{{namespace="ml",monitor="rolling",pod="{name}"'
    serves = counter((until - since, 300))

    def there(values: str) -> str:
        return f"{f'_x{since} ' if since else ''}{values} stale"

    steady = f"1x{until - since}"
    return {
        f"modelmonitor_model_up{about}}}": there(steady),
        f'modelmonitor_evaluator_info{about},state="counting"}}': there(steady),
        f'modelmonitor_requests_total{about},outcome="ok"}}': there(serves),
        f"modelmonitor_predictions_total{about}}}": there(serves),
    }


def test_a_rolling_restart_of_all_replicas_tells_nobody(promtool: Promtool) -> None:
    """Three pods are replaced one after the other, each in a minute; nothing of the plan fires."""
    made = planned("rolling", {"availability": {}})
    old = [pod(f"old{number}", 0, 120 + 2 * number) for number in range(3)]
    new = [pod(f"new{number}", 119 + 2 * number, 240) for number in range(3)]
    minutes = timelines.firing(promtool, made.groups, together(*old, *new), 110)
    assert any(isinstance(rule, Rule) for group in made.groups for rule in group.rules)
    assert [alerts for alerts in minutes if alerts] == []


def test_a_restart_without_new_pods_would_be_told(promtool: Promtool) -> None:
    made = planned("rolling", {"availability": {}})
    minutes = timelines.firing(promtool, made.groups, pod("old", 0, 120), 80)
    assert {one["alertname"] for one in minutes[70]} >= {"ModelTargetDown"}


def test_an_outage_in_which_everything_fires_is_a_page_for_each_thing_and_one_warning(
    inbox: Inbox, configured: Configured, start: Start
) -> None:
    """Of 15 alerts 5 are pages, each about something else, and 9 warnings are explained by the outage."""
    made = texts.example("everything", routes=ROUTES)
    every = texts.everything(made)
    assert len(every) == 15
    alertmanager = start(configured(made, 1 / 300))
    alertmanager.post(every)
    inbox.expect_no_more(4.0, pagerduty=5, slack=1)
    assert len(incidents(inbox)) == 5
    (told,) = inbox.of("slack")
    assert told.body["attachments"][0]["title"] == "WARNING: ml/everything: 42 runs short"
    alertmanager.post(one.ended() for one in every)
    inbox.expect(pagerduty=10, slack=2)
    assert set(map(tuple, incidents(inbox).values())) == {("trigger", "resolve")}


@thorough
def test_a_week_of_steady_warning_is_a_message_a_day(
    inbox: Inbox, configured: Configured, start: Start
) -> None:
    day = 2.0
    made = texts.example("steady", routes=ROUTES)
    alertmanager = start(configured(made, day / 86_400))
    warning = texts.alert(made, "ModelFeatureDrift")
    alertmanager.post([warning])
    time.sleep(7 * day - 0.5)
    assert inbox.counts() == {"slack": 7}
    alertmanager.post([warning.ended()])
    inbox.expect_no_more(1.0, slack=8)


def pair(start: Start, configuration: Json) -> tuple[Alertmanager, Alertmanager]:
    """Start two Alertmanagers that know of one another."""
    first = start(configuration, clustered=True)
    second = start(configuration, clustered=True, peers=(f"127.0.0.1:{first.cluster_port}",))
    deadline = time.monotonic() + 30
    while (first.peers_seen(), second.peers_seen()) != (2, 2):
        assert time.monotonic() < deadline, "the pair did not find together"
        time.sleep(0.1)
    return first, second


def test_a_pair_of_alertmanagers_tells_everything_once_and_so_does_the_one_that_is_left(
    inbox: Inbox, configured: Configured, start: Start
) -> None:
    """Prometheus sends to both; the second waits for what the first has told."""
    made = texts.example("pair", routes=ROUTES)
    both = pair(start, configured(made, 1 / 300))
    alerts = [texts.alert(made, "ModelTargetDown"), texts.alert(made, "ModelResources", resource="memory")]
    for one in both:
        one.post(alerts)
    inbox.expect_no_more(4.0, pagerduty=1, slack=1)
    for one in both:
        one.post(alert.ended() for alert in alerts)
    inbox.expect_no_more(5.0, pagerduty=2, slack=2)
    both[0].kill()
    both[1].post([texts.alert(made, "ModelPredictionDrift")])
    inbox.expect_no_more(4.0, pagerduty=3, slack=2)


def with_shorter_times(group: Json) -> Json:
    """Evaluate a group every second, and hold its pages for three."""
    rules = [rule | ({"for": "3s"} if rule.get("for") == "2m" else {}) for rule in group["rules"]]
    return {**group, "interval": "1s", "rules": rules}


def test_a_restart_of_prometheus_while_an_alert_fires_tells_nobody_anything(
    inbox: Inbox, configured: Configured, start: Start, tmp_path: Path
) -> None:
    """It resends within the four minutes for which Alertmanager believes what it was told."""
    sli = {"timeslices": {"query": "prometheus_ready", "atLeast": 2}}
    pairs = [{"name": "page", "factor": 5, "long": "1h", "for": "2m", "severity": "critical"}]
    made = planned("restarted", sli, objective=90, pairs=pairs)
    alertmanager = start(configured(made, 1 / 300))
    rules = {"groups": [with_shorter_times(group.to_dict()) for group in made.groups]}
    prometheus = Prometheus(tmp_path / "prometheus", rules, alertmanager.port)
    prometheus.start()
    try:
        inbox.expect(pagerduty=1)
        prometheus.stop()
        restarted = datetime.now(UTC)
        prometheus.start()
        alerts = "/api/v2/alerts?filter=monitor=restarted"
        deadline = time.monotonic() + 60
        while datetime.fromisoformat(alertmanager.ask(alerts)[0]["updatedAt"]) < restarted:
            assert time.monotonic() < deadline, "it sends nothing again"
            time.sleep(0.2)
        inbox.expect_no_more(3.0, pagerduty=1)
    finally:
        prometheus.stop()
    assert len(incidents(inbox)) == 1
