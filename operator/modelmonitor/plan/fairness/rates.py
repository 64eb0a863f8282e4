"""How many rows of each group are predicted positive: of all, of the actually positive, of the others."""

from collections.abc import Callable, Iterator

from modelmonitor.plan import increments, names, promql
from modelmonitor.plan.drift.look import narrowed, one_of
from modelmonitor.plan.fairness.compared import FALSE_POSITIVE, RATES, SELECTION, TRUE_POSITIVE, Compared
from modelmonitor.plan.increments import Count
from modelmonitor.plan.rules import Recording
from modelmonitor.plan.scope import Scope
from modelmonitor.stats.fairness import MINIMUM_ROWS
from modelmonitor.wire import families
from modelmonitor.wire.families import Family


def counts(scope: Scope) -> tuple[Count, Count]:
    """Count the rows of each rate and its positive predictions, by attribute and group."""
    positive = scope.scheme.config.model.positive_class
    is_true, is_false = (f"actual{sign}{promql.string(positive)}" for sign in ("=", "!="))
    chosen = f"predicted={promql.string(positive)}"
    declared = one_of(names.GROUP, dict.fromkeys(it for one in scope.scheme.groups for it in one.values))

    def by_rate(everyone: Family, *matchers: str) -> Callable[[str], str]:
        found = {
            SELECTION: narrowed(scope.counted(everyone), declared),
            TRUE_POSITIVE: narrowed(scope.counted(families.GROUP_CONFUSION), is_true, *matchers, declared),
            FALSE_POSITIVE: narrowed(scope.counted(families.GROUP_CONFUSION), is_false, *matchers, declared),
        }
        by = f"{names.ATTRIBUTE}, {names.GROUP}"
        return lambda reach: "\nor ".join(
            f'label_replace(sum by ({by}) (increase({it}{reach})), "{names.RATE}", "{rate}", "", "")'
            for rate, it in found.items()
        )

    return (
        Count(names.GROUP_HITS_COUNTED, by_rate(families.GROUP_SELECTED, chosen)),
        Count(names.GROUP_ROWS_COUNTED, by_rate(families.GROUP)),
    )


def recordings(compared: Compared) -> Iterator[Recording]:
    """Record counts, the same by the gap that needs them, and the rates of groups that have rows enough."""
    for count, record in zip(counts(compared.scope), (names.GROUP_HITS, names.GROUP_ROWS), strict=True):
        yield compared.recording(count.record, increments.over(compared.scope, count, compared.window))
        yield compared.recording(record, _by_metric(compared, count.record))
    enough = f"({compared.of(names.GROUP_ROWS)} > {MINIMUM_ROWS - 0.5})"  # an increase is not quite whole
    yield compared.recording(names.GROUP_RATE, f"{compared.of(names.GROUP_HITS)} / {enough}")


def _by_metric(compared: Compared, record: str) -> str:
    found = []
    for metric, attributes in compared.attributes.items():
        counted = compared.of(record, one_of(names.ATTRIBUTE, attributes), one_of(names.RATE, RATES[metric]))
        found.append(f'label_replace({counted}, "{names.METRIC}", "{metric.value}", "", "")')
    return "\nor ".join(found)
