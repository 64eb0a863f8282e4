"""`modelmonitor crd`."""

import click

from modelmonitor.cli.options import without_color


@click.command()
@without_color
def crd() -> None:
    """Print the CustomResourceDefinition of ModelMonitor.

    \b
    Install it, or update it, in the cluster that kubectl talks to:
      modelmonitor crd | kubectl apply --server-side -f -
    """
    from modelmonitor.api import crd as schema

    click.echo(schema.to_yaml(), nl=False)
