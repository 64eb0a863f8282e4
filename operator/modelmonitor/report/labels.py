"""How much of the truth is known, and how late it comes."""

from decimal import Decimal

from modelmonitor.api.duration import Duration
from modelmonitor.api.status import LabelsStatus
from modelmonitor.report.outcome import Evidence, Outcome
from modelmonitor.report.rounding import percent, rounded
from modelmonitor.report.verdict import Verdict, false, silent, true, unknown

ENOUGH = Decimal("0.8")
"""The share of labelled predictions below which quality speaks of too few."""
MATURES, NO_LABELS = "NothingMatured", "NoLabels"
NOISE_OF_COVERAGE, NOISE_OF_LAG = Decimal("0.01"), Decimal("0.1")
"""A change of the coverage by one percent, or of the lag by a tenth of itself, is no news."""


def status(previous: LabelsStatus | None, outcome: Outcome) -> LabelsStatus | None:
    """Return what is known of labels; what was told stays while only noise differs."""
    counted = outcome.counted
    if not outcome.asked.labels or (counted.coverage is None and counted.lag is None):
        return None
    fresh = LabelsStatus(
        coverage=None if counted.coverage is None else rounded(counted.coverage),
        lag_p50=None if counted.lag is None else _short(counted.lag),
    )
    return previous if previous is not None and _alike(previous, fresh) else fresh


def flowing(outcome: Outcome, told: LabelsStatus | None) -> Verdict:
    """Judge whether enough predictions get their labels."""
    if not outcome.asked.labels:
        return true("NothingPlanned", "the spec asks for nothing that needs labels")
    if outcome.asked.local_store and outcome.pods.replicas > 1:
        return false(
            "StoreLocal",
            f"predictions wait in the memory of each of {outcome.pods.replicas} pods, and a label reaches "
            "one of them, often another; name a Redis in spec.labels.store.redis",
        )
    if not isinstance(outcome.prometheus, Evidence):
        return silent(outcome.prometheus)
    return _covered(told)


def _covered(told: LabelsStatus | None) -> Verdict:
    coverage = told.coverage if told is not None else None
    if coverage is None:
        return unknown(MATURES, "no prediction has reached its maturity (spec.labels.maturity) lately")
    if coverage == 0:
        return false(
            NO_LABELS,
            "no mature prediction has a label; send labels to the evaluators (POST /v1/labels) under the "
            "ids of the predictions, or lengthen spec.labels.maturity",
        )
    if coverage < ENOUGH:
        return false(
            "FewLabels",
            f"expected labels for at least {ENOUGH:.0%} of the mature predictions, got {percent(coverage)}; "
            "what is told about quality speaks of these alone",
        )
    within = f"; half of them come within {told.lag_p50}" if told is not None and told.lag_p50 else ""
    return true("Flowing", f"{percent(coverage)} of the mature predictions have a label{within}")


def _alike(old: LabelsStatus, new: LabelsStatus) -> bool:
    before, after = _seconds(old), _seconds(new)
    return _near(old.coverage, new.coverage, NOISE_OF_COVERAGE) and _near(
        before, after, NOISE_OF_LAG * (before or 0)
    )


def _near(old: Decimal | None, new: Decimal | None, noise: Decimal) -> bool:
    """Tell whether two numbers differ by noise alone; none and 0 differ from all others."""
    return abs(new - old) <= noise if old and new else old == new


def _seconds(status: LabelsStatus) -> Decimal | None:
    return status.lag_p50.seconds if status.lag_p50 else None


def _short(seconds: float) -> Duration:
    """Round a time to three significant digits.

    >>> str(_short(11543.2)), str(_short(0.01))
    ('3h11m40s', '10ms')
    """
    return Duration.of(float(rounded(max(0.0, seconds))))
