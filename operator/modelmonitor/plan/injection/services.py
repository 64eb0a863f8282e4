"""Services that would pass the evaluator by: a target port that is a number does not move."""

from collections.abc import Iterable

from modelmonitor.errors import NotInjectable
from modelmonitor.plan.injection import obstacles, ports
from modelmonitor.plan.injection.ports import TCP
from modelmonitor.plan.rulefile import Manifest
from modelmonitor.wire.injection import Injection


def service_obstacle(
    services: Iterable[Manifest], template: Manifest, injection: Injection
) -> NotInjectable | None:
    """Return the obstacle of Services that target the model's port by its number; None: none does.

    A headless Service resolves to pods, whose ports callers choose: it counts where no other targets the
    name.
    """
    if not injection.port:
        return None
    try:
        number = ports.find(template["spec"], injection.port).number
    except NotInjectable as error:
        return error
    labels = obstacles.labels(template, injection)
    ours = [it for it in services if (own := it["spec"].get("selector")) and own.items() <= labels.items()]
    named = any(injection.port in _targets(service) for service in ours)
    passing = [it for it in ours if number in _targets(it) and not (named and _is_headless(it))]
    return _numeric(passing, injection.port, number) if passing else None


def _targets(service: Manifest) -> list[int | str]:
    """Return the target ports of a Service; one that is not said is the port itself."""
    wanted = (port for port in service["spec"].get("ports") or () if port.get("protocol", TCP) == TCP)
    return [port.get("targetPort") or port["port"] for port in wanted]


def _is_headless(service: Manifest) -> bool:
    return bool(service["spec"].get("clusterIP") == "None")


def _numeric(services: list[Manifest], name: str, number: int) -> NotInjectable:
    who = ", ".join(service["metadata"]["name"] for service in services)
    text = (
        f"Service {who}: expected `targetPort: {name}`, got {number}, and a number cannot be moved to the "
        "evaluator; write the name there, or choose spec.capture.mode Sdk or CloudEvents"
    )
    return NotInjectable(text, reason="PortNumeric")
