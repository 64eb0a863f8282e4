"""What is asked of each column, as records: one rule for each distinct setting, whatever the columns."""

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

MOST_RULES = 20
"""In a group: rules of a group are evaluated one after the other."""
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
    """Return groups that record the tolerances of all columns."""
    rules = tuple(_recordings(look, asked))
    parts = [rules[start : start + MOST_RULES] for start in range(0, len(rules), MOST_RULES)]
    interval = budget.interval(look.window)
    return [
        Group("drift-tolerances" + (f"-{number}" if number else ""), part, interval)
        for number, part in enumerate(parts)
    ]


def _recordings(look: Look, asked: tuple[Asked, ...]) -> Iterator[Recording]:
    """Yield blocks first: what a block says holds for all columns but those that are asked something else."""
    blocks = {one.on: Setting.of(one) for one in asked if one.override is None}
    own: dict[Setting, list[str]] = {}
    for one in asked:
        if Setting.of(one) != blocks.get(one.on):
            own.setdefault(Setting.of(one), []).append(one.column.name)
    for on, setting in sorted(blocks.items()):
        others = sorted(name for it, columns in own.items() if it.on is on for name in columns)
        excepted = [one_of(names.FEATURE, others, negated=True)] if others else []
        yield _recording(look, setting, _IS_OUTPUT[on], *excepted)
    for setting, columns in sorted(own.items()):
        yield _recording(look, setting, one_of(names.FEATURE, sorted(columns)))


def _recording(look: Look, setting: Setting, *matchers: str) -> Recording:
    """Record a setting for the columns that match; each has one cell of this name."""
    columns = narrowed(look.scope.counted(families.REFERENCE_COUNT, cell="missing"), *matchers)
    return Recording(
        names.DRIFT_TOLERANCE,
        f"0 * max by (feature) ({columns}) + {promql.number(setting.tolerate)}",
        {**look.scope.identity, names.STATISTIC: setting.statistic.value, names.ON: setting.on.value},
    )
