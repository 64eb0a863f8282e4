"""Receivers of an AlertmanagerConfig: what each medium is sent, with Secrets by reference alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from modelmonitor.api import routing as api
from modelmonitor.api.severity import Severity
from modelmonitor.plan.alerts import Links
from modelmonitor.plan.routing import messages
from modelmonitor.plan.routing.secrets import Form

Json = dict[str, Any]

_PRIORITY = {Severity.CRITICAL: "P1", Severity.WARNING: "P3", Severity.INFO: "P5"}
_COLOR = {Severity.CRITICAL: "danger", Severity.WARNING: "warning", Severity.INFO: "#439fe0"}


@dataclass(frozen=True, slots=True)
class Told:
    """Of what a receiver is told: alerts of one severity of one monitor."""

    severity: Severity
    namespace: str
    monitor: str
    links: Links

    @property
    def who(self) -> str:
        """Name the monitor."""
        return f"{self.namespace}/{self.monitor}"

    def title(self, escaped: str = "") -> str:
        """Write the title of what it is told."""
        return messages.title(self.severity, self.who, escaped)

    @property
    def addresses(self) -> dict[str, str]:
        """Where to go from a message as a whole.

        None is a template from its first letter on: some versions of prometheus-operator refuse that.
        A relative address leads nowhere from a message.
        """
        named = {
            "Dashboard": self.links.dashboard,
            "Runbook": f"{self.links.runbooks}/{{{{ .CommonLabels.alertname }}}}",
        }
        return {name: it for name, it in named.items() if it.startswith(("http://", "https://"))}


def receiver(name: str, route: api.Route, told: Told) -> Json:
    """Make the receiver of a route: everyone whom it names."""
    configs: dict[str, tuple[Any, Callable[[Any, Told], Json]]] = {
        "pagerdutyConfigs": (route.pager_duty, _pager_duty),
        "opsgenieConfigs": (route.opsgenie, _opsgenie),
        "slackConfigs": (route.slack, _slack),
        "emailConfigs": (route.email, _email),
        "webhookConfigs": (route.webhook, _webhook),
        "msteamsv2Configs": (route.ms_teams, _teams),
    }
    made = {field: [make(asked, told)] for field, (asked, make) in configs.items() if asked is not None}
    return {"name": name, **made}


def secrets(route: api.Route) -> Iterator[tuple[str, api.SecretKey | api.MailLogin, Form]]:
    """Yield the Secrets that a route names, each after the field that names it and before what it holds."""
    if route.pager_duty:
        yield "pagerDuty.routingKey", route.pager_duty.routing_key, Form.KEY
    if route.opsgenie:
        yield "opsgenie.apiKey", route.opsgenie.api_key, Form.KEY
    if route.slack:
        yield "slack.apiURL", route.slack.api_url, Form.TRIMMED_ADDRESS
    if route.email and route.email.auth:
        yield "email.auth", route.email.auth, Form.PASSWORD
    if route.webhook and route.webhook.url_secret:
        yield "webhook.urlSecret", route.webhook.url_secret, Form.ADDRESS
    if route.webhook and route.webhook.bearer_token:
        yield "webhook.bearerToken", route.webhook.bearer_token, Form.KEY
    if route.ms_teams:
        yield "msTeams.webhookURL", route.ms_teams.webhook_url, Form.ADDRESS


def _key(secret: api.SecretKey | api.MailLogin) -> Json:
    return {"name": secret.name, "key": secret.key}


def _pager_duty(asked: api.PagerDuty, told: Told) -> Json:
    """Send events, which Alertmanager marks by its group: one incident each, closed when that is resolved."""
    details = {
        "firing": messages.details("Firing"),
        "resolved": messages.details("Resolved"),
        "monitor": told.who,
    }
    return {
        "sendResolved": True,
        "routingKey": _key(asked.routing_key),
        "description": told.title(),
        "severity": told.severity.value,
        "class": "{{ .CommonLabels.alertname }}",
        "component": told.monitor,
        "group": told.namespace,
        "source": told.who,
        "client": "ModelMonitor",
        "details": [{"key": key, "value": value} for key, value in details.items()],
        "pagerDutyLinkConfigs": [{"href": address, "alt": name} for name, address in told.addresses.items()],
    }


def _opsgenie(asked: api.Opsgenie, told: Told) -> Json:
    return {
        "sendResolved": True,
        "apiKey": _key(asked.api_key),
        **({"apiURL": asked.url} if asked.url else {}),
        "message": told.title(),
        "description": messages.plain(),
        "priority": _PRIORITY[told.severity],
        "entity": told.who,
        "source": "ModelMonitor",
        "tags": f"modelmonitor,{told.severity.value},{told.namespace},{told.monitor}",
    }


def _slack(asked: api.Slack, told: Told) -> Json:
    title, addresses = told.title(messages.SLACK), tuple(told.addresses.values())
    return {
        "sendResolved": True,
        "apiURL": _key(asked.api_url),
        "channel": asked.channel,
        "username": "ModelMonitor",
        "color": f'{{{{ if eq .Status "firing" }}}}{_COLOR[told.severity]}{{{{ else }}}}good{{{{ end }}}}',
        "title": title,
        **({"titleLink": next(iter(addresses))} if addresses else {}),
        "fallback": title,
        "text": messages.slack(),
        "mrkdwnIn": ["text"],
    }


def _email(asked: api.Email, told: Told) -> Json:
    auth = asked.auth
    login = {"authUsername": auth.username or asked.from_, "authPassword": _key(auth)} if auth else {}
    return {
        "sendResolved": True,
        "to": asked.to,
        "from": asked.from_,
        "smarthost": asked.smarthost,
        **login,
        "requireTLS": asked.require_tls,
        "headers": [{"key": "Subject", "value": told.title()}],
        "html": messages.html(),
        "text": messages.plain(),
    }


def _webhook(asked: api.Webhook, told: Told) -> Json:
    del told  # the JSON of Alertmanager says all of it
    address = {"url": asked.url} if asked.url_secret is None else {"urlSecret": _key(asked.url_secret)}
    token = asked.bearer_token
    login = {"httpConfig": {"authorization": {"credentials": _key(token)}}} if token else {}
    return {"sendResolved": True, **address, **login}


def _teams(asked: api.MsTeams, told: Told) -> Json:
    return {
        "sendResolved": True,
        "webhookURL": _key(asked.webhook_url),
        "title": told.title(messages.TEAMS),
        "text": messages.teams(),
    }
