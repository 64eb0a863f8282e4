"""What a scrape of counters holds: their series, and the numbers of one moment as a vector."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from modelmonitor.cli.backtesting.remotewrite import Floats, Labels
from modelmonitor.evaluator.counters import Counters
from modelmonitor.evaluator.counters.bank import Block
from modelmonitor.wire import families
from modelmonitor.wire.families import Family

TRAFFIC = frozenset(
    {
        families.REQUESTS,
        families.PASSTHROUGH,
        families.MODEL_UP,
        families.DURATION,
        families.WITHIN,
        families.TIMED,
        families.BATCH_SIZE,
        families.REQUEST_BYTES,
        families.QUEUE_BYTES,
        families.QUEUE_LIMIT,
        families.STORE_ERRORS,
    }
)
"""Families about requests and the evaluator itself, of which recorded predictions say nothing."""
TRUTH = frozenset(
    {
        families.LABELS,
        families.LABEL_LAG,
        families.COHORT,
        families.COHORT_LABELLED,
        families.PENDING,
        families.CONFUSION,
        families.SCORE_BY_ACTUAL,
        families.SCORED,
        families.LOG_LOSS,
        families.SQUARED_ERROR,
        families.ABSOLUTE_ERROR,
        families.ABSOLUTE_ERROR_MAX,
        families.PERCENTAGE_ERROR,
        families.PERCENTAGE_ROWS,
        families.ACTUAL_ABSOLUTE,
        families.ERROR_POSITIVE,
        families.ERROR_NEGATIVE,
        families.TARGET_POSITIVE,
        families.TARGET_NEGATIVE,
        families.TARGET_SQUARED,
        families.RANKING_QUERIES,
        families.RANKING_EMPTY,
        families.RECIPROCAL_RANK,
        families.NDCG,
        families.AVERAGE_PRECISION,
        families.HITS,
        families.PRECISION,
        families.RECALL,
        families.GROUP_CONFUSION,
    }
)
"""Families about the truth, of which predictions without labels say nothing."""
_HEAD = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} ", re.DOTALL)
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:\\.|[^"\\])*)"', re.DOTALL)
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


@dataclass(frozen=True, slots=True)
class Scrape:
    """The series of counters, always in the same order."""

    labels: tuple[Labels, ...]
    _blocks: tuple[Block, ...]
    _places: "np.ndarray[tuple[int], np.dtype[np.intp]]"

    @classmethod
    def of(cls, counters: Counters, target: Labels, *, without: frozenset[Family]) -> "Scrape":
        """Describe counters under the labels that scraping gives to a target."""
        blocks = tuple(block for family, block in counters.bank.blocks.items() if family not in without)
        labels = tuple({**labels_of(head), **target} for block in blocks for head in block.heads)
        starts = np.cumsum([0, *(block.numbers.size + block.sums.size for block in blocks)])
        places = [
            start + place for start, block in zip(starts, blocks, strict=False) for place in block.places
        ]
        return cls(labels, blocks, np.array(places, np.intp))

    def values(self) -> Floats:
        """Return the number of each series now; NaN where there is none."""
        return np.concatenate(list(self._numbers()))[self._places]

    def _numbers(self) -> Iterator[Floats]:
        for block in self._blocks:
            yield block.numbers.ravel().astype(np.float64, copy=False)
            yield block.sums


def labels_of(head: str) -> dict[str, str]:
    r"""Read the name and the labels of a line of the exposition.

    >>> labels_of('up{job="a\\"b"} ')
    {'__name__': 'up', 'job': 'a"b'}
    """
    found = _HEAD.fullmatch(head)
    if found is None:
        raise ValueError(f"series: expected name{{labels}}, got {head!r}")
    pairs = {name: re.sub(r"\\.", _unescaped, value) for name, value in _PAIR.findall(found[2])}
    return {"__name__": found[1], **pairs}


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]
