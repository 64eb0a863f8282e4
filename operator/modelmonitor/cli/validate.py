"""`modelmonitor validate`."""

import click

from modelmonitor.cli.options import answering, monitors, without_color


@click.command()
@monitors
@answering("text", "json", "yaml")
@click.option("--allow-none", is_flag=True, help="Files without any ModelMonitor are good: for hooks.")
@click.option("--quiet", "-q", is_flag=True, help="Print problems only.")
@without_color
def validate(paths: tuple[str, ...], namespace: str, output: str, allow_none: bool, quiet: bool) -> int:
    """Say everything that is wrong with monitors, without a cluster.

    Reads files, folders (recursively, *.yaml and *.yml) and, for -, standard input. Objects of other
    kinds are left out. The status is 1 if there is any problem, or no ModelMonitor at all.

    \b
    Examples:
      modelmonitor validate churn.yaml
      modelmonitor validate monitors/ -o json
      kubectl get modelmonitors -A -o yaml | modelmonitor validate -
    """
    from modelmonitor.cli import validation

    return validation.run(paths, namespace, validation.Answer(output, quiet), allow_none=allow_none)
