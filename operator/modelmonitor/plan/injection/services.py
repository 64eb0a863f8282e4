"""Services that would pass the evaluator by: only the name of the model's port moves, no other way to it."""

from collections.abc import Iterable, Mapping, Sequence

from modelmonitor.errors import NotInjectable
from modelmonitor.plan.injection import obstacles, ports
from modelmonitor.plan.injection.ports import TCP, Moved
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.wire.injection import Injection

_POD_NAME = "statefulset.kubernetes.io/pod-name"
_OF_ONE_POD = frozenset(
    {_POD_NAME, "apps.kubernetes.io/pod-index", "pod-template-hash", "controller-revision-hash"}
)
"""Labels that controllers add to pods: no template has them, and Services select by them."""


def service_obstacle(
    services: Iterable[Manifest], workload: Manifest, injection: Injection
) -> NotInjectable | None:
    """Return the obstacle of Services that reach the model's port by its number or by another of its names.

    A headless Service resolves to pods, whose ports callers choose: it counts where no other targets the
    name that moves.
    """
    if not injection.port:
        return None
    template = workload["spec"]["template"]
    try:
        moved = ports.find(template["spec"], injection.port)
    except NotInjectable as error:
        return error
    labels, name = obstacles.labels(template, injection), workload["metadata"]["name"]
    ours = [one for one in services if _selects(one["spec"].get("selector") or {}, labels, name)]
    named = any(injection.port in _targets(one) for one in ours)
    passing = [one for one in ours if not (named and _is_headless(one))]
    ways: tuple[int | str, ...] = (moved.number, *moved.aliases)
    found = {way: [one for one in passing if way in _targets(one)] for way in ways}
    texts = [_passing(moved, way, its, named) for way, its in found.items() if its]
    if not texts:
        return None
    return NotInjectable("\n".join(texts), reason="PortNumeric" if found[moved.number] else "PortAliased")


def _selects(selector: Mapping[str, str], labels: Mapping[str, str], workload: str) -> bool:
    """Tell whether a Service selects pods of a workload, be it one of them; an empty one does not."""
    pod = selector.get(_POD_NAME)
    if pod is not None and pod.rpartition("-")[0] != workload:
        return False
    told = {key: value for key, value in selector.items() if key not in _OF_ONE_POD}
    return told.items() <= labels.items() and (bool(told) or pod is not None)


def _targets(service: Manifest) -> list[int | str]:
    """Return the target ports of a Service; one that is not said is the port itself."""
    wanted = (port for port in service["spec"].get("ports") or () if port.get("protocol", TCP) == TCP)
    return [port.get("targetPort") or port["port"] for port in wanted]


def _is_headless(service: Manifest) -> bool:
    return bool(service["spec"].get("clusterIP") == "None")


def _passing(moved: Moved, way: int | str, services: Sequence[Manifest], named: bool) -> str:
    name = moved.port["name"]
    who = ", ".join(service["metadata"]["name"] for service in services)
    head = f"Service {who}: expected `targetPort: {name}`, got {way}, "
    if way == moved.number:
        return (
            f"{head}and a number cannot be moved to the evaluator; write the name there, or choose "
            "spec.capture.mode Sdk or CloudEvents"
        )
    other = "" if named else f", or {way} into spec.capture.port"
    return f"{head}another name of port {moved.number}, which stays with the model; write {name} there{other}"
