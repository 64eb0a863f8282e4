"""User queries that count events: what they must look like, and what they say about their labels and unit."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

import promql_parser

from modelmonitor.api.duration import Duration
from modelmonitor.plan import form, names, promql

PLACEHOLDER = re.compile(r"\{\{\s*\.window\s*\}\}")
_PROBE = Duration.parse(
    "7919s"
)  # a prime that nobody writes: ranges of this length came from the placeholder
_LABEL = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")
_COUNTS = {"increase", "count_over_time", "sum_over_time"}
_FORM = (
    "sum(...) or sum by (...) (...) around rate, increase, count_over_time or sum_over_time "
    "over [{{.window}}]"
)


class Unit(Enum):
    """What a query yields over a window."""

    RATE = "events per second"
    INCREASE = "events, extrapolated between scrapes"
    COUNT = "events, counted"


class Unsuitable(ValueError):
    """A query is PromQL but does not count events; says what it should be."""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """A query that counts events over any window.

    Attributes
    ----------
    text
        On one line, with the placeholder.
    grouping
        Labels of its series, sorted; None when they cannot be told from the text.
    """

    text: str
    unit: Unit
    grouping: tuple[str, ...] | None

    def over(self, window: Duration) -> str:
        """Return the query for one window."""
        return self.text.replace("{{.window}}", str(window))

    def scale(self, window: Duration) -> str:
        """Return the factor, as `300 * ` or nothing, that turns the query over a window into events."""
        return f"{promql.seconds(window)} * " if self.unit is Unit.RATE else ""


def syntax(query: str) -> str | None:
    """Say where and why a query with or without the placeholder is not PromQL; None when it is."""
    refusal = promql.refusal(probed(query))
    return str(refusal).replace(str(_PROBE), "{{.window}}") if refusal else None


def probed(query: str) -> str:
    """Ask for one improbable window, with every word where it was."""
    return PLACEHOLDER.sub(lambda found: str(_PROBE).ljust(len(found.group())), query)


@lru_cache(maxsize=256)  # the check reads a query, then the rules do
def read(query: str, *, strict: bool = True) -> EventQuery:
    """Read a query that counts events.

    Parameters
    ----------
    query
        PromQL with `{{.window}}`; its syntax has been checked.
    strict
        False accepts any form; then labels are matched one to one and its values are taken as a rate, unless
        it counts plainly.

    Raises
    ------
    Unsuitable
        If the query has no placeholder, or is of another form and `strict`.
    """
    if not PLACEHOLDER.search(query):
        raise Unsuitable("the range [{{.window}}], so that it can be asked over every window")
    text = promql.one_line(PLACEHOLDER.sub("{{.window}}", query).replace("{{.window}}", f"{_PROBE}"))
    text = text.replace(str(_PROBE), "{{.window}}")
    asked = form.of(probed(query))
    try:
        return EventQuery(text, *_counted(asked))
    except Unsuitable:
        if strict:
            raise
        tree = promql.parse(asked)
        closed = isinstance(tree, promql_parser.AggregateExpr | promql_parser.Call | promql_parser.ParenExpr)
        return EventQuery(text if closed else f"({text})", Unit.RATE, None)


@lru_cache(maxsize=256)
def _counted(asked: str) -> tuple[Unit, tuple[str, ...]]:
    """Tell what a query of this form counts, and by which labels."""
    tree = promql.parse(asked)
    return _unit(tree), _grouping(tree)


def longest_range(query: str) -> Duration:
    """Return the longest range that a query looks back over; 0s when it looks at the present only."""
    ranges = (part.range for part in _parts(promql.parse(query)) if hasattr(part, "range"))
    return max((Duration.of(length.total_seconds()) for length in ranges), default=Duration(0))


def clashes(grouping: Iterable[str]) -> list[str]:
    """Return the labels of a grouping that rules need for themselves."""
    return sorted(names.RESERVED.intersection(grouping))


def result_labels(query: str) -> tuple[str, ...]:
    """Return the labels that a query's outermost aggregation keeps; empty when it cannot be told."""
    tree = promql.parse(query)
    while isinstance(tree, promql_parser.ParenExpr):
        tree = tree.expr
    return _by(tree) or () if isinstance(tree, promql_parser.AggregateExpr) else ()


def _grouping(tree: Any) -> tuple[str, ...]:
    while isinstance(tree, promql_parser.ParenExpr):
        tree = tree.expr
    if not isinstance(tree, promql_parser.AggregateExpr) or str(tree.op) != "sum":
        raise Unsuitable(_FORM)
    labels = _by(tree)
    if labels is None:
        raise Unsuitable(
            "sum by (...): the labels that sum without (...) leaves cannot be told from the query"
        )
    if any(not _LABEL.fullmatch(label) for label in labels):
        raise Unsuitable("labels of letters, digits and _ to group by")
    return labels


def _by(tree: Any) -> tuple[str, ...] | None:
    if tree.modifier is None:
        return ()
    if tree.modifier.type != promql_parser.AggModifierType.By:
        return None
    return tuple(sorted(set(tree.modifier.labels)))


def _unit(tree: Any) -> Unit:
    """Tell the unit from the one function under which every range of the window sits."""
    if any(isinstance(part, promql_parser.SubqueryExpr) for part in _parts(tree)):
        raise Unsuitable("no subquery: rules could not tell how many events it counts")
    if any(_is_ratio(part) for part in _parts(tree)):
        raise Unsuitable("a number of events: a ratio of two rates is none")
    functions = set(_window_functions(tree, None))
    if len(functions) != 1 or not functions <= {"rate", *_COUNTS}:
        shown = " and ".join(sorted(functions)) or "none"
        raise Unsuitable(f"{_FORM}, one function throughout (found {shown})")
    function = functions.pop()
    return {"rate": Unit.RATE, "increase": Unit.INCREASE}.get(function, Unit.COUNT)


def _is_ratio(part: Any) -> bool:
    """Tell whether one number of events is divided by another one."""
    if not isinstance(part, promql_parser.BinaryExpr) or str(part.op) != "/":
        return False
    return all(any(_window_functions(side, None)) for side in (part.lhs, part.rhs))


def _window_functions(part: Any, function: str | None) -> Iterator[str]:
    """Yield the function around each range of the window's length."""
    if isinstance(part, promql_parser.MatrixSelector) and part.range.total_seconds() == _PROBE.seconds:
        yield function or "no function"
    inside = part.func.name if isinstance(part, promql_parser.Call) else function
    for child in _children(part):
        yield from _window_functions(child, inside)


def _parts(part: Any) -> Iterator[Any]:
    yield part
    for child in _children(part):
        yield from _parts(child)


def _children(part: Any) -> Iterator[Any]:
    """Yield the expressions directly inside one."""
    if isinstance(part, promql_parser.Call):
        yield from part.args
    for name in ("expr", "lhs", "rhs", "param"):
        child = getattr(part, name, None)
        if child is not None:
            yield child
