"""How far columns are from what they are compared with, in the words of a status."""

from collections.abc import Sequence
from decimal import Decimal

from modelmonitor.api.status import MOST_DRIFTS, DriftState, DriftStatus
from modelmonitor.report.outcome import Outcome
from modelmonitor.report.rounding import rounded
from modelmonitor.report.sights import Distance, Verdicts

NOISE = 0.1
"""A change by less than a tenth of what is critical is no news; of a distance beyond, a tenth of itself."""
INSUFFICIENT = "Insufficient"


def statuses(previous: Sequence[DriftStatus], outcome: Outcome) -> tuple[DriftStatus, ...]:
    """Return the columns that are furthest away, worst first; what was told stays while all else is noise."""
    if not outcome.asked.drift:
        return ()
    worst = sorted(outcome.counted.distances, key=lambda one: (-_excess(one), one.feature))
    fresh = tuple(map(_status, worst[:MOST_DRIFTS]))
    return tuple(previous) if _alike(previous, fresh) else fresh


def summary(outcome: Outcome) -> str:
    """Sum up for `kubectl get`: how many columns have drifted of those with a verdict.

    "None" means that every column has a verdict; where some have too few rows it is "0 of" the others.
    """
    if not outcome.asked.drift:
        return ""
    found = total(outcome)
    if not found.judged:
        return "no data"
    if not found.drifting and not found.insufficient:
        return "none"
    return f"{found.drifting} of {found.judged}"


def total(outcome: Outcome) -> Verdicts:
    """Add up the verdicts on the prediction and on features."""
    every = outcome.counted.verdicts.values()
    return Verdicts(
        sum(one.judged for one in every),
        sum(one.drifting for one in every),
        sum(one.insufficient for one in every),
    )


def _excess(one: Distance) -> float:
    return -1.0 if one.excess is None else one.excess


def _status(one: Distance) -> DriftStatus:
    samples = None if one.rows is None else int(rounded(max(0.0, one.rows)))
    if one.excess is None:
        return DriftStatus(
            feature=one.feature, samples=samples, state=DriftState.NO_DATA, reason=INSUFFICIENT
        )
    known = one.critical is not None
    return DriftStatus(
        feature=one.feature,
        statistic=one.statistic,
        value=rounded(one.excess * (one.critical or 0.0)) if known else None,
        critical=rounded(one.critical or 0.0) if known else None,
        samples=samples,
        state=DriftState.DRIFT if one.excess > 1 else DriftState.NONE,
    )


def _alike(old: Sequence[DriftStatus], new: Sequence[DriftStatus]) -> bool:
    """Tell whether the same columns drift, and the others are as far away as before, whichever they are."""
    if len(old) != len(new) or _drifting(old) != _drifting(new):
        return False
    return all(map(_close, old, new))


def _drifting(statuses: Sequence[DriftStatus]) -> set[str]:
    return {one.feature for one in statuses if one.state is DriftState.DRIFT}


def _close(old: DriftStatus, new: DriftStatus) -> bool:
    before, after = _ratio(old), _ratio(new)
    if before is None or after is None:
        return (old.feature, before) == (new.feature, after)
    return abs(after - before) <= NOISE * max(1.0, float(before))


def _ratio(one: DriftStatus) -> Decimal | None:
    return one.value / one.critical if one.value is not None and one.critical else None
