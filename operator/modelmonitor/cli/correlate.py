"""`modelmonitor correlate`."""

from typing import Any

import click

from modelmonitor.api.duration import Duration
from modelmonitor.cli import options
from modelmonitor.cli.reaching import naming


def _duration(context: click.Context, option: click.Parameter, text: str) -> Duration:
    try:
        return Duration.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


@click.command()
@click.argument("monitor", metavar="FILE|-", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option(
    "--prometheus",
    metavar="URL",
    default="",
    callback=options.address,
    help="The Prometheus, Thanos or Mimir that holds the records. Default: that of the monitor.",
)
@click.option("--since", default="90d", show_default=True, callback=_duration, help="How far to look back.")
@click.option("--step", default="1d", show_default=True, callback=_duration, help="One point for each.")
@click.option(
    "--lags",
    type=click.IntRange(0, 60),
    default=7,
    show_default=True,
    help="By up to so many steps business may follow; each one that is tried makes a find less likely.",
)
@click.option(
    "--metric",
    "metrics",
    metavar="NAME",
    multiple=True,
    help="Quality metric to look at, such as RocAuc; may be repeated. Default: those judged, or a few.",
)
@click.option(
    "--namespace",
    "-n",
    default="default",
    show_default=True,
    callback=options.named(naming.namespace_name),
    help="Namespace of a monitor that names none.",
)
@options.answering("text", "json", "yaml", "html")
@options.without_color
def correlate(
    monitor: str, namespace: str, output: str, since: Duration, step: Duration, lags: int, **wanted: Any
) -> int:
    """Say whether business goes with a model's quality and drift, now or some days later.

    Reads from a Prometheus what the monitor's rules recorded: quality, label coverage, cost and the worst
    drift, and the monitor's business metrics. Compares each pair at each lag, and counts a find only if it
    is more than chance would make of so many pairs, lags, and series that remember their past: the chance
    of any false find is 5 %. That nothing is found, or that it is not known, is an answer, too: status 0.

    \b
    Examples:
      modelmonitor correlate churn.yaml --prometheus http://127.0.0.1:9090
      modelmonitor correlate churn.yaml --prometheus http://127.0.0.1:9090 --since 180d -o html > churn.html
      modelmonitor correlate churn.yaml --since 21d --step 6h --lags 12 --metric RocAuc -o json
    """
    from modelmonitor.cli.correlation import running

    if wrong := running.checked(since, step, lags):
        raise click.BadParameter(wrong, param_hint="--since")
    request = running.Request(since=since, step=step, most_lag=lags, **wanted)
    return running.run(monitor, namespace, request, output)
