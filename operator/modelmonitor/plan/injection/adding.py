"""A pod becomes one with an evaluator."""

from modelmonitor import wire
from modelmonitor.plan.injection import container as containers
from modelmonitor.plan.injection import obstacles, ports
from modelmonitor.plan.injection.ports import Moved
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.wire.injection import Injection

LONGEST_VOLUME = 63


def inject(pod: Manifest, injection: Injection, version: str) -> Manifest:
    """Return the pod as it is to be; it itself is not changed.

    A pod that has the evaluator already keeps it, and is only labelled; one whose label names another
    monitor is returned as it is.

    Parameters
    ----------
    version
        Of the pod's template, as `versions.version` has it; empty where nobody knows it.

    Raises
    ------
    NotInjectable
        If nothing may be added for now, or nothing can be added to this pod.
    """
    spec, metadata = pod["spec"], pod.get("metadata") or {}
    labels = metadata.get("labels") or {}
    if labels.get(wire.LABEL_INJECT) != injection.monitor:
        return pod
    if is_injected(spec):
        return labelled(pod)
    obstacles.refuse(spec, injection)
    moved = ports.find(spec, injection.port) if injection.port else None
    told = {"args": [f"--model-version={version}"]} if version else {}
    versioned = {wire.LABEL_VERSION: version} if version else {}
    about = {**metadata, "labels": {**labels, **versioned}}
    return labelled({**pod, "metadata": about, "spec": with_evaluator(spec, injection, moved, told)})


def labelled(pod: Manifest) -> Manifest:
    """Return a pod that has an evaluator with the label that tells so; as it is where it has that."""
    labels = pod["metadata"]["labels"]
    if labels.get(wire.LABEL_EVALUATOR) == labels[wire.LABEL_INJECT]:
        return pod
    told = {**labels, wire.LABEL_EVALUATOR: labels[wire.LABEL_INJECT]}
    return {**pod, "metadata": {**pod["metadata"], "labels": told}}


def is_injected(spec: Manifest) -> bool:
    """Tell whether a container of the evaluator's name is there, whoever put it there."""
    every = (one for kind in ("containers", "initContainers") for one in spec.get(kind) or ())
    return any(one["name"] == wire.EVALUATOR for one in every)


def with_evaluator(spec: Manifest, injection: Injection, moved: Moved | None, more: Manifest) -> Manifest:
    """Return the spec of a pod with the evaluator as its last sidecar, and with the port moved.

    Last: it starts when the model does, so that neither waits for the other while init containers run, and
    it ends before sidecars, such as a mesh's, through which it may reach its store.

    Parameters
    ----------
    more
        What tells the container its version: further `args`, or `env`.
    """
    volume = ports.free(wire.EVALUATOR, "", _names(spec, "volumes"), LONGEST_VOLUME)
    sidecar = containers.container(injection, spec, moved, volume)
    sidecar = {**sidecar, **more, "args": [*sidecar["args"], *more.get("args", ())]}
    changed = {**spec, "volumes": [*(spec.get("volumes") or ()), containers.files(injection, volume)]}
    if moved:
        changed[moved.among] = _with_moved(spec, moved)
    return {**changed, "initContainers": [*(changed.get("initContainers") or ()), sidecar]}


def _with_moved(spec: Manifest, moved: Moved) -> list[Manifest]:
    every = (port for _, _, container in ports.running(spec) for port in container.get("ports") or ())
    taken = {port["name"] for port in every if "name" in port}  # of UDP, too: they are unique together
    new_name = ports.free(moved.port["name"], "-model", taken)
    changed = list(spec[moved.among])
    changed[moved.position] = ports.moving(changed[moved.position], moved, new_name)
    return changed


def _names(spec: Manifest, kind: str) -> set[str]:
    return {one["name"] for one in spec.get(kind) or ()}
