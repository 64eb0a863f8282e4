"""Cells: how many rows fell into each, now and in what they are compared with, over all replicas.

A numeric cell is the difference of two cumulative buckets. Which two, the reference's series say: each names
its cell and both edges of it. Rows of all versions of the model count together; cells of another reference
never do, for every selector names its hash.
"""

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names, promql
from modelmonitor.plan.drift.look import WEEK, Look, narrowed
from modelmonitor.plan.rules import Group, Recording
from modelmonitor.plan.scope import FIVE_MINUTES, LONGEST_DIRECT
from modelmonitor.wire import families
from modelmonitor.wire.families import Family

PROFILE = "profile"
_REST = '"(?s:(.*))"'
"""All of a value: before Prometheus 3 a point does not stand for the end of a line."""


def groups(look: Look) -> list[Group]:
    """Return the group that counts five minutes, for windows too long to be read from the counters."""
    return [] if _is_direct(look) else [Group("drift-5m", (_five_minutes(look),), FIVE_MINUTES)]


def recordings(look: Look) -> tuple[Recording, ...]:
    """Record the live cells and the cells that they are compared with."""
    return (
        look.recording(names.FEATURE_CELL, _counted(look, "")),
        look.recording(
            names.REFERENCE_CELL, _counted(look, f" offset {WEEK}") if look.with_last_week else _known(look)
        ),
    )


def _is_direct(look: Look) -> bool:
    return look.window <= LONGEST_DIRECT


def _known(look: Look) -> str:
    """Every replica tells the same reference."""
    return f"max by (feature, cell) ({look.scope.counted(families.REFERENCE_COUNT)})"


def _counted(look: Look, offset: str) -> str:
    """Count the rows of each cell in the window, or in the one that the offset says."""
    if _is_direct(look):
        return _increase(look, f"[{look.window}]{offset}")
    kept = look.scope.recorded(f"{names.FEATURE_CELL}{FIVE_MINUTES}", {PROFILE: _hash(look)})
    return f"sum by (feature, cell) (sum_over_time({kept}[{look.window}]{offset}))"


def _five_minutes(look: Look) -> Recording:
    """Count five minutes; the range is one scrape longer, or what happens between two ranges is lost."""
    reach = Duration(FIVE_MINUTES.milliseconds + look.scope.scrape_interval.milliseconds)
    share = f"{promql.seconds(FIVE_MINUTES)} / {promql.seconds(reach)}"
    labels = {**look.scope.identity, PROFILE: _hash(look)}
    expr = f"{share} * ({_increase(look, f'[{reach}]')})"
    return Recording(f"{names.FEATURE_CELL}{FIVE_MINUTES}", expr, labels)


def _hash(look: Look) -> str:
    return look.scope.scheme.profile_hash


def _increase(look: Look, reach: str) -> str:
    """Count the rows of each cell: between edges, missing, and of each category."""

    def increases(family: Family, labels: str, part: str = "") -> str:
        return f"sum by ({labels}) (increase({look.scope.counted(family, part)}{reach}))"

    bucket = increases(families.FEATURE_VALUE, "feature, le", "_bucket")
    numbers = f"({_edges(look)})\n* on (feature, le) group_left () {bucket}"
    missing = increases(families.FEATURE_MISSING, "feature")
    category = increases(families.FEATURE_CATEGORY, "feature, category")
    return "\nor ".join(
        [
            f"clamp_min(sum by (feature, cell) ({numbers}), 0)",
            f'label_replace({missing}, "cell", "missing", "", "")',
            f'sum by (feature, cell) (label_replace({category}, "cell", "c:$1", "category", {_REST}))',
        ]
    )


def _edges(look: Look) -> str:
    """Give 1 for the upper and -1 for the lower edge of each cell, so that each bucket is read once."""
    reference = look.scope.counted(families.REFERENCE_COUNT)
    upper = narrowed(reference, 'le!=""')
    lower = narrowed(reference, 'below!=""')
    lower = f'label_replace({lower}, "le", "$1", "below", "(.+)")'
    return f"0 * max by (feature, cell, le) ({upper}) + 1\nor 0 * max by (feature, cell, le) ({lower}) - 1"
