"""Replicas whose counters say what a test wants: real evaluators' series, filled with counts of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from modelmonitor.evaluator.counters import Counters, declared
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.evaluator.statistics.recovered import Distribution
from modelmonitor.wire import families
from modelmonitor.wire.families import Family, Kind
from modelmonitor.wire.profile import Column, ColumnType
from modelmonitor.wire.scheme import Scheme
from promtool.runner import counter, gauge

Counts = Mapping[str, Distribution]
READ = (
    families.FEATURE_VALUE,
    families.FEATURE_CATEGORY,
    families.FEATURE_MISSING,
    families.REFERENCE_COUNT,
)
"""All that rules about drift read."""


@dataclass(frozen=True)
class Replica:
    """A pod and what it counts: phases of so many samples, each with the counts of the whole phase.

    `before` are samples without any, because it did not exist; after the last phase it is gone.
    """

    scheme: Scheme
    phases: Sequence[tuple[int, Counts]]
    pod: str = "churn-0"
    version: str = "v1"
    before: int = 0
    namespace: str = "default"

    def series(self) -> dict[str, str]:
        """Give its series as promtool reads them."""
        counters = [self._filled(counts) for _, counts in self.phases]
        samples = [number for number, _ in self.phases]
        return {
            self._name(head): self._values(family, samples, values)
            for family in READ
            if family in counters[0].bank
            for head, *values in self._lines(family, counters)
        }

    def _filled(self, counts: Counts) -> Counters:
        counters = Counters(self.scheme, self.version, "0.1.0")
        fill(counters, counts)
        return counters

    def _lines(self, family: Family, counters: Sequence[Counters]) -> list[tuple[object, ...]]:
        blocks = [one.bank.blocks[family] for one in counters]
        return list(zip(blocks[0].heads, *(block.values() for block in blocks), strict=True))

    def _name(self, head: object) -> str:
        return str(head).strip().replace("{", f'{{namespace="{self.namespace}",pod="{self.pod}",', 1)

    def _values(self, family: Family, samples: Sequence[int], values: Sequence[float]) -> str:
        absent = f"_x{self.before} " if self.before else ""
        if family.kind is Kind.GAUGE:
            return absent + gauge((sum(samples) + 1, values[0])) + " stale"
        growth = ((it, Fraction(value) / it) for it, value in zip(samples, values, strict=True))
        return absent + counter(*growth) + " stale"


def fill(counters: Counters, counts: Counts) -> None:
    """Let counters have counted so many rows in each cell; columns that are not named have none."""
    assert counters.scheme
    bank = counters.bank
    numeric: list[int] = []
    categorical: list[int] = []
    for place, column in enumerate(declared.ordered(counters.scheme)):
        cells = counts[column.name].cells if column.name in counts else np.zeros(len(column.counts) + 1, int)
        bank[families.FEATURE_MISSING][place] = cells[-1]
        numeric += np.cumsum(cells[:-1]).tolist() if column.type is ColumnType.NUMERIC else []
        categorical += cells[:-1].tolist() if column.type is ColumnType.CATEGORICAL else []
    for family, cells in ((families.FEATURE_VALUE, numeric), (families.FEATURE_CATEGORY, categorical)):
        if family in bank:
            bank[family].reshape(-1)[:] = cells


def counted(column: Column, cells: Sequence[int]) -> Distribution:
    """Give live counts of a column, its missing rows last."""
    empty = recovered.reference(column)
    own = (empty.edges,) if column.type is ColumnType.NUMERIC else (empty.names,)
    return type(empty)(*own, np.asarray(cells[:-1], dtype=np.int64), int(cells[-1]))


def together(sides: Sequence[Counts]) -> dict[str, Distribution]:
    """Add up what several have counted."""
    total: dict[str, Distribution] = {}
    for side in sides:
        total |= {name: total[name] + own if name in total else own for name, own in side.items()}
    return total
