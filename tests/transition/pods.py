"""Workloads and their pods in a world for visits: the test plays their controllers and the kubelet."""

from dataclasses import dataclass
from typing import Any

from modelmonitor import wire
from transition.world import Json, Play

TEMPLATE: Json = {
    "metadata": {"labels": {"app": "churn"}},
    "spec": {
        "containers": [
            {"name": "model", "image": "model:1", "ports": [{"name": "http", "containerPort": 8080}]}
        ]
    },
}
RESOURCES = {"requests": {"cpu": "50m", "memory": "64Mi"}}
WAITING = {"ImagePullBackOff": 'Back-off pulling image "evaluator:1"', "CrashLoopBackOff": "back-off 10s"}


@dataclass
class Stage(Play):
    """A world with a Deployment `churn` of three pods, whatever a test makes of it."""

    def target(self, name: str = "churn", kind: str = "Deployment", **spec: Any) -> None:
        """Let the team apply a workload; it is rolled out."""
        about = {"name": name, "namespace": "ml"}
        body = {"replicas": 3, "selector": {"matchLabels": {"app": name}}, "template": TEMPLATE, **spec}
        self.memory.put({"apiVersion": "apps/v1", "kind": kind, "metadata": about, "spec": body}, "team")
        self.rolled(name, kind)

    def workload(self, name: str = "churn", kind: str = "Deployment") -> Json:
        found = self.memory.find(kind, "ml", name)
        assert found is not None
        return found

    def rolled(self, name: str = "churn", kind: str = "Deployment", **status: Any) -> None:
        """Let the controller say that all pods are of the newest template, or how it is instead."""
        body = self.workload(name, kind)
        generation, count = body["metadata"]["generation"], body["spec"].get("replicas", 3)
        numbers = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), count)
        said = {"observedGeneration": generation, **numbers, **status}
        about = {"name": name, "namespace": "ml"}
        self.memory.put(
            {"apiVersion": "apps/v1", "kind": kind, "metadata": about, "status": said}, "controller"
        )

    def pod(self, name: str, evaluator: str = "evaluator:1", trouble: str = "", **more: Any) -> None:
        """Let there be a pod: `started`, `ready`, `restarts`, `owner`, `kind`, `monitor` as told.

        One with `unschedulable` finds no node, in these words, since now.
        """
        runs, moment = not trouble and "unschedulable" not in more, self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        started, ready = more.get("started", runs), more.get("ready", runs)
        labels = {wire.LABEL_INJECT: more.get("monitor", "churn"), "pod-template-hash": "1"}
        owned = self._owned(more.get("owner", "churn"), more.get("kind", "Deployment"))
        about = {"name": name, "namespace": "ml", "labels": labels, "creationTimestamp": moment, **owned}
        model: Json = {"running": {}} if started else {"waiting": {"reason": "PodInitializing"}}
        status = {
            "phase": "Running" if started else "Pending",
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "initContainerStatuses": [_evaluator(trouble, more.get("restarts", 1))] if evaluator else [],
            "containerStatuses": [{"name": "model", "state": model, "ready": ready}],
        }
        sidecars = [{"name": wire.EVALUATOR, "image": evaluator, "resources": RESOURCES}] if evaluator else []
        spec: Json = {"initContainers": sidecars, "nodeName": "node"}
        if "unschedulable" in more:
            told = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                    "message": more["unschedulable"], "lastTransitionTime": moment}  # fmt: skip
            spec, status = {"initContainers": sidecars}, {"phase": "Pending", "conditions": [told]}
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": about, "status": status}
        self.memory.put({**body, "spec": spec}, "kubelet")

    def pods(self) -> set[str]:
        """Give the names of the pods that there are."""
        return {one["metadata"]["name"] for one in self.memory.objects("Pod", "ml")}

    def _owned(self, owner: str, kind: str) -> Json:
        """Give a pod its controller, of a Deployment the ReplicaSet; of no owner, none."""
        if not owner:
            return {}
        if kind != "Deployment":
            uid = self.workload(owner, kind)["metadata"]["uid"]
            reference = {"apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": uid}
            return {"ownerReferences": [{**reference, "controller": True}]}
        about = {"name": f"{owner}-1", "namespace": "ml"}
        made = self.memory.put({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": about})
        reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": about["name"]}
        return {"ownerReferences": [{**reference, "uid": made["metadata"]["uid"], "controller": True}]}


def _evaluator(trouble: str, restarts: int) -> Json:
    waiting = {"reason": trouble, "message": WAITING.get(trouble, "")}
    state: Json = {"waiting": waiting} if trouble else {"running": {}}
    ended = {"terminated": {"exitCode": 1, "reason": "Error"}} if trouble == "CrashLoopBackOff" else {}
    return {"name": wire.EVALUATOR, "state": state, "lastState": ended, "restartCount": restarts}
