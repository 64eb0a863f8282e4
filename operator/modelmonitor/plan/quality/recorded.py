"""Counts as records: of five minutes, which any longer window adds up, and of the window that is told."""

import re
from collections.abc import Callable, Iterator

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names, promql
from modelmonitor.plan.quality import counts, sources
from modelmonitor.plan.quality.sources import Matchers, Not
from modelmonitor.plan.rules import Group, Recording
from modelmonitor.plan.scope import FIVE_MINUTES, Scope
from modelmonitor.stats import scores
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.families import Family, Kind
from modelmonitor.wire.numbers import label_number
from modelmonitor.wire.scheme import CLASSIFICATIONS

_OF_CLASSES = (
    families.CONFUSION,
    families.SCORE_BY_ACTUAL,
    families.SCORED,
    families.LOG_LOSS,
    families.SQUARED_ERROR,
)
_OF_NUMBERS = (
    families.ABSOLUTE_ERROR,
    families.ABSOLUTE_ERROR_MAX,
    families.SCORED,
    families.SQUARED_ERROR,
    families.PERCENTAGE_ERROR,
    families.PERCENTAGE_ROWS,
    families.ACTUAL_ABSOLUTE,
    families.ERROR_POSITIVE,
    families.ERROR_NEGATIVE,
    families.TARGET_POSITIVE,
    families.TARGET_NEGATIVE,
    families.TARGET_SQUARED,
)
_OF_RANKINGS = (
    families.RANKING_QUERIES,
    families.RANKING_EMPTY,
    families.RECIPROCAL_RANK,
    families.NDCG,
    families.AVERAGE_PRECISION,
    families.HITS,
    families.PRECISION,
    families.RECALL,
)
FAMILIES: dict[Task, tuple[Family, ...]] = {
    Task.BINARY: _OF_CLASSES,
    Task.MULTICLASS: _OF_CLASSES,
    Task.REGRESSION: _OF_NUMBERS,
    Task.RANKING: _OF_RANKINGS,
}
"""What the quality of a task is made from."""
_SLICES = (names.SEGMENT, names.MODEL_VERSION)


def steps(scope: Scope) -> Group:
    """Return the records of five minutes; recorded more often, sums of them would count everything again."""
    length, share = sources.reach(scope)

    def step(family: Family) -> str:
        found = f"{sources.counters(scope, family, {})}[{length}]"
        by = ", ".join((*_own(family), *_SLICES))
        if family.kind is Kind.GAUGE:
            return f"max by ({by}) (max_over_time({found}))"
        return f"{share} * sum by ({by}) (increase({found}))"

    cells = [_score_cells(scope)] if scope.scheme.task in CLASSIFICATIONS else []
    return Group("quality-steps", (*_each(scope, FIVE_MINUTES, step), *cells), FIVE_MINUTES)


def of_window(scope: Scope, window: Duration) -> dict[str, Recording]:
    """Return the records of a window by their names without it."""
    read = counts.reader(scope, window)

    def both(family: Family) -> str:
        fold, own = ("max" if family.kind is Kind.GAUGE else "sum"), _own(family)
        slices: tuple[tuple[str, Matchers], ...] = (
            (names.SEGMENT, {}),
            (names.MODEL_VERSION, {names.SEGMENT: ""}),
        )
        each = (f"{fold} by ({', '.join((*own, label))}) ({read(family, them)})" for label, them in slices)
        return " or ".join(each)

    return {one.record.removesuffix(str(window)): one for one in _each(scope, window, both)}


def _each(scope: Scope, window: Duration, count: Callable[[Family], str]) -> Iterator[Recording]:
    """Yield a record of each family, of all sums one."""
    by_record: dict[str, list[Family]] = {}
    for family in FAMILIES[scope.scheme.task]:
        by_record.setdefault(sources.record(family), []).append(family)
    for record, its in by_record.items():
        if record == names.QUALITY_SUMS:
            expr = " or ".join(
                f'label_replace({count(one)}, "{sources.SUM}", "{one.short}", "", "")' for one in its
            )
        else:
            expr = count(its[0])
        yield Recording(f"{record}{window}", expr, sources.pins(scope, its[0]))


def _own(family: Family) -> tuple[str, ...]:
    """Return the labels of a family beside slices and what it is pinned by."""
    own = tuple(label for label in family.labels if label not in {*_SLICES, "thresholds"})
    return (*own, "le") if family.kind is Kind.HISTOGRAM else own


def _score_cells(scope: Scope) -> Recording:
    """Record the middle of each cell of the score, which says which edge is below which, too.

    No function reads a number from a label but one: the quantile 1 of a histogram of one cell is its edge.
    """
    edges = scope.counted(families.SCORE_EDGE)
    every, inner = f"max by (le, below) ({edges})", sources.narrowed(edges, {"le": Not("+Inf")})
    one = f'label_replace(max by (le) ({inner}), "edge", "$1", "le", "(.+)")'
    edge = f'histogram_quantile(1, {one} or label_replace({one}, "le", "+Inf", "", ""))'
    low, high = (
        f'sum by ({side}) (label_replace({edge}, "{side}", "$1", "edge", "(.+)") or {end})'
        for side, end in (("below", "vector(0)"), ("le", 'label_replace(vector(1), "le", "+Inf", "", "")'))
    )
    middle = f"({every} * on (below) group_left () {low} + on (le) group_left () {high}) / 2"
    return Recording(
        names.SCORE_CELL, _with_thresholds(scope, middle), sources.pins(scope, families.SCORE_EDGE)
    )


def _with_thresholds(scope: Scope, cells: str) -> str:
    """Name each threshold at the cell whose upper edge it is: the scores below it end there."""
    model = scope.scheme.config.model
    for threshold in sorted({model.decision_threshold, *model.thresholds}):
        edge = promql.string(re.escape(label_number(scores.threshold_edge(threshold))))
        cells = f'label_replace({cells}, "threshold", "{label_number(threshold)}", "le", {edge})'
    return cells
