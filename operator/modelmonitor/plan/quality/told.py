"""Which metrics of a window are recorded: of everything and of each segment, and of each version.

Each list becomes a group: what a rule reads is recorded before it, or in a group of the same interval.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names
from modelmonitor.plan.quality import (
    classes,
    counts,
    measurement,
    numbers,
    outcomes,
    rankings,
    recorded,
    scores,
    sources,
)
from modelmonitor.plan.quality.counts import Counts
from modelmonitor.plan.quality.sources import Matchers, Not
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import Scope
from modelmonitor.wire import measures
from modelmonitor.wire.config import Task

_BY_CLASS: Matchers = {names.THRESHOLD: "", names.AVERAGE: ""}
_EACH_CLASS: Matchers = {names.THRESHOLD: "", names.CLASS: Not("")}
_OUTCOMES = ("tp", "fp", "fn", "tn")
_AVERAGED = ("Precision", "Recall", "F1")


@dataclass(frozen=True)
class Told:
    """The records of one monitor's quality over one window."""

    scope: Scope
    window: Duration

    @cached_property
    def segments(self) -> Counts:
        """What the records hold of everything and of each segment."""
        return counts.by_segment(self.scope, self.window)

    @cached_property
    def counted(self) -> dict[str, Recording]:
        """The counts of the window."""
        return recorded.of_window(self.scope, self.window)

    def groups(self) -> Iterator[tuple[str, list[Recording]]]:
        """Yield names and rules of groups."""
        task = self.scope.scheme.task
        if task is Task.REGRESSION:
            yield "numbers", [*self.counted.values(), *self._numbers()]
        elif task is Task.RANKING:
            yield "rankings", [*self.counted.values(), *self._rankings()]
        else:
            its = (self.counted[names.CONFUSION], self.counted[names.SCORES], self._lower())
            yield "classes", [*its, *self._outcomes(), *self._rates(), *self._classes()]
            yield "scores", [self.counted[names.QUALITY_SUMS], *self._scores(), *self._calibration()]
        yield "versions", [*self._versions()]

    def _outcomes(self) -> Iterator[Recording]:
        """Record each class against the rest, as predicted and at thresholds, and all classes together."""
        for which in _OUTCOMES:
            predicted, cut = (it(self.segments, which) for it in (classes.outcome, scores.at_threshold))
            yield self._record(names.OUTCOMES, f"{predicted} or {cut}", outcome=which)
        together = f"sum without (class) ({self._read(names.OUTCOMES, _BY_CLASS)})"
        yield self._record(names.OUTCOMES, together, average="micro")

    def _rates(self) -> Iterator[Recording]:
        one = {**_BY_CLASS, names.CLASS: measurement.positive(self.scope) or Not("")}
        for metric in outcomes.RATES:
            if metric in _AVERAGED:
                mean = f"avg without (class) ({self._rate(metric, one)})"
                yield self._quality(metric, f"{self._rate(metric, {})} or {mean}")
            else:
                yield self._quality(metric, self._rate(metric, {names.AVERAGE: ""}))

    def _classes(self) -> Iterator[Recording]:
        found = self.segments
        yield self._rows(classes.rows(found))
        for metric in ("Accuracy", "MatthewsCorrelation", "CohenKappa"):
            yield self._quality(metric, measurement.formula(found, metric))
        recall = self._read(names.QUALITY, {names.METRIC: "Recall", **_EACH_CLASS})
        yield self._quality("BalancedAccuracy", f"avg without (class) ({recall})")
        yield self._weighted()

    def _weighted(self) -> Recording:
        """Average the rates of classes by their rows; a class without data weighs nothing."""
        each = self._read_some(_AVERAGED, _EACH_CLASS)
        on = f"on ({self.segments.by('class')}) group_left () {classes.support(self.segments)}"
        value, weight = (f"sum without (class) ({it} {on})" for it in (f"{each} *", f"0 * {each} +"))
        return self._record(names.QUALITY, f"{value} / ({weight} > 0)", average="weighted")

    def _lower(self) -> Recording:
        """Record the scores below each cell beside those up to its upper edge: most of the work, once."""
        expr, apart = scores.lower_of_both(counts.by_slice(self.scope, self.window))
        upper = self.counted[names.SCORES]
        return Recording(upper.record, expr, {**upper.labels, **apart})

    def _scores(self) -> Iterator[Recording]:
        for metric, formula in measurement.OF_EACH_CLASS.items():
            yield self._quality(metric, formula(self.segments))
        each = self._read_some(measurement.OF_EACH_CLASS, _EACH_CLASS)
        yield self._record(names.QUALITY, f"avg without (class) ({each})")
        for metric in ("LogLoss", "Brier"):
            yield self._quality(metric, measurement.formula(self.segments, metric))

    def _calibration(self) -> Iterator[Recording]:
        rows, positives, score = scores.calibration(counts.of_window(self.scope, self.window))
        yield self._record(names.CALIBRATION_ROWS, rows)
        yield self._record(names.CALIBRATION_SHARE, f"{positives} / ({rows} > 0)")
        yield self._record(names.CALIBRATION_SCORE, score)

    def _numbers(self) -> Iterator[Recording]:
        yield self._rows(numbers.rows(self.segments))
        for metric in measurement.WHOLE[Task.REGRESSION]:
            yield self._quality(metric, measurement.formula(self.segments, metric))

    def _rankings(self) -> Iterator[Recording]:
        yield self._rows(rankings.queries(self.segments))
        yield self._quality("MRR", rankings.mean_reciprocal_rank(self.segments))
        yield self._record(names.QUALITY, rankings.means(self.segments))

    def _versions(self) -> Iterator[Recording]:
        found, task = counts.by_version(self.scope, self.window), self.scope.scheme.task
        rows = {Task.REGRESSION: numbers.rows, Task.RANKING: rankings.queries}.get(task, classes.rows)
        yield self._record(names.VERSION_ROWS, rows(found))
        for metric in self._whole():
            yield self._record(names.VERSION_QUALITY, measurement.formula(found, metric), metric=metric)
        if task is Task.RANKING:
            yield self._record(names.VERSION_QUALITY, rankings.means(found))

    def _whole(self) -> list[str]:
        """Return the metrics that have no depth."""
        task = self.scope.scheme.task
        every = [one.name for one in measures.MEASURES if task in one.tasks and not one.with_depth]
        return [*every, *({"Bias"} & measurement.WHOLE[task].keys())]

    def _rate(self, metric: str, kind: Matchers) -> str:
        def of(which: str) -> str:
            outcome = self._read(names.OUTCOMES, {**kind, names.OUTCOME: which})
            return f"sum without (outcome) ({outcome})"

        return outcomes.RATES[metric](of)

    def _rows(self, expr: str) -> Recording:
        return self._record(names.QUALITY_ROWS, expr)

    def _quality(self, metric: str, expr: str) -> Recording:
        return self._record(names.QUALITY, expr, metric=metric)

    def _record(self, record: str, expr: str, **labels: str) -> Recording:
        return Recording(f"{record}{self.window}", expr, {**self.scope.identity, **labels})

    def _read(self, record: str, matchers: Matchers) -> str:
        """Select what was recorded before."""
        return sources.narrowed(self.scope.recorded(f"{record}{self.window}"), matchers)

    def _read_some(self, metrics: Iterable[str], matchers: Matchers) -> str:
        return f'{self._read(names.QUALITY, matchers)[:-1]},metric=~"{"|".join(metrics)}"}}'
