"""What is asked of each column, as records: one rule for each statistic, whatever the columns.

Two rules of one record and the same labels differ by their columns only, which promtool takes for a mistake.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from modelmonitor.api.drift import DriftOn
from modelmonitor.plan import names, promql
from modelmonitor.plan.drift import budget
from modelmonitor.plan.drift.budget import Asked
from modelmonitor.plan.drift.look import Look, narrowed, one_of
from modelmonitor.plan.rules import Group, Recording
from modelmonitor.stats.drift import Statistic
from modelmonitor.wire import families

_IS_OUTPUT = {DriftOn.PREDICTION: 'feature=~"@.+"', DriftOn.FEATURES: 'feature!~"@.+"'}


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """What is asked of a column."""

    on: DriftOn
    statistic: Statistic
    tolerate: float

    @classmethod
    def of(cls, asked: Asked) -> "Setting":
        """Return what is asked, without of which column."""
        return cls(asked.on, asked.rule.statistic, asked.rule.tolerance)


def groups(look: Look, asked: tuple[Asked, ...]) -> list[Group]:
    """Return the group that records the tolerances of all columns."""
    exprs: dict[tuple[DriftOn, Statistic], list[str]] = {}
    for setting, columns in _settings(asked):
        selected = narrowed(look.scope.counted(families.REFERENCE_COUNT, cell="missing"), *columns)
        expr = f"0 * max by ({names.FEATURE}) ({selected}) + {promql.number(setting.tolerate)}"
        exprs.setdefault((setting.on, setting.statistic), []).append(expr)
    rules = tuple(
        Recording(
            names.DRIFT_TOLERANCE,
            "\nor ".join(each),
            {**look.scope.identity, names.STATISTIC: statistic.value, names.ON: on.value},
        )
        for (on, statistic), each in exprs.items()
    )
    return [Group("drift-tolerances", rules, budget.interval(look.window))]


def _settings(asked: tuple[Asked, ...]) -> Iterator[tuple[Setting, list[str]]]:
    """Yield settings with matchers of their columns, each of which has one cell of this name.

    Blocks come first: what a block says holds for all columns but those that are asked something else.
    """
    blocks = {one.on: Setting.of(one) for one in asked if one.override is None}
    own: dict[Setting, list[str]] = {}
    for one in asked:
        if Setting.of(one) != blocks.get(one.on):
            own.setdefault(Setting.of(one), []).append(one.column.name)
    for on, setting in sorted(blocks.items()):
        others = sorted(name for it, columns in own.items() if it.on is on for name in columns)
        excepted = [one_of(names.FEATURE, others, negated=True)] if others else []
        yield setting, [_IS_OUTPUT[on], *excepted]
    for setting, columns in sorted(own.items()):
        yield setting, [one_of(names.FEATURE, sorted(columns))]
