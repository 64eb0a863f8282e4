"""Where counts of matured predictions are: in the evaluators' counters, or in records made of them.

Records of five minutes keep `version` and `segment`; those of a window hold everything (no `version`) by
segment, and each version over all segments (no `segment`). All of them carry the reference that was counted
against: what is added up was counted alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from modelmonitor.api.duration import Duration
from modelmonitor.plan import names, promql
from modelmonitor.plan.scope import FIVE_MINUTES, Scope
from modelmonitor.wire import families
from modelmonitor.wire.families import Family, Kind


@dataclass(frozen=True, slots=True)
class Not:
    """Every value of a label but this one."""

    value: str


Matcher = str | Not
Matchers = Mapping[str, Matcher]
"""What labels must equal, or must not."""
SUM = "sum"
"""Label of the records of sums: which counter they are of."""
_RECORDS = {
    families.CONFUSION: names.CONFUSION,
    families.SCORE_BY_ACTUAL: names.SCORES,
    families.ABSOLUTE_ERROR: names.ERRORS,
    families.ABSOLUTE_ERROR_MAX: names.LARGEST_ERROR,
}


def record(family: Family) -> str:
    """Return the record of a family, without its window."""
    return _RECORDS.get(family, names.QUALITY_SUMS)


def pins(scope: Scope, family: Family | None = None) -> dict[str, str]:
    """Return the labels by which records of another reference, or of other thresholds, are told apart."""
    cuts = scope.scheme.config.model.cuts
    thresholds = {"thresholds": cuts} if family and "thresholds" in family.labels else {}
    return {**scope.identity, "profile": scope.scheme.profile_hash, **thresholds}


def counters(scope: Scope, family: Family, matchers: Matchers) -> str:
    """Select the counters of a family; of a histogram its cells."""
    ours = scope.counted(family, "_bucket" if family.kind is Kind.HISTOGRAM else "")
    return narrowed(ours, matchers)


def records(scope: Scope, family: Family, window: Duration, matchers: Matchers) -> str:
    """Select the record of a family over a window."""
    which = {} if family in _RECORDS else {SUM: family.short}
    return narrowed(promql.selector(f"{record(family)}{window}", {**pins(scope, family), **which}), matchers)


def reach(scope: Scope) -> tuple[Duration, str]:
    """Return the range of a record of five minutes and the factor that makes five minutes of it.

    It is one scrape longer, because a range is open on its left: the increment between two would be lost.
    """
    length = Duration(FIVE_MINUTES.milliseconds + scope.scrape_interval.milliseconds)
    return length, f"{promql.seconds(FIVE_MINUTES)} / {promql.seconds(length)}"


def cells(scope: Scope, look_back: Duration, matchers: Matchers) -> str:
    """Select the middle of each cell of the score, as it was last known."""
    middle = promql.selector(names.SCORE_CELL, pins(scope, families.SCORE_EDGE))
    return f"last_over_time({narrowed(middle, matchers)}[{look_back}])"


def narrowed(selector: str, matchers: Matchers) -> str:
    """Add matchers to a selector, which has some already."""
    return ",".join([selector[:-1], *(_matcher(label, value) for label, value in matchers.items())]) + "}"


def _matcher(label: str, value: Matcher) -> str:
    if isinstance(value, Not):
        return f"{label}!={promql.string(value.value)}"
    return f"{label}={promql.string(value)}"
