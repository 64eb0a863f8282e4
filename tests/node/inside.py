"""Programs within the node's network, where pods and Services can be reached: they end with the test."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import redis_server
import tools
from cluster import network

T = TypeVar("T")
INTERVAL = 2.0
"""Seconds between two scrapes."""


def eventually(look: Callable[[], T], seconds: float = 60.0, pause: float = 0.2) -> T:
    """Look until there is something; give it, or the last nothing when time is up."""
    until = time.monotonic() + seconds
    while not (found := look()) and time.monotonic() < until:
        time.sleep(pause)
    return found


def figures(text: str) -> None:
    """Say what was measured; shown by `pytest --capture=no`."""
    sys.stdout.write(f"\n{text}\n")


def free_port() -> int:
    """Give a port that nobody listens on here, and so hardly anybody in the node's network."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fetch(url: str, seconds: float = 5.0) -> bytes:
    """Fetch a page at the node's address."""
    with urllib.request.urlopen(url, timeout=seconds) as answer:
        return bytes(answer.read())


def answers(url: str) -> bool:
    """Say whether a page can be fetched."""
    try:
        fetch(url)
    except (OSError, urllib.error.URLError):
        return False
    return True


@contextlib.contextmanager
def program(
    command: Sequence[str | Path], log: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the end of the block."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*network.ENTER, *map(str, command)],
            stdout=output,
            stderr=output,
            env={**os.environ, **environment},
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Redis:
    """A Redis that keeps what it has acknowledged; it may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.port = folder, free_port()
        self.url = f"redis://{network.NODE}:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {"bind": network.NODE, "port": self.port, "appendonly": "yes", "appendfsync": "always",
                   "save": "", "protected-mode": "no", "maxmemory-policy": "noeviction"}  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        command = [*network.ENTER, str(redis_server.binary()), *words]
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL)
        assert eventually(self._answers), "no Redis"

    def kill(self) -> None:
        """Kill it, as a node that fails would."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((network.NODE, self.port), 5) as one:
            one.sendall(b"PING\r\n")
            return one.recv(100).startswith(b"+PONG")
        return False

    def __enter__(self) -> "Redis":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus that scrapes the evaluators of a namespace, and the kubelet."""

    url: str

    def ask(self, query: str) -> list[dict[str, Any]]:
        """Return the answer to an instant query."""
        page = fetch(f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': query})}", 30)
        return list(json.loads(page)["data"]["result"])

    def value(self, query: str) -> float:
        """Return the only number; 0 where there is none."""
        found = self.ask(query)
        return float(found[0]["value"][1]) if found else 0.0

    def growth(self, counter: str) -> float:
        """Return what the series of a counter have grown by within an hour, by their samples alone.

        A series begins at 0, and again where it falls: `increase` would guess at what was not scraped.
        """
        histories = ([float(value) for _, value in it["values"]] for it in self.ask(f"{counter}[1h]"))
        return sum(sum(now - (before if now >= before else 0) for before, now in pairwise([0.0, *values]))
                   for values in histories)  # fmt: skip


@contextlib.contextmanager
def prometheus(
    folder: Path, kubeconfig: Path, namespace: str, *rules: Path, interval: float = INTERVAL
) -> Iterator[Prometheus]:
    """Run a Prometheus with these rule files until the end of the block."""
    folder.mkdir(parents=True, exist_ok=True)
    address = f"{network.NODE}:{free_port()}"
    user = json.loads(kubeconfig.read_text())["users"][0]["user"]
    (folder / "token").write_text(user["token"])
    config = {
        "global": {"scrape_interval": f"{interval:g}s", "evaluation_interval": f"{interval:g}s"},
        "rule_files": [str(it) for it in rules],
        "scrape_configs": [evaluators(kubeconfig, namespace), _cadvisor(folder / "token")],
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))
    command = [
        tools.binary("prometheus"), f"--config.file={folder / 'prometheus.yml'}",
        f"--web.listen-address={address}", f"--storage.tsdb.path={folder / 'data'}", "--log.level=warn",
    ]  # fmt: skip
    with program(command, folder / "prometheus.log"):
        assert eventually(lambda: answers(f"http://{address}/-/ready")), (
            folder / "prometheus.log"
        ).read_text()
        yield Prometheus(f"http://{address}")


def evaluators(kubeconfig: Path, namespace: str) -> dict[str, Any]:
    """Scrape as the PodMonitor asks prometheus-operator to."""
    here = {"role": "pod", "kubeconfig_file": str(kubeconfig), "namespaces": {"names": [namespace]}}
    kept = {"namespace": "namespace", "pod_name": "pod"}
    of_pod = "__meta_kubernetes_pod"
    return {
        "job_name": "evaluators",
        "honor_labels": True,
        "kubernetes_sd_configs": [here],
        "relabel_configs": [
            {"source_labels": [f"{of_pod}_container_port_name"], "regex": "mm-http", "action": "keep"},
            {"source_labels": [f"{of_pod}_phase"], "regex": "Succeeded|Failed", "action": "drop"},
            *({"source_labels": [f"__meta_kubernetes_{it}"], "target_label": to} for it, to in kept.items()),
        ],
    }


def _cadvisor(token: Path) -> dict[str, Any]:
    return {
        "job_name": "cadvisor",
        "scheme": "https",
        "metrics_path": "/metrics/cadvisor",
        "honor_timestamps": False,
        "tls_config": {"insecure_skip_verify": True},
        "authorization": {"credentials_file": str(token)},
        "static_configs": [{"targets": [f"{network.NODE}:10250"]}],
    }
