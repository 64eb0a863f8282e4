"""What is scraped, and the Prometheus that scrapes it."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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
    """A Prometheus that scrapes a target every second and loads what is written into its folder."""

    def __init__(self, folder: Path, target: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        scrape = {"job_name": "churn", "static_configs": [{"targets": [target.removeprefix("http://")]}],
                  "honor_labels": True}  # fmt: skip
        self._configuration = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
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
