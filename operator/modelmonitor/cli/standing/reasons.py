"""Why an objective has no data, in words."""

from modelmonitor.report import absence
from modelmonitor.report.verdict import NOT_CONFIGURED

_WORDS = {
    NOT_CONFIGURED: "no address of Prometheus is known: set the operator's --prometheus-url",
    "PrometheusUnavailable": "Prometheus does not answer the operator",
    absence.NO_RULES: "Prometheus has not loaded the rules; see the condition RulesLoaded",
    absence.WAITING: "events come; the first record of the budget follows within five minutes",
    "ReferenceMissing": "the reference is not there; see the condition ReferenceReady",
    "ReferenceInvalid": "the reference cannot be used; see the condition ReferenceReady",
}


def words(reason: str, objective: str) -> str:
    """Say in a sentence why an objective has no data.

    >>> words("NoTraffic", "fast")
    'no events in the last five minutes: fast'
    """
    if reason in absence.EXPLAINED:
        return absence.EXPLAINED[reason].format(objective)
    return _WORDS.get(reason, reason or "not known")
