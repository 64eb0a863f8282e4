"""Which rules recorded predictions can answer, and in which order: a record before what reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import promql_parser

from modelmonitor.api.duration import Duration
from modelmonitor.plan import promql
from modelmonitor.plan.rules import Group, Recording, Rule
from modelmonitor.wire.families import FAMILIES, Family

DEFAULT_INTERVAL = Duration.parse("1m")
"""Of groups that leave it to Prometheus."""
_UNKNOWN = "not among recorded predictions"
_FEWEST_SAMPLES = 2
"""In a range, for anything to be counted over it."""


@dataclass(frozen=True, slots=True)
class Step:
    """A rule and how often it is evaluated."""

    rule: Rule
    group: str
    interval: Duration

    @property
    def name(self) -> str:
        """What it records, or the alert."""
        return self.rule.record if isinstance(self.rule, Recording) else self.rule.alert


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a rule cannot be answered, and the metric that is to blame."""

    reason: str
    metric: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that cannot be answered."""

    step: Step
    obstacle: Obstacle


@dataclass(frozen=True, slots=True)
class Order:
    """Rules in the order of their evaluation, and those that are left out."""

    steps: tuple[Step, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to answer with.

    Attributes
    ----------
    absent
        Families of the evaluator of which the recording says nothing, and why.
    step
        Between two scrapes.
    """

    absent: Mapping[Family, str]
    step: Duration


def order(groups: Sequence[Group], material: Material) -> Order:
    """Put rules in order; leave out those that ask for what there is not, and all that depend on these."""
    return _Sorter(groups, material).sorted()


class _Sorter:
    """Walks from each rule to what it reads, first."""

    def __init__(self, groups: Sequence[Group], material: Material) -> None:
        self._steps = [
            Step(rule, group.name, group.interval or DEFAULT_INTERVAL)
            for group in groups
            for rule in group.rules
        ]
        self._material = material
        self._absent = {name: why for family, why in material.absent.items() for name in _names(family)}
        self._known = {name for family in FAMILIES for name in _names(family)} - self._absent.keys()
        self._obstacles: dict[int, Obstacle | None] = {}
        """Of the rules that were visited."""
        self._ordered: list[Step] = []
        self._underway: set[int] = set()

    def sorted(self) -> Order:
        found = [self._visit(number) for number in range(len(self._steps))]
        skipped = [Skipped(step, it) for step, it in zip(self._steps, found, strict=True) if it]
        return Order(tuple(self._ordered), tuple(skipped))

    def _visit(self, number: int) -> Obstacle | None:
        """Put a rule behind what it reads, or say why that cannot be."""
        if number in self._underway:
            return Obstacle("groups read from each other", self._steps[number].name)
        if number not in self._obstacles:
            self._underway.add(number)
            self._obstacles[number] = self._of(promql.parse(self._steps[number].rule.expr), number)
            self._underway.discard(number)
            if not self._obstacles[number]:
                self._ordered.append(self._steps[number])
        return self._obstacles[number]

    def _of(self, part: Any, number: int) -> Obstacle | None:
        """Find what stands in the way of an expression: of `or` both sides, of `unless` the first one."""
        if isinstance(part, promql_parser.VectorSelector):
            return self._of_selector(part, None, number)
        if isinstance(part, promql_parser.MatrixSelector):
            return self._of_selector(part.vector_selector, part.range.total_seconds(), number)
        found = [self._of(child, number) for child in _children(part)]
        if isinstance(part, promql_parser.BinaryExpr) and str(part.op) in ("or", "unless"):
            return found[0] if str(part.op) == "unless" or all(found) else None
        return next(filter(None, found), None)

    def _of_selector(self, selector: Any, seconds: float | None, number: int) -> Obstacle | None:
        name = _metric(selector)
        if name in self._absent:
            return Obstacle(self._absent[name], name)
        if name not in self._known:
            return self._of_record(number, name, selector)
        step = self._material.step
        if seconds is None or seconds * 1000 >= step.milliseconds * _FEWEST_SAMPLES:
            return None
        return Obstacle(f"a window of {seconds:g} s is too short for a scrape every {step}", name)

    def _of_record(self, number: int, name: str, selector: Any) -> Obstacle | None:
        """Visit the rules that record what a selector reads: one of them must be answered.

        A group is evaluated in order: of its own group, a rule reads what stands before it.
        """
        makers = [at for at, step in enumerate(self._steps) if _makes(step.rule, name, selector)]
        group = self._steps[number].group
        found = [self._visit(at) for at in makers if at < number or self._steps[at].group != group]
        if found:
            return found[0] if all(found) else None
        return Obstacle("it reads what it has recorded before" if makers else _UNKNOWN, name or "any metric")


def _children(part: Any) -> Iterator[Any]:
    """Yield the expressions directly inside one, of an operator both sides in order."""
    if isinstance(part, promql_parser.Call):
        yield from part.args
    for name in ("lhs", "rhs", "expr", "param"):
        child = getattr(part, name, None)
        if child is not None:
            yield child


def _metric(selector: Any) -> str:
    """Return the name that a selector asks for, or an empty text."""
    named = (it.value for it in selector.matchers.matchers if it.name == "__name__" and _is_equal(it))
    return selector.name or next(named, "")


def _makes(rule: Rule, name: str, selector: Any) -> bool:
    if not isinstance(rule, Recording) or rule.record != name:
        return False
    return all(
        _agrees(matcher, rule.labels[matcher.name])
        for matcher in selector.matchers.matchers
        if matcher.name in rule.labels
    )


def _agrees(matcher: Any, value: str) -> bool:
    """Tell whether a static label is what a matcher asks for."""
    kind = str(matcher.op).rpartition(".")[2]
    if kind in ("Equal", "NotEqual"):
        return (matcher.value == value) is (kind == "Equal")
    return True


def _is_equal(matcher: Any) -> bool:
    return str(matcher.op).endswith(".Equal")


def _names(family: Family) -> tuple[str, ...]:
    """Return the names of a family's series."""
    return (family.name, *(f"{family.name}_{part}" for part in ("bucket", "count", "sum")))
