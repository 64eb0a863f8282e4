"""`modelmonitor labels push`."""

import click
from click.core import ParameterSource

from modelmonitor.cli import options
from modelmonitor.cli.reaching import completing, naming


@click.group()
def labels() -> None:
    """Tell an evaluator what turned out to be true of predictions."""


@labels.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--url",
    default="http://127.0.0.1:9464",
    show_default=True,
    callback=options.address,
    help="The evaluator, or the Service in front of several.",
)
@click.option(
    "--monitor",
    metavar="NAME",
    default=None,
    shell_complete=completing.monitors,
    callback=options.named(naming.object_name),
    help="In place of an address: the monitor in a cluster, whose evaluators the API server reaches.",
)
@options.in_cluster
@click.option("--id", "id_column", default="id", show_default=True, help="Column with the prediction's id.")
@click.option("--actual", default="actual", show_default=True, help="Column with what is true.")
@click.option("--time", help="Column with when that was known: Unix seconds or ISO 8601. Default: now.")
@click.option(
    "--wait",
    type=options.Finite(0),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long to go on with labels whose prediction is unknown, and with an evaluator that is away.",
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False),
    help="File with the bearer token, if the evaluator asks for one.",
)
@options.answering("text", "json")
@options.without_color
def push(output: str, **given: str | float | None) -> int:
    """Send the labels in a CSV, NDJSON or Parquet file, and say what became of them.

    The end of the name says what the file is: .csv, .ndjson or .jsonl, .parquet or .pq (which needs the
    extra `parquet`); - is NDJSON on standard input. Sending a file again does no harm: what was taken
    before is a duplicate. The status is 1 unless every label was joined, a duplicate, or out of the sample.

    \b
    Examples:
      modelmonitor labels push churned.csv --id customer --actual churned
      modelmonitor labels push defaults.parquet --time known_at --wait 600 -o json
      modelmonitor labels push churned.csv --monitor churn -n ml --token-file token
      kubectl port-forward service/churn-evaluator 9464 & modelmonitor labels push churned.csv

    With --monitor labels go through the API server to the Service of the monitor's evaluators, with your
    own rights: you need create on services/proxy there. A push that broke off can be run again as it is:
    what was taken is then a duplicate.
    """
    source = click.get_current_context().get_parameter_source("url")
    if given["monitor"] and source is not ParameterSource.DEFAULT:
        raise click.UsageError("labels go to --url or to a --monitor, not to both")
    if not given["monitor"] and (given["kubeconfig"] or given["context"] or given["namespace"]):
        raise click.UsageError("a cluster has monitors: name one with --monitor")
    from modelmonitor.cli.labelling import run
    from modelmonitor.cli.labelling.request import Request

    return run.run(Request.of(given), output)
