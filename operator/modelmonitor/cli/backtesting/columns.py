"""From cells of a table to the rows that an evaluator counts."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modelmonitor.cli.backtesting.request import Roles
from modelmonitor.cli.profiling.cells import Cells, DecodedCells, number
from modelmonitor.cli.profiling.sources import Chunk
from modelmonitor.errors import Problem
from modelmonitor.evaluator.rows import Rows, Values
from modelmonitor.evaluator.texts import class_text
from modelmonitor.wire.config import Task
from modelmonitor.wire.profile import ColumnType
from modelmonitor.wire.scheme import CLASSIFICATIONS, Scheme

_SHOWN = 10
_EMPTY = "always missing"


@dataclass(frozen=True)
class Columns:
    """The columns that a model's scheme and its user name."""

    scheme: Scheme
    roles: Roles

    @property
    def features(self) -> Mapping[str, ColumnType]:
        """What is counted as inputs: the features of the reference, and what rows are told apart by."""
        slices = (*self.scheme.segments, *self.scheme.groups)
        extra = {one.column: ColumnType.CATEGORICAL for one in slices}
        return {**extra, **{column.name: column.type for column in self.scheme.columns}}

    @property
    def read(self) -> tuple[str, ...]:
        """The columns that must be read, without the time and the target."""
        roles = self.roles
        named = (roles.id, roles.prediction, *roles.scores.values(), *self.features)
        return tuple(dict.fromkeys(name for name in named if name))

    def problems(self, names: tuple[str, ...], unusable: Mapping[str, str]) -> Iterator[Problem]:
        """Yield what is wrong with the columns of a file, and with the options that name them."""
        known = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        for option, name in self.roles.named():
            if name not in names:
                near = difflib.get_close_matches(name, names, 1)
                remedy = f"did you mean {near[0]!r}?" if near else f"columns are: {known}"
                yield Problem(option, "a column of the file", repr(name), remedy)
        missing = [repr(name) for name in self.features if name not in names]
        if missing:
            got = ", ".join(missing[:_SHOWN]) + (", …" if len(missing) > _SHOWN else "") + " missing"
            remedy = f"columns are: {known}; add them, or write the reference without them"
            yield Problem("columns", "every feature of the reference", got, remedy)
        for name in self.features:
            if unusable.get(name, _EMPTY) != _EMPTY:
                yield Problem(f"column {name}", "numbers, texts or truth values", unusable[name])
        for option, name in self.roles.named():
            if option != "--time" and unusable.get(name, _EMPTY) != _EMPTY:
                expected = "lists in JSON with one object a line" if self._ranks else "numbers or texts"
                yield Problem(f"{option} {name}", expected, unusable[name])
        yield from self._outputs()

    @property
    def _ranks(self) -> bool:
        return self.scheme.task is Task.RANKING

    def _outputs(self) -> Iterator[Problem]:
        roles, task = self.roles, self.scheme.task
        if not roles.prediction and not (roles.scores and task in CLASSIFICATIONS):
            expected = "--prediction or --score" if task in CLASSIFICATIONS else "--prediction"
            yield Problem(
                "options", expected, "neither" if task in CLASSIFICATIONS else "none", f"it is {task}"
            )
        if roles.scores and task not in CLASSIFICATIONS:
            yield Problem("--score", f"none for {task}", ", ".join(roles.scores.values()))
        if task is Task.BINARY and len(roles.scores) > 1:
            yield Problem("--score", "one column, of the positive class", ", ".join(roles.scores.values()))
        if task is Task.MULTICLASS and roles.scores and set(roles.scores) != set(self.scheme.classes):
            expected = f"CLASS=COLUMN for each of {', '.join(self.scheme.classes[:_SHOWN])}"
            got = ", ".join(f"{name}={column}" for name, column in roles.scores.items()).lstrip("=")
            yield Problem("--score", expected, got)

    def rows(self, chunk: Chunk) -> Rows:
        """Return the rows of a chunk, without their times."""
        cells, roles = chunk.cells, self.roles
        return Rows(
            count=chunk.rows,
            features={name: _feature(cells[name], kind) for name, kind in self.features.items()},
            predictions=self.outcomes(cells[roles.prediction]) if roles.prediction else None,
            scores=self._scores(cells) if roles.scores else None,
            ids=texts_of(cells[roles.id]).tolist() if roles.id else None,
        )

    def outcomes(self, cells: Cells) -> Values:
        """Return what was predicted or came true: classes as texts, numbers, or lists of items."""
        if self._ranks:
            return cells.values if isinstance(cells, DecodedCells) else texts_of(cells)
        if self.scheme.task is Task.REGRESSION:
            return cells.numbers(parse=True).values
        texts = cells.texts()
        return np.array([*map(self._class, texts.names), None], dtype=object)[texts.codes]

    def _class(self, written: str) -> str | None:
        """Return the class that a text of a table means: 1.0 is 1."""
        if written in self.scheme.classes:
            return written
        value = number(written)
        return written if value is None else class_text(value)

    def _scores(self, cells: Mapping[str, Cells]) -> Values:
        if self.scheme.task is Task.BINARY:
            (column,) = self.roles.scores.values()
            return cells[column].numbers(parse=True).values
        ordered = (cells[self.roles.scores[name]] for name in self.scheme.classes)
        return np.column_stack([one.numbers(parse=True).values for one in ordered])


def _feature(cells: Cells, kind: ColumnType) -> Values:
    """Return a column as a request would have it: a text among numbers stays one, and is invalid."""
    if kind is ColumnType.CATEGORICAL:
        return texts_of(cells)
    numbers = cells.numbers(parse=True)
    if not numbers.wrong:
        return numbers.values
    texts = texts_of(cells)
    return np.where(np.isnan(numbers.values), texts, numbers.values.astype(object))


def texts_of(cells: Cells) -> NDArray[np.object_]:
    """Return cells as texts, None where there is none."""
    texts = cells.texts()
    return np.array([*texts.names, None], dtype=object)[texts.codes]
