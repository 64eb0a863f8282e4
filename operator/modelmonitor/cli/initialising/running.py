"""What `modelmonitor init` does, once its options have been read."""

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import yaml

from modelmonitor.api.duration import Duration
from modelmonitor.cli.initialising import adding, callers, checking, draft, looking, table
from modelmonitor.cli.initialising.draft import Seen
from modelmonitor.cli.initialising.evaluators import Evaluators
from modelmonitor.cli.initialising.looking import Found
from modelmonitor.cli.initialising.servers import Server
from modelmonitor.cli.profiling import output
from modelmonitor.cli.profiling.output import Place
from modelmonitor.cli.profiling.profiling import Profiled
from modelmonitor.cli.profiling.request import Request as Roles
from modelmonitor.cli.reaching import fetching, naming, objects
from modelmonitor.cli.reaching.clusters import Cluster, Reached
from modelmonitor.wire.config import Protocol, Task

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client

STDOUT = "-"
LISTEN = ("127.0.0.1", 9000)
_ALONE = (
    "note: the pods have no evaluators, so only what you send here is learnt from. To learn from callers of "
    "the Service, apply the monitor that init writes, then run: {command}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a user asked for; what is empty is found out, or left out.

    Attributes
    ----------
    data
        A table that a reference is made of, by the roles of its columns.
    minutes
        For how long to learn from traffic in place of a table.
    listen
        Learn from what is sent there. Default: from what evaluators capture, where pods have some.
    token_file
        With the token that lets us read along. Default: that of the Secret that the monitor names.
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
    listen: tuple[str, int] | None = None
    token_file: str | None = None


def run(request: Request) -> int:
    """Look at the target, write what was asked for, and return the exit status."""
    reached = request.cluster.connected()
    found = reached.ask(_looking(request, reached))
    server, own = looking.probed(found, reached)
    seen = Seen(
        request.monitor or naming.monitor_of(found.target.name),
        found.target,
        _chosen(server, request),
        own,
        request.task,
        names=request.names,
    )
    _tell(seen, found)
    if request.minutes and not request.listen and found.evaluators.ports:
        return _read_along(request, seen, found, reached)
    learnt = _learnt(request, seen, found, reached)
    if learnt is not None:
        seen = _with_reference(seen, learnt, f"{seen.name}-reference")
        seen = dataclasses.replace(seen, replayed=request.data is None)
    _write_monitor(request, seen, learnt)
    return 0


def _looking(request: Request, reached: Reached) -> "Callable[[Client], Awaitable[Found]]":
    return lambda client: looking.look(client, reached.namespace, request.kind, request.name)


def _with_reference(seen: Seen, learnt: Profiled, name: str) -> Seen:
    task = seen.task or learnt.profile.task
    return dataclasses.replace(seen, profile=learnt.profile, reference=name, task=task)


def _read_along(request: Request, seen: Seen, found: Found, reached: Reached) -> int:
    """Learn from what evaluators capture; a monitor that is there already is its owner's to change."""
    evaluators, monitor = found.evaluators, found.evaluators.monitor
    learnt = callers.learnt(_asked(request, evaluators, reached), evaluators)
    if monitor is None:
        seen = _with_reference(seen, learnt, f"{seen.name}-reference")
        _write_monitor(request, seen, learnt)
        return 0
    name = monitor["metadata"]["name"]
    seen = _with_reference(seen, learnt, evaluators.reference or f"{name}-reference")
    if added := adding.lines(seen, monitor):
        told = [
            f"Add to the spec of ModelMonitor {name}, then apply both; pods are rolled once, to mount it:",
            *(f"  {line}" for line in added),
        ]
    else:
        told = [f"Apply it: evaluators of ModelMonitor {name} go by it in two minutes, without a restart."]
    for line in told:
        click.echo(line, err=True)
    text = output.config_map(learnt.profile, Place(seen.reference, seen.target.namespace))
    comments = "".join(f"# {line}\n" for line in told)
    _write(request, {f"{seen.reference}.yaml": f"{comments}{text}"})
    return 0


def _asked(request: Request, evaluators: Evaluators, reached: Reached) -> callers.Asked:
    connection, namespace = reached.connection, reached.namespace
    token, inputs = reached.ask(lambda client: evaluators.known(client, namespace))
    if request.token_file:
        token = Path(request.token_file).read_text().strip()
    return callers.Asked(
        duration=request.minutes or Duration.parse("10m"),
        token=token,
        look=lambda: reached.ask(_looking(request, reached)).evaluators,
        reach=lambda pod, port: fetching.of_pod(connection, namespace, pod, port),
        inputs=inputs,
    )


def _chosen(server: Server, request: Request) -> Server:
    """Let the user have the last word on what the server speaks."""
    return dataclasses.replace(
        server,
        protocol=request.protocol or server.protocol,
        paths=request.paths or (() if request.protocol else server.paths),
        features=request.features or server.features,
    )


def _learnt(request: Request, seen: Seen, found: Found, reached: Reached) -> Profiled | None:
    if request.data and request.roles is not None:
        return table.learnt(request.data, request.roles)
    if request.minutes is None:
        return None
    port = seen.target.port
    if not found.pod or port is None:
        raise click.ClickException(f"expected a running pod of {request.name} with a port, got none")
    if request.listen is None and (monitor := found.evaluators.capturing):
        raise click.ClickException(
            f"expected evaluators in the pods of {request.name}, got none yet; kubectl modelmonitor status "
            f"{monitor} -n {reached.namespace} says why. To learn from requests of your own, give --listen"
        )
    if not found.evaluators.ports:
        click.secho(_ALONE.format(command=seen.learning), err=True, fg="yellow")
    try:
        from modelmonitor.cli.initialising import traffic
    except ImportError as error:
        raise click.ClickException(f"{error}; pip install 'modelmonitor[evaluator]'") from error
    asked = traffic.Traffic(
        request.minutes, request.listen or LISTEN, seen.server, request.task or Task.BINARY, request.names
    )
    return traffic.learnt(
        asked, fetching.of_pod(reached.connection, reached.namespace, found.pod, port.number)
    )


def _tell(seen: Seen, found: Found) -> None:
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


def _write_monitor(request: Request, seen: Seen, learnt: Profiled | None) -> None:
    """Write a new monitor, and its reference if there is one."""
    kept = checking.checked(seen, lambda it: yaml.safe_load(draft.draft(it)))
    files = {f"{seen.name}.yaml": draft.draft(kept)}
    if learnt is not None:
        place = Place(seen.reference, seen.target.namespace)
        files[f"{seen.reference}.yaml"] = output.config_map(learnt.profile, place)
    _write(request, files)


def _write(request: Request, texts: Mapping[str, str]) -> None:
    if request.output == STDOUT:
        click.echo("---\n".join(texts.values()), nl=False)
        return
    folder = Path(request.output)
    files = {folder / name: text for name, text in texts.items()}
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
