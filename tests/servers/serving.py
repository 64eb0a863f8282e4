"""Start a model server of another maker, and ask it as its own client does."""

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environments
from evaluator.running import free_port

REQUIREMENTS = Path(__file__).parent
MAKERS = REQUIREMENTS / "makers"
START_SECONDS = 180.0
_READY = {"mlserver": "/v2/health/ready", "kserve": "/v2/health/ready", "mlflow": "/ping"}


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    name: str
    python: Path
    port: int

    def ask(self, port: int) -> Any:
        """Let the maker's own client talk to a port, the server's or the proxy's; return what it read."""
        return self.run(f"{self.name}_client.py", f"http://127.0.0.1:{port}")

    def run(self, client: str, address: str) -> Any:
        """Let one of the maker's clients talk to an address; return what it read."""
        command = [self.python, MAKERS / client, address]
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=START_SECONDS)
        assert ended.returncode == 0, ended.stderr[-2000:]
        return json.loads(ended.stdout.splitlines()[-1])


@contextlib.contextmanager
def serving(name: str, folder: Path, *arguments: str) -> Iterator[Server]:
    """Run the server, with further arguments if it takes any, until the end of the block."""
    python, port, log = environments.python(REQUIREMENTS / f"{name}.txt"), free_port(), folder / f"{name}.log"
    (folder / name).mkdir()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, MAKERS / f"{name}_model.py", folder / name, str(port), *arguments],
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "HOME": str(folder)},
        )
    try:
        _wait(f"http://127.0.0.1:{port}{_READY[name]}", process, log)
        yield Server(name, python, port)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (OSError, urllib.error.URLError):
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"no server:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.2)
