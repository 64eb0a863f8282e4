"""A condition without its history: whether, why in a word, why in a sentence."""

from dataclasses import dataclass
from datetime import datetime

from modelmonitor.api.status import ConditionStatus
from modelmonitor.errors import PrometheusError

NOT_CONFIGURED = "PrometheusNotConfigured"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something holds, and why; since when, where that is not the last change of the status."""

    status: ConditionStatus
    reason: str
    message: str
    since: datetime | None = None


def true(reason: str, message: str) -> Verdict:
    """Say that it holds."""
    return Verdict(ConditionStatus.TRUE, reason, message)


def false(reason: str, message: str) -> Verdict:
    """Say that it does not hold."""
    return Verdict(ConditionStatus.FALSE, reason, message)


def unknown(reason: str, message: str) -> Verdict:
    """Say that it cannot be told."""
    return Verdict(ConditionStatus.UNKNOWN, reason, message)


def silent(found: PrometheusError | None) -> Verdict:
    """Say that it cannot be told because no Prometheus is configured, or none answers."""
    if found is None:
        return unknown(
            NOT_CONFIGURED,
            "no address of Prometheus is known; set the operator's --prometheus-url or spec.prometheus.url",
        )
    return unknown(found.reason, str(found))
