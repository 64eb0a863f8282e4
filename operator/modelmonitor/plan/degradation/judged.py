"""The judgement of a window: `stats.degradation` for all metrics at once, as changes for the worse.

A change is relative to the baseline, and positive for the worse. The sure change is that of the best value
that the rows leave possible; it is told where there are rows enough for its limit. A metric is insufficient
where it is not, or where twice the tolerated change could not be seen yet.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from modelmonitor.api.quality import Degradation
from modelmonitor.plan import judgement, limits, names, promql
from modelmonitor.plan.degradation import metrics
from modelmonitor.plan.drift import budget
from modelmonitor.plan.drift.look import narrowed, one_of
from modelmonitor.plan.quality.evidence import Evidence, evidence
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import Scope
from modelmonitor.stats import degradation
from modelmonitor.wire import families

BY_METRIC = f"max by ({names.METRIC})"


def recordings(scope: Scope, asked: Degradation, chosen: Sequence[str]) -> Iterator[Recording]:
    """Record evidence, bounds, changes and what is insufficient."""
    yield from _Judgement(scope, asked, tuple(chosen)).recordings()


@dataclass(frozen=True)
class _Judgement:
    scope: Scope
    asked: Degradation
    chosen: tuple[str, ...]

    def recordings(self) -> Iterator[Recording]:
        """Yield the records, each after what it reads."""
        yield self._record(names.JUDGED_VALUE, self._each(lambda it: it.value))
        yield self._record(names.JUDGED_ROWS, self._each(lambda it: it.rows))
        if self._means:
            yield self._record(names.JUDGED_ERROR, self._each(lambda it: it.standard_error))
        yield self._record(names.JUDGED_BASELINE, self._baseline())
        yield self._record(names.JUDGED_VALID_ROWS, self._valid_rows())
        yield self._record(names.JUDGED_ROWS_NEEDED, self._rows_needed())
        yield self._record(names.JUDGED_BOUND, self._bound())
        yield self._record(names.QUALITY_CHANGE, self._worse(names.JUDGED_VALUE))
        yield self._record(names.QUALITY_SURE_CHANGE, self._sure_change())
        yield self._record(names.QUALITY_INSUFFICIENT, self._insufficient())

    @cached_property
    def _evidence(self) -> dict[str, Evidence]:
        return {metric: evidence(self.scope, metric, self.asked.window) for metric in self.chosen}

    @cached_property
    def _shares(self) -> tuple[str, ...]:
        return tuple(metric for metric, it in self._evidence.items() if it.successes is not None)

    @cached_property
    def _means(self) -> tuple[str, ...]:
        return tuple(metric for metric in self.chosen if metric not in self._shares)

    def _higher(self, which: Sequence[str]) -> tuple[str, ...]:
        return tuple(it for it in which if metrics.higher_is_better(self.scope, it))

    @cached_property
    def _z(self) -> str:
        looks = budget.interval(self.asked.window)
        return limits.quantile(judgement.level(self.scope, len(self.chosen), looks))

    def _record(self, record: str, expr: str) -> Recording:
        return Recording(f"{record}{self.asked.window}", expr, self.scope.identity)

    def _of(self, record: str, which: Sequence[str] = ()) -> str:
        matchers = [one_of(names.METRIC, which)] if which else []
        return narrowed(self.scope.recorded(f"{record}{self.asked.window}"), *matchers)

    def _each(self, part: Callable[[Evidence], str | None]) -> str:
        found = ((metric, part(it)) for metric, it in self._evidence.items())
        return "\nor ".join(named(metric, expr) for metric, expr in found if expr is not None)

    def _baseline(self) -> str:
        reference = narrowed(self.scope.counted(families.REFERENCE_METRIC), one_of(names.METRIC, self.chosen))
        return f"{BY_METRIC} ({reference})"

    def _tolerated(self, which: Sequence[str]) -> str:
        """Return the value at the change that warns, of metrics of which more is better."""
        return f"({promql.number(1 - self.asked.warning)} * {self._of(names.JUDGED_BASELINE, which)})"

    def _valid_rows(self) -> str:
        """Return the rows from which a limit can be relied upon."""
        found = []
        if self._shares:
            rarer = f"(0.5 - abs({self._tolerated(self._shares)} - 0.5))"
            found.append(f"ceil({degradation.RARER_ROWS} / {rarer})")
        if self._means:
            baseline = self._of(names.JUDGED_BASELINE, self._means)
            found.append(f"0 * {baseline} + {degradation.ROWS_OF_A_MEAN}")
        return "\nor ".join(found)

    def _rows_needed(self) -> str:
        """Return the rows from which twice the tolerated change would be seen, at least the valid ones."""
        change, found = promql.number(self.asked.warning), []
        if self._shares:
            limit, baseline = self._tolerated(self._shares), self._of(names.JUDGED_BASELINE, self._shares)
            found.append(f"ceil({self._z} ^ 2 * {limit} * (1 - {limit}) / ({change} * {baseline}) ^ 2)")
        if self._means:
            rows, error, baseline = (
                self._of(it, self._means)
                for it in (names.JUDGED_ROWS, names.JUDGED_ERROR, names.JUDGED_BASELINE)
            )
            found.append(f"ceil({rows} * ({self._z} * {error} / (abs({baseline}) * {change})) ^ 2)")
        seen = f"({' or '.join(found)})"
        valid = self._of(names.JUDGED_VALID_ROWS)
        return f"{seen} > {valid} or {valid}"

    def _bound(self) -> str:
        """Return the best value that the rows leave possible; higher is better of all shares."""
        found = []
        if self._shares:
            value, rows = (self._of(it, self._shares) for it in (names.JUDGED_VALUE, names.JUDGED_ROWS))
            low = limits.exact_low(f"({rows} * (1 - {value}))", f"({rows} * {value})", self._z)
            found.append(f"1 - {low}")
        higher = self._higher(self._means)
        lower = tuple(it for it in self._means if it not in higher)
        for which, sign in ((higher, "+"), (lower, "-")):
            if which:
                value, error = (self._of(it, which) for it in (names.JUDGED_VALUE, names.JUDGED_ERROR))
                found.append(f"{value} {sign} {self._z} * {error}")
        return "\nor ".join(found)

    def _worse(self, record: str) -> str:
        """Return the change of a value for the worse."""
        higher = self._higher(self.chosen)
        lower = tuple(it for it in self.chosen if it not in higher)
        found = []
        for which, first, second in (
            (higher, names.JUDGED_BASELINE, record),
            (lower, record, names.JUDGED_BASELINE),
        ):
            if which:
                baseline = self._of(names.JUDGED_BASELINE, which)
                found.append(f"({self._of(first, which)} - {self._of(second, which)}) / abs({baseline})")
        return "\nor ".join(found)

    def _sure_change(self) -> str:
        valid = f"{self._of(names.JUDGED_ROWS)} >= {self._of(names.JUDGED_VALID_ROWS)}"
        return f"clamp_min({self._worse(names.JUDGED_BOUND)}, 0)\nand {valid}"

    def _insufficient(self) -> str:
        rows, valid = self._of(names.JUDGED_ROWS), self._of(names.JUDGED_VALID_ROWS)
        needed, sure = self._of(names.JUDGED_ROWS_NEEDED), self._of(names.QUALITY_SURE_CHANGE)
        worse = f"{sure} > {promql.number(self.asked.warning)}"
        return f"0 * ({rows} < {valid} or {rows} < {needed} unless {worse}) + 1"


def named(metric: str, expr: str) -> str:
    """Say of which metric an expression is."""
    return f'label_replace({expr}, "{names.METRIC}", "{metric}", "", "")'
