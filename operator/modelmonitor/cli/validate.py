"""`modelmonitor validate`."""

import click

from modelmonitor.cli.options import answering, monitors, reference, without_color


@click.command()
@monitors
@reference
@answering("text", "json", "yaml")
@click.option("--allow-none", is_flag=True, help="Files without any ModelMonitor are good: for hooks.")
@click.option("--quiet", "-q", is_flag=True, help="Print problems only.")
@without_color
def validate(
    paths: tuple[str, ...],
    namespace: str,
    reference: str | None,
    output: str,
    allow_none: bool,
    quiet: bool,
) -> int:
    """Say everything that is wrong with monitors, without a cluster.

    Reads files, folders (recursively, *.yaml and *.yml) and, for -, standard input. The reference that a
    monitor names is looked for among them. Objects of other kinds are left out. The status is 1 if there
    is any problem, or no ModelMonitor at all.

    \b
    Examples:
      modelmonitor validate churn.yaml churn-reference.yaml
      modelmonitor validate churn.yaml --reference profile.json
      modelmonitor validate monitors/ -o json
      kubectl get modelmonitors -A -o yaml | modelmonitor validate -
    """
    from modelmonitor.cli import validation

    return validation.run(
        paths, namespace, reference, validation.Answer(output, quiet), allow_none=allow_none
    )
