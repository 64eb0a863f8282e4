"""`modelmonitor explain`: gather what there is to know of a monitor, and say why it stands as it does."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from modelmonitor.api import ModelMonitor, parse
from modelmonitor.cli.reaching import finding, objects, references
from modelmonitor.cli.reaching.clusters import Cluster, Reached
from modelmonitor.cli.reaching.prometheus import Prometheus
from modelmonitor.cli.standing import explanation
from modelmonitor.cli.standing.explanation import Explanation, Numbers
from modelmonitor.cli.standing.monitor import Standing
from modelmonitor.cluster.kinds import Object
from modelmonitor.errors import MonitorError, SpecInvalid
from modelmonitor.wire.profile import Profile

if TYPE_CHECKING:
    from modelmonitor.cluster.client import Client

_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asked for."""

    name: str
    cluster: Cluster
    prometheus: str
    output: str


def run(request: Request) -> int:
    """Explain, and return the exit status."""
    reached = request.cluster.connected()
    body, profile = reached.ask(lambda client: _read(client, reached.namespace, request.name))
    found = Explanation(Standing(body), _numbers(request, reached, body, profile))
    _PRINTERS[request.output](found)
    return 0


async def _read(client: "Client", namespace: str, name: str) -> tuple[Object, Profile | None]:
    body = await objects.monitor(client, namespace, name)
    try:
        return body, await references.profile(client, _parsed(body))
    except MonitorError:  # the conditions say so, too, and what to do
        return body, None


def _parsed(body: Object) -> ModelMonitor:
    return parse({**body, "status": {}})


def _numbers(request: Request, reached: Reached, body: Object, profile: Profile | None) -> Numbers:
    try:
        monitor = _parsed(body)
    except SpecInvalid as error:
        return Numbers(silent=f"no numbers of Prometheus: {error}")
    try:
        own = monitor.spec.prometheus.url or ""
        address = finding.address(request.prometheus, own, reached)
    except finding.Nowhere as error:
        return Numbers(silent=f"no numbers of Prometheus: {error.format_message()}")
    return explanation.numbers(monitor, profile, Prometheus(address, _SECONDS))


def _print_text(found: Explanation) -> None:
    from modelmonitor.cli import terminal
    from modelmonitor.cli.standing import story

    terminal.show(terminal.console(), story.told(found, datetime.now(UTC)))


def _print_json(found: Explanation) -> None:
    click.echo(json.dumps(found.document(), indent=2, ensure_ascii=False))


def _print_yaml(found: Explanation) -> None:
    from modelmonitor.plan.yamltext import to_yaml

    click.echo(f"---\n{to_yaml(found.document())}", nl=False)


_PRINTERS: dict[str, Callable[[Explanation], None]] = {
    "text": _print_text,
    "json": _print_json,
    "yaml": _print_yaml,
}
