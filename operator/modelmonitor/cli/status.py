"""`modelmonitor status`."""

from typing import Any

import click

from modelmonitor.cli import options


@click.command()
@options.monitor_name(required=False)
@options.in_cluster
@click.option("--all-namespaces", "-A", is_flag=True, help="All monitors of all namespaces.")
@click.option("--watch", "-w", is_flag=True, help="Show every change, until Ctrl-C.")
@click.option(
    "--check",
    is_flag=True,
    help="Exit with 3 if an objective is breached or a condition is bad.",
)
@options.answering("table", "wide", "json", "yaml")
@options.without_color
def status(name: str | None, all_namespaces: bool, watch: bool, check: bool, **given: Any) -> int:
    """Show how monitors stand: a line for each, or all there is to see of one.

    READY says whether all was made as planned; HEALTH is the worst state of all objectives; BUDGET the
    smallest error budget that is left; DRIFT how many columns have surely drifted; EVALUATORS how many pods
    have one. Of one monitor: its objectives and budgets, drift, labels, and what is not well with what to do.

    \b
    Examples:
      kubectl modelmonitor status
      kubectl modelmonitor status -A -w
      kubectl modelmonitor status churn -n ml
      kubectl modelmonitor status -A -o json | jq '.monitors[] | select(.well | not) | .name'
      kubectl modelmonitor status churn -n ml --check && ./promote.sh

    \b
    Exit status: 0, also when something is breached; 1 if the cluster or the monitor cannot be read; with
    --check 3 if an objective is breached, a condition is bad, or no operator has looked, and 1 if there is
    no monitor.
    """
    from modelmonitor.cli.reaching.clusters import Cluster
    from modelmonitor.cli.standing import showing

    if all_namespaces and name:
        raise click.UsageError("-A shows all monitors: leave out the name, or name a namespace with -n")
    if watch and check:
        raise click.UsageError("--check looks once: leave out --watch")
    cluster = Cluster.of(given)
    request = showing.Request(name or "", cluster, all_namespaces, given["output"], check)
    return (showing.watch if watch else showing.once)(request)
