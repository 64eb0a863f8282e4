"""The first reading: what each column holds, in bounded memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from modelmonitor.cli.profiling.cells import Cells, Codes, Floats, Texts, number
from modelmonitor.cli.profiling.quantiles import Sketch
from modelmonitor.cli.profiling.request import Request
from modelmonitor.cli.profiling.sources import Chunk
from modelmonitor.stats.categories import text_of
from modelmonitor.wire.profile import ColumnType

_MOST_TEXTS, _MOST_CHARACTERS = 50_000, 4_000_000


@dataclass(slots=True)
class Tally:
    """Rows of each text: exact while there are few; then texts are exact or too rare to matter.

    Once memory is full, the least frequent half goes, and all lose what the most frequent of those had
    (Misra and Gries): a text of more than a 25,000th of all rows is never lost.
    """

    rows: dict[str, int] = field(default_factory=dict)
    lost: bool = False
    _characters: int = 0

    def add(self, texts: Texts) -> None:
        """Count texts."""
        for name, count in texts.counts().items():
            before = self.rows.get(name, 0)
            self.rows[name] = before + count
            self._characters += 0 if before else len(name)
        if len(self.rows) > _MOST_TEXTS or self._characters > _MOST_CHARACTERS:
            self._forget()

    def most_frequent(self, number: int) -> tuple[str, ...]:
        """Return the most frequent texts; of equally frequent ones, the first of the alphabet."""
        return tuple(sorted(self.rows, key=lambda name: (-self.rows[name], name))[:number])

    def _forget(self) -> None:
        self.lost = True
        half = len(self.rows) // 2
        kept = self.most_frequent(half + 1)
        least = self.rows[kept[half]]
        self.rows = {name: self.rows[name] - least for name in kept[:half] if self.rows[name] > least}
        self._characters = sum(map(len, self.rows))


@dataclass(slots=True)
class ColumnSurvey:
    """What a column holds: numbers, texts, or both."""

    type: ColumnType | None = None
    """What the user says that it is."""
    numbers: Sketch = field(default_factory=Sketch)
    texts: Tally = field(default_factory=Tally)
    missing: int = 0
    infinite: int = 0
    wrong: int = 0
    """Cells that are no numbers."""
    example: tuple[int, str] | None = None
    """The first of those: the row, from 0, and its text."""
    rows: int = 0

    def add(self, cells: Cells) -> Floats:
        """Take a chunk's cells; return them as numbers, NaN where they are none."""
        if self.type is ColumnType.CATEGORICAL:
            texts = cells.texts()
            self.texts.add(texts)
            self._missing(texts)
            return np.full(len(texts.codes), np.nan)
        numbers = cells.numbers(parse=self.type is ColumnType.NUMERIC)
        self.numbers.add(numbers.values[np.isfinite(numbers.values)])
        if numbers.wrong and self.type is None:
            self.texts.add(cells.texts())
        if numbers.example and not self.example:
            self.example = (self.rows + numbers.example[0], numbers.example[1])
        self.wrong += numbers.wrong
        self.infinite += int(np.isinf(numbers.values).sum())
        self.missing += int(np.isnan(numbers.values).sum()) - numbers.wrong
        self.rows += numbers.values.size
        return numbers.values

    def _missing(self, texts: Texts) -> None:
        self.missing += int((texts.codes < 0).sum())
        self.rows += len(texts.codes)

    def values(self) -> tuple[str, ...] | None:
        """Return its values as classes, numbers in their order before texts in theirs; None if too many."""
        numbers = self.numbers.distinct()
        if numbers is None or self.texts.lost:
            return None
        of_numbers = [text_of(float(it)) or "" for it in numbers]
        return tuple(dict.fromkeys([*of_numbers, *_sorted({self.as_class(it) for it in self.texts.rows})]))

    def as_class(self, text: str) -> str:
        """Return the class that a text means: of a number, as the evaluator writes it."""
        value = number(text) if self.numbers.count else None
        return text if value is None else text_of(value) or text


def _sorted(texts: set[str]) -> list[str]:
    """Sort texts; those that are all numbers, by size."""
    try:
        return sorted(texts, key=lambda text: (float(text), text))
    except ValueError:
        return sorted(texts)


@dataclass(slots=True)
class Moments:
    """Mean and spread of numbers, without loss of digits (Chan, Golub and LeVeque)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, values: Floats) -> None:
        """Take numbers, none of them NaN."""
        if not values.size:
            return
        total, mean = self.count + values.size, float(values.mean())
        apart = mean - self.mean
        self.squares += float(((values - mean) ** 2).sum()) + apart**2 * self.count * values.size / total
        self.mean += apart * values.size / total
        self.count = total

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return float(np.sqrt(self.squares / max(self.count, 1)))


class Survey:
    """What a file holds, after its first reading."""

    def __init__(self, request: Request, columns: tuple[str, ...]) -> None:
        self.rows = 0
        self.columns = {name: ColumnSurvey(_declared(request, name)) for name in columns}
        self.confidence = Sketch()
        """The score; of several, each row's largest."""
        self.positive, self.negative = Sketch(), Sketch()
        """Scores of rows that are of their class, and of all others."""
        self.target = Moments()
        self._request = request

    def add(self, chunk: Chunk) -> None:
        """Take a chunk."""
        self.rows += chunk.rows
        numbers = {name: self.columns[name].add(cells) for name, cells in chunk.cells.items()}
        if self._request.scores and all(name in numbers for name in self._request.scores.values()):
            self._add_scores(chunk, numbers)
        if (target := self._request.target) in numbers:
            values = numbers[target]
            self.target.add(values[np.isfinite(values)])

    def classes_of(self, chunk: Chunk, name: str, classes: Sequence[str]) -> Codes:
        """Return the position of each row's class: len(classes) for any other class, -1 for none."""
        return chunk.cells[name].texts().mapped(self.columns[name].as_class).within(classes)

    def _add_scores(self, chunk: Chunk, numbers: dict[str, Floats]) -> None:
        scores = np.column_stack([numbers[name] for name in self._request.scores.values()])
        largest = scores.max(axis=1)
        self.confidence.add(largest[np.isfinite(largest)])
        classes = [name or self._request.positive_class for name in self._request.scores]
        target = self._request.target or ""
        actual = self.classes_of(chunk, target, classes) if target in chunk.cells else None
        for at, column in enumerate(scores.T):
            present = np.isfinite(column)
            positive = present & (actual == at) if actual is not None else np.zeros_like(present)
            self.positive.add(column[positive])
            self.negative.add(column[present & ~positive])


def _declared(request: Request, name: str) -> ColumnType | None:
    return ColumnType.NUMERIC if name in request.scores.values() else request.types.get(name)
