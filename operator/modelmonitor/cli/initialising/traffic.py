"""A reference for a new monitor from minutes of requests that are sent through this machine."""

import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import click

from modelmonitor.api.duration import Duration
from modelmonitor.cli.initialising import learning
from modelmonitor.cli.initialising.recording import Listener, Recorder
from modelmonitor.cli.initialising.servers import Server
from modelmonitor.cli.profiling.profiling import Profiled
from modelmonitor.cli.reaching.address import Address
from modelmonitor.errors import SpecInvalid
from modelmonitor.evaluator.ingest import Ingest
from modelmonitor.wire.config import Capture, Columns, EvaluatorConfig, Model, Task
from modelmonitor.wire.scheme import Scheme, scheme

_TICK = 0.5


@dataclass(frozen=True, slots=True)
class Traffic:
    """For how long traffic is learnt from, where it is to be sent, and how it is read.

    Attributes
    ----------
    names
        Names of features that come without.
    """

    duration: Duration
    listen: tuple[str, int]
    server: Server
    task: Task
    names: tuple[str, ...] = ()


def learnt(traffic: Traffic, to: Address) -> Profiled:
    """Pass requests on for a while, then profile their rows, which are deleted whatever happens.

    Raises
    ------
    click.ClickException
        If nothing could be read, or it is too little.
    """
    with tempfile.TemporaryDirectory(prefix="modelmonitor-") as folder:
        rows, read = Path(folder) / "traffic", _read_by(traffic)
        with rows.open("wb") as file:
            recorder = Recorder(Ingest(read), file)
            _listen(traffic, to, recorder)
        if not recorder.rows:
            raise click.ClickException(
                f"expected predictions within {traffic.duration}, got none that could be read (of "
                f"{recorder.lost} requests); are --protocol, --path and --feature right?"
            )
        click.echo(f"{recorder.rows:,} rows, {recorder.lost:,} requests that could not be read", err=True)
        captured = learning.Captured(file=rows, config=read.config, classes=read.classes)
        return learning.learnt(captured, f"requests sent to {traffic.listen[0]}:{traffic.listen[1]}")[0]


def _listen(traffic: Traffic, to: Address, recorder: Recorder) -> None:
    host, port = traffic.listen
    try:
        listener = Listener((host, port), to, recorder.take)
    except OSError as error:
        raise click.ClickException(f"{host}:{port}: expected a free port, got: {error.strerror}") from error
    with listener:
        serving = threading.Thread(target=listener.serve_forever, daemon=True)
        serving.start()
        click.echo(
            f"Send requests to {listener.url} for {traffic.duration}; they reach {to.through}. "
            "Ctrl-C ends it early.",
            err=True,
        )
        _wait(float(traffic.duration.seconds), recorder)
        listener.shutdown()


def _wait(seconds: float, recorder: Recorder) -> None:
    """Say how far it has come, until the time is over, or Ctrl-C."""
    until = time.monotonic() + seconds
    shown = sys.stderr.isatty()
    try:
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(_TICK, left))
            if shown:
                click.echo(f"\r{recorder.rows:,} rows, {max(left, 0):.0f} s left  ", err=True, nl=False)
    except KeyboardInterrupt:
        pass
    if shown:
        click.echo(err=True)


def _read_by(traffic: Traffic) -> Scheme:
    """Return what requests and answers are read by.

    Raises
    ------
    click.ClickException
        If they cannot be: classes of which nobody knows the names.
    """
    server = traffic.server
    columns = Columns(features=server.features or None, names=traffic.names)
    capture = Capture(protocol=server.protocol, paths=tuple(server.paths), columns=columns)
    config = EvaluatorConfig(
        monitor="init", namespace="default", model=Model(task=traffic.task), capture=capture
    )
    try:
        return scheme(config, None)
    except SpecInvalid as invalid:
        remedy = "apply the monitor that init writes, name them there, and learn from what it captures"
        raise click.ClickException(f"{invalid}; {remedy}") from None
