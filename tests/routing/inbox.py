"""Receivers of every medium on 127.0.0.1: they speak its protocol and keep what they are told, in order."""

import base64
import json
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]

PATHS = {
    "pagerduty": "/pagerduty/v2/enqueue",
    "opsgenie": "/opsgenie/",
    "slack": "/slack/T0/B0/secret",
    "teams": "/teams/workflow",
    "webhook": "/webhook",
    "cluster": "/cluster",
    "audit": "/audit",
}
_ANSWERS = {
    "pagerduty": (202, '{"status":"success","message":"Event processed"}'),
    "opsgenie": (202, '{"result":"Request will be processed"}'),
    "slack": (200, "ok"),
    "teams": (202, ""),
}


@dataclass(frozen=True)
class Message:
    """One message: which medium, when, at which path, and what it says."""

    medium: str
    at: float
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Inbox:
    """All receivers; a context manager."""

    messages: list[Message] = field(default_factory=list)
    _arrived: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> "Inbox":
        self._http = _Http(self)
        self._smtp = _Smtp(self)
        for server in (self._http, self._smtp):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._http, self._smtp):
            server.shutdown()
            server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def smarthost(self) -> str:
        return f"127.0.0.1:{self._smtp.server_address[1]}"

    def url(self, medium: str) -> str:
        return f"{self.address}{PATHS[medium]}"

    def keep(self, message: Message) -> None:
        with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()

    def of(self, *media: str) -> list[Message]:
        with self._arrived:
            return [one for one in self.messages if one.medium in media]

    def counts(self) -> dict[str, int]:
        """Count the messages of each medium that got any, but of the cluster's own routes."""
        media = [one.medium for one in self.messages if one.medium not in {"cluster", "audit"}]
        return {medium: media.count(medium) for medium in sorted(set(media))}

    def expect(self, seconds: float = 30.0, **counts: int) -> None:
        """Wait until each medium has got so many messages; more, or those of other media, are an error."""
        self.wait(lambda: all(self.counts().get(it, 0) >= count for it, count in counts.items()), seconds)
        assert self.counts() == {medium: count for medium, count in sorted(counts.items()) if count}

    def expect_no_more(self, seconds: float, **counts: int) -> None:
        """See that nothing comes beside these, though there is time for it."""
        self.expect(**counts)
        time.sleep(seconds)
        assert self.counts() == {medium: count for medium, count in sorted(counts.items()) if count}

    def wait(self, enough: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until enough has arrived."""
        with self._arrived:
            found = self._arrived.wait_for(enough, seconds)
        assert found, f"expected more within {seconds:g} s, got {self.counts()}"

    def clear(self) -> None:
        with self._arrived:
            self.messages.clear()


class _Http(ThreadingHTTPServer):
    """A web server that answers as each service does."""

    daemon_threads = True

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        super().__init__(("127.0.0.1", 0), _Post)


class _Post(BaseHTTPRequestHandler):
    """One request."""

    server: _Http

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        medium = self.path.split("/")[1].partition("?")[0]
        self.server.inbox.keep(Message(medium, time.monotonic(), self.path, dict(self.headers), body))
        code, said = _ANSWERS.get(medium, (200, ""))
        self.send_response(code)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_: object) -> None:
        """Be quiet."""


class _Smtp(socketserver.ThreadingTCPServer):
    """A mail server that lets everybody in; a client that hangs up is no error."""

    daemon_threads = True

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        super().__init__(("127.0.0.1", 0), _Session)

    def handle_error(self, *_: object) -> None:
        """Be quiet."""


class _Session(socketserver.StreamRequestHandler):
    """One session: EHLO, AUTH PLAIN, MAIL, RCPT, DATA, QUIT."""

    server: _Smtp

    def handle(self) -> None:
        self.said: Json = {"to": []}
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            answer = getattr(self, f"on_{verb.lower()}", None)
            self.say(*(answer(rest) if answer else ["250 fine"]))
            if verb == "QUIT":
                return

    def on_ehlo(self, _: str) -> list[str]:
        return ["250-mail", "250 AUTH PLAIN"]

    def on_auth(self, rest: str) -> list[str]:
        _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
        self.said |= {"user": user, "password": password}
        return ["235 welcome"]

    def on_rcpt(self, rest: str) -> list[str]:
        self.said["to"].append(rest.partition("<")[2].partition(">")[0])
        return ["250 fine"]

    def on_data(self, _: str) -> list[str]:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.server.inbox.keep(Message("email", time.monotonic(), "", dict(self.said), mail))
        return ["250 kept"]

    def on_quit(self, _: str) -> list[str]:
        return ["221 bye"]

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
