"""One AlertmanagerConfig for each monitor that routes something, and what it needs of the cluster."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import Golden
from modelmonitor import api, plan
from modelmonitor.api.duration import Duration
from modelmonitor.errors import SpecInvalid
from modelmonitor.plan import routing, rulefile
from monitors import SECRET_KEY, SLACK, monitor, objective

HERE = Path(__file__).parent
KEY = {"name": "s", "key": "k"}
EVERYBODY = {
    "pagerDuty": {"routingKey": KEY | {"name": "oncall"}},
    "opsgenie": {"apiKey": KEY | {"name": "opsgenie"}},
    "slack": {"apiURL": KEY | {"name": "slack"}, "channel": "#ml"},
    "email": {"to": "a@b", "from": "c@d", "smarthost": "smtp:587", "auth": KEY | {"name": "smtp"}},
    "webhook": {"urlSecret": KEY | {"name": "hook"}, "bearerToken": KEY | {"name": "token"}},
    "msTeams": {"webhookURL": KEY | {"name": "teams"}},
}


def planned(*, labels: dict[str, str] | None = None, **spec: Any) -> plan.Plan:
    settings = plan.Settings(rule_labels=labels or {})
    return plan.plan(api.parse(monitor(**spec)), settings)


def config(**alerts: Any) -> Any:
    (found,) = planned(objectives=[objective()], alerts=alerts).routes
    return found["spec"]


def test_the_whole_of_it(golden: Golden) -> None:
    muted = {"name": "nights", "from": "22:00", "to": "06:00", "days": ["Friday"], "location": "Asia/Tokyo"}
    (found,) = planned(
        objectives=[objective()],
        alerts={
            "routes": {severity: EVERYBODY for severity in ("critical", "warning", "info")},  # noqa: C420
            "muteTimes": [muted],
        },
    ).routes
    golden(HERE / "golden" / "everybody.yaml", rulefile.to_yaml(found))


def test_without_alerts_there_is_no_object() -> None:
    assert planned(objectives=[objective()]).routes == ()


def test_it_is_the_last_of_the_manifests() -> None:
    made = planned(objectives=[objective()], alerts={"routes": {"info": {"slack": SLACK}}})
    assert made.manifests[-1] == made.routes[0]


def test_only_severities_with_a_route_are_taken() -> None:
    spec = config(routes={"critical": {"slack": SLACK}, "info": {"slack": SLACK}})
    assert spec["route"]["matchers"][-1] == {"name": "severity", "matchType": "=~", "value": "critical|info"}
    assert [one["receiver"] for one in spec["route"]["routes"]] == ["critical", "info"]
    assert [one["name"] for one in spec["receivers"]] == ["critical", "info"]


def test_a_digest_is_told_as_often_as_asked_for() -> None:
    (info,) = config(routes={"info": {"slack": SLACK}}, digest="6h")["route"]["routes"]
    assert (info["groupInterval"], info["repeatInterval"], info["groupWait"]) == ("6h", "5h24m", "30m")
    assert info["groupBy"] == ["namespace", "monitor"]


NIGHTS = {"name": "nights", "from": "20:00", "to": "07:00"}
NOON = {"name": "noon", "from": "12:00", "to": "13:30"}


@pytest.mark.parametrize("digest", ["1h", "7h", "12h", "1d", "36h", "2d", "4d"])
@pytest.mark.parametrize(
    "times", [[NIGHTS], [NIGHTS, NOON], [NIGHTS, {"name": "weekends", "days": ["Sunday"]}]]
)
def test_whenever_a_digest_begins_it_does_not_come_at_muted_times_alone(
    digest: str, times: list[Any]
) -> None:
    (info,) = config(routes={"info": {"slack": SLACK}}, digest=digest, muteTimes=times)["route"]["routes"]
    every, asked = (int(Duration.parse(it).seconds) for it in (info["groupInterval"], digest))
    assert every <= asked
    muted = [range(7 * 3600), range(20 * 3600, 24 * 3600)]
    muted += [range(12 * 3600, 13 * 3600 + 1800)] if NOON in times else []
    for begin in range(0, 24 * 3600, 600):
        told = range(begin, begin + max(asked, 24 * 3600) + every, every)
        assert any(not any(at % (24 * 3600) in one for one in muted) for at in told)


def test_mute_times_that_leave_no_time_leave_the_digest_as_it_is() -> None:
    always = [NIGHTS, {"name": "days", "from": "06:00", "to": "20:00"}]
    (info,) = config(routes={"info": {"slack": SLACK}}, digest="1d", muteTimes=always)["route"]["routes"]
    assert info["groupInterval"] == "1d"


def test_a_page_is_muted_only_where_that_is_said() -> None:
    routes = {"critical": {"slack": SLACK}, "warning": {"slack": SLACK}}
    times = [{"name": "nights"}, {"name": "freeze", "severities": ["critical"]}]
    spec = config(routes=routes, muteTimes=times)
    assert [one.get("muteTimeIntervals") for one in spec["route"]["routes"]] == [["freeze"], ["nights"]]


def test_own_labels_win_over_those_of_the_platform() -> None:
    alerts = {"routes": {"info": {"slack": SLACK}}, "labels": {"team": "own"}}
    made = planned(
        labels={"release": "stack", "team": "all"},
        alerts=alerts,
        prometheus={"labels": {"team": "prom", "x": "y"}},
    )
    labels = made.routes[0]["metadata"]["labels"]
    assert (labels["release"], labels["team"], labels["x"]) == ("stack", "own", "y")
    assert labels["modelmonitor.dev/monitor"] == "churn"
    wanted = routing.wanted(made.monitor, made.settings.rule_labels)
    assert wanted is not None
    assert wanted.labels == labels


def test_every_secret_is_named_with_its_field() -> None:
    wanted = routing.wanted(api.parse(monitor(alerts={"routes": {"warning": EVERYBODY}})), {})
    assert wanted is not None
    assert {one.path.removeprefix("spec.alerts.routes.warning."): one.name for one in wanted.secrets} == {
        "pagerDuty.routingKey": "oncall",
        "opsgenie.apiKey": "opsgenie",
        "slack.apiURL": "slack",
        "email.auth": "smtp",
        "webhook.urlSecret": "hook",
        "webhook.bearerToken": "token",
        "msTeams.webhookURL": "teams",
    }


def test_no_template_is_cut_short() -> None:
    (found,) = planned(alerts={"routes": {"warning": EVERYBODY}}).routes
    text = yaml.safe_dump(found)
    assert text.count("{{") == text.count("}}") > 50


@pytest.mark.parametrize(
    ("auth", "username"), [(None, None), (SECRET_KEY, "c@d"), (SECRET_KEY | {"username": "me"}, "me")]
)
def test_mail_logs_in_as_the_address_it_comes_from_unless_told(auth: Any, username: str | None) -> None:
    mail = EVERYBODY["email"] | {"auth": auth}
    (receiver,) = config(routes={"info": {"email": mail}})["receivers"]
    assert receiver["emailConfigs"][0].get("authUsername") == username


def test_links_are_no_templates_from_their_first_letter_on_and_none_is_relative() -> None:
    (receiver,) = config(routes={"critical": EVERYBODY})["receivers"]
    runbook = "https://modelmonitor.dev/runbooks/{{ .CommonLabels.alertname }}"
    assert receiver["pagerdutyConfigs"][0]["pagerDutyLinkConfigs"] == [{"href": runbook, "alt": "Runbook"}]
    assert receiver["slackConfigs"][0]["titleLink"] == runbook, "there is no address of Grafana"


@pytest.mark.parametrize(
    "url",
    [
        *("http://", "http://:80/", "http://a:port/", "http://a/%zz", 'http://a/"', "http://a/\\"),
        *("http://a/x\n", "http://user:password@a/", "http://a/{{ .x }}", "https://[::1/"),
    ],
)
def test_an_address_that_would_cost_all_routes_is_refused(url: str) -> None:
    """prometheus-operator reads it from JSON and as Go does; it says in its log alone that it cannot."""
    with pytest.raises(SpecInvalid, match="expected an address such as https://"):
        config(routes={"warning": {"webhook": {"url": url}}})


@pytest.mark.parametrize(
    "url",
    ["http://archive.payments:8080/alerts", "https://a", "http://[::1]:9/x", "https://a/?q=%20&r[]=$1#top"],
)
def test_an_address_that_works_is_taken_as_it_is(url: str) -> None:
    (receiver,) = config(routes={"warning": {"webhook": {"url": url}}})["receivers"]
    assert receiver["webhookConfigs"][0]["url"] == url
