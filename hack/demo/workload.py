"""The model's Deployment and the airport that asks it: what the story does to them, and sees of them."""

import time
from dataclasses import dataclass
from typing import Any

from demo.session import Session, StoryError, until

NAMESPACE, NAME = "demo", "flights"
DEPLOYMENT = f"deployment/{NAME}"
PODS = f"app.kubernetes.io/name={NAME}"
REPLICAS = 3
EVALUATOR = "modelmonitor-evaluator"


@dataclass(frozen=True)
class Workload:
    """The Deployment of a cluster, and its airport."""

    session: Session

    def template(self) -> dict[str, Any]:
        """Return the template of the pods."""
        return dict(self.session.get("deployment", NAME, NAMESPACE)["spec"]["template"])

    def season(self, name: str) -> None:
        """Let a season begin at the airport."""
        command = ("python", "/airport/airport.py", "--season", name)
        self.session.run("exec", "-n", NAMESPACE, "deployment/airport", "--", *command)

    def read(self, *command: str) -> str:
        """Run a command in a container of the model; return what it printed."""
        return self.session.run("exec", "-n", NAMESPACE, DEPLOYMENT, "-c", "mlserver", "--", *command)

    def release(self, *change: str) -> None:
        """Change the Deployment, and wait until all pods are those of the new release."""
        self.session.run(*change, "-n", NAMESPACE)
        self.session.run("rollout", "status", DEPLOYMENT, "-n", NAMESPACE, "--timeout=180s")

    def await_pods(self, *, evaluators: bool) -> None:
        """Wait until all replicas are ready, and each has an evaluator, or none has."""
        what = f"{REPLICAS} ready pods, {'each' if evaluators else 'none'} with an evaluator"
        until(what, 180, lambda: self._with_evaluator() == [evaluators] * REPLICAS)

    def answers(self) -> bool:
        """Tell whether the last line of the airport's, which is of ten seconds, knows of no failure."""
        line = self.session.run("logs", "-n", NAMESPACE, "deployment/airport", "--tail=1")
        return "requests" in line and "failed" not in line

    def failed_since(self, began: float) -> list[str]:
        """Return what the airport said of requests that failed since then, in seconds since 1970."""
        since = f"--since={max(1, round(time.time() - began))}s"
        lines = self.session.run("logs", "-n", NAMESPACE, "deployment/airport", since).splitlines()
        if not lines:
            raise StoryError("airport: expected a line every ten seconds, got none")
        return [line for line in lines if "failed" in line]

    def _with_evaluator(self) -> list[bool]:
        """Tell of each pod whether it has an evaluator; of one that is not ready, or that goes, nothing."""
        pods = self.session.items("pods", NAMESPACE, PODS)
        if any("deletionTimestamp" in pod["metadata"] or not _ready(pod) for pod in pods):
            return []
        return [
            any(one["name"] == EVALUATOR for one in pod["spec"].get("initContainers", ())) for pod in pods
        ]


def _ready(pod: dict[str, Any]) -> bool:
    conditions = {one["type"]: one["status"] for one in pod.get("status", {}).get("conditions", ())}
    return conditions.get("Ready") == "True"
