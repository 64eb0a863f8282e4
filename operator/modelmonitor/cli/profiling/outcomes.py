"""What the model does and which classes there are, from the first reading; and what speaks against it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from modelmonitor.cli.profiling.request import Request
from modelmonitor.cli.profiling.survey import Survey
from modelmonitor.errors import Problem
from modelmonitor.wire.config import Task

MOST_VALUES = 20
"""Of a segment or a group."""
_MOST_CLASSES = 100
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """The task, its classes and the values of slices."""

    task: Task | None = None
    classes: tuple[str, ...] = ()
    """Binary: (negative, positive)."""
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def outcomes(request: Request, survey: Survey) -> Outcomes:
    """Decide what is predicted."""
    problems = [*_scores(request, survey), *_slices(request, survey)]
    task = request.task or _task(request, survey)
    classes: tuple[str, ...] = ()
    if isinstance(task, Problem):
        problems.append(task)
        return Outcomes(problems=tuple(problems))
    if task in (Task.BINARY, Task.MULTICLASS):
        classes, found = _classes(request, survey, task)
        problems += found
    elif task is Task.REGRESSION:
        problems += _regression(request, survey)
    slices = {name: survey.columns[name].values() or () for name in (*request.segments, *request.groups)}
    return Outcomes(task=task, classes=classes, slices=slices, problems=tuple(problems))


def _task(request: Request, survey: Survey) -> Task | Problem | None:
    """Infer the task: from scores, else from what is predicted."""
    if len(request.scores) > 1:
        return Task.MULTICLASS
    name = request.target or request.prediction
    if name is None:
        return Task.BINARY if request.scores else None
    column = survey.columns[name]
    values = column.values()
    if values is not None and len(values) <= 2:
        return Task.BINARY
    if column.numbers.count and not column.wrong:
        if values is None or not column.numbers.whole() or len(values) > MOST_VALUES:
            return Task.REGRESSION
        got = f"{len(values)} whole numbers in {name!r}, which may be classes or amounts"
        remedy = "add --task multiclass or --task regression"
        return Problem("--task", "a clear one", got, remedy)
    return Task.MULTICLASS


def _classes(request: Request, survey: Survey, task: Task) -> tuple[tuple[str, ...], list[Problem]]:
    """Return the classes in the order of codes, with what is wrong with them."""
    values = {
        name: survey.columns[name].values()
        for name in dict.fromkeys((request.target, request.prediction))
        if name
    }
    problems = [
        Problem(f"column {name}", "classes", "more than 1,000 different values", "is it --task regression?")
        for name, found in values.items()
        if found is None
    ]
    if problems:
        return (), problems
    target = values.get(request.target or "")
    if target is not None and len(target) < 2:
        got = f"only {target[0]!r}" if target else "no value at all"
        remedy = "take a period in which all classes occur"
        return (), [Problem(f"column {request.target}", "at least two classes", got, remedy)]
    known = tuple(dict.fromkeys(name for found in values.values() for name in found or ()))
    if task is Task.BINARY:
        return _two(request, target or known, known)
    return _many(request, known)


def _two(
    request: Request, actual: tuple[str, ...], known: tuple[str, ...]
) -> tuple[tuple[str, ...], list[Problem]]:
    positive = request.positive_class
    problems = []
    shown = ", ".join(actual[:_SHOWN])
    if len(actual) > 2:
        remedy = "--task multiclass"
        problems.append(
            Problem(f"column {request.target or request.prediction}", "two classes", shown, remedy)
        )
    elif actual and positive not in actual:
        problems.append(
            Problem("--positive-class", f"one of {shown}", repr(positive), f"--positive-class {actual[-1]}?")
        )
    elif others := [name for name in known if name not in actual]:
        remedy = "write classes alike in both columns"
        got = ", ".join(others[:_SHOWN])
        problems.append(
            Problem(f"column {request.prediction}", f"the classes {shown}, as in the target", got, remedy)
        )
    negative = [name for name in actual if name != positive] or ["0" if positive != "0" else "1"]
    return (negative[0], positive), problems


def _many(request: Request, known: tuple[str, ...]) -> tuple[tuple[str, ...], list[Problem]]:
    scored = tuple(name for name in request.scores if name)
    if len(known) > _MOST_CLASSES:
        got = f"{len(known):,}, such as {', '.join(known[:3])}"
        return (), [Problem("classes", f"at most {_MOST_CLASSES}", got, "is it --task regression?")]
    if scored and (without := [name for name in known if name not in scored]):
        remedy = f"columns have {', '.join(known[:_SHOWN])}"
        got = f"none for {', '.join(without[:_SHOWN])}"
        return (), [Problem("--score", "CLASS=COLUMN for every class", got, remedy)]
    return scored or tuple(sorted(known, key=_by_size(known))), []


def _by_size(names: tuple[str, ...]) -> "type[float] | type[str]":
    """Sort numbers by size and all else by the alphabet, as libraries order the columns of scores."""
    try:
        for name in names:
            float(name)
    except ValueError:
        return str
    return float


def _scores(request: Request, survey: Survey) -> Iterator[Problem]:
    if len(request.scores) > 1 and not survey.confidence.count:
        yield Problem("--score", "rows that have a score for every class", "none")
    for name in request.scores.values():
        column = survey.columns[name]
        where = f"column {name}"
        if column.wrong:
            row, text = column.example or (0, "")
            yield Problem(
                where, "scores", f"{column.wrong:,} texts, the first {text[:40]!r} in row {row + 1}"
            )
        if not column.numbers.count:
            yield Problem(where, "scores", "no number at all")
            continue
        low, high = column.numbers.range()
        if low < 0 or high > 1 or column.infinite:
            remedy = "divide percentages by 100; of log-odds x, take 1 / (1 + exp(-x))"
            yield Problem(where, "scores from 0 to 1", f"{low:g} to {high:g}", remedy)
        elif low == high:
            yield Problem(
                where, "scores that differ", f"always {low:g}", "a constant ranks nothing: leave it out"
            )


def _slices(request: Request, survey: Survey) -> Iterator[Problem]:
    for name in dict.fromkeys((*request.segments, *request.groups)):
        column = survey.columns[name]
        values = column.values()
        if values is None or len(values) > MOST_VALUES:
            got = "more than 1,000" if values is None else f"{len(values):,}"
            remedy = "put values into a few bands in a column of their own"
            yield Problem(f"column {name}", f"at most {MOST_VALUES} values, to tell rows apart", got, remedy)


def _regression(request: Request, survey: Survey) -> Iterator[Problem]:
    if request.scores and request.task is None:
        got = f"many different numbers in {request.target or request.prediction!r}"
        yield Problem("--score", "a target of classes", got, "give predicted values as --prediction")
    for name in (request.target, request.prediction):
        column = survey.columns[name] if name else None
        if column is None:
            continue
        if column.texts.rows or column.wrong:
            text = (column.example or (0, next(iter(column.texts.rows), "")))[1]
            yield Problem(f"column {name}", "numbers", f"{column.wrong:,} texts such as {text[:40]!r}")
        elif not column.numbers.count:
            yield Problem(f"column {name}", "numbers", "none at all")
    if request.target and survey.target.count and survey.target.squares == 0:
        yield Problem(f"column {request.target}", "values that differ", f"always {survey.target.mean:g}")
