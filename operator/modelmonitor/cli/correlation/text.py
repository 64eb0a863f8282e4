"""The report as a table, at most 100 columns wide, and what came of it in words."""

import math
from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelmonitor.api.duration import Duration
from modelmonitor.cli.correlation.finding import Pair, Report, sentences
from modelmonitor.cli.terminal import plain
from modelmonitor.stats.correlation import Direction

MOST_PAIRS = 20
_NAME_WIDTH = 24
_VERDICTS = {
    Direction.SAME: ("together", "green"),
    Direction.OPPOSITE: ("opposite", "green"),
    Direction.NONE: ("nothing found", "dim"),
    Direction.INSUFFICIENT: ("too few points", "yellow"),
}


def text(told: Report) -> Iterator[RenderableType]:
    """Yield what there is to see, part by part."""
    yield plain(f"{told.title}  {covered(told)}", "bold")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("MODEL", "BUSINESS"):
        table.add_column(name, no_wrap=True, overflow="ellipsis", max_width=_NAME_WIDTH)
    for name in ("LATER", "POINTS", "R", "P"):
        table.add_column(name, no_wrap=True, justify="right")
    table.add_column("", no_wrap=True)
    for pair in told.pairs[:MOST_PAIRS]:
        words, style = _VERDICTS[pair.direction]
        names = (plain(pair.model.name), plain(pair.business.name))
        table.add_row(*names, *numbers(told, pair), Text(words, style))
    yield table
    if len(told.pairs) > MOST_PAIRS:
        yield Text(f"and {len(told.pairs) - MOST_PAIRS} more; all of them: -o json", "dim")
    for sentence in sentences(told):
        yield plain(sentence)


def covered(told: Report) -> str:
    """Say over which time, in which steps, and how late business may follow."""
    steps, step = told.span.steps, told.span.step
    most = Duration(told.most_lag * step.milliseconds)
    later = f", business up to {most} later" if told.most_lag else ""
    return f"{steps} steps of {step}{later}, {len(told.pairs)} pairs"


def numbers(told: Report, pair: Pair) -> tuple[str, str, str, str]:
    """Write how much later, the points, the coefficient, and the p-value corrected for all lags and pairs."""
    found = pair.found
    if math.isnan(found.coefficient):
        return "-", str(found.points), "-", "-"
    return str(told.delay(pair)), str(found.points), f"{found.coefficient:+.2f}", p_value(pair.p_value)


def p_value(value: float) -> str:
    """Write a p-value.

    >>> p_value(0.0312), p_value(0.00004), p_value(float("nan"))
    ('0.031', '<0.001', '-')
    """
    if math.isnan(value):
        return "-"
    return "<0.001" if value < 0.001 else f"{value:.3f}"
