"""The version of a model: a hash of its pod template that no act of ours changes."""

from typing import Any

from modelmonitor import wire
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.wire.config import digest

_LABELS = frozenset(
    {
        wire.LABEL_INJECT,
        wire.LABEL_EVALUATOR,
        wire.LABEL_VERSION,
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
    }
)
"""Ours, and those that controllers add to the templates that they keep."""
_ANNOTATIONS = frozenset({wire.ANNOTATION_INJECTION, "kubectl.kubernetes.io/restartedAt"})
"""Ours, and the one by which kubectl restarts pods: that is no release of the model."""


def version(template: Manifest) -> str:
    """Return 10 hexadecimal digits of a pod template: that of a workload, of its ReplicaSet, of a revision.

    Neither the order of keys nor empty maps and lists make a difference.
    """
    metadata = template.get("metadata") or {}
    return digest(
        _without_empty(
            {
                "labels": _without(metadata.get("labels"), _LABELS),
                "annotations": _without(metadata.get("annotations"), _ANNOTATIONS),
                "spec": template.get("spec"),
            }
        )
    )


def _without(given: Manifest | None, keys: frozenset[str]) -> Manifest:
    return {key: value for key, value in (given or {}).items() if key not in keys}


def _without_empty(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_empty(item) for item in value]
    if isinstance(value, dict):
        kept = {key: _without_empty(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner not in (None, {}, [])}
    return value
