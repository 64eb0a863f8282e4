"""What KServe's agent and Seldon's executor do as loggers, in front of a model: an event for each half.

As the contract has it: CloudEvents in HTTP binary mode, one connection each; the id is the client's
`Ce-Id`, else a new one; both halves have the content type and the chosen headers of the *request*; only a
response of 200 is logged; any number wait, in no order, for a few workers; what cannot be sent is dropped,
nothing is sent twice. Seldon gives each event an id of its own and the pair a `requestid`.
"""

import contextlib
import dataclasses
import http.client
import http.server
import json
import random
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

WORKERS = 5
_HOPS = {"connection", "transfer-encoding", "content-length", "host", "date", "server"}


@dataclass(frozen=True)
class Event:
    """A half of an exchange."""

    kind: str
    """`request` or `response`."""
    id: str
    content_type: str
    body: bytes
    metadata: str
    moment: str = ""
    """When a worker sends it, which is the time that it says."""


Delivery = Callable[[Event], Iterable[Event]]
"""What becomes of an event on its way."""


@dataclass(frozen=True)
class Settings:
    """How a logger is set up."""

    listen: tuple[str, int] = ("127.0.0.1", 0)
    dialect: str = "KServe"
    metadata_headers: tuple[str, ...] = ()
    """Names as Go writes them."""
    delivery: Delivery = lambda event: (event,)
    seed: int = 0


class Logger:
    """Passes requests on to a model and sends events about them."""

    def __init__(self, model: int, sink: int, settings: Settings) -> None:
        self._model, self._sink, self.settings = model, sink, settings
        self._random = random.Random(settings.seed)
        self._waiting: list[Event] = []
        self._changed = threading.Condition()
        self._under_way = 0
        self._ended = False
        self.answers: list[int] = []
        """Statuses that the sink answered."""
        self.dropped = 0
        """Events that could not be sent."""

    def asked(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Pass a request on; return the answer."""
        id_ = headers.get("ce-id") or str(uuid.uuid4())
        chosen = {
            name: [headers[name.lower()]]
            for name in self.settings.metadata_headers
            if name.lower() in headers
        }
        event = Event("request", id_, headers.get("content-type", ""), body, json.dumps(chosen))
        self._queue(event)
        model = http.client.HTTPConnection("127.0.0.1", self._model, timeout=60)
        with contextlib.closing(model):
            model.request("POST", path, body, {name: it for name, it in headers.items() if name not in _HOPS})
            answer = model.getresponse()
            content = answer.read()
        if answer.status == 200:
            self._queue(dataclasses.replace(event, kind="response", body=content))
        return answer.status, answer.getheaders(), content

    def drained(self) -> "Logger":
        """Wait until nothing is left to send."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._waiting and not self._under_way, 60)
        return self

    def work(self) -> None:
        """Send what waits, in any order, until the end."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._ended)
                if not self._waiting:
                    return
                event = self._waiting.pop(self._random.randrange(len(self._waiting)))
                self._under_way += 1
            try:
                now = datetime.now(UTC).isoformat().replace("+00:00", f"{self._random.randrange(1000):03}Z")
                for it in self.settings.delivery(dataclasses.replace(event, moment=now)):
                    self._send(it)
            finally:
                with self._changed:
                    self._under_way -= 1
                    self._changed.notify_all()

    def end(self) -> None:
        """Let the workers end."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _queue(self, event: Event) -> None:
        with self._changed:
            self._waiting.append(event)
            self._changed.notify_all()

    def _send(self, event: Event) -> None:
        sink = http.client.HTTPConnection("127.0.0.1", self._sink, timeout=60)
        try:
            with contextlib.closing(sink):
                sink.request("POST", "/v1/events", event.body, attributes(event, self.settings.dialect))
                answer = sink.getresponse()
                answer.read()
        except OSError:
            self.dropped += 1
        else:
            self.answers.append(answer.status)


def attributes(event: Event, dialect: str) -> dict[str, str]:
    """Return the headers of an event."""
    common = {
        "Ce-Specversion": "1.0", "Ce-Time": event.moment, "Ce-Inferenceservicename": "churn",
        "Ce-Namespace": "ml", "User-Agent": "Go-http-client/1.1", "Content-Type": event.content_type,
    }  # fmt: skip
    if dialect == "Seldon":
        return common | {
            "Ce-Type": f"io.seldon.serving.inference.{event.kind}", "Ce-Id": str(uuid.uuid4()),
            "Ce-Requestid": event.id, "Ce-Source": "http://:8000/", "Ce-Endpoint": "default",
            "Ce-Modelid": "classifier", "Ce-Protocol": "seldon",
        }  # fmt: skip
    return common | {
        "Ce-Type": f"org.kubeflow.serving.inference.{event.kind}", "Ce-Id": event.id,
        "Ce-Source": "http://localhost:9081/", "Ce-Endpoint": "", "Ce-Component": "predictor",
        "Ce-Metadata": event.metadata,
    }  # fmt: skip


@dataclass(frozen=True)
class Running:
    """A logger, and the port at which it stands for the model."""

    port: int
    logger: Logger


@contextlib.contextmanager
def logging(model: int, sink: int, settings: Settings = Settings()) -> Iterator[Running]:
    """Stand in front of a model until the end of the block."""
    logger = Logger(model, sink, settings)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent = {name.lower(): value for name, value in self.headers.items()}
            status, headers, content = logger.asked(self.path, sent, body)
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in _HOPS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    workers = [threading.Thread(target=logger.work, daemon=True) for _ in range(WORKERS)]
    with http.server.ThreadingHTTPServer(settings.listen, Handler) as server:
        server.daemon_threads = True
        threads = [threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True), *workers]
        for thread in threads:
            thread.start()
        try:
            yield Running(server.server_address[1], logger)
        finally:
            logger.end()
            server.shutdown()
            for thread in threads:
                thread.join()
