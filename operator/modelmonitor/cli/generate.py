"""`modelmonitor generate`."""

import atexit
import gc
from pathlib import Path
from typing import Any

import click

from modelmonitor import wire
from modelmonitor.cli import options


@click.command()
@options.monitors
@options.reference
@click.option(
    "--output",
    "-o",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write one file for each object there, instead of everything to stdout.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["kubernetes", "prometheus"]),
    default="kubernetes",
    show_default=True,
    help="Objects for kubectl; or files: rules for Prometheus' rule_files, dashboards, evaluators' config.",
)
@click.option(
    "--tests", is_flag=True, help="Also write promtool's unit tests: when each alert fires, and when not."
)
@click.option(
    "--grafana-url",
    metavar="URL",
    default="",
    callback=options.address,
    help="Address of Grafana, for the links in alerts.",
)
@click.option(
    "--runbooks-url",
    "runbooks",
    metavar="URL",
    default=wire.RUNBOOKS,
    show_default=True,
    callback=options.address,
    help="Where each alert has a page of its name.",
)
@click.option(
    "--rule-label",
    "rule_labels",
    metavar="KEY=VALUE",
    multiple=True,
    callback=options.labels,
    help="Label by which your Prometheus selects rules; may be repeated.",
)
@click.option(
    "--sidecar",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Print, instead of all that, the patch that adds the evaluator to the target that is in this file.",
)
@click.option(
    "--evaluator-image", metavar="IMAGE", default="", help="Image of that evaluator; needed by --sidecar."
)
@click.option("--quiet", "-q", is_flag=True, help="Print problems only, beside what was asked for.")
@options.without_color
def generate(paths: tuple[str, ...], namespace: str, folder: Path | None, quiet: bool, **wanted: Any) -> int:
    """Write the rules and dashboards of monitors, without a cluster.

    Reads files, folders (recursively, *.yaml and *.yml) and, for -, standard input. The reference that a
    monitor names is looked for among them. If anything is wrong with any monitor, nothing is written.
    Files keep their names; only changed ones are written.

    \b
    Examples:
      modelmonitor generate churn.yaml                   to stdout, for kubectl apply -f -
      modelmonitor generate monitors/ -o rules/          one file for each object
      modelmonitor generate monitors/ -o rules/ --format prometheus --tests
      cat churn.yaml | modelmonitor generate - --rule-label release=kube-prometheus-stack
      modelmonitor generate churn.yaml --sidecar deployment.yaml --evaluator-image IMAGE > patch.yaml
    """
    sidecar, image = wanted.pop("sidecar"), wanted.pop("evaluator_image")
    if bool(sidecar) != bool(image):
        raise click.UsageError("--sidecar and --evaluator-image need each other")
    if wanted["tests"] and folder is None:
        raise click.UsageError("--tests writes files: say where with --output DIR")
    gc.disable()  # plans hold no cycles, and looking for some takes a tenth of the time
    atexit.register(gc.freeze)  # the interpreter would look once more at its end
    try:
        if sidecar:
            from modelmonitor.cli import sidecar as sidecars

            return sidecars.run(paths, namespace, wanted["reference"], sidecars.Wanted(sidecar, image))
        from modelmonitor.cli import generation

        return generation.run(paths, namespace, generation.Output(folder, quiet), **wanted)
    finally:
        gc.enable()
