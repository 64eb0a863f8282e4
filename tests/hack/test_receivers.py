"""The demo's receivers speak as Slack, PagerDuty and a mail server do, and keep what they get."""

import http.client
import json
import re
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest

from demo import stack

RECEIVERS = stack.HERE / "stack" / "receivers.py"


@dataclass(frozen=True)
class Receivers:
    """Where they listen."""

    http: int
    smtp: int

    def ask(self, method: str, path: str, document: object = None) -> tuple[int, Any]:
        """Give the status and the body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=10)
        connection.request(method, path, None if document is None else json.dumps(document))
        answer = connection.getresponse()
        content = answer.read().decode()
        connection.close()
        return answer.status, content

    def received(self) -> list[dict[str, Any]]:
        """Give what they got."""
        return json.loads(self.ask("GET", "/received")[1])


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    """Run them on free ports of the loopback interface."""
    command = [sys.executable, "-u", RECEIVERS, "--host", "127.0.0.1", "--http", "0", "--smtp", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield Receivers(*map(int, re.findall("[0-9]+", process.stdout.readline())))
        process.terminate()


def test_a_message_to_slack_is_kept_with_its_title(receivers: Receivers) -> None:
    sent = {"channel": "#flights", "attachments": [{"title": "WARNING: drift", "text": "why"}]}
    assert receivers.ask("POST", "/slack", sent) == (200, "ok")
    (kept,) = receivers.received()
    assert (kept["receiver"], kept["title"], kept["resolved"]) == ("slack", "WARNING: drift", False)
    assert kept["document"] == sent


def test_an_incident_of_pagerduty_is_opened_and_closed(receivers: Receivers) -> None:
    for action in ("trigger", "resolve"):
        event = {"event_action": action, "dedup_key": "x", "payload": {"summary": f"{action} it"}}
        status, answer = receivers.ask("POST", "/v2/enqueue", event)
        assert (status, json.loads(answer)["status"]) == (202, "success")
    assert [(it["title"], it["resolved"]) for it in receivers.received()] == [
        ("trigger it", False),
        ("resolve it", True),
    ]


def test_a_mail_is_kept_with_its_text_however_long_and_with_leading_dots(receivers: Receivers) -> None:
    message = EmailMessage()
    message["Subject"], message["To"], message["From"] = (
        "RESOLVED: drift",
        "team@example.com",
        "a@example.com",
    )
    message.set_content(".a line that begins with a dot\n" + "a long text\n" * 20_000)
    with smtplib.SMTP("127.0.0.1", receivers.smtp, timeout=10) as server:
        server.send_message(message)
    (kept,) = receivers.received()
    assert (kept["receiver"], kept["title"], kept["resolved"]) == ("mail", "RESOLVED: drift", True)
    assert kept["document"]["to"] == "team@example.com"
    lines = kept["document"]["text"].splitlines()
    assert lines == [".a line that begins with a dot", *["a long text"] * 20_000]


def test_the_order_in_which_messages_came_is_kept_and_when(receivers: Receivers) -> None:
    for title in ("first", "second"):
        receivers.ask("POST", "/slack", {"attachments": [{"title": title}]})
    first, second = receivers.received()
    assert (first["title"], second["title"]) == ("first", "second")
    assert first["at"] <= second["at"]


def test_what_is_no_message_is_refused_and_not_kept(receivers: Receivers) -> None:
    assert receivers.ask("POST", "/v2/enqueue", {"payload": {}})[0] == 400
    assert receivers.ask("POST", "/teams", {})[0] == 404
    assert receivers.received() == []
