"""The story that every data set goes through: half a day of a model's life, in seconds.

0     predictions of the first part; an evaluator is replaced in the middle
2000  their labels; where labels are shared, an evaluator is replaced between two waves
12000 predictions of the second part
16000 their labels
42000 the first part has matured; late labels for it
54000 the second part has matured; late labels for it
"""

import contextlib
import functools
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from realdata.streaming.clock import Clock
from realdata.streaming.labelling import Book, Item, Labels, planned
from realdata.streaming.merged import Merged
from realdata.streaming.protocols import Columns, Request
from realdata.streaming.replaying import replaying
from realdata.streaming.replicas import Replicas, Setting

THOROUGH = bool(os.environ.get("MODELMONITOR_THOROUGH"))
NUMBERS = (1, 2, 8) if THOROUGH else (1, 2)
"""Of evaluators."""
MATURITY = 36_000.0
PART = 12_000.0
"""Seconds from the first part to the second."""
LAGS = (2_000.0, 4_000.0)
"""Seconds from the predictions of each part to their labels."""

Predict = Callable[[Replicas, Sequence[Request]], None]


@dataclass(frozen=True)
class Part:
    """Predictions and what is told about them later."""

    requests: Sequence[Request]
    labels: Labels

    @property
    def ids(self) -> list[str]:
        return _ids(self.requests)


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """A model's traffic, with all that belongs to it."""

    name: str
    config: Mapping[str, Any]
    """Of the model and of what comes in; all else is the story's."""
    reference: Mapping[str, Any]
    columns: Columns
    """As they are sent."""
    recorded: Mapping[str, Any]
    """Answers of the model; see `replay_model`."""
    parts: tuple[Part, Part]
    redis: Path | None = None
    """Where labels are shared; None: every evaluator remembers its own predictions."""
    predict: Predict = Replicas.predict

    @property
    def requests(self) -> list[Request]:
        """All of them, in order; those that are repeated twice."""
        return [request for part in self.parts for request in part.requests]

    @property
    def sent(self) -> np.ndarray:
        """Positions of all rows that are sent, in order."""
        return np.concatenate([np.arange(it.start, it.stop) for it in self.requests])

    def of_ids(self) -> dict[str, int]:
        """Return the position of each row that has an id."""
        return {id_: it.start + row for it in self.requests for row, id_ in enumerate(it.ids) if id_}


@dataclass(frozen=True)
class Told:
    """What was counted, and what should have been."""

    merged: Merged
    early: Merged
    """When only the first part had matured."""
    book: Book
    answered: Counter[str]
    """What senders of labels were told, by outcome."""
    joined: tuple[int, int]
    """Labels that found their predictions, of each part."""
    given_up: int
    """Predictions that ended evaluators say they have lost."""
    lost: Sequence[str]
    """Ids of those that waited in a process that was ended."""


def parts(
    requests: Sequence[Request], truth: Sequence[Any], wrong: Sequence[Any], *, retried: int = 0
) -> tuple[Part, Part]:
    """Cut requests in two, plan labels for their rows, and repeat some of the first part in the second."""
    middle = len(requests) // 2
    found = []
    for seed, some in enumerate((requests[:middle], requests[middle:])):
        rows = {id_: it.start + row for it in some for row, id_ in enumerate(it.ids) if id_}
        labels = planned(
            {id_: truth[row] for id_, row in rows.items()},
            {id_: wrong[row] for id_, row in rows.items()},
            seed,
        )
        found.append(Part(some, labels))
    again = [it for it in found[0].requests if it.ids[0]][:retried]
    return found[0], Part([*found[1].requests, *again], found[1].labels)


@contextlib.contextmanager
def playing(case: Case, folder: Path, clock: Clock) -> Iterator[Callable[[int], Told]]:
    """Serve the model; the function that is given lets so many evaluators live through it, once."""
    labels = {"maturitySeconds": MATURITY, "store": "Redis" if case.redis else "Memory"}
    with replaying(folder, case.recorded) as model:

        @functools.cache
        def told(number: int) -> Told:
            own = {"namespace": f"with-{number}", "monitor": case.name, "labels": labels, "maxSeries": 20_000}
            config = {**case.config, **own}
            setting = Setting(config, case.reference, model, clock, case.redis)
            clock.move_to(0.0)
            with Replicas(folder / str(number), setting, number) as replicas:
                return _Day(case, replicas, clock).told()

        yield told


class _Day:
    """One evaluation of the story."""

    def __init__(self, case: Case, replicas: Replicas, clock: Clock) -> None:
        self._case, self._replicas, self._clock = case, replicas, clock
        self._book = Book()
        self._answered: Counter[str] = Counter()

    def told(self) -> Told:
        first, second = self._case.parts
        middle = len(first.requests) // 2
        self._predict(first.requests[:middle])
        lost = self._restart(0)
        self._predict(first.requests[middle:])
        joined = self._label_on_time(first, LAGS[0], restart=self._case.redis is not None)
        self._clock.move_to(PART)
        self._predict(second.requests)
        joined_later = self._label_on_time(second, PART + LAGS[1])
        early = self._mature(first, MATURITY + PART / 2)
        merged = self._mature(second, MATURITY + 1.5 * PART)
        given_up = self._replicas.given_up()
        return Told(merged, early, self._book, self._answered, (joined, joined_later), given_up, lost)

    def _predict(self, requests: Sequence[Request]) -> None:
        self._case.predict(self._replicas, requests)
        self._book.remember(_ids(requests))

    def _restart(self, place: int) -> list[str]:
        lost = self._replicas.restart(place)
        if self._case.redis:
            return []
        self._book.lose(lost)
        return lost

    def _label_on_time(self, part: Part, when: float, *, restart: bool = False) -> int:
        self._clock.move_to(when)
        before = self._book.outcomes["joined"]
        self._label(part.labels.first)
        if restart:
            self._restart(-1)
        self._label(part.labels.again)
        return self._book.outcomes["joined"] - before

    def _mature(self, part: Part, when: float) -> Merged:
        self._clock.move_to(when)
        self._book.mature(part.ids)
        self._replicas.until_matured(len(self._book.counted))
        self._label(part.labels.late)
        return self._replicas.merged()

    def _label(self, items: Sequence[Item]) -> None:
        self._answered += self._replicas.label(items)
        self._book.label(items)


def _ids(requests: Sequence[Request]) -> list[str]:
    return [id_ for request in requests for id_ in request.ids if id_]
