"""What objectives on what evaluators count mean, in plain words, for whoever reads their alerts."""

from typing import TYPE_CHECKING

from modelmonitor.api.drift import DriftOn
from modelmonitor.api.duration import Duration
from modelmonitor.api.indicators import Quality
from modelmonitor.plan import names, promql, slices
from modelmonitor.plan.scope import Scope
from modelmonitor.wire import measures
from modelmonitor.wire.config import Task

if TYPE_CHECKING:
    from modelmonitor.plan.slo import Slo

_WRONG = {
    "Accuracy": "a prediction that was wrong",
    "Precision": "a prediction of the positive class that was wrong",
    "Recall": "a case of the positive class that was missed",
    "F1": "a prediction of the positive class that was wrong, or a case of it that was missed",
    "HitRate": "a query without a relevant item among the first",
}
_DRIFTS = {DriftOn.PREDICTION: "the model's answers", DriftOn.FEATURES: "the values of a feature"}


def error(slo: "Slo") -> str:
    """Say what an error is; nothing for an objective on the user's own series, who knows."""
    sli, scope = slo.objective.sli, slo.scope
    if scope is None:
        return ""
    if sli.drift:
        window = slices.value_lasts(slo.monitor, slo.objective)
        return (
            f" An error is a minute in which {_DRIFTS[sli.drift.on]} over the last {window} surely differed "
            "from what they are compared with by more than is tolerated; one whose rows are too few "
            "to rule drift out counts neither way."
        )
    if sli.quality:
        return f" An error is {_of_quality(sli.quality, scope)}. {_truth(scope)}"
    if sli.latency and not sli.latency.histogram:
        return (
            f" An error is an answer that took longer than {sli.latency.below}, or that nobody waited for; "
            "requests that failed or were rejected count neither way."
        )
    if sli.availability and not sli.availability.counter:
        return (
            " An error is a request that failed (5xx), broke off or was given up by its caller; "
            "requests that were rejected (4xx) count neither way."
        )
    return ""


def absence(slo: "Slo") -> str:
    """Say what is and what is not the reason of an absence; nothing for the user's own series."""
    sli = slo.objective.sli
    if not error(slo):
        return ""
    gone = " No evaluator of the model is scraped, or none counts by this config and reference yet."
    if sli.quality:
        return f"{gone} Labels that do not come are no such reason."
    return f"{gone} Too few rows for a verdict are no such reason." if sli.drift else gone


def _of_quality(quality: Quality, scope: Scope) -> str:
    if quality.is_bounded:
        side, bound = ("below", quality.at_least) if quality.at_most is None else ("above", quality.at_most)
        value = f"{quality.metric} over the last {quality.window} was {side} {promql.number(bound or 0)}"
        return f"a minute in which {value}; one without a value counts neither way"
    wrong, depth = _WRONG[quality.metric.partition("@")[0]], measures.depth(quality.metric)
    if scope.scheme.task is Task.MULTICLASS:
        wrong = wrong.replace("the positive class", "a declared class")
    return f"{wrong} {depth}" if depth else wrong


def _truth(scope: Scope) -> str:
    """Say which predictions are judged, and how many of them."""
    waited = Duration.of(scope.scheme.config.labels.maturity_seconds)
    record = scope.recorded(f"{names.COVERAGE}{scope.quality_window}")
    share = "{{ . | first | value | humanizePercentage }}"
    covered = f"{{{{ with query `{record}` }}}} Of those that old, {share} have one.{{{{ end }}}}"
    return f"Predictions count {waited} after they were made, if their label has come.{covered}"
