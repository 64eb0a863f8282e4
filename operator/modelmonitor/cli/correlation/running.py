"""What `correlate` does, once its options have been read."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import click

from modelmonitor.api.duration import Duration
from modelmonitor.cli import answers, reading
from modelmonitor.cli.correlation import asking, finding, questions
from modelmonitor.cli.correlation.asking import Span
from modelmonitor.cli.correlation.finding import Report, Series
from modelmonitor.cli.correlation.questions import Question
from modelmonitor.cli.places import Found
from modelmonitor.cli.program import PROBLEMS
from modelmonitor.errors import Problem
from modelmonitor.stats.correlation import POINTS_NEEDED
from modelmonitor.wire import measures


@dataclass(frozen=True, slots=True)
class Request:
    """What is compared: where, since when, in which steps, how late business may follow, which metrics."""

    prometheus: str
    since: Duration
    step: Duration
    most_lag: int
    metrics: tuple[str, ...]


def run(path: str, namespace: str, request: Request, form: str) -> int:
    """Compare, answer as `text`, `json`, `yaml` or `html`, and return the exit status."""
    read = reading.monitors([path], namespace)
    read.miss_none()
    if not read.findings and len(read.found) != 1:
        raise click.UsageError(f"expected one monitor, got {', '.join(it.title for it in read.found)}")
    for found in read.found:
        read.findings += map(found.locate, _problems(found, request))
    if read.findings:
        answers.say(read, quiet=True)
        return PROBLEMS
    _PRINTERS[form](_report(read.found[0], request))
    return 0


def _problems(found: Found, request: Request) -> Iterator[Problem]:
    spec = found.monitor.spec
    if not spec.business:
        remedy = "write a query that says what the model is worth"
        yield Problem("spec.business", "at least one business metric", "none", remedy)
    if not questions.of_model(found.monitor, request.step, request.metrics):
        remedy = "add labels, degradation or drift"
        yield Problem("spec", "something that is told of the model, over time", "nothing", remedy)
    for metric in request.metrics:
        if measures.measure(metric, spec.model.task) is None:
            known = ", ".join(it.name for it in measures.MEASURES if spec.model.task in it.tasks)
            yield Problem("spec.model.task", f"a metric of it ({known})", metric, "correct --metric")
    if not (request.prometheus or spec.prometheus.url):
        remedy = "give its address with --prometheus"
        yield Problem("spec.prometheus.url", "the Prometheus that holds the series", "none", remedy)


def _report(found: Found, request: Request) -> Report:
    monitor = found.monitor
    url = request.prometheus or monitor.spec.prometheus.url or ""
    span = Span.until(time.time(), request.since, request.step)
    model = questions.of_model(monitor, request.step, request.metrics)
    business = questions.of_business(monitor, request.step)
    answered = dict(_answered(url, [*model, *business], span))
    sides = ([answered[it] for it in side] for side in (model, business))
    return finding.report(found.title, span, request.most_lag, *sides)


def _answered(url: str, asked: Sequence[Question], span: Span) -> Iterator[tuple[Question, Series]]:
    """Ask one after the other, with a bar on a terminal."""
    with click.progressbar(
        asked, label="Asking Prometheus", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as shown:
        for it in shown:
            yield it, Series(it.name, asking.series(url, it.query, span), it.higher_is_better)


def checked(since: Duration, step: Duration, most_lag: int) -> str:
    """Say why so many steps cannot tell anything, or cannot be asked for; empty if they can."""
    steps = since.milliseconds // max(step.milliseconds, 1)
    least = POINTS_NEEDED + most_lag
    if not least <= steps <= _MOST_STEPS:
        return f"expected {least} to {_MOST_STEPS:,} steps, got {steps:,}: {since} in steps of {step}"
    return ""


_MOST_STEPS = 10_000
"""Prometheus answers up to 11,000 at once."""


def _print_text(told: Report) -> None:
    from modelmonitor.cli import terminal
    from modelmonitor.cli.correlation import text

    out = terminal.console()
    for part in text.text(told):
        out.print(part)


def _print_json(told: Report) -> None:
    from modelmonitor.cli.correlation import document

    click.echo(json.dumps(document.document(told), indent=2, ensure_ascii=False))


def _print_yaml(told: Report) -> None:
    from modelmonitor.cli.correlation import document
    from modelmonitor.plan.yamltext import to_yaml

    click.echo(f"---\n{to_yaml(document.document(told))}", nl=False)


def _print_html(told: Report) -> None:
    from modelmonitor.cli.correlation import page

    click.echo(page.page(told), nl=False)


_PRINTERS: dict[str, Callable[[Report], None]] = {
    "text": _print_text,
    "json": _print_json,
    "yaml": _print_yaml,
    "html": _print_html,
}
