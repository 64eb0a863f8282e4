"""Receivers of alerts that speak as Slack, PagerDuty and a mail server do, and keep what they get.

    python receivers.py [--http 8080] [--smtp 1025]

    POST /slack            an incoming webhook of Slack
    POST /v2/enqueue       the Events API v2 of PagerDuty
    SMTP                   a relay in the cluster: no login, no TLS
    GET /received          what came, the oldest first: [{"at", "receiver", "title", "resolved", "document"}]

`at` is in seconds since 1970, when it came.
"""

import argparse
import asyncio
import email
import email.policy
import http.server
import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Received:
    """One message: who got it, its title, whether it says that all is well again, and all of it."""

    receiver: str
    title: str
    resolved: bool
    document: Any
    at: float = field(default_factory=time.time)


class Inbox:
    """What came so far; for any thread."""

    def __init__(self) -> None:
        self._received: list[Received] = []
        self._lock = threading.Lock()

    def keep(self, received: Received) -> None:
        """Keep a message, and print its title."""
        with self._lock:
            self._received.append(received)
        print(f"{received.receiver}: {received.title}", flush=True)

    def text(self) -> str:
        """Give all of them as JSON."""
        with self._lock:
            return json.dumps([asdict(one) for one in self._received])


def slack(document: dict[str, Any]) -> Received:
    """Read what an incoming webhook of Slack is sent."""
    attachments = document.get("attachments") or [{}]
    title = str(attachments[0].get("title") or document.get("text", ""))
    return Received("slack", title, "RESOLVED" in title, document)


def pagerduty(document: dict[str, Any]) -> Received:
    """Read an event of PagerDuty; what it resolves has no summary of its own."""
    title = str(document.get("payload", {}).get("summary", document.get("dedup_key", "")))
    return Received("pagerduty", title, document["event_action"] == "resolve", document)


def mail(content: bytes) -> Received:
    """Read a mail."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    title = str(message["Subject"])
    body = message.get_body(("plain", "html"))
    text = body.get_content() if body else ""
    return Received("mail", title, "RESOLVED" in title, {"to": str(message["To"]), "text": text})


LARGEST_MAIL = 1 << 22
ROUTES: dict[str, tuple[Callable[[dict[str, Any]], Received], int, str]] = {
    "/slack": (slack, 200, "ok"),
    "/v2/enqueue": (pagerduty, 202, '{"status": "success", "message": "Event processed"}'),
}


class Handler(http.server.BaseHTTPRequestHandler):
    """The HTTP end."""

    protocol_version = "HTTP/1.1"
    inbox: ClassVar[Inbox]

    def do_GET(self) -> None:
        """Give what came."""
        answers = {"/received": self.inbox.text, "/ready": lambda: "yes"}
        if self.path in answers:
            self._answer(200, answers[self.path]())
        else:
            self._answer(404, f"expected one of {', '.join(answers)}")

    def do_POST(self) -> None:
        """Take a message; what is none is refused, and not kept."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path not in ROUTES:
            self._answer(404, f"expected one of {', '.join(ROUTES)}")
            return
        read, status, answer = ROUTES[self.path]
        try:
            received = read(json.loads(body))
        except (ValueError, KeyError, AttributeError, IndexError) as error:
            self._answer(400, f"no message: {error!r}")
            return
        self.inbox.keep(received)
        self._answer(status, answer)

    def _answer(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: what is received is printed already."""


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, inbox: Inbox) -> None:
    """Speak SMTP with one client until it quits."""

    async def say(line: str) -> None:
        writer.write(line.encode() + b"\r\n")
        await writer.drain()

    await say("220 receivers at your service")
    while line := await reader.readline():
        match line[:4].upper().strip():
            case b"EHLO" | b"HELO" | b"MAIL" | b"RCPT" | b"RSET" | b"NOOP":
                await say("250 fine")
            case b"DATA":
                await say("354 go on")
                content = await reader.readuntil(b"\r\n.\r\n")
                inbox.keep(mail(content.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")))
                await say("250 kept")
            case b"QUIT":
                await say("221 bye")
                break
            case _:
                await say("502 not spoken here")
    writer.close()


async def serve(http_port: int, smtp_port: int, host: str = "") -> None:
    """Receive for as long as the process lives."""
    inbox = Inbox()
    Handler.inbox = inbox
    web = http.server.ThreadingHTTPServer((host, http_port), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    post = await asyncio.start_server(
        lambda reader, writer: converse(reader, writer, inbox), host, smtp_port, limit=LARGEST_MAIL
    )
    ports = web.server_port, post.sockets[0].getsockname()[1]
    print(f"listening: HTTP on {ports[0]}, SMTP on {ports[1]}", flush=True)
    await post.serve_forever()


def main() -> None:
    """Serve on the ports that the arguments name."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--host", default="", help="address to listen on (all)")
    parser.add_argument("--http", type=int, default=8080, help="port of HTTP (%(default)d)")
    parser.add_argument("--smtp", type=int, default=1025, help="port of SMTP (%(default)d)")
    wanted = parser.parse_args()
    asyncio.run(serve(wanted.http, wanted.smtp, wanted.host))


if __name__ == "__main__":
    main()
