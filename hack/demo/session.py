"""Talk to one cluster: kubectl, and Prometheus through the API server, so that no port need be open."""

import json
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
MONITORS = "modelmonitors.modelmonitor.dev"
PROMETHEUS = "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1"


class StoryError(Exception):
    """The story did not go as it must."""


@dataclass(frozen=True)
class Session:
    """A cluster and how it is reached."""

    command: Sequence[str | Path]
    """kubectl, with what chooses the cluster."""

    def run(self, *arguments: str | Path, stdin: str | None = None, check: bool = True) -> str:
        """Run kubectl and return what it printed; nothing if it failed and `check` is off."""
        done = subprocess.run(
            [*self.command, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and check:
            shown = " ".join(map(str, arguments))
            raise StoryError(f"kubectl {shown}: expected success, got: {done.stderr.strip()}")
        return "" if done.returncode else done.stdout

    def apply(self, text: str, *arguments: str) -> None:
        """Apply manifests on the server's side."""
        self.run("apply", "--server-side", "--force-conflicts", *arguments, "-f", "-", stdin=text)

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any]:
        """Return an object; empty if it is not there."""
        found = self.run("get", kind, name, "-n", namespace, "-o", "json", check=False)
        return dict(json.loads(found)) if found else {}

    def items(self, kind: str, namespace: str, selector: str = "", *more: str) -> list[dict[str, Any]]:
        """Return the objects of a kind."""
        chosen = (*(("-l", selector) if selector else ()), *more)
        return list(json.loads(self.run("get", kind, "-n", namespace, "-o", "json", *chosen))["items"])

    def prometheus(self, path: str, **parameters: str) -> Any:
        """Ask Prometheus' API; None while it does not answer."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        answer = self.run("get", "--raw", f"{PROMETHEUS}/{path}{query}", check=False)
        return json.loads(answer)["data"] if answer else None


def until(what: str, seconds: float, probe: Callable[[], T | None]) -> T:
    """Wait until a probe yields something, and return that.

    Raises
    ------
    StoryError
        If it yields nothing for so long; says what was expected.
    """
    deadline = time.monotonic() + seconds
    while True:
        if found := probe():
            return found
        if time.monotonic() > deadline:
            raise StoryError(f"expected within {seconds:.0f} s: {what}")
        time.sleep(0.5)
