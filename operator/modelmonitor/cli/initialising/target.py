"""What a workload and its Services tell of how a model is served."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a container; without a name it cannot be moved to an evaluator."""

    container: str
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Served:
    """A port of a Service that leads to the pods, and what it targets: a name or a number."""

    service: str
    port: int
    target: str

    @property
    def is_named(self) -> bool:
        """Whether it targets a port by its name, and so follows that to another container."""
        return not self.target.isdecimal()


@dataclass(frozen=True, slots=True)
class Target:
    """A workload as far as a monitor needs it."""

    api_version: str
    kind: str
    namespace: str
    name: str
    containers: Sequence[Json]
    labels: Mapping[str, str]
    served: Sequence[Served]
    host_network: bool

    @property
    def ports(self) -> list[Port]:
        """The TCP ports of all containers."""
        return [
            Port(container["name"], port.get("name", ""), port["containerPort"])
            for container in self.containers
            for port in container.get("ports") or ()
            if port.get("protocol", "TCP") == "TCP"
        ]

    @property
    def port(self) -> Port | None:
        """The port that Services target, rather one with a name; else the first that looks like HTTP."""
        asked = sorted(self.served, key=lambda one: not one.is_named)
        found = [port for one in asked for port in self.ports if one.target in (port.name, str(port.number))]
        looks = [port for port in self.ports if port.name.startswith("http")]
        return next(iter([*found, *looks, *self.ports]), None)

    @property
    def model(self) -> Json:
        """The container that serves the model: the one with the port, else the first."""
        port = self.port
        return next(
            (it for it in self.containers if port is not None and it["name"] == port.container),
            self.containers[0],
        )

    @property
    def words(self) -> str:
        """Image, command, arguments and variables of the model's container, to recognise a server by."""
        model = self.model
        variables = [f"{it['name']}={it['value']}" for it in model.get("env") or () if it.get("value")]
        words = [
            model.get("image", ""),
            *(model.get("command") or ()),
            *(model.get("args") or ()),
            *variables,
        ]
        return " ".join(map(str, words)).lower()

    @property
    def probed(self) -> list[str]:
        """The paths that probes ask for."""
        probes = (self.model.get(f"{kind}Probe") or {} for kind in ("startup", "readiness", "liveness"))
        return list(dict.fromkeys(it["httpGet"].get("path", "/") for it in probes if "httpGet" in it))

    def obstacles(self) -> Iterator[str]:
        """Say what keeps the port from being moved to an evaluator, and what to do."""
        port = self.port
        if port is None:
            yield "no container names a port: name the one that serves predictions (ports: [{name: http, …}])"
        elif not port.name:
            yield f"port {port.number} has no name: give it one, and let the Service target the name"
        elif numbered := [one for one in self.served if one.target == str(port.number)]:
            yield (
                f"Service {numbered[0].service} targets {port.number} by its number: let it target the name, "
                f"targetPort: {port.name}, or its requests would pass the evaluator by"
            )
        elif not any(one.target == port.name for one in self.served):
            yield f"no Service targets port {port.name}: whoever asks pods by number passes the evaluator by"
        if self.host_network:
            yield "the pods use the host's network, whose ports cannot be moved: use mode Sdk"
        if port is not None and ("https" in port.name or port.number in {443, 8443}):
            yield f"port {port.name or port.number} looks like TLS, which an evaluator cannot read"


def read(workload: Json, services: Sequence[Json]) -> Target:
    """Read a workload, and of the namespace's Services those that select its pods."""
    about, template = workload["metadata"], workload["spec"]["template"]
    labels = template["metadata"].get("labels") or {}
    return Target(
        api_version=workload["apiVersion"],
        kind=workload["kind"],
        namespace=about["namespace"],
        name=about["name"],
        containers=template["spec"]["containers"],
        labels=labels,
        served=[one for service in services for one in _served(service, labels)],
        host_network=bool(template["spec"].get("hostNetwork")),
    )


def _served(service: Json, labels: Mapping[str, str]) -> Iterator[Served]:
    selector = service["spec"].get("selector") or {}
    if selector and selector.items() <= labels.items():
        for port in service["spec"].get("ports") or ():
            yield Served(service["metadata"]["name"], port["port"], str(port.get("targetPort", port["port"])))
