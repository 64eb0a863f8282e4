"""Counters of two replicas that tell a test's counts over a window, and what numpy makes of them beside."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from modelmonitor.plan import promql
from modelmonitor.plan.scope import Scope
from modelmonitor.wire.families import Family
from promtool.runner import Ask, counter

TRUTH = "truth"
"""Beginning of the names of series of what numpy says: promtool compares values to the last bit."""
Rows = Sequence[int]
"""Counts of each replica within a window."""


def counters(
    scope: Scope, family: Family, rows: Mapping[tuple[str, ...], Rows], *, part: str = "", minutes: int = 60
) -> dict[str, str]:
    """Write counters that grow by so much in every window of so many minutes, for three windows.

    Parameters
    ----------
    rows
        By the values of the family's own labels, in their order.
    """
    written = {}
    names = [label for label in family.labels if label != "thresholds"]
    names += ["le"] if part == "_bucket" else []
    for values, counts in rows.items():
        for pod, count in enumerate(counts):
            more = {"pod": f"churn-{pod}", "version": f"v{pod}", **dict(zip(names, values, strict=True))}
            more |= {"profile": scope.scheme.profile_hash} if family.profile else {}
            name = promql.selector(f"{family.name}{part}", {**scope.identity, **more})
            growth = Fraction(count, minutes)
            written[name] = counter((3 * minutes, growth), start=10**6 * pod)
    return written


def truth(name: str, values: Mapping[tuple[tuple[str, str], ...], float]) -> dict[str, str]:
    """Write what numpy says as series, for as long as anything lasts."""
    return {
        promql.selector(f"{TRUTH}:{name}", dict(labels)): f"{value!r}x10000"
        for labels, value in values.items()
    }


def agrees(record: str, at: Fraction, *, within: float = 1e-6) -> list[Ask]:
    """Ask that a record has the values of its truth, and no series more or less, and is there at all."""
    known = f"{TRUTH}:{record}"
    queries = (
        f"abs({record} - {known}) > {within} * abs({known}) + 1e-9",
        f"{record} unless {known}",
        f"{known} unless {record}",
    )
    return [Ask(query, at, {}) for query in queries]
