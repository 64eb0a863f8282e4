"""`modelmonitor operator`: run the operator, in a cluster or next to one."""

import asyncio
import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from modelmonitor import plan
from modelmonitor.cli.address import Address
from modelmonitor.cli.options import Finite, address, logged, named, some_namespace
from modelmonitor.cli.reaching import naming

if TYPE_CHECKING:
    from modelmonitor.handlers.options import Options

_DEFAULTS = plan.Settings()


class Pair(click.ParamType[tuple[str, str]]):
    """KEY=VALUE."""

    name = "key=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Read the text."""
        key, equals, text = str(value).partition("=")
        if not equals or not key:
            self.fail(f"expected KEY=VALUE such as release=prometheus, got {value!r}", param, ctx)
        return key, text


def _namespaces(
    context: click.Context, option: click.Parameter, names: tuple[str, ...]
) -> tuple[str | None, ...]:
    checked = named(naming.namespace_name)
    return tuple(checked(context, option, name) for name in names)


@click.command(context_settings={"auto_envvar_prefix": "MODELMONITOR_OPERATOR"})
@click.option(
    "--watch-namespace",
    multiple=True,
    metavar="NS",
    callback=_namespaces,
    help="Watch this namespace only (repeatable). Default: all.",
)
@click.option(
    "--lease-namespace",
    metavar="NS",
    default="",
    callback=some_namespace,
    help="Namespace of the Lease. Default: the one we run in.",
)
@click.option(
    "--identity",
    metavar="NAME",
    default="",
    help="Our name in the election. Default: host name and a random end.",
)
@click.option(
    "--lease-seconds",
    type=click.IntRange(5, 300),
    default=15,
    show_default=True,
    help="How long the lease of a replica that vanished keeps the others waiting.",
)
@click.option(
    "--prometheus-url",
    metavar="URL",
    default="",
    callback=address,
    help="Prometheus that holds the models' series.",
)
@click.option(
    "--grafana-url", metavar="URL", default="", callback=address, help="Grafana, for links in alerts."
)
@click.option(
    "--runbooks-url",
    metavar="URL",
    default=_DEFAULTS.runbooks,
    show_default=True,
    callback=address,
    help="Where each alert has a page of its own name.",
)
@click.option(
    "--rule-label", type=Pair(), multiple=True, help="Label by which Prometheus selects rules (repeatable)."
)
@click.option(
    "--folder-annotation",
    metavar="NAME",
    default=_DEFAULTS.folder_annotation,
    show_default=True,
    help="Annotation from which the dashboard sidecar reads the folder.",
)
@click.option(
    "--evaluator-image",
    metavar="IMAGE",
    default="",
    help="Evaluator that is added to the pods of models. Default: none is.",
)
@click.option(
    "--evaluator-pull-policy",
    type=click.Choice(["Always", "IfNotPresent", "Never"]),
    default=_DEFAULTS.evaluator_pull_policy,
    show_default=True,
    help="When nodes pull it.",
)
@click.option(
    "--most-rollouts",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    metavar="N",
    help="How many workloads may be rolling at one time because evaluators are added.",
)
@click.option(
    "--webhook-port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    metavar="PORT",
    help="Where the API server asks about pods, beside the address of --bind; 0: nowhere.",
)
@click.option(
    "--webhook-service",
    metavar="NAME",
    default="modelmonitor-webhook",
    show_default=True,
    help="Service in the namespace of the Lease whose port 443 leads there.",
)
@click.option(
    "--webhook-url",
    metavar="URL",
    default="",
    callback=address,
    help="Outside of a cluster: the https address under which the API server reaches that port.",
)
@click.option(
    "--resync",
    type=Finite(1),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="Time between two visits to a monitor of which nothing was heard.",
)
@click.option(
    "--bind",
    type=Address(),
    default="[::]:8080",
    show_default=True,
    help="Where /metrics, /healthz and /readyz are served; [::]: by IPv4, too.",
)
@logged
@click.option("--kubeconfig", metavar="FILE", default=None, help="Outside of a cluster: how to reach it.")
@click.option(
    "--context", metavar="NAME", default=None, help="Outside of a cluster: context of the kubeconfig."
)
def operator(**given: Any) -> None:
    """Run the operator: make rules and dashboards of every ModelMonitor, and report how its model does.

    Every option can be given as a variable of the environment: --lease-seconds is
    MODELMONITOR_OPERATOR_LEASE_SECONDS; several values of one option are separated by spaces.
    """
    from modelmonitor.handlers import logs
    from modelmonitor.handlers.operator import run

    logs.configure(str(given.pop("log_format")), str(given.pop("log_level")))
    try:
        asyncio.run(run(_options(given)))
    except Exception as error:
        log = logging.getLogger("modelmonitor")
        for reason in _reasons(error):
            log.error(
                "the operator ends: %s", reason, exc_info=reason if log.isEnabledFor(logging.DEBUG) else None
            )
        sys.exit(1)


def _reasons(error: BaseException) -> Iterator[BaseException]:
    """Take groups of errors apart."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _reasons(one)
    else:
        yield error


def _options(given: dict[str, Any]) -> "Options":
    from modelmonitor.handlers.options import Options

    (host, port), labels = given.pop("bind"), dict(given.pop("rule_label"))
    names = {"watch_namespace": "namespaces"}
    said = {names.get(name, name): value for name, value in given.items() if value != ""}
    return Options(host=host, port=port, rule_labels=labels, **said)
