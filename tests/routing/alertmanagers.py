"""Real Alertmanagers with the configuration that prometheus-operator made, at a pace of the test's own."""

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import tools
from apiserver.replica import free_port
from cluster.processes import DIE_WITH_PARENT
from modelmonitor.api.duration import Duration

Json = dict[str, Any]

_PACES = ("group_wait", "group_interval", "repeat_interval")
_SECONDS = 60.0
_LATER = timedelta(days=1)


def scaled(configuration: Json, factor: float) -> Json:
    """Give the configuration with all its paces multiplied by a factor, and nothing else changed."""

    def walk(value: Any) -> Any:
        if isinstance(value, list):
            return [walk(one) for one in value]
        if isinstance(value, dict):
            return {key: _scaled(it, factor) if key in _PACES else walk(it) for key, it in value.items()}
        return value

    scaled: Json = walk(configuration)
    return scaled


def _scaled(duration: str, factor: float) -> str:
    return f"{max(1, round(Duration.parse(duration).milliseconds * factor))}ms"


@dataclass
class Alertmanager:
    """One process."""

    folder: Path
    configuration: Json
    peers: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)
    cluster_port: int = field(default_factory=free_port)
    clustered: bool = False
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def start(self) -> "Alertmanager":
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "alertmanager.yaml").write_text(json.dumps(self.configuration))
        gossip = f"127.0.0.1:{self.cluster_port}" if self.clustered else ""
        command = [*DIE_WITH_PARENT, tools.binary("alertmanager"),
                   f"--config.file={self.folder}/alertmanager.yaml", f"--storage.path={self.folder}/data",
                   f"--web.listen-address=127.0.0.1:{self.port}", f"--cluster.listen-address={gossip}",
                   "--cluster.peer-timeout=2s", "--cluster.settle-timeout=1s",
                   *(f"--cluster.peer={peer}" for peer in self.peers)]  # fmt: skip
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + _SECONDS
        while not self._ready():
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def post(self, alerts: Iterable["Alert"]) -> None:
        """Send alerts as Prometheus does."""
        request = urllib.request.Request(
            f"{self.address}/api/v2/alerts",
            json.dumps([one.to_dict() for one in alerts]).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10):
            return

    def ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"{self.address}{path}", timeout=10) as answer:
            return json.loads(answer.read())

    def peers_seen(self) -> int:
        return len(self.ask("/api/v2/status")["cluster"].get("peers", ()))

    def _ready(self) -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{self.address}/-/ready", timeout=5):
            return True
        return False


@dataclass(frozen=True)
class Alert:
    """An alert as Prometheus sends it: it fires until somebody says that it ended."""

    labels: dict[str, str]
    annotations: dict[str, str]
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    until: datetime | None = None

    def to_dict(self) -> Json:
        until = self.until or datetime.now(UTC) + _LATER
        return {
            "labels": self.labels,
            "annotations": self.annotations,
            "startsAt": self.since.isoformat(),
            "endsAt": until.isoformat(),
            "generatorURL": "http://prometheus.example/graph",
        }

    def ended(self) -> "Alert":
        return Alert(self.labels, self.annotations, self.since, datetime.now(UTC))


def errors(processes: Sequence[Alertmanager]) -> list[str]:
    """Give the lines of their logs that complain; that digests repeat with their interval is meant."""
    lines = [line for one in processes for line in one.log.splitlines()]
    complaints = [line for line in lines if re.search("level=(ERROR|WARN)", line)]
    return [line for line in complaints if "repeat_interval is less than group_interval" not in line]
