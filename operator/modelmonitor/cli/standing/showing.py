"""`modelmonitor status`: one look at monitors, or one after the other as they change."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from modelmonitor.cli.program import PROBLEMS
from modelmonitor.cli.reaching import objects
from modelmonitor.cli.reaching.clusters import Cluster, Reached, told
from modelmonitor.cli.standing.monitor import Standing
from modelmonitor.cluster import kinds
from modelmonitor.cluster.family import ChildKey, MonitorKey
from modelmonitor.cluster.kinds import Object

if TYPE_CHECKING:
    from rich.console import RenderableType

    from modelmonitor.cluster.client import Client

NOT_WELL = 3
"""Exit status of `--check` when something is breached or bad."""
_WIDE = 500
"""Columns that nothing is cut to fit into."""
_TICK = 10.0
"""Seconds after which ages are written anew."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asked for."""

    name: str
    cluster: Cluster
    all_namespaces: bool
    output: str
    check: bool = False


@dataclass
class Known:
    """The monitors that are watched, by kind, namespace and name."""

    name: str
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    bodies: dict[ChildKey, Object] = field(default_factory=dict)

    def see(self, kind: str, body: Object) -> MonitorKey | None:
        """Remember a monitor; return whose news it is."""
        about = body["metadata"]
        key, owner = (kind, about["namespace"], about["name"]), (about["namespace"], about["name"])
        if (self.name and self.name != about["name"]) or self.bodies.get(key) == body:
            return None
        self.bodies[key] = body
        return owner

    def lose(self, key: ChildKey) -> MonitorKey | None:
        """Forget a monitor."""
        return key[1:] if self.bodies.pop(key, None) else None

    def keys(self, kind: str, namespace: str | None) -> Iterable[ChildKey]:
        """Yield the known monitors."""
        return [key for key in self.bodies if key[0] == kind and namespace in (None, key[1])]

    def standings(self) -> list[Standing]:
        """Return them in the order of their names."""
        return [Standing(self.bodies[key]) for key in sorted(self.bodies)]


def once(request: Request) -> int:
    """Look once and print; return the exit status."""
    reached = request.cluster.connected()
    found = reached.ask(lambda client: _found(client, request, reached))
    _tell(found, request, reached)
    if not found:
        return PROBLEMS if request.check else 0
    return NOT_WELL if request.check and not all(one.is_well for one in found) else 0


def watch(request: Request) -> int:
    """Look, and again whenever something changes, until Ctrl-C."""
    reached = request.cluster.connected()
    reached.ask(lambda client: _follow(client, request, reached))
    return 0


async def _found(client: "Client", request: Request, reached: Reached) -> list[Standing]:
    if request.name:
        return [Standing(await objects.monitor(client, reached.namespace, request.name))]
    namespace = None if request.all_namespaces else reached.namespace
    bodies = await objects.listed(client, kinds.MODEL_MONITOR, namespace)
    return sorted(map(Standing, bodies), key=lambda one: (one.namespace, one.name))


async def _follow(client: "Client", request: Request, reached: Reached) -> None:
    from modelmonitor.cluster.client import Scope
    from modelmonitor.cluster.watch import Watch

    await _found(client, request, reached)  # what cannot be reached, or is not there, is said at once
    known = Known(request.name)
    scope = Scope(kinds.MODEL_MONITOR, None if request.all_namespaces else reached.namespace)
    watching = Watch(client, scope, known, lambda _: known.changed.set(), known.changed.set)
    following = asyncio.create_task(watching.run())
    try:
        with _screen(request, reached) as show:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(known.changed.wait(), _TICK)
                known.changed.clear()
                if watching.tried.is_set():
                    show(known.standings(), told(watching.problem) if watching.problem else "")
    finally:
        following.cancel()


@contextlib.contextmanager
def _screen(request: Request, reached: Reached) -> Any:
    """Yield what shows monitors: redrawn in place on a terminal, else printed when they have changed."""
    if request.output in {"table", "wide"} and sys.stdout.isatty():
        from rich.console import Group
        from rich.live import Live
        from rich.text import Text

        from modelmonitor.cli import terminal

        with Live(console=terminal.console(), screen=True, auto_refresh=False) as live:

            def draw(found: Sequence[Standing], problem: str) -> None:
                warning = [Text(problem, "red")] if problem else []
                shown = _drawn(found, request) if found else [Text(_nothing(request, reached))]
                live.update(Group(*warning, *shown), refresh=True)

            yield draw
        return
    before: list[Any] = [None]

    def tell(found: Sequence[Standing], problem: str) -> None:
        if problem:
            click.echo(problem, err=True)
        now = [one.body for one in found]
        if now == before:
            return
        before[:] = now
        _tell(found, request, reached)
        sys.stdout.flush()

    yield tell


def _drawn(found: Sequence[Standing], request: Request) -> "list[RenderableType]":
    from modelmonitor.cli.standing import tables

    now = datetime.now(UTC)
    if request.name and request.output == "table" and found:
        return list(tables.detailed(found[0], now))
    wide = request.output == "wide"
    return [tables.listed(found, now, namespaces=request.all_namespaces, wide=wide)]


def _tell(found: Sequence[Standing], request: Request, reached: Reached) -> None:
    """Print monitors; if there are none, say so, and give programs the empty list."""
    if not found:
        click.echo(_nothing(request, reached), err=True)
    if found or (request.output in _PRINTERS and not request.name):
        _print(found, request)


def _print(found: Sequence[Standing], request: Request) -> None:
    _PRINTERS.get(request.output, _print_table)(found, request)


def _print_table(found: Sequence[Standing], request: Request) -> None:
    from modelmonitor.cli import terminal

    console = terminal.console()
    console.width = max(console.width, _WIDE if request.output == "wide" else terminal.WIDTH)
    terminal.show(console, _drawn(found, request))


def _print_json(found: Sequence[Standing], request: Request) -> None:
    click.echo(json.dumps(_document(found, request), indent=2, ensure_ascii=False))


def _print_yaml(found: Sequence[Standing], request: Request) -> None:
    from modelmonitor.plan.yamltext import to_yaml

    click.echo(f"---\n{to_yaml(_document(found, request))}", nl=False)


def _document(found: Sequence[Standing], request: Request) -> dict[str, Any]:
    return found[0].document() if request.name else {"monitors": [one.document() for one in found]}


def _nothing(request: Request, reached: Reached) -> str:
    where = "any namespace" if request.all_namespaces else f"namespace {reached.namespace}"
    more = "" if request.all_namespaces else "; -A looks into all namespaces"
    return f"there is no ModelMonitor {request.name + ' ' if request.name else ''}in {where}{more}"


_PRINTERS: dict[str, Callable[[Sequence[Standing], Request], None]] = {
    "json": _print_json,
    "yaml": _print_yaml,
}
