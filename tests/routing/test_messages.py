"""What arrives at each receiver: the messages that are expected, once each, their ends included."""

from email.message import EmailMessage
from typing import Any

import pytest

from routing import texts
from routing.alertmanagers import Alert, errors
from routing.conftest import Configured, Start
from routing.inbox import Inbox, Json

pytestmark = pytest.mark.apiserver

PACE = 1 / 300
"""A page waits for 0.1 s, and is told anew after 1 s at the soonest; a warning 0.2 s and 3 s."""
BURN = "ModelSLOErrorBudgetBurn"
SUMMARY = "ml/everybody: objective availability (99.9 %) burns its error budget more than 14.4 times too fast"
ONCE = dict.fromkeys(("pagerduty", "opsgenie", "slack", "email", "webhook", "teams"), 1)
TWICE = dict.fromkeys(ONCE, 2)


def parts(mail: EmailMessage) -> tuple[str, str]:
    """Give the plain text of a mail, and its HTML."""
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    return plain.get_content().replace("\r\n", "\n"), html.get_content()


def card(body: Json) -> tuple[str, str, str]:
    """Give the title of a card of Teams, its text, and the color of the title."""
    title, text = body["attachments"][0]["content"]["body"]
    return title["text"], text["text"], title["color"]


@pytest.fixture(scope="module")
def told() -> dict[str, list[Any]]:
    """What was told of one page and its end, by medium: filled by the first test."""
    return {}


def test_a_page_and_its_end_reach_everybody_exactly_once(
    inbox: Inbox, configured: Configured, start: Start, told: dict[str, list[Any]]
) -> None:
    planned = texts.example("everybody", routes={"critical": texts.everybody(inbox)})
    alertmanager = start(configured(planned, PACE))
    page = texts.alert(planned, BURN, "critical", slo_name="availability")
    alertmanager.post([page])
    inbox.expect_no_more(2.5, **ONCE)
    alertmanager.post([page.ended()])
    inbox.expect_no_more(2.5, **TWICE)
    assert errors([alertmanager]) == []
    for one in inbox.messages:
        told.setdefault(one.medium, []).append((one.path, one.headers, one.body))


def test_pager_duty_opens_one_incident_and_closes_it(told: dict[str, list[Any]]) -> None:
    (_, _, trigger), (_, _, resolve) = told["pagerduty"]
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolve["dedup_key"]
    assert trigger["routing_key"] == "R0UTINGKEY"
    details = trigger["payload"].pop("custom_details")
    assert trigger["payload"] == {
        "summary": f"CRITICAL: {SUMMARY}",
        "source": "ml/everybody",
        "severity": "critical",
        "class": BURN,
        "component": "everybody",
        "group": "ml",
    }
    assert details["firing"].lstrip("\t").startswith(f"{SUMMARY}\nThe error ratio is 42 over the last 5m")
    assert resolve["payload"]["custom_details"]["resolved"].lstrip("\t").startswith(f"{SUMMARY}\n20")
    dashboard, runbook = trigger["links"]
    assert runbook == {"text": "Runbook", "href": f"https://modelmonitor.dev/runbooks/{BURN}"}
    assert dashboard["text"] == "Dashboard"
    assert dashboard["href"].startswith("https://grafana.example/d/mm-")


def test_opsgenie_opens_one_alert_and_closes_it(told: dict[str, list[Any]]) -> None:
    (path, headers, opened), (closing, _, _) = told["opsgenie"]
    assert path == "/opsgenie/v2/alerts"
    assert closing == f"/opsgenie/v2/alerts/{opened['alias']}/close?identifierType=alias"
    assert headers["Authorization"] == "GenieKey AP1KEY"
    assert (opened["message"], opened["priority"]) == (f"CRITICAL: {SUMMARY}", "P1")
    assert (opened["entity"], opened["source"]) == ("ml/everybody", "ModelMonitor")
    assert opened["tags"] == ["modelmonitor", "critical", "ml", "everybody"]
    assert (
        f"\nRunbook: https://modelmonitor.dev/runbooks/{BURN}\nDashboard: https://" in opened["description"]
    )


def test_slack_says_it_once_in_its_title_and_then_why(told: dict[str, list[Any]]) -> None:
    (_, _, first), (_, _, last) = told["slack"]
    assert first["channel"] == "#ml"
    (firing,), (resolved,) = first["attachments"], last["attachments"]
    assert (firing["title"], firing["color"]) == (f"CRITICAL: {SUMMARY}", "danger")
    assert firing["text"].startswith("The error ratio is 42")
    assert f"· <https://modelmonitor.dev/runbooks/{BURN}|Runbook> · <https://grafana" in firing["text"]
    assert (resolved["title"], resolved["color"]) == (f"RESOLVED: {SUMMARY}", "good")
    assert resolved["text"].startswith(":white_check_mark: 20")


def test_mail_has_a_subject_a_text_and_html(told: dict[str, list[Any]]) -> None:
    (_, session, first), (_, _, last) = told["email"]
    assert session == {"to": ["ml@example.com", "boss@example.com"], "user": "alerts", "password": "pa55"}
    assert (first["Subject"], last["Subject"]) == (f"CRITICAL: {SUMMARY}", f"RESOLVED: {SUMMARY}")
    assert first["From"] == "alerts@example.com"
    plain, html = parts(first)
    assert plain.startswith(f"{SUMMARY}\nThe error ratio is 42")
    assert f'<a href="https://modelmonitor.dev/runbooks/{BURN}">Runbook</a>' in html
    assert "Resolved:" in parts(last)[0]


def test_teams_gets_a_card(told: dict[str, list[Any]]) -> None:
    (_, _, first), (_, _, last) = told["teams"]
    title, text, color = card(first)
    assert (title, color) == (f"CRITICAL: {SUMMARY}", "Attention")
    assert text.startswith("The error ratio is 42")
    assert f"[Runbook](https://modelmonitor.dev/runbooks/{BURN})" in text
    assert card(last)[::2] == (f"RESOLVED: {SUMMARY}", "Good")


def test_a_webhook_gets_the_json_of_alertmanager_and_its_token(told: dict[str, list[Any]]) -> None:
    (_, headers, first), (_, _, last) = told["webhook"]
    assert headers["Authorization"] == "Bearer t0ken"
    assert (first["status"], last["status"]) == ("firing", "resolved")
    assert first["commonLabels"]["slo_name"] == "availability"


NASTY = 'a <!channel> & <b>, "quoted": [here](https://evil.example) {{ .ExternalURL }}\n- x: y'


def test_texts_of_users_do_nothing_in_any_medium(inbox: Inbox, configured: Configured, start: Start) -> None:
    planned = texts.example("nasty", routes={"critical": texts.everybody(inbox)})
    alertmanager = start(configured(planned, PACE))
    page = texts.alert(planned, "ModelTargetDown")
    summary = "ml/nasty: a <!channel> & <b> {{ .ExternalURL }}"
    alertmanager.post([Alert(page.labels, {"summary": summary, "description": f"...\n{NASTY}"})])
    inbox.expect(**ONCE)
    found = {one.medium: one.body for one in inbox.messages}
    slack = found["slack"]["attachments"][0]
    for text in (slack["title"], slack["text"], slack["fallback"]):
        assert "a &lt;!channel&gt; &amp; &lt;b&gt;" in text
        assert "<!" not in text
    assert "[here] (https://evil" in card(found["teams"])[1]
    plain, html = parts(found["email"])
    assert NASTY.splitlines()[0] in plain
    assert "&lt;!channel&gt; &amp; &lt;b&gt;" in html
    details = found["pagerduty"]["payload"]["custom_details"]["firing"]
    assert f"{summary}\n...\n{NASTY}" in details, "neither the YAML that it could be, nor a template in it"
    assert NASTY in found["opsgenie"]["description"]


def test_warnings_of_a_monitor_come_together_those_of_an_objective_apart(
    inbox: Inbox, configured: Configured, start: Start
) -> None:
    slack = {"slack": {"apiURL": texts.secret("slack"), "channel": "#ml"}}
    planned = texts.example("together", routes={"warning": slack})
    alertmanager = start(configured(planned, PACE))
    alertmanager.post(
        [
            texts.alert(planned, "ModelFeatureDrift"),
            texts.alert(planned, "ModelDataQuality"),
            texts.alert(planned, BURN, "warning", slo_name="fast"),
        ]
    )
    inbox.expect(slack=2)
    by_title = {one["title"]: one for it in inbox.of("slack") for one in it.body["attachments"]}
    both, burn = sorted(by_title, key=lambda title: "objective" in title)
    assert both == "WARNING: ml/together: values are flawed more often than tolerated (and 1 more)"
    assert burn.startswith("WARNING: ml/together: objective fast (99 %) burns its error budget")
    assert by_title[both]["color"] == "warning"
    assert by_title[both]["text"].count("*ml/together: ") == 2


def test_infos_come_as_a_digest(inbox: Inbox, configured: Configured, start: Start) -> None:
    planned = texts.example("digest", routes={"info": {"email": texts.mail(inbox)}}, digest="1h")
    alertmanager = start(configured(planned, 1 / 1800))  # the first waits for a second, the next for two
    drift = texts.alert(planned, "ModelFeatureDrift")
    other = texts.alert(planned, "ModelDataQuality")
    infos = [Alert({**one.labels, "severity": "info"}, one.annotations) for one in (drift, other)]
    alertmanager.post([infos[0]])
    alertmanager.post([infos[1]])
    inbox.expect(email=1)
    assert inbox.of("email")[0].body["Subject"] == "INFO: ml/digest: 2 firing, 0 resolved"
    alertmanager.post([infos[0].ended()])
    inbox.expect(email=2)
    assert inbox.of("email")[1].body["Subject"] == "INFO: ml/digest: 1 firing, 1 resolved"


def test_a_digest_that_says_the_same_comes_after_every_interval(
    inbox: Inbox, configured: Configured, start: Start
) -> None:
    planned = texts.example(
        "same", routes={"info": {"webhook": {"urlSecret": texts.secret("webhook")}}}, digest="1h"
    )
    alertmanager = start(configured(planned, 1 / 1200))  # three seconds each
    drift = texts.alert(planned, "ModelFeatureDrift")
    alertmanager.post([Alert({**drift.labels, "severity": "info"}, drift.annotations)])
    inbox.expect(webhook=3)
    first, second, third = (one.at for one in inbox.of("webhook"))
    assert min(second - first, third - second) < 5, "not at every second interval alone"


def test_what_is_routed_reaches_matching_routes_of_the_cluster_too_and_what_is_not_its_default(
    inbox: Inbox, configured: Configured, start: Start
) -> None:
    slack = {"slack": {"apiURL": texts.secret("slack"), "channel": "#ml"}}
    planned = texts.example("some", routes={"warning": slack})
    alertmanager = start(configured(planned, PACE))
    warning, page = (texts.alert(planned, name) for name in ("ModelFeatureDrift", "ModelPredictionDrift"))
    info = Alert({**warning.labels, "severity": "info"}, warning.annotations)
    stranger = Alert({**warning.labels, "namespace": "other"}, warning.annotations)
    alertmanager.post([page, warning, info, stranger])
    inbox.expect_no_more(1.0, slack=1)

    def told(medium: str) -> list[tuple[str, str]]:
        labels = [one["labels"] for it in inbox.of(medium) for one in it.body["alerts"]]
        return sorted((one["severity"], one["namespace"]) for one in labels)

    assert told("audit") == [("critical", "ml"), ("warning", "ml"), ("warning", "other")]
    assert told("cluster") == [("info", "ml")]


def test_a_mute_time_holds_warnings_back_and_no_page(
    inbox: Inbox, configured: Configured, start: Start
) -> None:
    slack = {"slack": {"apiURL": texts.secret("slack"), "channel": "#ml"}}
    pager = {"pagerDuty": {"routingKey": texts.secret("oncall")}}
    berlin = {
        "name": "nights",
        "from": "22:00",
        "to": "06:00",
        "location": "Europe/Berlin",
        "severities": ["info"],
    }
    planned = texts.example(
        "muted",
        routes={"critical": pager, "warning": slack, "info": slack},
        muteTimes=[{"name": "always"}, berlin],
    )
    alertmanager = start(configured(planned, PACE))
    alertmanager.post([texts.alert(planned, "ModelTargetDown"), texts.alert(planned, "ModelResources")])
    inbox.expect_no_more(2.0, pagerduty=1)
    assert errors([alertmanager]) == []
