"""`modelmonitor profile`."""

from typing import Any

import click

from modelmonitor.cli import options
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import ColumnType


def _types(context: click.Context, option: click.Parameter, pairs: tuple[str, ...]) -> dict[str, ColumnType]:
    kinds = {kind.lower(): kind for kind in ColumnType}
    split = [pair.rpartition("=") for pair in pairs]
    for pair, (name, _, kind) in zip(pairs, split, strict=True):
        if not name or kind.lower() not in kinds:
            raise click.BadParameter(
                f"expected COLUMN=numeric or COLUMN=categorical, got {pair!r}", context, option
            )
    return {name: kinds[kind.lower()] for name, _, kind in split}


_HELP = """Write the reference profile of a model from a table: what it saw and did when it was good.

Reads CSV, JSON with one object a line, and Parquet (with the extra `parquet`), whatever the file is called,
in chunks, twice. Columns without a role are features. Only counts are written, never a row. The status is 1
if the table cannot be a reference, with every reason.

\b
Examples:
  modelmonitor profile churn.csv --target churned --score score      look first: writes nothing
  modelmonitor profile churn.csv --target churned --score score -o churn-reference.yaml
  modelmonitor profile churn.parquet --target churned --score score --segment plan --group sex -o churn.yaml
  modelmonitor profile prices.parquet --target price --prediction predicted -o prices.json
  zcat churn.csv.gz | modelmonitor profile - --target churned --score score -o -
"""


@click.command(help=_HELP)
@click.argument("file", metavar="FILE|-", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--output",
    "-o",
    metavar="FILE|-",
    default="",
    help="Where the ConfigMap goes; if the name ends in .json, the bare profile. Without: summary only.",
)
@click.option("--target", metavar="COLUMN", help="What came true.")
@click.option("--prediction", metavar="COLUMN", help="What was predicted. Without: what the score says.")
@click.option(
    "--score",
    "scores",
    metavar="COLUMN",
    multiple=True,
    callback=options.scores,
    help="Probability of the positive class; of many classes, CLASS=COLUMN for each, in the model's order.",
)
@click.option(
    "--positive-class",
    metavar="CLASS",
    default="1",
    show_default=True,
    help="Of two classes, the one that is looked for.",
)
@click.option(
    "--decision-threshold",
    metavar="SCORE",
    type=options.Finite(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    help="Scores of at least this much are the positive class.",
)
@click.option(
    "--task",
    type=click.Choice(Task, case_sensitive=False),
    help="What the model does, if the columns do not tell.",
)
@click.option(
    "--id",
    "ids",
    metavar="COLUMN",
    multiple=True,
    help="An identifier, no feature; may be repeated.",
)
@click.option("--exclude", "excluded", metavar="COLUMN", multiple=True, help="No feature; may be repeated.")
@click.option(
    "--segment",
    "segments",
    metavar="COLUMN",
    multiple=True,
    help="Tell quality apart by its values, at most 20; may be repeated.",
)
@click.option(
    "--group",
    "groups",
    metavar="COLUMN",
    multiple=True,
    help="Compare its values, at most 20, for fairness; may be repeated.",
)
@click.option(
    "--type",
    "types",
    metavar="COLUMN=TYPE",
    multiple=True,
    callback=_types,
    help="numeric or categorical, if it is not what it looks like; may be repeated.",
)
@click.option(
    "--cells", type=click.IntRange(2, 100), default=10, show_default=True, help="Cells of a numeric column."
)
@click.option(
    "--name", metavar="NAME", default="", help="Of the ConfigMap. Default: that of the output file."
)
@click.option(
    "--namespace",
    "-n",
    metavar="NAME",
    default="",
    callback=options.some_namespace,
    help="Of the ConfigMap. Default: none, so that kubectl decides.",
)
@click.option(
    "--summary",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of what is told about it.",
)
@click.option("--quiet", "-q", is_flag=True, help="Print problems only.")
@options.without_color
def profile(
    file: str, output: str, name: str, namespace: str, summary: str, quiet: bool, **wanted: Any
) -> int:
    """Write the reference profile of a model from a table."""
    from modelmonitor.cli.profiling import running
    from modelmonitor.cli.profiling.output import Place
    from modelmonitor.cli.profiling.request import Request

    try:
        place = Place.named(name, namespace, output)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--name") from None
    return running.run(file, Request(**wanted), running.Output(output, place, summary, quiet))
