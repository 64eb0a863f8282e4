"""Why an objective has no data, in a word: what is missing decides who has to do what."""

from modelmonitor.report.drift import INSUFFICIENT
from modelmonitor.report.labels import MATURES, NO_LABELS
from modelmonitor.report.outcome import Basis, Evidence, Outcome, Promise
from modelmonitor.report.sights import Sight, Verdicts
from modelmonitor.report.verdict import NOT_CONFIGURED

NO_RULES, NO_SERIES, NO_TRAFFIC, WAITING, UNDEFINED = (
    "RulesNotLoaded", "NoSeries", "NoTraffic", "Waiting", "NotDefined"
)  # fmt: skip
FAILURES = (NO_SERIES, NO_TRAFFIC, NO_LABELS)
"""What somebody has to look into; the other reasons pass with time."""
EXPLAINED = {
    NO_SERIES: (
        "Prometheus has no series that these objectives are measured by: {}; is the target scraped, do the "
        "selectors fit? Of what evaluators count: are they injected and scraped?"
    ),
    NO_TRAFFIC: "no events in the last five minutes: {}",
    NO_LABELS: "no mature prediction has a label, without which these are not known: {}; see LabelsFlowing",
    MATURES: "no prediction has reached its maturity lately: {}",
    INSUFFICIENT: "too few predictions for a verdict: {}",
    UNDEFINED: "the metric has no value for the predictions of the window, such as those of one class: {}",
}


def reason(outcome: Outcome, promise: Promise, sight: Sight) -> str:
    """Say why an objective has no data; the first cause on the way from Prometheus to the model counts."""
    found = outcome.prometheus
    if found is None:
        return NOT_CONFIGURED
    if not isinstance(found, Evidence):
        return found.reason
    if outcome.held is not None and promise.basis in {Basis.QUALITY, Basis.DRIFT}:
        return outcome.held.reason
    if found.loading.missing:
        return NO_RULES
    return WAITING if sight.flowing and not sight.absent else stillness(outcome, promise, sight)


def stillness(outcome: Outcome, promise: Promise, sight: Sight) -> str:
    """Say why an objective whose rules are loaded had no events lately."""
    if promise.basis is Basis.QUALITY:
        return _of_quality(outcome, promise.measure)
    if promise.basis is Basis.DRIFT:
        return _of_drift(outcome, promise.measure)
    return NO_SERIES if sight.absent else NO_TRAFFIC


def _of_quality(outcome: Outcome, metric: str) -> str:
    counted = outcome.counted
    if not counted.evaluators:
        return NO_SERIES
    if counted.coverage is None:
        return MATURES
    if counted.coverage == 0:
        return NO_LABELS
    return INSUFFICIENT if metric in counted.starved else UNDEFINED


def _of_drift(outcome: Outcome, what: str) -> str:
    counted = outcome.counted
    if not counted.evaluators:
        return NO_SERIES
    found = counted.verdicts.get(what, Verdicts())
    return INSUFFICIENT if found.insufficient or found.judged else NO_TRAFFIC
