"""Why no evaluator can be added to pods, asked before anything is rolled and again of each pod."""

from collections.abc import Iterable, Iterator, Sequence

from modelmonitor import wire
from modelmonitor.errors import NotInjectable
from modelmonitor.plan.injection import foreign, ports
from modelmonitor.plan.injection import policies as network
from modelmonitor.plan.injection.ports import Moved
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.wire.injection import Injection


def obstacle(
    template: Manifest, injection: Injection, policies: Sequence[Manifest] = (), namespace: str = ""
) -> NotInjectable | None:
    """Return what stands against adding an evaluator to the pods of a template; None: nothing does.

    Parameters
    ----------
    policies
        NetworkPolicies, of which those of the namespace count.
    """
    try:
        refuse(template["spec"], injection)
        if injection.port:
            moved = ports.find(template["spec"], injection.port)
            its = labels(template, injection)
            network.refuse(network.selecting(policies, its, namespace), moved)
            network.refuse_callers(policies, its, namespace, moved)
    except NotInjectable as error:
        return error
    return None


def foreign_obstacle(
    template: Manifest, injection: Injection, policies: foreign.Policies
) -> NotInjectable | None:
    """Return what a policy of a mesh or a network plugin has against it; None: nothing.

    Parameters
    ----------
    policies
        Those of the namespace, by their kind.
    """
    try:
        if injection.port:
            moved = ports.find(template["spec"], injection.port)
            foreign.refuse(policies, labels(template, injection), moved)
    except NotInjectable as error:
        return error
    return None


def scrape_warning(
    template: Manifest, injection: Injection, policies: Sequence[Manifest], namespace: str
) -> str:
    """Say which NetworkPolicies of the namespace keep Prometheus from evaluators; empty where none does."""
    return network.warning(network.selecting(policies, labels(template, injection), namespace))


def labels(template: Manifest, injection: Injection) -> dict[str, str]:
    """Return the labels that the pods of a template have once they get an evaluator."""
    own = (template.get("metadata") or {}).get("labels") or {}
    return {**own, **dict.fromkeys((wire.LABEL_INJECT, wire.LABEL_EVALUATOR), injection.monitor)}


def refuse(spec: Manifest, injection: Injection) -> None:
    """Raise NotInjectable if nothing is to be added for now, or nothing can be added to pods of this spec."""
    for reason, text in _found(spec, injection):
        raise NotInjectable(text, reason=reason)
    if injection.port:
        _refuse_ways_of_nodes(spec, ports.find(spec, injection.port))


def _refuse_ways_of_nodes(spec: Manifest, moved: Moved) -> None:
    """Raise NotInjectable if a port of the node leads to the model by another name than that which moves."""
    for container, port in ports.ports(spec):
        same = port["containerPort"] == moved.number and port is not moved.port
        if same and port.get("hostPort"):
            name, other = moved.port["name"], port.get("name", "unnamed")
            text = (
                f"pods: expected hostPort {port['hostPort']} at port {name}, which moves to the evaluator, "
                f"got it at {other} of container {container['name']}, which does not; say it at {name}"
            )
            raise NotInjectable(text, reason="PortAliased")


def _found(spec: Manifest, injection: Injection) -> Iterator[tuple[str, str]]:
    if injection.stopped:
        yield "InjectionStopped", injection.stopped
    if _is_windows(spec):
        yield "WindowsPod", "pods: expected Linux, got Windows; send predictions from the model with the SDK"
    if spec.get("hostNetwork"):
        text = (
            "pods: expected a network of their own, got hostNetwork: true, where every evaluator of a node "
            "would need the same ports; remove it, or leave spec.capture out"
        )
        yield "HostNetwork", text
    wanted = (wire.PORT_HTTP, wire.PORT_TEE) if injection.port else (wire.PORT_HTTP,)
    for taken in _taken(spec, wanted):
        yield "PortTaken", taken


def _is_windows(spec: Manifest) -> bool:
    """Tell whether pods run on Windows, where the evaluator does not."""
    selected = (spec.get("nodeSelector") or {}).get("kubernetes.io/os")
    return "windows" in ((spec.get("os") or {}).get("name"), selected)


def _taken(spec: Manifest, wanted: Iterable[int]) -> Iterator[str]:
    if any(container["name"] == wire.EVALUATOR for _, _, container in ports.running(spec)):
        return  # it has them itself
    for container, port in ports.ports(spec):
        number, name = port["containerPort"], port.get("name")
        if number in wanted or name == wire.PORT_NAME_HTTP:
            what = f"{name} ({number})" if name else str(number)
            yield (
                f"pods: expected the ports {wire.PORT_NAME_HTTP}, {wire.PORT_HTTP} and {wire.PORT_TEE} to be "
                f"free for the evaluator, got {what} in container {container['name']}; let it use another"
            )
