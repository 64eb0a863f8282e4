"""Alerts are routed, and the condition RoutesApplied says whether they reach anybody."""

import base64
import logging
from dataclasses import fields
from typing import Any

import pytest

from transition.world import Json, Play

PAGER = {"pagerDuty": {"routingKey": {"name": "oncall", "key": "key"}}}
SLACK = {"slack": {"apiURL": {"name": "slack", "key": "url"}, "channel": "#ml"}}
CHILD = ("apply", "AlertmanagerConfig", "churn-alerts")


def secret(play: Play, name: str, *keys: str) -> None:
    data = dict.fromkeys(keys, base64.b64encode(b"https://x.example").decode())
    play.memory.put(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "ml", "name": name}, "data": data}
    )


def holding(play: Play, name: str, key: str = "", **values: str) -> None:
    """Let there be a Secret with values in plain text."""
    data = {at: base64.b64encode(it.encode()).decode() for at, it in {"key": key, **values}.items()}
    about = {"namespace": "ml", "name": name}
    play.memory.put({"apiVersion": "v1", "kind": "Secret", "metadata": about, "data": data})


def alertmanager(play: Play, name: str = "main", **spec: Any) -> None:
    about = {"namespace": "monitoring", "name": name}
    kind = {"apiVersion": "monitoring.coreos.com/v1", "kind": "Alertmanager"}
    play.memory.put({**kind, "metadata": about, "spec": spec})


def namespace(play: Play, **labels: str) -> None:
    about = {"namespace": "", "name": "ml", "labels": labels}
    play.memory.put({"apiVersion": "v1", "kind": "Namespace", "metadata": about})


def routed(play: Play, **alerts: Any) -> None:
    play.monitor(alerts={"routes": {"critical": PAGER, "warning": SLACK}, **alerts})


@pytest.fixture
def play() -> Play:
    """A world in which everything is there that routes need."""
    made = Play()
    secret(made, "oncall", "key")
    secret(made, "slack", "url")
    alertmanager(made, alertmanagerConfigSelector={}, alertmanagerConfigNamespaceSelector={})
    return made


def said(play: Play) -> str:
    return str(play.condition("RoutesApplied").get("message"))


async def test_routes_are_applied_and_taken(play: Play) -> None:
    routed(play)
    assert CHILD in await play.visit()
    assert (play.reason("RoutesApplied"), said(play)) == ("Applied", "taken by main in monitoring")
    assert await play.visit() == []


async def test_nothing_is_routed_unless_asked_for_and_no_longer_when_it_is_not(play: Play) -> None:
    play.monitor()
    await play.visit()
    assert play.reason("RoutesApplied") == "NothingPlanned"
    assert [one for one in play.memory.reads if one[0] in {"Secret", "Alertmanager"}] == []
    routed(play)
    await play.visit()
    play.monitor()
    assert ("delete", "AlertmanagerConfig", "churn-alerts") in await play.visit()
    assert play.reason("RoutesApplied") == "NothingPlanned"


async def test_a_secret_or_a_key_that_is_missing_is_named_until_it_is_there(play: Play) -> None:
    play.memory.remove("Secret", "ml", "oncall")
    play.memory.remove("Secret", "ml", "slack")
    secret(play, "slack", "address")
    routed(play)
    await play.visit()
    assert play.condition("RoutesApplied")["status"] == "False"
    assert play.reason("RoutesApplied") == "SecretMissing"
    pager, slack, end = said(play).splitlines()
    assert pager == (
        "spec.alerts.routes.critical.pagerDuty.routingKey: expected Secret oncall with key key, got none"
    )
    assert slack == (
        "spec.alerts.routes.warning.slack.apiURL: expected Secret slack with key url, got none of this key, "
        "or an empty one"
    )
    assert end == "until then no route of this monitor is applied"
    secret(play, "oncall", "key")
    await play.visit()
    assert play.reason("RoutesApplied") == "SecretKeyMissing"
    secret(play, "slack", "url")
    await play.visit()
    assert play.reason("RoutesApplied") == "Applied"


async def test_a_key_that_holds_nothing_is_missing(play: Play) -> None:
    play.memory.remove("Secret", "ml", "oncall")
    about = {"namespace": "ml", "name": "oncall"}
    play.memory.put({"apiVersion": "v1", "kind": "Secret", "metadata": about, "data": {"key": ""}})
    routed(play)
    written = await play.visit()
    assert play.reason("RoutesApplied") == "SecretKeyMissing"
    assert [one for one in written if one[1] == "AlertmanagerConfig"] == []
    secret(play, "oncall", "key")
    assert ("apply", "AlertmanagerConfig", "churn-alerts") in await play.visit()
    assert play.reason("RoutesApplied") == "Applied"


@pytest.mark.parametrize("value", ["Xq7Zv9", "Xq7\nZv9\n"], ids=["well", "with line breaks"])
async def test_no_value_of_a_secret_is_ever_told(
    play: Play, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    holding(play, "oncall", value)
    routed(play)
    await play.visit()
    routes = play.reconciler.world.routes
    kept = repr([getattr(routes, one.name) for one in fields(routes) if one.name != "cluster"])
    assert "slack" in kept
    encoded = base64.b64encode(value.encode()).decode()
    for part in (encoded, "Xq7", "Zv9"):
        assert part not in f"{play.status()} {kept} {caplog.text}"


ROUTES: dict[str, Json] = {
    "pagerDuty.routingKey": {"pagerDuty": {"routingKey": {"name": "own", "key": "key"}}},
    "opsgenie.apiKey": {"opsgenie": {"apiKey": {"name": "own", "key": "key"}}},
    "webhook.bearerToken": {
        "webhook": {"url": "https://a.example", "bearerToken": {"name": "own", "key": "key"}}
    },
    "email.auth": {
        "email": {
            "to": "a@example.com",
            "from": "b@example.com",
            "smarthost": "smtp.example.com:587",
            "auth": {"name": "own", "key": "key"},
        }
    },
    "slack.apiURL": {"slack": {"apiURL": {"name": "own", "key": "key"}, "channel": "#ml"}},
    "msTeams.webhookURL": {"msTeams": {"webhookURL": {"name": "own", "key": "key"}}},
    "webhook.urlSecret": {"webhook": {"urlSecret": {"name": "own", "key": "key"}}},
}
ADDRESSES = {"slack.apiURL", "msTeams.webhookURL", "webhook.urlSecret"}


@pytest.mark.parametrize("field", ROUTES)
async def test_a_line_break_in_a_value_is_told_with_how_to_write_it(play: Play, field: str) -> None:
    holding(play, "own", "https://x\n.example")
    play.monitor(alerts={"routes": {"critical": ROUTES[field], "warning": SLACK}})
    written = await play.visit()
    told = play.condition("RoutesApplied")
    assert (told["status"], told["reason"]) == ("False", "SecretMalformed")
    line, end = told["message"].splitlines()
    assert line == (
        f"spec.alerts.routes.critical.{field}: expected nothing but the value in key key of Secret own, "
        "got a line break in it"
    )
    assert end.startswith("write such values with `printf %s`")
    assert end.endswith("no route of this monitor is applied") == (field in ADDRESSES)
    assert (CHILD in written) == (field not in ADDRESSES), "Alertmanager takes no broken address, of nobody"
    holding(play, "own", "https://x.example")
    await play.visit()
    assert play.reason("RoutesApplied") == "Applied"
    assert play.child("AlertmanagerConfig", "churn-alerts") is not None


@pytest.mark.parametrize("field", ROUTES)
async def test_the_line_break_of_echo_is_told_where_nobody_takes_it_away(play: Play, field: str) -> None:
    holding(play, "own", "https://x.example\n")
    play.monitor(alerts={"routes": {"critical": ROUTES[field]}})
    await play.visit()
    if field == "slack.apiURL":  # prometheus-operator does
        assert play.reason("RoutesApplied") == "Applied"
    else:
        assert "got a line break at its end" in said(play)


async def test_that_nobody_is_told_at_all_goes_before_who_is_not(play: Play) -> None:
    play.memory.remove("Alertmanager", "monitoring", "main")
    holding(play, "oncall", "key\n")
    routed(play)
    await play.visit()
    assert play.reason("RoutesApplied") == "NotSelected"
    alertmanager(play, alertmanagerConfigSelector={}, alertmanagerConfigNamespaceSelector={})
    play.later(minutes=1)
    await play.visit()
    assert play.reason("RoutesApplied") == "SecretMalformed"
    assert said(play).endswith("the other receivers are told")


async def test_one_key_may_be_well_and_another_of_the_same_secret_not(play: Play) -> None:
    pager = {"pagerDuty": {"routingKey": {"name": "own", "key": "pager"}}}
    opsgenie = {"opsgenie": {"apiKey": {"name": "own", "key": "opsgenie"}}}
    holding(play, "own", pager="abc", opsgenie="abc ")
    play.monitor(alerts={"routes": {"critical": pager, "warning": opsgenie}})
    await play.visit()
    assert "in key opsgenie of Secret own, got white space at its end" in said(play)
    assert "pager" not in said(play).partition("\n")[0]
    assert [one for one in play.memory.reads if one[0] == "Secret"] == [("Secret", "own")]


async def test_secrets_that_we_may_not_read_are_said_to_be_unchecked(play: Play) -> None:
    play.memory.hidden.add("Secret")
    routed(play)
    await play.visit()
    assert play.reason("RoutesApplied") == "Applied"
    assert "Secrets were not checked: expected permission to get secrets" in said(play)


SELECTIONS: list[tuple[Json, Json, Json, bool]] = [
    ({}, {}, {}, False),
    ({"alertmanagerConfigSelector": {}}, {}, {}, False),
    ({"alertmanagerConfigSelector": {}, "alertmanagerConfigNamespaceSelector": {}}, {}, {}, True),
    (
        {
            "alertmanagerConfigSelector": {"matchLabels": {"team": "ml"}},
            "alertmanagerConfigNamespaceSelector": {},
        },
        {},
        {},
        False,
    ),
    (
        {
            "alertmanagerConfigSelector": {"matchLabels": {"team": "ml"}},
            "alertmanagerConfigNamespaceSelector": {},
        },
        {"team": "ml"},
        {},
        True,
    ),
    (
        {
            "alertmanagerConfigSelector": {},
            "alertmanagerConfigNamespaceSelector": {
                "matchExpressions": [{"key": "alerts", "operator": "Exists"}]
            },
        },
        {},
        {},
        False,
    ),
    (
        {
            "alertmanagerConfigSelector": {},
            "alertmanagerConfigNamespaceSelector": {
                "matchExpressions": [{"key": "alerts", "operator": "Exists"}]
            },
        },
        {},
        {"alerts": "yes"},
        True,
    ),
]


@pytest.mark.parametrize(("spec", "labels", "of_namespace", "taken"), SELECTIONS)
async def test_an_alertmanager_takes_what_its_selectors_say(
    play: Play, spec: Json, labels: Json, of_namespace: Json, taken: bool
) -> None:
    play.memory.remove("Alertmanager", "monitoring", "main")
    alertmanager(play, **spec)
    namespace(play, **of_namespace)
    routed(play, labels=labels)
    await play.visit()
    assert play.reason("RoutesApplied") == ("Applied" if taken else "NotSelected")
    assert taken or "got none of main in monitoring; set spec.alerts.labels" in said(play)


async def test_an_alertmanager_without_a_namespace_selector_takes_its_own_namespace(play: Play) -> None:
    play.memory.remove("Alertmanager", "monitoring", "main")
    about = {"namespace": "ml", "name": "own"}
    kind = {"apiVersion": "monitoring.coreos.com/v1", "kind": "Alertmanager"}
    play.memory.put({**kind, "metadata": about, "spec": {"alertmanagerConfigSelector": {}}})
    routed(play)
    await play.visit()
    assert said(play) == "taken by own in ml"


async def test_no_alertmanager_at_all_takes_nothing(play: Play) -> None:
    play.memory.remove("Alertmanager", "monitoring", "main")
    routed(play)
    await play.visit()
    assert play.reason("RoutesApplied") == "NotSelected"
    assert "got none in the cluster" in said(play)


@pytest.mark.parametrize(("where", "reason"), [("hidden", "PermissionMissing"), ("missing", "KindMissing")])
async def test_where_alertmanagers_cannot_be_seen_it_is_not_known(
    play: Play, where: str, reason: str
) -> None:
    getattr(play.memory, where).add("Alertmanager")
    routed(play)
    await play.visit()
    assert play.condition("RoutesApplied")["status"] == "Unknown"
    assert play.reason("RoutesApplied") == reason


async def test_without_the_kind_rules_go_on_and_the_condition_says_what_to_do(play: Play) -> None:
    play.memory.missing.add("AlertmanagerConfig")
    routed(play)
    await play.visit()
    assert play.reason("RoutesApplied") == "KindMissing"
    assert "install prometheus-operator, or leave spec.alerts out" in said(play)
    assert play.reason("RulesApplied") == "Applied"
    assert play.reason("Ready") == "Reconciled"


async def test_what_is_well_is_asked_for_once_in_ten_minutes(play: Play) -> None:
    for name in ("churn", "fraud", "spam"):
        play.monitor(name, targetRef={"name": name}, alerts={"routes": {"critical": PAGER, "warning": SLACK}})
        await play.visit(name)
    asked = [one for one in play.memory.reads if one[0] in {"Secret", "Alertmanager"}]
    assert asked == [("Secret", "oncall"), ("Secret", "slack"), ("Alertmanager", "*")]
    play.later(seconds=61)
    await play.visit()
    asked = [one for one in play.memory.reads if one[0] in {"Secret", "Alertmanager"}]
    assert asked[3:] == [("Alertmanager", "*")]
    play.later(minutes=10)
    await play.visit()
    assert [one for one in play.memory.reads if one[0] == "Secret"][2:] == [
        ("Secret", "oncall"),
        ("Secret", "slack"),
    ]


async def test_a_monitor_that_waits_for_its_reference_keeps_its_routes(play: Play) -> None:
    routed(play)
    await play.visit()
    play.monitor(
        alerts={"routes": {"critical": PAGER}}, drift={}, reference={"configMapRef": {"name": "absent"}}
    )
    await play.visit()
    assert play.reason("Ready") == "ReferenceMissing"
    assert play.reason("RoutesApplied") == "Applied"
