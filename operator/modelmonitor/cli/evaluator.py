"""`modelmonitor evaluator`: count a model's predictions and their truth, beside it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modelmonitor.cli.address import Address
from modelmonitor.cli.options import Finite, logged

if TYPE_CHECKING:
    from modelmonitor.evaluator.run import Passing

_FILE = click.Path(dir_okay=False, path_type=Path)
_UPSTREAM, _LISTEN = ("localhost", 8080), ("::", 9465)


@click.command(context_settings={"auto_envvar_prefix": "MODELMONITOR_EVALUATOR"})
@click.option(
    "--config", type=_FILE, metavar="FILE", help="What to count (JSON). Absent: a tee that counts requests."
)
@click.option(
    "--reference",
    type=_FILE,
    metavar="FILE",
    help="The reference (JSON), as `modelmonitor profile` writes it.",
)
@click.option(
    "--upstream",
    type=Address(),
    help="The model's port; on this machine whichever address it listens at. Default with --listen: "
    "localhost:8080.",
)
@click.option(
    "--listen",
    type=Address(),
    help="Where the model's callers connect. Default with --upstream: [::]:9465; without: nowhere.",
)
@click.option(
    "--http",
    type=Address(),
    default="[::]:9464",
    show_default=True,
    help="Where /metrics, labels, events and /v1/stats are served.",
)
@click.option("--model-version", metavar="NAME", default="", help="The label `version` of every metric.")
@click.option(
    "--redis-url-file",
    type=_FILE,
    metavar="FILE",
    help="File with the redis:// address, where labels wait in Redis.",
)
@click.option(
    "--token-file",
    type=_FILE,
    metavar="FILE",
    help="File with the bearer token that senders of labels must show.",
)
@click.option(
    "--reader-token-file",
    type=_FILE,
    metavar="FILE",
    help="The same for who reads along what is captured. Default: that of --token-file; without, nobody may.",
)
@click.option(
    "--drain-seconds",
    type=Finite(0, 3600),
    default=25.0,
    show_default=True,
    metavar="SECONDS",
    help="How long requests that are on their way may take after SIGTERM.",
)
@logged
def evaluator(**given: Any) -> int:
    """Count a model's predictions and their truth, beside it.

    Callers connect to --listen; every byte goes on to --upstream and back as it is. Copies are counted:
    requests, features against the reference, predictions, and, once labels arrive, quality. With neither it
    counts what it is told at --http. Config and reference are read again when they change. Every option can
    be given as a variable of the environment: --model-version is MODELMONITOR_EVALUATOR_MODEL_VERSION.

    \b
    Examples:
      modelmonitor evaluator --upstream localhost:8080
      modelmonitor evaluator --config config.json --reference reference.json --upstream localhost:8080
      curl -s localhost:9464/metrics; modelmonitor stats http://localhost:9464
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded: its threads cost memory

    from modelmonitor import logs
    from modelmonitor.evaluator import run

    logs.configure(str(given.pop("log_format")), str(given.pop("log_level")))
    return run.run(run.Settings(passing=_passing(given), **given))


def _passing(given: dict[str, Any]) -> "Passing | None":
    """Take what the tee needs; None where there is to be none."""
    from modelmonitor.evaluator.run import Passing

    listen, upstream = given.pop("listen"), given.pop("upstream")
    return Passing(listen or _LISTEN, upstream or _UPSTREAM) if listen or upstream else None
