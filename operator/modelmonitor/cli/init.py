"""`modelmonitor init`."""

from typing import Any

import click

from modelmonitor.cli import options
from modelmonitor.cli.address import Address
from modelmonitor.cli.reaching import completing, naming
from modelmonitor.wire.config import Protocol, Task


@click.command()
@click.argument("target", metavar="[KIND/]NAME", shell_complete=completing.targets)
@options.in_cluster
@click.option(
    "--name",
    "monitor",
    metavar="NAME",
    default=None,
    callback=options.named(naming.monitor_name),
    help="Of the monitor. Default: that of the target.",
)
@click.option(
    "--output", "-o", metavar="FOLDER|-", default="-", show_default=True, help="Where files go; - is stdout."
)
@click.option("--task", type=click.Choice(Task, case_sensitive=False), help="What the model does.")
@click.option(
    "--protocol",
    type=click.Choice([it.value for it in Protocol]),
    help="What it speaks. Default: what is seen.",
)
@click.option(
    "--path", "paths", metavar="PATH", multiple=True, help="Where predictions are asked for; may be repeated."
)
@click.option(
    "--features", metavar="WHERE", default="", help="With protocol Json: where features are in a request."
)
@click.option(
    "--feature",
    "names",
    metavar="NAME",
    multiple=True,
    help="Feature that comes without its name; repeatable.",
)
@click.option(
    "--data",
    metavar="FILE",
    default=None,
    type=click.Path(exists=True, dir_okay=False),
    help="Make a reference of this table, as `modelmonitor profile` does.",
)
@click.option("--target-column", "target_column", metavar="COLUMN", help="Of the table: what came true.")
@click.option("--prediction", metavar="COLUMN", help="Of the table: what was predicted.")
@click.option("--score", metavar="COLUMN", help="Of the table: the probability of the positive class.")
@click.option("--positive-class", metavar="CLASS", default="1", show_default=True, help="What is looked for.")
@click.option("--id", "ids", metavar="COLUMN", multiple=True, help="Of the table: an identifier; repeatable.")
@click.option(
    "--profile-traffic",
    "minutes",
    metavar="DURATION",
    is_flag=False,
    flag_value="10m",
    callback=options.duration,
    help="Make a reference of what callers send for so long, without a value for 10m.",
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False),
    help="File with the token that lets us read along. Default: that of the Secret that the monitor names.",
)
@click.option(
    "--listen",
    type=Address(),
    help="Learn from what you send here, and we pass on to a pod, even where pods have evaluators. "
    "Default where they have none: 127.0.0.1:9000.",
)
@options.without_color
def init(target: str, output: str, **given: Any) -> int:
    """Write a monitor for a workload that serves a model: look at it first, guess nothing in silence.

    Looks at the ports, probes, image and arguments of the workload, at the Services before it and, through
    the API server, at a pod's /v2 and /metrics. Writes a commented ModelMonitor with the thresholds that
    users expect; what could not be found out, or has to be changed first, is said in it. It is valid as is.

    With --data, or with --profile-traffic, a reference profile is made, too, and drift is watched against it.
    Nothing in the cluster is changed; rows stay on this machine and are deleted.

    What callers of the Service send is learnt in two steps, for it takes evaluators in the pods: apply the
    monitor that init writes, then run init --profile-traffic. It reads along at all pods, labels included,
    shows the token of spec.capture.tokenSecretRef for it, and writes the reference with what to add to the
    monitor. While pods have no evaluators, it learns from what you send to --listen, such as a replay of
    recorded requests.

    \b
    Examples:
      kubectl modelmonitor init deployment/churn -n ml
      kubectl modelmonitor init deployment/churn -n ml -o monitors/ --task binary
      kubectl modelmonitor init deploy/churn -n ml -o out/ --data churn.csv --score score
      kubectl modelmonitor init deploy/churn -n ml -o out/ --profile-traffic 10m
      kubectl modelmonitor init deploy/churn -n ml -o out/ --profile-traffic 1h --listen 127.0.0.1:9000
    """
    from modelmonitor.cli.initialising import running

    try:
        kind, name = running.read_target(target)
        naming.object_name(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="KIND/NAME") from None
    if given["data"] and given["minutes"]:
        raise click.UsageError("a reference is of --data or of --profile-traffic, not of both")
    if (given["listen"] or given["token_file"]) and not given["minutes"]:
        raise click.UsageError("--listen and --token-file are about traffic: give --profile-traffic, too")
    return running.run(running.Request(kind=kind, name=name, output=output, **_read(given)))


def _read(given: dict[str, Any]) -> dict[str, Any]:
    """Put together what several options say: the cluster, the protocol, the columns of the table."""
    from modelmonitor.cli.profiling.request import Request as Roles
    from modelmonitor.cli.reaching.clusters import Cluster

    cluster, protocol = Cluster.of(given), given.pop("protocol")
    target, score, prediction, ids = (given.pop(it) for it in ("target_column", "score", "prediction", "ids"))
    if not given["data"] and (target or score or prediction or ids):
        raise click.UsageError("columns are of a table: give it with --data")
    roles = Roles(
        target=target,
        prediction=prediction,
        scores={"": score} if score else {},
        positive_class=given.pop("positive_class"),
        task=given["task"],
        ids=ids,
    )
    given["monitor"] = given["monitor"] or ""
    return {**given, "cluster": cluster, "roles": roles, "protocol": Protocol(protocol) if protocol else None}
