"""What is scraped, and the Prometheus that scrapes it."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

import tools
from apiserver.replica import free_port
from cluster.processes import DIE_WITH_PARENT


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Serve answers of any kind; give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def say(code: int, text: str, kind: str = "application/json", **headers: str) -> Callable[..., None]:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in {"Content-Type": kind, **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(text.encode())

    return answer


class RealPrometheus:
    """A Prometheus that scrapes a target, and loads what is written into its folder."""

    def __init__(self, folder: Path, target: str, every: str = "1s") -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        scrape = {"job_name": "churn", "static_configs": [{"targets": [target.removeprefix("http://")]}],
                  "honor_labels": True}  # fmt: skip
        self._configuration = {
            "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": "1s"},
            "rule_files": [str(folder / "*.rules.json")],
            "scrape_configs": [scrape],
        }

    @contextmanager
    def running(self) -> Iterator["RealPrometheus"]:
        (self.folder / "prometheus.yaml").write_text(json.dumps(self._configuration))
        command = [*DIE_WITH_PARENT, tools.binary("prometheus"), "--web.enable-lifecycle",
                   f"--config.file={self.folder}/prometheus.yaml", f"--storage.tsdb.path={self.folder}/data",
                   f"--web.listen-address=127.0.0.1:{self.port}"]  # fmt: skip
        with (self.folder / "prometheus.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield self
        finally:
            process.terminate()
            process.wait(timeout=20)

    def load(self, rule: dict[str, object]) -> None:
        """Load the groups of a PrometheusRule, all evaluated every second so that the test need not wait."""
        groups = [{**group, "interval": "1s"} for group in rule["spec"]["groups"]]  # type: ignore[index]
        (self.folder / "churn.rules.json").write_text(json.dumps({"groups": groups}))
        requests.post(f"{self.url}/-/reload", timeout=20).raise_for_status()


class Records:
    """A target that exposes records as rules would have written them."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.lines: list[str] = []

    def add(self, name: str, value: float, monitor: str = "churn", **labels: str) -> None:
        every = {"namespace": self.namespace, "monitor": monitor, **labels}
        text = ",".join(f"{label}={json.dumps(it, ensure_ascii=False)}" for label, it in every.items() if it)
        self.lines.append(f"{name}{{{text}}} {value}")

    def drift(self, feature: str, excess: float, monitor: str = "churn", what: str = "Features") -> None:
        """Add the verdict on a column whose critical distance is 0.2, of 5,000 rows."""
        column = {"feature": feature, "monitor": monitor}
        self.add("modelmonitor:drift:excess1h", excess, statistic="PSI", on=what, **column)
        self.add("modelmonitor:drift:critical1h", 0.2, statistic="PSI", on=what, **column)
        self.add("modelmonitor:drift:critical1h", 9.0, statistic="KS", on=what, **column)
        self.add("modelmonitor:drift:rows1h", 5000, **column)

    def starve(self, feature: str, what: str = "Features") -> None:
        self.add("modelmonitor:drift:insufficient1h", 1, feature=feature, on=what)
        self.add("modelmonitor:drift:rows1h", 7, feature=feature)

    def evaluate(self, profile: str, state: str, pod: str, monitor: str = "churn") -> None:
        self.add("modelmonitor_evaluator_info", 1, monitor, profile=profile, state=state, pod=pod)

    def __call__(self, request: Any) -> None:
        say(200, "\n".join([*self.lines, ""]), "text/plain")(request)

    @contextmanager
    def scraped(self, folder: Path, every: str = "1s") -> Iterator[RealPrometheus]:
        with serving(self) as target, RealPrometheus(folder, target, every).running() as prometheus:
            yield prometheus
