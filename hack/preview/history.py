"""A made-up month of a model's metrics, and what the monitor's rules make of it.

What is scraped is made up; every recorded series and every alert is the answer of a real Prometheus to the
very expressions of the plan, asked in the order in which they depend on each other.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np

from modelmonitor.api.duration import Duration
from modelmonitor.cli.backtesting import remotewrite
from modelmonitor.cli.backtesting.remotewrite import Series
from modelmonitor.cli.backtesting.server import Found, Server
from modelmonitor.cli.backtesting.server import Span as Moments
from modelmonitor.cli.opening.span import Span
from modelmonitor.plan import Plan, names
from modelmonitor.plan.rules import Alert, Group, Recording, Rule
from preview import counted, example
from preview.server import Prometheus

DAY, HOUR, MINUTE = 86_400, 3_600, 60
COARSE, FINE = 5 * MINUTE, MINUTE
"""Steps of recorded series: before and within the last six hours."""
HELD = 3
"""So many coarse steps are told by one look at what evaluators count, before the last six hours."""
COUNTED = 8 * DAY
"""Evaluators are there since so long; before, only the user's own series were."""
DAYS_BEFORE = 60
"""Of which quality is known by day, before there are evaluators."""
BOUNDS = ("0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "+Inf")
_ONE_MINUTE = Duration.parse("1m")
_MOST_MOMENTS = 2_000


@dataclass(frozen=True, slots=True)
class Step:
    """A rule, its group, how often it is evaluated, and whether it needs evaluators."""

    rule: Rule
    group: str
    interval: int
    of_evaluators: bool


def record(prometheus: Prometheus, span: Span, counting: Span, tell: Callable[[str], None]) -> None:
    """Fill Prometheus with what is scraped, the recorded series and the alerts of the example.

    Parameters
    ----------
    counting
        The part of the span in which evaluators are there, at its end.
    """
    with prometheus.writer() as server:
        tell(f"writing {(span.end - span.start) / DAY:g} days of the user's own metrics")
        server.write(_series(*one) for one in raw(span, counting))
        tell(f"counting {(counting.end - counting.start) / HOUR:g} hours of predictions")
        counted.record(server, example.scope().scheme, counting.start, counting.end)
        steps = ordered(example.planned())
        for number, step in enumerate(steps):
            if number % 20 == 0:
                tell(f"evaluating rule {number + 1} of {len(steps)} in a real Prometheus")
            evaluate(server, step, _covered(step, span, counting))


def _covered(step: Step, span: Span, counting: Span) -> Span:
    """Return when a rule was there: those of the trend read themselves of weeks ago."""
    if step.group == "trend" and isinstance(step.rule, Recording) and step.rule.record != names.TREND_DAILY:
        return Span(counting.start - DAYS_BEFORE // 2 * DAY, counting.end)
    return counting if step.of_evaluators else span


def ordered(planned: Plan) -> list[Step]:
    """Sort all rules so that each stands behind those whose records it reads."""
    steps = [
        Step(rule, group.name, (group.interval or _ONE_MINUTE).milliseconds // 1000, _is_counted(part, group))
        for part, named in planned.parts.items()
        for groups in named.values()
        for group in groups
        for rule in group.rules
    ]
    makers: dict[str, list[int]] = {}
    for number, step in enumerate(steps):
        if isinstance(step.rule, Recording):
            makers.setdefault(step.rule.record, []).append(number)
    done: dict[int, Step] = {}
    seen: set[int] = set()

    def visit(number: int) -> None:
        if number in seen:
            return
        seen.add(number)
        for name in set(re.findall(r"[a-z_]+:[a-z0-9_:]+", steps[number].rule.expr)) & makers.keys():
            for at in makers[name]:
                if at < number or steps[at].group != steps[number].group:
                    visit(at)
        done[number] = steps[number]

    for number in range(len(steps)):
        visit(number)
    return list(done.values())


def _is_counted(part: str, group: Group) -> bool:
    return part != "slo" and group.name != "business"


def raw(span: Span, counting: Span) -> Iterator[tuple[Mapping[str, str], Any, Any]]:
    """Yield what the model exposed before there were evaluators, and what others do."""
    times = np.arange(span.start, span.end + 1, MINUTE)
    hours = (span.end - times) / HOUR
    job = {"job": "churn"}
    for region, size in (("eu", 1.0), ("us", 0.6)):
        requests = 60 * size * (30 + 20 * np.sin(2 * pi * (times % DAY) / DAY))
        failed = requests * _failing(hours, region)
        for code, amount in (("200", requests - failed), ("500", failed)):
            labels = {"__name__": "http_requests_total", "code": code, "region": region, **job}
            yield labels, times, np.round(np.cumsum(amount))
        duration = {"__name__": "http_request_duration_seconds_bucket", "region": region, **job}
        for bound, share in zip(BOUNDS, _shares(hours), strict=True):
            yield {**duration, "le": bound}, times, np.round(np.cumsum(requests * share))
        whole = {"__name__": "http_request_duration_seconds_count", "region": region, **job}
        yield whole, times, np.round(np.cumsum(requests))
    measured = (hours <= 30.5) | (hours >= 34)
    yield {"__name__": "model_auc", **job}, times[measured], _auc(times, hours)[measured]
    inside = times >= counting.start
    for labels, values in counted.others(times, span.end):
        kept = np.ones_like(inside) if "job" in labels else inside
        yield labels, times[kept], values[kept]
    yield from _days_before(counting)


def _days_before(counting: Span) -> Iterator[tuple[Mapping[str, str], Any, Any]]:
    """Yield daily quality of the weeks before, as the trend's rules would have recorded it every hour."""
    times = np.arange(counting.start - DAYS_BEFORE * DAY, counting.start, HOUR)
    days, chance = times[:: DAY // HOUR], np.random.default_rng(1)
    for metric, value in (("Accuracy", 0.79), ("F1", 0.59), ("RocAuc", 0.836)):
        labels = {"__name__": names.TREND_DAILY, names.METRIC: metric, **example.scope().identity}
        noise = np.interp(times, days, chance.normal(0, 0.003, days.size))
        yield labels, times, -(value + noise)


def evaluate(server: Server, step: Step, span: Span) -> None:
    """Evaluate a rule at its moments, the last hours more often, and write what it makes."""
    turn = max(span.start, span.end - 6 * HOUR) // COARSE * COARSE
    is_whole = step.interval % COARSE == 0  # what is added up later must be told of every five minutes
    held = HELD if step.of_evaluators and not is_whole else 1
    before = step.interval if is_whole else FINE if _is_sliced(step.rule) else COARSE * held
    for start, end, every, times in (
        (span.start, turn - 1, before, held),
        (turn, span.end, step.interval if is_whole else FINE, 1),
    ):
        first = -(-start // every) * every
        for found in _answers(server, step.rule.expr, Moments(first * 1000, end * 1000, every * 1000)):
            found.values = [
                (at + COARSE * lag, it)
                for at, it in found.values
                for lag in range(times)
                if at + COARSE * lag <= end
            ]
            if isinstance(step.rule, Recording):
                server.write([_recorded(step.rule, found)])
            else:
                server.write(_alerts(step.rule, found, every))


def _answers(server: Server, expr: str, moments: Moments) -> Iterator[Found]:
    for first in range(0, moments.count, _MOST_MOMENTS):
        yield from server.over(expr, moments.part(first, _MOST_MOMENTS))


def _is_sliced(rule: Rule) -> bool:
    """Tell whether a record says of each minute whether it is good, which sums count."""
    return isinstance(rule, Recording) and rule.record == names.BAD_SLICE


def _recorded(rule: Recording, found: Found) -> Series:
    times, values = zip(*found.values, strict=True)
    return _series(
        {**found.metric, **rule.labels, "__name__": rule.record}, np.array(times), np.array(values)
    )


def _alerts(rule: Alert, found: Found, step: int) -> Iterator[Series]:
    states: dict[str, list[float]] = {"pending": [], "firing": []}
    began = before = None
    for time, _ in found.values:
        began = time if began is None or before is None or time - before > 1.5 * step else began
        before = time
        states["firing" if time - began >= rule.hold.milliseconds / 1000 else "pending"].append(time)
    for state, times in states.items():
        labels = {**found.metric, **rule.labels, "__name__": "ALERTS", "alertname": rule.alert}
        yield _series({**labels, "alertstate": state}, np.array(times), np.ones(len(times)))


def _series(labels: Mapping[str, str], times: Any, values: Any) -> Series:
    milliseconds = np.rint(np.asarray(times, dtype=np.float64) * 1000).astype(np.int64)
    return Series(remotewrite.series_head(labels), milliseconds, np.asarray(values, dtype=np.float64))


def _failing(hours: Any, region: str) -> Any:
    """Return the share of requests that fail so many hours before the end."""
    usual = np.where((hours < 160) & (region == "us"), 0.0062, 0.0002)
    return np.select([(hours > 3.2) & (hours < 3.6), (hours > 310) & (hours < 310.5)], [0.06, 0.25], usual)


def _shares(hours: Any) -> Sequence[Any]:
    """Return the share of requests below each bound."""
    slow = np.where((hours < 1.2) | ((hours > 400) & (hours < 406)), 0.05, 0.0)
    usual = ((0.35, 1), (0.80, 1), (0.996, 1), (0.9985, 2), (0.9995, 8))
    return [*(share - slow / part for share, part in usual), np.ones_like(slow), np.ones_like(slow)]


def _auc(times: Any, hours: Any) -> Any:
    drop = np.select([(hours > 500) & (hours < 540), (hours > 5) & (hours < 5.4)], [0.07, 0.05], 0.0)
    return 0.85 + 0.015 * np.sin(times / 7_000) - drop
