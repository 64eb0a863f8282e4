"""Evaluators that judge steadily, restart and are scraped out of step: what they leave behind."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.records import Cohort
from modelmonitor.plan.scope import Scope
from promtool.quality import judged
from promtool.quality.judged import JUDGED


@dataclass(frozen=True)
class Life:
    """An evaluator from its start to its end, in seconds; first scraped after `phase`."""

    pod: str
    version: str
    start: float
    end: float
    phase: float


@dataclass
class Lives:
    """The samples of many lives, scraped every so often, and all rows with the times of their judgement."""

    scope: Scope
    every: float
    rows_a_second: float
    samples: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    judged: list[tuple[NDArray[np.float64], Cohort]] = field(default_factory=list)

    def live(self, life: Life, rng: np.random.Generator) -> None:
        """Judge at random moments, and be scraped between them; what comes after the last scrape is lost."""
        counters = Counters(self.scope.scheme, life.version, "0.1.0")
        count = rng.poisson((life.end - life.start) * self.rows_a_second)
        records = counters.predicted(judged.predictions(self.scope.scheme.task, count, rng))
        times, cohort = (
            np.sort(rng.uniform(life.start, life.end, count)),
            judged.truth(self.scope, records, rng),
        )
        self.judged.append((times, cohort))
        known = 0
        for scrape in np.arange(life.start + life.phase, life.end, self.every):
            now = int(np.searchsorted(times, scrape))
            counters.matured(rows(cohort, slice(known, now)))
            self._scrape(counters, life, float(scrape))
            known = now

    def _scrape(self, counters: Counters, life: Life, time: float) -> None:
        for family, block in counters.bank.blocks.items():
            if family.name in JUDGED:
                for head, value in zip(block.heads, block.values(), strict=True):
                    name, labels = head.split("{", 1)
                    series = f'{name}{{namespace="default",pod="{life.pod}",{labels}'
                    self.samples.setdefault(series, []).append((time, value))

    def between(self, start: float, end: float) -> Counters:
        """Return counters that have seen exactly what was judged in a span of time."""
        counters = Counters(self.scope.scheme, "all", "0.1.0")
        for times, cohort in self.judged:
            counters.matured(rows(cohort, (start < times) & (times <= end)))
        return counters

    def lines(self) -> Iterator[str]:
        """Yield all samples in the OpenMetrics format."""
        for series in sorted(self.samples):
            for time, value in self.samples[series]:
                yield f"{series}{value} {time:.3f}"


def rows(cohort: Cohort, which: slice | NDArray[np.bool_]) -> Cohort:
    """Return some rows of a cohort of classes or numbers."""
    return Cohort(cohort.records[which], cohort.explicit[which], cohort.actual[which])
