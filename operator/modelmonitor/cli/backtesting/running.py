"""What `backtest` does, once its options have been read."""

import contextlib
import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from modelmonitor.cli import terminal
from modelmonitor.cli.backtesting import page, programs, progress, text
from modelmonitor.cli.backtesting import subject as subjects
from modelmonitor.cli.backtesting.backtest import Backtest
from modelmonitor.cli.backtesting.columns import Columns
from modelmonitor.cli.backtesting.recording import Recording
from modelmonitor.cli.backtesting.report import Report
from modelmonitor.cli.backtesting.request import Request
from modelmonitor.cli.backtesting.subject import Subject
from modelmonitor.cli.profiling import output, sources
from modelmonitor.cli.profiling.terminal import printable
from modelmonitor.cli.program import PROBLEMS
from modelmonitor.errors import MonitorError, SpecInvalid
from modelmonitor.plan.yamltext import to_yaml


@dataclass(frozen=True, slots=True)
class Given:
    """The files and programs that a user names."""

    monitor: str
    namespace: str
    reference: str | None
    prometheus: Path | None
    promtool: Path | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The form of the report, its file (nothing: standard output), and what makes it a failure."""

    form: str
    path: Path | None
    fail_on: str | None
    quiet: bool


def run(request: Request, given: Given, answer: Answer) -> int:
    """Replay, report, and return the exit status."""
    subject = subjects.read(given.monitor, given.namespace, given.reference)
    if subject is None:
        return PROBLEMS
    try:
        found = programs.find(given.prometheus, given.promtool)
        with _ended_by_signals(), progress.watching(quiet=answer.quiet, colour=_colour()) as watching:
            report = _backtest(request, subject, found, watching)
    except SpecInvalid as invalid:
        _say(*invalid.problems)
        return PROBLEMS
    except MonitorError as error:
        _say(error)
        return PROBLEMS
    _answer(report, answer)
    return PROBLEMS if answer.fail_on and report.fails(answer.fail_on) else 0


def _say(*problems: object) -> None:
    for problem in problems:
        click.echo(f"{click.style('backtest:', bold=True)} {printable(str(problem))}", err=True)


def _backtest(
    request: Request, subject: Subject, found: programs.Programs, watching: progress.Watching
) -> Report:
    with contextlib.ExitStack() as opened:
        data = opened.enter_context(sources.opened(request.data))
        labels = opened.enter_context(sources.opened(request.truth.path)) if request.truth.path else None
        tolerated = float(subject.monitor.spec.prometheus.scrape_interval.seconds)
        columns = Columns(subject.scheme, request.roles)
        recording = Recording(request, columns, data, labels, time.time(), tolerated)
        recording.check()
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="modelmonitor-backtest-"))
        return Backtest(subject, recording, found, Path(folder), watching).run()


def _answer(report: Report, answer: Answer) -> None:
    if answer.form == "text" and answer.path is None:
        text.show(report, terminal.console())
        return
    if answer.form == "html":
        written = page.page(report)
    elif answer.form == "json":
        written = json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n"
    else:
        written = to_yaml(report.to_dict())
    if answer.path is None:
        click.echo(written, nl=False)
        return
    output.write(answer.path, written)
    if not answer.quiet:
        text.show(report, terminal.console())
        click.echo(f"{answer.path}: {len(written.encode()):,} bytes")


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let whoever ends us, by whichever signal, wait until Prometheus and its data are gone."""

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _colour() -> bool:
    context = click.get_current_context(silent=True)
    return context is None or context.color is not False
