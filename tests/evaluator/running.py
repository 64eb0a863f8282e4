"""An evaluator as users run it: a process of its own, in front of a model, with ports of its own."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.running import MODELMONITOR

PATIENCE = 20.0
"""Seconds after which whoever waits in vain fails."""
_LINE = re.compile(r"^modelmonitor_(\w+?)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def free_port() -> int:
    """Give a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Evaluator:
    """A running evaluator."""

    process: subprocess.Popen[bytes]
    proxy: int
    """The port that the model's callers connect to."""
    http: int
    log: Path
    opened: list[Any] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> bytes:
        """Fetch a page of the HTTP port."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return bytes(answer.read())

    def post(self, path: str, document: object, **headers: str) -> Any:
        """Send JSON to the HTTP port and return the JSON that it answers."""
        return send(f"http://127.0.0.1:{self.http}{path}", document, **headers)

    def predict(self, path: str, document: object, **headers: str) -> Any:
        """Send JSON through the proxy and return the JSON that the model answers."""
        return send(f"http://127.0.0.1:{self.proxy}{path}", document, **headers)

    def series(self, family: str, **labels: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Return the series of a family (without our prefix) that have these labels, by their labels."""
        found = {}
        for line in self.get("/metrics").decode().splitlines():
            if (match := _LINE.match(line)) and match[1] == family:
                own = dict(_LABEL.findall(match[2] or ""))
                if labels.items() <= own.items():
                    found[tuple(sorted(own.items()))] = float(match[3])
        return found

    def total(self, family: str, **labels: str) -> float:
        """Add up the series of a family."""
        return sum(self.series(family, **labels).values())

    def wait(self, family: str, value: float, *, patience: float = PATIENCE, **labels: str) -> None:
        """Wait until the series of a family add up to at least this much."""
        until = time.monotonic() + patience
        while (found := self.total(family, **labels)) < value:
            if time.monotonic() > until:
                raise AssertionError(
                    f"{family}{labels}: expected {value}, got {found}\n{self.log.read_text()}"
                )
            time.sleep(0.02)

    def memory(self, field_: str = "VmRSS") -> float:
        """Return the resident memory of the process, MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(rf"{field_}:\s+(\d+)", status)[0]) / 1024

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process and return its status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE + 30)


def send(url: str, document: object, **headers: str) -> Any:
    """POST a JSON document; return the JSON that is answered, whatever the status."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    sent = {
        "content-type": "application/json",
        **{name.replace("_", "-"): it for name, it in headers.items()},
    }
    request = urllib.request.Request(url, data=body, headers=sent, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        with error:
            return {"status": error.code, "text": error.read().decode()}


@contextlib.contextmanager
def evaluator(
    folder: Path,
    config: Mapping[str, object] | None,
    reference: Mapping[str, object] | None = None,
    *arguments: str,
    upstream: int | None = None,
    ports: tuple[int, int] | None = None,
    tee: bool = True,
    **environment: str,
) -> Iterator[Evaluator]:
    """Run an evaluator with this config and reference until the end of the block; or one without a tee."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in (("config.json", config), ("profile.json", reference)):
        if document is not None:
            (folder / name).write_text(json.dumps(document))
    proxy, http = ports or (free_port(), free_port())
    log = folder / f"evaluator-{http}.log"
    passing = ["--listen", f"127.0.0.1:{proxy}", "--upstream", f"localhost:{upstream or free_port()}"]
    command = [
        MODELMONITOR, "evaluator", "--config", folder / "config.json", "--reference", folder / "profile.json",
        "--http", f"127.0.0.1:{http}", *(passing if tee else ()), *arguments,
    ]  # fmt: skip
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, **environment})
    running = Evaluator(process, proxy, http, log)
    try:
        ready(running)
        yield running
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def ready(running: Evaluator) -> None:
    """Wait until an evaluator answers."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            running.get("/readyz")
        except OSError:
            if running.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"no evaluator:\n{running.log.read_text()}") from None
            time.sleep(0.01)
        else:
            return
