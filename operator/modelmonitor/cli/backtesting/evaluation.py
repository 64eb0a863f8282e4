"""Rules at all moments of the past, one by one: what they record is stored, what they raise is held."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from modelmonitor.cli.backtesting import remotewrite
from modelmonitor.cli.backtesting.alerting import Alerting, Episode, Labels
from modelmonitor.cli.backtesting.ordering import Obstacle, Order, Skipped, Step
from modelmonitor.cli.backtesting.remotewrite import Milliseconds, Series
from modelmonitor.cli.backtesting.server import Found, QueryRefused, Server, Span
from modelmonitor.plan.rules import Alert, Recording

_NAME = "__name__"
_FIRST_MOMENTS, _MOST_MOMENTS, _POINTS = 200, 10_000, 400_000
"""Of one query: Prometheus answers at most 11,000 moments; the number of points bounds memory."""
Watch = Callable[[Step, float], None]
"""Is told which rule is evaluated, and which share of all is done."""


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert and the times in which it fired."""

    step: Step
    rule: Alert
    episodes: Sequence[Episode]


@dataclass(slots=True)
class Outcome:
    """What became of the rules."""

    fired: list[Fired] = field(default_factory=list)
    """Of every alert that was evaluated; most have no episodes."""
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True)
class Evaluation:
    """Evaluates rules over what a server has."""

    server: Server
    scrapes: Span

    def run(self, order: Order, watch: Watch) -> Outcome:
        """Evaluate all rules, each at all of its moments."""
        outcome = Outcome(skipped=list(order.skipped))
        weights = [self.moments(step).count for step in order.steps]
        done = 0
        for step, weight in zip(order.steps, weights, strict=True):
            watch(step, done / max(sum(weights), 1))
            try:
                self._evaluate(step, outcome)
            except QueryRefused as refused:
                obstacle = Obstacle(f"Prometheus refuses it: {refused}", step.name)
                outcome.skipped.append(Skipped(step, obstacle))
            done += weight
        return outcome

    def moments(self, step: Step) -> Span:
        """Return when a rule is evaluated: at multiples of its interval, while there are scrapes."""
        interval = step.interval.milliseconds
        return Span(
            -(-self.scrapes.start // interval) * interval, self.scrapes.end // interval * interval, interval
        )

    def _evaluate(self, step: Step, outcome: Outcome) -> None:
        if isinstance(step.rule, Recording):
            self._record(step, step.rule)
        else:
            outcome.fired.append(Fired(step, step.rule, self._alert(step, step.rule)))

    def _record(self, step: Step, rule: Recording) -> None:
        writer = _Writer(rule)
        for part, found in self._answers(step):
            self.server.write(writer.series(part, found))

    def _alert(self, step: Step, rule: Alert) -> Sequence[Episode]:
        state = Alerting(rule.hold.milliseconds, rule.keep.milliseconds)
        for part, found in self._answers(step):
            at: list[dict[Labels, float]] = [{} for _ in range(part.count)]
            for one in found:
                labels = tuple(sorted(_labelled(one.metric, rule.labels).items()))
                for seconds, value in one.values:
                    at[_position(seconds, part)][labels] = value
            for number, yielded in enumerate(at):
                state.evaluate(part.start + number * part.step, yielded)
        return state.finish()

    def _answers(self, step: Step) -> Iterator[tuple[Span, list[Found]]]:
        """Ask in parts that are short enough."""
        whole, first, count = self.moments(step), 0, _FIRST_MOMENTS
        while first < whole.count:
            part = whole.part(first, count)
            found = self.server.over(step.rule.expr, part)
            yield part, found
            first += count
            count = min(max(_POINTS // max(len(found), 1), _FIRST_MOMENTS // 10), _MOST_MOMENTS)


class _Writer:
    """Turns what a rule yields into samples, with a mark where a series ends."""

    def __init__(self, rule: Recording) -> None:
        self._rule = rule
        self._heads: dict[Labels, bytes] = {}
        self._alive: set[Labels] = set()
        """Series that had a sample at the last moment."""

    def series(self, part: Span, found: Sequence[Found]) -> Iterator[Series]:
        """Yield the samples of some moments."""
        times = part.start + np.arange(part.count, dtype=np.int64) * part.step
        alive: set[Labels] = set()
        for one in found:
            key = tuple(sorted(one.metric.items()))
            values = np.full(part.count, remotewrite.STALE)
            there = np.zeros(part.count, np.bool_)
            told = np.array(one.values)
            places = np.rint((told[:, 0] * 1000 - part.start) / part.step).astype(np.intp)
            values[places], there[places] = told[:, 1], True
            yield self._series(key, times, values, there)
            if there[-1]:
                alive.add(key)
            self._alive.discard(key)
        for key in self._alive:
            yield Series(self._head(key), times[:1], np.array([remotewrite.STALE]))
        self._alive = alive

    def _series(
        self,
        key: Labels,
        times: Milliseconds,
        values: remotewrite.Floats,
        there: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    ) -> Series:
        ends = ~there & np.concatenate([[key in self._alive], there[:-1]])
        kept = there | ends
        return Series(self._head(key), times[kept], values[kept])

    def _head(self, key: Labels) -> bytes:
        if key not in self._heads:
            labels = {**_labelled(dict(key), self._rule.labels), _NAME: self._rule.record}
            self._heads[key] = remotewrite.series_head(labels)
        return self._heads[key]


def _labelled(metric: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels of what a rule makes: those of the series without its name, then the rule's own."""
    merged = {**metric, **labels}
    merged.pop(_NAME, None)
    return {name: value for name, value in merged.items() if value}


def _position(seconds: float, part: Span) -> int:
    return round((seconds * 1000 - part.start) / part.step)
