"""From what was captured, as evaluators write it, to the table that a reference is made of, and its columns.

Names of what is no feature begin with @, which no feature's name may.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from modelmonitor.cli.initialising import table
from modelmonitor.cli.profiling.profiling import Profiled
from modelmonitor.cli.profiling.request import Request as Roles
from modelmonitor.stats.categories import text_of
from modelmonitor.wire.config import EvaluatorConfig, Task
from modelmonitor.wire.scheme import CLASSIFICATIONS

PREDICTION, SCORE, TRUTH = "@predicted", "@scored", "@true"
COVERED = 0.8
"""Of fewer, labels say more of how fast they are than of the model: no quality is taken from them."""
LEAST_LABELLED = 200
_NO_FEATURE = "@"
_FEW = 2
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """Rows in a file, as evaluators write them, and what came true of them.

    Attributes
    ----------
    classes
        In the order of score vectors.
    truths
        By prediction id, as sent.
    until
        When reading ended, by the clock of the evaluators.
    unasked
        Columns that come with requests, but are no input of the model.
    """

    file: Path
    config: EvaluatorConfig
    classes: Sequence[str] = ()
    truths: Mapping[str, object] = field(default_factory=dict)
    until: float = 0.0
    unasked: Sequence[str] = ()

    def rows(self) -> Iterator[Row]:
        """Yield each row by the names of its columns; several scores of a row are a column each."""
        with self.file.open("rb") as lines:
            for line in lines:
                yield from self._rows(json.loads(line))

    def _rows(self, line: Row) -> Iterator[Row]:
        columns: dict[str, Sequence[Any]] = dict(line["features"])
        if self.config.model.task is not Task.RANKING and "predictions" in line:
            columns[PREDICTION] = line["predictions"]
        if self.config.model.task is Task.BINARY and "scores" in line:
            columns[SCORE] = line["scores"]
        elif "scores" in line:
            vectors = [it or [None] * len(self.classes) for it in line["scores"]]
            columns |= dict(zip(map(_scored, self.classes), zip(*vectors, strict=True), strict=True))
        columns[TRUTH] = [self._truth(it, line["time"]) for it in line.get("ids", [None] * line["count"])]
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))

    def _truth(self, id_: str | None, time: float) -> object:
        """Return what came true of a row; where silence means something, only once it is old enough."""
        labels = self.config.labels
        if id_ is None:
            return None
        if labels.implicit is None:
            return self.truths.get(id_)
        matured = time + labels.maturity_seconds <= self.until
        return self.truths.get(id_, labels.implicit) if matured else None


@dataclass(slots=True)
class _Seen:
    """What the columns hold, by and large."""

    names: dict[str, None] = field(default_factory=dict)
    outcomes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Up to a few different values of what is no feature."""
    labelled: int = 0
    rows: int = 0

    def add(self, row: Row) -> None:
        self.rows += 1
        self.names |= dict.fromkeys(row)
        self.labelled += row[TRUTH] is not None
        for name, value in row.items():
            if name.startswith(_NO_FEATURE) and len(self.outcomes[name]) < _FEW and value is not None:
                self.outcomes[name].add(text_of(value) or "")


def learnt(captured: Captured, what: str) -> tuple[Profiled, list[str]]:
    """Profile what was captured; also return what is left out, and why.

    Parameters
    ----------
    what
        What it is, for messages.

    Raises
    ------
    click.ClickException
        With every reason why it cannot be a reference.
    """
    seen = _Seen()
    for row in captured.rows():
        seen.add(row)
    known = [name for name in seen.names if name != TRUTH]
    if all(name.startswith(_NO_FEATURE) for name in known):
        raise click.ClickException(
            f"{what}: expected features with names, got none; name them in spec.capture.columns.names, "
            "or those of requests that are sent to us with --feature"
        )
    notes: list[str] = []
    roles = _roles(captured, seen, notes)
    path = captured.file.with_suffix(".table")
    with path.open("w") as rows:
        for row in captured.rows():
            whole = {name: row.get(name) for name in [*known, TRUTH]}
            rows.write(f"{json.dumps(whole)}\n")
    return table.learnt(str(path), roles, what), notes


def _roles(captured: Captured, seen: _Seen, notes: list[str]) -> Roles:
    """Tell the columns of predictions, scores and truths from features; note what cannot be taken."""
    model = captured.config.model
    scores = {"": SCORE} if SCORE in seen.names else {}
    scores |= {name: _scored(name) for name in captured.classes if _scored(name) in seen.names}
    left_out: list[str] = []
    if any(len(seen.outcomes[name]) < _FEW for name in scores.values()):
        notes.append("scores are left out: expected scores that differ, got one that is always the same")
        left_out += scores.values()
        scores = {}
    if why := _unusable(seen, PREDICTION, model.task):
        notes.append(f"predictions are left out: {why}")
        left_out.append(PREDICTION)
    if why := _unlabelled(captured, seen) or _unusable(seen, TRUTH, model.task):
        notes.append(f"no baseline of quality: {why}")
        left_out.append(TRUTH)
    left_out += [name for name in captured.unasked if name in seen.names]
    return Roles(
        target=None if TRUTH in left_out else TRUTH,
        prediction=PREDICTION if PREDICTION in seen.names and PREDICTION not in left_out else None,
        scores=scores,
        positive_class=model.positive_class,
        decision_threshold=model.decision_threshold,
        task=model.task,
        segments=model.segments,
        groups=model.protected_attributes,
        excluded=tuple(name for name in left_out if name in seen.names),
    )


def _unusable(seen: _Seen, name: str, task: Task) -> str:
    """Say why an outcome tells nothing, if it does not."""
    values = seen.outcomes[name]
    if name not in seen.names or task not in CLASSIFICATIONS or len(values) >= _FEW:
        return ""
    found = f"only {min(values)!r}" if values else "none"
    return f"expected more than one class, got {found}; learn for longer"


def _unlabelled(captured: Captured, seen: _Seen) -> str:
    """Say why labels are too few to tell quality by, if they are."""
    if captured.config.model.task is Task.RANKING:
        return "it is not told of rankings"
    if captured.config.labels.implicit is not None:
        needed, matures = (
            LEAST_LABELLED,
            f"{captured.config.labels.maturity_seconds:g} s old (labels.maturity)",
        )
        remedy = f"predictions count once they are {matures}: learn for longer, or from a table"
    else:
        needed = max(LEAST_LABELLED, int(COVERED * seen.rows))
        remedy = "those that come fast would decide; send labels meanwhile, or learn from a table"
    if seen.labelled >= needed:
        return ""
    return f"expected the truth of at least {needed:,} rows, got that of {seen.labelled:,}; {remedy}"


def _scored(name: str) -> str:
    return f"{SCORE}:{name}"
