"""What `modelmonitor open` does, once its options have been read."""

import sys
import time
import webbrowser
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelmonitor.cli.opening import exporting, sources
from modelmonitor.cli.opening.serving import Server
from modelmonitor.cli.opening.site import Site
from modelmonitor.cli.opening.sources import Key, Opened, Source
from modelmonitor.cli.reaching import finding
from modelmonitor.cli.reaching.clusters import Cluster
from modelmonitor.cli.reaching.prometheus import NotAnswered, Prometheus
from modelmonitor.cluster import kinds

if TYPE_CHECKING:
    from modelmonitor.cli.reaching.clusters import Reached

SECONDS_TO_ANSWER = 20.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asked for.

    Attributes
    ----------
    file
        A monitor's file, in place of one in a cluster.
    export
        Where the page is written, in place of serving it.
    since
        Length of the time range of an exported page; empty: the dashboards' own.
    """

    name: str
    cluster: Cluster
    all_namespaces: bool = False
    file: str | None = None
    reference: str | None = None
    prometheus: str = ""
    port: int = 0
    browser: bool = True
    export: str = ""
    since: str = ""


def run(request: Request) -> int:
    """Serve the pages until Ctrl-C, or write them into a file; return the exit status."""
    desk = _Desk(request)
    if request.export:
        return _export(desk)
    keys = desk.source.keys()
    where = _checked(desk, keys[0]) if len(keys) == 1 else f"{len(keys)} monitors"
    site = Site(desk.source, desk.prometheus)
    try:
        server = Server(request.port, site.get)
    except OSError as error:
        raise click.ClickException(
            f"127.0.0.1:{request.port}: expected a free port, got: {error.strerror}; give another --port"
        ) from error
    with server:
        path = site.first(keys[0]) if len(keys) == 1 else "/"
        click.echo(f"{server.url}{path}")
        click.echo(f"{where}. Ctrl-C ends.", err=True)
        sys.stdout.flush()
        if request.browser:
            webbrowser.open(server.url + path)
        server.serve_forever()
    return 0


def _checked(desk: "_Desk", key: Key) -> str:
    """Say at once, not in the browser, if the only monitor cannot be shown; else where it comes from."""
    address = desk.prometheus(desk.source.opened(key)).address
    return f"Prometheus: {address.through or address.name}"


def _export(desk: "_Desk") -> int:
    request, keys = desk.request, desk.source.keys()
    if len(keys) > 1:
        raise click.UsageError(f"--export is of one monitor, got {len(keys)}; name it")
    opened, began = desk.source.opened(keys[0]), time.monotonic()
    click.echo(f"Drawing {len(opened.dashboards)} dashboards of {'/'.join(keys[0])}", err=True)
    try:
        text = exporting.exported(opened, desk.prometheus(opened), request.since, int(time.time()))
    except NotAnswered as error:
        raise click.ClickException(str(error)) from error
    if request.export == "-":
        click.echo(text, nl=False)
        return 0
    Path(request.export).write_text(text)
    click.echo(f"{request.export}: {len(text) >> 10} KiB in {time.monotonic() - began:.1f} s", err=True)
    return 0


@dataclass
class _Desk:
    """Where monitors and their Prometheuses come from."""

    request: Request
    _found: dict[str, Prometheus] = field(default_factory=dict)

    @cached_property
    def reached(self) -> "Reached | None":
        return None if self.request.file else self.request.cluster.connected()

    @cached_property
    def source(self) -> Source:
        return _of_file(self.request) if self.reached is None else _of_cluster(self.request, self.reached)

    def prometheus(self, opened: Opened) -> Prometheus:
        """Return the Prometheus of a monitor."""
        own = opened.prometheus
        if own not in self._found:
            address = finding.address(self.request.prometheus, own, self.reached)
            self._found[own] = Prometheus(address, SECONDS_TO_ANSWER)
        return self._found[own]


def _of_file(request: Request) -> Source:
    from modelmonitor.cli import answers, reading
    from modelmonitor.cli.program import PROBLEMS
    from modelmonitor.cli.references import References

    read = reading.monitors([str(request.file)], request.cluster.namespace or "default")
    read.miss_none()
    found = [it for it in read.found if not request.name or it.monitor.name == request.name]
    if not read.findings and len(found) != 1:
        raise click.UsageError(f"expected one monitor, got {', '.join(it.title for it in found) or 'none'}")
    profile = References.of(read, request.reference).examine(found[0]) if found else None
    if read.findings:
        answers.say(read, quiet=True)
        raise click.exceptions.Exit(PROBLEMS)
    return sources.FromFile(found[0].monitor, profile)


def _of_cluster(request: Request, reached: "Reached") -> Source:
    from modelmonitor.cli.reaching import objects

    if request.name:
        return sources.FromCluster(reached, ((reached.namespace, request.name),))
    namespace = None if request.all_namespaces else reached.namespace
    bodies = reached.ask(lambda client: objects.listed(client, kinds.MODEL_MONITOR, namespace))
    known: list[Key] = [(it["metadata"]["namespace"], it["metadata"]["name"]) for it in bodies]
    if not known:
        where = "in any namespace" if namespace is None else f"in namespace {namespace}"
        raise click.ClickException(f"expected a ModelMonitor {where}, got none; -A looks into all namespaces")
    return sources.FromCluster(reached, tuple(sorted(known)))
