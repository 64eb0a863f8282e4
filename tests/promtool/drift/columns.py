"""Columns that have misled drift detectors, each with a reference and live rows: the cases of these tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from modelmonitor.evaluator.statistics.recovered import Distribution
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE
from modelmonitor.wire.profile import Column, ColumnType
from promtool.drift.replicas import counted

ODD = 'a "quoted"\\back\nslash ✓ 日本 {{ $value }} |.*'


@dataclass(frozen=True)
class Case:
    """A column of a reference, and the live cells of each replica, missing rows last."""

    column: Column
    replicas: tuple[tuple[int, ...], ...]

    def live(self, replica: int) -> Distribution:
        """Give what a replica has counted."""
        return counted(self.column, self.replicas[replica])

    def part(self, replica: int, times: int = 1) -> Distribution:
        """Give so many times a tenth of that."""
        return counted(self.column, [times * (rows // 10) for rows in self.replicas[replica]])

    def known(self) -> Distribution:
        """Give the reference's rows as if they were counted live."""
        return counted(self.column, (*self.column.counts, self.column.missing))


def numeric(name: str, cells: Sequence[int], edges: Sequence[float] | None = None) -> Column:
    """Give a numeric column by its reference rows, missing ones last."""
    own = range(len(cells) - 2) if edges is None else edges
    counts, missing = tuple(cells[:-1]), cells[-1]
    return Column(
        name=name, type=ColumnType.NUMERIC, edges=tuple(map(float, own)), counts=counts, missing=missing
    )


def categorical(name: str, cells: Sequence[int], categories: Sequence[str] = ()) -> Column:
    """Give a categorical column by its reference rows: declared ones, unseen, missing."""
    own = tuple(categories) or tuple("abcdefghijklmnopqrstuvwxyz"[: len(cells) - 2])
    counts, missing = tuple(cells[:-1]), cells[-1]
    return Column(name=name, type=ColumnType.CATEGORICAL, categories=own, counts=counts, missing=missing)


EVEN = (1000,) * 10 + (0,)
OUTPUTS = (
    Case(categorical(FEATURE_PREDICTION, (8000, 2000, 0, 0), ("no", "yes")),
         ((700, 300, 1, 0), (650, 350, 0, 0))),
    Case(numeric(FEATURE_SCORE, (4000, 3000, 2000, 1000, 0), (0.2, 0.5, 0.8)),
         ((400, 300, 200, 130, 0), (380, 280, 210, 140, 5))),
)  # fmt: skip
CASES = (
    Case(numeric("none", EVEN), ((100,) * 10 + (0,), (61, 52, 58, 49, 55, 57, 60, 51, 53, 50, 0))),
    Case(numeric("shifted", EVEN), ((20, 40, 60, 80, 100, 120, 140, 160, 180, 100, 0), (10,) * 11)),
    Case(numeric("swapped", EVEN), ((200, 0) * 5 + (0,), (0, 200) * 5 + (0,))),
    Case(numeric("slight", EVEN), ((80, 90, 95, 100, 100, 100, 105, 110, 120, 100, 0), (100,) * 10 + (5,))),
    Case(numeric("missing surge", (1000,) * 10 + (50,)), ((40,) * 10 + (400,), (45,) * 10 + (350,))),
    Case(numeric("always missing now", EVEN), ((0,) * 10 + (700,), (0,) * 10 + (500,))),
    Case(numeric("ties", (7000, 10, 1500, 3, 1487, 0), (0.0, 0.5, 1.0, 1e6)), ((500, 1, 99, 0, 88, 3),) * 2),
    Case(numeric("constant", (5000, 0)), ((450, 0), (350, 0))),
    Case(numeric("was constant", (0, 5000, 0, 0), (2.5, 3.5)), ((4, 300, 200, 0), (0, 350, 0, 0))),
    Case(numeric("one row of 1e6", EVEN), ((50,) * 9 + (51, 0), (50,) * 10 + (0,))),
    Case(numeric("cells empty on both sides", (500, 0, 0, 500, 0, 0)), ((200, 0, 0, 150, 0, 0),) * 2),
    Case(numeric("huge reference", (10**6,) * 10 + (0,)), ((22,) * 10 + (0,), (26,) * 10 + (0,))),
    Case(numeric("small reference", (30,) * 10 + (0,)), ((300,) * 10 + (0,), (290,) * 10 + (0,))),
    Case(numeric("tiny reference", (9,) * 10 + (0,)), ((0,) * 11, (300,) * 10 + (0,))),
    Case(numeric("too few rows", EVEN), ((10, 5, 20, 10, 10, 5, 10, 10, 9, 10, 0), (10,) * 10 + (0,))),
    Case(numeric("just enough rows", EVEN), ((10,) * 10 + (0,), (11, *(10,) * 9, 0))),
    Case(numeric("few rows that have all moved", EVEN), ((90, *(0,) * 9, 0), (95, *(0,) * 9, 0))),
    Case(numeric("enough for a small shift only", EVEN), ((20, *(12,) * 9, 2), (20, *(13,) * 9, 2))),
    Case(numeric("no rows", EVEN), ((0,) * 11, (0,) * 11)),
    Case(numeric("one replica has none", EVEN), ((90,) * 10 + (7,), (0,) * 11)),
    Case(numeric("empty reference", (0,) * 11), ((50,) * 10 + (0,), (50,) * 10 + (0,))),
    Case(numeric(ODD, EVEN), ((150, 50) * 5 + (0,), (200, 50) * 5 + (0,))),
    Case(categorical("plan", (6000, 3000, 900, 0, 100)), ((500, 300, 100, 0, 9), (550, 250, 100, 0, 8))),
    Case(categorical("unseen", (6000, 3000, 1000, 0, 0)), ((500, 300, 10, 90, 0), (500, 300, 0, 110, 0))),
    Case(categorical("gone", (6000, 3000, 1000, 0, 0)), ((500, 0, 90, 0, 0), (600, 0, 80, 0, 0))),
    Case(categorical("odd", (60, 30, 10, 5, 2, 1), (ODD, "", "missing", "b00")),
         ((90, 40, 20, 9, 9, 3),) * 2),
    Case(categorical("one category", (5000, 0, 0)), ((450, 0, 0), (350, 0, 0))),
)  # fmt: skip


def random(rng: np.random.Generator, number: int) -> Iterator[Case]:
    """Yield columns of all sizes, with and without drift, with rare and empty cells."""
    for place in range(number):
        cells = int(rng.integers(3, 14))
        shares = rng.dirichlet(np.full(cells, rng.choice([0.3, 1.0, 10.0])))
        weight = rng.choice([0.0, 0.05, 0.3])
        now = (1 - weight) * shares + weight * rng.dirichlet(np.ones(cells))
        reference = rng.multinomial(int(rng.integers(1000, 50_000)), shares).tolist()
        sizes = rng.integers(50, 3000, 2).tolist()
        make = numeric if place % 3 else categorical
        yield Case(
            make(f"random {place}", reference), tuple(tuple(rng.multinomial(n, now).tolist()) for n in sizes)
        )
