"""`modelmonitor open`."""

from typing import Any

import click

from modelmonitor.cli import options
from modelmonitor.cli.opening.ranges import RANGES


@click.command()
@options.monitor_name(required=False)
@options.in_cluster
@click.option("--all-namespaces", "-A", is_flag=True, help="All monitors of all namespaces.")
@click.option(
    "--filename",
    "-f",
    "file",
    metavar="FILE",
    default=None,
    type=click.Path(exists=True),
    help="A monitor in a file (and what else is in a folder) in place of one in a cluster.",
)
@options.reference
@options.prometheus
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1. Default: a free one."
)
@click.option("--browser/--no-browser", default=True, help="Open the browser (the default), or do not.")
@click.option(
    "--export", metavar="FILE|-", default="", help="Write all dashboards into one file, and serve nothing."
)
@click.option(
    "--since",
    type=click.Choice(RANGES),
    default=None,
    help="How far an exported page looks back. Default: as far as each dashboard does.",
)
@options.without_color
def open(name: str | None, all_namespaces: bool, since: str | None, **given: Any) -> int:  # noqa: A001
    """Show the dashboards of monitors in the browser, live from Prometheus, without a Grafana.

    The pages are drawn from the very dashboards that the operator makes for Grafana, by a server on
    127.0.0.1 that ends with Ctrl-C; they need no network but that of Prometheus. Where the monitor or the
    operator names a Prometheus by its Service, it is reached through the API server with your own rights.

    \b
    Examples:
      kubectl modelmonitor open churn -n ml
      kubectl modelmonitor open -A --port 8088 --no-browser
      kubectl modelmonitor open churn -n ml --export churn.html --since 7d
      modelmonitor open -f churn.yaml --prometheus http://127.0.0.1:9090
    """
    from modelmonitor.cli.opening import running
    from modelmonitor.cli.reaching.clusters import Cluster

    if all_namespaces and name:
        raise click.UsageError("-A shows all monitors: leave out the name, or name a namespace with -n")
    if since and not given["export"]:
        raise click.UsageError("--since is how far an exported page looks back: give --export, too")
    if given["reference"] and not given["file"]:
        raise click.UsageError("--reference is of a monitor in a file: give that with --filename")
    cluster = Cluster.of(given)
    request = running.Request(name or "", cluster, all_namespaces=all_namespaces, since=since or "", **given)
    return running.run(request)
