"""What a user asks of `profile`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from modelmonitor.wire.config import Model, Task
from modelmonitor.wire.profile import ColumnType

ROWS_PER_CELL = 20
"""A verdict on drift needs this many rows a cell, of the reference as of live traffic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The roles of columns, by name, and how finely to count."""

    target: str | None = None
    prediction: str | None = None
    scores: Mapping[str, str] = field(default_factory=dict)
    """Column of each class's score; of a single one, without a class: under an empty text."""
    positive_class: str = "1"
    task: Task | None = None
    ids: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    cells: int = 10
    decision_threshold: float = 0.5

    @property
    def score(self) -> str | None:
        """The column of the only score, if it is one."""
        return self.scores.get("")

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Scores at which the evaluator tells precision and recall unless its config says otherwise."""
        return (*Model(task=Task.BINARY).thresholds, self.decision_threshold)

    @property
    def outcomes(self) -> set[str]:
        """Columns that are no features: what was predicted, what came true, ids, what is left out."""
        named = (self.target, self.prediction, *self.scores.values(), *self.ids, *self.excluded)
        return {name for name in named if name}

    @property
    def classified(self) -> tuple[str, ...]:
        """Columns whose values are classes or slices if they are anything."""
        named = (self.target, self.prediction, *self.segments, *self.groups)
        return tuple(dict.fromkeys(name for name in named if name))

    def features(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the features among the columns of a file, in their order."""
        return tuple(name for name in names if name not in self.outcomes)

    def read(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return the columns that must be read at all."""
        left_out = {*self.ids, *self.excluded} - {*self.classified, *self.scores.values()}
        return tuple(name for name in names if name not in left_out)

    def mentioned(self) -> Iterator[tuple[str, str]]:
        """Yield each option that names a column, with the name."""
        for option, name in (("--target", self.target), ("--prediction", self.prediction)):
            if name is not None:
                yield option, name
        for option, names in (
            ("--score", self.scores.values()),
            ("--id", self.ids),
            ("--segment", self.segments),
            ("--group", self.groups),
            ("--exclude", self.excluded),
            ("--type", self.types),
        ):
            yield from ((option, name) for name in names)
