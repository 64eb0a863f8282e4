"""Deployments and their pods on an API server without a node: the test plays controllers and kubelet."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from apiserver.replica import Space, eventually
from apiserver.rest import Json
from modelmonitor import wire

MODEL = {"name": "model", "image": "model", "ports": [{"name": "http", "containerPort": 8080}]}


@dataclass
class Workloads:
    """The team's workloads in a namespace."""

    space: Space

    def deploy(self, name: str = "churn", replicas: int = 3, **template: Any) -> Json:
        """Apply a Deployment as the team does, and let it be rolled out."""
        labels = {"app": name}
        pods = {"metadata": {"labels": labels} | template, "spec": {"containers": [MODEL]}}
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": pods}
        about = {"name": name, "annotations": {"team": "ml"}}
        self.space.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": about, "spec": spec})
        self.rolled(name)
        return self.get(name)

    def get(self, name: str = "churn") -> Json:
        found = self.space.get("Deployment", name)
        assert found is not None
        return found

    def marks(self, name: str = "churn") -> tuple[str | None, str | None, str | None]:
        """Give our label of a Deployment, and label and annotation of its pod template."""
        body = self.get(name)
        template = body["spec"]["template"]["metadata"]
        return (
            body["metadata"].get("labels", {}).get(wire.LABEL_MONITORED_BY),
            template.get("labels", {}).get(wire.LABEL_INJECT),
            template.get("annotations", {}).get(wire.ANNOTATION_INJECTION),
        )

    def await_mark(self, name: str = "churn", seconds: float = 30.0) -> None:
        assert eventually(lambda: self.marks(name)[1] == name, seconds), self.space.status(name)

    def managers(self, name: str = "churn") -> set[str]:
        return {one["manager"] for one in self.get(name)["metadata"]["managedFields"]}

    def rolled(self, name: str = "churn", **status: Any) -> None:
        """Let the controller say that all pods are of the newest template, or how it is instead."""
        body = self.get(name)
        count = body["spec"]["replicas"]
        numbers = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
        said = {"observedGeneration": body["metadata"]["generation"], **numbers, **status}
        self._status("Deployment", name, said)

    def pod(self, name: str, owner: str = "churn") -> Json:
        """Create a pod of a Deployment, as its ReplicaSet does; a webhook may add to it."""
        template = self.get(owner)["spec"]["template"]["metadata"]
        reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{owner}-1", "controller": True}
        about = {
            "name": name,
            "labels": {**template["labels"], "pod-template-hash": "1"},
            "ownerReferences": [{**reference, "uid": self._replica_set(owner)}],
        }
        body = {"metadata": about, "spec": {"containers": [MODEL]}}
        answer = self.space.rest.send("POST", self.space.path("Pod"), body)
        assert answer.accepted, answer.message
        return answer.body

    def runs(self, name: str) -> None:
        """Let the kubelet say that all containers of a pod run."""
        self._tell(name, "Running", {"running": {}}, {"running": {}}, ready=True)

    def waits(self, name: str, reason: str, message: str) -> None:
        """Let the kubelet say that the evaluator does not start, and the model waits for it."""
        waiting = {"waiting": {"reason": reason, "message": message}}
        self._tell(name, "Pending", waiting, {"waiting": {"reason": "PodInitializing"}}, ready=False)

    def finds_no_node(self, name: str, message: str) -> None:
        """Let the scheduler say that there is no room for a pod, which it has said for ten minutes."""
        since = (datetime.now(UTC) - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
        told |= {"message": message, "lastTransitionTime": since}
        self._status("Pod", name, {"phase": "Pending", "conditions": [told]})

    def finds_a_node(self, name: str) -> None:
        """Let the scheduler bind a pod."""
        target = {"apiVersion": "v1", "kind": "Node", "name": "node"}
        path = f"{self.space.path('Pod', name)}/binding"
        answer = self.space.rest.send("POST", path, {"metadata": {"name": name}, "target": target})
        assert answer.accepted, answer.message

    def _tell(self, name: str, phase: str, evaluator: Json, model: Json, *, ready: bool) -> None:
        common = {"image": "", "imageID": "", "restartCount": 0, "ready": ready}
        said = {
            "phase": phase,
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "initContainerStatuses": [{"name": wire.EVALUATOR, "state": evaluator, **common}],
            "containerStatuses": [{"name": "model", "state": model, **common}],
        }
        self._status("Pod", name, said)

    def _status(self, kind: str, name: str, status: Json) -> None:
        path = f"{self.space.path(kind, name)}/status"
        answer = self.space.rest.send("PATCH", path, {"status": status}, kind="merge-patch+json")
        assert answer.accepted, answer.message

    def _replica_set(self, owner: str) -> str:
        """Give the uid of a Deployment's ReplicaSet, which is made where there is none."""
        found = self.space.get("ReplicaSet", f"{owner}-1")
        if found is None:
            spec = {**self.get(owner)["spec"], "replicas": 0}
            body = {"metadata": {"name": f"{owner}-1"}}
            body["spec"] = {name: spec[name] for name in ("replicas", "selector", "template")}
            answer = self.space.rest.send("POST", self.space.path("ReplicaSet"), body)
            assert answer.accepted, answer.message
            found = answer.body
        return str(found["metadata"]["uid"])
