"""The evaluator as a patch of a workload, for those who add it themselves."""

from typing import Any

from modelmonitor import wire
from modelmonitor.errors import NotInjectable
from modelmonitor.plan.injection import adding, obstacles, ports
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.wire.injection import Injection

MERGED_BY = {"containers": "name", "initContainers": "name", "volumes": "name", "ports": "containerPort"}
"""Lists whose items Kubernetes tells apart by a key when it merges."""
VERSIONED_BY = {
    "Deployment": "pod-template-hash",
    "StatefulSet": "controller-revision-hash",
    "DaemonSet": "controller-revision-hash",
}
"""The label by which the pods of a workload tell their version, where no webhook does."""


def workload_patch(workload: Manifest, injection: Injection) -> Manifest:
    """Return the strategic merge patch that gives the pods of a workload an evaluator.

    Applied again it changes nothing; kustomize takes it, too. Merged so, a new init container comes first,
    not last: it then listens while the others run, which harms nobody.

    Raises
    ------
    NotInjectable
        If none can be added, or is there already.
    """
    template = workload["spec"]["template"]
    spec = template["spec"]
    if adding.is_injected(spec):
        text = f"pods: expected no container {wire.EVALUATOR}, got one; remove it to have it made anew"
        raise NotInjectable(text, reason="AlreadyThere")
    obstacles.refuse(spec, injection)
    moved = ports.find(spec, injection.port) if injection.port else None
    after = adding.with_evaluator(spec, injection, moved, {"env": [_version(workload["kind"])]})
    metadata = {
        key: workload["metadata"][key] for key in ("name", "namespace") if key in workload["metadata"]
    }
    of_pods = {
        "metadata": {"labels": dict.fromkeys((wire.LABEL_INJECT, wire.LABEL_EVALUATOR), injection.monitor)},
        "spec": _difference(spec, after),
    }
    about = {"apiVersion": workload["apiVersion"], "kind": workload["kind"], "metadata": metadata}
    return {**about, "spec": {"template": of_pods}}


def _version(kind: str) -> Manifest:
    field = {"fieldPath": f"metadata.labels['{VERSIONED_BY[kind]}']"}
    return {"name": "MODELMONITOR_EVALUATOR_MODEL_VERSION", "valueFrom": {"fieldRef": field}}


def _difference(before: Any, after: Any, within: str = "") -> Any:
    """Say what of `after` differs; None takes a field away."""
    if isinstance(before, dict) and isinstance(after, dict):
        removed: Manifest = {key: None for key in before if key not in after}
        changed = {key: it for key, it in after.items() if it != before.get(key)}
        return removed | {key: _difference(before.get(key), it, key) for key, it in changed.items()}
    if isinstance(before, list) and within in MERGED_BY:
        key = MERGED_BY[within]
        pairs = zip(before, after, strict=False)
        kept = [{key: new[key], **_difference(old, new)} for old, new in pairs if old != new]
        return [*kept, *after[len(before) :]]
    return after
