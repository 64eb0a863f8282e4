"""The gap of the two groups that differ most, and its limits, for all pairs of groups at once.

Every two groups are compared in both orders: with L the lower limit of the difference of one rate from
another, the largest difference is surely at least the largest L, and surely at most minus the smallest; with
Q the lower limit of the ratio, the smallest ratio is at least the smallest Q, and at most 1 over the largest.
"""

from collections.abc import Iterator

from modelmonitor.api.quality import FairnessMetric
from modelmonitor.plan import limits, names, promql
from modelmonitor.plan.fairness.compared import RATES, Compared
from modelmonitor.plan.rules import Recording

_BY = f"{names.ATTRIBUTE}, {names.METRIC}"
_BY_RATE = f"{_BY}, {names.RATE}"
_RATIO = f'{names.METRIC}="{FairnessMetric.DISPARATE_IMPACT_RATIO}"'
_DIFFERENCE = f'{names.METRIC}!="{FairnessMetric.DISPARATE_IMPACT_RATIO}"'
_SMALLEST = "1e-300"
"""Added to a denominator whose numerator is 0 when it is, so that the ratio is 0."""


def recordings(compared: Compared) -> Iterator[Recording]:
    """Record who is compared, how sure each must be, the limits of rates, and the gaps with theirs."""
    hits, rows, z = map(compared.of, (names.GROUP_HITS, names.GROUP_ROWS, names.GROUP_QUANTILE))
    failures = f"({rows} - {hits})"
    yield compared.recording(names.GROUPS_COMPARED, _pairs(compared))
    yield compared.recording(names.GROUP_TAIL, _tail(compared))
    yield compared.recording(names.GROUP_QUANTILE, _quantile(compared))
    yield compared.recording(names.GROUP_LOW, limits.exact_low(hits, failures, z))
    yield compared.recording(names.GROUP_HIGH, f"1 - {limits.exact_low(failures, hits, z)}")
    difference, ratio = _difference_low(compared), _ratio_low(compared)
    yield compared.recording(names.FAIRNESS, _gap(compared))
    yield compared.recording(
        names.FAIRNESS_LOW, f"clamp_min(max by ({_BY}) ({difference}), 0)\nor min by ({_BY}) ({ratio})"
    )
    yield compared.recording(
        names.FAIRNESS_HIGH,
        f"- min by ({_BY}) ({difference})\nor 1 / clamp_min(max by ({_BY}) ({ratio}), 1)",
    )


def _pairs(compared: Compared) -> str:
    """Return 1 for every ordered pair of groups that have rows enough: `group` is held against `other`."""
    rate = names.GROUP_RATE
    asked = {attribute for attributes in compared.attributes.values() for attribute in attributes}
    found = []
    for one in compared.scope.scheme.groups:
        own = f"{names.ATTRIBUTE}={promql.string(one.column)}"
        for group in one.values if one.column in asked else ():
            others = compared.of(rate, own, f"{names.GROUP}!={promql.string(group)}")
            this = compared.of(rate, own, f"{names.GROUP}={promql.string(group)}")
            named = promql.string(group.replace("$", "$$"))
            found.append(
                f"label_replace(0 * {others} + on ({_BY_RATE}) group_left () (0 * {this} + 1), "
                f'"{names.OTHER_GROUP}", {named}, "", "")'
            )
    return "\nor ".join(found)


def _tail(compared: Compared) -> str:
    """Return sqrt(-2 ln p), p the level of each pair; nothing where a rate of a gap has no pair."""
    pairs = compared.of(names.GROUPS_COMPARED)
    complete = [
        f"count by ({_BY}) (count by ({_BY_RATE}) ({compared.of(names.GROUPS_COMPARED, _is(metric))})) "
        f"== {len(RATES[metric])}"
        for metric in compared.attributes
    ]
    level = f"{2 * compared.alpha!r} / count by ({_BY}) ({pairs})"  # each pair is there in both orders
    return f"sqrt(-2 * ln({level}))\nand ({' or '.join(complete)})"


def _is(metric: FairnessMetric) -> str:
    return f'{names.METRIC}="{metric}"'


def _quantile(compared: Compared) -> str:
    z = limits.quantile_of(compared.of(names.GROUP_TAIL))
    return f"0 * {compared.of(names.GROUP_RATE)} + on ({_BY}) group_left () ({z})"


def _gap(compared: Compared) -> str:
    """Return the largest difference, or the smallest ratio, between two groups."""

    def extreme(which: str, kind: str) -> str:
        return f"{which} by ({_BY_RATE}) ({compared.of(names.GROUP_RATE, kind)})"

    differences = f"max by ({_BY}) ({extreme('max', _DIFFERENCE)} - {extreme('min', _DIFFERENCE)})"
    ratios = f"max by ({_BY}) ({extreme('min', _RATIO)} / ({extreme('max', _RATIO)} > 0))"
    return f"({differences} or {ratios}) and on ({_BY}) {compared.of(names.GROUP_TAIL)}"


def _difference_low(compared: Compared) -> str:
    """Return L for every ordered pair."""
    share, low, high = _limits(compared, _DIFFERENCE)
    pairs = compared.of(names.GROUPS_COMPARED, _DIFFERENCE)
    down, up = _of_group(pairs, f"({share} - {low})"), _of_other(pairs, f"({high} - {share})")
    return f"{_of_group(pairs, share)} - {_of_other(pairs, share)} - sqrt({down} ^ 2 + {up} ^ 2)"


def _ratio_low(compared: Compared) -> str:
    """Return Q for every ordered pair; see `stats.intervals.quotient`."""
    share, low, high = _limits(compared, _RATIO)
    pairs = compared.of(names.GROUPS_COMPARED, _RATIO)
    product = f"{_of_group(pairs, share)} * {_of_other(pairs, share)}"
    least = _of_group(pairs, f"({low} * (2 * {share} - {low}))")
    most = _of_other(pairs, f"({high} * (2 * {share} - {high}))")
    root = f"sqrt(clamp_min(({product}) ^ 2 - {least} * {most}, 0))"
    return f"{least} / ({product} + {root} + {_SMALLEST})"


def _limits(compared: Compared, kind: str) -> tuple[str, str, str]:
    share, low, high = (compared.of(it, kind) for it in (names.GROUP_RATE, names.GROUP_LOW, names.GROUP_HIGH))
    return share, low, high


def _of_group(pairs: str, expr: str) -> str:
    """Return what is known of the group of each pair."""
    return f"({pairs} * on ({_BY_RATE}, {names.GROUP}) group_left () {expr})"


def _of_other(pairs: str, expr: str) -> str:
    """Return what is known of the other group of each pair."""
    other = f'label_replace({expr}, "{names.OTHER_GROUP}", "$1", "{names.GROUP}", "((?s:.*))")'
    return f"({pairs} * on ({_BY_RATE}, {names.OTHER_GROUP}) group_left () {other})"
