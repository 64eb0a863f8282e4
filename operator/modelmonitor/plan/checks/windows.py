"""Whether windows hold scrapes enough to see an increase, and latency is what the evaluator can time."""

from collections.abc import Iterator

from modelmonitor.api import ModelMonitor
from modelmonitor.api.duration import Duration
from modelmonitor.errors import Problem
from modelmonitor.plan.feasibility import SCRAPES_PER_WINDOW

LONGEST_TIMED = Duration.parse("1h")


def problems(monitor: ModelMonitor) -> Iterator[Problem]:
    """Yield windows with too few scrapes, and bounds beyond the evaluator's clock."""
    scrape = monitor.spec.prometheus.scrape_interval
    for path, window in _windows(monitor):
        if window.milliseconds < SCRAPES_PER_WINDOW * scrape.milliseconds:
            expected = f"at least {SCRAPES_PER_WINDOW} scrapes ({scrape} each)"
            yield Problem(path, expected, str(window), "lengthen it, or correct prometheus.scrapeInterval")
    for position, objective in enumerate(monitor.spec.objectives):
        latency = objective.sli.latency
        if latency and not latency.histogram and latency.below > LONGEST_TIMED:
            path = f"spec.objectives[{position}].sli.latency.below"
            expected = f"at most {LONGEST_TIMED} by the evaluator's clock"
            yield Problem(path, expected, str(latency.below), "name a histogram of your own")


def _windows(monitor: ModelMonitor) -> Iterator[tuple[str, Duration]]:
    spec = monitor.spec
    blocks = {"drift": spec.drift, "degradation": spec.degradation, "dataQuality": spec.data_quality}
    for name, block in blocks.items():
        if block:
            yield f"spec.{name}.window", block.window
    for position, entry in enumerate(spec.fairness):
        yield f"spec.fairness[{position}].window", entry.window
    for position, objective in enumerate(spec.objectives):
        if objective.sli.quality and objective.sli.quality.is_bounded:
            yield f"spec.objectives[{position}].sli.quality.window", objective.sli.quality.window
