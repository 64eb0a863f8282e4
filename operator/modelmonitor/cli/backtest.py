"""`modelmonitor backtest`."""

import os
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from modelmonitor.api.duration import Duration
from modelmonitor.cli import options
from modelmonitor.cli.reaching import naming

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TABLE = click.Path(exists=True, dir_okay=False, allow_dash=True)
_FORMS = ("text", "json", "yaml")
_ENDINGS = {".html": "html", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}


class _Output(click.ParamType[tuple[str, Path | None]]):
    """A form for standard output, or a file whose name tells its form."""

    name = "output"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path | None]:
        if isinstance(value, tuple):
            return value
        if value in _FORMS:
            return value, None
        form = _ENDINGS.get(Path(value).suffix.lower())
        if form is None:
            expected = f"{', '.join(_FORMS)}, or a file that ends in {', '.join(_ENDINGS)}"
            self.fail(f"expected {expected}, got {value!r}", param, ctx)
        return form, Path(value)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click calls it so
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Complete a form, or a file."""
        forms = [CompletionItem(form) for form in _FORMS if form.startswith(incomplete)]
        return [*forms, CompletionItem(incomplete, type="file")]


def _duration(context: click.Context, option: click.Parameter, text: str | None) -> Duration | None:
    try:
        return None if text is None else Duration.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


def _step(context: click.Context, option: click.Parameter, text: str | None) -> Duration | None:
    found = _duration(context, option, text)
    if found and not 1000 <= found.milliseconds <= 300_000:
        raise click.BadParameter(f"expected 1s to 5m, got {found}", context, option)
    return found


def _moment(context: click.Context, option: click.Parameter, text: str | None) -> float | None:
    from modelmonitor.cli.backtesting import moments

    try:
        return None if text is None else moments.read(text)
    except ValueError:
        raise click.BadParameter(
            f"expected a time such as 2026-03-01 or 2026-03-01T12:00:00Z, got {text!r}", context, option
        ) from None


_HELP = """Say which alerts of a monitor would have fired on recorded predictions, when and why.

Replays a table (Parquet, CSV, JSON with one object a line) in the order of its times through the counters of
the evaluator and the rules of the monitor, in a real Prometheus that runs on this machine for as long as it
takes: minutes for a month. Columns that the reference knows are features. What came true is a column of the
table (--target, known --label-delay after the prediction) or a table of its own (--labels). Rules about
things that are not recorded, such as requests, are listed and left out. Times without a zone are UTC.

The status is 1 if --fail-on says so, or if something is wrong with what was given.

\b
Examples:
  modelmonitor backtest churn.yaml --reference ref.yaml --data rows.csv --time at --score p --target churned
  modelmonitor backtest churn.yaml --reference ref.yaml --data rows.csv --time at --score p -o report.html
  modelmonitor backtest churn.yaml --reference ref.yaml --data rows.csv --time at --score p --fail-on warning
"""


@click.command(help=_HELP)
@click.argument("monitor", metavar="MONITOR|-", type=click.Path(exists=True, allow_dash=True))
@options.reference
@click.option("--data", type=_TABLE, metavar="FILE|-", required=True, help="Predictions.")
@click.option("--time", metavar="COLUMN", required=True, help="When each was made.")
@click.option("--id", metavar="COLUMN", help="The id of each, to find its label by.")
@click.option("--prediction", metavar="COLUMN", help="What was predicted. Without: what the score says.")
@click.option(
    "--score",
    "scores",
    metavar="COLUMN",
    multiple=True,
    callback=options.scores,
    help="Probability of the positive class; of many classes, CLASS=COLUMN for each.",
)
@click.option("--target", metavar="COLUMN", help="What came true.")
@click.option("--labels", type=_TABLE, metavar="FILE", help="Table with id, target and time of each label.")
@click.option(
    "--label-time",
    metavar="COLUMN",
    help="When each label was known, in --labels. Default: a column named as that of --time.",
)
@click.option(
    "--label-delay",
    metavar="DURATION",
    default="0s",
    show_default=True,
    callback=_duration,
    help="Without --labels: how long after its prediction a target was known.",
)
@click.option("--since", metavar="TIME", callback=_moment, help="Leave out what was before.")
@click.option(
    "--until",
    metavar="TIME",
    callback=_moment,
    help="Leave out what was after; later than the last row: go on, so that predictions mature.",
)
@click.option(
    "--step",
    metavar="DURATION",
    callback=_step,
    help="Between two scrapes, up to 5m. Default: as the monitor says, longer for long tables.",
)
@click.option(
    "--output",
    "-o",
    type=_Output(),
    metavar="text|json|yaml|FILE",
    default="text",
    show_default=True,
    help="Form of the report; or a file: a page that ends in .html, or .json, .yaml.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["critical", "warning"]),
    help="Exit with 1 if an alert of this severity, or a worse one, fires.",
)
@click.option(
    "--prometheus", type=_FILE, metavar="PATH", help="The program prometheus. Default: on the PATH."
)
@click.option("--promtool", type=_FILE, metavar="PATH", help="The program promtool. Default: on the PATH.")
@click.option(
    "--namespace",
    "-n",
    default="default",
    show_default=True,
    callback=options.named(naming.namespace_name),
    help="Namespace of a monitor that names none.",
)
@click.option("--quiet", "-q", is_flag=True, help="No progress, and no report beside a file.")
@options.without_color
def backtest(**given: Any) -> int:
    """Say which alerts of a monitor would have fired on recorded predictions, when and why."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded: its threads cost memory
    _check(given)
    try:
        from modelmonitor.cli.backtesting import running
    except ImportError as error:
        raise click.ClickException(
            f"expected the package {error.name}, got none; pip install 'modelmonitor[evaluator]'"
        ) from None
    from modelmonitor.cli.backtesting.request import Request, Roles, Truth

    roles = Roles(**{name: given[name] for name in ("time", "id", "prediction", "scores", "target")})
    truth = Truth(path=given["labels"], time=given["label_time"], delay=given["label_delay"])
    more = {name: given[name] for name in ("data", "since", "until", "step")}
    files = {name: given[name] for name in ("monitor", "namespace", "reference", "prometheus", "promtool")}
    form, path = given["output"]
    answer = running.Answer(form, path, given["fail_on"], given["quiet"])
    return running.run(Request(roles=roles, truth=truth, **more), running.Given(**files), answer)


def _check(given: dict[str, Any]) -> None:
    """Refuse options that contradict each other."""
    if given["labels"] and not (given["id"] and given["target"]):
        raise click.UsageError("--labels are found by their ids: name the columns with --id and --target")
    if given["label_time"] and not given["labels"]:
        raise click.UsageError("--label-time is a column of --labels: give both")
    if given["label_delay"].milliseconds and (given["labels"] or not given["target"]):
        raise click.UsageError(
            "--label-delay is about --target without --labels, which have times of their own"
        )
    if given["data"] == given["labels"] == "-":
        raise click.UsageError("only one of --data and --labels can be standard input")
    if given["since"] and given["until"] and given["since"] >= given["until"]:
        raise click.UsageError("--since must be before --until")
