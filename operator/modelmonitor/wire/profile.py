"""The reference profile: what the model saw and did when it was known to be good, as counts only."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from modelmonitor.errors import Problem
from modelmonitor.wire import reading
from modelmonitor.wire.config import Task, digest, repeated
from modelmonitor.wire.names import OTHER

FORMAT = 1
MAX_BYTES = 512 << 10
"""What a profile may weigh, so that it fits a ConfigMap."""


class ColumnType(StrEnum):
    """How a column is counted."""

    NUMERIC = "Numeric"
    CATEGORICAL = "Categorical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """The distribution of one column.

    Numeric: cell i holds values in (edges[i-1], edges[i]]; the first and the last cell are open.
    Categorical: one cell for each category, then one for all others.
    """

    name: str
    """As requests have it."""
    type: ColumnType
    """How values become cells."""
    edges: tuple[float, ...] = ()
    """Numeric: the upper edges of all cells but the last, increasing."""
    categories: tuple[str, ...] = ()
    """Categorical: the values that have a cell of their own."""
    counts: tuple[int, ...]
    """Rows of each cell, one more than edges or categories."""
    missing: int = 0
    """Rows without a value."""
    minimum: float | None = None
    """Lower end of the reference's range."""
    maximum: float | None = None
    """Upper end; values outside are counted as out of range."""

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong beyond types."""
        bounds = self.edges if self.type is ColumnType.NUMERIC else self.categories
        if len(self.counts) != len(bounds) + 1:
            yield Problem("counts", f"{len(bounds) + 1} numbers", str(len(self.counts)))
        if min(self.counts, default=0) < 0 or self.missing < 0:
            yield Problem("counts", "no negative number", str(min(*self.counts, self.missing)))
        if any(low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)):
            yield Problem("edges", "increasing numbers", str(list(self.edges))[:60])
        if OTHER in self.categories:
            yield Problem("categories", f"names other than {OTHER}", OTHER, "it stands for all others")
        yield from repeated("categories", self.categories)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A column by whose values quality or fairness is told apart, with the reference's rows of each."""

    column: str
    """Its name in requests."""
    values: tuple[str, ...]
    """Those that are told apart; all others count together."""
    counts: tuple[int, ...]
    """Rows of each value."""
    positives: tuple[int, ...] = ()
    """Rows of each value whose target is the positive class, where there is one."""

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong beyond types."""
        if len(self.counts) != len(self.values):
            yield Problem("counts", f"{len(self.values)} numbers", str(len(self.counts)))
        yield from repeated("values", self.values)
        if OTHER in self.values:
            yield Problem("values", f"names other than {OTHER}", OTHER, "it stands for all others")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A quality metric of the reference and the rows that it rests on."""

    name: str
    """As in `/v1/stats`: Accuracy, RocAuc, MAE."""
    value: float
    """Of the reference."""
    rows: int
    """That had both a prediction and a target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The reference of a model."""

    format: int = FORMAT
    """Version of this form."""
    rows: int
    """Of the table."""
    task: Task | None = None
    """What the model does; must be the config's."""
    columns: tuple[Column, ...] = ()
    """The features, in the order of the model's input."""
    prediction: Column | None = None
    """The predictions, as the feature `@prediction`."""
    score: Column | None = None
    """The scores of the positive class, or the largest of many, as the feature `@score`."""
    classes: tuple[str, ...] = ()
    """In the order of score vectors."""
    class_counts: tuple[int, ...] = ()
    """Rows of each class of the target, where there is one."""
    score_edges: tuple[float, ...] = ()
    """Quantiles of the scores, inside (0, 1), finer than the cells of drift: for AUC and calibration."""
    error_edges: tuple[float, ...] = ()
    """Regression: upper edges of the absolute error's cells."""
    target_mean: float | None = None
    """Regression: the mean of the target, by which sums are centred."""
    segments: tuple[Slice, ...] = ()
    """Columns that the config may name as segments."""
    groups: tuple[Slice, ...] = ()
    """Columns that the config may name as protected attributes."""
    metrics: tuple[Metric, ...] = ()
    """Quality of the reference, which live quality is compared with."""
    hash: str = field(init=False, default="")
    """Of the whole profile, 10 hexadecimal digits."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", digest(reading.write(self)))

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong beyond types."""
        if self.format != FORMAT:
            yield Problem("format", str(FORMAT), str(self.format), "write the profile anew with this version")
        names = [column.name for column in self.columns]
        if reserved := [name for name in names if name.startswith("@")]:
            yield Problem("columns", "names that do not begin with @", reserved[0], "rename the column")
        if OTHER in self.classes:
            yield Problem("classes", f"names other than {OTHER}", OTHER, "it stands for all others")
        yield from repeated("columns", sorted(names))
        yield from repeated("classes", self.classes)
        yield from repeated("segments", (one.column for one in self.segments))
        yield from repeated("groups", (one.column for one in self.groups))
        yield from repeated("metrics", (metric.name for metric in self.metrics))
        if any(low >= high for low, high in zip(self.score_edges, self.score_edges[1:], strict=False)):
            yield Problem("scoreEdges", "increasing numbers", str(list(self.score_edges))[:60])
        if any(low >= high for low, high in zip(self.error_edges, self.error_edges[1:], strict=False)):
            yield Problem("errorEdges", "increasing numbers", str(list(self.error_edges))[:60])
