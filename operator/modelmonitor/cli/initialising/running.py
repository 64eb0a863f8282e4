"""What `modelmonitor init` does, once its options have been read."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from modelmonitor import api, plan
from modelmonitor.api.duration import Duration
from modelmonitor.cli.initialising import draft, exposed, servers, table, target
from modelmonitor.cli.initialising.draft import Seen
from modelmonitor.cli.initialising.exposed import Exposed
from modelmonitor.cli.initialising.servers import Server
from modelmonitor.cli.initialising.target import Target
from modelmonitor.cli.profiling import output
from modelmonitor.cli.profiling.output import Place
from modelmonitor.cli.profiling.profiling import Profiled
from modelmonitor.cli.profiling.request import Request as Roles
from modelmonitor.cli.reaching import fetching, objects
from modelmonitor.cli.reaching.clusters import Cluster, Reached
from modelmonitor.cluster import kinds
from modelmonitor.cluster.kinds import Object
from modelmonitor.errors import MonitorError, SpecInvalid
from modelmonitor.wire.config import Protocol, Task

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client

STDOUT = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a user asked for; what is empty is found out, or left out.

    Attributes
    ----------
    data
        A table that a reference is made of, by the roles of its columns.
    minutes
        For how long to learn from traffic in place of a table, at `listen`.
    """

    kind: str
    name: str
    cluster: Cluster
    monitor: str = ""
    output: str = STDOUT
    task: Task | None = None
    protocol: Protocol | None = None
    paths: tuple[str, ...] = ()
    features: str = ""
    names: tuple[str, ...] = ()
    data: str | None = None
    roles: Roles | None = None
    minutes: Duration | None = None
    listen: tuple[str, int] = ("127.0.0.1", 9000)


@dataclass(frozen=True, slots=True)
class _Found:
    """A workload, what is around it, and a pod of it that runs."""

    target: Target
    pod: str
    monitors: Sequence[str]


def run(request: Request) -> int:
    """Look at the target, write what was asked for, and return the exit status."""
    reached = request.cluster.connected()
    found = reached.ask(lambda client: _look(client, request, reached.namespace))
    server, own = _probed(found, reached)
    chosen = _chosen(server, request)
    seen = Seen(
        request.monitor or found.target.name[:40].strip("-"),
        found.target,
        chosen,
        own,
        request.task,
        names=request.names,
    )
    _tell(seen, found)
    learnt = _learnt(request, seen, found, reached)
    if learnt is not None:
        name = f"{seen.name}-reference"
        task = request.task or learnt.profile.task
        seen = dataclasses.replace(seen, profile=learnt.profile, reference=name, task=task)
    _write(request, seen, _valid(seen), learnt)
    return 0


async def _look(client: "Client", request: Request, namespace: str) -> _Found:
    workload = await client.get(objects.WORKLOADS[request.kind], namespace, request.name)
    if workload is None:
        raise click.ClickException(
            f"expected a {request.kind} {request.name!r} in namespace {namespace}, got none; "
            f"kubectl get {request.kind.lower()}s -n {namespace} lists them"
        )
    services = await objects.listed(client, kinds.SERVICE, namespace)
    read = target.read({**workload, "apiVersion": "apps/v1", "kind": request.kind}, services)
    label = objects.label_selector(workload["spec"]["selector"])
    pods = await objects.listed(client, objects.POD, namespace, label)
    return _Found(read, _running(pods), await _monitors(client, namespace, request))


async def _monitors(client: "Client", namespace: str, request: Request) -> list[str]:
    """Return the monitors that watch this target already."""
    try:
        bodies = await objects.listed(client, kinds.MODEL_MONITOR, namespace)
    except MonitorError:  # the CRD may not be there yet, and a first monitor is written all the same
        return []
    return [
        it["metadata"]["name"] for it in bodies if it["spec"].get("targetRef", {}).get("name") == request.name
    ]


def _running(pods: Sequence[Object]) -> str:
    """Return a pod that runs; empty if none does."""
    alive = (it for it in pods if it.get("status", {}).get("phase") == "Running")
    return next((str(it["metadata"]["name"]) for it in alive), "")


def _probed(found: _Found, reached: Reached) -> tuple[Server, Exposed]:
    """Ask a pod what it is and what it exposes, as far as the API server lets us."""
    port = found.target.port
    if not found.pod or port is None:
        return servers.recognised(found.target.words, found.target.probed, None), Exposed()
    address = fetching.of_pod(reached.connection, reached.namespace, found.pod, port.number)
    index = fetching.document(address, "/v2")
    pages = [fetching.page(address, "/metrics"), *_metrics(found, reached, port.number)]
    server = servers.recognised(found.target.words, found.target.probed, index)
    return server, next((it for it in map(exposed.read, pages) if it.counter or it.histogram), Exposed())


def _metrics(found: _Found, reached: Reached, asked: int) -> Iterator[str]:
    """Yield the pages of ports that are named after metrics."""
    for port in found.target.ports:
        if "metric" in port.name and port.number != asked:
            own = fetching.of_pod(reached.connection, reached.namespace, found.pod, port.number)
            yield fetching.page(own, "/metrics")


def _chosen(server: Server, request: Request) -> Server:
    """Let the user have the last word on what the server speaks."""
    return dataclasses.replace(
        server,
        protocol=request.protocol or server.protocol,
        paths=request.paths or (() if request.protocol else server.paths),
        features=request.features or server.features,
    )


def _learnt(request: Request, seen: Seen, found: _Found, reached: Reached) -> Profiled | None:
    if request.data and request.roles is not None:
        return table.learnt(request.data, request.roles)
    if request.minutes is None:
        return None
    port = seen.target.port
    if not found.pod or port is None:
        raise click.ClickException(f"expected a running pod of {request.name} with a port, got none")
    try:
        from modelmonitor.cli.initialising import traffic
    except ImportError as error:
        raise click.ClickException(f"{error}; pip install 'modelmonitor[evaluator]'") from error
    asked = traffic.Traffic(
        request.minutes, request.listen, seen.server, request.task or Task.BINARY, request.names
    )
    return traffic.learnt(
        asked, fetching.of_pod(reached.connection, reached.namespace, found.pod, port.number)
    )


def _tell(seen: Seen, found: _Found) -> None:
    """Say what was seen."""
    port = seen.target.port
    own = " and ".join(filter(None, (seen.exposed.counter, seen.exposed.histogram)))
    told = [
        f"server: {seen.server.name}, protocol {seen.server.protocol.value}",
        f"port: {port.name or '-'} {port.number} of container {port.container}" if port else "port: none",
        f"Services: {', '.join(sorted({it.service for it in seen.target.served})) or 'none'}",
        f"own metrics: {own or 'none seen'}",
    ]
    if not found.pod:
        told.append("no pod runs: what it exposes could not be looked at")
    for line in told:
        click.echo(line, err=True)
    for obstacle in seen.target.obstacles():
        click.secho(f"to do: {obstacle}", err=True, fg="yellow")
    for name in found.monitors:
        click.secho(f"note: ModelMonitor {name} watches this target already", err=True, fg="yellow")


def _valid(seen: Seen) -> str:
    """Write the monitor, without what its reference does not allow, and say what that is.

    It is held to what `validate` asks: a defect of ours must not become the user's.
    """
    refused = _refused(seen)
    for block, reasons in refused.items():
        click.secho(f"to do: {block} is left out: {reasons[0]}", err=True, fg="yellow")
    kept = dataclasses.replace(seen, refused=refused)
    if left := _refused(kept):
        reasons = [reason for found in left.values() for reason in found]
        raise click.ClickException("\n".join(["the monitor would be refused, a bug of ours:", *reasons]))
    return draft.draft(kept)


def _refused(seen: Seen) -> dict[str, list[str]]:
    """Return what is wrong with what would be written, by the block of the spec."""
    refused: dict[str, list[str]] = {}
    try:
        problems = plan.check(api.parse(yaml.safe_load(draft.draft(seen))), seen.profile)
    except SpecInvalid as error:
        problems = list(error.problems)
    for problem in problems:
        block = problem.path.removeprefix("spec.").partition(".")[0].partition("[")[0]
        refused.setdefault(block, []).append(str(problem))
    return refused


def _write(request: Request, seen: Seen, text: str, learnt: Profiled | None) -> None:
    place = Place(seen.reference, seen.target.namespace)
    reference = output.config_map(learnt.profile, place) if learnt else ""
    if request.output == STDOUT:
        click.echo(f"{text}---\n{reference}" if reference else text, nl=False)
        return
    folder = Path(request.output)
    files = {folder / f"{seen.name}.yaml": text}
    if reference:
        files[folder / f"{seen.reference}.yaml"] = reference
    if there := [str(file) for file in files if file.exists()]:
        raise click.ClickException(
            f"expected new files, got {', '.join(there)}; move them, or choose another -o"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        output.write(file, content)
        click.echo(str(file))


def read_target(text: str) -> tuple[str, str]:
    """Read KIND/NAME as kubectl does; without a kind it is a Deployment.

    Raises
    ------
    ValueError
        If the kind is none that has pods.

    >>> read_target("deploy/churn"), read_target("churn")
    (('Deployment', 'churn'), ('Deployment', 'churn'))
    """
    before, slash, name = text.partition("/")
    if not slash:
        return "Deployment", text
    short = {"deploy": "deployment", "sts": "statefulset", "ds": "daemonset", "rs": "replicaset"}
    word = before.lower().removesuffix("s") if before.lower() not in short else short[before.lower()]
    for kind in objects.WORKLOADS:
        if kind.lower() == word:
            return kind, name
    raise ValueError(f"expected one of {', '.join(map(str.lower, objects.WORKLOADS))}, got {before!r}")
