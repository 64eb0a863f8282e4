"""The numbers behind a scrape: arrays that counters add to, and lines that wait for their numbers.

Cells of histograms are kept cumulative, as they are exposed, so that a scrape computes nothing: it writes
each number behind a text that was made at the start. Memory: about 300 bytes a series, most of it text: 7 KiB
for a numeric feature of ten cells (24 series), 8 KiB for a categorical one of ten categories.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelmonitor.series.series import Series, le_texts
from modelmonitor.wire.families import Family, Kind

Numbers = NDArray[Any]
"""Whole numbers where rows are counted, doubles where values are summed, and of gauges."""


@dataclass(slots=True)
class Block:
    """All lines of one family and their numbers."""

    family: Family
    numbers: Numbers
    """Of histograms the cumulative cells; of gauges NaN where nothing is known yet."""
    sums: NDArray[np.float64]
    """Of histograms that have sums."""
    heads: list[str] = field(default_factory=list)
    """Each line up to its number."""
    places: list[int] = field(default_factory=list)
    """Where each line's number is: in `numbers`, and behind them `sums`."""

    def values(self) -> list[float]:
        """Return the number of each line."""
        every: list[float] = self.numbers.ravel().tolist() + self.sums.tolist()
        return [every[place] for place in self.places]

    def lines(self) -> list[str]:
        """Return each line that has a number."""
        texts = map(str, self.values())
        return [head + text for head, text in zip(self.heads, texts, strict=True) if text != "nan"]


class Bank:
    """Counters of one scheme under one version, all born at 0; gauges are absent until they are set."""

    def __init__(self, every: Iterable[Series], common: Mapping[str, str], profile: str) -> None:
        self.blocks: dict[Family, Block] = {}
        for series in every:
            own = {**common, "profile": profile} if series.family.profile else common
            self.blocks[series.family] = _block(series, own)

    def __getitem__(self, family: Family) -> Numbers:
        """Return the numbers of a family, to be changed in place; of histograms the cumulative cells."""
        return self.blocks[family].numbers

    def get(self, family: Family) -> Numbers | None:
        """Return the same, or None where the family is not counted."""
        return self.blocks[family].numbers if family in self.blocks else None

    def __contains__(self, family: Family) -> bool:
        return family in self.blocks

    def sums(self, histogram: Family) -> NDArray[np.float64]:
        """Return the sums of a histogram, to be changed in place."""
        return self.blocks[histogram].sums

    def take(self, old: "Bank") -> None:
        """Move here what another bank has counted in the same series; of gauges the larger one stays.

        They are 0 there afterwards, gauges absent, so that both can be exposed as one.
        """
        for family, block in self.blocks.items():
            if family in old.blocks and (old.blocks[family].numbers.any() or old.blocks[family].sums.any()):
                _move(old.blocks[family], block)


def _move(old: Block, new: Block) -> None:
    known = dict(zip(old.heads, old.places, strict=True))
    for head, target in zip(new.heads, new.places, strict=True):
        if head in known:
            _move_number(old, known[head], new, target)


def _move_number(old: Block, source: int, new: Block, target: int) -> None:
    numbers, others = new.numbers.reshape(-1), old.numbers.reshape(-1)
    if target >= numbers.size:
        source, target = source - others.size, target - numbers.size
        numbers, others = new.sums, old.sums
    if new.family.kind is Kind.GAUGE:
        numbers[target] = np.fmax(numbers[target], others[source])
        others[source] = math.nan
    else:
        numbers[target] += others[source]
        others[source] = 0


def _block(series: Series, common: Mapping[str, str]) -> Block:
    if series.family.kind is Kind.HISTOGRAM:
        return _histogram(series, common)
    whole = series.family.kind is Kind.COUNTER and not series.family.name.endswith("_sum")
    block = Block(series.family, np.zeros(series.shape, np.int64 if whole else np.float64), np.zeros(0))
    if series.family.kind is Kind.GAUGE:
        block.numbers[:] = np.reshape(series.constant or math.nan, (-1,))
    for labels in series.labels():
        block.heads.append(f"{_named(series.family.name, {**common, **labels})} ")
    block.places = list(range(block.numbers.size))
    return block


def _histogram(series: Series, common: Mapping[str, str]) -> Block:
    cells = np.zeros(series.shape, np.int64)
    block = Block(series.family, cells, np.zeros(series.sets if series.summed else 0))
    name, cell = series.family.name, 0
    for number, own in enumerate(series.labels()):
        labels = {**common, **own}
        upper = le_texts(series.edges_of(number))
        block.heads += [f"{_named(f'{name}_bucket', {**labels, 'le': text})} " for text in upper]
        block.places += range(cell, cell + len(upper))
        cell += len(upper)
        if series.summed:
            block.heads += [f"{_named(f'{name}_{suffix}', labels)} " for suffix in ("count", "sum")]
            block.places += (cell - 1, cells.size + number)
    return block


def _named(name: str, labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
