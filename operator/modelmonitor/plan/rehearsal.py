"""Rehearsals: raw series under which an objective's own queries show a chosen share of bad events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import floor
from typing import Protocol

from modelmonitor.api.v1alpha1 import Timeslices
from modelmonitor.plan import promql, synthesis
from modelmonitor.plan.oracle import Counting
from modelmonitor.plan.query import result_labels
from modelmonitor.plan.scope import FIVE_MINUTES
from modelmonitor.plan.sli import event_texts
from modelmonitor.plan.slo import Slo
from modelmonitor.plan.synthesis import NotSynthesised, Selection, Series


@dataclass(frozen=True, slots=True)
class Phase:
    """So many samples, during which so many events come with each of them, and this share of them is bad."""

    samples: int
    events: int
    ratio: Fraction = Fraction(0)


class Rehearsal(Protocol):
    """Series for one objective."""

    @property
    def counting(self) -> Counting:
        """What its bad events are read from."""

    @property
    def any_ratio(self) -> bool:
        """Whether an outage may have any share of bad events; else everything is bad or nothing."""

    @property
    def grouping(self) -> Mapping[str, str]:
        """The labels that alerts take from the series."""

    def series(self, phases: Sequence[Phase]) -> dict[str, str]:
        """Write the series for promtool: name and values, one sample a step from time 0 on."""

    def identities(self) -> tuple[Series, ...]:
        """Return the series."""

    def selections(self) -> tuple[Selection, ...]:
        """Return what the queries select."""

    def absent_after(self, step: Fraction) -> Fraction:
        """Return the seconds after its last sample from which nothing is measured."""


@dataclass(frozen=True, slots=True)
class EventRehearsal:
    """Two series: the part that the one query counts, and the rest, or all, that only the total counts."""

    total: Selection
    part: Selection
    counts_good: bool
    parts: Series
    others: Series
    grouping: Mapping[str, str]

    @property
    def counting(self) -> Counting:
        return Counting.RUNNING if self.total.function in synthesis.COUNTERS else Counting.SAMPLES

    @property
    def any_ratio(self) -> bool:
        return True

    def series(self, phases: Sequence[Phase]) -> dict[str, str]:
        parts = [(it.samples, _whole(it.events * self._share(it))) for it in phases]
        others = [
            (it.samples, it.events - (own if self.total.matches(self.parts) else 0))
            for it, (_, own) in zip(phases, parts, strict=True)
        ]
        write = counter if self.counting is Counting.RUNNING else _values
        return {str(self.parts): write(parts), str(self.others): write(others)}

    def identities(self) -> tuple[Series, ...]:
        return self.parts, self.others

    def selections(self) -> tuple[Selection, ...]:
        return self.total, self.part

    def absent_after(self, step: Fraction) -> Fraction:
        # a rate needs two samples in its range; a sum of samples is there with one
        return FIVE_MINUTES.exact_seconds - (step if self.counting is Counting.RUNNING else 0)

    def _share(self, phase: Phase) -> Fraction:
        return 1 - phase.ratio if self.counts_good else phase.ratio


@dataclass(frozen=True, slots=True)
class SliceRehearsal:
    """One series, on the one or the other side of its bound."""

    measured: Selection
    measurement: Series
    good: Fraction
    bad: Fraction
    grouping: Mapping[str, str]

    @property
    def counting(self) -> Counting:
        return Counting.SAMPLES

    @property
    def any_ratio(self) -> bool:
        return False

    def series(self, phases: Sequence[Phase]) -> dict[str, str]:
        values = [self.bad if bad else self.good for phase in phases for bad in _spread(phase)]
        runs = [(len(list(run)), value) for value, run in groupby(values)]
        return {str(self.measurement): _values(runs)}

    def identities(self) -> tuple[Series, ...]:
        return (self.measurement,)

    def selections(self) -> tuple[Selection, ...]:
        return (self.measured,)

    def absent_after(self, step: Fraction) -> Fraction:  # noqa: ARG002 - the other kind needs it
        return FIVE_MINUTES.exact_seconds


def rehearsal(slo: Slo) -> Rehearsal:
    """Make the series of an objective.

    Raises
    ------
    NotSynthesised
        If its queries take more than a selector under one function.
    """
    if slo.objective.sli.timeslices:
        return _slices(slo.objective.sli.timeslices)
    total_text, part_text, counts_good, _ = event_texts(slo.objective)
    if slo.indicator.grouping is None:
        raise NotSynthesised("labels that cannot be told from the queries")
    total, part = synthesis.counted(total_text), synthesis.counted(part_text)
    grouping = slo.indicator.grouping
    try:
        parts = synthesis.series(part, *([total] if total.metric == part.metric else []), keeping=grouping)
    except NotSynthesised:  # what the total counts and what the part counts may well exclude each other
        parts = synthesis.series(part, keeping=grouping)
    others = synthesis.series(total, avoiding=part, keeping=grouping)
    groups = [{label: series.labels.get(label, "") for label in grouping} for series in (parts, others)]
    if groups[0] != groups[1]:
        raise NotSynthesised(f"good and bad events never have the same {', '.join(grouping)}")
    return EventRehearsal(total, part, counts_good, parts, others, groups[0])


def _slices(timeslices: Timeslices) -> SliceRehearsal:
    selection = synthesis.measured(timeslices.query)
    labels = result_labels(timeslices.query)
    measurement = synthesis.series(selection, keeping=labels)
    least = timeslices.at_most is None
    bound = Fraction((timeslices.at_least if least else timeslices.at_most) or 0)
    aggregated = labels or promql.one_line(timeslices.query).split("{")[0] != selection.metric
    kept = labels if aggregated else tuple(measurement.labels)
    grouping = {label: measurement.labels[label] for label in kept if label in measurement.labels}
    good, bad = (bound + 1, bound - 1) if least else (bound - 1, bound + 1)
    return SliceRehearsal(selection, measurement, good, bad, grouping)


def _spread(phase: Phase) -> Iterator[bool]:
    """Spread bad samples so that never more than their share has passed."""
    return (
        floor(number * phase.ratio) > floor((number - 1) * phase.ratio)
        for number in range(1, phase.samples + 1)
    )


def _whole(events: Fraction) -> int:
    """Round to whole events: the sum of fractions is rounded, and a falling counter counts as a restart."""
    return floor(events)


def counter(phases: Sequence[tuple[int, int]]) -> str:
    """Write a counter that has counted before: as many events as it will count at most."""
    value = sum(samples * growth for samples, growth in phases) + max(growth for _, growth in phases)
    words = []
    for samples, growth in phases:
        words.append(f"{value + growth}+{growth}x{samples - 1}")
        value += samples * growth
    return " ".join(words)


def _values(phases: Sequence[tuple[int, int | Fraction]]) -> str:
    return " ".join(f"{promql.number(value)}x{samples - 1}" for samples, value in phases)
