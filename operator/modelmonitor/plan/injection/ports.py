"""The port that moves from the model to the evaluator, and what in a container says its name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from modelmonitor import wire
from modelmonitor.errors import NotInjectable
from modelmonitor.plan.rulefile import Manifest

TCP = "TCP"
LONGEST_NAME = 15
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")
_HANDLERS = ("httpGet", "tcpSocket")
_ON_THE_NODE = ("hostPort", "hostIP")


@dataclass(frozen=True, slots=True)
class Moved:
    """A port that callers reach by its name, and the container that has it."""

    among: str
    """`containers`, or `initContainers` where it is a sidecar that has the port."""
    position: int
    port: Manifest
    aliases: tuple[str, ...] = ()
    """Other names that the pod has for its number: they stay with the model."""

    @property
    def number(self) -> int:
        """Where the model goes on to listen."""
        return int(self.port["containerPort"])

    @property
    def on_the_node(self) -> Manifest:
        """The port of the node by which it is reached, too, if any."""
        return {key: self.port[key] for key in _ON_THE_NODE if key in self.port}


def running(spec: Manifest) -> Iterator[tuple[str, int, Manifest]]:
    """Yield the containers that run beside each other: all but init containers that end."""
    for position, container in enumerate(spec.get("containers") or ()):
        yield "containers", position, container
    for position, container in enumerate(spec.get("initContainers") or ()):
        if container.get("restartPolicy") == "Always":
            yield "initContainers", position, container


def ports(spec: Manifest) -> Iterator[tuple[Manifest, Manifest]]:
    """Yield each TCP port that a running container declares, after that container."""
    for _, _, container in running(spec):
        for port in container.get("ports") or ():
            if port.get("protocol", TCP) == TCP:
                yield container, port


def find(spec: Manifest, name: str) -> Moved:
    """Find the port of a name, which Services look for in the same containers.

    Raises
    ------
    NotInjectable
        If there is none, or several containers have one.
    """
    found = [
        Moved(among, position, port, _aliases(spec, port))
        for among, position, container in running(spec)
        for port in container.get("ports") or ()
        if port.get("name") == name and port.get("protocol", TCP) == TCP
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        there = [f"{port.get('name', 'unnamed')} ({port['containerPort']})" for _, port in ports(spec)]
        text = (
            f"spec.capture.port: expected the name of a TCP port of the pods, got {name}, and they have "
            f"{', '.join(there) or 'none'}; name the port that Services target in the pod template, or write "
            "its name here"
        )
        raise NotInjectable(text, reason="PortMissing")
    owners = ", ".join(container["name"] for container, port in ports(spec) if port.get("name") == name)
    text = (
        f"spec.capture.port: expected a port of one container, got {name} in {owners}; "
        "give the ports different names, and let Services target that of the model"
    )
    raise NotInjectable(text, reason="PortAmbiguous")


def moving(container: Manifest, moved: Moved, new_name: str) -> Manifest:
    """Return the model's container with the name of its port at the evaluator's number, its own renamed.

    All containers of a pod share their ports. The name stays in the model's, for in a sidecar Services of
    Kubernetes before 1.33, some network plugins, and kubelets that map a port of the node overlook it. What
    the kubelet asks the model by its name is asked by the number.
    """
    name = moved.port["name"]
    changed = dict(container)
    own = [_renamed(port, new_name) if port is moved.port else port for port in container["ports"]]
    tee = {"name": name, "containerPort": wire.PORT_TEE, "protocol": TCP, **moved.on_the_node}
    changed["ports"] = [*own, tee]
    for probe in _PROBES:
        if container.get(probe):
            changed[probe] = _numbered(container[probe], name, moved.number)
    if lifecycle := container.get("lifecycle"):
        changed["lifecycle"] = {
            hook: _numbered(it, name, moved.number) if hook in _HOOKS and it else it
            for hook, it in lifecycle.items()
        }
    return changed


def free(name: str, suffix: str, taken: Iterable[str], longest: int = LONGEST_NAME) -> str:
    """Return a name with a suffix, shortened, that is not taken; it never ends in two hyphens.

    >>> free("predict-v2", "-model", ()), free("http", "-model", ("http-model",))
    ('predict-v-model', 'http-model2')
    """
    taken, number = frozenset(taken), 1
    while True:
        end = suffix + (str(number) if number > 1 else "")
        candidate = name[: longest - len(end)].rstrip("-") + end
        if candidate not in taken:
            return candidate
        number += 1


def _aliases(spec: Manifest, moved: Manifest) -> tuple[str, ...]:
    """Return the other names of a port's number, whichever container has them: a pod has each port once."""
    same = (port for _, port in ports(spec) if port["containerPort"] == moved["containerPort"])
    return tuple(
        dict.fromkeys(port["name"] for port in same if port.get("name", moved["name"]) != moved["name"])
    )


def _renamed(port: Manifest, new_name: str) -> Manifest:
    kept = {key: value for key, value in port.items() if key not in _ON_THE_NODE}
    return {**kept, "name": new_name}


def _numbered(handlers: Manifest, name: str, number: int) -> Manifest:
    """Return a probe or hook that says the number of the port instead of its name."""

    def told(key: str, it: Any) -> Any:
        return {**it, "port": number} if key in _HANDLERS and it and it.get("port") == name else it

    return {key: told(key, it) for key, it in handlers.items()}
