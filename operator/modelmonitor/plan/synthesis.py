"""Series that a user's own query counts: names and labels that its selectors match, made from its text."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import promql_parser
from promql_parser import MatchOp

from modelmonitor.plan import promql
from modelmonitor.plan.query import PLACEHOLDER

COUNTERS = ("rate", "increase")
SUMS = ("sum_over_time",)
_KEEPING_ONE_VALUE = ("sum", "avg", "min", "max")
_USUAL = ("", "example", "200", "ok", "1", "other")
"""Values of labels that a query says little of; empty means: without the label."""


class NotSynthesised(ValueError):
    """Says why no series can be made for a query from its text."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A plain selector, and the function over its range.

    Attributes
    ----------
    function
        Empty for a selector of the present value.
    """

    function: str
    metric: str
    matchers: tuple[Any, ...]

    def matches(self, series: "Series") -> bool:
        """Tell whether the selector selects a series."""
        return series.metric == self.metric and all(
            _satisfies(matcher, series.labels.get(matcher.name, "")) for matcher in self.matchers
        )


@dataclass(frozen=True, slots=True)
class Series:
    """The identity of a series."""

    metric: str
    labels: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return promql.selector(self.metric, self.labels)


def counted(query: str) -> Selection:
    """Read a query that counts events in its simplest form: a sum of one function over one selector.

    Raises
    ------
    NotSynthesised
        If it is of another form.
    """
    call = _unwrapped(promql.parse(PLACEHOLDER.sub("1h", query)), ("sum",))
    if not isinstance(call, promql_parser.Call) or call.func.name not in (*COUNTERS, *SUMS):
        raise NotSynthesised(f"no sum of {', '.join((*COUNTERS, *SUMS))} over one selector: {query}")
    ranged = call.args[0]
    if not isinstance(ranged, promql_parser.MatrixSelector):
        raise NotSynthesised(f"no plain selector inside {call.func.name}: {query}")
    return _selection(call.func.name, ranged.vector_selector)


def measured(query: str) -> Selection:
    """Read a measurement in its simplest form: a selector, perhaps aggregated from a single series."""
    inside = _unwrapped(promql.parse(query), _KEEPING_ONE_VALUE)
    if not isinstance(inside, promql_parser.VectorSelector):
        raise NotSynthesised(f"more than a selector inside {' or '.join(_KEEPING_ONE_VALUE)}: {query}")
    return _selection("", inside)


def series(*selected_by: Selection, avoiding: Selection | None = None, keeping: Iterable[str] = ()) -> Series:
    """Make a series that all selections select and one does not.

    Parameters
    ----------
    keeping
        Labels that the query groups by: they get a value.

    Raises
    ------
    NotSynthesised
        If there is none, or it takes more than guessing the values of labels.
    """
    made = _series(selected_by, tuple(keeping), {})
    if avoiding is None or not avoiding.matches(made):
        return made
    for matcher in avoiding.matchers:
        for value in _values(_on(matcher.name, (*selected_by, avoiding))):
            if not _satisfies(matcher, value) and all(
                _satisfies(own, value) for own in _on(matcher.name, selected_by)
            ):
                return _series(selected_by, tuple(keeping), {matcher.name: value})
    raise NotSynthesised(f"every series of {made} that the one query counts, the other one counts too")


def _series(selected_by: Sequence[Selection], keeping: Sequence[str], fixed: Mapping[str, str]) -> Series:
    labels = dict.fromkeys(keeping, "example")
    for name in dict.fromkeys(matcher.name for one in selected_by for matcher in one.matchers):
        matchers = list(_on(name, selected_by))
        fitting = (value for value in _values(matchers) if all(_satisfies(it, value) for it in matchers))
        value = next((value for value in fitting if value or name not in keeping), None)
        if value is None:
            raise NotSynthesised(f"no value of the label {name} was found that fits {matchers}")
        labels[name] = value
    labels |= fixed
    return Series(selected_by[0].metric, {name: value for name, value in labels.items() if value})


def _unwrapped(tree: Any, aggregations: tuple[str, ...]) -> Any:
    while isinstance(tree, promql_parser.ParenExpr | promql_parser.AggregateExpr):
        if isinstance(tree, promql_parser.AggregateExpr) and str(tree.op) not in aggregations:
            return tree
        tree = tree.expr
    return tree


def _selection(function: str, selector: Any) -> Selection:
    if selector.offset or selector.at or selector.matchers.or_matchers or not selector.name:
        raise NotSynthesised(f"a metric's name, matchers and nothing more were expected: {selector}")
    return Selection(function, selector.name, tuple(selector.matchers.matchers))


def _on(label: str, selections: Iterable[Selection]) -> Iterator[Any]:
    return (matcher for one in selections for matcher in one.matchers if matcher.name == label)


def _values(matchers: Iterable[Any]) -> list[str]:
    """Guess values of a label from its matchers: those that are written there first."""
    guesses = []
    for matcher in matchers:
        if matcher.op in (MatchOp.Equal, MatchOp.NotEqual):
            guesses.append(matcher.value)
        else:
            guesses += [_example(pattern) for pattern in re.split(r"[|]", matcher.value.strip("()^$"))]
    return [*guesses, *_USUAL]


def _example(pattern: str) -> str:
    """Guess a text that a pattern matches: right for what people write, and checked by who asks."""
    text = re.sub(r"\((?:\?:)?([^()|]*)[^()]*\)[?*+]?", r"\1", pattern)
    text = re.sub(r"\[\^?\\?([^\]])[^\]]*\](?:[*+?]|\{\d+\})?", r"\1", text)
    text = re.sub(r"\\d[*+]?", "0", text)
    text = re.sub(r"\\w[*+]?", "a", text)
    text = re.sub(r"(?<!\\)[.][*+]?", "0", text)
    return re.sub(r"[\\*+?^$]", "", text)


def _satisfies(matcher: Any, value: str) -> bool:
    if matcher.op in (MatchOp.Equal, MatchOp.NotEqual):
        return bool((value == matcher.value) == (matcher.op == MatchOp.Equal))
    try:
        return bool((re.fullmatch(matcher.value, value) is not None) == (matcher.op == MatchOp.Re))
    except re.error:
        raise NotSynthesised(f"a regular expression of another kind: {matcher.value}") from None
