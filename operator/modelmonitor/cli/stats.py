"""`modelmonitor stats`."""

import click

from modelmonitor.cli.options import address, answering, without_color


@click.command()
@click.argument("url", default="http://127.0.0.1:9464", callback=address)
@answering("text", "json", "yaml")
@click.option("--watch", "-w", is_flag=True, help="Ask again every two seconds, until Ctrl-C.")
@without_color
def stats(url: str, output: str, watch: bool) -> None:
    """Show what an evaluator has counted: traffic, quality, drift, coverage, losses.

    URL is the evaluator's port mm-http, http://127.0.0.1:9464 unless you name another. Numbers are those of
    one pod since it started; alerts and dashboards add up all pods over a window.

    \b
    Examples:
      modelmonitor stats
      modelmonitor stats http://127.0.0.1:9464 --watch
      kubectl port-forward pod/churn-7c9f 9464 & modelmonitor stats -o json
    """
    from modelmonitor.cli.statistics import watching

    (watching.watch if watch else watching.once)(url, output)
