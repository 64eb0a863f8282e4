"""A real Prometheus that scrapes itself, evaluates rules, and sends alerts; it can be restarted."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tools
from apiserver.replica import free_port
from cluster.processes import DIE_WITH_PARENT

Json = dict[str, Any]


@dataclass
class Prometheus:
    """One server, its data kept between restarts."""

    folder: Path
    rules: Json
    alertmanager: int
    """The port of its Alertmanager."""
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "rules.json").write_text(json.dumps(self.rules))
        own = {"static_configs": [{"targets": [f"127.0.0.1:{self.port}"]}]}
        config = {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.json"],
            "scrape_configs": [{"job_name": "prometheus", **own}],
            "alerting": {
                "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{self.alertmanager}"]}]}]
            },
        }
        (self.folder / "prometheus.json").write_text(json.dumps(config))
        command = [*DIE_WITH_PARENT, tools.binary("prometheus"),
                   f"--config.file={self.folder}/prometheus.json", f"--storage.tsdb.path={self.folder}/data",
                   f"--web.listen-address=127.0.0.1:{self.port}"]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def stop(self) -> None:
        """End it as a rollout does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
            self._process = None
