"""A real Prometheus over a folder of blocks, on a free port of this machine."""

import contextlib
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any, Self

import tools
from modelmonitor.cli.backtesting.server import Server
from modelmonitor.cli.reaching.address import Address
from modelmonitor.cli.reaching.prometheus import Prometheus as Asked

STARTS_WITHIN = 60.0
SECONDS = 120.0

_WRITTEN = (
    "--web.enable-remote-write-receiver",
    "--storage.tsdb.min-block-duration=100000d",
    "--storage.tsdb.max-block-duration=100000d",
    "--query.max-samples=500000000",
)
"""Nothing leaves the head, which takes samples of any time."""


class Prometheus:
    """Prometheus on a folder that `load` fills, or `writer`; it scrapes nothing and runs no rules."""

    def __init__(self, folder: Path, *, written: bool = False) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._address = ""
        self._options = _WRITTEN if written else ()

    def writer(self) -> contextlib.closing[Server]:
        """Return what writes samples of any time, if it was started for that."""
        return contextlib.closing(Server(self._address.removeprefix("http://")))

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def load(self, name: str, lines: list[str]) -> None:
        """Add samples in the OpenMetrics format and start again, so that queries see them."""
        file = self.folder / f"{name}.om"
        file.write_text("\n".join((*lines, "# EOF", "")))
        self._stop()
        promtool = tools.binary("promtool")
        command: list[str | Path] = [
            promtool,
            "tsdb",
            "create-blocks-from",
            "openmetrics",
            "--quiet",
            "--max-block-duration=744h",
        ]
        done = subprocess.run([*command, file, self.data], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{file}: expected samples that promtool can load, got {done.stderr.strip()}")
        self._start()

    def instant(self, query: str, at: float) -> list[dict[str, Any]]:
        """Evaluate a query at one time."""
        return self._asked.instant(query, at)

    def range(self, query: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """Evaluate a query from start to end."""
        return self._asked.range(query, start, end, step)

    @property
    def _asked(self) -> Asked:
        return Asked(Address(self._address), SECONDS)

    def _start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._address = f"http://127.0.0.1:{port}"
        config = self.folder / "prometheus.yml"
        config.write_text("global: {}\n")
        command: list[str | Path] = [
            tools.binary("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={self.data}",
            "--storage.tsdb.retention.time=10y",
            f"--web.listen-address=127.0.0.1:{port}",
            "--query.timeout=2m",
            *self._options,
        ]
        with (self.folder / "prometheus.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self._address}/-/ready", timeout=5):  # noqa: S310
                return
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.05)
        self._stop()
        raise RuntimeError(
            f"expected Prometheus to be ready within {STARTS_WITHIN:g} s; see {self.folder}/prometheus.log"
        )

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None
