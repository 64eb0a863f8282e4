"""What can be said against a request once the names of the columns are known, before anything is read."""

import difflib
from collections import Counter
from collections.abc import Iterator

from modelmonitor.cli.profiling.request import Request
from modelmonitor.cli.profiling.sources import Source
from modelmonitor.errors import Problem
from modelmonitor.wire.config import Task
from modelmonitor.wire.names import FEATURE_PREDICTION, FEATURE_SCORE
from modelmonitor.wire.profile import ColumnType

MOST_FEATURES = 500
_OWN = ("--target", "--prediction", "--score", "--id", "--exclude")
_NEEDED = ("--target", "--prediction", "--score", "--segment", "--group")


def problems(request: Request, source: Source) -> Iterator[Problem]:
    """Yield what is wrong with the columns, and with the options that name them."""
    yield from _header(source.names)
    yield from _named(request, source.names)
    yield from _contradictions(request)
    features = request.features(source.names)
    if len(features) > MOST_FEATURES:
        remedy = "leave out those that need no watching with --exclude"
        yield Problem("features", f"at most {MOST_FEATURES}", str(len(features)), remedy)
    for option, name in request.mentioned():
        if name in source.unusable and option in _NEEDED:
            yield Problem(f"column {name}", f"what {option} can be", source.unusable[name])


def _header(names: tuple[str, ...]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield Problem("header", "names that differ", f"{name!r} {times} times", "rename all but one")
    for name in {FEATURE_PREDICTION, FEATURE_SCORE} & {*names}:
        yield Problem("header", "names of columns", f"{name!r}, which is ours", "rename it")
    if empty := [str(at) for at, name in enumerate(names, 1) if not name.strip()]:
        remedy = "name it, or write the table without its index"
        yield Problem("header", "a name for every column", f"none for column {', '.join(empty[:5])}", remedy)


def _named(request: Request, names: tuple[str, ...]) -> Iterator[Problem]:
    for option, name in dict.fromkeys(request.mentioned()):
        if name not in names:
            near = difflib.get_close_matches(name, names, 1) or [
                it for it in names if it.strip().lower() == name.strip().lower()
            ]
            shown = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
            remedy = f"did you mean {near[0]!r}?" if near else f"columns are: {shown}"
            yield Problem(option, "a column of the file", repr(name), remedy)


def _contradictions(request: Request) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for option, name in request.mentioned():
        if option in _OWN and taken.setdefault(name, option) != option:
            yield Problem(option, "a column of its own", f"{name!r}, which is {taken[name]} already")
    for name in dict.fromkeys((*request.segments, *request.groups)):
        if taken.get(name, "--exclude") != "--exclude":
            got = f"{name!r}, which is {taken[name]}"
            yield Problem("--segment, --group", "what comes with a request", got)
    for name, kind in request.types.items():
        if name in request.scores.values() and kind is ColumnType.CATEGORICAL:
            yield Problem("--type", "numeric for a score", f"{name}=categorical")
    yield from _scores(request)


def _scores(request: Request) -> Iterator[Problem]:
    columns = ", ".join(request.scores.values())
    if len(request.scores) > 1 and request.task not in (None, Task.MULTICLASS):
        yield Problem("--score", f"one column for {request.task}", columns)
    elif request.scores and request.task is Task.REGRESSION:
        yield Problem("--score", f"none for {request.task}", columns, "give predicted values as --prediction")
    elif request.scores and request.task is Task.RANKING:
        yield Problem("--score", f"none for {request.task}", columns, "leave it out")
