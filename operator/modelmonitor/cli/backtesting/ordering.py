"""Which rules recorded predictions can answer, and in which order: a record before what reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import promql_parser

from modelmonitor.api.duration import Duration
from modelmonitor.plan import promql
from modelmonitor.plan.rules import Alert, Group, Recording, Rule
from modelmonitor.wire.families import FAMILIES, Family

DEFAULT_INTERVAL = Duration.parse("1m")
"""Of groups that leave it to Prometheus."""
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
class Skipped:
    """A rule that cannot be answered, and why."""

    step: Step
    reason: str


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
        self._reasons: dict[int, str] = {}
        """Why a rule is left out, or an empty text."""
        self._ordered: list[Step] = []
        self._underway: set[int] = set()

    def sorted(self) -> Order:
        for number in range(len(self._steps)):
            self._visit(number)
        skipped = [Skipped(step, why) for at, step in enumerate(self._steps) if (why := self._reasons[at])]
        return Order(tuple(self._ordered), tuple(skipped))

    def _visit(self, number: int) -> str:
        """Put a rule behind what it reads; return why that cannot be, or an empty text."""
        if number in self._underway:
            return "it reads its own record"
        if number not in self._reasons:
            self._underway.add(number)
            self._reasons[number] = next(filter(None, self._obstacles(self._steps[number].rule.expr)), "")
            self._underway.discard(number)
            if not self._reasons[number]:
                self._ordered.append(self._steps[number])
        return self._reasons[number]

    def _obstacles(self, expr: str) -> Iterator[str]:
        for selector, seconds in selectors(promql.parse(expr)):
            name = metric(selector)
            if name in self._known:
                yield self._too_rare(name, seconds)
            elif name in self._absent:
                yield f"{name}: {self._absent[name]}"
            else:
                yield self._record(name, selector)

    def _too_rare(self, name: str, seconds: float | None) -> str:
        needed = self._material.step.milliseconds / 1000 * _FEWEST_SAMPLES
        if seconds is None or seconds >= needed:
            return ""
        return (
            f"{name}: a window of {seconds:g} s holds fewer than two scrapes, one every {self._material.step}"
        )

    def _record(self, name: str, selector: Any) -> str:
        """Visit the rules that record what a selector reads: one of them must be answered."""
        makers = [at for at, step in enumerate(self._steps) if _makes(step.rule, name, selector)]
        reasons = [self._visit(at) for at in makers]
        if reasons and not all(reasons):
            return ""
        return (
            reasons[0] if reasons else f"{name or 'a selector without a name'}: not in recorded predictions"
        )


def selectors(part: Any, seconds: float | None = None) -> Iterator[tuple[Any, float | None]]:
    """Yield each selector of an expression, and the length of the range that it is read over, if it is."""
    if isinstance(part, promql_parser.VectorSelector):
        yield part, seconds
    if isinstance(part, promql_parser.MatrixSelector):
        yield part.vector_selector, part.range.total_seconds()
    if isinstance(part, promql_parser.Call):
        for argument in part.args:
            yield from selectors(argument)
    for name in ("expr", "lhs", "rhs", "param"):
        child = getattr(part, name, None)
        if child is not None:
            yield from selectors(child)


def metric(selector: Any) -> str:
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


def alerts(steps: Sequence[Step]) -> list[Step]:
    """Return the alerts among rules."""
    return [step for step in steps if isinstance(step.rule, Alert)]
