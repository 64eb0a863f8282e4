"""The command line: `main` is the program, each command a module that is loaded when it is called."""

import click

from modelmonitor import __version__
from modelmonitor.cli.options import no_color
from modelmonitor.cli.program import Command, Program

__all__ = ["main"]


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"modelmonitor {__version__}")
        context.exit()


main = Program(
    "modelmonitor",
    help="""SLOs, burn-rate alerts and dashboards for models on Kubernetes, from one YAML.

    \b
    Examples:
      modelmonitor validate monitors/                 every problem at once, with file and line
      modelmonitor generate churn.yaml | kubectl apply -f -
      modelmonitor generate monitors/ -o rules/ --format prometheus --tests
      modelmonitor crd | kubectl apply --server-side -f -
      kubectl modelmonitor status -A                  how monitors stand; explain says why, open shows it

    \b
    Exit status:
      0  good
      1  problems were found; nothing was written
      2  wrong usage
    """,
    commands_by_name={
        "generate": Command("modelmonitor.cli.generate", "Write the rules and dashboards of monitors."),
        "validate": Command("modelmonitor.cli.validate", "Say everything that is wrong with monitors."),
        "profile": Command(
            "modelmonitor.cli.profile", "Write the reference profile of a model from a table."
        ),
        "backtest": Command(
            "modelmonitor.cli.backtest", "Say which alerts would have fired on recorded predictions."
        ),
        "crd": Command("modelmonitor.cli.crd", "Print the CustomResourceDefinition of ModelMonitor."),
        "labels": Command("modelmonitor.cli.labels", "Tell what turned out to be true of predictions."),
        "evaluator": Command(
            "modelmonitor.cli.evaluator", "Count predictions and their truth beside a model."
        ),
        "stats": Command("modelmonitor.cli.stats", "Show what an evaluator has counted."),
        "init": Command("modelmonitor.cli.init", "Look at a workload, and write a monitor for it."),
        "status": Command("modelmonitor.cli.status", "Show how monitors stand, and what is not well."),
        "explain": Command("modelmonitor.cli.explain", "Say why a monitor stands as it does."),
        "open": Command("modelmonitor.cli.open", "Show the dashboards in the browser, without a Grafana."),
        "correlate": Command(
            "modelmonitor.cli.correlate", "Say whether business goes with quality and drift."
        ),
        "operator": Command("modelmonitor.cli.operator", "Run the operator in a cluster."),
        "completion": Command("modelmonitor.cli.completion", "Print the completion script of a shell."),
    },
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version and exit.",
        ),
        no_color(),
    ],
)
