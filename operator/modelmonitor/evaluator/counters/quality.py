"""What is counted of predictions once they are mature: sums and tables of `stats`, apart for each segment."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator.counters.bank import Bank
from modelmonitor.evaluator.records import Cohort, Records
from modelmonitor.series import declared
from modelmonitor.stats.classification import Confusion
from modelmonitor.stats.ranking import Judged, Rankings
from modelmonitor.stats.regression import Errors
from modelmonitor.stats.scores import ScoreByActual
from modelmonitor.wire import families
from modelmonitor.wire.config import Task
from modelmonitor.wire.scheme import Scheme

Chosen = NDArray[np.intp]
"""Positions of rows in a cohort."""


class Quality:
    """Counts cohorts; a row counts in the segment of everything and in one of each segment column."""

    def __init__(self, bank: Bank, scheme: Scheme) -> None:
        self._of_task = _KINDS[scheme.task](bank, scheme)
        self._starts = declared.starts(scheme.segments, first=1)
        self._cohort = bank[families.COHORT]
        self._labelled = bank[families.COHORT_LABELLED]

    def count(self, cohort: Cohort) -> None:
        """Count matured predictions, labelled or not."""
        labelled = ~np.isnan(cohort.actual)
        explicit = int(np.count_nonzero(labelled & cohort.explicit))
        self._cohort += len(cohort.records)
        self._labelled += (explicit, int(np.count_nonzero(labelled)) - explicit)
        rows = np.flatnonzero(labelled)
        for segment, chosen in self._segments(cohort.records, rows):
            self._of_task.add(cohort, chosen, segment)

    def scraped(self) -> None:
        """Take note that everything was told: the window of maxima moves on."""
        if isinstance(self._of_task, Numbers):
            self._of_task.scraped()

    def _segments(self, records: Records, rows: Chosen) -> Iterator[tuple[int, Chosen]]:
        if not rows.size:
            return
        yield 0, rows
        places = records["segments"][rows] + self._starts
        for column in places.T:
            for segment in np.unique(column):
                yield int(segment), rows[column == segment]


class Classes:
    """Confusion, scores by truth and their exact sums; outcomes of protected groups."""

    def __init__(self, bank: Bank, scheme: Scheme) -> None:
        self._bank, self._scheme = bank, scheme
        self._edges = declared.score_edges(scheme)
        self._starts = declared.starts(scheme.groups)

    def add(self, cohort: Cohort, rows: Chosen, segment: int) -> None:
        """Count labelled rows of one segment."""
        records, actual = cohort.records[rows], cohort.actual[rows].astype(np.int64)
        self._bank[families.CONFUSION][:, :, segment] += self._confusion(records, actual)
        scores = self._by_actual(actual, records["scores"])
        self._bank[families.SCORE_BY_ACTUAL][:, :, segment] += np.cumsum(scores.counts, axis=-1)
        for family in declared.SCORE_SUMS:
            self._bank[family][segment] += getattr(scores, family.short)
        if segment == 0 and self._scheme.groups:
            self._count_groups(records, actual)

    def _confusion(self, records: Records, actual: NDArray[np.int64]) -> NDArray[np.int64]:
        return Confusion.count(actual, records["predicted"], self._scheme.classes).counts

    def _by_actual(self, actual: NDArray[np.int64], scores: NDArray[np.float64]) -> ScoreByActual:
        classes = self._scheme.classes
        if self._scheme.task is Task.MULTICLASS:
            return ScoreByActual.multiclass(actual, scores, self._edges, classes)
        known = actual < len(classes)  # no score can be held against a class that was not declared
        return ScoreByActual.binary(actual[known] == 1, scores[known, 0], self._edges, classes[1])

    def _count_groups(self, records: Records, actual: NDArray[np.int64]) -> None:
        for column in (records["groups"] + self._starts).T:
            for group in np.unique(column):
                rows = column == group
                self._bank[families.GROUP_CONFUSION][group] += self._confusion(records[rows], actual[rows])


class Numbers:
    """Sums of errors and of the target; the largest error of the last two windows between scrapes."""

    def __init__(self, bank: Bank, scheme: Scheme) -> None:
        self._bank = bank
        self._edges = declared.error_edges(scheme)
        self._centre = declared.centre(scheme)
        self._sums = tuple(declared.number_sums(scheme))
        self._largest = bank[families.ABSOLUTE_ERROR_MAX]
        self._since_scrape = self._largest.copy()

    def add(self, cohort: Cohort, rows: Chosen, segment: int) -> None:
        """Count labelled rows of one segment."""
        values, actual = cohort.records["value"][rows], cohort.actual[rows]
        found = Errors.count(actual, values, self._edges, self._centre or 0.0)
        if not found.scored_total:
            return
        for family in self._sums:
            self._bank[family][segment] += getattr(found, family.short)
        self._bank[families.ABSOLUTE_ERROR][segment] += np.cumsum(found.absolute_error)
        absolute = found.error_positive_sum + found.error_negative_sum
        self._bank.sums(families.ABSOLUTE_ERROR)[segment] += absolute
        for largest in (self._largest, self._since_scrape):
            largest[segment] = np.fmax(largest[segment], found.absolute_error_max)

    def scraped(self) -> None:
        """Forget the errors of the last window but one."""
        self._largest[:] = self._since_scrape
        self._since_scrape[:] = np.nan


class Lists:
    """Sums over ranked lists at each depth."""

    def __init__(self, bank: Bank, scheme: Scheme) -> None:
        self._bank = bank
        self._depths = scheme.depths

    def add(self, cohort: Cohort, rows: Chosen, segment: int) -> None:
        """Count labelled queries of one segment."""
        if cohort.gains is None or cohort.ideal is None:
            raise TypeError("cohort: expected gains and ideal gains of ranked lists, got none")
        judged = Judged(cohort.gains[rows], cohort.actual[rows].astype(np.int64), cohort.ideal[rows])
        found = Rankings.count(judged, self._depths)
        for family in (*declared.QUERY_SUMS, *declared.DEPTH_SUMS):
            self._bank[family][..., segment] += getattr(found, family.short)


_KINDS: dict[Task, type[Classes] | type[Numbers] | type[Lists]] = {
    Task.BINARY: Classes,
    Task.MULTICLASS: Classes,
    Task.REGRESSION: Numbers,
    Task.RANKING: Lists,
}
