"""Alerts of an example's own plan, their templates filled in as Prometheus might."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from modelmonitor import api, plan
from modelmonitor.plan import Plan, reference
from modelmonitor.plan.rules import Alert as Rule
from routing.alertmanagers import Alert
from routing.inbox import Inbox

Json = dict[str, Any]

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"
SETTINGS = plan.Settings(grafana_url="https://grafana.example", rule_labels={"release": "stack"})
SECRETS = {
    "oncall": ("pagerduty", "R0UTINGKEY"),
    "opsgenie": ("opsgenie", "AP1KEY"),
    "smtp": ("password", "pa55"),
    "hook": ("token", "t0ken"),
}
"""Secrets whose values are no addresses: of each its key and the value."""
_TEMPLATE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def secret(name: str) -> Json:
    """Name a Secret and its key."""
    return {"name": name, "key": SECRETS.get(name, ("url",))[0]}


def everybody(inbox: Inbox) -> Json:
    """Give a route that names every receiver there is."""
    return {
        "pagerDuty": {"routingKey": secret("oncall")},
        "opsgenie": {"apiKey": secret("opsgenie"), "url": f"{inbox.address}/opsgenie/"},
        "slack": {"apiURL": secret("slack"), "channel": "#ml"},
        "email": mail(inbox),
        "webhook": {"urlSecret": secret("webhook"), "bearerToken": secret("hook")},
        "msTeams": {"webhookURL": secret("teams")},
    }


def mail(inbox: Inbox) -> Json:
    """Give mail by the inbox's server, which has no TLS."""
    login = {**secret("smtp"), "username": "alerts"}
    return {"to": "ml@example.com, boss@example.com", "from": "alerts@example.com",
            "smarthost": inbox.smarthost, "auth": login, "requireTLS": False}  # fmt: skip


def example(name: str, **alerts: Any) -> Plan:
    """Plan the churn example under another name, with these alerts."""
    body = _example("churn.yaml")
    spec = {**body["spec"], "alerts": alerts}
    monitor = api.parse({**body, "metadata": {"name": name, "namespace": "ml"}, "spec": spec})
    wanted = reference.wanted(monitor)
    assert wanted is not None
    return plan.plan(monitor, SETTINGS, reference.read(wanted, _example("churn-reference.yaml")))


@cache
def _example(file: str) -> Json:
    found: Json = yaml.safe_load((EXAMPLES / file).read_text())
    return found


def alert(planned: Plan, name: str, severity: str = "", **labels: str) -> Alert:
    """Give an alert of the plan, the first of its name and severity whose static labels are these.

    What Prometheus would write for a template is written as `42`; labels beside the static ones are those of
    the series that fires.
    """
    for rule in _rules(planned):
        static = dict(rule.labels)
        asked = {**static, **labels}
        alike = all(asked[key] == value for key, value in static.items())
        if rule.alert == name and severity in {"", static["severity"]} and alike:
            texts = {key: _TEMPLATE.sub("42", text) for key, text in rule.annotations.items()}
            return Alert({"alertname": name, **asked, "prometheus": "monitoring/k8s"}, texts)
    raise AssertionError(f"the plan has no {severity} {name} {labels}")


def everything(planned: Plan) -> list[Alert]:
    """Give one alert of each name and severity that there is, of the same metric where series have one."""
    metric = {"ModelQualityDegraded": "RocAuc", "ModelQualityTrend": "RocAuc"}
    found = dict.fromkeys((rule.alert, rule.labels["severity"]) for rule in _rules(planned))
    return [
        alert(planned, name, severity, **({"metric": metric[name]} if name in metric else {}))
        for name, severity in found
    ]


def _rules(planned: Plan) -> Iterable[Rule]:
    return (rule for group in planned.groups for rule in group.rules if isinstance(rule, Rule))
