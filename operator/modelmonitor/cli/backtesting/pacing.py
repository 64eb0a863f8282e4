"""How often counters are looked at: as the monitor says, or less often where a recording is long."""

from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting.recording import Covered
from modelmonitor.cli.backtesting.server import Span

MOST_SAMPLES = 50_000_000
_MULTIPLES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 60, 100, 150, 300)
_MOST = Duration.parse("5m")
"""Prometheus looks back five minutes for the last value of a series."""


def step(asked: Duration, covered: Covered, series: int) -> Duration:
    """Return the shortest multiple of what is asked that keeps the number of samples within bounds."""
    length = (covered.last - covered.first) * 1000
    fitting = [
        Duration(asked.milliseconds * times)
        for times in _MULTIPLES
        if asked.milliseconds * times <= _MOST.milliseconds
    ]
    few = (it for it in fitting if length / it.milliseconds * series <= MOST_SAMPLES)
    return next(few, fitting[-1])


def scrapes(covered: Covered, until: float | None, step: Duration) -> Span:
    """Return the scrapes: the first one before any row, the last one after all."""
    length = step.milliseconds
    first = -(-round(covered.first * 1000) // length) * length - length
    last = max(round(covered.last * 1000), round((until or 0) * 1000))
    return Span(first, -(-last // length) * length, length)
