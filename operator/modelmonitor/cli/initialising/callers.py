"""A reference from what callers of the Service send: read along at the evaluators of all pods."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from modelmonitor.api.duration import Duration
from modelmonitor.cli.initialising import learning
from modelmonitor.cli.initialising.evaluators import Evaluators
from modelmonitor.cli.initialising.gathering import MOST_ROWS, Gathering, Pods
from modelmonitor.cli.profiling.profiling import Profiled
from modelmonitor.cli.reaching.address import Address
from modelmonitor.errors import SpecInvalid
from modelmonitor.wire import reading
from modelmonitor.wire.config import EvaluatorConfig

_TICK = 0.25
_LOOK_SECONDS = 5.0
"""How often pods that have come meanwhile are looked for."""
_PATIENCE_SECONDS = 180.0
"""Until when the first evaluator must have let us read: a kubelet takes a minute or two to bring a Secret."""
_QUIET_SECONDS = 5.0
"""After which it is said why nothing is read yet."""


@dataclass(frozen=True, slots=True)
class Asked:
    """For how long is read, with which token, and where.

    Attributes
    ----------
    look
        Finds the evaluators of the moment.
    reach
        How a port of a pod is reached.
    inputs
        The inputs of the model as its present reference has them; none: it has none.
    """

    duration: Duration
    token: str
    look: Callable[[], Evaluators]
    reach: Callable[[str, int], Address]
    inputs: tuple[str, ...] = ()


def learnt(asked: Asked, evaluators: Evaluators) -> Profiled:
    """Read for a while, until Ctrl-C at the latest, then profile the rows, which are deleted in any case.

    Raises
    ------
    click.ClickException
        If nobody lets us read, or it is too little.
    """
    with tempfile.TemporaryDirectory(prefix="modelmonitor-") as folder:
        rows = Path(folder) / "captured"
        with rows.open("wb", buffering=0) as file:  # lines come in large pieces anyway
            gathering = Gathering(file)
            _read(asked, evaluators, gathering)
        config, classes = _counted(gathering, asked)
        _tell(_notes(gathering))
        unasked = [it for it in config.model.protected_attributes if asked.inputs and it not in asked.inputs]
        captured = learning.Captured(
            file=rows,
            config=config,
            classes=classes,
            truths=gathering.truths,
            until=gathering.until,
            unasked=unasked,
        )
        profiled, notes = learning.learnt(captured, f"what {len(gathering.heads)} evaluators captured")
        _tell(notes)
        return profiled


def _read(asked: Asked, evaluators: Evaluators, gathering: Gathering) -> None:
    """Read until time is over, somebody interrupts us, or nobody has let us read for too long."""
    pods = Pods(gathering, float(asked.duration.seconds), asked.token)
    began = looked = time.monotonic()
    try:
        with _shown(asked, gathering) as move:
            while pods.left and (gathering.heads or time.monotonic() - began < _PATIENCE_SECONDS):
                pods.read({name: _way(asked, name, port) for name, port in evaluators.ports.items()})
                time.sleep(min(_TICK, pods.left))
                move(time.monotonic() - began)
                if time.monotonic() - looked > _LOOK_SECONDS:
                    evaluators, looked = _looked(asked, evaluators), time.monotonic()
    except KeyboardInterrupt:
        click.echo("Ended early.", err=True)
    finally:
        pods.stop()


def _way(asked: Asked, pod: str, port: int) -> Callable[[], Address]:
    return lambda: asked.reach(pod, port)


def _looked(asked: Asked, before: Evaluators) -> Evaluators:
    """Look for pods again; those of before where that cannot be done now."""
    try:
        return asked.look()
    except click.ClickException:
        return before


@contextmanager
def _shown(asked: Asked, gathering: Gathering) -> Iterator[Callable[[float], None]]:
    """Say what is read, and on a terminal how far it has come; give what is told the seconds that passed."""
    click.echo(f"Reading what evaluators capture for {asked.duration}. Ctrl-C ends it early.", err=True)
    if not sys.stderr.isatty():
        yield _Waiting(gathering)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=float(asked.duration.seconds))

        def move(passed: float) -> None:
            lost = f", {gathering.lost:,} lost" if gathering.lost else ""
            said = f"{gathering.rows:,} rows of {_pods(gathering)}, {len(gathering.truths):,} labels"
            said = f"waiting: {gathering.hindrance[:60]}" if gathering.hindrance else f"{said}{lost}"
            progress.update(task, completed=passed, description=said)

        yield move


@dataclass
class _Waiting:
    """Says once why nothing is read yet."""

    gathering: Gathering
    is_said: bool = False

    def __call__(self, passed: float) -> None:
        if not self.is_said and passed > _QUIET_SECONDS and (why := self.gathering.hindrance):
            click.echo(f"waiting: {why}", err=True)
            self.is_said = True


def _counted(gathering: Gathering, asked: Asked) -> tuple[EvaluatorConfig, tuple[str, ...]]:
    """Return what all evaluators count, and its classes.

    Raises
    ------
    click.ClickException
        If none was read, or they do not count the same.
    """
    if gathering.refused:
        raise click.ClickException(f"expected evaluators to let us read along, got: {gathering.refused}")
    if not gathering.heads or not gathering.rows:
        why = "; ".join(sorted({f"{pod}: {it}" for pod, it in gathering.absent.items()})[:3])
        raise click.ClickException(
            f"expected predictions within {asked.duration}, got none{f' ({why})' if why else ''}; does the "
            "Service have callers, and does `modelmonitor stats` of a pod count predictions?"
        )
    heads = list(gathering.heads.values())
    try:
        configs = [reading.read(EvaluatorConfig, head["config"]) for head in heads]
    except SpecInvalid as invalid:
        raise click.ClickException(
            f"expected evaluators of this version, got a config that it does not know: {invalid}"
        ) from None
    if any(it.model != configs[0].model for it in configs):
        raise click.ClickException(
            "expected evaluators that all count the same, got two configs; run this again in two minutes"
        )
    return configs[0], tuple(heads[0]["classes"])


def _pods(gathering: Gathering) -> str:
    return "1 pod" if len(gathering.heads) == 1 else f"{len(gathering.heads)} pods"


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        click.secho(f"note: {note}", err=True, fg="yellow")


def _notes(gathering: Gathering) -> Iterator[str]:
    rows = gathering.rows
    yield f"{rows:,} rows of {_pods(gathering)} and {len(gathering.truths):,} labels were read"
    if rows >= MOST_ROWS:
        yield "no more are needed: reading ended with them"
    if gathering.lost:
        yield f"{gathering.lost:,} more rows were lost: they came faster than they could be read"
    versions = {head["version"] for head in gathering.heads.values()} - {""}
    if len(versions) > 1:
        yield f"they are of {len(versions)} versions of the model: learn again once one is gone"
    for pod, why in sorted(gathering.absent.items()):
        if pod not in gathering.heads:
            yield f"pod {pod} could not be read: {why}"
