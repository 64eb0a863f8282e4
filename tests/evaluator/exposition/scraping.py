"""Counters behind an HTTP port, and a real Prometheus that scrapes it in both formats."""

import contextlib
import http.server
import json
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import tools
from cluster.processes import DIE_WITH_PARENT
from modelmonitor.evaluator import exposition
from modelmonitor.evaluator.counters import Counters

PROTOCOLS = {"text": "PrometheusText0.0.4", "openmetrics": "OpenMetricsText1.0.0"}
WAIT = 60.0
Series = tuple[tuple[str, str], ...]


@contextlib.contextmanager
def served(counters: Sequence[Counters]) -> Iterator[tuple[str, list[exposition.Form]]]:
    """Serve the scrape of these counters; yield its address, and the form of every scrape so far."""
    forms: list[exposition.Form] = []

    class Port(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = (self.headers.get(name, "").encode() for name in ("accept", "accept-encoding"))
            form = exposition.negotiate(*asked)
            body = exposition.body(counters, form)
            forms.append(form)
            self.send_response(200)
            self.send_header("content-type", form.content_type)
            self.send_header("content-length", str(len(body)))
            if form.gzip:
                self.send_header("content-encoding", "gzip")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Port) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}", forms
        finally:
            server.shutdown()


@contextlib.contextmanager
def prometheus(folder: Path, addresses: Mapping[str, str]) -> Iterator[str]:
    """Run a Prometheus with a job for each of these in each format; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    jobs = [
        {
            "job_name": f"{name} {form}",
            "scrape_protocols": [protocol],
            "static_configs": [{"targets": [target]}],
        }
        for name, target in addresses.items()
        for form, protocol in PROTOCOLS.items()
    ]
    config = {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}
    (folder / "prometheus.json").write_text(json.dumps(config))
    command = [*DIE_WITH_PARENT, tools.binary("prometheus"), f"--config.file={folder}/prometheus.json",
               f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}"]  # fmt: skip
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def targets(address: str, number: int) -> dict[str, dict[str, Any]]:
    """Each job's target, once so many of them have been scraped."""
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            active = _ask(f"{address}/api/v1/targets")["activeTargets"]
            found = {one["labels"]["job"]: one for one in active if one["health"] != "unknown"}
            if len(found) == number:
                return found
        time.sleep(0.1)
    raise AssertionError(f"expected {number} jobs to be scraped within {WAIT:g} s")


def stored(address: str, job: str) -> dict[Series, float]:
    """All series that Prometheus has of a job, without those that it adds itself."""
    answer = asked(address, f'{{job="{job}",__name__=~"modelmonitor_.*"}}')
    own = {"job", "instance"}
    return {tuple(sorted(it for it in labels.items() if it[0] not in own)): value for labels, value in answer}


def asked(address: str, query: str) -> list[tuple[dict[str, str], float]]:
    """What Prometheus answers to a query: labels and value of each series."""
    found = _ask(f"{address}/api/v1/query?{urllib.parse.urlencode({'query': query})}")["result"]
    return [(one["metric"], float(one["value"][1])) for one in found]


def _ask(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return json.load(answer)["data"]
