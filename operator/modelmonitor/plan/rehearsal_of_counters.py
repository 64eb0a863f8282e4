"""Rehearsals of objectives on what evaluators count: raw counters, as good and bad events move them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from modelmonitor.api.v1alpha1 import Objective
from modelmonitor.plan import rehearsal, slices, synthesis
from modelmonitor.plan.oracle import Counting
from modelmonitor.plan.rehearsal import Phase, Rehearsal
from modelmonitor.plan.scope import FIVE_MINUTES, Scope
from modelmonitor.plan.slo import Slo
from modelmonitor.plan.synthesis import NotSynthesised, Selection, Series
from modelmonitor.wire import families, measures
from modelmonitor.wire.config import Task
from modelmonitor.wire.numbers import label_number

_HALF = Fraction(1, 2)
_Moves = tuple[tuple[Fraction | int, Fraction | int], ...]
_OF_TWO_CLASSES: Mapping[str, _Moves] = {
    "Accuracy": ((_HALF, 0), (0, 1), (0, 0), (_HALF, 0)),
    "Precision": ((1, 0), (1, 1), (0, 1), (1, 1)),
    "Recall": ((1, 0), (0, 1), (1, 1), (1, 1)),
    "F1": ((_HALF, 0), (0, 0), (0, 1), (1, 1)),
}
"""How far a good and a bad event move hits, misses, false alarms and the rest."""
_OF_MANY_CLASSES: Mapping[str, _Moves] = {
    **dict.fromkeys(("Accuracy", "Precision", "Recall"), ((1, 0), (0, 1), (0, 0), (0, 0))),
    "F1": ((_HALF, 0), (0, _HALF), (0, 0), (0, 0)),
}
"""All classes together, where every row is a prediction of one class and a case of one."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A counter, and how far a good and a bad event move it."""

    series: Series
    good: Fraction
    bad: Fraction


@dataclass(frozen=True, slots=True)
class CounterRehearsal:
    """Counters of one evaluator; beside those that an objective reads, some that it must not read."""

    moved: tuple[Moved, ...]

    @property
    def counting(self) -> Counting:
        return Counting.RUNNING

    @property
    def any_ratio(self) -> bool:
        return True

    @property
    def grouping(self) -> Mapping[str, str]:
        return {}

    def series(self, phases: Sequence[Phase]) -> dict[str, str]:
        return {str(one.series): rehearsal.counter(_growths(one, phases)) for one in self.moved}

    def identities(self) -> tuple[Series, ...]:
        return tuple(one.series for one in self.moved)

    def selections(self) -> tuple[Selection, ...]:
        names = dict.fromkeys(one.series.metric for one in self.moved)
        return tuple(Selection("rate", metric, ()) for metric in names)

    def absent_after(self, step: Fraction) -> Fraction:
        return FIVE_MINUTES.exact_seconds - step  # a rate needs two samples in its range


def rehearsed(slo: Slo) -> Rehearsal:
    """Make the series of an objective, whoever counts them.

    Raises
    ------
    NotSynthesised
        If its value follows from whole distributions, or its queries take more than one function.
    """
    cells = list(_cells(slo.objective, slo.scope)) if slo.scope else []
    return CounterRehearsal(tuple(cells)) if cells else rehearsal.rehearsal(slo)


def _growths(one: Moved, phases: Sequence[Phase]) -> list[tuple[int, int]]:
    """Round bad events down and let the rest be good: so many events as were asked for."""
    bad = [floor(phase.events * phase.ratio) for phase in phases]
    return [
        (phase.samples, floor((phase.events - wrong) * one.good + wrong * one.bad))
        for phase, wrong in zip(phases, bad, strict=True)
    ]


def _cells(objective: Objective, scope: Scope) -> Iterator[Moved]:
    sli = objective.sli
    if sli.drift or (sli.quality and slices.is_sliced(objective)):
        raise NotSynthesised("a measurement over a window follows what happened only by and by")
    if sli.availability and not sli.availability.counter:
        yield _moved(scope.counted(families.REQUESTS, code="2xx", outcome="ok"), 1, 0)
        yield _moved(scope.counted(families.REQUESTS, code="5xx", outcome="error"), 0, 1)
        yield _moved(scope.counted(families.REQUESTS, code="4xx", outcome="rejected"), 1, 1)
    elif sli.latency and not sli.latency.histogram:
        threshold = label_number(float(sli.latency.below.seconds))
        yield _moved(scope.counted(families.WITHIN, threshold=threshold), 1, 0)
        yield _moved(scope.counted(families.TIMED, threshold=threshold), 1, 1)
    elif sli.quality and (depth := measures.depth(sli.quality.metric)):
        yield _moved(scope.counted(families.HITS, k=str(depth), segment=""), 1, 0)
        yield _moved(scope.counted(families.RANKING_QUERIES, segment=""), 1, 1)
    elif sli.quality:
        yield from _confusion(sli.quality.metric, scope)


def _confusion(metric: str, scope: Scope) -> Iterator[Moved]:
    """Move the cells of the last two classes; of two classes the last one is the positive one."""
    negative, positive = scope.scheme.classes[-2:]
    cells = ((positive, positive), (positive, negative), (negative, positive), (negative, negative))
    moves = (_OF_TWO_CLASSES if scope.scheme.task is Task.BINARY else _OF_MANY_CLASSES)[metric]
    for (actual, predicted), (good, bad) in zip(cells, moves, strict=True):
        counted = scope.counted(families.CONFUSION, actual=actual, predicted=predicted, segment="")
        yield _moved(counted, good, bad)


def _moved(selector: str, good: Fraction | int, bad: Fraction | int) -> Moved:
    read = synthesis.measured(selector)
    return Moved(synthesis.series(read), Fraction(good), Fraction(bad))
