"""`modelmonitor explain`."""

from typing import Any

import click

from modelmonitor.cli import options


@click.command()
@options.monitor_name(required=True)
@options.in_cluster
@options.prometheus
@options.answering("text", "json", "yaml")
@options.without_color
def explain(name: str, prometheus: str, output: str, **given: Any) -> int:
    """Say why a monitor stands as it does, from cause to effect, and what to do next.

    Which conditions are not well; which alerts fire; which objective loses its budget, how fast over which
    windows, and what an alert takes; which columns have drifted how far; how much truth is known; what has
    no data, and why. The numbers are Prometheus' of this moment: where the monitor or the operator names it
    by its Service, it is reached through the API server with your own rights.

    \b
    Examples:
      kubectl modelmonitor explain churn -n ml
      kubectl modelmonitor explain churn -n ml --prometheus http://127.0.0.1:9090
      kubectl modelmonitor explain churn -n ml -o json | jq -r '.next[]'
    """
    from modelmonitor.cli.reaching.clusters import Cluster
    from modelmonitor.cli.standing import explaining

    return explaining.run(explaining.Request(name, Cluster.of(given), prometheus, output))
