"""A made-up month of a model's metrics, and what the monitor's rules make of it.

The raw metrics are written by us; every recorded series and every alert is the answer of a real Prometheus
to the very expressions of the plan, asked in the order in which they depend on each other.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import pi, sin

from modelmonitor.api.duration import Duration
from modelmonitor.plan import Settings, links, names, objectives, rule_groups
from modelmonitor.plan.rules import Alert, Recording, Rule
from preview.example import MONITOR
from preview.server import Prometheus

DAY, HOUR, MINUTE = 86_400, 3_600, 60
COARSE, FINE = 5 * MINUTE, MINUTE
"""Steps of recorded series: before and within the last six hours."""
BOUNDS = ("0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "+Inf")


@dataclass(frozen=True, slots=True)
class Span:
    """The time that the history covers, in seconds since 1970."""

    start: int
    end: int

    def before_end(self, time: float) -> float:
        """Return how many hours before the end a time lies."""
        return (self.end - time) / HOUR


def record(prometheus: Prometheus, span: Span, tell: Callable[[str], None]) -> None:
    """Fill Prometheus with the raw metrics, the recorded series and the alerts of the example."""
    tell(f"writing {(span.end - span.start) / DAY:g} days of raw metrics")
    prometheus.load("raw", list(raw(span)))
    for position, rules in enumerate(passes(), 1):
        lines: dict[str, list[str]] = {}
        for number, rule in enumerate(rules):
            if number % 10 == 0:
                tell(f"step {position}: evaluating rule {number + 1} of {len(rules)} in a real Prometheus")
            for name, line in samples(prometheus, rule, span):
                lines.setdefault(name, []).append(line)
        prometheus.load(f"step-{position}", [line for name in sorted(lines) for line in lines[name]])


def passes() -> list[list[Rule]]:
    """Sort all rules so that each step needs only the series of earlier ones."""
    settings = Settings()
    waiting: list[Rule] = [
        rule
        for slo in objectives(MONITOR)
        for group in rule_groups(slo, links(MONITOR, settings))
        for rule in group.rules
    ]
    steps: list[list[Rule]] = []
    while waiting:
        made = [rule.record for rule in waiting if isinstance(rule, Recording)]
        blocked = [rule for rule in waiting if any(f"{name}{{" in rule.expr for name in made)]
        steps.append([rule for rule in waiting if rule not in blocked])
        waiting = blocked
    return steps


def raw(span: Span) -> Iterator[str]:
    """Write what the model would have exposed: requests, their latency and a measured AUC."""
    times = range(span.start, span.end + 1, MINUTE)
    counters: dict[str, float] = {}
    lines: dict[str, list[str]] = {}
    for time in times:
        _count(counters, span, time)
        for series, value in counters.items():
            lines.setdefault(series, []).append(f"{series} {value:.0f} {time}")
        if not 30.5 < span.before_end(time) < 34:
            series = 'model_auc{job="churn"}'
            lines.setdefault(series, []).append(f"{series} {_auc(span, time):.4f} {time}")
    family = ""
    for series in sorted(lines):
        name = series.partition("{")[0]
        if (base := name.removesuffix("_total").removesuffix("_bucket").removesuffix("_count")) != family:
            family = base
            kind = {"http_requests": "counter", "model_auc": "gauge"}.get(family, "histogram")
            yield f"# TYPE {family} {kind}"
        yield from lines[series]


def samples(prometheus: Prometheus, rule: Rule, span: Span) -> Iterator[tuple[str, str]]:
    """Evaluate a rule over the history; yields the name of each series and a line of it."""
    turn = max(span.start, span.end - 6 * HOUR)
    record = rule.record if isinstance(rule, Recording) else ""
    before = MINUTE if record == names.BAD_SLICE else COARSE
    after = COARSE if record in {names.GOOD_5M, names.TOTAL_5M} else FINE
    for start, end, step in ((span.start, turn - 1, before), (turn, span.end, after)):
        for found in prometheus.range(rule.expr, start, end, step):
            if isinstance(rule, Alert):
                labels = {**found["metric"], **rule.labels, "alertname": rule.alert}
                yield from _alert(labels, found["values"], rule.hold, step)
            else:
                labels = {**found["metric"], **rule.labels}
                yield from ((record, _line(record, labels, time, value)) for time, value in found["values"])


def _alert(
    labels: dict[str, str], values: Sequence[tuple[float, str]], hold: Duration, step: int
) -> Iterator[tuple[str, str]]:
    began = before = None
    for time, _ in values:
        began = time if began is None or before is None or time - before > 1.5 * step else began
        before = time
        state = "firing" if time - began >= hold.milliseconds / 1000 else "pending"
        yield "ALERTS", _line("ALERTS", {**labels, "alertstate": state}, time, "1")


def _line(name: str, labels: dict[str, str], time: float, value: str) -> str:
    shown = ",".join(f'{key}="{text}"' for key, text in sorted(labels.items()) if key != "__name__")
    return f"{name}{{{shown}}} {value} {time:.3f}"


def _count(counters: dict[str, float], span: Span, time: int) -> None:
    """Add a minute of requests: a daily rhythm, one outage, one slow evening, one leaking region."""
    hours = span.before_end(time)
    for region, size in (("eu", 1.0), ("us", 0.6)):
        requests = 60 * size * (30 + 20 * sin(2 * pi * (time % DAY) / DAY))
        failed = requests * _failing(hours, region)
        for code, amount in (("200", requests - failed), ("500", failed)):
            series = f'http_requests_total{{code="{code}",job="churn",region="{region}"}}'
            counters[series] = counters.get(series, 0.0) + amount
        for bound, share in zip(BOUNDS, _shares(hours), strict=True):
            series = f'http_request_duration_seconds_bucket{{job="churn",le="{bound}"}}'
            counters[series] = counters.get(series, 0.0) + requests * share
        series = 'http_request_duration_seconds_count{job="churn"}'
        counters[series] = counters.get(series, 0.0) + requests


def _failing(hours: float, region: str) -> float:
    """Return the share of requests that fail so many hours before the end."""
    if 3.2 < hours < 3.6:
        return 0.06
    if 310 < hours < 310.5:
        return 0.25
    if region == "us" and hours < 160:
        return 0.0062
    return 0.0002


def _shares(hours: float) -> tuple[float, ...]:
    """Return the share of requests below each bound."""
    slow = 0.05 if hours < 1.2 or 400 < hours < 406 else 0.0
    return (0.35 - slow, 0.80 - slow, 0.996 - slow, 0.9985 - slow / 2, 0.9995 - slow / 8, 1.0, 1.0)


def _auc(span: Span, time: int) -> float:
    hours = span.before_end(time)
    drop = 0.07 if 500 < hours < 540 else 0.05 if 5 < hours < 5.4 else 0.0
    return 0.85 + 0.015 * sin(time / 7_000) - drop
