"""Replicas whose counters say what a test wants: real evaluators' series, filled with counts of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.statistics import recovered
from modelmonitor.evaluator.statistics.recovered import Distribution
from modelmonitor.series import declared
from modelmonitor.wire import families
from modelmonitor.wire.families import Kind
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

RESIDUE = Fraction(1, 10**8)
"""Rows by which a phase is ahead: promtool adds up fractions, and after a sum too high it sees a restart."""


@dataclass(frozen=True)
class Replica:
    """A pod and what it counts: phases of so many samples, each with the counts of the whole phase.

    It starts with so many rows in every counter, and is gone after its last phase.
    """

    scheme: Scheme
    phases: Sequence[tuple[int, Counts]]
    pod: str = "churn-0"
    version: str = "v1"
    namespace: str = "default"
    start: int = 0

    def series(self) -> dict[str, str]:
        """Give its series as promtool reads them."""
        counters = Counters(self.scheme, self.version, "0.1.0")
        blocks = [counters.bank.blocks[family] for family in READ if family in counters.bank]
        seen: list[list[list[float]]] = []
        for _, counts in self.phases:
            fill(counters, counts)
            seen.append([block.values() for block in blocks])
        return {
            self._name(head): f"{self._values(block.family.kind, values)} stale"
            for place, block in enumerate(blocks)
            for head, *values in zip(block.heads, *(phase[place] for phase in seen), strict=True)
        }

    def _name(self, head: str) -> str:
        return head.strip().replace("{", f'{{namespace="{self.namespace}",pod="{self.pod}",', 1)

    def _values(self, kind: Kind, values: Sequence[float]) -> str:
        samples = [number for number, _ in self.phases]
        if kind is Kind.GAUGE:
            return gauge((sum(samples) + 1, values[0]))
        phases: list[tuple[int, Fraction]] = []
        ahead = Fraction(0)
        for number, value in zip(samples, values, strict=True):
            growth = Fraction(value) / number
            phases += [(1, growth + ahead), (number - 1, growth)]
            ahead = RESIDUE if growth.denominator > 1 else Fraction(0)
        return counter(*phases, start=self.start)


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
    """Give counts of a column, its missing rows last."""
    empty = recovered.reference(column)
    own = (empty.edges,) if isinstance(empty, recovered.Histogram) else (empty.names,)
    return type(empty)(*own, np.asarray(cells[:-1], dtype=np.int64), int(cells[-1]))


def together(sides: Sequence[Counts]) -> dict[str, Distribution]:
    """Add up what several have counted."""
    total: dict[str, Distribution] = {}
    for side in sides:
        total |= {name: total[name] + own if name in total else own for name, own in side.items()}
    return total
